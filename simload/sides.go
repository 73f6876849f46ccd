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

// conditional is an instruction that runs under a condition.
type conditional struct {
	condition
	side []uint32 // the instructions in front of it on its side, the last one first
}

// condition is one that an instruction runs under: its number, and what is known of it.
type condition struct {
	when  uint8
	named bool // it is that one
	some  bool // it is some condition
	keeps bool // the instruction sets no flags, under a condition
}

// conditionalAt returns what is known of an instruction's condition.
func (f *flow) conditionalAt(at uint32) conditional {
	p := f.owner(at)
	if p == nil || f.machine.Conditionals == nil {
		return conditional{}
	}
	list, ok := f.conds[p]
	if !ok {
		list = map[uint32]conditional{}
		f.conds[p] = list
		for q := uint32(p.Addr); uint64(q) < p.Addr+p.Size; {
			if f.noCode(q) {
				q += uint32(f.machine.Unit)
				continue
			}
			step := f.stepAt(q)
			f.addConditionals(list, q, &step)
			q += uint32(step.Size)
		}
	}
	return list[at]
}

// addConditionals adds the instructions that the one at an address makes conditional.
func (f *flow) addConditionals(list map[uint32]conditional, at uint32, step *relocs.Insn) {
	for k, next := int8(0), at+uint32(step.Size); k < step.Guards && !f.noCode(next); k++ {
		list[next] = conditional{condition: condition{some: true}}
		guarded := f.stepAt(next)
		next += uint32(guarded.Size)
	}
	var before [2][]uint32 // of both sides
	for _, c := range f.machine.Conditionals(f.im.Text[at:]) {
		side := &before[0]
		if c.Else {
			side = &before[1]
		}
		list[at+c.Off] = conditional{condition{c.When, true, true, !c.SetsFlags}, slices.Clone(*side)}
		*side = slices.Insert(*side, 0, at+c.Off)
	}
}

// runsUnder returns under which condition the instruction at an address runs.
func (f *flow) runsUnder(at uint32) condition { return f.conditionalAt(at).condition }

// onSide returns the last instruction in front of one, on its side of a condition, that
// has to do with some registers.
func (f *flow) onSide(at uint32, regs relocs.Registers) (uint32, bool) {
	for _, q := range f.conditionalAt(at).side {
		if step := f.stepAt(q); f.machine.Uses(&step)&regs != 0 {
			return q, true
		}
	}
	return 0, false
}
