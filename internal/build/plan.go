package build

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"mpyld/abiheader"
	"mpyld/diag"
	"mpyld/internal/manifest"
	"mpyld/internal/pattern"
	"mpyld/internal/toolchain"
)

// A plan is all steps for one target, as data: what a build does, what a file for
// another build tool says, and what an editor wants to know are made of it.
//
// The order of the steps is a ladder. Names of all sources decide the config header,
// which decides each object, and all objects the module:
//
//	own steps ─► scan a.c, scan b.c ─► mpyld_config.h ─► compile a.c, compile b.c ─► link ─► merge
type plan struct {
	goal
	settings manifest.Settings
	headers  *headerSet // nil: mpyld.h
	cc       *toolchain.Compiler
	dir      string // of what is made for it

	sources  []string
	custom   []customStep
	scans    []compilation // preprocess, for the names
	compiles []compilation
	crosses  []compilation // by mpy-cross
	objects  []string      // all that are linked, in the order of the sources
	libs     []string
	lacks    []string // what the compiler does not have of its own libraries
	config   string   // the config header
	linked   string   // what the linker makes: the module, unless parts in Python are merged with it
	output   string   // the module
}

// mapFile is where the map of the linked part goes, if it is made.
func (p *plan) mapFile() string { return strings.TrimSuffix(p.output, ".mpy") + ".map.json" }

// debugFile is where the companion of the linked part for debuggers goes, if it is made.
func (p *plan) debugFile() string { return strings.TrimSuffix(p.output, ".mpy") + ".elf" }

// A compilation is one run of the compiler.
type compilation struct {
	source  source
	argv    []string // without what only concerns how messages look
	output  string   // "": the standard output
	depfile string
}

// configName is the config header that objects are compiled with. It is a name that
// no library has for a file of its own.
const configName = "mpyld_config.h"

// plan makes the plan for a target.
func (o *Options) plan(ctx context.Context, g goal, sets []headerSet, tools toolchain.Options) (*plan, error) {
	headers, err := headersFor(sets, g)
	if err != nil {
		return nil, err
	}
	cc, err := toolchain.Find(ctx, tools, g.arch)
	if err != nil {
		return nil, err
	}
	p := &plan{goal: g, cc: cc, headers: headers, dir: filepath.Join(o.Dir, g.name)}
	p.config = filepath.Join(p.dir, "include", configName)
	p.output = filepath.Join(o.Out, g.name, o.Name+".mpy")
	var errs diag.List
	p.settings = o.settingsFor(g.name).Each(o.placeholders(p, p.dir, &errs))
	if len(errs) > 0 {
		return nil, errs // names of files are not whole
	}
	made := o.customSteps(p, &errs)
	sources, err := o.sources(p.settings.Sources, made)
	errs.Join(err)
	if len(sources) == 0 && len(errs) == 0 {
		errs.Add("", "a module without sources").Note("name them: mpyld build FILE.c..., or sources = [...] in %s", manifest.File)
	}
	for _, s := range sources {
		p.sources = append(p.sources, s.path)
		errs.Join(o.place(p, s))
	}
	native := len(p.objects)+len(p.libs) > 0 // mpy_init may be in an archive
	p.libs = append(p.libs, p.settings.Libs...)
	if !p.settings.NoLibs {
		own := cc.Libraries(ctx, tools)
		p.libs, p.lacks = append(p.libs, own...), cc.Lacks(own)
	}
	p.linked = p.output
	if len(p.crosses) > 0 {
		p.linked = filepath.Join(p.dir, o.Name+".native.mpy")
	}
	if !native && len(errs) == 0 {
		errs.Add("", "a module without native code").Note("a module of Python alone is made by mpy-cross")
	}
	return p, errs.Err()
}

// place puts a source where it belongs in a plan.
func (o *Options) place(p *plan, s source) error {
	switch s.kind {
	case compiled:
		scan, compile := o.compilations(p, s)
		p.scans, p.compiles = append(p.scans, scan), append(p.compiles, compile)
		p.objects = append(p.objects, compile.output)
	case object:
		p.objects = append(p.objects, s.path)
	case archive:
		p.libs = append(p.libs, s.path)
	case python:
		c, err := o.cross(p, s)
		if err != nil {
			return err
		}
		p.crosses = append(p.crosses, c)
	}
	return nil
}

// settingsFor are the settings for a target: those for all, and then what is added
// for it.
func (o *Options) settingsFor(name string) manifest.Settings {
	s := o.Settings
	for _, when := range o.When {
		if matchAny([]string{when.Glob}, name) {
			s = s.With(when.Settings)
		}
	}
	return s
}

// compilations are the two runs of the compiler for a source.
func (o *Options) compilations(p *plan, s source) (scan, compile compilation) {
	object := filepath.Join(p.dir, "obj", filepath.FromSlash(s.id)) + ".o"
	flags := o.flags(p, s.language())
	command := append(slices.Clone(o.Launcher), p.cc.Command...)
	dep := object + ".d"

	// The names are those that the preprocessor leaves: of macros and headers, not of
	// comments. It finds another config header, in which no name has a number.
	scan = compilation{source: s, depfile: object + ".scan.d"}
	scan.argv = slices.Concat(p.cc.Command, []string{"-E", "-P", "-w", "-I" + filepath.Join(p.dir, "scan")}, flags,
		[]string{"-MD", "-MT", depTarget, "-MF", scan.depfile, s.path})

	compile = compilation{source: s, depfile: dep, output: object}
	compile.argv = slices.Concat(command, []string{"-I" + filepath.Join(p.dir, "include")}, flags,
		[]string{"-MD", "-MT", depTarget, "-MF", dep, "-c", "-o", object, s.path})
	return scan, compile
}

// depTarget is what depfiles call whom they are about.
const depTarget = "mpyld"

// flags are those of a language for a target.
func (o *Options) flags(p *plan, language string) []string {
	set := &p.settings
	use := toolchain.Use{Upstream: o.upstream(), Headers: p.headers != nil, Float: set.Float, Debug: o.Debug}
	flags := p.cc.Flags(use, language)
	flags = append(flags, "-DMP_CONFIGFILE=<"+configName+">")
	if !use.Headers {
		flags = append(flags, "-D"+abiheader.Define(p.Release))
	}
	for _, d := range set.Define {
		flags = append(flags, "-D"+d)
	}
	for _, d := range set.Undefine {
		flags = append(flags, "-U"+d)
	}
	switch language {
	case toolchain.C:
		flags = append(flags, set.CFlags...)
	case toolchain.CXX:
		flags = append(flags, set.CXXFlags...)
	case toolchain.Asm:
		flags = append(flags, set.AsFlags...)
	}
	dirs := slices.Clone(set.Include)
	if use.Headers {
		dirs = append(dirs, p.headers.dir)
	} else {
		dirs = append(dirs, o.headerDir())
	}
	for _, dir := range dirs {
		flags = append(flags, "-I"+dir)
	}
	return flags
}

// headerDir is where mpyld.h is. It is one for all targets.
func (o *Options) headerDir() string {
	if o.commonDir != "" {
		return filepath.Join(o.commonDir, "include")
	}
	return filepath.Join(o.Dir, "include")
}

// nameOf is the module's name when nobody gave one: that of the first source.
func nameOf(sources []string) string {
	if len(sources) == 0 || strings.ContainsAny(sources[0], "*?[{") {
		return ""
	}
	base := filepath.Base(sources[0])
	return strings.TrimSuffix(base, filepath.Ext(base))
}

// checkName refuses what no import statement can name.
func checkName(name string) error {
	switch {
	case name == "":
		return diag.New("", "the module has no name").Note("give it one with --name, or name = \"...\" in %s", manifest.File)
	case !pattern.Identifier.Get().MatchString(name):
		return diag.New("", "%q cannot be the name of a module: import takes letters, digits and _", name).
			Note("give it another with --name, or name = \"...\" in %s", manifest.File)
	case pattern.Keyword(name):
		return diag.New("", "%q cannot be the name of a module: it is a word of Python's", name).
			Note("give it another with --name, or name = \"...\" in %s", manifest.File)
	}
	return nil
}
