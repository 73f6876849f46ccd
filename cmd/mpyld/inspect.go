package main

import (
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"mpyld"
)

func inspectVerb() *cli.Command {
	var asJSON bool
	rows := func() []cli.Flag {
		return []cli.Flag{&option{"json", "", "", "for programs: docs/JSON.md describes it", setTrue(&asJSON)}}
	}
	return fileVerb("inspect", "say what a .mpy file is, who imports it and what it needs", "[--json] FILE.mpy...", 1, rows, func(files []string, app *cli.App) error {
		var texts []string
		between := "\n"
		err := eachFile(files, func(f *mpyld.File) error {
			if !asJSON {
				texts = append(texts, f.Inspect())
				return nil
			}
			between = ""
			text, err := f.InspectJSON()
			texts = append(texts, text)
			return err
		})
		if _, err := io.WriteString(app.Writer, strings.Join(texts, between)); err != nil {
			return err
		}
		return err
	})
}
