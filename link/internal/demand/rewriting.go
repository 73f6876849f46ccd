package demand

import (
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// The firmware relocates whole words and no parts of instructions, so an instruction
// that holds an address must become another one of the same length (relocs.Rewrite).
// Whether it must depends on what it refers to: an address moves, a number does not. And
// an instruction with a distance must, if what it refers to moves on its own.
//
//	lui   a0, %hi(x)            x is in a section: rewritten    x is 0x40001000: left as it is
//	auipc a0, %pcrel_hi(x)      x is in RAM or the firmware's: its address is loaded

// Rewritten reports whether the relocation is against an address that its
// field cannot hold but another instruction can make.
func (s *Needs) Rewritten(b *linkmap.Reloc) bool {
	h := b.Howto
	return len(h.Rewrites) > 0 && h.Formula != relocs.PCRel && (h.Formula == relocs.Nothing || s.moves(b))
}

// Loaded reports whether the relocation is of code with a distance to what is at
// no fixed one, a number among them, and can be rewritten to load the address.
func (s *Needs) Loaded(section int32, b *linkmap.Reloc) bool {
	if b.Howto.Formula != relocs.PCRel || len(b.Howto.Rewrites) == 0 || s.prog.Sections[section].Class != linkmap.Code {
		return false
	}
	if s.places.InText[b.S] && s.places.Region[section] == mpyfile.Text {
		return false
	}
	switch s.bound.Targets[b.S].Kind {
	case linkmap.Null:
		return true
	case linkmap.Absolute, linkmap.Supplied: // nor are functions of the firmware, of which code wants the address
		return !b.Howto.Calls(b.Howto.Field)
	}
	return s.Apart(section, b)
}

// useRewrite checks that the instruction with b can be rewritten, as far as that
// shows without following registers, and notes that it must be.
func (s *demander) useRewrite(section int, b *linkmap.Reloc) bool {
	p := &s.prog.Sections[section]
	switch to := b.Howto.Rewrites[0]; {
	case s.prog.Sections[section].Class != linkmap.Code:
		s.fail(p, b, "a relocation of an instruction, but in a section without code").Note("the object is corrupt")
		return false
	case to.Replacement != nil && !to.Replacement.Matches(p.Data[b.Off:]):
		s.fail(p, b, "does not fit the bytes there").Note("the object is corrupt, or its assembly source uses the relocation on another instruction")
		return false
	case to.Part == relocs.Upper || to.Part == relocs.Lower:
		ref := &s.bound.Targets[b.S]
		if ref.Kind == linkmap.Supplied && ref.Code {
			s.want[KeyOf(ref)] = b.S // what code does with the address is to call it
		}
	}
	s.pend(section)
	return true
}

// pend notes that a section has relocations to rewrite.
func (s *demander) pend(section int) {
	if n := len(s.Pending); n == 0 || s.Pending[n-1] != int32(section) {
		s.Pending = append(s.Pending, int32(section))
	}
}

// Apart reports whether what b refers to is at no fixed distance from the code
// it is in. (Functions of the firmware are not: they have a veneer.)
func (s *Needs) Apart(section int32, b *linkmap.Reloc) bool {
	ref := &s.bound.Targets[b.S]
	return ref.Kind == linkmap.Supplied && !ref.Code || ref.Kind == linkmap.InSection && s.places.Region[ref.Section] != s.places.Region[section]
}
