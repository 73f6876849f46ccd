package main

import (
	"io"

	"github.com/urfave/cli/v2"

	"mpyld/target"
)

func targetsVerb() *cli.Command {
	return newVerb("targets", "list the releases that modules can be linked for, and what tells them apart", "", nil, func(words []string, c *cli.Context) error {
		if err := noFiles("targets", words); err != nil {
			return err
		}
		_, err := io.WriteString(c.App.Writer, target.Table())
		return err
	})
}
