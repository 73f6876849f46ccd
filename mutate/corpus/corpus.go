// Package corpus links everything that is stored in fixtures, through the
// library, for each release that there are objects for, and small links of all that
// options, archives and symbols can be; and it merges modules. What came of it is a line a link: another
// line is another linker.
//
// It stands apart because two ask: the test that outputs are what they were, and
// mutation testing. It must never decide what is right.
package corpus

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing/fstest"

	"mpyld"
	"mpyld/diag"
	"mpyld/parallel"
	"mpyld/relocs"
)

// Link is what came of one link.
type Link struct {
	Set     string // "x64-gcc12.2-Os-fpic 1.28": a set of objects, and the release
	Case    string // "hello"
	Outcome string // a hash of the module, "refused", or what the linker's own check found
	Caught  bool   // that check found something

	File, RAM               int // bytes of the module: of the file, and of memory
	SavedInFile, SavedInRAM int // what the map says that relaxations saved of each
}

// All links all, in an order that is always the same, or with first, until a check
// finds something.
func All(first bool) (links []Link, err error) {
	jobs := append(jobsNamed(), jobsLikeLD()...)
	stored, err := jobsStored()
	if err != nil {
		return nil, err
	}
	merged, err := jobsMerged()
	if err != nil {
		return nil, err
	}
	jobs = slices.Concat(jobs, stored, merged)
	for len(jobs) > 0 {
		some := jobs[:min(len(jobs), 200)]
		jobs = jobs[len(some):]
		made := make([]Link, len(some))
		parallel.Each(len(some), func(i int) { made[i] = some[i].do() })
		links = append(links, made...)
		if first && slices.ContainsFunc(made, func(l Link) bool { return l.Caught }) {
			break
		}
	}
	return links, nil
}

// job is a link to be made, or a merge.
type job struct {
	set, name string
	asked     func() mpyld.Options
	merge     func() ([]byte, error)
	addresses bool // names that nothing defines get one, to see the rest
}

// do makes the link, or the merge.
func (j *job) do() Link {
	if j.merge != nil {
		data, err := j.merge()
		return j.came(data, err)
	}
	m, err := j.link()
	if err != nil {
		return j.came(nil, err)
	}
	l := j.came(m.Bytes, nil)
	l.measure(m)
	return l
}

func (j *job) link() (*mpyld.Module, error) {
	o := j.asked()
	m, err := mpyld.Link(context.Background(), o)
	if script := addressesFor(err); j.addresses && script != "" {
		o.FS.(fstest.MapFS)["script.ld"] = &fstest.MapFile{Data: []byte(script)}
		o.Externs = []string{"script.ld"}
		m, err = mpyld.Link(context.Background(), o)
	}
	return m, err
}

// came says what came of it.
func (j *job) came(data []byte, err error) Link {
	l := Link{Set: j.set, Case: j.name}
	var internal *mpyld.InternalError
	switch {
	case errors.As(err, &internal):
		l.Outcome, l.Caught = err.Error(), true
	case err != nil:
		l.Outcome = Refused
	default:
		l.Outcome = hash(data)
	}
	return l
}

// measure takes down sizes.
func (l *Link) measure(m *mpyld.Module) {
	l.File, l.RAM = len(m.Bytes), len(m.File.Text)+len(m.File.Rodata)+int(m.File.BSSSize)
	for i := range m.Map.Saved {
		if s := &m.Map.Saved[i]; relocs.Relaxations[s.By].File {
			l.SavedInFile += int(s.Bytes)
		} else {
			l.SavedInRAM += int(s.Bytes)
		}
	}
}

// Larger returns what is wrong with what -O made of a link: "" if no module is larger, in memory
// or in the file, and the map says where all the memory was saved.
func (l *Link) Larger(without Link) string {
	switch {
	case l.RAM > without.RAM || l.File > without.File:
		return fmt.Sprintf("%d bytes of memory and %d in the file, without -O %d and %d", l.RAM, l.File, without.RAM, without.File)
	case l.RAM+l.SavedInRAM != without.RAM:
		return fmt.Sprintf("%d bytes of memory, without -O %d, but the map says %d were saved", l.RAM, without.RAM, l.SavedInRAM)
	case (l.Outcome == Refused) != (without.Outcome == Refused):
		return fmt.Sprintf("%s, without -O %s", l.Outcome, without.Outcome)
	}
	return ""
}

// Refused is the outcome of links that fail; the texts have tests of their own.
const Refused = "refused"

func hash(data []byte) string { return fmt.Sprintf("%x", sha256.Sum256(data))[:12] }

// addressesFor is a linker script for the names that errors are about.
func addressesFor(err error) (script string) {
	var list diag.List
	if !errors.As(err, &list) {
		return ""
	}
	for _, e := range list {
		if name, ok := strings.CutPrefix(e.Text, "undefined symbol: "); ok {
			script += "PROVIDE(" + strings.Fields(name)[0] + " = 0x7ffff0);\n"
		}
	}
	return script
}
