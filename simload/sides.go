package simload

import (
	"slices"

	"mpyld/relocs"
)

// Instructions side by side may be the two sides of a condition: those of one do not
// run when those of the other do, so they do not change each other's registers.
//
//	itete gt
//	ldrgt r3, ...     the load for the second nop below: the line between is of the other side
//	ldrle r3, ...
//	nop, nop

// findSides finds the sides in the sections of text that marks are in.
func (f *flow) findSides(m *relocs.Machine) {
	f.sides = map[uint32][]uint32{}
	if m.Conditionals == nil {
		return
	}
	done := map[uint64]bool{}
	for _, q := range f.order {
		p := f.owner(q)
		if p == nil || done[p.Addr] {
			continue
		}
		done[p.Addr] = true
		for at := uint32(p.Addr); uint64(at) < p.Addr+p.Size; {
			if f.noCode(at) {
				at += uint32(m.Unit)
				continue
			}
			var before [2][]uint32 // of both
			for _, c := range m.Conditionals(f.im.Text[at:]) {
				side := &before[0]
				if c.Else {
					side = &before[1]
				}
				f.sides[at+c.Off] = slices.Clone(*side)
				*side = slices.Insert(*side, 0, at+c.Off)
			}
			at += uint32(f.stepAt(at).Size)
		}
	}
}

// onSide returns the last instruction in front of one, on its side of a condition, that
// has to do with some registers.
func (f *flow) onSide(m *relocs.Machine, at uint32, regs relocs.Registers) (uint32, bool) {
	for _, q := range f.sides[at] {
		if step := f.stepAt(q); m.Uses(&step)&regs != 0 {
			return q, true
		}
	}
	return 0, false
}
