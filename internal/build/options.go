// Package build makes a module for many targets from its sources: it collects the
// names, compiles, links, and does again only what has changed.
//
// It stands apart because everything else here works on files that are there. It
// must never touch the system but through its Host, and never print.
package build

import (
	"mpyld/internal/host"
	"mpyld/internal/interpreter"
	"mpyld/internal/manifest"
	"mpyld/target"
)

// Options are what a build depends on.
type Options struct {
	Host host.Host
	*manifest.Manifest

	Only, Skip []string // patterns of target names
	Out        string   // where modules go: DIR/TARGET/NAME.mpy
	Dir        string   // where everything else goes
	Jobs       int      // how many programs run at a time
	DryRun     bool     // tell of what would be done, and do nothing
	FailFast   bool     // the first failure ends the build
	Optimise   *bool    // links, whatever the manifest says; nil: what that does
	Debug      bool     // compile with -g, and write NAME.elf beside each module, the companion of its linked part
	MapJSON    bool     // write NAME.map.json beside each module, of its linked part
	Colours    bool     // of the compiler's messages
	Launcher   []string // in front of each compilation
	MpyCross   string   // the program; "": the one that is found

	// For is whom alone the module is for; nil: for all targets. It has a device. Board
	// names one, whose firmware is of the releases to build for.
	For   *target.Target
	Board string

	// Interpreters are where the manifest's test runs; none: it does not.
	Interpreters []*interpreter.Interpreter

	// Tool changes when this program may link otherwise.
	Tool string

	// Wait is told that another build is at work in Dir, which this one waits for; nil:
	// nobody is.
	Wait func(dir string)

	// Tell is told of each step when it begins; nil: nobody is.
	Tell func(Step)

	commonDir string // a directory for what several modules have in common; "": Dir
}

// upstream says that flags and link are to be those of py/dynruntime.mk.
func (o *Options) upstream() bool { return o.Flags == manifest.Upstream }

// Step is one thing to do for a target.
type Step struct {
	Target string
	What   string   // "compile wave.c"
	Argv   []string // of the program; nil: it is done in here
	Dir    string   // where that runs; "": where the build does

	Done, Total int // steps of the whole build; those that are up to date count
}
