package main

import (
	"github.com/urfave/cli/v2"

	"mpyld"
	"mpyld/diag"
)

// treeVerbs are the verbs for .mpy files of any kind.
func treeVerbs() []*cli.Command {
	return []*cli.Command{dumpVerb(), inspectVerb(), checkVerb(), diffVerb(), mergeVerb()}
}

// fileVerb returns a verb that does something with files.
func fileVerb(name, usageLine, args string, atLeast int, options []cli.Flag, action func(files []string, app *cli.App) error) *cli.Command {
	var help bool
	return &cli.Command{
		Name:      name,
		Usage:     usageLine,
		UsageText: "mpyld " + name + " " + args,
		Flags:     append(options, helpOption(&help)),
		Action: func(c *cli.Context) error {
			files := c.Args().Slice()
			switch {
			case help:
				return printVerbHelp(c.App.Writer, c.Command)
			case len(files) == 0:
				return usage(diag.New("", "no files to %s", name).Note("usage: %s", c.Command.UsageText))
			case len(files) < atLeast:
				return usage(diag.New("", "%s takes %d files", name, atLeast).Note("usage: %s", c.Command.UsageText))
			}
			return action(files, c.App)
		},
	}
}

// eachFile reads .mpy files and does something with each. One that fails does not
// stop the others.
func eachFile(names []string, do func(f *mpyld.File) error) error {
	var errs diag.List
	for _, name := range names {
		f, err := mpyld.ReadFile(system{}, name)
		if err == nil {
			err = do(f)
		}
		errs.Join(err)
	}
	return errs.Err()
}
