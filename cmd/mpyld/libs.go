package main

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
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
	infos    []fs.FileInfo // of files
	scripts  []fs.FileInfo // those being read, each named by the one before
	errs     diag.List
}

// maxScripts caps how deep linker scripts may name linker scripts, and maxLibs
// how many files they may name, so that some which name each other come to an end.
const (
	maxScripts = 8
	maxLibs    = 1000
)

// add opens the archive that a value of -l means, or those that a linker script
// there names.
func (l *library) add(value string) {
	path := l.find(value)
	f, info, err := openFile(path)
	if err != nil {
		e := cannotRead(path, err)
		l.errs.Join(e)
		switch {
		case isDirectory(path):
			e.Notes = []string{"-l takes the path of an archive"}
		case !isPath(path):
			e.Note("CC --print-file-name=lib%s.a prints the path of the toolchain's: pass it with -l, or its directory with -L", path)
		}
		return
	}
	if l.again(path, info) {
		f.Close()
		return
	}
	l.files, l.infos = append(l.files, f), append(l.infos, info)
	var r io.ReaderAt = f
	var data []byte
	size := info.Size()
	if !info.Mode().IsRegular() { // a pipe is read once, from its beginning
		if data, err = readAll(path, f, info, maxPipe); err != nil {
			l.errs.Join(err)
			return
		}
		r, size = bytes.NewReader(data), int64(len(data))
	}
	if isArchive(r) {
		a, err := elfload.OpenArchive(path, r, size, l.mach)
		l.errs.Join(err)
		if a != nil {
			l.archives = append(l.archives, a)
		}
		return
	}
	if data == nil {
		data, err = readAll(path, f, info, maxText)
	}
	l.errs.Join(err)
	if err == nil {
		l.scripts = append(l.scripts, info)
		l.script(path, data)
		l.scripts = l.scripts[:len(l.scripts)-1]
	}
}

// again reports whether there is nothing to do about a file: all archives are
// one group, in which one needs to be no more than once.
func (l *library) again(path string, info fs.FileInfo) bool {
	same := func(other fs.FileInfo) bool { return os.SameFile(other, info) }
	switch {
	case slices.ContainsFunc(l.scripts, same):
		l.errs.Add(path, "linker scripts name each other in a circle")
	case len(l.scripts) == maxScripts:
		l.errs.Add(path, "linker scripts name each other more than %d deep", maxScripts)
	case len(l.files) == maxLibs && !slices.ContainsFunc(l.infos, same):
		l.errs.Add(path, "there are more than %d libraries", maxLibs)
	default:
		return slices.ContainsFunc(l.infos, same)
	}
	return true
}

func isDirectory(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
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
func isArchive(r io.ReaderAt) bool {
	magic := make([]byte, 8)
	n, _ := r.ReadAt(magic, 0)
	return n == len(magic) && strings.HasPrefix(string(magic), "!<") && strings.HasSuffix(string(magic), ">\n")
}

// script adds the archives that a linker script in place of a library names,
// as C libraries install them.
func (l *library) script(path string, data []byte) {
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
	default:
		for _, input := range s.Inputs {
			l.add(l.findInput(path, input))
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
