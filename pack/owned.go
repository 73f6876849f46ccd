package pack

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"mpyld/diag"
)

// A directory that is packed again may have files of others by now: a CNAME, a
// .git. What is the packer's own is in a list, with hashes:
//
//	9aabbe99...  armv6m_6.3/wave.mpy
//
// Files of the list are replaced, or removed if there are none of the name any
// more. What is not in it, or has been changed, is somebody's: it stays, and if a
// new file needs its name, nothing is written at all. While files are replaced the
// list has the old ones and the new, so that a packer that is killed can be run again.

// OwnedName is the name of the list.
const OwnedName = ".mpyld-pack"

// Owned is what a list says: hashes by path.
type Owned map[string][]string

// ReadOwned reads the list of a directory; there may be none.
func ReadOwned(fsys fs.FS) (Owned, error) {
	text, err := fs.ReadFile(fsys, OwnedName)
	owned := Owned{}
	if err != nil {
		return owned, nil // no list: nothing is the packer's
	}
	for line := range strings.Lines(string(text)) {
		sum, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if !ok || !fs.ValidPath(name) || len(sum) != 64 {
			return nil, diag.New(OwnedName, "is not a list that mpyld pack wrote").Note("remove it, and the files that mpyld pack made, or pack into another directory")
		}
		owned[name] = append(owned[name], sum)
	}
	return owned, nil
}

// List is the text of the list.
func (o Owned) List() []byte {
	var lines []string
	for name, sums := range o {
		for _, sum := range sums {
			lines = append(lines, fmt.Sprintf("%s  %s\n", sum, name))
		}
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[64:]+a, b[64:]+b) })
	return []byte(strings.Join(lines, ""))
}

// Owned is the list of the package's own files.
func (p *Package) Owned() Owned {
	o := Owned{}
	for name, data := range p.Files {
		o[name] = []string{hash(data)}
	}
	return o
}

// A Change is what turns a directory into that of a package.
type Change struct {
	Write, Remove []string
	Between       Owned // the list while that happens
}

// Change compares a directory with the package. Its errors are about files that
// somebody else made or changed.
func (p *Package) Change(fsys fs.FS) (*Change, error) {
	owned, err := ReadOwned(fsys)
	if err != nil {
		return nil, err
	}
	c := &Change{Between: p.Owned()}
	var errs diag.List
	for _, name := range p.Paths() {
		state, err := stateOf(fsys, name, append(slices.Clone(owned[name]), hash(p.Files[name])))
		switch {
		case err != nil:
			errs.Join(err)
		case state == foreign:
			errs.Add(name, "is there, and mpyld pack did not write it, or not so").Note("remove it, or pack into another directory: it would be lost")
		}
		c.Write = append(c.Write, name)
	}
	for name, sums := range owned {
		c.Between[name] = unite(c.Between[name], sums)
		if _, again := p.Files[name]; again {
			continue
		}
		if state, err := stateOf(fsys, name, sums); err == nil && state == mine {
			c.Remove = append(c.Remove, name)
		}
	}
	slices.Sort(c.Remove)
	return c, errs.Err()
}

type state uint8

const (
	absent  state = iota
	mine          // as the list says
	foreign       // another's, or changed
)

func stateOf(fsys fs.FS, name string, sums []string) (state, error) {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if info, err := fs.Stat(fsys, dir); err == nil && !info.IsDir() {
			return foreign, diag.New(dir, "is there, and is not a directory").Note("remove it, or pack into another directory")
		}
	}
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return absent, nil // what cannot be seen cannot be replaced by mistake: writing says what is wrong
	}
	if !info.Mode().IsRegular() {
		return foreign, nil
	}
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return foreign, diag.New(name, "cannot read what is there: %v", err)
	}
	if slices.Contains(sums, hash(data)) {
		return mine, nil
	}
	return foreign, nil
}

func unite(a, b []string) []string {
	for _, s := range b {
		if !slices.Contains(a, s) {
			a = append(slices.Clone(a), s)
		}
	}
	return a
}
