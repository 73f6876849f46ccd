// Package manifest is what a module is made of, as its author says it: in
// mpyld.toml or on a command line.
//
// It stands apart because builds, packages and reports read the same file. It must
// never look for a file that the manifest names.
package manifest

import "slices"

// File is the name of a manifest.
const File = "mpyld.toml"

// Manifest is a module.
type Manifest struct {
	Name    string
	Version string

	Archs   []string // of target.ArchNames, "all" or "auto"
	Targets []string // releases and ABIs; none: the newest

	Settings        // for all targets
	When     []When // what more, for some

	Headers   []string            // MicroPython's own: directories; none: mpyld's
	Compilers map[string][]string // by architecture: a command line's words
}

// Settings are what may differ between targets.
type Settings struct {
	Sources  []string // patterns of files
	Include  []string // directories
	Define   []string // NAME or NAME=VALUE
	Undefine []string
	CFlags   []string
	CXXFlags []string
	AsFlags  []string
	Float    string // MICROPY_FLOAT_IMPL for MicroPython's headers
	NoLibs   bool   // do not give the linker the compiler's libraries
	Libs     []string
	LibDirs  []string
	NoGC     bool
}

// When has settings for the targets whose name a pattern matches.
type When struct {
	Glob string
	Settings
}

// With returns settings with more: lists get longer, what is one value is
// replaced.
func (s Settings) With(more Settings) Settings {
	for _, list := range []struct{ to, from *[]string }{
		{&s.Sources, &more.Sources},
		{&s.Include, &more.Include},
		{&s.Define, &more.Define},
		{&s.Undefine, &more.Undefine},
		{&s.CFlags, &more.CFlags},
		{&s.CXXFlags, &more.CXXFlags},
		{&s.AsFlags, &more.AsFlags},
		{&s.Libs, &more.Libs},
		{&s.LibDirs, &more.LibDirs},
	} {
		*list.to = slices.Concat(*list.to, *list.from)
	}
	if more.Float != "" {
		s.Float = more.Float
	}
	s.NoLibs, s.NoGC = s.NoLibs || more.NoLibs, s.NoGC || more.NoGC
	return s
}
