// Package md2man stands in for the module of its name, with which urfave/cli can
// write man pages. mpyld writes none, and the module compiles dozens of regular
// expressions at every start of a program that has it: a quarter of the time of
// mpyld --version. (With the build tag urfave_cli_no_docs it is not needed
// either, but those who say "go install" give no tags.)
package md2man

// Render is not called by mpyld.
func Render(doc []byte) []byte { return doc }
