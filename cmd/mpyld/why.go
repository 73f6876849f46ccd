package main

import (
	"io"

	"github.com/urfave/cli/v2"

	"mpyld"
	"mpyld/diag"
)

func whyVerb() *cli.Command {
	return fileVerb("why", "say why something is in a module, or is not", "MAP.json SYMBOL...", 1, nil, func(words []string, app *cli.App) error {
		if len(words) == 1 {
			return usage(diag.New("", "why what? There is no symbol").Note("name some behind the map: mpyld why %s mpy_init", words[0]))
		}
		m, err := mpyld.ReadMapJSON(system{}, words[0])
		if err != nil {
			return err
		}
		var errs diag.List
		all := true
		for i, name := range words[1:] {
			text, isIn, err := m.Why(name)
			errs.Join(err)
			all = all && isIn
			if i > 0 && text != "" {
				text = "\n" + text
			}
			if _, err := io.WriteString(app.Writer, text); err != nil {
				return err
			}
		}
		if len(errs) == 0 && !all {
			return errNo
		}
		return errs.Err()
	})
}
