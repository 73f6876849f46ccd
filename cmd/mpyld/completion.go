package main

import (
	"embed"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"mpyld/diag"
)

// The script for each shell is a file of its name. It gives the words of a command
// line to mpyld complete, and shows what that prints.
//
//go:embed completion
var completions embed.FS

// shells are those that there is a script for.
var shells = []string{"bash", "zsh", "fish", "powershell"}

func completionVerb() *cli.Command {
	return newVerb("completion", "print a script that completes words in a shell: eval \"$(mpyld completion bash)\"", strings.Join(shells, "|"), nil, func(names []string, c *cli.Context) error {
		wrong := usage(diag.New("", "completion is for bash, zsh, fish or powershell").Note("usage: %s", c.Command.UsageText))
		if len(names) != 1 {
			return wrong
		}
		script, err := completions.ReadFile("completion/" + names[0])
		if err != nil {
			return wrong
		}
		_, err = c.App.Writer.Write(script)
		return err
	})
}

// completeVerb is what scripts for shells say in front of the words of a command line. It
// is no verb that help shows.
const completeVerb = "complete"

// complete prints what the last of some words of a command line may become, each in a line, with a tab
// and what it means behind it.
//
// Of "size", "--by", "s" the line is that of the verb size, in which --by has values, and
// those that begin with s are section, segment and symbol.
func complete(app *cli.App, words []string) error {
	l := readLine(app, words)
	var text strings.Builder
	for _, c := range l.candidates() {
		text.WriteString(l.kept + c.word)
		if c.about != "" {
			text.WriteString("\t" + c.about)
		}
		text.WriteString("\n")
	}
	_, err := io.WriteString(app.Writer, text.String())
	return err
}
