package main

import (
	"io"

	"github.com/urfave/cli/v2"

	"mpyld/diag"
	"mpyld/mpyfile"
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
		return check(files, to.loader(), app.Writer)
	})
}

// check answers for each file. A no is an answer, printed like a yes, but
// scripts have to see it: it is the failure without a message.
func check(files []string, loader *mpyfile.Loader, w io.Writer) error {
	var errs diag.List
	refused := false
	var b lines
	for _, name := range files {
		f, _, err := readTree(name)
		if err != nil {
			errs.Join(err)
			continue
		}
		if no := loader.Refuses(f.Header()); no != nil {
			refused = true
			b.add("%s: no: %s: %s", name, no.Message, no.Why)
		} else {
			b.add("%s: yes: %s imports it", name, loader.Name)
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
