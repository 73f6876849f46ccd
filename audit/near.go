package audit

import (
	"mpyld/edit"
	"mpyld/elfload"
	"mpyld/relocs"
)

// An address that the object loads from a slot may be computed, if the relocation is one of which the
// psABI says so, and nothing else knows of the slot. Of two instructions that go there together, the first
// makes another value than it did: so the second must be behind it, be the only one that goes by its
// label, become another too, and leave nothing of that value.
//
//	auipc a0, %got_pcrel_hi(x); ld a0, %pcrel_lo(a0)    auipc a0, %pcrel_hi(x); addi a0, a0, %pcrel_lo
//	auipc a0, %got_pcrel_hi(x); ld a1, %pcrel_lo(a0)    a0 is another, and somebody may have use for it

// slotUse is how a section's code goes to slots.
type slotUse struct {
	rows  map[uint32][]elfload.Reloc // by offset
	users map[uint64][]uint32        // by offset of a label: the relocations that go by its value
	goes  map[uint32]uint64          // the same, the other way
}

// slotUses looks at the section as the file has it.
func (c *shrunk) slotUses() *slotUse {
	u := &slotUse{map[uint32][]elfload.Reloc{}, map[uint64][]uint32{}, map[uint32]uint64{}}
	for r := range c.sec.Relocs {
		if r.Howto == nil {
			continue
		}
		u.rows[r.Off] = append(u.rows[r.Off], r)
		if s := &c.raw.Symbols[r.Sym]; r.Howto.Formula == relocs.LowOf && s.Where == elfload.InSection && s.Sect == c.at.section {
			u.users[s.Value] = append(u.users[s.Value], r.Off)
			u.goes[r.Off] = s.Value
		}
	}
	return u
}

// computed returns what speaks against an edit that has an address computed; "" if nothing
// does.
func (c *shrunk) computed(u *slotUse, e *edit.Edit) string {
	n := e.For.Near
	at := e.Off + uint32(n.Before)
	found := false
	for _, r := range u.rows[at] {
		found = found || r.Howto == e.For && r.A == n.A && n.Matches(c.sec.Data, at)
	}
	becomes := func(off uint32) *relocs.Near {
		if other := c.is.Edits.At(uint64(off)); other != nil && other.For != nil {
			return other.For.Near
		}
		return nil
	}
	switch {
	case !found || e.To == nil || e.To.Type != n.To:
		return "it has another instruction or relocation there"
	case e.For.Formula == relocs.LowOf:
		if first := becomes(uint32(u.goes[at])); first == nil || !first.Pair {
			return "what this one goes by is a slot"
		}
		return ""
	case !n.Pair:
		return ""
	case len(u.users[uint64(at)]) != 1:
		return "not one instruction goes by its label"
	}
	last := u.users[uint64(at)][0]
	one, two := c.in.Machine.Decode(c.sec.Data[at:]), c.in.Machine.Decode(c.sec.Data[last:])
	switch {
	case last != at+uint32(one.Size):
		return "the instruction that goes by its label is not behind it"
	case becomes(last) == nil:
		return "the instruction that goes by its label loads from there"
	case one.Writes == 0 || two.Reads != one.Writes || two.Writes != one.Writes:
		return "another register has what the first instruction makes"
	}
	return ""
}
