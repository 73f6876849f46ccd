package audit

import (
	"slices"

	"mpyld/elfload"
	"mpyld/linkmap"
	"mpyld/relocs"
)

// An offset from the GOT (Arm ELF ABI: GOT(S) + A - GOT_ORG, and S + A - GOT_ORG) is of use to a function that has the
// GOT's own address. Each makes it of its place (B(S) + A - P), for on MicroPython no register has it when a function is called:
// r9, which is the static base of other systems (AAPCS, "Core registers"), belongs to nobody.
//
// For example
//
//	f: 0x00 to 0x10    0x08: R_ARM_BASE_PREL, 0x0c: R_ARM_GOT_BREL     f makes the address
//	g: 0x10 to 0x20    0x1c: R_ARM_GOT_BREL                            g takes what is in r9
//
// What no function is known for may use an address that its section makes anywhere.

// baser checks that functions with offsets from the GOT have its address. The map's relocations are
// those of the objects: compare has compared them.
type baser struct {
	*audit
	tables []uint32 // targets that are the GOT by name

	offsets, bases []uint32 // of the section that was asked last
}

func newBaser(a *audit) *baser {
	b := &baser{audit: a}
	if a.in.Machine.StaticBase == "" {
		return b
	}
	for n := range a.m.Targets {
		if a.m.Targets[n].Name == gotName {
			b.tables = append(b.tables, uint32(n))
		}
	}
	return b
}

// staticBase checks a section.
func (b *baser) staticBase(p *linkmap.Section, at place) {
	if b.in.Machine.StaticBase == "" || !p.Instructions || !b.collect(p) {
		return
	}
	if off := b.without(b.files[at.file].FunctionsOf(int(at.section))); off >= 0 {
		b.bad(b.where(at, uint64(off)), "the map has this offset from the GOT in a function that does not make the GOT's address: it would be in a register that nobody sets")
	}
}

// collect finds where a section has offsets from the GOT, and where it has the GOT's address, both in
// their order. It reports whether there are offsets.
func (b *baser) collect(p *linkmap.Section) bool {
	b.offsets, b.bases = b.offsets[:0], b.bases[:0]
	for i := range p.Relocs {
		switch r := &p.Relocs[i]; {
		case r.Howto == nil:
		case r.Howto.Formula == relocs.GOTSlotOff, r.Howto.Formula == relocs.FromGOT:
			b.offsets = append(b.offsets, r.Off)
		case r.Howto.Formula == relocs.GOTBaseRel, slices.Contains(b.tables, r.S) && !idle(r.Howto):
			b.bases = append(b.bases, r.Off)
		}
	}
	if len(b.offsets) == 0 {
		return false
	}
	slices.Sort(b.offsets)
	slices.Sort(b.bases)
	return true
}

// without returns the first offset in a function that has no base, or -1. The function that an offset is in
// is the last that starts before it, and of several at one place the longest.
func (b *baser) without(functions []elfload.Function) int64 {
	f, next, base := elfload.Range{}, 0, 0 // the first base that is not in front of the function
	for _, off := range b.offsets {
		for ; next < len(functions) && functions[next].From <= off; next++ {
			if g := functions[next].Range; g.From > f.From || g.To > f.To {
				f = g
			}
		}
		if off >= f.To {
			if len(b.bases) == 0 {
				return int64(off)
			}
			continue
		}
		for base < len(b.bases) && b.bases[base] < f.From {
			base++
		}
		if base == len(b.bases) || b.bases[base] >= f.To {
			return int64(off)
		}
	}
	return -1
}
