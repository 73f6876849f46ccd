package link

import (
	"cmp"
	"slices"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/linkmap"
	"mpyld/relocs"
)

// uses is the result of the scan pass: what the relocations need beyond the
// sections themselves. A GOT slot, an address in a constant, a literal and an
// address in a literal pool are the same thing here: a word that the firmware
// relocates.
type uses struct {
	refs  []linkmap.Target
	words []wordUse // words inside sections, in link order
	slots []slot    // the table's words, in order of first use

	// slotOfRef has the slots that hold just S, which code asks for over and
	// over: by ref, the slot's number plus one. It may be shorter than refs.
	slotOfRef []int32

	// wantVeneers lists the functions out of the module that are called
	// directly, by a ref each, in layout order.
	wantVeneers []uint32

	// literals says which slot replaces each word of a literal section.
	literals map[int][]int32

	rewrites
}

// wordUse is a word of a section that holds an address.
type wordUse struct {
	piece int32
	off   uint32
	ref   uint32
	a     int64
}

// scanner carries the state of one scan.
type scanner struct {
	*resolved
	uses
	errs  *diag.List
	refOf [][]int32 // by object and symbol: index into refs, or one of the below
	undef map[string]*undefined
	want  map[targetKey]uint32 // functions out of the module that need a veneer

	recordsChecked map[int]bool    // by object
	beyond         map[string]bool // symbols reported to be beyond a word

	aliasRef map[string]int32 // symbols that --defsym sets: index into refs

	slotOf map[slotKey]int32

	addresses int // how many relocations may be of words that hold an address

	// incomplete has the pieces without some of their relocations: there is an
	// error about those, or will be.
	incomplete map[int]bool
}

func scan(r *resolved, errs *diag.List) *uses {
	s := &scanner{resolved: r, errs: errs, undef: map[string]*undefined{}, beyond: map[string]bool{}, want: map[targetKey]uint32{}, aliasRef: map[string]int32{}, recordsChecked: map[int]bool{}, slotOf: map[slotKey]int32{}, incomplete: map[int]bool{}}
	s.literals = map[int][]int32{}
	symbols := 0
	for _, obj := range r.objs {
		symbols += len(obj.Symbols)
		of := make([]int32, len(obj.Symbols))
		for i := range of {
			of[i] = unbound
		}
		s.refOf = append(s.refOf, of)
	}
	// Most symbols get a Ref, and to make room while refs grow is to copy them.
	// What stays unused here is never touched, so it takes no memory.
	s.refs = make([]linkmap.Target, 0, symbols)
	s.checkAliases()
	s.eachSection(func(oi int, sec *elfload.Section, piece int) {
		if r.pieces[piece].Class == linkmap.Literal {
			s.literalSection(oi, sec, piece)
		}
	})
	s.checkStaticBase()
	s.bindSections()
	s.settle()
	s.words = make([]wordUse, 0, s.addresses)
	for piece := range s.pieces {
		if s.pieces[piece].Class != linkmap.Literal {
			s.useSection(piece)
		}
	}
	s.rewrite()
	s.reportUndefined()
	for _, ref := range s.want {
		s.wantVeneers = append(s.wantVeneers, ref)
	}
	// mpy_ld.py inserts each new thunk before those it has. It has none for
	// fixed addresses: those follow, by name.
	slices.SortFunc(s.wantVeneers, func(a, b uint32) int {
		ra, rb := &s.refs[a], &s.refs[b]
		return cmp.Or(cmp.Compare(ra.Kind, rb.Kind), cmp.Compare(r.codeRank[rb.Dest], r.codeRank[ra.Dest]), cmp.Compare(ra.Name, rb.Name))
	})
	return &s.uses
}

// eachSection calls f for every section that is a piece, in link order.
func (s *scanner) eachSection(f func(oi int, sec *elfload.Section, piece int)) {
	for oi, obj := range s.objs {
		for si := range obj.Sections {
			if p := s.pieceOf[oi][si]; p >= 0 {
				f(oi, &obj.Sections[si], p)
			}
		}
	}
}

// bindSection binds one section's relocations into its piece.
func (s *scanner) bindSection(oi int, sec *elfload.Section, piece int) {
	n := sec.NumRelocs()
	if n == 0 {
		return
	}
	p, inCode := &s.pieces[piece], s.pieces[piece].Class == linkmap.Code
	p.Relocs = make([]linkmap.Reloc, 0, n)
	for r := range sec.Relocs {
		if s.errs.Full() {
			return
		}
		if marksOnly(r.Howto) {
			continue
		}
		if b, ok := s.bound(oi, p, r, inCode); ok {
			p.Relocs = append(p.Relocs, b)
			if b.Howto.Kind == relocs.Abs {
				s.addresses++
			}
		} else {
			s.incomplete[piece] = true
		}
	}
}

// useSection records what a section's relocations need.
func (s *scanner) useSection(piece int) {
	p := &s.pieces[piece]
	if len(p.Relocs) == 0 {
		return
	}
	before, n := len(*s.errs), 0
	for i := range p.Relocs {
		if s.errs.Full() {
			return
		}
		b := &p.Relocs[i]
		if !s.use(piece, b) {
			continue
		}
		if n != i {
			p.Relocs[n] = *b
		}
		n++
		if b.Howto.LegacySlot && !s.refs[b.S].Local {
			s.slotOfSymbol(b.S)
		}
	}
	p.Relocs = p.Relocs[:n]
	s.pairs(p, len(*s.errs) == before && !s.incomplete[piece])
}

// marksOnly: the relocation has no value. Of padding, elfload has cut what is
// too much.
func marksOnly(h *relocs.Howto) bool {
	return h != nil && (h.Kind == relocs.Nothing || h.Kind == relocs.Align)
}

// bound binds one relocation, or reports why that cannot be: at once, or with
// all others to an undefined symbol.
func (s *scanner) bound(oi int, p *linkmap.Section, r elfload.Reloc, inCode bool) (linkmap.Reloc, bool) {
	h := r.Howto
	if h == nil || s.refuses(h, p, r.Off, inCode) {
		s.cannotBe(oi, p, r, inCode)
		return linkmap.Reloc{}, false
	}
	ref := s.bind(oi, int(r.Sym), p, uint64(r.Off), h)
	if ref >= 0 && s.beyondTable(&s.refs[ref], p, r) {
		return linkmap.Reloc{}, false
	}
	return linkmap.Reloc{Off: r.Off, S: uint32(ref), Howto: h, A: r.A}, ref != unusable
}

// cannotBe reports a relocation that no symbol makes good.
func (s *scanner) cannotBe(oi int, p *linkmap.Section, r elfload.Reloc, inCode bool) {
	h, name := r.Howto, s.objs[oi].Symbols[r.Sym].Name
	fail := func(format string, args ...any) *diag.Error {
		return s.errs.Add(p.At(uint64(r.Off)), format, args...)
	}
	switch {
	case h == nil:
		fail("unknown relocation type %d for %s", r.Type, s.mach.Name).
			Note("the object is corrupt, or its compiler is newer than this linker")
	case h.Kind == relocs.Refused:
		fail("%s against %s cannot be linked", h.Name, name).Note("%s", h.Why)
	case inCode && r.Off > 0 && h.NotAfter.Refuses(p.Data[r.Off-1]):
		fail("%s against %s cannot be linked", h.Name, name).Note("%s", h.NotAfter.Why)
	default:
		fail("%s against %s does not fit the bytes there", h.Name, name).
			Note("the object is corrupt, or its assembly source uses the relocation on another instruction")
	}
}
