package main

import (
	"io"

	"github.com/urfave/cli/v2"

	"mpyld/diag"
	"mpyld/inspect"
	"mpyld/mpytree"
	"mpyld/relocs"
)

func checkVerb() *cli.Command {
	var target targetOptions
	var circuit bool
	options := append(target.flags(), &option{"circuitpython", "", "", "the device runs CircuitPython: the same as --target circuitpython", setTrue(&circuit)})
	return fileVerb("check", "say whether a device or a release imports .mpy files", "(--device N | --target RELEASE) FILE.mpy...", 1, options, func(files []string, app *cli.App) error {
		if !target.given() {
			return usage(diag.New("", "check needs --device or --target").
				Note("import sys; print(sys.implementation._mpy) on the device prints its number"))
		}
		if circuit && target.target == "" {
			target.target = "circuitpython"
		}
		to, err := target.find()
		if err != nil {
			return usage(err)
		}
		return check(files, to, app.Writer)
	})
}

// onlyWithFloats is what a release leaves open: how the firmware of a board
// passes floats.
func onlyWithFloats(f *mpytree.File) string {
	for _, floats := range relocs.FloatABIs {
		if c, _ := inspect.FloatsDiffer(f, floats); c == inspect.Yes {
			return "; its floats are wrong where firmware is built with -mfloat-abi=" + floats + " (--device tells)"
		}
	}
	return ""
}

// check answers for each file. A no is an answer, printed like a yes, but
// scripts have to see it: it is the failure without a message.
func check(files []string, to goal, w io.Writer) error {
	loader := to.loader()
	var errs diag.List
	refused := false
	var b diag.Lines
	for _, name := range files {
		f, _, err := readTree(name)
		if err != nil {
			errs.Join(err)
			continue
		}
		if no := loader.Refuses(f.Header()); no != nil {
			refused = true
			b.Add("%s: no: %s: %s", name, no.Message, no.Why)
			continue
		}
		switch wrong, doubt := to.wrongFloats("", f); {
		case wrong != nil:
			refused = true
			b.Add("%s: no: %s", name, wrong.Text)
			for _, note := range wrong.Notes {
				b.Add("  %s", note)
			}
		case doubt != nil:
			refused = true
			b.Add("%s: cannot know: %s", name, doubt.Text)
			for _, note := range doubt.Notes {
				b.Add("  %s", note)
			}
		case to.floatABI() == "":
			b.Add("%s: yes: %s imports it%s", name, loader.Name, onlyWithFloats(f))
		default:
			b.Add("%s: yes: %s imports it%s", name, loader.Name, to.ifHard(f))
		}
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return err
	}
	if err := errs.Err(); err != nil || !refused {
		return err
	}
	return errNo
}
