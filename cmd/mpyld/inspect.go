package main

import (
	"io"

	"github.com/urfave/cli/v2"

	"mpyld/diag"
	"mpyld/inspect"
)

func inspectVerb() *cli.Command {
	var asJSON bool
	options := []cli.Flag{&option{"json", "", "", "for programs: docs/JSON.md describes it", setTrue(&asJSON)}}
	return fileVerb("inspect", "say what a .mpy file is, who imports it and what it needs", "[--json] FILE.mpy...", 1, options, func(files []string, app *cli.App) error {
		var errs diag.List
		var b diag.Lines
		for i, name := range files {
			f, data, err := readTree(name)
			if err != nil {
				errs.Join(err)
				continue
			}
			if asJSON {
				text, err := inspect.Inspect(f).JSON(name, len(data), f)
				errs.Join(err)
				b.WriteString(text)
				continue
			}
			if i > 0 {
				b.WriteByte('\n')
			}
			b.WriteString(inspect.Inspect(f).Text(name, len(data), f))
		}
		if _, err := io.WriteString(app.Writer, b.String()); err != nil {
			return err
		}
		return errs.Err()
	})
}
