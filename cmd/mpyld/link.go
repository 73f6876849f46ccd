package main

import (
	"io"
	"path/filepath"
	"slices"
	"strings"

	"mpyld/diag"
	"mpyld/link"
	"mpyld/mpyfile"
	"mpyld/mpytree"
	"mpyld/mpywriter"
	"mpyld/qstrlink"
	"mpyld/relocs"
	"mpyld/simload"
	"mpyld/supportlib"
)

// link is the action without a verb: objects in, module out.
func (o *linkOptions) link(files []string, stdout io.Writer, rep *reporter) error {
	to, arch, flags, err := o.checkLink(files, rep)
	if err != nil {
		return usage(err)
	}

	// Read everything there is to read, so that all bad files show at once.
	in, libs, err := o.load(files, to, arch)
	defer libs.close()
	if err != nil {
		return err
	}
	// Scripts and archives have named more files than the command line.
	if err := checkOutputs(o.outputs()); err != nil {
		return usage(err)
	}
	// Firmware that cannot read the flags is not told, so nothing may need them.
	in.ArchFlags, in.OwnFlags = flags, o.archFlags == "" && to.ArchFlags
	in.NoExtensions = o.archFlags == "" && !to.ArchFlags
	res, err := link.Link(in)
	if err := o.tell(res, stdout, rep, err); err != nil {
		return err
	}
	note := ""
	if extra := res.File.ArchFlags &^ flags; extra != 0 {
		note = "note: the objects are compiled for " + arch.FlagNames(extra) + ", and the module is marked so; --arch-flags 0 leaves that out\n"
	}
	if floats := res.Map.Machine.ABI.Floats; floats != arch.Floats {
		note += "note: it is for firmware that is built with -mfloat-abi=" + floats + "; the file does not say so, and other firmware imports it and has wrong floats\n"
	}
	for _, n := range res.Notes {
		note += "note: " + diag.Plain(n) + "\n"
	}
	if err := refused("the module", res.File.Header(), to.loader()); err != nil {
		return err
	}
	data, err := mpywriter.Write(res.File)
	if err != nil {
		return err
	}

	if err := o.checkFloats(data, to, rep); err != nil {
		return err
	}

	// The bytes are checked before anybody can see them: a module that does
	// not load never gets its name.
	if !o.noVerify {
		if err := simload.Verify(data, res.Map); err != nil {
			return bug("the linked module fails mpyld's own check", err)
		}
	}
	var side sideOutputs
	side.add(o.reports.mapFile, func() string { return listing(max(o.verbose, 1), in.QStrs, res) })
	if names := o.inputs(files, libs); o.reports.depFile != "" {
		if err := checkMake(append(names, o.output)); err != nil {
			return err
		}
		side.add(o.reports.depFile, func() string { return dependencies(o.output, names) })
	}
	side.add(o.symbols.whyExtract, func() string { return extractions(res.Extracted) })
	if err := side.write(stdout, o.output, data); err != nil {
		return err
	}
	if isStandardOutput(o.output) {
		stdout = rep // there is a module now, and text would make it another
	}
	if _, err = io.WriteString(stdout, listing(o.verbose, in.QStrs, res)+note); err != nil {
		return unprinted(err).Note("the link is done: %s is complete", o.output)
	}
	return nil
}

// checkFloats refuses a module that the device it is for imports, but gives
// wrong floats. Where --float-abi says how it passes them, the objects were
// checked for that.
func (o *linkOptions) checkFloats(data []byte, to goal, rep *reporter) error {
	if to.floats != "" || to.device == nil {
		return nil
	}
	f, err := mpytree.Parse(data)
	if err != nil {
		return err
	}
	wrong, doubt := to.wrongFloats("the module", f)
	switch {
	case wrong != nil && !o.allowABIMismatch:
		return wrong.Note("--allow-abi-mismatch links it all the same")
	case wrong != nil:
		rep.warn(diag.List{wrong})
	case doubt != nil:
		rep.warn(diag.List{doubt})
	}
	return nil
}

// tell prints what there is to say about a link, whether it failed or not, and
// returns its error, or one that --fatal-warnings makes of its warnings.
func (o *linkOptions) tell(res *link.Result, stdout io.Writer, rep *reporter, err error) error {
	for _, line := range res.Trace {
		if _, err := io.WriteString(stdout, diag.Plain(line)+"\n"); err != nil {
			return err
		}
	}
	if o.reports.fatalWarnings && len(res.Warnings) > 0 {
		errs := slices.Clone(res.Warnings)
		for _, w := range errs {
			w.Note("--fatal-warnings makes an error of this warning")
		}
		errs.Join(err)
		return errs
	}
	rep.warn(res.Warnings)
	return err
}

// inputs names all files that went into the module, each once, as the command
// line does.
func (o *linkOptions) inputs(files []string, libs *library) []string {
	all := slices.Concat(files, []string{o.qstrs, o.funTable})
	for _, f := range libs.files {
		all = append(all, f.Name())
	}
	all = slices.Concat(all, o.symbols.externs, o.symbols.firmware)
	seen := map[string]bool{"": true}
	return slices.DeleteFunc(all, func(name string) bool {
		again := seen[name]
		seen[name] = true
		return again
	})
}

// outputs names all files that a link writes, the module last.
func (o *linkOptions) outputs() []string {
	return append(o.reports.outputs(), o.symbols.whyExtract, o.output)
}

// checkLink checks the options of a link and fills in the default of --output.
func (o *linkOptions) checkLink(files []string, rep *reporter) (goal, *mpyfile.Arch, uint64, error) {
	var errs diag.List
	to, arch, flags, err := o.checkArch()
	errs.Join(err)
	if err == nil {
		errs.Join(to.checkFloats(arch))
	}
	if o.output == "" {
		var err error
		o.output, err = defaultOutput(files)
		errs.Join(err)
	}
	errs.Join(o.reports.check(rep))
	opened.expect(slices.Concat(files, o.libs, []string{o.qstrs, o.funTable}, o.symbols.externs, o.symbols.firmware)...)
	errs.Join(checkOutputs(o.outputs()))
	return to, arch, flags, errs.Err()
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
	if _, err := readObject(input); err != nil {
		return "", err
	}
	return "", diag.New("", "no name for the output: %s does not end in .o", input).Note(give)
}

// checkArch returns whom the module is for, the architecture that --arch names
// and the extensions that --arch-flags names.
func (o *linkOptions) checkArch() (to goal, arch *mpyfile.Arch, flags uint64, err error) {
	if to, err = o.find(); err != nil {
		return to, nil, 0, err
	}
	if arch, err = to.arch(o.arch); err != nil || o.archFlags == "" {
		return to, arch, 0, err
	}
	if flags, err = arch.ParseFlags(o.archFlags); err != nil {
		e := diag.New("", "--arch-flags: %v", err)
		if len(arch.Flags) == 0 {
			e = diag.New("", "--arch-flags %s: %s has no extensions; only rv32imc has", o.archFlags, arch.Name)
		}
		return to, nil, 0, e
	}
	if flags != 0 && !to.ArchFlags {
		return to, nil, 0, diag.New("", "--arch-flags %s: %s cannot read them", o.archFlags, to).
			Note("leave it out: nothing checks there what the device has")
	}
	return to, arch, flags, nil
}

// load reads the objects, the config header and what says addresses, and opens
// the archives. Those stay open, for the link to take members out of.
func (o *linkOptions) load(files []string, to goal, arch *mpyfile.Arch) (in link.Input, libs *library, err error) {
	var errs diag.List
	mach := relocs.For(arch.Name)
	in = link.Input{
		FloatABI: to.floats,
		ABI:      to.abi(arch), OldEntry: to.Entry, Arch: arch, SourceName: o.moduleName(),
		NoWritableText: o.noWritableText, AllowABIMismatch: o.allowABIMismatch,
		KeepUnwind: o.keepUnwind, GCSections: o.gcSections, Support: supportlib.Open,
	}
	if o.funTable != "" {
		own, err := readFunTable(o.funTable, in.ABI)
		errs.Join(err)
		if err == nil {
			in.ABI = own
		}
	}
	in.Objects, err = loadObjects(files, mach)
	errs.Join(err)
	libs = &library{mach: mach, dirs: o.symbols.libDirs}
	for _, name := range o.libs {
		libs.add(name)
	}
	errs = append(errs, libs.errs...)
	in.Archives = libs.archives
	qstrs, err := o.readQStrs(to.Layout(arch))
	errs.Join(err)
	in.QStrs, in.QStrObjs, in.Config, in.Layout = qstrs.Values, qstrs.Objects, o.qstrs, to.Layout(arch)
	errs.Join(o.symbols.readFixed(&in, mach))
	errs.Join(o.symbols.apply(&in))
	return in, libs, errs.Err()
}

func (o *linkOptions) readQStrs(layout *qstrlink.Layout) (qstrlink.QStrs, error) {
	if o.qstrs == "" {
		return qstrlink.QStrs{}, nil
	}
	data, err := readText(o.qstrs)
	if err != nil {
		return qstrlink.QStrs{}, err
	}
	return layout.Read(o.qstrs, data)
}

// moduleName is entry 0 of the qstr table: the file name in tracebacks.
func (o *linkOptions) moduleName() string {
	if o.sourceName != "" {
		return o.sourceName
	}
	return filepath.Base(o.output)
}
