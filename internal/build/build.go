package build

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"mpyld"
	"mpyld/abiheader"
	"mpyld/diag"
	"mpyld/internal/cmdline"
	"mpyld/internal/manifest"
	"mpyld/internal/toolchain"
	"mpyld/size"
	"mpyld/target"
)

// Result is what a build did.
type Result struct {
	Name, Version string
	Targets       []Outcome
	Skipped       []string // why some targets are not built, a line each
	Compilations  []Compilation
	Files         []string // that it read, or made on the way
	Outputs       []string // files that it makes: modules, and what is beside them
}

// Outcome is what became of one target.
type Outcome struct {
	Target   string
	Arch     string
	ABI      string
	Output   string // the module; "" if there is none
	UpToDate bool   // nothing had to be done
	Sizes    size.Sum
	Took     time.Duration // of its steps together

	Trials   []Trial // of the test, where something here runs the module
	Errors   []Failure
	Warnings []Failure
	Over     []string // limits that it exceeds: "ram 8200 of 8192"
}

// A Failure is one thing that is wrong: a diagnostic, the output of a program, or both.
type Failure struct {
	Err    *diag.Error // nil: Output says it
	Step   string      // "compile wave.c"
	Output string      // of the program, as it is
}

// builder is a build at work.
type builder struct {
	*Options
	ctx   context.Context
	stop  context.CancelFunc
	files *files
	slots chan struct{} // one for each program that may run

	common *journal // of what does not belong to one target

	mu          sync.Mutex
	done, total int
	once        map[string]*sharedStep
}

// sharedStep is a step that several targets have in common.
type sharedStep struct {
	sync.Once
	err error
}

// A Mistake is an error in the options.
type Mistake struct{ error }

// Unwrap is for errors.As.
func (m Mistake) Unwrap() error { return m.error }

// Build builds. What is wrong with a target is in its Outcome.
func Build(ctx context.Context, o Options) (*Result, error) {
	if err := o.check(); err != nil {
		return nil, Mistake{err}
	}
	if len(o.Launcher) > 0 && o.Host.Find(o.Launcher[0]) == "" {
		return nil, diag.New("", "--launcher %s: there is no such program", o.Launcher[0]).Note("name one on the PATH, or the path of one; %s", cmdline.Blanks)
	}
	if o.DryRun {
		o.Host = dry{o.Host}
	}
	whole := ctx
	ctx, stop := context.WithCancel(ctx) // which FailFast ends
	defer stop()
	release, err := o.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	b := &builder{Options: &o, ctx: ctx, stop: stop, files: newFiles(o.Host), slots: make(chan struct{}, o.Jobs), once: map[string]*sharedStep{}}
	b.common = openJournal(o.Host, b.files, o.Dir)
	if err := b.writeHeader(); err != nil {
		return nil, err
	}
	sets, err := b.openHeaders()
	if err != nil {
		return nil, err
	}
	goals, skipped, err := o.goals(sets)
	if err != nil {
		return nil, Mistake{err}
	}
	if o.For != nil || o.Board != "" {
		skipped = nil // of what nobody asked for
	}
	if goals, err = o.chosen(goals); err != nil {
		return nil, err
	}
	plans, outcomes, left := b.plans(goals, sets)
	res := &Result{Name: o.Name, Version: o.Version, Skipped: append(skipped, left...)}
	if len(plans) == 0 && len(outcomes) == 0 {
		return res, diag.New("", "there is no compiler for any architecture").Note("mpyld doctor says what to install")
	}
	for _, p := range plans {
		b.total += p.steps()
		res.Compilations, res.Files = append(res.Compilations, p.database()...), append(res.Files, p.sources...)
		res.Outputs = append(res.Outputs, p.output, p.mapFile(), p.debugFile())
	}
	res.Targets = append(outcomes, b.targets(plans)...)
	res.Files = append(res.Files, b.files.names(res.Outputs)...)
	// In the order of the goals, those without a plan among them.
	place := func(out Outcome) int {
		return slices.IndexFunc(goals, func(g goal) bool { return g.name == out.Target })
	}
	slices.SortStableFunc(res.Targets, func(a, b Outcome) int { return place(a) - place(b) })
	if err := b.tests(res.Targets); err != nil {
		return res, err
	}
	return res, whole.Err()
}

// usualDir is where builds work when nobody says so.
const usualDir = "build"

// lockName is a file in a directory that one build works in at a time: another would
// link objects that this one compiles.
const lockName = ".mpyld-lock"

// lock waits until no other build is at work in the directory.
func (o *Options) lock(ctx context.Context) (release func(), err error) {
	if err := o.Host.MkdirAll(o.Dir); err != nil {
		return nil, err
	}
	for told := false; ; told = true {
		if release := o.Host.TryLock(filepath.Join(o.Dir, lockName)); release != nil {
			return release, nil
		}
		if !told && o.Wait != nil {
			o.Wait(o.Dir)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(lockPause):
		}
	}
}

// lockPause is between two looks at the lock of another build.
const lockPause = 20 * time.Millisecond

// check completes the options and says what is wrong with them.
func (o *Options) check() error {
	m := *o.Manifest
	o.Manifest = &m
	if o.Name == "" {
		o.Name = nameOf(o.Sources)
	}
	if o.Jobs <= 0 {
		o.Jobs = runtime.GOMAXPROCS(0)
	}
	if o.Out == "" {
		o.Out = "dist"
	}
	if o.Dir == "" {
		o.Dir = usualDir
	}
	var errs diag.List
	if len(o.Sources) == 0 && len(o.When) == 0 {
		return diag.New("", "there is nothing to build").Note("name sources, or list them in %s: sources = [\"wave.c\"]", manifest.File)
	}
	errs.Join(checkName(o.Name))
	errs.Join(checkPatterns("--only", o.Only))
	errs.Join(checkPatterns("--skip", o.Skip))
	return errs.Err()
}

// writeHeader writes mpyld.h, which sources without MicroPython's headers include.
func (b *builder) writeHeader() error {
	if len(b.Headers) > 0 {
		return nil
	}
	text, err := mpyld.Header("c", target.Options{})
	if err != nil {
		return err
	}
	return b.files.write(filepath.Join(b.headerDir(), abiheader.FileC), text)
}

// plans makes the plans. A target without one has an outcome, or, where nobody asked
// for it by name, a line that says why.
func (b *builder) plans(goals []goal, sets []headerSet) (plans []*plan, failed []Outcome, left []string) {
	tools := toolchain.Options{Host: b.Host, Compilers: b.Compilers, Memo: b.common}
	list, errs := make([]*plan, len(goals)), make([]error, len(goals))
	var wait sync.WaitGroup
	for i, g := range goals {
		wait.Go(func() {
			b.slots <- struct{}{}
			defer func() { <-b.slots }()
			list[i], errs[i] = b.plan(b.ctx, g, sets, tools)
		})
	}
	wait.Wait()
	for i, g := range goals {
		missing, isMissing := errs[i].(*toolchain.Missing)
		switch {
		case errs[i] == nil:
			plans = append(plans, list[i])
		case isMissing && b.isAuto():
			left = append(left, fmt.Sprintf("%s: no compiler (mpyld doctor --arch %s)", g.name, missing.Arch))
		default:
			failed = append(failed, g.failed(errs[i]))
		}
	}
	return plans, failed, left
}

func (g goal) outcome() Outcome {
	return Outcome{Target: g.name, Arch: g.arch, ABI: g.LinkABI().Name}
}

func (g goal) failed(err error) Outcome {
	out := g.outcome()
	out.fail(err)
	return out
}

// fail adds an error, or the errors of a list.
func (out *Outcome) fail(err error) {
	var list diag.List
	list.Join(err)
	for _, e := range list {
		out.Errors = append(out.Errors, Failure{Err: e})
	}
}

// steps is how many there are for a target, the link among them.
func (p *plan) steps() int {
	n := len(p.custom) + len(p.scans) + len(p.compiles) + len(p.crosses) + 1
	if len(p.crosses) > 0 {
		n++ // the merge
	}
	return n
}

// targets does the plans, side by side.
func (b *builder) targets(plans []*plan) []Outcome {
	built := make([]Outcome, len(plans))
	var wait sync.WaitGroup
	for i, p := range plans {
		wait.Go(func() { built[i] = b.target(p) })
	}
	wait.Wait()
	return built
}

// target does all steps for a target. It goes on as far as possible: of all sources
// the errors show at once.
func (b *builder) target(p *plan) Outcome {
	t := &work{builder: b, plan: p, out: p.outcome(), journal: openJournal(b.Host, b.files, p.dir)}
	t.out.UpToDate = true
	t.run()
	if len(t.out.Errors) > 0 {
		t.out.Output, t.out.UpToDate = "", false
		if len(p.lacks) > 0 { // they may be there the next time
			b.common.forget()
		}
		if b.FailFast {
			b.stop()
		}
	}
	return t.out
}

// begin takes a place among those who may run programs, and tells about a step.
func (b *builder) begin(s Step) error {
	select {
	case b.slots <- struct{}{}:
	case <-b.ctx.Done():
		return b.ctx.Err()
	}
	b.count(s)
	return nil
}

func (b *builder) end() { <-b.slots }

// count counts a step that begins, or needs not be done (none).
func (b *builder) count(s Step) {
	b.mu.Lock()
	b.done++
	b.mu.Unlock()
	if s.What != "" {
		b.tell(s)
	}
}

// tell tells about a step.
func (b *builder) tell(s Step) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if s.Done, s.Total = b.done, b.total; b.Tell != nil {
		b.Tell(s)
	}
}

// relative is a path for people.
func relative(path string) string { return filepath.ToSlash(path) }
