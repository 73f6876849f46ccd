package bind

import (
	"slices"

	"mpyld/elfload"
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

// checkStaticBase reports the first such function of each object, when all relocations are in the
// order of their places.
func (s *binder) checkStaticBase() {
	if s.prog.Machine.StaticBase == "" {
		return
	}
	for oi, obj := range s.prog.Objects {
		for si := range obj.Sections {
			p := s.prog.SectionOf[oi][si]
			if p < 0 || s.prog.Sections[p].Class != linkmap.Code {
				continue
			}
			if rel, fn := s.withoutBase(s.Relocs[p], obj.FunctionsOf(si)); rel != nil {
				name := "the code"
				if fn != nil {
					name = obj.Symbols[fn.Symbol].Name
				}
				s.errs.Add(s.prog.Sections[p].At(uint64(rel.Off)), "%s against %s: %s takes the address of the GOT from a register that nobody sets",
					rel.Howto.Name, s.Targets[rel.S].Name, name).
					Note("%s", s.prog.Machine.StaticBase)
				break
			}
		}
	}
}

// withoutBase returns a relocation with an offset from the GOT, in a function that has no relocation
// with its address, and that function, if there is one; nil if all is well.
func (s *binder) withoutBase(list []linkmap.Reloc, functions []elfload.Function) (*linkmap.Reloc, *elfload.Function) {
	in := -1 // the last function that starts at the place or before it
	base, bases := s.nextBase(list, 0), 0
	for i := range list {
		b := &list[i]
		if b.Howto.Formula != relocs.GOTSlotOff && b.Howto.Formula != relocs.FromGOT {
			continue
		}
		for in+1 < len(functions) && functions[in+1].From <= b.Off {
			in++
		}
		if in < 0 || functions[in].To <= b.Off {
			if base == len(list) && bases == 0 {
				return b, nil
			}
			continue
		}
		for base < len(list) && list[base].Off < functions[in].From {
			base, bases = s.nextBase(list, base+1), bases+1
		}
		if base == len(list) || list[base].Off >= functions[in].To {
			return b, &functions[in]
		}
	}
	return nil, nil
}

// nextBase returns the number of the first relocation with the GOT's address, from one number on.
func (s *binder) nextBase(list []linkmap.Reloc, i int) int {
	for i < len(list) && list[i].Howto.Formula != relocs.GOTBaseRel && !slices.Contains(s.gots, list[i].S) {
		i++
	}
	return i
}
