package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"mpyld/diag"
	"mpyld/pack"
)

// A directory of a package appears whole or not at all: it is written beside its
// place, read again, and gets its name then. Where there is one already, the
// packer's own files in it are replaced, one by one, when all new ones are
// complete.
//
// mpyld pack -o pkg writes .mpyld-71-0.tmp/armv6m_6.3/wave.mpy and the others; if
// there is no pkg, .mpyld-71-0.tmp becomes it.

// writePackage writes a package into a directory.
func writePackage(out string, p *pack.Package) error {
	out = filepath.Clean(out)
	if real, err := filepath.EvalSymlinks(out); err == nil {
		out = real // the link stays one
	}
	if name, ok := opened.inside(out); ok {
		return usage(diag.New("", "the output directory %s has the input %s in it", out, name).Note("pack into another directory: -o DIR"))
	}
	info, err := os.Stat(out)
	switch {
	case err == nil && !info.IsDir():
		return diag.New(out, "cannot write the output: it is not a directory")
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return cannotWrite(out, err)
	}
	var change *pack.Change
	if err == nil {
		if change, err = p.Change(os.DirFS(out)); err != nil {
			return below(out, err)
		}
	}
	g := guardTemps()
	defer g.release()
	temp, err := g.createDir(filepath.Dir(out))
	if err != nil {
		return cannotWrite(out, err)
	}
	if err := fill(temp, p); err != nil {
		return cannotWrite(out, err)
	}
	if err := p.Lint(os.DirFS(temp)); err != nil {
		return below(out, err)
	}
	if change == nil {
		err = g.rename(temp, out)
	} else {
		err = g.hold(func() error { return replace(out, temp, change) })
	}
	if err != nil {
		return cannotWrite(out, err)
	}
	return nil
}

// below gives errors about files of a directory their paths.
func below(dir string, err error) error {
	var errs diag.List
	errs.Join(err)
	for _, e := range errs {
		e.Where = filepath.Join(dir, e.Where)
	}
	return errs.Err()
}

// fill writes the files of a package into an empty directory.
func fill(dir string, p *pack.Package) error {
	for _, name := range p.Paths() {
		if err := writeInto(dir, name, p.Files[name]); err != nil {
			return err
		}
	}
	return writeInto(dir, pack.OwnedName, p.Owned().List())
}

// writeInto writes a file somewhere below a directory.
func writeInto(dir, name string, data []byte) error {
	name = filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	return os.WriteFile(name, data, 0o666)
}

// replace moves files to where others may be, and removes those that are of the
// package no more. All directories are made first: that is what most likely fails.
func replace(out, temp string, c *pack.Change) error {
	for _, name := range c.Write {
		if err := os.MkdirAll(filepath.Join(out, filepath.FromSlash(path.Dir(name))), 0o777); err != nil {
			return err
		}
	}
	between := filepath.Join(temp, "between")
	if err := os.WriteFile(between, c.Between.List(), 0o666); err != nil {
		return err
	}
	list := filepath.Join(out, pack.OwnedName)
	if err := os.Rename(between, list); err != nil {
		return err
	}
	for _, name := range c.Write {
		name = filepath.FromSlash(name)
		if err := os.Rename(filepath.Join(temp, name), filepath.Join(out, name)); err != nil {
			return err
		}
	}
	for _, name := range c.Remove {
		if err := os.Remove(filepath.Join(out, filepath.FromSlash(name))); err != nil {
			return err
		}
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			if os.Remove(filepath.Join(out, filepath.FromSlash(dir))) != nil {
				break // it has other files
			}
		}
	}
	return os.Rename(filepath.Join(temp, pack.OwnedName), list)
}

// createDir creates a temporary directory in another.
func (g *tempGuard) createDir(parent string) (string, error) {
	g.Lock()
	defer g.Unlock()
	for i := 0; ; i++ {
		name := filepath.Join(parent, fmt.Sprintf(".mpyld-%d-%d.tmp", os.Getpid(), i))
		err := os.Mkdir(name, 0o777)
		if err == nil {
			g.files = append(g.files, name)
		}
		if !errors.Is(err, fs.ErrExist) || i == 100 {
			return name, err
		}
	}
}

// inside returns an input that is in a directory.
func (in *inputFiles) inside(dir string) (name string, ok bool) {
	in.Lock()
	defer in.Unlock()
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", false
	}
	for _, f := range in.list {
		at, err := filepath.Abs(f.name)
		if real, errReal := filepath.EvalSymlinks(at); errReal == nil {
			at = real
		}
		if err == nil && strings.HasPrefix(at, abs+string(filepath.Separator)) {
			return f.name, true
		}
	}
	return "", false
}
