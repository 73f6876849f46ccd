package build

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"mpyld"
	"mpyld/diag"
	"mpyld/internal/host"
	"mpyld/internal/toolchain"
	"mpyld/qstrlink"
	"mpyld/size"
	"mpyld/target"
)

// work is a target being built.
type work struct {
	*builder
	*plan
	out     Outcome
	journal *journal
	mu      sync.Mutex // of out, and what follows

	scanned []scanned // of each source
	skipped bool      // a step was told of and not done
}

// skip leaves out a step of a build that does nothing.
func (t *work) skip() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.skipped, t.out.UpToDate = true, false
	return nil
}

// errSaid is returned for what is in the outcome already.
var errSaid = errors.New("said")

// run does the steps in their order.
func (t *work) run() {
	for _, do := range []func() error{t.customRuns, t.crossCompile, t.names, t.compile, t.link, t.mergeParts, t.checkLimits} {
		if err := do(); err != nil {
			switch {
			case err == errSaid:
			case t.ctx.Err() != nil:
				t.out.fail(diag.New("", "not built: the build ended before"))
			default:
				t.out.fail(err)
			}
			return
		}
	}
}

// names makes the config header of the names in all sources.
func (t *work) names() error {
	names, err := t.scan()
	if err != nil {
		return err
	}
	return t.files.write(t.config, t.Layout(t.Arch).Header(names))
}

// each does a step for each of n things at once, and says whether one failed.
func (t *work) each(n int, do func(i int) error) error {
	errs := make([]error, n)
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() { errs[i] = do(i) })
	}
	wait.Wait()
	said := false
	var list diag.List
	for _, err := range errs {
		if err == errSaid {
			said = true
		} else {
			list.Join(err)
		}
	}
	if len(list) == 0 && said {
		return errSaid
	}
	return list.Err()
}

// scan collects the names of all sources.
func (t *work) scan() (qstrlink.QStrs, error) {
	layout := t.Layout(t.Arch)
	if err := t.files.write(filepath.Join(t.dir, "scan", configName), layout.Config(qstrlink.QStrs{})); err != nil {
		return qstrlink.QStrs{}, err
	}
	t.scanned = make([]scanned, len(t.scans))
	err := t.each(len(t.scans), func(i int) error {
		c := t.scans[i]
		return t.once(step{
			id: "scan/" + c.source.id, what: "scan " + relative(c.source.path), argv: c.argv, inputs: []string{c.source.path}, depfile: c.depfile, result: &t.scanned[i],
			use: func(res host.Result) {
				t.scanned[i] = scanned{layout.Expanded([]byte(res.Stdout)), incbins(res.Stdout)}
			},
		})
	})
	var all qstrlink.QStrs
	for _, found := range t.scanned {
		all = all.Join(found.Names)
	}
	return all, err
}

func (t *work) compile() error {
	return t.each(len(t.compiles), func(i int) error {
		c := t.compiles[i]
		return t.once(step{
			id: "obj/" + c.source.id, what: "compile " + relative(c.source.path), argv: c.argv,
			inputs: append([]string{c.source.path}, t.binaries(i)...), depfile: c.depfile, outputs: []string{c.output},
		})
	})
}

// A step of work is a run of a program.
type step struct {
	id, what string
	argv     []string
	dir      string   // where it runs; "": where the build does
	env      []string // what it is told beside
	inputs   []string // what it reads
	depfile  string   // which says what it read beside; "": nothing
	outputs  []string
	tool     string // the program, where it is not the compiler of the target
	always   bool   // nobody knows what it depends on

	// What it prints may be what it is for: use takes it, and result is kept for when
	// the step needs not be done.
	use    func(host.Result)
	result any
}

// once does a step, unless nothing that it depends on has changed.
func (t *work) once(s step) error {
	journal, identity := t.journal, t.cc.Identity(t.Host)
	if s.tool != "" {
		journal, identity = t.common, toolchain.Identity(t.Host, s.tool)
	}
	key := s.key(identity)
	if r := journal.fresh(s.id, key); r != nil && !s.always && (s.result == nil || json.Unmarshal(r.Data, s.result) == nil) {
		t.count(Step{})
		return nil
	}
	if err := t.begin(Step{Target: t.name, What: s.what, Argv: s.argv, Dir: s.dir}); err != nil {
		return err
	}
	defer t.end()
	if t.DryRun {
		return t.skip()
	}
	t.files.know(slices.Concat(s.inputs, journal.read(s.id)))
	if err := t.perform(s); err != nil {
		return err
	}
	inputs, err := t.read(s)
	if err != nil {
		return err
	}
	for _, name := range s.outputs {
		if _, err := t.Host.Stat(name); err != nil {
			return diag.New(name, "%s was to make it, and did not", programName(s.argv[0]))
		}
	}
	return journal.done(s.id, key, did{read: inputs, missed: t.hiding(s, inputs), wrote: s.outputs, found: s.result})
}

// key is what a step depends on beside what is in files: which files those are is part of
// it, for a pattern may match one more than last time.
func (s *step) key(identity string) string {
	return hashOf(slices.Concat(s.argv, []string{"env"}, s.env, []string{identity, s.dir, "inputs"}, s.inputs, []string{"outputs"}, s.outputs)...)
}

// perform runs the program of a step.
func (t *work) perform(s step) error {
	for _, name := range append(slices.Clone(s.outputs), s.depfile) {
		if err := t.Host.MkdirAll(filepath.Dir(name)); err != nil {
			return err
		}
	}
	argv := s.argv
	if t.Colours && s.tool == "" {
		argv = append(slices.Clone(argv), "-fdiagnostics-color=always")
	}
	res := t.Host.Run(t.ctx, host.Command{Argv: argv, Dir: s.dir, Env: s.env})
	if err := t.ctx.Err(); err != nil {
		return err // it was told to end
	}
	if t.note(s, res); res.Err != nil {
		return errSaid
	}
	if s.use != nil {
		s.use(res)
	}
	return nil
}

// read returns the files that a step has read.
func (t *work) read(s step) ([]string, error) {
	if s.depfile == "" {
		return s.inputs, nil
	}
	deps, err := t.Host.ReadFile(s.depfile)
	if err != nil {
		return nil, diag.New(s.depfile, "the compiler did not write what the object depends on").
			Note("%s has to know -MD and -MF", strings.Join(t.cc.Command, " "))
	}
	list := parseDepfile(string(deps))
	for _, name := range s.inputs {
		if !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list, nil
}

// hiding are files that are not there, and that the compiler would have included instead
// of one that it read: of that name, in a directory where it looks before.
func (t *work) hiding(s step, read []string) (names []string) {
	if s.depfile == "" {
		return nil
	}
	dirs := []string{filepath.Dir(s.inputs[0])}
	for _, word := range s.argv {
		if dir, ok := strings.CutPrefix(word, "-I"); ok {
			dirs = append(dirs, dir)
		}
	}
	for _, name := range read {
		for i, dir := range dirs {
			rest, ok := strings.CutPrefix(filepath.ToSlash(name), filepath.ToSlash(dir)+"/")
			for _, before := range dirs[:i] {
				if other := filepath.Join(before, rest); ok && t.files.hash(other) == "" {
					names = append(names, other)
				}
			}
		}
	}
	return names
}

// note records what a program said, and how long it took.
func (t *work) note(s step, res host.Result) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.out.Took += res.Took
	t.out.UpToDate = t.out.UpToDate && s.always
	f := Failure{Step: s.what, Output: res.Stderr}
	if res.Err != nil && s.use == nil {
		f.Output = res.Stdout + res.Stderr // programs have said there why
	}
	switch said := strings.TrimSpace(f.Output) != ""; {
	case res.Err != nil && said:
		f.Err = t.explain(s, f.Output)
		t.out.Errors = append(t.out.Errors, f)
	case res.Err != nil:
		t.out.Errors = append(t.out.Errors, Failure{Err: diag.New("", "%s: %s: %v", s.what, s.argv[0], res.Err)})
	case said && !s.always:
		t.out.Warnings = append(t.out.Warnings, f)
	}
}

// explain is what there is to add to what a compiler says; nil: nothing.
func (t *work) explain(s step, output string) *diag.Error {
	if s.depfile == "" {
		return nil
	}
	if e := notFound(t.headers != nil, output); e != nil {
		return e
	}
	return noLibrary(t.arch, languages.Get()[filepath.Ext(s.inputs[0])], output)
}

// A product is a module of mpyld's own, linked or merged, and the files that it is
// made of.
type product struct {
	data   []byte
	beside []beside
	inputs []string
}

// beside is a file that goes beside a module.
type beside struct {
	path string
	data []byte
}

// module makes a module, unless nothing that it depends on has changed.
func (t *work) module(id, output, key string, do func() (product, error)) error {
	key = hashOf(key, output)
	if r := t.journal.fresh(id, key); r != nil && !t.skipped && t.recall(r) {
		t.count(Step{})
		return nil
	}
	if err := t.begin(Step{Target: t.name, What: id + " " + relative(output)}); err != nil {
		return err
	}
	defer t.end()
	if t.DryRun {
		return t.skip()
	}
	t.out.UpToDate = false
	made, err := do()
	if err != nil {
		return err
	}
	outputs := []string{output}
	for _, b := range made.beside {
		outputs = append(outputs, b.path)
		if err := t.Host.WriteFile(b.path, b.data); err != nil {
			return err
		}
	}
	if err := t.Host.WriteFile(output, made.data); err != nil {
		return err
	}
	sizes, err := size.Of(made.data)
	if err != nil {
		return err
	}
	t.out.Output, t.out.Sizes = output, sizes.Sum()
	return t.journal.done(id, key, did{read: made.inputs, wrote: outputs, found: t.out.Sizes})
}

// link makes the linked part of the module.
func (t *work) link() error {
	o := t.linkOptions()
	return t.module("link", t.linked, hashOf(t.Tool, fmt.Sprintf("%+v", withoutFS(o))), func() (product, error) {
		defer func(start time.Time) { t.out.Took += time.Since(start) }(time.Now())
		m, err := mpyld.Link(t.ctx, o)
		if m != nil && m.Result != nil {
			t.warn(m.Warnings)
		}
		if err != nil {
			return product{}, t.unlined(t.lacking(err))
		}
		made := product{data: m.Bytes, inputs: m.Inputs}
		if t.MapJSON {
			text, err := m.MapJSON()
			if err != nil {
				return product{}, err
			}
			made.beside = append(made.beside, beside{t.mapFile(), []byte(text)})
		}
		if t.Debug {
			companion, warnings, err := m.DebugELF()
			t.warn(warnings)
			if err != nil {
				return product{}, err
			}
			made.beside = append(made.beside, beside{t.debugFile(), companion})
		}
		return made, nil
	})
}

// warn notes warnings of a link.
func (t *work) warn(warnings diag.List) {
	for _, w := range warnings {
		t.out.Warnings = append(t.out.Warnings, Failure{Err: w})
	}
}

// lacking adds to errors about missing symbols that the compiler has not all libraries.
func (t *work) lacking(err error) error {
	var errs diag.List
	errs.Join(err)
	for _, e := range slices.Backward(errs) {
		if len(t.lacks) > 0 && strings.HasPrefix(e.Text, "undefined symbol") {
			e.Note("%s has no %s: mpyld doctor --arch %s says how to get more", t.cc.Command[0], strings.Join(t.lacks, ", no "), t.arch)
			break
		}
	}
	return errs.Err()
}

// recall takes what is known of an output that needs not be made.
func (t *work) recall(r *record) bool {
	t.out.Output = r.Out[0][0]
	return json.Unmarshal(r.Data, &t.out.Sizes) == nil
}

func (t *work) linkOptions() mpyld.Options {
	s := &t.settings
	name := s.SourceName
	if name == "" {
		name = t.Name + ".mpy"
	}
	return mpyld.Options{
		FS: t.Host, Files: t.objects, Libs: t.libs, LibDirs: s.LibDirs, QStrs: t.config, SourceName: name,
		Target:     target.Options{Release: t.Release.Name, Arch: t.arch, ArchFlags: s.ArchFlags, FloatABI: s.FloatABI},
		GCSections: !s.NoGC && !t.upstream(), // dynruntime.mk does not ask for it
		Optimise:   t.optimise(),
		Symbols:    t.MapJSON, Reasons: t.MapJSON, Debug: t.Debug,
		Externs: s.Externs, JustSymbols: s.JustSymbols, Defsyms: s.Defsyms, Wrap: s.Wrap, Undefined: s.Undefined, FunTable: s.FunTable,
	}
}

// optimise: a build makes the smallest module that works. What dynruntime.mk makes is as
// mpy_ld.py lays it out.
func (t *work) optimise() bool {
	for _, said := range []*bool{t.Options.Optimise, t.settings.Optimise} {
		if said != nil {
			return *said
		}
	}
	return !t.upstream()
}

// withoutFS is what options say about the link itself.
func withoutFS(o mpyld.Options) mpyld.Options {
	o.FS = nil
	return o
}

func (t *work) mergeParts() error {
	if len(t.crosses) == 0 {
		return nil
	}
	return t.merge()
}

// checkLimits compares sizes with what the author allows. The module stays: it is
// in order, and somebody will want to look at it.
func (t *work) checkLimits() error {
	t.out.Over = t.Limits.Over(t.out.Sizes)
	return nil
}
