package build

import (
	"path/filepath"
	"slices"
	"sync"
	"time"

	"mpyld"
	"mpyld/diag"
	"mpyld/internal/interpreter"
)

// A Trial is a run of the manifest's test with the module of a target.
type Trial struct {
	In     string // the interpreter
	Passed bool
	Took   time.Duration

	failure Failure // if it did not pass
}

// tests runs the manifest's test in each interpreter with the modules that it takes:
// with those for armv7m and armv7emsp where the firmware is armv7emsp. That nothing takes
// any of them is an error: a test that did not run has not passed.
func (b *builder) tests(outcomes []Outcome) error {
	if len(b.Interpreters) == 0 {
		return nil
	}
	if err := b.checkTest(); err != nil {
		return err
	}
	modules, errs := b.built(outcomes)
	trials := make([][]Trial, len(b.Interpreters)*len(outcomes))
	unfit, broken := make([]diag.List, len(b.Interpreters)), make([]error, len(b.Interpreters))
	var wait sync.WaitGroup
	for i, in := range b.Interpreters {
		wait.Go(func() { unfit[i], broken[i] = b.testIn(in, modules, outcomes, trials[i*len(outcomes):]) })
	}
	wait.Wait()
	for _, err := range broken {
		errs.Join(err)
	}
	for n, list := range trials {
		out := &outcomes[n%len(outcomes)]
		for _, t := range list {
			out.Trials = append(out.Trials, t)
			if !t.Passed {
				out.Errors = append(out.Errors, t.failure)
			}
		}
	}
	if len(errs) > 0 {
		return errs.Err()
	}
	return untested(outcomes, slices.Concat(unfit...))
}

// checkTest is the error about a test that is not there.
func (b *builder) checkTest() error {
	if b.Test == "" {
		return diag.New("", "there is no test to run").Note(`name a script that imports the module in %s: test = "test.py"`, "mpyld.toml")
	}
	if _, err := b.Host.Stat(b.Test); err != nil {
		return diag.New(b.Test, "there is no such file").Note("the manifest names it as the module's test")
	}
	return nil
}

// testIn runs the test in an interpreter, for the targets that it takes. It returns why
// others are none.
func (b *builder) testIn(in *interpreter.Interpreter, modules []*mpyld.File, outcomes []Outcome, trials [][]Trial) (unfit diag.List, err error) {
	to, err := in.Ask(b.ctx, b.Host)
	if err != nil {
		return nil, err
	}
	for k, f := range modules {
		if f == nil {
			continue
		}
		if answer := to.Answer(f.File); answer.Yes {
			trials[k] = b.try(in, outcomes[k])
		} else {
			unfit.Add(in.Name, "%s: %s", outcomes[k].Target, answer.Text)
		}
	}
	return unfit, nil
}

// built reads the modules of the targets that have one.
func (b *builder) built(outcomes []Outcome) (files []*mpyld.File, errs diag.List) {
	files = make([]*mpyld.File, len(outcomes))
	for i, out := range outcomes {
		if out.Output != "" {
			var err error
			files[i], err = mpyld.ReadFile(b.Host, out.Output)
			errs.Join(err)
		}
	}
	return files, errs
}

// untested is the error when there are modules and none was tested.
func untested(outcomes []Outcome, why diag.List) error {
	some := false
	for _, out := range outcomes {
		if len(out.Trials) > 0 {
			return nil
		}
		some = some || out.Output != ""
	}
	if !some {
		return nil // which has been said
	}
	return untestable(why)
}

// untestable is the error about modules that nothing runs, with what each interpreter said.
func untestable(why diag.List) error {
	e := diag.New("", "no module was tested: nothing here runs one")
	for _, w := range why {
		e.Note("%s", w.Error())
	}
	return e.Note("mpyld run builds for the interpreter that is there")
}

// try runs the test with the module of a target: one trial, or none if the build ends.
func (b *builder) try(in *interpreter.Interpreter, out Outcome) []Trial {
	c := in.Script(b.Test, filepath.Dir(out.Output))
	select {
	case b.slots <- struct{}{}:
	case <-b.ctx.Done():
		return nil
	}
	defer b.end()
	b.tell(Step{Target: out.Target, What: "test in " + in.Name, Argv: c.Argv})
	res := b.Host.Run(b.ctx, c)
	if b.ctx.Err() != nil {
		return nil
	}
	t := Trial{In: in.Name, Passed: res.Err == nil, Took: res.Took}
	if !t.Passed {
		t.failure = Failure{Err: diag.New(b.Test, "fails in %s: %v", in.Name, res.Err), Step: "test", Output: res.Stdout + res.Stderr}
	}
	return []Trial{t}
}
