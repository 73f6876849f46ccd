package main

import (
	"io"

	"github.com/urfave/cli/v2"

	"mpyld/diag"
	"mpyld/target"
)

func targetsVerb() *cli.Command {
	return newVerb("targets", "list the releases that modules can be linked for, and what tells them apart", "", nil, func(words []string, c *cli.Context) error {
		if len(words) > 0 {
			return usage(diag.New("", "%s: mpyld targets takes no files", words[0]))
		}
		_, err := io.WriteString(c.App.Writer, target.Table())
		return err
	})
}
