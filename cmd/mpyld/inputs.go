package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"mpyld/diag"
	"mpyld/internal/inputs"
)

// inputFiles are all files that the command reads or is told to read, whoever
// named them: the command line, a script, an @FILE, a directory of -L. It is the
// one thing that the command remembers by itself, so that no new way to read a
// file can be forgotten where outputs are checked.
type inputFiles struct {
	sync.Mutex
	list []inputFile
}

type inputFile struct {
	name string
	info fs.FileInfo
}

var opened inputFiles

// disk reads the files of this system.
var disk = inputs.Dir{FS: system{}}

// add records a file. What is no regular file has no content to lose.
func (in *inputFiles) add(name string, info fs.FileInfo) {
	if !info.Mode().IsRegular() {
		return
	}
	in.Lock()
	defer in.Unlock()
	in.list = append(in.list, inputFile{name, info})
}

// expect records files that are going to be read.
func (in *inputFiles) expect(names ...string) {
	for _, name := range names {
		if info, err := os.Stat(name); err == nil {
			in.add(name, info)
		}
	}
}

// forget forgets the files of a run before.
func (in *inputFiles) forget() {
	in.Lock()
	defer in.Unlock()
	in.list = nil
}

// find returns the input that a file is, by whatever name.
func (in *inputFiles) find(info fs.FileInfo) (name string, ok bool) {
	in.Lock()
	defer in.Unlock()
	for _, f := range in.list {
		if os.SameFile(f.info, info) {
			return f.name, true
		}
	}
	return "", false
}

// checkOutput refuses an output that is one of the inputs too.
func checkOutput(output string) error {
	info, err := os.Stat(output)
	if err != nil {
		return nil
	}
	name, ok := opened.find(info)
	if !ok {
		return nil
	}
	e := diag.New("", "the output %s is also an input", output)
	if filepath.Clean(name) != filepath.Clean(output) {
		e.Note("it is the same file as %s", name)
	}
	return e
}

// checkOutputs is checkOutput for all outputs of a run, of which no two may be
// one file either: only one would stay. Names that stand for no file of their
// own may be given twice.
func checkOutputs(outputs []string) error {
	var errs diag.List
	var seen []inputFile
	names := map[string]bool{}
	for _, name := range outputs {
		if name == "" || name == "-" {
			continue
		}
		errs.Join(checkOutput(name))
		info, err := os.Stat(name)
		if err == nil && (!info.Mode().IsRegular() || standardFile(info) != nil) {
			continue
		}
		target := realName(name)
		same := names[target]
		names[target] = true
		for _, other := range seen {
			same = same || err == nil && os.SameFile(other.info, info)
		}
		if same {
			errs.Add("", "%s is the name of two outputs", name)
		}
		if err == nil {
			seen = append(seen, inputFile{name, info})
		}
	}
	return errs.Err()
}

// realName is the one name of a file that may not be there yet.
func realName(name string) string {
	if target, special, err := followLinks(name); err == nil && !special {
		name = target
	}
	dir, base := filepath.Split(name)
	if real, err := filepath.EvalSymlinks(filepath.Clean(dir)); err == nil {
		dir = real
	}
	if full, err := filepath.Abs(dir); err == nil {
		dir = full
	}
	return filepath.Join(dir, base)
}
