// Package corpus links everything that is stored in fixtures, through the
// library, for each release that there are objects for. What came of it is a line
// a link: another line is another linker.
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

	"mpyld"
	"mpyld/fixtures"
	"mpyld/mpyfile"
	"mpyld/parallel"
	"mpyld/target"
)

// Link is what came of one link.
type Link struct {
	Set     string // "x64-gcc12.2-Os-fpic 1.28": a set of objects, and the release
	Case    string // "hello"
	Outcome string // a hash of the module, "refused", or what the linker's own check found
	Caught  bool   // that check found something
}

// All links all, in an order that is always the same.
func All() ([]Link, error) {
	var jobs []job
	for _, set := range slices.Concat(fixtures.Sets(), fixtures.ReleaseSets()) {
		releases := []string{mpyfile.Newest.Name}
		if set.Family != nil {
			releases = set.Family.Releases
		}
		cases, err := set.Cases()
		if err != nil {
			return nil, err
		}
		for _, release := range releases {
			for _, c := range cases {
				jobs = append(jobs, job{set, c, release})
			}
		}
	}
	links := make([]Link, len(jobs))
	parallel.Each(len(jobs), func(i int) { links[i] = jobs[i].link() })
	return links, nil
}

type job struct {
	set     fixtures.Set
	c       fixtures.Case
	release string
}

func (j *job) link() Link {
	m, err := mpyld.Link(context.Background(), mpyld.Options{
		FS: j.c.FS(), Files: j.c.Names(), QStrs: "config.h", SourceName: j.c.Name + ".mpy",
		Target:     target.Options{Release: j.release, Arch: j.set.Arch},
		KeepUnwind: j.c.Has("--keep-unwind"), GCSections: j.c.Has("--gc-sections"),
	})
	l := Link{Set: j.set.Name + " " + j.release, Case: j.c.Name}
	var internal *mpyld.InternalError
	switch {
	case errors.As(err, &internal):
		l.Outcome, l.Caught = err.Error(), true
	case err != nil:
		l.Outcome = "refused" // the texts have tests of their own
	default:
		l.Outcome = hash(m.Bytes)
	}
	return l
}

func hash(data []byte) string { return fmt.Sprintf("%x", sha256.Sum256(data))[:12] }
