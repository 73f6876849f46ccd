package main

import (
	"io"

	"github.com/urfave/cli/v2"

	"mpyld"
	"mpyld/target"
)

func verifyVerb(rep *reporter) *cli.Command {
	var o target.Options
	var funTable string
	rows := func() []cli.Flag { return append(targetRows(&o), funTableOption(&funTable)) }
	return fileVerb("verify", "check native modules by loading them as the firmware would", "[--target TARGET] [--fun-table FILE] FILE.mpy...", 1, rows, func(files []string, app *cli.App) error {
		to, err := o.Find()
		if err != nil {
			return usage(err)
		}
		var with mpyld.VerifyOptions
		if o.Given() {
			with.Target = &to
		}
		if funTable != "" {
			if with.FunTable, err = mpyld.ReadFunTable(system{}, funTable); err != nil {
				return err
			}
		}
		return verify(files, with, app.Writer, rep)
	})
}

func verify(files []string, with mpyld.VerifyOptions, w io.Writer, rep *reporter) error {
	text := ""
	err := eachFile(files, func(f *mpyld.File) error {
		v, err := f.Verify(with)
		if err != nil {
			return err
		}
		rep.warn(v.Warnings)
		text += v.Text(f.Name)
		return nil
	})
	if _, err := io.WriteString(w, text); err != nil {
		return err
	}
	return err
}
