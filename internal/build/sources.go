package build

import (
	"errors"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"mpyld/diag"
	"mpyld/internal/lazy"
	"mpyld/internal/manifest"
	"mpyld/internal/toolchain"
)

// A source is an input of a module, and what is done with it.
type source struct {
	path string
	kind kind
	id   string // of what is made of it: its path, within the directory of the target
}

type kind uint8

const (
	compiled kind = iota // by the language of its suffix
	object
	archive
	python
)

// languages are the suffixes of sources that a compiler takes.
var languages = lazy.Value[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		".c": toolchain.C, ".S": toolchain.Asm,
		".cpp": toolchain.CXX, ".cc": toolchain.CXX, ".cxx": toolchain.CXX, ".C": toolchain.CXX,
	}
}}

func (s source) language() string { return languages.Get()[filepath.Ext(s.path)] }

// suffixes are for messages.
const suffixes = ".c, .cpp, .cc, .S, .o, .a and .py"

// Suffixes are those that names of sources end in.
func Suffixes() []string {
	return append(slices.Sorted(maps.Keys(languages.Get())), ".o", ".a", ".py")
}

// kindOf is what is done with a file, by its suffix.
func kindOf(path string) (kind, bool) {
	ext := filepath.Ext(path)
	switch {
	case languages.Get()[ext] != "":
		return compiled, true
	case ext == ".o":
		return object, true
	case ext == ".a":
		return archive, true
	case ext == ".py":
		return python, true
	}
	return 0, false
}

// sources are the files that patterns name, in the order of the patterns; what one
// matches is sorted. Some are yet to be made.
func (o *Options) sources(patterns, made []string) ([]source, error) {
	var errs diag.List
	var list []source
	for _, pattern := range patterns {
		found := []string{pattern}
		if !slices.Contains(made, pattern) {
			found = o.match(pattern, made, &errs)
		}
		for _, path := range found {
			k, ok := kindOf(path)
			if !ok {
				e := errs.Add(path, "what to do with a file of this kind is not known").Note("sources are %s", suffixes)
				if filepath.Ext(path) == filepath.Ext(manifest.File) {
					e.Note("a manifest is named with --manifest")
				}
				continue
			}
			if e := o.readOften(path); e != nil {
				errs.Join(e)
				o.named(pattern, e)
				continue
			}
			s := source{path, k, idOf(path)}
			i := slices.IndexFunc(list, func(other source) bool { return other.id == s.id })
			switch {
			case i < 0:
				list = append(list, s)
			case filepath.Clean(list[i].path) == filepath.Clean(path) && strings.ContainsAny(pattern, "*?["):
				// A pattern matches what was named before it: sources = ["first.c", "*.c"].
			default:
				errs.Add(path, "is given twice").Note("the other is %s", list[i].path)
			}
		}
	}
	return list, errs.Err()
}

// readOften is the error about what is there, but is not the same each time that it is read.
func (o *Options) readOften(path string) *diag.Error {
	info, err := o.Host.Stat(path)
	switch {
	case err != nil || info.IsDir() || info.Mode().IsRegular():
		return nil
	case info.Mode()&fs.ModeNamedPipe != 0:
		return diag.New(path, "is a pipe, and a build reads a source more than once").Note("write what comes out of it into a file, and name that")
	}
	f, err := o.Host.Open(path)
	if err != nil {
		var e *diag.Error
		errors.As(err, &e)
		return e // a device
	}
	f.Close()
	return nil
}

// match returns the files that a pattern names, those among them that steps make.
func (o *Options) match(pattern string, made []string, errs *diag.List) []string {
	// A file may well have brackets in its name.
	if info, err := o.Host.Stat(pattern); err == nil && info.IsDir() {
		o.named(pattern, errs.Add(pattern, "is a directory").Note("name its files: %s/*.c", strings.TrimSuffix(filepath.ToSlash(pattern), "/")))
		return nil
	} else if err == nil {
		return []string{pattern}
	}
	if !strings.ContainsAny(pattern, "*?[") {
		o.named(pattern, o.unmade(errs.Add(pattern, "there is no such file")))
		return nil
	}
	found, err := o.glob(pattern)
	for _, name := range made {
		if fits(pattern, name) && !slices.Contains(found, name) {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	switch {
	case err != nil:
		o.named(pattern, errs.Add("", "%s: not a pattern of files", pattern))
	case len(found) == 0:
		o.named(pattern, o.unmade(errs.Add("", "%s: no file matches", pattern).Note("* and ? match within one directory, as in src/*.c; src/**/*.c those below too")))
	}
	return found
}

// named adds to an error about a source the line of the manifest that names it.
func (o *Options) named(pattern string, e *diag.Error) {
	if at, ok := o.Named[pattern]; ok {
		e.NoteAt(at, "the manifest names it")
	}
}

// unmade adds to an error about a file what may be wrong where there are steps.
func (o *Options) unmade(e *diag.Error) *diag.Error {
	if len(o.Steps) > 0 {
		e.Note("what a step makes is named in its outputs")
	}
	return e
}

// fits reports whether a pattern names a file, as glob would find it.
func fits(pattern, name string) bool {
	name = filepath.ToSlash(name)
	top, rest, deep := strings.Cut(filepath.ToSlash(pattern), "**/")
	if deep && strings.HasPrefix(name, top) {
		pattern, name = rest, path.Base(name)
	}
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

// glob returns the files that match a pattern, sorted. "**" is any directories.
func (o *Options) glob(pattern string) ([]string, error) {
	pattern = filepath.ToSlash(pattern)
	top, rest, deep := strings.Cut(pattern, "**/")
	if !deep {
		found, err := fs.Glob(o.Host, pattern)
		slices.Sort(found)
		return found, err
	}
	if _, err := path.Match(rest, ""); err != nil {
		return nil, err
	}
	root := unescape(strings.TrimSuffix(top, "/"))
	if root == "" {
		root = "."
	}
	var found []string
	err := fs.WalkDir(o.Host, root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // what cannot be read has no files in it
		}
		if ok, _ := path.Match(rest, path.Base(name)); ok {
			found = append(found, name)
		}
		return nil
	})
	slices.Sort(found)
	return found, err
}

// unescape is the directory that a pattern names, if it has none but escaped ones of the
// characters of patterns (path.Match).
func unescape(pattern string) string {
	name := ""
	for i := 0; i < len(pattern); i++ {
		if pattern[i] == '\\' && i+1 < len(pattern) {
			i++
		}
		name += pattern[i : i+1]
	}
	return name
}

// idOf is the name of what is made of a file in the directory of a target: a file
// outside of the working directory must not lead out of that.
func idOf(path string) string {
	path = filepath.ToSlash(filepath.Clean(path))
	volume := filepath.VolumeName(path)
	path = strings.ReplaceAll(volume, ":", "_") + strings.TrimPrefix(path, volume)
	if rest, ok := strings.CutPrefix(path, "/"); ok {
		path = "_root/" + rest
	}
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if part == ".." {
			parts[i] = "_up"
		}
	}
	return strings.Join(parts, "/")
}
