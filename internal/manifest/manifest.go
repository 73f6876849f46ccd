// Package manifest is what a module is made of, as its author says it: in
// mpyld.toml or on a command line.
//
// It stands apart because builds, packages and reports read the same file. It must
// never look for a file that the manifest names.
package manifest

import (
	"slices"

	"mpyld/diag"
	"mpyld/size"
)

// File is the name of a manifest.
const File = "mpyld.toml"

// Manifest is a module. All paths are relative to the working directory.
type Manifest struct {
	Name    string
	Version string

	Archs   []string // of target.ArchNames, "all" or "auto"
	Targets []string // releases and ABIs; none: the newest

	// Flags is the set of flags for compilers, one of FlagSets; "": the first.
	Flags string

	Settings        // for all targets
	When     []When // what more, for some

	Headers   []string            // MicroPython's own: directories; none: mpyld's
	Compilers map[string][]string // by architecture: a command line's words
	Steps     []Step
	Limits    size.Limits
	Test      string // a script that imports the module
	Pack      Pack

	Named map[string]diag.Source // where patterns of Sources are, by pattern
}

// Settings are what may differ between targets. Placeholders in them are the build's
// affair.
type Settings struct {
	Sources  []string // patterns of files
	Include  []string // directories
	Define   []string // NAME or NAME=VALUE
	Undefine []string
	CFlags   []string
	CXXFlags []string
	AsFlags  []string
	Float    string // MICROPY_FLOAT_IMPL for MicroPython's headers

	NoLibs  bool // do not give the linker the compiler's libraries
	Libs    []string
	LibDirs []string

	// Of the linker.
	NoGC        bool
	Optimise    *bool // nil: unless the flags are upstream's
	Externs     []string
	JustSymbols []string
	Defsyms     []string
	Wrap        []string
	Undefined   []string
	ArchFlags   string
	FloatABI    string
	FunTable    string
	SourceName  string // what tracebacks call the module; "": NAME.mpy
}

// Upstream is the set of flags that py/dynruntime.mk has, with a link like its.
const Upstream = "upstream"

// FlagSets are the values of Manifest.Flags.
var FlagSets = []string{"small", Upstream}

// Floats are the values of Settings.Float.
var Floats = []string{"none", "float", "double"}

// When has settings for the targets whose name a pattern matches.
type When struct {
	Glob string
	At   Position
	Settings
}

// A Step is a program to run before sources are looked at.
type Step struct {
	Run     []string
	Dir     string   // where: the manifest's
	Inputs  []string // patterns of files; none: it runs in each build
	Outputs []string
}

// Pack is what packages say about the module.
type Pack struct {
	Description, Author, License, URL string

	Files []string    // to install beside the module
	Deps  [][2]string // name and version
}

// Position is a place in the manifest; none if it does not come from a file.
type Position struct{ Line, Column int }

// With returns settings with more: lists get longer, what is one value is
// replaced.
func (s Settings) With(more Settings) Settings {
	to, from := s.lists(), more.lists()
	for i := range to {
		*to[i] = slices.Concat(*to[i], *from[i])
	}
	for _, text := range []struct{ to, from *string }{
		{&s.Float, &more.Float}, {&s.ArchFlags, &more.ArchFlags}, {&s.FloatABI, &more.FloatABI}, {&s.FunTable, &more.FunTable}, {&s.SourceName, &more.SourceName},
	} {
		if *text.from != "" {
			*text.to = *text.from
		}
	}
	if more.Optimise != nil {
		s.Optimise = more.Optimise
	}
	s.NoLibs, s.NoGC = s.NoLibs || more.NoLibs, s.NoGC || more.NoGC
	return s
}

func (s *Settings) lists() []*[]string {
	return append(s.paths(), &s.Define, &s.Undefine, &s.CFlags, &s.CXXFlags, &s.AsFlags, &s.Defsyms, &s.Wrap, &s.Undefined)
}

// paths are the lists of files and directories.
func (s *Settings) paths() []*[]string {
	return []*[]string{&s.Sources, &s.Include, &s.Libs, &s.LibDirs, &s.Externs, &s.JustSymbols}
}

// Each applies f to all texts of the settings.
func (s Settings) Each(f func(string) string) Settings {
	for _, list := range s.lists() {
		*list = mapped(*list, f)
	}
	s.FunTable = f(s.FunTable)
	return s
}

func mapped(list []string, f func(string) string) []string {
	if list == nil {
		return nil
	}
	out := make([]string, len(list))
	for i, text := range list {
		out[i] = f(text)
	}
	return out
}
