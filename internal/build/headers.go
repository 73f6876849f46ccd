package build

import (
	"encoding/json"
	"path/filepath"
	"strconv"
	"time"

	"mpyld/diag"
	"mpyld/internal/manifest"
	"mpyld/internal/pattern"
	"mpyld/internal/toolchain"
	"mpyld/sdk"
	"mpyld/target"
)

// headerSet is MicroPython's headers of one release.
type headerSet struct {
	sdk.Headers // Source, Release and Version alone
	dir         string
}

// knownHeaders is what is remembered of headers, whose archives take long to read.
type knownHeaders struct{ Release, Version, Dir string }

// openHeaders finds out whose the headers are that the options name, and puts those of
// archives into a directory.
func (b *builder) openHeaders() ([]headerSet, error) {
	var errs diag.List
	var list []headerSet
	for _, name := range b.Headers {
		set, err := b.openOne(name)
		errs.Join(err)
		list = append(list, set)
	}
	return list, errs.Err()
}

func (b *builder) openOne(name string) (headerSet, error) {
	id, key := "headers/"+name, b.headersKey(name)
	var known knownHeaders
	if r := b.common.fresh(id, key); r != nil && json.Unmarshal(r.Data, &known) == nil {
		to, err := (&target.Options{Release: known.Release}).Find()
		if _, errDir := b.Host.Stat(filepath.Join(known.Dir, "py", "dynruntime.h")); err == nil && errDir == nil {
			return headerSet{sdk.Headers{Source: name, Release: to.Release, Version: known.Version}, known.Dir}, nil
		}
	}
	h, err := sdk.Open(b.Host, name)
	if err != nil {
		return headerSet{}, err
	}
	known = knownHeaders{h.Release.Name, h.Version, h.Dir}
	if h.Dir == "" {
		if known.Dir, err = h.Into(b.Host, filepath.ToSlash(filepath.Dir(b.headerDir()))); err != nil {
			return headerSet{}, err
		}
	}
	set := headerSet{sdk.Headers{Source: name, Release: h.Release, Version: h.Version}, known.Dir}
	return set, b.common.done(id, key, did{found: known})
}

// headersKey is what decides whose headers they are: of an archive its size and time,
// of a directory the files that say so.
func (b *builder) headersKey(name string) string {
	info, err := b.Host.Stat(name)
	if err != nil {
		return ""
	}
	if !info.IsDir() {
		return hashOf(b.Tool, strconv.FormatInt(info.Size(), 10), info.ModTime().UTC().Format(time.RFC3339Nano))
	}
	parts := []string{b.Tool}
	for _, file := range []string{"mpconfig.h", "persistentcode.h", "circuitpy_mpconfig.h", "dynruntime.h"} {
		parts = append(parts, b.files.hash(filepath.Join(name, "py", file)))
	}
	return hashOf(parts...)
}

var noSuchHeader = pattern.Of(`(py/\w+\.h|mpyld\.h)(: No such file or directory|' file not found)`)

// notFound is what to say to a compiler that does not find MicroPython's headers, where
// the build has mpyld's, or the other way around; nil: it does not say that.
func notFound(micropython bool, output string) *diag.Error {
	m := noSuchHeader.Get().FindStringSubmatch(output)
	switch {
	case m == nil, micropython != (m[1] == "mpyld.h"):
		return nil
	case micropython:
		return diag.New("", "there is no mpyld.h beside MicroPython's own headers: it takes their place").
			Note("leave --mpy-dir out (in %s: headers), or include py/dynruntime.h", manifest.File)
	}
	return diag.New("", "%s is one of MicroPython's own headers, and nobody has said where they are", m[1]).
		Note("--mpy-dir names a directory with MicroPython's sources, an archive of a release, or a file that mpyld sdk makes of either (in %s: headers)", manifest.File).
		Note("or include mpyld.h instead, which needs none of them and has the names of py/dynruntime.h too")
}

var noCXX = pattern.Of(`[^\w./]\w+: No such file or directory|'\w+' file not found|bits/c\+\+config\.h|cc1plus`)

// noLibrary is what to say to a compiler that does not find a header of C++, which have no
// suffix, or a compiler of that; nil: it does not say that.
func noLibrary(arch, language, output string) *diag.Error {
	if language != toolchain.CXX || !noCXX.Get().MatchString(output) {
		return nil
	}
	e := diag.New("", "the compiler for %s has not all that C++ takes", arch)
	for _, i := range toolchain.InstallsCXX(arch) {
		e.Note("%s: %s", i.System, i.Command)
	}
	return e.Note("classes, templates, new and delete need no header")
}

// headersFor returns the headers for a target: those of its ABI that come first.
func headersFor(sets []headerSet, g goal) (*headerSet, error) {
	var first error
	for i := range sets {
		err := sets[i].Agree(g.Release)
		if err == nil {
			return &sets[i], nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}
