package rewrite

import (
	"slices"

	"mpyld/relocs"
)

// Instructions side by side may be the sides of a condition. The halves of an address
// of one side then have those of another address between them, in the same register:
//
//	itete gt
//	movwgt r3, #:lower16:x
//	movwle r3, #:lower16:y     does not run if the line above does
//	movtgt r3, #:upper16:x
//	movtle r3, #:upper16:y
//
// To follow a register from one to the next would be to find its half used.

// block is the instructions that one in front of them makes conditional, in order.
type block []relocs.Conditional

// blocksOf returns the blocks of a section by the offsets of their instructions.
func (w *rewriter) blocksOf(section int32) map[uint32]block {
	if blocks, ok := w.blocks[section]; ok {
		return blocks
	}
	blocks := map[uint32]block{}
	w.blocks[section] = blocks
	if w.prog.Machine.Conditionals == nil {
		return blocks
	}
	for here := (insnAt{section: section}); int(here.off) < len(w.prog.Sections[section].Data); {
		code := w.insn(here)
		if len(code) == 0 { // data
			here.off += uint32(w.prog.Machine.Unit)
			continue
		}
		list := w.prog.Machine.Conditionals(code)
		step := w.step(here)
		for k, next := int8(0), here.off+uint32(step.Size); k < step.Guards; k++ {
			blocks[next] = list // also behind what may set flags, whose condition is not known
			guarded := w.step(insnAt{section, next})
			next += uint32(guarded.Size)
		}
		for i := range list {
			list[i].Off += here.off
			blocks[list[i].Off] = list
		}
		here.off += uint32(step.Size)
	}
	return blocks
}

// completesOnSide finds the other half of an address on the side of a condition that
// its first half is on, and notes what is in between as half loaded. It reports
// whether there is one before anything else on that side has to do with the register.
func (w *rewriter) completesOnSide(at int32, half halfLoaded) bool {
	start := w.insnOf(at)
	b := w.blocksOf(start.section)[start.off]
	i := slices.IndexFunc(b, func(c relocs.Conditional) bool { return c.Off == start.off })
	if i < 0 {
		return false
	}
	for k, c := range b[i+1:] {
		here := insnAt{start.section, c.Off}
		step := w.step(here)
		switch other := w.recordAt(here, relocs.Erased); {
		case c.Else != b[i].Else:
		case other >= 0 && step.Writes == half.reg && w.key(w.reloc(other)) == half.TargetKey && w.reloc(other).A == half.a:
			for _, c := range b[i+1 : i+2+k] {
				w.halfLoaded.add(insnAt{start.section, c.Off}, half)
			}
			w.complete[other] = true
			return true
		case w.prog.Machine.Uses(&step)&half.reg != 0:
			return false
		}
	}
	return false
}
