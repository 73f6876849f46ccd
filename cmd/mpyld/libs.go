package main

import (
	"os"
	"path/filepath"
	"strings"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/ldscript"
	"mpyld/link"
	"mpyld/relocs"
)

// library is what the --libs options lead to: open archives. They stay open
// while members are taken out of them, and are never read as a whole.
type library struct {
	mach     *relocs.Machine
	archives []*elfload.Archive
	files    []*os.File
	errs     diag.List
}

// maxScripts caps how deep linker scripts may name linker scripts.
const maxScripts = 8

// add opens the archive at path, or those that a linker script there names.
func (l *library) add(path string, depth int) {
	f, err := os.Open(path)
	if err != nil {
		e := l.errs.Add(path, "cannot read: %s", reason(err))
		if !strings.ContainsAny(path, "/.") {
			e.Note("-l takes the path of an archive, which CC --print-file-name=lib%s.a prints", path)
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
			l.add(findInput(path, input), depth+1)
		}
	}
}

// findInput returns the path of a file that a script names: "-lname" and
// relative names are looked for beside the script, then as they are.
func findInput(script, input string) string {
	if name, ok := strings.CutPrefix(input, "-l"); ok {
		input = "lib" + name + ".a"
	}
	if beside := filepath.Join(filepath.Dir(script), input); !filepath.IsAbs(input) && exists(beside) {
		return beside
	}
	return input
}

func (l *library) close() {
	for _, f := range l.files {
		f.Close()
	}
}

// readExterns reads the symbols of a linker script.
func readExterns(path string) (map[string]link.Extern, error) {
	if path == "" {
		return nil, nil
	}
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	switch k := sniff(data); {
	case k != nil && len(data) > 0:
		return nil, diag.New(path, "is %s, not a linker script", k.what)
	case !isText(data) && len(data) > 0:
		return nil, diag.New(path, "is not text, so not a linker script").
			Note("it lists symbols like this: memcpy = 0x4000df48;")
	}
	s, err := ldscript.Parse(path, data)
	if err != nil {
		return nil, err
	}
	externs := make(map[string]link.Extern, len(s.Symbols))
	for _, sym := range s.Symbols {
		externs[sym.Name] = link.Extern{Value: sym.Value, Provide: sym.Provide}
	}
	return externs, nil
}
