package build

import (
	"path/filepath"
	"slices"
	"strings"

	"mpyld/abiheader"
	"mpyld/diag"
	"mpyld/internal/host"
	"mpyld/internal/pattern"
	"mpyld/internal/toolchain"
)

// customStep is a program of the author's, run before sources are looked at.
type customStep struct {
	argv            []string
	dir             string   // where it runs; "": where the build does
	env             []string // for whom it is, as a compiler of C is told by a macro
	inputs, outputs []string // inputs are patterns
}

var placeholder = pattern.Of(`\{[a-z]+\}`)

// id is what tells one step from another.
func (s *customStep) id() string { return hashOf(slices.Concat(s.argv, s.env, []string{s.dir})...) }

// program is the file that a step runs: a path is from where it runs.
func (s *customStep) program(h host.Host) string {
	name := s.argv[0]
	if filepath.Base(name) != name && !filepath.IsAbs(name) {
		name = filepath.Join(s.dir, name)
	}
	return h.Find(name)
}

// placeholders returns what replaces {arch} and the like in texts of a manifest; out is the
// directory of the target.
func (o *Options) placeholders(p *plan, out string, errs *diag.List) func(string) string {
	values := map[string]string{
		"{arch}": p.arch, "{target}": p.name, "{name}": o.Name, "{out}": filepath.ToSlash(out), "{rust}": toolchain.RustTarget(p.arch),
	}
	return func(text string) string {
		return placeholder.Get().ReplaceAllStringFunc(text, func(word string) string {
			value, ok := values[word]
			if !ok {
				errs.Add("", "%s: %s stands for nothing", text, word).Note("there are {arch}, {target}, {name}, {out} and {rust}")
			}
			return value
		})
	}
}

// customSteps are the author's steps for a target, and the files that they make. They run
// in the directory of the manifest.
func (o *Options) customSteps(p *plan, errs *diag.List) (made []string) {
	all := func(list []string, out string) []string {
		expand := o.placeholders(p, out, errs)
		var words []string
		for _, text := range list {
			words = append(words, expand(text))
		}
		return words
	}
	for _, s := range o.Steps {
		step := customStep{inputs: all(s.Inputs, p.dir), outputs: all(s.Outputs, p.dir)}
		if s.Dir == "." {
			step.argv = all(s.Run, p.dir)
		} else {
			step.dir, step.argv = s.Dir, all(s.Run, o.Host.Abs(p.dir))
		}
		if strings.Contains(strings.Join(slices.Concat(s.Run, s.Outputs), " "), "{out}") {
			step.env = []string{abiheader.Define(p.Release)} // else it is for several
		}
		p.custom = append(p.custom, step)
		made = append(made, step.outputs...)
	}
	return made
}

// customRuns runs the author's steps, in their order.
func (t *work) customRuns() error {
	var made []string // which is not there, since nothing runs
	for _, s := range t.custom {
		if err := t.customRun(s, made); err != nil {
			return err
		}
		if t.DryRun {
			made = append(made, s.outputs...)
		}
	}
	return nil
}

// customRun runs one. What is the same for several targets runs once.
func (t *work) customRun(s customStep, made []string) error {
	key := s.id()
	return t.shared(key, func() error {
		inputs, err := t.stepInputs(s, made)
		if err != nil {
			return err
		}
		program := s.program(t.Host)
		if program == "" {
			return diag.New("", "there is no program %s, which a step runs", s.argv[0]).Note("steps are programs and their arguments, not lines for a shell")
		}
		always := len(s.inputs) == 0
		return t.once(step{
			id: "step/" + key, what: "run " + strings.Join(s.argv, " "), argv: s.argv, dir: s.dir, env: s.env, inputs: inputs, outputs: s.outputs, tool: program, always: always,
		})
	})
}

// stepInputs are the files that a step reads. Some are yet to be made.
func (o *Options) stepInputs(s customStep, made []string) ([]string, error) {
	var inputs []string
	for _, pattern := range s.inputs {
		if slices.Contains(made, pattern) {
			inputs = append(inputs, pattern)
			continue
		}
		found, err := o.glob(pattern)
		if err != nil || len(found) == 0 {
			return nil, diag.New("", "%s: no file matches this input of the step %s", pattern, s.argv[0])
		}
		inputs = append(inputs, found...)
	}
	return inputs, nil
}

// shared does what several targets have in common once, and all get its error.
func (b *builder) shared(key string, do func() error) error {
	b.mu.Lock()
	once := b.once[key]
	if once == nil {
		once = &sharedStep{}
		b.once[key] = once
	}
	b.mu.Unlock()
	once.Do(func() { once.err = do() })
	return once.err
}
