package rewrite

import (
	"slices"

	"mpyld/linkmap"
	"mpyld/relocs"
)

// Which instructions belong together shows only in the code: compilers put others
// between two halves of an address, share one half among several others, and keep it in
// registers or on the stack. So the register that the first half sets is followed
// through everything that may run after it, until it is set to something else.
//
//	    lui  a0, %hi(x)         a0 holds the upper part of x
//	    beqz a1, 1f             two ways from here
//	    mv   a2, a0             a2 does too
//	1:  addi a0, a0, %lo(x)     completes it; a2 is still followed

func (w *rewriter) insnWhere(here insnAt) string {
	return w.prog.Sections[here.section].At(uint64(here.off))
}

// follow follows the register that the instruction with a relocation sets
// through all code that may run after it. It calls visit with each instruction
// that runs while registers hold what they were given, and visit returns those
// that do afterwards, or false to give up. An instruction is visited again when
// more registers hold it.
//
// Functions that are called are taken to keep all registers: which they do not
// keep, compilers do not rely on.
func (w *rewriter) follow(from int32, visit func(here insnAt, step *relocs.Insn, holds relocs.Registers) (relocs.Registers, bool)) {
	start := w.insnOf(from)
	step := w.step(start)
	seen := map[insnAt]relocs.Registers{}
	type state struct {
		insnAt
		holds relocs.Registers
	}
	var work []state
	var slots relocs.Slots
	reach := func(at insnAt, holds relocs.Registers) {
		if holds&^seen[at] != 0 {
			seen[at] |= holds
			work = append(work, state{at, seen[at]})
		}
	}
	jumped := map[int32]relocs.Registers{} // by section: what registers hold the value where jumps through registers go
	goOn := func(here insnAt, step *relocs.Insn, holds relocs.Registers) {
		if step.Flow == relocs.FlowJump {
			if holds&^jumped[here.section] == 0 {
				return
			}
			jumped[here.section] |= holds
		}
		w.successors(here, step, func(at insnAt) { reach(at, holds) })
	}
	goOn(start, &step, step.Writes)
	for len(work) > 0 && w.steps <= w.maxSteps {
		w.steps++
		here := work[len(work)-1]
		work = work[:len(work)-1]
		step := w.step(here.insnAt)
		if !slots.Number(&step, step.Store && here.holds&step.Sources != 0) {
			w.steps = w.maxSteps + 1 // and say so
		}
		holds, ok := visit(here.insnAt, &step, here.holds)
		if !ok {
			return
		}
		if holds != 0 {
			goOn(here.insnAt, &step, holds)
		}
	}
}

// successors calls f with the instructions that may run after one. Data does
// not run, and no function runs on into the next: its last call does not come
// back.
func (w *rewriter) successors(here insnAt, step *relocs.Insn, f func(insnAt)) {
	goesTo := func(to insnAt) {
		if len(w.insn(to)) > 0 {
			f(to)
		}
	}
	switch step.Flow {
	case relocs.FlowNext, relocs.FlowCall, relocs.FlowBranch:
		if next := here.off + uint32(step.Size); !w.endsAt(here.section, next) {
			goesTo(insnAt{here.section, next})
		}
	}
	switch step.Flow {
	case relocs.FlowBranch, relocs.FlowGoto:
		if to, ok := w.target(here, step); ok {
			goesTo(to)
		}
	case relocs.FlowJump:
		for _, off := range w.addressTaken(here.section) {
			goesTo(insnAt{here.section, off})
		}
	}
}

// target returns where a branch goes, if that is in code of the module.
func (w *rewriter) target(here insnAt, step *relocs.Insn) (insnAt, bool) {
	p := &w.prog.Sections[here.section]
	if k := w.relocAt(here); k >= 0 && w.bound.Relocs[here.section][k].Howto.Branch {
		// S + A, and what the field holds 0 for.
		b := &w.bound.Relocs[here.section][k]
		field := b.Howto.At(p.Data[here.off:])
		insn := append([]byte(nil), p.Data[here.off:here.off+uint32(max(step.Size, field.Size))]...)
		field.Write(insn, 0)
		ref := &w.bound.Targets[b.S]
		if ref.Kind != linkmap.InSection || w.prog.Sections[ref.Section].Class != linkmap.Code {
			return insnAt{}, false
		}
		return within(&w.prog.Sections[ref.Section], int32(ref.Section), int64(ref.Off)+b.A+w.prog.Machine.Decode(insn).Target)
	}
	return within(p, here.section, int64(here.off)+step.Target)
}

func within(p *linkmap.Origin, section int32, off int64) (insnAt, bool) {
	if off < 0 || off >= int64(len(p.Data)) {
		return insnAt{}, false
	}
	return insnAt{section, uint32(off)}, true
}

// addressTaken returns the offsets in a section that data or code has the address
// of: where jumps through registers may go. It looks at the whole module once.
func (w *rewriter) addressTaken(section int32) []uint32 {
	if w.taken == nil {
		w.taken = map[int32][]uint32{}
		for i := range w.bound.Relocs {
			for k := range w.bound.Relocs[i] {
				b := &w.bound.Relocs[i][k]
				ref := &w.bound.Targets[b.S]
				if ref.Kind != linkmap.InSection || w.prog.Sections[ref.Section].Class != linkmap.Code || b.Howto.Branch {
					continue
				}
				if to, ok := within(&w.prog.Sections[ref.Section], int32(ref.Section), int64(ref.Off)+b.A); ok {
					w.taken[to.section] = append(w.taken[to.section], to.off)
				}
			}
		}
		for i, offs := range w.taken {
			slices.Sort(offs)
			w.taken[i] = slices.Compact(offs)
		}
	}
	return w.taken[section]
}
