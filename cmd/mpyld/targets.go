package main

import (
	"io"

	"github.com/urfave/cli/v2"

	"mpyld/diag"
	"mpyld/target"
)

func targetsVerb() *cli.Command {
	var help bool
	return &cli.Command{
		Name:      "targets",
		Usage:     "list the releases that modules can be linked for, and what tells them apart",
		UsageText: "mpyld targets",
		Flags:     []cli.Flag{helpOption(&help)},
		Action: func(c *cli.Context) error {
			switch {
			case help:
				return printVerbHelp(c.App.Writer, c.Command)
			case c.Args().Present():
				return usage(diag.New("", "%s: mpyld targets takes no files", c.Args().First()))
			}
			_, err := io.WriteString(c.App.Writer, target.Table())
			return err
		},
	}
}
