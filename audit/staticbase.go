package audit

import (
	"cmp"
	"debug/elf"
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

// staticBase checks that functions with offsets from the GOT have its address. The map's relocations are
// those of the objects: references has compared them.
func (a *audit) staticBase() {
	if a.in.Machine.StaticBase == "" {
		return
	}
	var tables []uint32 // targets that are the GOT by name
	for n := range a.m.Targets {
		if a.m.Targets[n].Name == "_GLOBAL_OFFSET_TABLE_" {
			tables = append(tables, uint32(n))
		}
	}
	var functions map[int32][]function // of the file that was asked last
	of := int32(none)
	for i := range a.m.Sections {
		at := a.from[i]
		if at.section < 0 || !a.m.Sections[i].Instructions {
			continue
		}
		offsets, bases := offsets(&a.m.Sections[i], tables)
		if len(offsets) == 0 {
			continue
		}
		if of != at.file {
			functions, of = a.files[at.file].functions(), at.file
		}
		if off := without(offsets, bases, functions[at.section]); off >= 0 {
			a.bad(a.where(at, uint64(off)), "the map has this offset from the GOT in a function that does not make the GOT's address: it would be in a register that nobody sets")
		}
	}
}

// offsets returns where a section has offsets from the GOT, and where it has the GOT's address, both in
// their order.
func offsets(p *linkmap.Section, tables []uint32) (offsets, bases []uint32) {
	for i := range p.Relocs {
		switch r := &p.Relocs[i]; {
		case r.Howto == nil || idle(r.Howto):
		case r.Howto.Formula == relocs.GOTSlotOff, r.Howto.Formula == relocs.FromGOT:
			offsets = append(offsets, r.Off)
		case r.Howto.Formula == relocs.GOTBaseRel, slices.Contains(tables, r.S):
			bases = append(bases, r.Off)
		}
	}
	slices.Sort(offsets)
	slices.Sort(bases)
	return offsets, bases
}

// function is where in its section a function is.
type function struct{ start, end uint64 }

// functions returns the functions of a file whose sizes are known, by section and in their order; of
// several at one place the longest.
func (f *file) functions() map[int32][]function {
	all := map[int32][]function{}
	for i := range f.Symbols {
		if s := &f.Symbols[i]; s.Where == elfload.InSection && s.Type() == elf.STT_FUNC && s.Size > 0 {
			all[s.Sect] = append(all[s.Sect], function{s.Value, s.Value + s.Size})
		}
	}
	for _, list := range all {
		slices.SortFunc(list, func(p, q function) int { return cmp.Or(cmp.Compare(p.start, q.start), cmp.Compare(p.end, q.end)) })
	}
	return all
}

// without returns the first offset in a function that has no base, or -1.
func without(offsets, bases []uint32, functions []function) int64 {
	base := 0 // the first that is not in front of the function
	for _, off := range offsets {
		for len(functions) > 1 && functions[1].start <= uint64(off) {
			functions = functions[1:]
		}
		if len(functions) == 0 || uint64(off) < functions[0].start || uint64(off) >= functions[0].end {
			if len(bases) == 0 {
				return int64(off)
			}
			continue
		}
		for base < len(bases) && uint64(bases[base]) < functions[0].start {
			base++
		}
		if base == len(bases) || uint64(bases[base]) >= functions[0].end {
			return int64(off)
		}
	}
	return -1
}
