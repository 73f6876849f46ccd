package simload

import (
	"slices"

	"mpyld/edit"
	"mpyld/linkmap"
	"mpyld/relocs"
)

// A call that became shorter must do what it did: the instructions that were there and the one
// that is there now are decoded, and go on in the same way with the same register for the way back. That it
// leads to S + A says the relocation that it must have now, which is replayed like all others. That
// nothing counts on the old length, or jumps into the middle, the objects say: see package audit.
//
//	auipc ra, 0; jalr ra, 0(ra)    calls, ra has the way back    jal ra, 0: the same
//	                                                             j 0: does not come back

// shorter reports whether an edit is of instructions that are said in fewer bytes, as a row
// allows.
func (v *verifier) shorter(p *linkmap.Section, l *edit.List, e *edit.Edit) bool {
	mach := v.m.Machine
	if e.For == nil || e.To == nil || mach.Howto(e.For.Type) != e.For || mach.Howto(e.To.Type) != e.To || !p.Instructions {
		return false
	}
	was := l.From[e.Off : e.Off+e.Del]
	allowed := slices.ContainsFunc(e.For.Shorter, func(s *relocs.Shorter) bool {
		return s.To == e.To.Type && s.Size == len(was) && s.Len == len(e.Ins) && s.Matches(was)
	})
	return allowed && e.To.Formula == e.For.Formula && e.To.At(e.Ins) != nil && v.alike(was, e.Ins) && has(p.Relocs, uint32(l.Out(uint64(e.Off))), e.To)
}

// alike reports whether an instruction goes on as several do together.
func (v *verifier) alike(was, is []byte) bool {
	step := v.m.Machine.Decode
	before, after := step(was), step(is)
	if before.Size != len(was) || after.Size != len(is) || before.Flow != after.Flow || before.Flow == relocs.FlowNext || after.Reads != 0 {
		return false
	}
	// What the last of them writes is the way back; what those in front of it do is for it alone.
	unit := v.m.Machine.Unit
	for n := unit; n < len(was); n += unit {
		if first := step(was[:n]); first.Size == n && first.Flow == relocs.FlowNext {
			last := step(was[n:])
			return last.Size == len(was)-n && last.Reads == first.Writes && last.Writes == after.Writes
		}
	}
	return false
}

// has reports whether there is a relocation of a row at an offset.
func has(list []linkmap.Reloc, off uint32, h *relocs.Howto) bool {
	return slices.ContainsFunc(list, func(b linkmap.Reloc) bool { return b.Off == off && b.Howto == h })
}
