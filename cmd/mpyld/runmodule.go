package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"mpyld"
	"mpyld/diag"
	"mpyld/internal/host"
	"mpyld/internal/interpreter"
	"mpyld/target"
)

// runOptions is what the options of the run verb set.
type runOptions struct {
	buildOptions
	code    string
	ifTaken bool

	modules []string // that are there already, or directories of them
	script  string
}

// decided are options of a build that the interpreter answers.
var decided = []string{"arch", "target", "board", "only", "skip", "test", "dry-run", "json", "ninja"}

func runVerb(rep *reporter) *cli.Command {
	o := &runOptions{}
	rows := func() []cli.Flag {
		asked := slices.DeleteFunc(o.rows(), func(f cli.Flag) bool { return slices.Contains(decided, f.Names()[0]) })
		return append([]cli.Flag{
			&option{"code", "c", "CODE", "run CODE instead of a script", setText(&o.code)},
			&option{"if-taken", "", "", "do nothing where the interpreter takes none of the modules that are named", setTrue(&o.ifTaken)},
		}, asked...)
	}
	return newVerb("run", "build a module for an interpreter or a board, and run a script that imports it", "[--python PATH | --bed COMMAND | --connect PORT] [SCRIPT.py | -c CODE] [FILE.c... | FILE.mpy | DIR]...", rows, func(operands []string, c *cli.Context) error {
		if err := o.sort(operands); err != nil {
			return usage(err)
		}
		return untilEnded(func(ctx context.Context) error { return o.run(ctx, c.App.Writer, rep) })
	})
}

// sort tells sources, modules and the script apart.
func (o *runOptions) sort(operands []string) error {
	for _, name := range operands {
		info, err := os.Stat(name)
		switch {
		case err == nil && info.IsDir(), hasSuffix(name, ".mpy"):
			o.modules = append(o.modules, name)
		case hasSuffix(name, ".py") && o.script == "" && o.code == "":
			o.script = name
		case hasSuffix(name, ".py"):
			return diag.New("", "%s: there is something to run already", name).Note("parts of the module that are in Python are named in mpyld.toml")
		default:
			o.Sources = append(o.Sources, name)
		}
	}
	if len(o.modules) > 0 && len(o.Sources) > 0 {
		return diag.New("", "%s is a source, and %s is there already", o.Sources[0], o.modules[0]).Note("name one or the other")
	}
	return nil
}

// run is the action of the verb.
func (o *runOptions) run(ctx context.Context, stdout io.Writer, rep *reporter) error {
	list, err := o.interpreters()
	switch {
	case err != nil:
		return err
	case len(list) > 1:
		return usage(diag.New("", "a script runs in one interpreter, these are %d", len(list)).Note("mpyld build --test takes several"))
	}
	in := list[0]
	to, err := in.Ask(ctx, thisHost{})
	if err != nil {
		return err
	}
	var module string
	if len(o.modules) > 0 {
		if module, err = chooseModule(o.modules, to); o.ifTaken && errors.As(err, new(*notTaken)) {
			return nil
		}
	} else {
		module, err = o.buildFor(ctx, to, stdout, rep)
	}
	if err != nil {
		return err
	}
	return o.start(ctx, in, module)
}

// notTaken is the error about modules that an interpreter does not take.
type notTaken struct{ err *diag.Error }

func (e *notTaken) Error() string { return e.err.Error() }
func (e *notTaken) Unwrap() error { return e.err }

// chooseModule returns the file of several that an interpreter should get: of those it
// takes, the one with the richest code.
func chooseModule(operands []string, to target.Target) (string, error) {
	names, err := modulesIn(operands)
	if err != nil {
		return "", err
	}
	best, rank := "", 0
	e := diag.New("", "nothing here is for it: %s", to.Loader().Name)
	err = eachFile(names, func(f *mpyld.File) error {
		if answer := to.Answer(f.File); !answer.Yes {
			e.Note("%s: %s", f.Name, answer.Text)
			return nil
		}
		if code := int(f.Header().ArchCode()); best == "" || code > rank {
			best, rank = f.Name, code
		}
		return nil
	})
	if err == nil && best == "" {
		err = &notTaken{e}
	}
	return best, err
}

// buildFor builds the module for what an interpreter is.
func (o *runOptions) buildFor(ctx context.Context, to target.Target, stdout io.Writer, rep *reporter) (string, error) {
	if err := o.read(); err != nil {
		return "", err
	}
	o.For = &to
	res, err := o.make(ctx, stdout, rep)
	if err != nil {
		return "", err
	}
	out := res.Targets[0]
	if len(out.Errors) > 0 {
		return "", errNo
	}
	return chooseModule([]string{out.Output}, to)
}

// start runs the script, or what takes its place, with a module.
func (o *runOptions) start(ctx context.Context, in *interpreter.Interpreter, module string) error {
	name := strings.TrimSuffix(filepath.Base(module), ".mpy")
	script := o.script
	if m := o.Options.Manifest; script == "" && o.code == "" && m != nil {
		script = m.Test
	}
	what, dir := script, "." // where import looks first
	var c host.Command
	switch {
	case script != "":
		if !exists(script) {
			return diag.New(script, "there is no such file")
		}
		c, dir = in.Script(script, filepath.Dir(module)), filepath.Dir(script)
	case o.code != "":
		what, c = "the code", in.Code(o.code, filepath.Dir(module))
	default:
		what, c = "import "+name, in.Code(fmt.Sprintf("import %s\nprint(*[n for n in dir(%[1]s) if n[0] != '_'])\n", name), filepath.Dir(module))
	}
	if err := in.Finds(thisHost{}, module, dir); err != nil {
		return err
	}
	c.Here = true
	if res := (thisHost{}).Run(ctx, c); res.Err != nil {
		if err := ctx.Err(); err != nil {
			return err
		}
		return diag.New("", "%s fails in %s: %v", what, in.Name, res.Err)
	}
	return nil
}
