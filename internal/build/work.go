package build

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"mpyld"
	"mpyld/diag"
	"mpyld/internal/host"
	"mpyld/qstrlink"
	"mpyld/target"
)

// work is a target being built.
type work struct {
	*builder
	*plan
	out     Outcome
	journal *journal
	mu      sync.Mutex // of out
}

// errSaid is returned for what is in the outcome already.
var errSaid = errors.New("said")

// run does the steps in their order.
func (t *work) run() {
	names, err := t.scan()
	if err == nil {
		err = t.files.write(t.config, t.Layout(t.Arch).Header(names))
	}
	if err == nil {
		err = t.compile()
	}
	if err == nil {
		err = t.link()
	}
	if err != nil && err != errSaid {
		t.out.fail(err)
	}
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
	found := make([]qstrlink.QStrs, len(t.scans))
	err := t.each(len(t.scans), func(i int) error {
		c := t.scans[i]
		return t.once(step{
			id: "scan/" + c.source.id, what: "scan " + relative(c.source.path), argv: c.argv, depfile: c.depfile, result: &found[i],
			use: func(res host.Result) { found[i] = layout.Expanded([]byte(res.Stdout)) },
		})
	})
	var all qstrlink.QStrs
	for _, names := range found {
		all.Values, all.Objects = append(all.Values, names.Values...), append(all.Objects, names.Objects...)
	}
	for _, list := range []*[]string{&all.Values, &all.Objects} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return all, err
}

func (t *work) compile() error {
	return t.each(len(t.compiles), func(i int) error {
		c := t.compiles[i]
		return t.once(step{
			id: "obj/" + c.source.id, what: "compile " + relative(c.source.path), argv: c.argv, depfile: c.depfile, outputs: []string{c.output},
		})
	})
}

// A step of work is a run of a program.
type step struct {
	id, what string
	argv     []string
	depfile  string
	outputs  []string

	// What it prints may be what it is for: use takes it, and result is kept for when
	// the step needs not be done.
	use    func(host.Result)
	result any
}

// once does a step, unless nothing that it depends on has changed.
func (t *work) once(s step) error {
	key := hashOf(append(slices.Clone(s.argv), t.cc.Identity(t.Host))...)
	if r := t.journal.fresh(s.id, key); r != nil && (s.result == nil || json.Unmarshal(r.Data, s.result) == nil) {
		t.count(t.plan, "", nil)
		return nil
	}
	if err := t.begin(t.plan, s.what, s.argv); err != nil {
		return err
	}
	defer t.end()
	for _, name := range append(slices.Clone(s.outputs), s.depfile) {
		if err := t.Host.MkdirAll(filepath.Dir(name)); err != nil {
			return err
		}
	}
	argv := s.argv
	if t.Colours {
		argv = append(slices.Clone(argv), "-fdiagnostics-color=always")
	}
	res := t.Host.Run(t.ctx, host.Command{Argv: argv})
	t.mu.Lock()
	t.out.UpToDate = false
	t.out.Took += res.Took
	t.mu.Unlock()
	if err := t.ctx.Err(); err != nil {
		return err // it was told to end
	}
	if res.Err != nil {
		return t.failed(s, res)
	}
	if res.Stderr != "" {
		t.mu.Lock()
		t.out.Warnings = append(t.out.Warnings, Failure{Step: s.what, Output: res.Stderr})
		t.mu.Unlock()
	}
	if s.use != nil {
		s.use(res)
	}
	deps, err := t.Host.ReadFile(s.depfile)
	if err != nil {
		return diag.New(s.depfile, "the compiler did not write what the object depends on").
			Note("%s has to know -MMD and -MF", strings.Join(t.cc.Command, " "))
	}
	return t.journal.done(s.id, key, parseDepfile(string(deps)), s.outputs, s.result)
}

// failed records what a program said about why it failed.
func (t *work) failed(s step, res host.Result) error {
	f := Failure{Step: s.what, Output: res.Stderr}
	if strings.TrimSpace(res.Stderr) == "" {
		f = Failure{Err: diag.New("", "%s: %s: %v", s.what, s.argv[0], res.Err)}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.out.Errors = append(t.out.Errors, f)
	return errSaid
}

// link makes the module.
func (t *work) link() error {
	o := t.linkOptions()
	release := t.Release.Name
	inputs := slices.Concat(o.Files, o.Libs, []string{o.QStrs})
	key := hashOf(append([]string{t.Tool, release, t.arch, o.SourceName, strings.Join(o.LibDirs, "\n"), fromBool(o.GCSections)}, inputs...)...)
	const id = "link"
	if r := t.journal.fresh(id, key); r != nil && json.Unmarshal(r.Data, &t.out.Sizes) == nil {
		t.out.Output = t.output
		t.count(t.plan, "", nil)
		return nil
	}
	if err := t.begin(t.plan, "link "+relative(t.output), nil); err != nil {
		return err
	}
	defer t.end()
	t.out.UpToDate = false
	defer func(start time.Time) { t.out.Took += time.Since(start) }(time.Now())
	m, err := mpyld.Link(t.ctx, o)
	if m != nil && m.Result != nil {
		for _, w := range m.Warnings {
			t.out.Warnings = append(t.out.Warnings, Failure{Err: w})
		}
	}
	if err != nil {
		return err
	}
	if err := t.Host.WriteFile(t.output, m.Bytes); err != nil {
		return err
	}
	f := m.File
	t.out.Output = t.output
	t.out.Sizes = Sizes{File: len(m.Bytes), Text: len(f.Text), Rodata: len(f.Rodata), BSS: int(f.BSSSize), RAM: len(f.Text) + len(f.Rodata) + int(f.BSSSize)}
	return t.journal.done(id, key, m.Inputs, []string{t.output}, t.out.Sizes)
}

func (t *work) linkOptions() mpyld.Options {
	return mpyld.Options{
		FS: t.Host, Files: t.objects, Libs: t.libs, LibDirs: t.settings.LibDirs, QStrs: t.config, SourceName: t.Name + ".mpy",
		Target:     target.Options{Release: t.Release.Name, Arch: t.arch},
		GCSections: !t.settings.NoGC,
	}
}

func fromBool(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
