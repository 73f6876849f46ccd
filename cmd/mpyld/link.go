package main

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/link"
	"mpyld/mpyfile"
	"mpyld/mpywriter"
	"mpyld/qstrlink"
	"mpyld/relocs"
	"mpyld/simload"
)

// link is the action without a verb: objects in, module out.
func (o *linkOptions) link(files []string, stdout io.Writer) error {
	arch, err := o.checkLink(files)
	if err != nil {
		return usage(err)
	}

	// Read everything there is to read, so that all bad files show at once.
	in, done, err := o.load(files, arch)
	defer done()
	if err != nil {
		return err
	}
	res, err := link.Link(in)
	if err != nil {
		return err
	}
	data, err := mpywriter.Write(res.File)
	if err != nil {
		return err
	}

	// The bytes are checked before anybody can see them: a module that does
	// not load never gets its name.
	if !o.noVerify {
		if err := simload.Verify(data, res.Map); err != nil {
			return bug("the linked module fails mpyld's own check", err)
		}
	}
	if err := writeOutput(o.output, data); err != nil {
		return err
	}
	_, err = io.WriteString(stdout, listing(o.verbose, in.QStrs, res))
	return err
}

// checkLink checks the options of a link and fills in the default of --output.
func (o *linkOptions) checkLink(files []string) (*mpyfile.Arch, error) {
	var errs diag.List
	arch, err := o.checkArch()
	errs.Join(err)
	for _, row := range o.later() {
		if row.given {
			errs.Add("", "%s: this version of mpyld %s; a later one will", row.option, row.lacks).Note(untilThen)
		}
	}
	if o.output == "" {
		var err error
		o.output, err = defaultOutput(files[0])
		errs.Join(err)
	}
	errs.Join(checkOverwrite(o.output, slices.Concat(files, o.libs, []string{o.qstrs})))
	return arch, errs.Err()
}

// defaultOutput is the name of the output when there is no --output.
func defaultOutput(input string) (string, error) {
	if base, ok := strings.CutSuffix(input, ".o"); ok {
		return base + ".mpy", nil
	}
	// Something else than an object is the likelier mistake.
	if _, err := readObject(input); err != nil {
		return "", err
	}
	return "", diag.New("", "no name for the output: %s does not end in .o", input).Note("give it with -o FILE.mpy")
}

// later lists the options of mpy_ld.py that have nothing behind them yet. A
// module linked without regard to them would be wrong, so they are refused.
func (o *linkOptions) later() []laterRow {
	return []laterRow{
		{"--externs", o.externs != "", "does not read linker scripts"},
		{"--arch-flags", o.hasArchFlags() && o.arch == flaggedArch, "does not mark modules with extensions"},
	}
}

type laterRow struct {
	option string
	given  bool
	lacks  string
}

const untilThen = "until then link with MicroPython's tools/mpy_ld.py"

// laterArchs are the architectures of mpy_ld.py that are not in mpyfile.Archs yet.
var laterArchs = []string{"x86", "xtensa", "xtensawin", "rv32imc", "rv64imc"}

// flaggedArch is the one architecture with extensions that a module may need.
const flaggedArch = "rv32imc"

// hasArchFlags: 0 means no extensions, in every spelling of a number that
// mpy_ld.py reads.
func (o *linkOptions) hasArchFlags() bool {
	n, err := strconv.ParseUint(o.archFlags, 0, 64)
	return o.archFlags != "" && (err != nil || n != 0)
}

// checkArch returns the architecture that --arch names, and checks that it can
// have the extensions that --arch-flags names.
func (o *linkOptions) checkArch() (*mpyfile.Arch, error) {
	arch := mpyfile.ArchByName(o.arch)
	known := archNames()
	switch {
	case arch == nil && slices.Contains(laterArchs, o.arch):
		return nil, diag.New("", "--arch %s: this version of mpyld links only for %s; a later one will", o.arch, strings.Join(known, ", ")).
			Note(untilThen)
	case arch == nil:
		err := diag.New("", "--arch %s: there is no such architecture", o.arch)
		if like := closest(o.arch, known); like != "" {
			err.Note("did you mean %s?", like)
		}
		return nil, err.Note("mpyld links for %s", strings.Join(known, ", "))
	}
	if o.hasArchFlags() && o.arch != flaggedArch {
		return nil, diag.New("", "--arch-flags %s: %s has no extensions; only %s has", o.archFlags, o.arch, flaggedArch)
	}
	return arch, nil
}

// load reads the objects and the config header, and opens the archives. Those
// stay open, for the link to take members out of, until done is called.
func (o *linkOptions) load(files []string, arch *mpyfile.Arch) (in link.Input, done func(), err error) {
	var errs diag.List
	mach := relocs.For(arch.Name)
	in = link.Input{ABI: mpyfile.Latest, Arch: arch, SourceName: o.moduleName()}
	for _, name := range files {
		obj, err := loadObject(name, mach)
		errs.Join(err)
		in.Objects = append(in.Objects, obj)
	}
	var opened []*os.File
	for _, name := range o.libs {
		f, a, err := openArchive(name, mach)
		errs.Join(err)
		opened, in.Archives = append(opened, f), append(in.Archives, a)
	}
	in.QStrs, err = o.readQStrs()
	errs.Join(err)
	return in, func() {
		for _, f := range opened {
			f.Close()
		}
	}, errs.Err()
}

func loadObject(name string, mach *relocs.Machine) (*elfload.Object, error) {
	data, err := readObject(name)
	if err != nil {
		return nil, err
	}
	return elfload.Load(name, data, mach)
}

func (o *linkOptions) readQStrs() ([]string, error) {
	if o.qstrs == "" {
		return nil, nil
	}
	data, err := readFile(o.qstrs)
	if err != nil {
		return nil, err
	}
	return qstrlink.ReadConfig(o.qstrs, data)
}

// moduleName is entry 0 of the qstr table: the file name in tracebacks.
func (o *linkOptions) moduleName() string {
	if o.sourceName != "" {
		return o.sourceName
	}
	return filepath.Base(o.output)
}
