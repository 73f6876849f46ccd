// Package demand checks that each relocation's formula can work at all, and
// collects what they need beyond the sections: words for the firmware to relocate,
// slots of the linker's table, veneers, other instructions.
//
// It stands apart because after it there is nothing new to refer to. It must never
// know an address.
//
// Example: of x64, what each needs.
//
//	mov x@GOTPCREL(%rip), %rax   a slot that holds the address of x
//	.data.rel.ro: .quad x        a word to relocate
//	call memset                  a veneer that jumps to the firmware's memset
package demand

import (
	"cmp"
	"slices"

	"mpyld/diag"
	"mpyld/link/internal/assign"
	"mpyld/link/internal/bind"
	"mpyld/link/internal/resolve"
	"mpyld/linkmap"
)

// Demand is what the relocations need beyond the sections themselves. A GOT
// slot, an address in a constant, a literal and an address in a literal pool are the
// same thing here: a word that the firmware relocates.
type Demand struct {
	Needs
	Words []linkmap.RelocID // those that put an address into a word of a section, in link order
	Slots []Slot            // the table's words, in order of first use

	// SlotOfTarget has the slots that hold just S, which code asks for over and
	// over: by target, the slot's number plus one. It may be shorter than targets.
	SlotOfTarget []int32
	SlotOf       map[SlotKey]int32

	// Veneers lists the functions out of the module that are called directly, by a
	// target each, in layout order.
	Veneers []uint32

	Literals map[int][]int32 // by literal section: which slot replaces each of its words

	// Dead are targets whose slots no instruction loads, so that there are none. Something else
	// may need a slot that points there.
	Dead []uint32

	Pending  []int32                  // sections with relocations to rewrite
	Unusable map[linkmap.RelocID]bool // relocations that there is an error about
}

// Needs is what decides about what a relocation needs.
type Needs struct {
	prog   *resolve.Program
	bound  *bind.Bindings
	places *assign.Placement
}

// demander carries the state of the pass.
type demander struct {
	Demand
	errs *diag.List
	want map[TargetKey]uint32 // functions out of the module that need a veneer
}

// Collect finds out what the relocations need, and reports those that cannot
// work. Behind it, there is nothing new to refer to.
func Collect(prog *resolve.Program, bound *bind.Bindings, places *assign.Placement, errs *diag.List) *Demand {
	s := &demander{Demand: Demand{Needs: Needs{prog, bound, places}}, errs: errs, want: map[TargetKey]uint32{}}
	s.SlotOf, s.Literals, s.Unusable = map[SlotKey]int32{}, map[int][]int32{}, map[linkmap.RelocID]bool{}
	for section := range prog.Sections {
		if prog.Sections[section].Class == linkmap.Literal {
			s.literalSection(section)
		}
	}
	s.Words = make([]linkmap.RelocID, 0, bound.Addresses)
	for section := range prog.Sections {
		if prog.Sections[section].Class != linkmap.Literal {
			s.useSection(section)
		}
	}
	for _, target := range s.want {
		s.Veneers = append(s.Veneers, target)
	}
	// mpy_ld.py inserts each new thunk before those it has. It has none for
	// fixed addresses: those follow, by name.
	slices.SortFunc(s.Veneers, func(a, b uint32) int {
		ra, rb := &bound.Targets[a], &bound.Targets[b]
		return cmp.Or(cmp.Compare(ra.Kind, rb.Kind), cmp.Compare(prog.CodeRank[rb.Dest], prog.CodeRank[ra.Dest]), cmp.Compare(ra.Name, rb.Name))
	})
	return &s.Demand
}

// useSection records what a section's relocations need, in the order of the
// file.
func (s *demander) useSection(section int) {
	list := s.bound.Relocs[section]
	if len(list) == 0 {
		return
	}
	before, order := len(*s.errs), s.bound.FileOrder[section]
	for i := range list {
		if s.errs.Full() {
			return
		}
		k := i
		if order != nil {
			k = int(order[i])
		}
		b, id := &list[k], linkmap.RelocID{Section: int32(section), K: int32(k)}
		if !s.use(id, b) {
			s.Unusable[id] = true
			continue
		}
		if b.Howto.LegacySlot && !s.bound.Targets[b.S].Local {
			s.legacySlot(b.S)
		}
	}
	s.pairs(section, len(*s.errs) == before && !s.bound.Incomplete[section])
}
