package main

import (
	"strings"

	"github.com/urfave/cli/v2"

	"mpyld/diag"
	"mpyld/internal/cmdline"
	"mpyld/internal/interpreter"
)

// interpreterOptions say where modules run.
type interpreterOptions struct {
	pythons, beds, ports []string
	mpremote             string
}

func (o *interpreterOptions) rows() []cli.Flag {
	return []cli.Flag{
		&option{"python", "", "PATH", "run in this MicroPython (default: the one called micropython)", appendTo(&o.pythons)},
		&option{"bed", "", "COMMAND", "run in the MicroPython that COMMAND starts, an emulator or script; it gets the name of a script, and MICROPYPATH", appendTo(&o.beds)},
		&option{"connect", "", "PORT", "run on the board that mpremote finds at PORT: /dev/ttyACM0, auto, ...", appendTo(&o.ports)},
		&option{"mpremote", "", "COMMAND", "how to start mpremote (default: mpremote)", setText(&o.mpremote)},
	}
}

// given reports whether any interpreter is named.
func (o *interpreterOptions) given() bool { return len(o.pythons)+len(o.beds)+len(o.ports) > 0 }

// interpreters are those that the options name, or the one that is there.
func (o *interpreterOptions) interpreters() ([]*interpreter.Interpreter, error) {
	const usual = "micropython"
	var errs diag.List
	var list []*interpreter.Interpreter
	h := thisHost{}
	program := func(option string, words []string) bool {
		ok := len(words) > 0 && h.Find(words[0]) != ""
		if !ok {
			errs.Add("", "%s %s: there is no such program", option, strings.Join(words, " ")).
				Note("name one on the PATH, or the path of one; mpyld doctor says what there is, and how to get more; %s", cmdline.Blanks)
		}
		return ok
	}
	for _, path := range o.pythons {
		if program("--python", []string{path}) {
			list = append(list, interpreter.Program(path))
		}
	}
	for _, bed := range o.beds {
		if words := cmdline.Words(bed); program("--bed", words) {
			list = append(list, interpreter.Program(words...))
		}
	}
	mpremote := cmdline.Words(o.mpremote)
	if len(mpremote) == 0 {
		mpremote = []string{"mpremote"}
	}
	for _, port := range o.ports {
		if program("--mpremote", mpremote) {
			list = append(list, interpreter.Board(mpremote, port))
		}
	}
	switch {
	case len(errs) > 0:
		return nil, errs.Err()
	case !o.given() && h.Find(usual) == "":
		return nil, diag.New("", "there is no program micropython to run modules in").
			Note("name one with --python PATH, or a board with --connect PORT; mpyld doctor says how to get one")
	case !o.given():
		list = append(list, interpreter.Program(usual))
	}
	return list, nil
}
