package main

import (
	"github.com/urfave/cli/v2"

	"mpyld"
	"mpyld/target"
)

// headerVerb writes what sources of modules include.
func headerVerb() *cli.Command {
	var to target.Options
	output, language := "-", "c"
	rows := func() []cli.Flag {
		return []cli.Flag{
			&option{"output", "o", "FILE", "write FILE (default: the standard output)", setText(&output)},
			&option{"lang", "", "LANGUAGE", "for modules in c, c++ or rust (default: c, which is c++ too)", setText(&language)},
			targetOption(&to),
		}
	}
	return newVerb("header", "write the header for modules, which need none of MicroPython's", "[--lang c|rust] [--target TARGET] [-o FILE]", rows, func(words []string, c *cli.Context) error {
		if err := noFiles("header", words); err != nil {
			return err
		}
		text, err := mpyld.Header(language, to)
		if err != nil {
			return usage(err)
		}
		if output == "-" {
			_, err = c.App.Writer.Write(text)
			return err
		}
		return writeOutput(output, text)
	})
}
