package bind

import (
	"cmp"
	"debug/elf"
	"slices"

	"mpyld/elfload"
	"mpyld/link/internal/resolve"
	"mpyld/linkmap"
	"mpyld/relocs"
)

// Position-independent code adds offsets of slots in the GOT to its address, which
// each function finds for itself:
//
//	ldr r3, .L4       GOT - (.LPIC0 + 4)
//	.LPIC0: add r3, pc
//	ldr r2, .L4+4     the offset of a slot
//	ldr r2, [r3, r2]
//
// With a static base register there is no first part: the address is in r9 when the
// function is called, where the loader of another system has put it. Such code
// links and crashes, so offsets in a function without the address are an error.
// Where there is no function, as in assembly sources, its section decides.

// baseSearch is what the search in one object keeps. It is made once for all.
type baseSearch struct {
	obj       *elfload.Object
	functions []span // those whose sizes are known, by place
	offsets   []elfload.Reloc
	bases     []uint32
}

// checkStaticBase reports the first such function of each object.
func (s *binder) checkStaticBase() {
	if s.prog.Machine.StaticBase == "" {
		return
	}
	search := &baseSearch{}
	for oi, obj := range s.prog.Objects {
		search.obj = nil
		for si := range obj.Sections {
			p := s.prog.SectionOf[oi][si]
			if p < 0 || s.prog.Sections[p].Class != linkmap.Code || !usesGOTOffsets(&obj.Sections[si]) {
				continue
			}
			if search.obj == nil {
				search.start(obj)
			}
			if rel, fn := search.withoutBase(int32(si)); rel != nil {
				s.errs.Add(linkmap.At(obj.Name, obj.Sections[si].Name, uint64(rel.Off)), "%s against %s: %s takes the address of the GOT from a register that nobody sets",
					rel.Howto.Name, obj.Symbols[rel.Sym].Name, cmp.Or(fn, "the code")).
					Note("%s", s.prog.Machine.StaticBase)
				break
			}
		}
	}
}

func isGOTOffset(h *relocs.Howto) bool {
	return h != nil && (h.Formula == relocs.GOTSlotOff || h.Formula == relocs.FromGOT)
}

func usesGOTOffsets(sec *elfload.Section) bool {
	for h := range sec.RelocSymbols {
		if isGOTOffset(h) {
			return true
		}
	}
	return false
}

// span is where a function is.
type span struct {
	sect, symbol int32
	start, end   uint64
}

func comparePlaces(f span, place span) int {
	return cmp.Or(cmp.Compare(f.sect, place.sect), cmp.Compare(f.start, place.start))
}

// start finds the functions of an object.
func (s *baseSearch) start(obj *elfload.Object) {
	s.obj, s.functions = obj, s.functions[:0]
	for i := range obj.Symbols {
		if f := &obj.Symbols[i]; f.Where == elfload.InSection && f.Type() == elf.STT_FUNC && f.Size > 0 {
			s.functions = append(s.functions, span{f.Sect, int32(i), f.Value, f.Value + f.Size})
		}
	}
	slices.SortStableFunc(s.functions, comparePlaces)
}

// withoutBase returns a relocation of a section with an offset from the GOT, in a
// function that has no relocation with its address, and the name of that function;
// nil if there is none.
func (s *baseSearch) withoutBase(sect int32) (*elfload.Reloc, string) {
	functions, offsets, bases := s.functions, s.offsets[:0], s.bases[:0]
	for r := range s.obj.Sections[sect].Relocs {
		switch {
		case isGOTOffset(r.Howto):
			offsets = append(offsets, r)
		case r.Howto != nil && r.Howto.Formula == relocs.GOTBaseRel, s.obj.Symbols[r.Sym].Name == resolve.GotName:
			bases = append(bases, r.Off)
		}
	}
	s.offsets, s.bases = offsets, bases
	slices.Sort(bases)
	for i := range offsets {
		off := uint64(offsets[i].Off)
		// The last function that starts at the place or before it.
		n, _ := slices.BinarySearchFunc(functions, span{sect: sect, start: off + 1}, comparePlaces)
		if n == 0 || functions[n-1].sect != sect || functions[n-1].end <= off {
			if len(bases) == 0 {
				return &offsets[i], ""
			}
			continue
		}
		f := functions[n-1]
		if b, _ := slices.BinarySearch(bases, uint32(f.start)); b == len(bases) || uint64(bases[b]) >= f.end {
			return &offsets[i], s.obj.Symbols[f.symbol].Name
		}
	}
	return nil, ""
}
