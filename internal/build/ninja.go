package build

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"mpyld"
	"mpyld/abiheader"
	"mpyld/diag"
	"mpyld/qstrlink"
)

// A file for ninja has the steps that a build does as edges of a graph, so that a
// program which knows nothing but files and times does the same, on as many machines as
// the compiler's launcher knows. What a build has in memory is a file there: the text
// that the preprocessor leaves (x.c.i), of which mpyld makes the config header.
// That one is often the same as before (restat), and then no object is made again.
//
//	x.c ─ scan ─► x.c.i ─┐                    ┌─ compile ─► x.c.o ─┐
//	                     ├─ names ─► config.h ┤                    ├─ link ─► wave.mpy
//	y.c ─ scan ─► y.c.i ─┘                    └─ compile ─► y.c.o ─┘
//
// All but compilations are in a pool as deep as this machine has processors: ninja
// starts more jobs than that where other machines compile.

// Ninja is what a file for ninja is made of.
type Ninja struct {
	File       string
	Tool       string   // this program
	Regenerate []string // the command that writes the file
	Inputs     []string // what it reads
}

// NinjaMark is how such a file begins.
const NinjaMark = "# Written by mpyld build --ninja"

const ninjaRules = `ninja_required_version = %s
mpyld = %s
run = %s
pool local
  depth = %d
pool board
  depth = 1
rule compile
  command = $cmd
  description = compile $what
  depfile = $out.d
  deps = gcc
rule scan
  command = $cmd
  description = scan $what
  depfile = $out.d
  deps = gcc
  pool = local
rule names
  command = $run --preprocess --if-changed $options -o $out -- $in
  description = names of $what
  restat = 1
  pool = local
rule link
  command = $run $options > /dev/null
  description = link $what
  depfile = $deps_in
  deps = gcc
  pool = local
rule merge
  command = $run merge -o $out -- $in
  description = merge $what
  pool = local
rule size
  command = $run size $options -- $in > $out
  description = size of $what
  pool = local
rule test
  command = $run run $options $in > $out.new 2>&1 && mv $out.new $out || { cat $out.new; rm -f $out.new; false; }
  description = test $what
  pool = local
rule python
  command = $cmd
  description = compile $what
  pool = local
rule step
  command = $cmd
  description = run $what
  restat = 1
  pool = local
rule generate
  command = $cmd
  description = write $out
  generator = 1
  restat = 1
build mpyld_always: phony
`

// WriteNinja writes a file for ninja that builds modules, and what it needs beside sources:
// headers, and config headers without names.
func WriteNinja(ctx context.Context, modules []Options, n Ninja) error {
	if len(modules) == 0 {
		return diag.New("", "there is nothing to build")
	}
	for i := range modules {
		if err := modules[i].check(); err != nil {
			return Mistake{err}
		}
	}
	w := &ninjaWriter{seen: map[string]bool{}}
	version := "1.7"
	if slices.ContainsFunc(modules, func(m Options) bool { return m.MapJSON || m.Debug }) {
		version = "1.10" // of an edge with a depfile and two outputs
	}
	fmt.Fprintf(&w.text, NinjaMark+", and again when what it was made of is newer.\n"+ninjaRules, version, ninjaText(n.Tool), ninjaText(ShellWords([]string{n.Tool})), modules[0].Jobs)
	files := newFiles(modules[0].Host)
	memo := openJournal(modules[0].Host, files, modules[0].Dir)
	slots := make(chan struct{}, modules[0].Jobs)
	var errs diag.List
	for i := range modules {
		b := &builder{Options: &modules[i], ctx: ctx, files: files, slots: slots, common: memo, once: map[string]*sharedStep{}}
		err := b.ninja(w, len(modules) > 1)
		if mistake := (Mistake{}); errors.As(err, &mistake) {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		errs.Join(err)
	}
	if err := errs.Err(); err != nil {
		return err
	}
	if w.header != "" {
		w.written = append(w.written, w.header)
	}
	w.edge(edge{rule: "generate", output: n.File, more: slices.Sorted(slices.Values(w.written)), implicit: append(slices.Clone(n.Inputs), n.Tool), cmd: n.Regenerate})
	w.text.WriteString("default " + ninjaPaths(w.goals) + "\n")
	return modules[0].Host.WriteFile(n.File, []byte(w.text.String()))
}

// ninja adds the edges of a module.
func (b *builder) ninja(w *ninjaWriter, several bool) error {
	dir := b.Dir
	if several {
		b.commonDir = dir
		b.Dir = filepath.Join(dir, b.Name)
		if w.seen["module "+b.Name] {
			return diag.New("", "two of the modules are called %s", b.Name)
		}
		w.seen["module "+b.Name] = true
	}
	if err := b.writeHeader(); err != nil {
		return err
	}
	if len(b.Headers) == 0 {
		w.header = filepath.Join(b.headerDir(), abiheader.FileC)
	}
	sets, err := b.openHeaders()
	if err != nil {
		return err
	}
	goals, _, err := b.goals(sets)
	if err == nil {
		goals, err = b.chosen(goals)
	}
	if err != nil {
		return Mistake{err}
	}
	interpreters, err := b.asked()
	if err != nil {
		return err
	}
	plans, outcomes, _ := b.plans(goals, sets)
	var errs diag.List
	for _, g := range (&Result{Targets: outcomes}).Errors() {
		errs.Join(g.Err) // each once
	}
	if len(plans) == 0 && len(errs) == 0 {
		return diag.New("", "there is no compiler for any architecture").Note("mpyld doctor says what to install")
	}
	var unfit diag.List
	tests := 0
	for _, p := range plans {
		errs.Join(b.ninjaTarget(w, p))
		stamps, no := b.ninjaChecks(w, p, interpreters)
		w.goals = append(append(w.goals, p.output), stamps...)
		unfit, tests = append(unfit, no...), tests+len(interpreters)-len(no)
	}
	if len(interpreters) > 0 && tests == 0 && len(errs) == 0 {
		return untestable(unfit)
	}
	return errs.Err()
}

// ninjaTarget adds the edges of a target.
func (b *builder) ninjaTarget(w *ninjaWriter, p *plan) error {
	made, err := b.ninjaSteps(w, p)
	if err != nil {
		return err
	}
	if err := b.ninjaCompile(w, p, made); err != nil {
		return err
	}
	link := edge{
		rule: "link", what: relative(p.linked), output: p.linked, inputs: append(slices.Clone(p.objects), p.config), implicit: []string{"$mpyld"},
		depfile: filepath.Join(p.dir, b.Name+".link.d"), ordered: made,
	}
	for _, lib := range p.libs {
		if slices.Contains(made, lib) { // of others, the depfile tells
			link.inputs = append(link.inputs, lib)
		}
	}
	t := &work{builder: b, plan: p}
	link.options = append(LinkWords(t.linkOptions(), p.linked), "--dependency-file", link.depfile)
	if b.MapJSON {
		link.more = append(link.more, p.mapFile())
		link.options = append(link.options, "--map-json="+p.mapFile())
	}
	if b.Debug {
		link.more = append(link.more, p.debugFile())
		link.options = append(link.options, "--debug-elf="+p.debugFile())
	}
	link.options = slices.Concat(link.options, []string{"--"}, p.objects)
	w.edge(link)
	if len(p.crosses) > 0 {
		merge := edge{rule: "merge", what: relative(p.output), output: p.output, inputs: []string{p.linked}, implicit: []string{"$mpyld"}}
		for _, c := range p.crosses {
			merge.inputs = append(merge.inputs, c.output)
		}
		w.edge(merge)
	}
	return nil
}

// ninjaCompile adds the edges for the sources of a target.
func (b *builder) ninjaCompile(w *ninjaWriter, p *plan, made []string) error {
	layout := p.Layout(p.Arch)
	var texts []string
	for i, c := range p.compiles {
		text := strings.TrimSuffix(c.output, ".o") + ".i"
		texts = append(texts, text)
		step := edge{what: relative(c.source.path) + " for " + p.name, inputs: []string{c.source.path}, implicit: []string{p.cc.Program}, ordered: made}
		scan, compile := step, step
		scan.rule, scan.output, scan.cmd = "scan", text, append(withDepfile(p.scans[i].argv, text), "-o", text)
		compile.rule, compile.output, compile.cmd = "compile", c.output, withDepfile(c.argv, c.output)
		compile.ordered = append(slices.Clone(made), p.config)
		w.edge(scan)
		w.edge(compile)
	}
	headers := map[string][]byte{filepath.Join(p.dir, "scan", configName): layout.Config(qstrlink.QStrs{})}
	if len(texts) > 0 {
		w.edge(edge{
			rule: "names", what: b.Name + " for " + p.name, output: p.config, inputs: texts, implicit: []string{"$mpyld"},
			options: []string{"--arch", p.arch, "--target", p.Release.Name},
		})
	} else {
		headers[p.config] = layout.Header(qstrlink.QStrs{})
	}
	for name, data := range headers {
		if err := b.files.write(name, data); err != nil {
			return err
		}
		w.written = append(w.written, name)
	}
	for _, c := range p.crosses {
		w.edge(edge{
			rule: "python", what: relative(c.source.path) + " for " + p.name, output: c.output, inputs: []string{c.source.path},
			implicit: []string{c.argv[0]}, ordered: made, cmd: c.argv,
		})
	}
	return nil
}

// ninjaSteps adds the author's steps for a target, each after the one before it, and
// returns what they make.
func (b *builder) ninjaSteps(w *ninjaWriter, p *plan) (made []string, err error) {
	for _, s := range p.custom {
		before := slices.Clone(made)
		made = append(made, s.outputs...)
		id := s.id()
		if w.seen["step "+id] {
			continue // which other targets have too
		}
		w.seen["step "+id] = true
		step := edge{rule: "step", what: programName(s.argv[0]), cmd: s.argv, dir: s.dir, ordered: before}
		if step.inputs, err = b.stepInputs(s, before); err != nil {
			return nil, err
		}
		if len(s.inputs) == 0 {
			step.inputs = []string{"mpyld_always"}
		}
		if len(s.env) > 0 {
			step.cmd = slices.Concat([]string{"env"}, s.env, s.argv)
		}
		step.output = "mpyld_step_" + id // a file that is never there: the step runs each time
		if len(s.outputs) > 0 {
			step.output, step.more = s.outputs[0], s.outputs[1:]
		} else {
			made = append(made, step.output)
		}
		w.edge(step)
	}
	return made, nil
}

// withDepfile is a compiler's command line that tells ninja, which wants the depfile of x.o
// in x.o.d and about x.o.
func withDepfile(argv []string, output string) []string {
	argv = slices.Clone(argv)
	for i, word := range argv[:len(argv)-1] {
		switch {
		case word == "-MT" && argv[i+1] == depTarget:
			argv[i], argv[i+1] = "-MQ", output
		case word == "-MF":
			argv[i+1] = output + ".d"
		}
	}
	return argv
}

// LinkWords are the options of a command line that links as o says.
func LinkWords(o mpyld.Options, output string) []string {
	words := []string{"--arch=" + o.Target.Arch, "--target=" + o.Target.Release, "--qstrs=" + o.QStrs, "--source-name=" + o.SourceName, "--output=" + output}
	for _, text := range []struct{ option, value string }{{"--arch-flags", o.Target.ArchFlags}, {"--float-abi", o.Target.FloatABI}, {"--fun-table", o.FunTable}} {
		if text.value != "" {
			words = append(words, text.option+"="+text.value)
		}
	}
	if o.Optimise {
		words = append(words, "--optimize")
	}
	if o.GCSections {
		words = append(words, "--gc-sections")
	}
	for _, list := range []struct {
		option string
		values []string
	}{
		{"--library-path", o.LibDirs},
		{"--libs", o.Libs},
		{"--externs", o.Externs},
		{"--just-symbols", o.JustSymbols},
		{"--defsym", o.Defsyms},
		{"--wrap", o.Wrap},
		{"--undefined", o.Undefined},
	} {
		for _, value := range list.values {
			words = append(words, list.option+"="+value)
		}
	}
	return words
}
