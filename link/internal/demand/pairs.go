package demand

import (
	"mpyld/linkmap"
	"mpyld/relocs"
)

// Some relocations mean something only together with another one. A difference of
// two addresses is an addition and a subtraction at one place, and is a constant if
// both move together. A low part belongs to the relocation that its symbol marks.
//
//	R_RISCV_ADD32 end, R_RISCV_SUB32 start    at one word: end - start
//	.L0: auipc a0, %pcrel_hi(x)               its low part names .L0, not x:
//	     addi  a0, a0, %pcrel_lo(.L0)

// pairs checks what the relocations of a section mean together. No two write
// the same bytes, but for differences: a place that gets an address must lose
// one of the same region at once, so that what stays is a constant. And a low
// part needs its upper part; sound says that none of the section's relocations
// is missing because of an error.
func (s *demander) pairs(section int, sound bool) {
	p, list := &s.prog.Sections[section], s.bound.Relocs[section]
	end := uint32(0) // of the bytes that relocations so far write
	for i := range list {
		if s.errs.Full() {
			return
		}
		if len(s.Unusable) > 0 && s.Unusable[linkmap.RelocID{Section: int32(section), K: int32(i)}] {
			continue
		}
		b := &list[i]
		if b.Off < end && !s.endsDifference(list, i) {
			s.errs.Add(p.At(uint64(b.Off)), "%s against %s writes bytes that another relocation writes too", b.Howto.Name, s.bound.Targets[b.S].Name).
				Note("the object is corrupt")
		}
		end = max(end, b.Off+sizeOf(b, p.Data))
		switch b.Howto.Formula {
		case relocs.Add, relocs.Set:
			if s.moves(b) && !s.endsDifference(list, i+1) {
				s.unpaired(p, b)
			}
		case relocs.Sub:
			if s.moves(b) && !s.endsDifference(list, i) {
				s.unpaired(p, b)
			}
		case relocs.LowOf:
			if b.A != 0 {
				s.errs.Add(p.At(uint64(b.Off)), "%s against %s has the addend %d, but the value is that of the upper part: give both the addend there", b.Howto.Name, s.bound.Targets[b.S].Name, b.A)
			}
			label := &s.bound.Targets[b.S]
			if sound && (label.Kind != linkmap.InSection || Upper(s.bound.Relocs[label.Section], label, i) < 0) {
				s.errs.Add(p.At(uint64(b.Off)), "%s against %s: no relocation there computes the upper part", b.Howto.Name, s.bound.Targets[b.S].Name)
			}
		}
	}
}

// sizeOf returns how many bytes a bound relocation is of.
func sizeOf(b *linkmap.Reloc, data []byte) uint32 {
	if b.Howto.Field != nil && b.Howto.Formula != relocs.Nothing {
		return uint32(b.Howto.Field.Size)
	}
	return uint32(b.Howto.Size(data[b.Off:]))
}

// moves reports whether S is an address, not a constant.
func (s *Needs) moves(b *linkmap.Reloc) bool {
	k := s.bound.Targets[b.S].Kind
	return k == linkmap.InSection || k == linkmap.Supplied
}

// endsDifference reports whether relocation i subtracts, at the same place,
// an address of the region that relocation i-1 added one of.
func (s *demander) endsDifference(list []linkmap.Reloc, i int) bool {
	if i == 0 || i >= len(list) {
		return false
	}
	a, b := &list[i-1], &list[i]
	ra, rb := &s.bound.Targets[a.S], &s.bound.Targets[b.S]
	return StartsDifference(list, i-1) &&
		ra.Kind == linkmap.InSection && rb.Kind == linkmap.InSection && s.prog.SameBlock(s.places.Region[ra.Section], s.places.Region[rb.Section])
}

// StartsDifference reports whether relocation i puts a value in a place that
// the next one subtracts from.
func StartsDifference(rs []linkmap.Reloc, i int) bool {
	if i+1 >= len(rs) {
		return false
	}
	a, b := &rs[i], &rs[i+1]
	return (a.Howto.Formula == relocs.Add || a.Howto.Formula == relocs.Set) && b.Howto.Formula == relocs.Sub && a.Off == b.Off
}

func (s *demander) unpaired(p *linkmap.Origin, b *linkmap.Reloc) {
	s.errs.Add(p.At(uint64(b.Off)), "%s against %s: not a difference of two addresses in one memory block, so not known before the module is loaded",
		b.Howto.Name, s.bound.Targets[b.S].Name)
}

// Upper returns the number of the relocation at a label that computes the value
// whose low part a LowOf relocation wants, or -1. list has the relocations of the
// label's section in the order of their places. The LowOf is the one numbered near in
// its own section.
func Upper(list []linkmap.Reloc, label *linkmap.Target, near int) int {
	for i := firstAt(list, label.Off, near); i < len(list) && uint64(list[i].Off) == label.Off; i++ {
		if h := list[i].Howto; h.Field != nil && h.Field.HighPart > 0 && h.Formula != relocs.Abs {
			return i
		}
	}
	return -1
}

// firstAt returns the number of the first relocation at off or behind it. It
// looks around number near first: in code the two parts of a value are close.
func firstAt(rs []linkmap.Reloc, off uint64, near int) int {
	lo, hi := 0, min(near, len(rs))
	for step := 1; hi > 0; step *= 2 {
		i := max(hi-step, 0)
		if uint64(rs[i].Off) < off {
			lo = i + 1
			break
		}
		hi = i
	}
	if hi < len(rs) && uint64(rs[hi].Off) < off { // behind near, or near is of another section
		lo, hi = hi+1, len(rs)
	}
	for lo < hi {
		if mid := int(uint(lo+hi) / 2); uint64(rs[mid].Off) < off {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}
