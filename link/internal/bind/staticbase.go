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

// checkStaticBase reports the first such function of each object.
func (s *binder) checkStaticBase() {
	if s.prog.Machine.StaticBase == "" {
		return
	}
	for oi, obj := range s.prog.Objects {
		var functions []span
		for si := range obj.Sections {
			p := s.prog.SectionOf[oi][si]
			if p < 0 || s.prog.Sections[p].Class != linkmap.Code || !usesGOTOffsets(&obj.Sections[si]) {
				continue
			}
			if functions == nil {
				functions = functionSpans(obj)
			}
			if rel, fn := withoutBase(obj, int32(si), functions); rel != nil {
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
	sect       int32
	start, end uint64
	name       string
}

func comparePlaces(f span, place span) int {
	return cmp.Or(cmp.Compare(f.sect, place.sect), cmp.Compare(f.start, place.start))
}

// functionSpans returns the functions of an object whose sizes are known, by place.
func functionSpans(obj *elfload.Object) []span {
	list := []span{}
	for i := range obj.Symbols {
		if f := &obj.Symbols[i]; f.Where == elfload.InSection && f.Type() == elf.STT_FUNC && f.Size > 0 {
			list = append(list, span{f.Sect, f.Value, f.Value + f.Size, f.Name})
		}
	}
	slices.SortStableFunc(list, comparePlaces)
	return list
}

// withoutBase returns a relocation of a section with an offset from the GOT, in a
// function that has no relocation with its address, and the name of that function;
// nil if there is none.
func withoutBase(obj *elfload.Object, sect int32, functions []span) (*elfload.Reloc, string) {
	var offsets []elfload.Reloc
	var bases []uint64
	for r := range obj.Sections[sect].Relocs {
		switch {
		case isGOTOffset(r.Howto):
			offsets = append(offsets, r)
		case r.Howto != nil && r.Howto.Formula == relocs.GOTBaseRel, obj.Symbols[r.Sym].Name == resolve.GotName:
			bases = append(bases, uint64(r.Off))
		}
	}
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
		if b, _ := slices.BinarySearch(bases, f.start); b == len(bases) || bases[b] >= f.end {
			return &offsets[i], f.name
		}
	}
	return nil, ""
}
