package simload

import (
	"mpyld/edit"
	"mpyld/linkmap"
	"mpyld/relocs"
)

// An instruction that computes an address in the place of one that loaded it must be one for the
// other: the two are decoded, the old one loads and the new one adds, and they have the same registers. The loads of which nothing else is known must be
// the last that becomes of the address, which the objects say: see package audit. That what is computed
// is S + A says the relocation that it must have now, which is replayed like all others.
//
//	mov 0(%rip), %rax    reads no register, sets rax    lea 0(%rip), %rax: the same

// computed reports whether an edit is of an instruction that computes what it loaded, as a row
// allows.
func (v *verifier) computed(p *linkmap.Section, l *edit.List, e *edit.Edit) bool {
	mach := v.m.Machine
	if e.For == nil || e.To == nil || e.For.Near == nil || mach.Howto(e.For.Type) != e.For || mach.Howto(e.For.Near.To) != e.To || !p.Instructions || mach.Decode == nil {
		return false
	}
	n := e.For.Near
	if int(e.Del) != n.Size || len(e.Ins) != n.Size || !n.Matches(l.From, e.Off+uint32(n.Before)) {
		return false
	}
	at := l.Out(uint64(e.Off))
	was, is := mach.Decode(l.From[e.Off:]), mach.Decode(p.Data[at:])
	if becomes := is.Op == relocs.Address || is.Op == relocs.AddImm; !becomes || !n.Pair && was.Op != relocs.Load && was.Op != relocs.LoadPC && was.Op != relocs.Constant {
		return false
	}
	return was.Size == is.Size && was.Size >= n.Size && was.Flow == is.Flow && was.Writes == is.Writes && was.Reads == is.Reads &&
		has(p.Relocs, uint32(at)+uint32(n.Before), e.To)
}
