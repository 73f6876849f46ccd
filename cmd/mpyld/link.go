package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mpyld"
	"mpyld/diag"
)

// link is the action without a verb: objects in, module out.
func (o *linkOptions) link(files []string, stdout io.Writer, rep *reporter) error {
	o.FS, o.Files = system{}, files
	o.Symbols = o.reports.mapFile != "" || o.reports.mapJSON != "" || o.verbose >= 2
	o.Debug = o.reports.debugELF != ""
	o.Reasons = o.reports.mapJSON != "" || o.reports.cref
	if err := o.check(rep); err != nil {
		return usage(err)
	}
	if o.SourceName == "" {
		o.SourceName = filepath.Base(o.output)
	}
	size := sizeOf(files)
	collectLate(size)
	preferHugePages(size)
	in, err := mpyld.Read(context.Background(), o.Options)
	if err != nil {
		return err
	}
	defer in.Close()
	// Scripts and archives have named more files than the command line.
	if err := checkOutputs(o.outputs()); err != nil {
		return usage(err)
	}
	m, err := in.Link(context.Background())
	if err := o.tell(m, stdout, rep, err); err != nil {
		return err
	}
	most := o.verbose
	if o.reports.mapFile != "" {
		most = max(most, 1)
	}
	list := m.Listing(most)
	if err := o.write(m, list.Bytes, stdout, rep); err != nil {
		return err
	}
	if isStandardOutput(o.output) {
		stdout = rep // there is a module now, and text would make it another
	}
	if o.verbose < 2 {
		list.Symbols = nil
	}
	text := list.Bytes(o.verbose)
	if o.reports.cref && o.reports.mapFile == "" {
		text = append(text, m.CrossReference()...)
	}
	if o.reports.printGC {
		text = append(text, m.GarbageSections()...)
	}
	if rep.json {
		rep.notes(m.Notes)
		m.Notes = nil
	}
	for _, note := range m.Notes {
		text = append(text, "note: "+diag.Plain(note)+"\n"...)
	}
	if o.quiet {
		return nil
	}
	if _, err = stdout.Write(text); err != nil {
		return unprinted(err).Note("the link is done: %s is complete", o.output)
	}
	return nil
}

// sizeOf returns how many bytes files have. Of archives a link reads what it needs: they do
// not count.
func sizeOf(names []string) (total int64) {
	for _, name := range names {
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
			total += info.Size()
		}
	}
	return total
}

// tell prints what there is to say about a link, whether it failed or not, and
// returns its error, or one that --fatal-warnings makes of its warnings.
func (o *linkOptions) tell(m *mpyld.Module, stdout io.Writer, rep *reporter, err error) error {
	for _, line := range m.Trace {
		if _, err := io.WriteString(stdout, diag.Plain(line)+"\n"); err != nil {
			return err
		}
	}
	var mistake *mpyld.InternalError
	if errors.As(err, &mistake) {
		rep.warn(m.Warnings)
		return err
	}
	if fatal := o.warn(m.Warnings, rep); fatal != nil {
		var errs diag.List
		errs.Join(fatal)
		errs.Join(err)
		return errs
	}
	return err
}

// warn prints warnings, or returns the errors that --fatal-warnings makes of them.
func (o *linkOptions) warn(warnings diag.List, rep *reporter) error {
	if !o.reports.fatalWarnings || len(warnings) == 0 {
		rep.warn(warnings)
		return nil
	}
	errs := slices.Clone(warnings)
	for _, w := range errs {
		w.Note("--fatal-warnings makes an error of this warning")
	}
	return errs
}

// write writes the module and what is to go beside it.
func (o *linkOptions) write(m *mpyld.Module, listing func(verbosity int) []byte, stdout io.Writer, rep *reporter) error {
	var texts []output
	for _, side := range o.sides(m, listing, rep) {
		if side.path == "" {
			continue
		}
		text, err := side.text()
		if err != nil {
			return err
		}
		texts = append(texts, output{path: side.path, data: text})
	}
	return writeBeside(stdout, texts, output{path: o.output, data: m.Bytes})
}

// A sideOutput is a text to write beside the module. It is made only if it has a
// path: that of a big link takes as long as a good part of the link.
type sideOutput struct {
	path string
	text func() ([]byte, error)
}

// sides are all outputs of a link but the module.
func (o *linkOptions) sides(m *mpyld.Module, listing func(verbosity int) []byte, rep *reporter) []sideOutput {
	return []sideOutput{
		{o.reports.mapFile, func() ([]byte, error) {
			text := listing(max(o.verbose, 1))
			if o.reports.cref {
				text = append(slices.Clip(text), m.CrossReference()...)
			}
			return text, nil
		}},
		{o.reports.mapJSON, func() ([]byte, error) {
			text, err := m.MapJSON()
			return []byte(text), err
		}},
		{o.reports.debugELF, func() ([]byte, error) {
			companion, warnings, err := m.DebugELF()
			if err == nil {
				err = o.warn(warnings, rep)
			}
			return companion, err
		}},
		{o.reports.depFile, func() ([]byte, error) {
			rule, err := m.Dependencies(o.output)
			return []byte(rule), err
		}},
		{o.whyExtract, func() ([]byte, error) { return []byte(m.WhyExtract()), nil }},
	}
}

// outputs names all files that a link writes, the module last.
func (o *linkOptions) outputs() []string {
	var names []string
	for _, side := range o.sides(nil, nil, nil) {
		names = append(names, side.path)
	}
	return append(names, o.output)
}

// check checks the options of a link and fills in the default of --output.
func (o *linkOptions) check(rep *reporter) error {
	var errs diag.List
	errs.Join(o.Options.Check())
	if o.output == "" {
		var err error
		o.output, err = defaultOutput(o.Files)
		errs.Join(err)
	}
	errs.Join(o.reports.check(rep))
	opened.expect(slices.Concat(o.Files, o.Libs, []string{o.QStrs, o.FunTable}, o.Externs, o.JustSymbols)...)
	errs.Join(checkOutputs(o.outputs()))
	return errs.Err()
}

// defaultOutput is the name of the output when there is no --output.
func defaultOutput(files []string) (string, error) {
	const give = "give it with -o FILE.mpy"
	if len(files) == 0 {
		return "", diag.New("", "no name for the output: there are only archives").Note(give)
	}
	input := files[0]
	if base, ok := strings.CutSuffix(input, ".o"); ok {
		return base + ".mpy", nil
	}
	// Something else than an object is the likelier mistake.
	if _, err := disk.ReadObject(input); err != nil {
		return "", err
	}
	return "", diag.New("", "no name for the output: %s does not end in .o", input).Note(give)
}
