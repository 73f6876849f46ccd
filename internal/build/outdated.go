package build

import (
	"io/fs"
	"maps"
	"path/filepath"
	"slices"

	"mpyld/internal/host"
)

// Outdated returns, of the modules that builds in a directory have made and that are there
// as they made them, those of which something is another since, and what that is: a build for
// one architecture leaves the modules for others as they are.
//
// It looks at the files of the last build, of the link and of the objects in it. Which flags
// another build would have, it does not know.
func Outdated(h host.Host, dir string) map[string]string {
	if dir == "" {
		dir = usualDir
	}
	outdated := map[string]string{}
	entries, err := fs.ReadDir(h, filepath.ToSlash(dir))
	if err != nil {
		return outdated // no build has been here
	}
	files := newFiles(h)
	for _, e := range entries {
		j := openJournal(h, files, filepath.Join(dir, e.Name()))
		module, changed := j.outdated()
		if changed != "" {
			outdated[filepath.ToSlash(module)] = changed
		}
	}
	return outdated
}

// outdated returns the module that a journal is about, and the file that is another.
func (j *journal) outdated() (module, changed string) {
	link := j.records["link"]
	last := j.records["merge"]
	if last == nil {
		last = link
	}
	if link == nil || len(last.Out) == 0 || j.files.changedOf(last.Out) != "" {
		return "", ""
	}
	parts := []*record{last, link}
	for _, id := range slices.Sorted(maps.Keys(j.records)) {
		r := j.records[id]
		if slices.ContainsFunc(r.Out, func(made fileHash) bool { return slices.Contains(link.In, made) }) {
			parts = append(parts, r)
		}
	}
	slices.Reverse(parts) // what an author writes, before what is made of it
	for _, r := range parts {
		if changed := j.files.changedOf(r.In); changed != "" {
			return last.Out[0][0], changed
		}
	}
	return "", ""
}
