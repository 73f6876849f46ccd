// Package link decides what goes where and fills it in: it turns relocatable
// objects into the text, rodata, bss and load-time relocations of a native
// module.
//
// It stands apart because it is the only place that knows both ELF sections
// and the regions of a module. It must never know a machine's instruction
// encodings (relocs has them), the bytes of the .mpy container (mpywriter) or
// files and flags (cmd/mpyld).
package link

import (
	"slices"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/ldscript"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/qstrlink"
	"mpyld/relocs"
)

// Input is everything a link depends on: the same Input always gives the same
// Result.
type Input struct {
	Objects  []*elfload.Object  // in command-line order
	Archives []*elfload.Archive // searched in this order for what the objects leave undefined

	// Support opens the linker's own library, which is searched last. It is
	// called at most once; nil: there is none.
	Support func(*relocs.Machine) (*elfload.Archive, error)

	ABI       *mpyfile.ABI
	Arch      *relocs.Machine
	ArchFlags uint64 // extensions of the architecture that the module needs
	OwnFlags  bool   // it needs those too that objects say they were compiled for

	// NoExtensions refuses objects that are compiled for extensions: firmware
	// that cannot read the flags would run them on devices without.
	NoExtensions bool

	QStrs      []string         // the module's qstrs, as in its config header
	QStrObjs   []string         // those it wants as objects, of ABIs that have tables for that
	Config     string           // the config header's file; "": there is none
	Layout     *qstrlink.Layout // of config headers for the module; only with Config
	SourceName string           // entry 0 of the qstr table

	EntryStyle relocs.EntryStyle // how the text is to start

	// NoWritableText refuses variables in text, for firmware that copies code
	// to memory it cannot write.
	NoWritableText bool

	Externs  map[string]linkmap.Extern // by symbol; asked before the archives
	Firmware []linkmap.Firmware        // where some of them are from; only for the Map

	// Scripts give symbols values, one after the other; --defsym is the last. They
	// go before Externs.
	Scripts []*ldscript.Script

	Wrap          []string        // symbols whose references mean __wrap_SYM
	Undefined     []string        // symbols wanted from the archives although no object asks
	Trace         map[string]bool // symbols to tell everything about
	AllowMultiple bool            // of strong definitions of one name, the first counts

	// FloatABI is that of the firmware, where it is not the architecture's
	// (relocs.Machine.WithFloats); "": it is.
	FloatABI string

	// AllowABIMismatch makes warnings of the errors about objects that are
	// compiled for something else.
	AllowABIMismatch bool

	// GCSections leaves out the sections of objects that cannot be reached. Those
	// of archive members are left out anyway.
	GCSections bool

	// Symbols has the Map list all symbols, not only what relocations refer to.
	Symbols bool

	// KeepUnwind keeps the tables for stack unwinders, which nothing in the
	// firmware reads.
	KeepUnwind bool
}

// Result is a linked module and how it came about.
type Result struct {
	File     *mpyfile.File // nil after an error
	Map      *linkmap.Map  // nil after an error
	Warnings diag.List     // in the order of the objects

	Extracted []Extraction // archive members, in the order they came in
	Trace     []string     // lines about the symbols of Input.Trace

	Notes []string // what the user should know of a link that worked, a line each
}

// Link links the objects. The error is a diag.List with everything that is
// wrong with them. Warnings, Extracted and Trace are there in either case.
func Link(in Input) (*Result, error) {
	machine := in.Arch.WithFloats(in.FloatABI)
	var errs diag.List

	// Decide which archive members and sections are in, and which definition
	// each global name means. After this pass no object is added.
	prog := resolve(in, machine, &errs)
	res := &Result{Warnings: prog.warnings, Notes: prog.notes, Extracted: prog.extracted, Trace: prog.trace()}

	// Find what each relocation refers to: a section, the firmware, a number. After
	// this pass names do not matter.
	bound := bind(prog, &errs)

	// Choose the region of each section: variables that code reaches relative to
	// itself go into text. After this pass no section changes its region.
	places := assign(prog, bound)

	// Check that each formula can work at all, and collect the words that the
	// firmware must relocate and the veneers. After this pass there is nothing new
	// to refer to.
	needs := collect(prog, bound, places, &errs)

	// Find other instructions for those that hold addresses, and which of them
	// belong together. After this pass a relocation may only change to using a thunk.
	plan := rewrite(prog, bound, needs, &errs)
	if err := errs.Err(); err != nil {
		return res, err
	}

	// Give everything its address. After this pass no address moves.
	lay := place(prog, bound, places, needs, plan, &errs)
	res.Warnings = append(slices.Clip(res.Warnings), lay.alignmentWarnings()...)
	res.Notes = append(slices.Clip(res.Notes), zerosInText(lay.Sections, &machine.Advice)...)
	if err := errs.Err(); err != nil {
		return res, err
	}

	// Compute and write every value; range errors show up here.
	file := fill(in, lay, &errs)
	if err := errs.Err(); err != nil {
		return res, err
	}
	file.ArchFlags = prog.archFlags()
	m := &lay.Map
	m.Firmware, m.Unused, m.Overrides, m.Externs = in.Firmware, prog.unused, prog.overrides, prog.in.Externs
	if in.Symbols {
		m.Symbols = prog.definitions()
	}
	res.File, res.Map = file, m
	return res, nil
}
