package main

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"mpyld/diag"
	"mpyld/internal/build"
	"mpyld/internal/cmdline"
	"mpyld/internal/manifest"
)

// buildOptions is what the options of the build verb set.
type buildOptions struct {
	build.Options
	manifest.Manifest // what the command line says
	interpreterOptions

	test     bool
	json     string
	ninja    string
	database bool // compile_commands.json

	jobs      string
	progress  string
	manifest  string
	manifests []string // that were read, for ninja
	verbose   bool
	errs      diag.List
}

func (o *buildOptions) rows() []cli.Flag {
	m := &o.Manifest
	return append([]cli.Flag{
		&option{"arch", "", "ARCH", "for these architectures, a list with commas; all, or auto: those that there are compilers for (default: auto)", o.list(&m.Archs)},
		&option{"target", "", "TARGET", "for these releases or ABIs, a list with commas (default: the newest MicroPython)", o.list(&m.Targets)},
		&option{"board", "", "NAME", "for this chip or board alone: the best that its firmware of the releases takes", setText(&o.Board)},
		&option{"only", "", "GLOB", "only for targets of such names, which are ARCH_ABI; can be repeated", appendTo(&o.Only)},
		&option{"skip", "", "GLOB", "not for targets of such names; can be repeated", appendTo(&o.Skip)},
		&option{"name", "", "NAME", "the module's name (default: the first source's)", setText(&m.Name)},
		&option{"source-name", "", "NAME", "the name tracebacks show (default: the module's)", setText(&m.SourceName)},
		&option{"manifest", "", "FILE", "read FILE (default: mpyld.toml, if there are no operands)", setText(&o.manifest)},
		&option{"output", "o", "DIR", "write DIR/TARGET/NAME.mpy (default: dist)", setText(&o.Out)},
		&option{"build-dir", "", "DIR", "keep objects in DIR (default: build)", setText(&o.Dir)},
		&option{"include", "I", "DIR", "look for headers in DIR; can be repeated", appendTo(&m.Include)},
		&option{"define", "D", "NAME[=VALUE]", "define a macro; can be repeated", appendTo(&m.Define)},
		&option{"undefine", "U", "NAME", "undefine a macro; can be repeated", appendTo(&m.Undefine)},
		&option{"cflags", "", "FLAGS", "more flags for C, split at blanks", o.words(&m.CFlags)},
		&option{"cxxflags", "", "FLAGS", "more flags for C++", o.words(&m.CXXFlags)},
		&option{"asflags", "", "FLAGS", "more flags for assembler", o.words(&m.AsFlags)},
		&option{"flags", "", "SET", "upstream: the flags of MicroPython's dynruntime.mk (default: those that make the smallest module)", o.setFlags},
		&option{"mpy-dir", "", "DIR", "compile with the headers of MicroPython's source in DIR", appendTo(&m.Headers)},
		&option{"float", "", "KIND", "MICROPY_FLOAT_IMPL for MicroPython's headers: none, float or double", setText(&m.Float)},
		&option{"libs", "l", "FILE.a", "take what is missing from an archive too; can be repeated", appendTo(&m.Libs)},
		&option{"library-path", "L", "DIR", "look for the lib*.a of -l NAME in DIR; can be repeated", appendTo(&m.LibDirs)},
		&option{"no-libs", "", "", "leave out the compiler's own libm, libc and libgcc", setTrue(&m.NoLibs)},
		&option{"optimize", "O", "", "link with -O, which is the default unless the flags are upstream's", o.optimise(true)},
		&option{"no-optimize", "", "", "link without -O: the module is laid out as mpy_ld.py does", o.optimise(false)},
		&option{"no-gc-sections", "", "", "keep what nothing refers to", setTrue(&m.NoGC)},
		&option{"cc", "", "ARCH=COMMAND", "compile for ARCH with COMMAND; can be repeated", o.setCompiler},
		&option{"externs", "e", "FILE", "take the addresses of symbols from a linker script; can be repeated", appendTo(&m.Externs)},
		&option{"mpy-cross", "", "PROGRAM", "compile parts in Python with PROGRAM", setText(&o.MpyCross)},
		&option{"launcher", "", "COMMAND", "put COMMAND (ccache, distcc) in front of each compilation", func(value string) { o.Launcher = append(o.Launcher, cmdline.Words(value)...) }},
		&option{"jobs", "j", "N", "run N programs at a time (default: one for each processor)", setText(&o.jobs)},
		&option{"debug", "g", "", "compile with -g, and write DIR/TARGET/NAME.elf too, for debuggers and mpyld gdb", setTrue(&o.Debug)},
		&option{"fail-fast", "", "", "stop at the first target that fails", setTrue(&o.FailFast)},
		&option{"progress", "", "HOW", "auto, plain or none (default: auto: a line that changes, on a terminal)", setText(&o.progress)},
		&option{"verbose", "v", "", "print each command", setTrue(&o.verbose)},
		&option{"dry-run", "n", "", "print each command that would run, and do nothing", setTrue(&o.DryRun)},
		&option{"json", "", "FILE", "write a report for programs: docs/JSON.md describes it; - is the standard output", setText(&o.json)},
		&option{"map-json", "", "", "write DIR/TARGET/NAME.map.json too, for mpyld size and why", setTrue(&o.MapJSON)},
		&option{"ninja", "", "FILE", "write FILE for ninja, which does what build would, and do nothing else; operands may be several manifests", setText(&o.ninja)},
		&option{"compile-commands", "", "", "write compile_commands.json, for clangd and other tools", setTrue(&o.database)},
		&option{"test", "", "", "run the manifest's test with each module that an interpreter here takes", setTrue(&o.test)},
	}, o.interpreterOptions.rows()...)
}

// list returns the set function of an option that takes a list with commas, and can
// be given often.
func (o *buildOptions) list(to *[]string) func(string) {
	return func(value string) {
		for word := range strings.SplitSeq(value, ",") {
			if word = strings.TrimSpace(word); word != "" {
				*to = append(*to, word)
			}
		}
	}
}

func (o *buildOptions) words(to *[]string) func(string) {
	return func(value string) { *to = append(*to, strings.Fields(value)...) }
}

func (o *buildOptions) setFlags(value string) {
	o.Manifest.Flags = value
	if !slices.Contains(manifest.FlagSets, value) {
		o.errs.Add("", "--flags %s: there is no such set of flags", value).Note("%s is dynruntime.mk's, %s the default; --cflags adds flags of your own", manifest.Upstream, manifest.FlagSets[0])
	}
}

// optimise returns the set function of an option that says whether links are to make modules
// smaller.
func (o *buildOptions) optimise(is bool) func(string) {
	return func(string) { o.Options.Optimise = &is }
}

func (o *buildOptions) setCompiler(value string) {
	arch, text, ok := strings.Cut(value, "=")
	words := cmdline.Words(text)
	if !ok || arch == "" || len(words) == 0 {
		o.errs.Add("", "--cc %s: names no compiler", value).Note("--cc armv7m=arm-none-eabi-gcc-13")
		return
	}
	if o.Manifest.Compilers == nil {
		o.Manifest.Compilers = map[string][]string{}
	}
	o.Manifest.Compilers[arch] = words
}

// check completes the options.
func (o *buildOptions) check() error {
	if o.jobs != "" {
		n, err := strconv.ParseUint(o.jobs, 10, 16)
		if err != nil || n == 0 {
			o.errs.Add("", "-j %s: is not a number of programs to run", o.jobs).Note("1 to %d", math.MaxUint16)
		}
		o.Jobs = int(n)
	}
	if kind := o.Manifest.Float; kind != "" && !slices.Contains(manifest.Floats, kind) {
		o.errs.Add("", "--float %s: there is no such kind", kind).Note("%s", strings.Join(manifest.Floats, ", "))
	}
	if o.progress != "" && o.progress != "auto" && o.progress != "plain" && o.progress != "none" {
		o.errs.Add("", "--progress %s: there is no such kind", o.progress).Note("auto, plain or none")
	}
	return o.errs.Err()
}

// read completes the options and reads the manifest, if there are no operands that say
// what to build.
func (o *buildOptions) read() error {
	if err := o.check(); err != nil {
		return usage(err)
	}
	name := o.manifest
	if name == "" && len(o.Sources) == 0 && exists(manifest.File) {
		name = manifest.File
	}
	var err error
	o.Options.Manifest, err = o.load(name)
	return err
}

// load reads a manifest, "" is none, and adds what the command line says: lists get
// longer, all else is replaced.
func (o *buildOptions) load(name string) (*manifest.Manifest, error) {
	said := o.Manifest
	var err error
	if said.Compilers, err = byArch(said.Compilers); err != nil {
		return nil, usage(err)
	}
	if name == "" {
		return &said, nil
	}
	m, err := loadManifest(name)
	if err != nil {
		return nil, err
	}
	if m.Compilers, err = byArch(m.Compilers); err != nil {
		return nil, err
	}
	m.Settings = m.Settings.With(said.Settings)
	for _, list := range []struct{ to, from *[]string }{{&m.Archs, &said.Archs}, {&m.Targets, &said.Targets}, {&m.Headers, &said.Headers}} {
		if len(*list.from) > 0 {
			*list.to = *list.from
		}
	}
	for _, text := range []struct{ to, from *string }{{&m.Name, &said.Name}, {&m.Flags, &said.Flags}} {
		if *text.from != "" {
			*text.to = *text.from
		}
	}
	for arch, command := range said.Compilers {
		m.Compilers[arch] = command
	}
	return m, nil
}

// byArch is compilers by architectures, which may be named by a chip that has one.
func byArch(named map[string][]string) (map[string][]string, error) {
	compilers := map[string][]string{}
	var errs diag.List
	for _, name := range slices.Sorted(maps.Keys(named)) {
		arch, err := build.Arch(name)
		if errs.Join(err); compilers[arch] != nil && err == nil {
			errs.Add("", "%s is %s, for which another compiler is named too", name, arch).Note("name one")
		}
		compilers[arch] = named[name]
	}
	return compilers, errs.Err()
}
