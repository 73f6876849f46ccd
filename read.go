package mpyld

import (
	"context"
	"errors"
	"io/fs"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/internal/inputs"
	"mpyld/ldscript"
	"mpyld/link"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/qstrlink"
	"mpyld/relocs"
	"mpyld/supportlib"
	"mpyld/target"
)

// Inputs are the files of a link, read. Archives stay open, for the link to take
// members out of: Close closes them.
type Inputs struct {
	opts Options
	to   target.Target
	in   link.Input
	libs *inputs.Libraries

	linked bool

	// For the audit: what a link changes or keeps to itself.
	support *elfload.Archive
	scripts []*ldscript.Script
	config  []byte
}

// Read reads all files that a link needs, so that all bad ones show at once. It is
// the first half of Link, for those who want to know the files before.
func Read(ctx context.Context, o Options) (*Inputs, error) {
	to, err := o.target()
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	i := &Inputs{opts: o, to: to}
	if err := i.read(); err != nil {
		i.Close()
		return nil, err
	}
	return i, nil
}

func (i *Inputs) read() error {
	o, to := &i.opts, i.to
	dir, mach := inputs.Dir{FS: o.FS}, to.Arch
	layout := to.Layout(to.Arch)
	in := &i.in
	*in = link.Input{
		FloatABI: to.Floats,
		ABI:      to.LinkABI(), EntryStyle: to.Entry, Arch: to.Arch, SourceName: o.SourceName,
		NoWritableText: o.NoWritableText, AllowABIMismatch: o.AllowABIMismatch,
		KeepUnwind: o.KeepUnwind, GCSections: o.GCSections, Symbols: o.Symbols, Reasons: o.Reasons, Sources: o.Debug || o.Reasons && o.Symbols, Support: i.openSupport,
		Wrap: o.Wrap, Undefined: o.Undefined, AllowMultiple: o.AllowMultiple,

		// Firmware that cannot read the flags is not told, so nothing may need them.
		ArchFlags: to.ArchFlags, OwnFlags: o.Target.ArchFlags == "" && to.Release.ArchFlags,
		NoExtensions: o.Target.ArchFlags == "" && !to.Release.ArchFlags,
	}
	var errs diag.List
	relax, err := o.relax()
	errs.Join(err)
	in.Relax = relax
	if o.FunTable != "" {
		table, err := ReadFunTable(o.FS, o.FunTable)
		var own *mpyfile.ABI
		if err == nil {
			own, err = table.For(in.ABI)
		}
		errs.Join(err)
		if err == nil {
			in.ABI = own
		}
	}
	in.Objects, err = dir.LoadObjects(o.Files, mach)
	errs.Join(err)
	i.libs = dir.Libraries(o.Libs, o.LibDirs, mach)
	errs = append(errs, i.libs.Errs...)
	in.Archives = i.libs.Archives
	qstrs, err := i.readQStrs(dir, layout)
	errs.Join(err)
	in.QStrs, in.QStrObjs, in.Config, in.Layout = qstrs.Values, qstrs.Objects, o.QStrs, layout
	errs.Join(i.readFixed(dir, mach))
	errs.Join(i.readDefsyms())
	for _, script := range in.Scripts {
		if len(o.Wrap) > 0 { // names in them are replaced
			script = script.Clone()
		}
		i.scripts = append(i.scripts, script)
	}
	if len(o.Trace) > 0 {
		in.Trace = map[string]bool{}
	}
	for _, name := range o.Trace {
		in.Trace[name] = true
	}
	return errs.Err()
}

// openSupport opens the linker's own library.
func (i *Inputs) openSupport(m *relocs.Machine) (*elfload.Archive, error) {
	a, err := supportlib.Open(m)
	i.support = a
	return a, err
}

func (i *Inputs) readQStrs(dir inputs.Dir, layout *qstrlink.Layout) (qstrlink.QStrs, error) {
	name := i.opts.QStrs
	if name == "" {
		return qstrlink.QStrs{}, nil
	}
	data, err := dir.ReadText(name)
	if e := new(diag.Error); errors.As(err, &e) {
		if _, missing := fs.Stat(i.opts.FS, name); errors.Is(missing, fs.ErrNotExist) {
			e.Note("it is made of all sources of a module, before they are compiled: mpyld --preprocess -o %s FILE.c...", name)
		}
	}
	if err != nil {
		return qstrlink.QStrs{}, err
	}
	i.config = data
	return layout.Read(name, data)
}

// readFixed reads what gives symbols addresses. Where they disagree about a
// symbol, scripts go before firmware. Of scripts the last assignment counts, as in
// GNU ld; of firmware, the first in the list.
func (i *Inputs) readFixed(dir inputs.Dir, mach *relocs.Machine) error {
	var errs diag.List
	in := &i.in
	in.Externs = map[string]linkmap.Extern{}
	for _, name := range i.opts.Externs {
		script, err := dir.ReadScript(name)
		errs.Join(err)
		if err == nil {
			in.Scripts = append(in.Scripts, script)
		}
	}
	for _, name := range i.opts.JustSymbols {
		data, err := dir.ReadELF(name, "a linked program", "linker scripts with addresses are given with --externs")
		if err != nil {
			errs.Join(err)
			continue
		}
		fw, err := elfload.LoadFirmware(name, data, mach)
		if err != nil {
			errs.Join(err)
			continue
		}
		in.Firmware = append(in.Firmware, linkmap.Firmware{File: name, BuildID: fw.BuildID, Facts: fw.Facts})
		for _, s := range fw.Symbols {
			if _, dup := in.Externs[s.Name]; !dup {
				in.Externs[s.Name] = linkmap.Extern{Value: s.Value, Place: name, From: name, Function: s.Function}
			}
		}
	}
	return errs.Err()
}

// readDefsyms appends what Options.Defsyms assign to the scripts: the last
// counts.
func (i *Inputs) readDefsyms() error {
	var errs diag.List
	for _, text := range i.opts.Defsyms {
		script, err := ldscript.ParseDefsym(text)
		errs.Join(err)
		if err == nil {
			i.in.Scripts = append(i.in.Scripts, script)
		}
	}
	return errs.Err()
}

// Names are those of all files that were read, each once, as the options have
// them.
func (i *Inputs) Names() []string {
	o := &i.opts
	var names []string
	seen := map[string]bool{"": true}
	for _, list := range [][]string{o.Files, {o.QStrs, o.FunTable}, i.libs.Names(), o.Externs, o.JustSymbols} {
		for _, name := range list {
			if !seen[name] {
				names = append(names, name)
			}
			seen[name] = true
		}
	}
	return names
}

// Close closes what a link reads from.
func (i *Inputs) Close() {
	if i.libs != nil {
		i.libs.Close()
	}
}
