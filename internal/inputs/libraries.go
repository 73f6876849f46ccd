package inputs

import (
	"bytes"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/ldscript"
	"mpyld/relocs"
)

// Libraries is what the values of -l lead to: open archives. They stay open
// while members are taken out of them, and are never read as a whole.
type Libraries struct {
	Archives []*elfload.Archive
	Errs     diag.List

	in      Dir
	dirs    []string // where -l NAME looks for libNAME.a
	mach    *relocs.Machine
	files   []file
	alike   map[look][]file
	scripts []file // those being read, each named by the one before
}

// Libraries opens what the values of -l mean, with these directories of -L.
func (d Dir) Libraries(values, dirs []string, mach *relocs.Machine) *Libraries {
	l := &Libraries{in: d, dirs: dirs, mach: mach, alike: map[look][]file{}}
	for _, value := range values {
		l.add(value)
	}
	return l
}

// Names are those of all files that were opened, scripts included.
func (l *Libraries) Names() []string {
	var names []string
	for _, f := range l.files {
		names = append(names, f.name)
	}
	return names
}

// Close closes the archives.
func (l *Libraries) Close() {
	for _, f := range l.files {
		f.Close()
	}
}

// maxScripts caps how deep linker scripts may name linker scripts, and maxLibs
// how many files they may name, so that some which name each other come to an end.
const (
	maxScripts = 8
	maxLibs    = 1000
)

// add opens the archive that a value of -l means, or those that a linker script
// there names.
func (l *Libraries) add(value string) {
	path := l.find(value)
	f, err := l.in.open(path)
	if err != nil {
		l.Errs.Join(l.missing(value, path, err))
		return
	}
	if l.again(f) {
		f.Close()
		return
	}
	l.files = append(l.files, f)
	l.alike[lookOf(f)] = append(l.alike[lookOf(f)], f)
	r, ok := f.File.(io.ReaderAt)
	var data []byte
	size := f.info.Size()
	if !ok || !f.info.Mode().IsRegular() { // a pipe is read once, from its beginning
		if data, err = f.readAll(MaxFile); err != nil {
			l.Errs.Join(err)
			return
		}
		r, size = bytes.NewReader(data), int64(len(data))
	}
	if isArchive(r) {
		a, err := elfload.OpenArchive(path, r, size, l.mach)
		l.Errs.Join(err)
		if a != nil {
			l.Archives = append(l.Archives, a)
		}
		return
	}
	if data == nil {
		data, err = f.readAll(maxText)
	}
	l.Errs.Join(err)
	if err == nil {
		l.scripts = append(l.scripts, f)
		l.script(path, data)
		l.scripts = l.scripts[:len(l.scripts)-1]
	}
}

// missing is the error about a value of -l that leads to nothing.
func (l *Libraries) missing(value, path string, err error) *diag.Error {
	e := CannotRead(path, err)
	if l.in.isDirectory(path) {
		e.Notes = nil
		return e.Note("-l takes the path of an archive")
	}
	if filepath.Base(value) != value || l.in.Exists(path) {
		return e
	}
	name, file := strings.CutPrefix(value, ":")
	if !file && !isPath(value) {
		name = "lib" + value + ".a"
		e.Note("CC --print-file-name=%s prints the path of the toolchain's: pass it with -l, or its directory with -L", name)
	}
	return l.noteSearch(e, name)
}

// noteSearch says where -L had a file looked for in vain.
func (l *Libraries) noteSearch(e *diag.Error, name string) *diag.Error {
	for _, dir := range l.dirs {
		what := "directory " + dir
		if l.in.isDirectory(dir) {
			what = name + " in " + dir
		}
		e.Note("there is no %s (-L)", what)
	}
	return e
}

// again reports whether there is nothing to do about a file: all archives are
// one group, in which one needs to be no more than once.
func (l *Libraries) again(f file) bool {
	same := func(other file) bool { return l.in.same(f, other) }
	opened := func() bool { return slices.ContainsFunc(l.alike[lookOf(f)], same) }
	switch {
	case slices.ContainsFunc(l.scripts, same):
		l.Errs.Add(f.name, "linker scripts name each other in a circle")
	case len(l.scripts) == maxScripts:
		l.Errs.Add(f.name, "linker scripts name each other more than %d deep", maxScripts)
	case len(l.files) == maxLibs && !opened():
		l.Errs.Add(f.name, "there are more than %d libraries", maxLibs)
	default:
		return opened()
	}
	return true
}

// look is what one file has, whatever its name: only files that look alike are compared.
type look struct {
	size int64
	at   time.Time
}

func lookOf(f file) look {
	if !f.info.Mode().IsRegular() {
		return look{} // a pipe's time changes
	}
	return look{f.info.Size(), f.info.ModTime()}
}

// find returns the path of what a value of -l means: a file, as for mpy_ld.py,
// or libNAME.a in a directory of -L, as for GNU ld; -l :FILE is FILE there, and
// so is the name of an archive that is not here.
func (l *Libraries) find(value string) string {
	name := "lib" + value + ".a"
	switch file, ok := strings.CutPrefix(value, ":"); {
	case ok:
		name = file
	case isPath(value):
		if filepath.Base(value) != value || l.in.Exists(value) {
			return value
		}
		name = value
	}
	for _, dir := range l.dirs {
		if path := join(dir, name); l.in.Exists(path) {
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
func (l *Libraries) script(path string, data []byte) {
	if k := sniff(data); k != nil || !IsText(data) {
		what := "is neither an archive nor a linker script"
		if k != nil {
			what = "is " + k.what + ", not an archive"
		}
		l.Errs.Add(path, "%s", what).Note("-l takes static libraries (.a); objects are given without -l")
		return
	}
	s, err := ldscript.Parse(path, unmarked(data))
	switch {
	case err != nil:
		l.Errs.Join(err)
	case len(s.Inputs) == 0:
		l.Errs.Add(path, "is a linker script that names no library").Note("addresses of symbols are given with --externs")
	default:
		for _, input := range s.Inputs {
			l.add(l.findInput(path, input))
		}
	}
}

// findInput returns the path of a file that a script names: "-lname" and
// relative names are looked for beside the script, then where -L says, then as
// they are.
func (l *Libraries) findInput(script, input string) string {
	if name, ok := strings.CutPrefix(input, "-l"); ok {
		input = "lib" + name + ".a"
	}
	if filepath.IsAbs(input) {
		return input
	}
	for _, dir := range append([]string{filepath.Dir(script)}, l.dirs...) {
		if path := join(dir, input); l.in.Exists(path) {
			return path
		}
	}
	return input
}
