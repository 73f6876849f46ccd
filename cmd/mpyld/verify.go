package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"mpyld/diag"
	"mpyld/mpyfile"
	"mpyld/simload"
)

func verifyVerb(rep *reporter) *cli.Command {
	var help bool
	return &cli.Command{
		Name:      "verify",
		Usage:     "check native modules by loading them as the firmware would",
		UsageText: "mpyld verify FILE.mpy...",
		Flags:     []cli.Flag{helpOption(&help)},
		Action: func(c *cli.Context) error {
			switch {
			case help:
				return printVerbHelp(c.App.Writer, c.Command)
			case !c.Args().Present():
				return usage(diag.New("", "no files to verify").Note("usage: %s", c.Command.UsageText))
			}
			return verify(c.Args().Slice(), c.App.Writer, rep)
		},
	}
}

// verify checks files one by one; one that fails does not stop the others.
func verify(files []string, stdout io.Writer, rep *reporter) error {
	var errs diag.List
	var b strings.Builder
	for _, name := range files {
		data, err := readFile(name)
		if err != nil {
			errs.Join(err)
			continue
		}
		loaded, err := simload.VerifyFile(data)
		if err != nil {
			errs.Join(within(name, err))
			continue
		}
		rep.warn(within(name, loaded.Warnings))
		fmt.Fprintf(&b, "%s: ok, %s\n", name, summary(loaded))
	}
	if _, err := io.WriteString(stdout, b.String()); err != nil {
		return err
	}
	return errs.Err()
}

// summary is what a device has to offer for a module: architecture, release,
// memory.
func summary(rep *simload.Report) string {
	f := rep.File
	releases := mpyfile.Span(mpyfile.Accepting(f))
	if len(mpyfile.Accepting(f)) == 0 {
		releases = f.ABI.Releases
	}
	return fmt.Sprintf("%s, %s, text %d, rodata %d, bss %d, qstrs %d, relocated words %d",
		f.Arch.Name, releases, len(f.Text), len(f.Rodata), f.BSSSize, len(f.QStrs)+len(f.Links), len(f.Words))
}

// within puts a file's name in front of the places of errors found in it.
func within(name string, err error) diag.List {
	var errs diag.List
	errs.Join(err)
	for _, e := range errs {
		if e.Where == "" {
			e.Where = name
		} else {
			e.Where = name + ": " + e.Where
		}
	}
	return errs
}
