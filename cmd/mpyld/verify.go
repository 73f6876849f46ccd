package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"mpyld/diag"
	"mpyld/mpyfile"
	"mpyld/simload"
)

func verifyVerb(rep *reporter) *cli.Command {
	var help bool
	var target targetOptions
	return &cli.Command{
		Name:      "verify",
		Usage:     "check native modules by loading them as the firmware would",
		UsageText: "mpyld verify [--target TARGET] FILE.mpy...",
		Flags:     append(target.flags(), helpOption(&help)),
		Action: func(c *cli.Context) error {
			switch {
			case help:
				return printVerbHelp(c.App.Writer, c.Command)
			case !c.Args().Present():
				return usage(diag.New("", "no files to verify").Note("usage: %s", c.Command.UsageText))
			}
			return verify(c.Args().Slice(), &target, c.App.Writer, rep)
		},
	}
}

// verify checks files one by one; one that fails does not stop the others.
func verify(files []string, target *targetOptions, stdout io.Writer, rep *reporter) error {
	to, err := target.find()
	if err != nil {
		return usage(err)
	}
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
		if target.given() {
			if err := refused(name, loaded.File, to.loader()); err != nil {
				errs.Join(err)
				continue
			}
			loaded.Warnings = append(loaded.Warnings, lacksObjects(loaded.File, to)...)
		}
		rep.warn(within(name, loaded.Warnings))
		fmt.Fprintf(&b, "%s: ok, %s\n", name, summary(loaded))
	}
	if _, err := io.WriteString(stdout, b.String()); err != nil {
		return err
	}
	return errs.Err()
}

// refused is the error about a module that a loader does not take, or nil.
func refused(name string, f *mpyfile.File, loader *mpyfile.Loader) error {
	no := loader.Refuses(f.Header())
	if no == nil {
		return nil
	}
	return diag.New(name, "%s refuses it: %s", loader.Name, no.Message).Note("%s", no.Why).Note("%s", no.Remedy)
}

// lacksObjects warns of what no loader notices: where a release has qstr
// objects in a table, a module without one may have been compiled for a later
// release that makes them by a call.
func lacksObjects(f *mpyfile.File, to goal) diag.List {
	var warnings diag.List
	if to.Objects && f.ABI.Objects && len(f.Objects) == 0 && !allObjects(f.ABI) {
		warnings.Add("", "nothing in it shows whether it was compiled for %s", to).
			Note("compiled for MicroPython 1.21, whose .mpy version is the same, MP_OBJ_NEW_QSTR gives numbers instead of strings there")
	}
	return warnings
}

// allObjects reports whether every release of an ABI has qstr objects in tables.
func allObjects(abi *mpyfile.ABI) bool {
	return !slices.ContainsFunc(mpyfile.Releases, func(r *mpyfile.Release) bool { return r.ABI == abi && !r.Objects })
}

// summary is what a device has to offer for a module: architecture, release,
// memory.
func summary(rep *simload.Report) string {
	f := rep.File
	releases := mpyfile.Spans(mpyfile.Accepting(f.Header()))
	if releases == "" {
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
