package main

import (
	"github.com/urfave/cli/v2"
)

// The texts of help are the library's templates, filled in from the rows of verbs
// and options. The layout is that of mpy_ld.py --help.
const appHelp = `mpyld {{.Usage}}.

usage: {{.UsageText}}
{{range .Commands}}       {{.UsageText}}
{{end}}
options:
{{range .Flags}}{{.}}
{{end}}
verbs:
{{range .Commands}}{{printf "  %-26s %s" .Name .Usage}}
{{end}}
exit codes: ` + exitCodes + "\n"

// exitCodes are for the end of help.
const exitCodes = "0 done, 1 the link failed or the answer is no, 2 bad command line, 3 mistake in mpyld"

const verbHelp = `usage: {{.UsageText}}

{{.Usage}}

options:
{{range .Flags}}{{.}}
{{end}}`

// printHelp prints the help of a verb, or of the command. The library does not
// say whether it could, the console does.
func printHelp(c *cli.Context, verb string) error {
	var err error
	if verb == "" {
		err = cli.ShowAppHelp(c)
	} else {
		err = cli.ShowCommandHelp(c, verb)
	}
	if out := c.App.Writer.(*console); out.failed != nil {
		return out.failed
	}
	return err
}

func helpVerb() *cli.Command {
	return newVerb("help", "print this, or the help of a verb", "[VERB]", nil, func(names []string, c *cli.Context) error {
		if len(names) == 0 {
			return printHelp(c, "")
		}
		if c.App.Command(names[0]) == nil {
			return usage(unknownVerb(c.App, names[0], "no such verb"))
		}
		return printHelp(c, names[0])
	})
}
