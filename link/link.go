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
	"mpyld/link/internal/assign"
	"mpyld/link/internal/bind"
	"mpyld/link/internal/demand"
	"mpyld/link/internal/emit"
	"mpyld/link/internal/layout"
	"mpyld/link/internal/resolve"
	"mpyld/link/internal/rewrite"
	"mpyld/linkmap"
	"mpyld/mpyfile"
)

// Result is a linked module and how it came about.
type Result struct {
	File     *mpyfile.File // nil after an error
	Map      *linkmap.Map  // nil after an error
	Warnings diag.List     // in the order of the objects

	Extracted []linkmap.Extraction // archive members, in the order they came in
	Trace     []string             // lines about the symbols of Input.Trace

	// Shrunk has the objects of which code is other, or shorter, with what they are now.
	Shrunk map[*elfload.Object]*elfload.Object

	// Direct has the objects whose code loads addresses directly now, with what they are now.
	Direct map[*elfload.Object]*elfload.Object

	Objects []*elfload.Object // in link order, also after an error
	Sources *linkmap.Sources  // of those who ask for it; else nil

	Notes []string // what the user should know of a link that worked, a line each
}

// Link links the objects. The error is a diag.List with everything that is
// wrong with them. Warnings, Extracted and Trace are there in either case.
func Link(in resolve.Input) (*Result, error) {
	machine := in.Arch.WithFloats(in.FloatABI)
	var errs diag.List

	// Decide which archive members and sections are in, and which definition
	// each global name means. After this pass no object is added.
	prog := resolve.Symbols(in, machine, &errs)
	res := &Result{Warnings: prog.Warnings, Notes: prog.Notes, Extracted: prog.Extracted, Trace: prog.Trace(), Objects: prog.Objects}

	// Bind, and give everything its address. After it no address moves.
	lay := arrange(prog, &errs)
	if lay == nil {
		return res, errs.Err()
	}
	var held heldBy
	if errs.Err() == nil {
		// Have code load addresses directly that goes a long way for them, which starts again from binding.
		prog, lay, res.Direct, held = loadDirectly(prog, lay)
		// Compute what is at a fixed distance, leave out what code does not need, and shorten instructions now that
		// distances are known. Each starts again from binding.
		var computed, shorter, short replaced
		prog, lay, computed = compute(prog, lay)
		prog, lay, short = narrowed(prog, lay)
		prog, lay, shorter = shorten(prog, lay)
		res.Shrunk = computed.then(short).then(shorter)
		res.Objects = prog.Objects
	}
	res.Warnings = append(slices.Clip(res.Warnings), lay.AlignmentWarnings()...)
	res.Notes = append(slices.Clip(res.Notes), layout.ZerosInText(&lay.Map, &machine.Advice)...)
	if err := errs.Err(); err != nil {
		return res, err
	}

	// Compute and write every value; range errors show up here.
	file, saved := emit.File(prog, lay, &errs)
	if err := errs.Err(); err != nil {
		return res, err
	}
	m := &lay.Map
	m.Saved = append(m.Saved, saved...)
	m.Firmware, m.Unused, m.Overrides, m.Externs, m.Members = in.Firmware, prog.Unused, prog.Overrides, prog.In.Externs, prog.Extracted
	if in.Symbols {
		m.Symbols = prog.Definitions()
	}
	if in.Reasons {
		m.Reasons = prog.Reasons()
	}
	if in.Sources {
		res.Sources = prog.Sources()
		res.Sources.Held = held
	}
	res.File, res.Map = file, m
	return res, nil
}

// arrange gives everything in a program its address. It returns nil after an error that leaves
// nothing to place.
func arrange(prog *resolve.Program, errs *diag.List) *layout.Layout {
	// Find what each relocation refers to: a section, the firmware, a number. After
	// this pass names do not matter.
	bound := bind.Relocs(prog, errs)

	// Choose the region of each section: variables that code reaches relative to
	// itself go into text. After this pass no section changes its region.
	places := assign.Regions(prog, bound)

	// Check that each formula can work at all, and collect the words that the
	// firmware must relocate and the veneers. After this pass there is nothing new
	// to refer to.
	needs := demand.Collect(prog, bound, places, errs)

	// Find other instructions for those that hold addresses, and which of them
	// belong together. After this pass a relocation may only change to using a thunk.
	plan := rewrite.Insns(prog, bound, needs, errs)
	if errs.Err() != nil {
		return nil
	}

	// Give everything its address. After this pass no address moves.
	return layout.Place(prog, bound, places, needs, plan, errs)
}

// Input is everything a link depends on.
type Input = resolve.Input
