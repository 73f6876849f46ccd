package link

import (
	"cmp"
	"slices"

	"mpyld/diag"
	"mpyld/linkmap"
)

// demand is what the relocations need beyond the sections themselves. A GOT
// slot, an address in a constant, a literal and an address in a literal pool are the
// same thing here: a word that the firmware relocates.
type demand struct {
	needs
	words []wordUse // words inside sections, in link order
	slots []slot    // the table's words, in order of first use

	// slotOfTarget has the slots that hold just S, which code asks for over and
	// over: by target, the slot's number plus one. It may be shorter than targets.
	slotOfTarget []int32
	slotOf       map[slotKey]int32

	// veneers lists the functions out of the module that are called directly, by a
	// target each, in layout order.
	veneers []uint32

	literals map[int][]int32 // by literal section: which slot replaces each of its words

	pending  []int32                  // sections with relocations to rewrite
	unusable map[linkmap.RelocID]bool // relocations that there is an error about
}

// wordUse is a word of a section that holds an address.
type wordUse struct {
	section int32
	off     uint32
	target  uint32
	a       int64
}

// needs is what decides about what a relocation needs.
type needs struct {
	prog   *program
	bound  *bindings
	places []placement
}

// demander carries the state of the pass.
type demander struct {
	demand
	errs *diag.List
	want map[targetKey]uint32 // functions out of the module that need a veneer
}

// collect finds out what the relocations need, and reports those that cannot
// work. Behind it, there is nothing new to refer to.
func collect(prog *program, bound *bindings, places []placement, errs *diag.List) *demand {
	s := &demander{demand: demand{needs: needs{prog, bound, places}}, errs: errs, want: map[targetKey]uint32{}}
	s.slotOf, s.literals, s.unusable = map[slotKey]int32{}, map[int][]int32{}, map[linkmap.RelocID]bool{}
	for piece := range prog.sections {
		if prog.sections[piece].Class == linkmap.Literal {
			s.literalSection(piece)
		}
	}
	s.words = make([]wordUse, 0, bound.addresses)
	for piece := range prog.sections {
		if prog.sections[piece].Class != linkmap.Literal {
			s.useSection(piece)
		}
	}
	for _, target := range s.want {
		s.veneers = append(s.veneers, target)
	}
	// mpy_ld.py inserts each new thunk before those it has. It has none for
	// fixed addresses: those follow, by name.
	slices.SortFunc(s.veneers, func(a, b uint32) int {
		ra, rb := &bound.targets[a], &bound.targets[b]
		return cmp.Or(cmp.Compare(ra.Kind, rb.Kind), cmp.Compare(prog.codeRank[rb.Dest], prog.codeRank[ra.Dest]), cmp.Compare(ra.Name, rb.Name))
	})
	return &s.demand
}

// useSection records what a section's relocations need, in the order of the
// file.
func (s *demander) useSection(piece int) {
	list := s.bound.relocs[piece]
	if len(list) == 0 {
		return
	}
	before, order := len(*s.errs), s.bound.fileOrder[piece]
	for i := range list {
		if s.errs.Full() {
			return
		}
		k := i
		if order != nil {
			k = int(order[i])
		}
		b := &list[k]
		if !s.use(piece, b) {
			s.unusable[linkmap.RelocID{Section: int32(piece), K: int32(k)}] = true
			continue
		}
		if b.Howto.LegacySlot && !s.bound.targets[b.S].Local {
			s.slotOfSymbol(b.S)
		}
	}
	s.pairs(piece, len(*s.errs) == before && !s.bound.incomplete[piece])
}
