package main

import (
	"os"
	"path/filepath"
	"strings"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/ldscript"
	"mpyld/relocs"
)

// library is what the --libs options lead to: open archives. They stay open
// while members are taken out of them, and are never read as a whole.
type library struct {
	dirs     []string // where -l NAME looks for libNAME.a
	mach     *relocs.Machine
	archives []*elfload.Archive
	files    []*os.File
	errs     diag.List
}

// maxScripts caps how deep linker scripts may name linker scripts.
const maxScripts = 8

// add opens the archive that a value of -l means, or those that a linker script
// there names.
func (l *library) add(value string, depth int) {
	path := l.find(value)
	f, err := os.Open(path)
	if err != nil {
		e := l.errs.Add(path, "cannot read: %s", reason(err))
		if !isPath(path) {
			e.Note("CC --print-file-name=lib%s.a prints the path of the toolchain's: pass it with -l, or its directory with -L", path)
		}
		return
	}
	l.files = append(l.files, f)
	info, err := f.Stat()
	switch {
	case err != nil:
		l.errs.Add(path, "cannot read: %s", reason(err))
	case info.IsDir():
		l.errs.Add(path, "is a directory").Note("-l takes the path of an archive")
	case isArchive(f):
		a, err := elfload.OpenArchive(path, f, info.Size(), l.mach)
		l.errs.Join(err)
		if a != nil {
			l.archives = append(l.archives, a)
		}
	default:
		l.script(path, depth)
	}
}

// find returns the path of what a value of -l means: a file, as for mpy_ld.py,
// or libNAME.a in a directory of -L, as for GNU ld; -l :FILE is FILE there, and
// so is the name of an archive that is not here.
func (l *library) find(value string) string {
	name := "lib" + value + ".a"
	switch file, ok := strings.CutPrefix(value, ":"); {
	case ok:
		name = file
	case isPath(value):
		if filepath.Base(value) != value || exists(value) {
			return value
		}
		name = value
	}
	for _, dir := range l.dirs {
		if path := filepath.Join(dir, name); exists(path) {
			return path
		}
	}
	return value
}

// isPath reports whether a value of -l is the path of a file rather than a
// library's name.
func isPath(value string) bool {
	return strings.ContainsRune(value, '/') || strings.ContainsRune(value, filepath.Separator) || strings.HasSuffix(value, ".a")
}

// isArchive reports whether a file begins like an archive of any kind.
func isArchive(f *os.File) bool {
	magic := make([]byte, 8)
	n, _ := f.ReadAt(magic, 0)
	return n == len(magic) && strings.HasPrefix(string(magic), "!<") && strings.HasSuffix(string(magic), ">\n")
}

// script adds the archives that a linker script in place of a library names,
// as C libraries install them.
func (l *library) script(path string, depth int) {
	data, err := readFile(path)
	if err != nil {
		l.errs.Join(err)
		return
	}
	if k := sniff(data); k != nil || !isText(data) {
		what := "is neither an archive nor a linker script"
		if k != nil {
			what = "is " + k.what + ", not an archive"
		}
		l.errs.Add(path, "%s", what).Note("-l takes static libraries (.a); objects are given without -l")
		return
	}
	s, err := ldscript.Parse(path, data)
	switch {
	case err != nil:
		l.errs.Join(err)
	case len(s.Inputs) == 0:
		l.errs.Add(path, "is a linker script that names no library").Note("addresses of symbols are given with --externs")
	case depth == maxScripts:
		l.errs.Add(path, "linker scripts name each other in a circle")
	default:
		for _, input := range s.Inputs {
			l.add(l.findInput(path, input), depth+1)
		}
	}
}

// findInput returns the path of a file that a script names: "-lname" and
// relative names are looked for beside the script, then where -L says, then as
// they are.
func (l *library) findInput(script, input string) string {
	if name, ok := strings.CutPrefix(input, "-l"); ok {
		input = "lib" + name + ".a"
	}
	if filepath.IsAbs(input) {
		return input
	}
	for _, dir := range append([]string{filepath.Dir(script)}, l.dirs...) {
		if path := filepath.Join(dir, input); exists(path) {
			return path
		}
	}
	return input
}

func (l *library) close() {
	for _, f := range l.files {
		f.Close()
	}
}
