package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/urfave/cli/v2"

	"mpyld/diag"
	"mpyld/mpyfile"
	"mpyld/simload"
)

func verifyVerb(rep *reporter) *cli.Command {
	var help bool
	var target targetOptions
	var funTable string
	return &cli.Command{
		Name:      "verify",
		Usage:     "check native modules by loading them as the firmware would",
		UsageText: "mpyld verify [--target TARGET] [--fun-table FILE] FILE.mpy...",
		Flags:     append(target.flags(), funTableOption(&funTable), helpOption(&help)),
		Action: func(c *cli.Context) error {
			switch {
			case help:
				return printVerbHelp(c.App.Writer, c.Command)
			case !c.Args().Present():
				return usage(diag.New("", "no files to verify").Note("usage: %s", c.Command.UsageText))
			}
			return verify(c.Args().Slice(), &target, funTable, c.App.Writer, rep)
		},
	}
}

// verify checks files one by one; one that fails does not stop the others.
func verify(files []string, target *targetOptions, funTable string, stdout io.Writer, rep *reporter) error {
	to, err := target.find()
	if err != nil {
		return usage(err)
	}
	var errs diag.List
	var b diag.Lines
	for _, name := range files {
		tree, data, err := readTree(name)
		if err != nil {
			errs.Join(err)
			continue
		}
		var own *mpyfile.ABI
		if abi := tree.ABI(); funTable != "" && abi != nil {
			if own, err = readFunTable(funTable, abi); err != nil {
				return err
			}
		}
		modules, err := simload.VerifyFile(data, own)
		if err != nil {
			errs.Join(within(name, err))
			continue
		}
		f := modules[0].File
		if target.given() {
			if err := refused(name, tree.Header(), to.loader()); err != nil {
				errs.Join(err)
				continue
			}
			modules[0].Warnings = append(modules[0].Warnings, lacksObjects(f, to)...)
			wrong, doubt := to.wrongFloats("", tree)
			if wrong != nil {
				errs.Join(within(name, wrong))
				continue
			}
			if doubt != nil {
				modules[0].Warnings = append(modules[0].Warnings, doubt)
			}
		}
		text := fmt.Sprintf("%s: ok, %s, %s", name, f.Arch.Name, releases(f))
		for i, m := range modules {
			if len(modules) > 1 {
				b.Add("%s", text)
				text = fmt.Sprintf("  module %d: %s", i+1, summary(m))
			} else {
				text += ", " + summary(m)
			}
			rep.warn(within(name, m.Warnings))
		}
		b.Add("%s", text)
	}
	if _, err := io.WriteString(stdout, b.String()); err != nil {
		return err
	}
	return errs.Err()
}

// refused is the error about a module that a loader does not take, or nil.
func refused(name string, h mpyfile.Header, loader *mpyfile.Loader) error {
	no := loader.Refuses(h)
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

// releases names those whose loaders take a module.
func releases(f *mpyfile.File) string {
	if list := mpyfile.Spans(mpyfile.Accepting(f.Header())); list != "" {
		return list
	}
	return f.ABI.Releases
}

// summary is the memory that a device has to offer for a module.
func summary(rep *simload.Report) string {
	f := rep.File
	return fmt.Sprintf("text %d, rodata %d, bss %d, qstrs %d, relocated words %d",
		len(f.Text), len(f.Rodata), f.BSSSize, len(f.QStrs)+len(f.Links), len(f.Words))
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
