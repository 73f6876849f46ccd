package main

import (
	"strings"

	"github.com/urfave/cli/v2"

	"mpyld"
	"mpyld/diag"
)

// newVerb returns a verb: its row for help and completion, and what it does with
// its operands once its options are set.
func newVerb(name, usageLine, args string, rows func() []cli.Flag, action func(operands []string, c *cli.Context) error) *cli.Command {
	var help bool
	options := laterRows(func() []cli.Flag {
		last := helpOption(&help)
		if rows == nil {
			return []cli.Flag{last}
		}
		return append(rows(), last)
	})
	return &cli.Command{
		Name:               name,
		Usage:              usageLine,
		UsageText:          strings.TrimSpace("mpyld " + name + " " + args),
		Flags:              []cli.Flag{options},
		SkipFlagParsing:    true,
		HideHelp:           true,
		CustomHelpTemplate: verbHelp,
		Action: func(c *cli.Context) error {
			operands, err := parseArgs(c.Args().Slice(), options())
			switch {
			case err != nil:
				return usage(err)
			case help && name == "help":
				return printHelp(c, "")
			case help:
				return printHelp(c, name)
			}
			return action(operands, c)
		},
	}
}

// fileVerb is newVerb for one that does something with files.
func fileVerb(name, usageLine, args string, atLeast int, rows func() []cli.Flag, action func(files []string, app *cli.App) error) *cli.Command {
	return newVerb(name, usageLine, args, rows, func(files []string, c *cli.Context) error {
		switch {
		case len(files) == 0:
			return usage(diag.New("", "no files to %s", name).Note("usage: %s", c.Command.UsageText))
		case len(files) < atLeast:
			return usage(diag.New("", "%s takes %d files", name, atLeast).Note("usage: %s", c.Command.UsageText))
		}
		collectAsUsual()
		return action(files, c.App)
	})
}

// noFiles is the error about operands of a verb that has none.
func noFiles(verb string, words []string) error {
	if len(words) == 0 {
		return nil
	}
	return usage(diag.New("", "%s: mpyld %s takes no files", words[0], verb))
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
