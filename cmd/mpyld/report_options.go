package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"mpyld/diag"
	"mpyld/link"
)

// reportOptions are the options about what a link tells, and whom.
type reportOptions struct {
	mapFile       string
	depFile       string
	fatalWarnings bool
	errorLimit    string
}

func (o *reportOptions) rows(rep *reporter) []cli.Flag {
	return []cli.Flag{
		&option{"Map", "", "FILE", "write into FILE what -v prints; also -Map FILE", setText(&o.mapFile)},
		&option{"dependency-file", "", "FILE", "write into FILE, for make, what the module was made of", setText(&o.depFile)},
		&option{"fatal-warnings", "", "", "let warnings fail the link", setTrue(&o.fatalWarnings)},
		&option{"error-limit", "", "N", "show at most N errors; 0: all (default: " + strconv.Itoa(diag.Limit) + ")", setText(&o.errorLimit)},
		&option{"no-demangle", "", "", "show names of C++ and Rust as they are in the objects", setTrue(&rep.mangled)},
	}
}

// check checks the options, and sets how errors are shown.
func (o *reportOptions) check(rep *reporter) error {
	if o.errorLimit == "" {
		return nil
	}
	n, err := strconv.ParseUint(o.errorLimit, 10, 31)
	if err != nil {
		return diag.New("", "--error-limit %s: is not a number", o.errorLimit).
			Note("it is how many errors to show; 0 shows all")
	}
	rep.limit = int(n)
	if n == 0 {
		rep.limit = noLimit
	}
	return nil
}

// outputs are the files that a link writes beside the module.
func (o *reportOptions) outputs() []string {
	return slices.DeleteFunc([]string{o.mapFile, o.depFile}, func(name string) bool { return name == "" })
}

// dependencies is a rule of make: the module from its inputs, and a rule
// without commands for each of those, so that make goes on when one is gone.
func dependencies(output string, inputs []string) string {
	var b strings.Builder
	b.WriteString(makeTarget(output) + ":")
	for _, name := range inputs {
		b.WriteString(" \\\n  " + makeName(name))
	}
	b.WriteString("\n")
	for _, name := range inputs {
		b.WriteString("\n" + makeTarget(name) + ":\n")
	}
	return b.String()
}

// makeName quotes a file name for make, where files are found by patterns too
// (GNU make manual, "Rule Syntax" and "Using Wildcard Characters in File Names").
// Backslashes in front of what gets one count, and no others.
func makeName(name string) string { return makeQuoted(name, " #:*?[") }

// makeTarget quotes a name in front of a rule's colon, where a percent sign makes
// a pattern of the rule.
func makeTarget(name string) string { return makeQuoted(name, " #:*?[%") }

func makeQuoted(name, special string) string {
	var b strings.Builder
	backslashes := 0
	for _, c := range []byte(name) {
		if strings.IndexByte(special, c) >= 0 {
			b.WriteString(strings.Repeat(`\`, backslashes+1))
		}
		if c == '$' {
			b.WriteByte(c)
		}
		b.WriteByte(c)
		if backslashes++; c != '\\' {
			backslashes = 0
		}
	}
	return b.String()
}

// checkMake refuses names that no rule of make can have.
func checkMake(names []string) error {
	for _, name := range names {
		if diag.Plain(name) != name || strings.ContainsAny(name, ";=|") || strings.HasSuffix(name, `\`) || strings.HasSuffix(name, "&") {
			return diag.New("", "--dependency-file: make cannot have a file called %q", name).
				Note("rename it, or leave --dependency-file out")
		}
	}
	return nil
}

// extractions is the table that lld's --why-extract writes.
func extractions(list []link.Extraction) string {
	var b strings.Builder
	b.WriteString("reference\textracted\tsymbol\n")
	for _, e := range list {
		b.WriteString(diag.Plain(e.For) + "\t" + diag.Plain(e.Member) + "\t" + diag.Plain(e.Symbol) + "\n")
	}
	return b.String()
}
