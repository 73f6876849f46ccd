// Package interpreter runs scripts in a MicroPython: a program of this system, or a
// board that mpremote talks to.
//
// It stands apart because to run a module and to test one ask the same of it. It
// must never decide what is built for it.
package interpreter

import (
	"context"
	"path/filepath"
	"slices"
	"strings"

	"mpyld/diag"
	"mpyld/internal/host"
	"mpyld/internal/pattern"
	"mpyld/target"
)

// Interpreter is a MicroPython.
type Interpreter struct {
	Name  string // as somebody named it
	argv  []string
	board bool // argv is mpremote's, with the board
}

// Program is one that runs a script when it is given its name, and its standard input
// when it is not.
func Program(words ...string) *Interpreter {
	return &Interpreter{Name: strings.Join(words, " "), argv: words}
}

// Board is one that mpremote, a command line's words, finds by the name of a port.
func Board(mpremote []string, port string) *Interpreter {
	return &Interpreter{Name: "the board at " + port, argv: slices.Concat(mpremote, []string{"connect", port}), board: true}
}

// Options are those of mpyld run that name the interpreter.
func (i *Interpreter) Options() []string {
	switch n := len(i.argv); {
	case i.board:
		return []string{"--mpremote=" + strings.Join(i.argv[:n-2], " "), "--connect=" + i.argv[n-1]}
	case n == 1:
		return []string{"--python=" + i.argv[0]}
	}
	return []string{"--bed=" + strings.Join(i.argv, " ")}
}

// Program is the program that runs for it.
func (i *Interpreter) Program() string { return i.argv[0] }

// OneAtATime reports whether it can only run one script at a time.
func (i *Interpreter) OneAtATime() bool { return i.board }

// Script is the command that runs a script which imports modules of a directory.
func (i *Interpreter) Script(script, dir string) host.Command {
	if i.board {
		return host.Command{Argv: i.with("mount", dir, "run", script)}
	}
	return host.Command{Argv: i.with(script), Env: importPath(dir)}
}

// Code is the command that runs a program's text. The directory may be none.
func (i *Interpreter) Code(code, dir string) host.Command {
	if !i.board {
		return host.Command{Argv: i.argv, Stdin: code, Env: importPath(dir)}
	}
	if dir == "" {
		return host.Command{Argv: i.with("exec", code)}
	}
	return host.Command{Argv: i.with("mount", dir, "exec", code)}
}

func (i *Interpreter) with(words ...string) []string { return slices.Concat(i.argv, words) }

// importPath is what tells a program where modules are: in a directory, and then where it
// looks without being told (ports/unix/main.c).
func importPath(dir string) []string {
	if dir == "" {
		return nil
	}
	list := []string{dir, ".frozen", "~/.micropython/lib", "/usr/lib/micropython"}
	return []string{"MICROPYPATH=" + strings.Join(list, string(filepath.ListSeparator))}
}

// question makes an interpreter say what it is. Before 1.19, _mpy was called mpy.
const question = `import sys
i = sys.implementation
print("mpyld_interpreter", i[0], ".".join([str(n) for n in i[1][:3]]), getattr(i, "_mpy", getattr(i, "mpy", 0)), getattr(i, "_machine", ""))
`

var answer = pattern.Of(`(?m)^mpyld_interpreter (\S+) ([0-9.]+) ([0-9]+) ?(.*?)\r?$`)

// Ask asks what the interpreter is.
func (i *Interpreter) Ask(ctx context.Context, h host.Host) (target.Target, error) {
	res := h.Run(ctx, i.Code(question, ""))
	if err := ctx.Err(); err != nil {
		return target.Target{}, err
	}
	m := answer.Get().FindStringSubmatch(res.Stdout)
	if m == nil {
		return target.Target{}, i.unanswered(res)
	}
	release, family := m[2], ""
	if m[1] == "circuitpython" {
		release, family = m[1]+"-"+m[2], m[1]
	}
	_, chip, _ := strings.Cut(m[4], " with ")
	// Of a release or chip that has no row here, and of firmware that loads more than its release
	// does, the number still says what it loads.
	var to target.Target
	var err error
	for _, o := range []target.Options{{Release: release, Device: m[3], Board: chip}, {Release: release, Device: m[3]}, {Release: family, Device: m[3]}} {
		if to, err = o.Find(); err != nil {
			continue
		}
		if len(to.Archs()) > 0 {
			break
		}
		_, err = o.FindArch() // whose error says why nothing can be linked for it
	}
	if err != nil {
		return to, diag.Within(i.Name, err).Err()
	}
	return to, nil
}

// unanswered is the error about one that does not say what it is.
func (i *Interpreter) unanswered(res host.Result) error {
	e := diag.New(i.Name, "does not run MicroPython scripts")
	for line := range strings.Lines(res.Stderr + res.Stdout) {
		if line = strings.TrimSpace(line); line != "" {
			return e.Note("it says: %s", diag.Plain(line))
		}
	}
	if res.Err != nil {
		return e.Note("%v", res.Err)
	}
	return e.Note("it prints nothing")
}

// Finds is the error about a module that import would not find: whose name it cannot
// say, or beside whose script, in a directory, is something else of that name.
func (i *Interpreter) Finds(h host.Host, module, dir string) error {
	name := strings.TrimSuffix(filepath.Base(module), ".mpy")
	if !pattern.Identifier.Get().MatchString(name) {
		return diag.New(module, "no module can be imported as %s", diag.Plain(name)).Note("a name has letters, digits and _ only, and does not start with a digit: rename it")
	}
	if i.board {
		return nil // the directory with the module comes first there
	}
	for _, other := range []string{name, name + ".py", name + ".mpy"} {
		other = filepath.Join(dir, other)
		if filepath.Clean(other) == filepath.Clean(module) {
			continue
		}
		if _, err := h.Stat(other); err == nil {
			return diag.New(other, "import finds it before the module").
				Note("it looks first in the directory of the script, or in this one without a script: rename that, or run from another directory")
		}
	}
	return nil
}
