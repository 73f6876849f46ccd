package main

import (
	"io"

	"github.com/urfave/cli/v2"

	"mpyld"
	"mpyld/diag"
	"mpyld/target"
)

func checkVerb() *cli.Command {
	var o target.Options
	var circuit bool
	rows := func() []cli.Flag {
		return append(targetRows(&o),
			&option{"arch", "", "ARCH", "for firmware of the release for ARCH", setText(&o.Arch)},
			&option{"circuitpython", "", "", "the device runs CircuitPython: the same as --target circuitpython", setTrue(&circuit)})
	}
	return fileVerb("check", "say whether a device or a release imports .mpy files", "(--device N | --board NAME | --target RELEASE) FILE.mpy...", 1, rows, func(files []string, app *cli.App) error {
		if circuit && o.Release == "" {
			o.Release = "circuitpython"
		}
		if !o.Given() && o.Arch == "" {
			return usage(diag.New("", "check needs --device, --board or --target").
				Note("import sys; print(sys.implementation._mpy) on the device prints its number"))
		}
		to, err := o.Find()
		if err == nil && circuit && to.System() != "CircuitPython" {
			err = diag.New("", "--circuitpython: --target %s is %s", o.Release, to.Release).Note("leave one of the two out, or name a release of it: --target circuitpython-10.2")
		}
		if err == nil && o.Arch != "" {
			err = to.OnArch(o.Arch)
		}
		if err != nil {
			return usage(err)
		}
		return check(files, to, app.Writer)
	})
}

// check answers for each file. A no is an answer, printed like a yes, but
// scripts have to see it: it is the failure without a message.
func check(files []string, to target.Target, w io.Writer) error {
	var b diag.Lines
	no := false
	err := eachFile(files, func(f *mpyld.File) error {
		answer := to.Answer(f.File)
		no = no || !answer.Yes
		b.Add("%s: %s", f.Name, answer.Text)
		for _, line := range answer.More {
			b.Add("  %s", line)
		}
		return nil
	})
	if _, err := io.WriteString(w, b.String()); err != nil {
		return err
	}
	if err == nil && no {
		return errNo
	}
	return err
}
