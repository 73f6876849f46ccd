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

// baser checks that functions with offsets from the GOT have its address. The map's relocations are
// those of the objects: compare has compared them.
type baser struct {
	*audit
	tables    []uint32   // targets that are the GOT by name
	functions []function // of a file, by section
	starts    []int32    // by section of that file: where its functions start, and where those of the last end
	of        int32      // the file

	offsets, bases []uint32   // of the section that was asked last
	inside         []function // by offset: the last function that starts before it
}

func newBaser(a *audit) *baser {
	b := &baser{audit: a, of: none}
	if a.in.Machine.StaticBase == "" {
		return b
	}
	for n := range a.m.Targets {
		if a.m.Targets[n].Name == "_GLOBAL_OFFSET_TABLE_" {
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
	if b.of != at.file {
		b.sort(at.file)
	}
	functions := b.functions[b.starts[at.section]:b.starts[at.section+1]]
	if off := b.without(functions); off >= 0 {
		b.bad(b.where(at, uint64(off)), "the map has this offset from the GOT in a function that does not make the GOT's address: it would be in a register that nobody sets")
	}
}

// collect finds where a section has offsets from the GOT, and where it has the GOT's address, both in
// their order. It reports whether there are offsets.
func (b *baser) collect(p *linkmap.Section) bool {
	b.offsets, b.bases = b.offsets[:0], b.bases[:0]
	for i := range p.Relocs {
		switch r := &p.Relocs[i]; {
		case r.Howto == nil || idle(r.Howto):
		case r.Howto.Formula == relocs.GOTSlotOff, r.Howto.Formula == relocs.FromGOT:
			b.offsets = append(b.offsets, r.Off)
		case r.Howto.Formula == relocs.GOTBaseRel, slices.Contains(b.tables, r.S):
			b.bases = append(b.bases, r.Off)
		}
	}
	slices.Sort(b.offsets)
	slices.Sort(b.bases)
	return len(b.offsets) > 0
}

// function is where in its section a function is.
type function struct{ start, end uint64 }

// isFunction reports whether a symbol is a function in a section, whose size is known.
func isFunction(s *elfload.Symbol) bool {
	return s.Where == elfload.InSection && s.Type() == elf.STT_FUNC && s.Size > 0
}

// sort sorts the functions of a file by their sections.
func (b *baser) sort(file int32) {
	f := &b.files[file]
	count := make([]int32, len(f.Sections)+2) // behind the next section: how many there are
	total := int32(0)
	for i := range f.Symbols {
		if s := &f.Symbols[i]; isFunction(s) {
			count[s.Sect+2]++
			total++
		}
	}
	for i := 2; i < len(count); i++ {
		count[i] += count[i-1]
	}
	b.functions = make([]function, total)
	for i := range f.Symbols {
		if s := &f.Symbols[i]; isFunction(s) {
			b.functions[count[s.Sect+1]] = function{s.Value, s.Value + s.Size}
			count[s.Sect+1]++
		}
	}
	b.starts, b.of = count, file
}

// without returns the first offset in a function that has no base, or -1. The function that an offset is in
// is the last that starts before it, and of several at one place the longest.
func (b *baser) without(functions []function) int64 {
	b.inside = append(b.inside[:0], make([]function, len(b.offsets))...)
	for _, f := range functions {
		k, _ := slices.BinarySearch(b.offsets, uint32(min(f.start, 1<<32-1)))
		if k < len(b.offsets) && f.compare(b.inside[k]) > 0 {
			b.inside[k] = f
		}
	}
	f, base := function{}, 0 // the first base that is not in front of the function
	for k, off := range b.offsets {
		if f.compare(b.inside[k]) < 0 {
			f = b.inside[k]
		}
		if uint64(off) >= f.end {
			if len(b.bases) == 0 {
				return int64(off)
			}
			continue
		}
		for base < len(b.bases) && uint64(b.bases[base]) < f.start {
			base++
		}
		if base == len(b.bases) || uint64(b.bases[base]) >= f.end {
			return int64(off)
		}
	}
	return -1
}

// compare compares functions by their starts, then by their ends.
func (f function) compare(g function) int {
	return cmp.Or(cmp.Compare(f.start, g.start), cmp.Compare(f.end, g.end))
}
