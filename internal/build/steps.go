package build

import (
	"path/filepath"
	"slices"
	"strings"

	"mpyld/abiheader"
	"mpyld/diag"
	"mpyld/internal/pattern"
	"mpyld/internal/toolchain"
)

// customStep is a program of the author's, run before sources are looked at.
type customStep struct {
	argv            []string
	env             []string // for whom it is, as a compiler of C is told by a macro
	inputs, outputs []string // inputs are patterns
}

var placeholder = pattern.Of(`\{[a-z]+\}`)

// placeholders returns what replaces {arch} and the like in texts of a manifest.
func (o *Options) placeholders(p *plan, errs *diag.List) func(string) string {
	values := map[string]string{
		"{arch}": p.arch, "{target}": p.name, "{name}": o.Name, "{out}": filepath.ToSlash(p.dir), "{rust}": toolchain.RustTarget(p.arch),
	}
	return func(text string) string {
		return placeholder().ReplaceAllStringFunc(text, func(word string) string {
			value, ok := values[word]
			if !ok {
				errs.Add("", "%s: %s stands for nothing", text, word).Note("there are {arch}, {target}, {name}, {out} and {rust}")
			}
			return value
		})
	}
}

// customSteps are the author's steps for a target, and the files that they make.
func (o *Options) customSteps(p *plan, expand func(string) string) (made []string) {
	all := func(list []string) []string {
		var out []string
		for _, text := range list {
			out = append(out, expand(text))
		}
		return out
	}
	for _, s := range o.Steps {
		step := customStep{argv: all(s.Run), inputs: all(s.Inputs), outputs: all(s.Outputs)}
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
	for _, s := range t.custom {
		if err := t.customRun(s); err != nil {
			return err
		}
	}
	return nil
}

// customRun runs one. What is the same for several targets runs once.
func (t *work) customRun(s customStep) error {
	key := hashOf(slices.Concat(s.argv, s.env)...)
	return t.shared(key, func() error {
		inputs, err := t.stepInputs(s, nil)
		if err != nil {
			return err
		}
		program := t.Host.Find(s.argv[0])
		if program == "" {
			return diag.New("", "there is no program %s, which a step runs", s.argv[0]).Note("steps are programs and their arguments, not lines for a shell")
		}
		always := len(s.inputs) == 0
		return t.once(step{
			id: "step/" + key, what: "run " + strings.Join(s.argv, " "), argv: s.argv, env: s.env, inputs: inputs, outputs: s.outputs, tool: program, always: always,
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
