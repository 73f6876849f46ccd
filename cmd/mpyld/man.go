package main

import (
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"mpyld"
)

func manVerb() *cli.Command {
	return newVerb("man", "print the manual page, of all verbs and options: mpyld man | man -l -", "", nil, func(words []string, c *cli.Context) error {
		if err := noFiles("man", words); err != nil {
			return err
		}
		_, err := io.WriteString(c.App.Writer, manPage(c.App))
		return err
	})
}

// manPage is help in the language of man(7). It has no date, so that a version has one page.
func manPage(app *cli.App) string {
	var page strings.Builder
	line := func(macro string, words ...string) {
		page.WriteString(macro)
		for _, word := range words {
			page.WriteString(` "` + strings.ReplaceAll(roff(word), `"`, `\(dq`) + `"`)
		}
		page.WriteString("\n")
	}
	text := func(words string) { page.WriteString(`\&` + roff(words) + "\n") }
	options := func(flags []cli.Flag) {
		for _, f := range flags[0].(optionRows)() {
			o := f.(*option)
			names := "--" + o.name
			if o.short != "" {
				names = "-" + o.short + ", " + names
			}
			page.WriteString(".TP\n")
			line(".B", strings.TrimSpace(names+" "+o.arg))
			text(o.usage)
		}
	}
	line(".TH", "MPYLD", "1", "", "mpyld "+mpyld.Version(), "")
	line(".SH", "NAME")
	text(app.Name + " - " + app.Usage)
	line(".SH", "SYNOPSIS")
	page.WriteString(".nf\n")
	for usage := range strings.SplitSeq(app.UsageText, "\n") {
		text(strings.TrimSpace(usage))
	}
	for _, verb := range app.Commands {
		text(verb.UsageText)
	}
	page.WriteString(".fi\n")
	line(".SH", "OPTIONS")
	options(app.Flags)
	line(".SH", "VERBS")
	for _, verb := range app.Commands {
		line(".SS", verb.UsageText)
		text(verb.Usage)
		options(verb.Flags)
	}
	line(".SH", "EXIT STATUS")
	for status := range strings.SplitSeq(exitCodes, ", ") {
		page.WriteString(".TP\n")
		line(".B", status[:1])
		text(status[2:])
	}
	return page.String()
}

// roff is text for a line of a page: a hyphen stays one that can be searched for and copied.
func roff(text string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", "\\(ga", "^", `\(ha`, "~", `\(ti`).Replace(text)
}
