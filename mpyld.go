// Package mpyld links ELF objects into native MicroPython modules, and tells
// what is in .mpy files. It is the library under the command of the same name:
//
//	module, err := mpyld.Link(ctx, mpyld.Options{
//		FS:     os.DirFS("build"),
//		Files:  []string{"hello.o"},
//		QStrs:  "hello.config.h",
//		Target: target.Options{Release: "1.24", Arch: "armv7m"},
//	})
//
// It stands apart from the command because others link too: tests, builders. It
// must never print, exit or ask the system for a file: files come through an
// fs.FS, and what is wrong is a diag.List, with places and remedies.
package mpyld

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"mpyld/debuginfo"
	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/internal/inputs"
	"mpyld/link"
	"mpyld/mpytree"
	"mpyld/mpywriter"
	"mpyld/qstrlink"
	"mpyld/target"
)

// Module is a linked module.
type Module struct {
	Bytes  []byte   // the .mpy file
	Inputs []string // the files it is made of, each once
	QStrs  []string // names it was compiled with

	SourceName string // what tracebacks call it

	*link.Result
}

// Link reads objects, links them and checks the result by loading it as the
// firmware would. The error is a diag.List about the inputs, or an
// *InternalError. After an error that linking found, there is a Module all the same,
// for its Warnings and its Trace.
//
// A context that has ended stops it between its steps.
func Link(ctx context.Context, o Options) (*Module, error) {
	in, err := Read(ctx, o)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return in.Link(ctx)
}

// Link links what was read. That is possible once: archives give a member out
// once.
func (i *Inputs) Link(ctx context.Context) (*Module, error) {
	m, err := i.link(ctx)
	if m != nil && (err != nil || len(m.Warnings) > 0) {
		var list diag.List
		list.Join(err)
		debuginfo.Locate(m.Objects, list, m.Warnings)
	}
	return m, err
}

func (i *Inputs) link(ctx context.Context) (*Module, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if i.linked {
		return nil, errors.New("mpyld: Inputs have been linked already: Read them again")
	}
	i.linked = true
	i.in.Names = elfload.NewNames(i.in.Objects)
	res, err := link.Link(i.in)
	m := &Module{Result: res, Inputs: i.Names(), QStrs: i.in.QStrs, SourceName: i.in.SourceName}
	if err != nil {
		return m, err
	}
	res.Notes = append(i.notes(res), res.Notes...)
	if err := i.to.Refused("the module", res.File.Header()); err != nil {
		return m, err
	}
	data, err := mpywriter.Write(res.File)
	if err != nil {
		return m, err
	}
	if err := i.checkFloats(data, res); err != nil {
		return m, err
	}
	if err := ctx.Err(); err != nil {
		return m, err
	}
	// The bytes are checked before anybody can see them.
	if !i.opts.NoVerify {
		if err := i.check(data, res); err != nil {
			return m, err
		}
	}
	m.Bytes = data
	return m, nil
}

// notes are about what the file does not say, or says although nobody asked.
func (i *Inputs) notes(res *link.Result) []string {
	var notes []string
	arch := i.to.Arch
	if extra := res.File.ArchFlags &^ i.to.ArchFlags; extra != 0 {
		notes = append(notes, "the objects are compiled for "+arch.FlagNames(extra)+", and the module is marked so; --arch-flags 0 leaves that out")
	}
	if floats := res.Map.Machine.ABI.Floats; floats != arch.ABI.Floats {
		notes = append(notes, "it is for firmware that is built with -mfloat-abi="+floats+"; the file does not say so, and other firmware imports it and has wrong floats")
	}
	return append(notes, i.costly(res.Direct)...)
}

// checkFloats refuses a module that the device it is for imports, but gives
// wrong floats. Where the options say how it passes them, the objects were checked
// for that.
func (i *Inputs) checkFloats(data []byte, res *link.Result) error {
	if i.to.Floats != "" || i.to.Device == nil {
		return nil
	}
	f, err := mpytree.Parse(data)
	if err != nil {
		return err
	}
	wrong, doubt := i.to.WrongFloats("the module", f)
	switch {
	case wrong != nil && !i.opts.AllowABIMismatch:
		return wrong.Note("--allow-abi-mismatch links it all the same")
	case wrong != nil:
		res.Warnings = append(res.Warnings, wrong)
	case doubt != nil:
		res.Warnings = append(res.Warnings, doubt)
	}
	return nil
}

// An InternalError is a mistake in mpyld itself, not in what it was given.
type InternalError struct {
	What    string
	Details error // nil: there is no more to say
}

func (e *InternalError) Error() string {
	if e.Details == nil {
		return e.What
	}
	return e.What + ": " + e.Details.Error()
}

func (e *InternalError) Unwrap() error { return e.Details }

// PreprocessOptions are what a config header depends on.
type PreprocessOptions struct {
	FS     fs.FS
	Files  []string // C sources
	Target target.Options
}

// Preprocess returns the config header for C sources: numbers for the names that
// they call MP_QSTR_*, for Link to read again. Files that end in .i are what a compiler's
// preprocessor left of one, with a config header without names. The error is a diag.List.
func Preprocess(o PreprocessOptions) ([]byte, error) {
	to, err := o.Target.FindArch()
	if err != nil {
		return nil, err
	}
	var errs diag.List
	var sources, expanded [][]byte
	for _, name := range o.Files {
		text, err := inputs.Dir{FS: o.FS}.ReadSource(name)
		errs.Join(err)
		if strings.HasSuffix(name, ".i") {
			expanded = append(expanded, text)
		} else {
			sources = append(sources, text)
		}
	}
	if err := errs.Err(); err != nil {
		return nil, err
	}
	layout := to.Layout(to.Arch)
	names := layout.Names(sources...)
	for _, text := range expanded {
		names = names.Join(layout.Expanded(text))
	}
	if len(names.Values) > qstrlink.MaxNames || len(names.Objects) > qstrlink.MaxNames {
		return nil, diag.New(strings.Join(o.Files, ", "), "more than %d names (MP_QSTR_...): firmware has 16 bits for the number of one", qstrlink.MaxNames).
			Note("pass only the sources of the module")
	}
	return layout.Header(names), nil
}
