package link

import (
	"cmp"
	"fmt"
	"slices"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// uses is the result of the scan pass: what the relocations need beyond the
// sections themselves. A GOT slot, an address in a constant, a literal and an
// address in a literal pool are the same thing here: a word that the firmware
// relocates.
type uses struct {
	refs  []Ref
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

// slot is a word of the linker's table: it holds S + A.
type slot struct {
	ref     uint32
	a       int64
	literal bool // a plain number from a literal section
}

// slotKey is what a slot holds, without any name: two symbols with one target
// share a slot. There may be many: it is kept at 32 bytes.
type slotKey struct {
	a int64
	target
}

// target is what a Ref points at.
type target struct {
	off     uint64
	piece   int32
	entry   int32
	kind    RefKind
	dest    mpyfile.DestKind
	mode    uint8
	literal bool // a number of a literal section
}

func (r *Ref) target() target {
	return target{
		kind: r.Kind, piece: r.Piece, off: r.Off,
		dest: r.Dest.Kind, entry: int32(r.Dest.Entry), mode: r.Mode,
	}
}

// scanner carries the state of one scan.
type scanner struct {
	*resolved
	uses
	errs  *diag.List
	refOf [][]int32 // by object and symbol: index into refs, or one of the below
	undef map[string]*undefined
	want  map[target]uint32 // functions out of the module that need a veneer

	aliasRef map[string]int32 // symbols that --defsym sets: index into refs

	slotOf map[slotKey]int32

	addresses int // how many relocations may be of words that hold an address

	// incomplete has the pieces without some of their relocations: there is an
	// error about those, or will be.
	incomplete map[int]bool
}

func scan(r *resolved, errs *diag.List) *uses {
	s := &scanner{resolved: r, errs: errs, undef: map[string]*undefined{}, want: map[target]uint32{}, aliasRef: map[string]int32{}, slotOf: map[slotKey]int32{}, incomplete: map[int]bool{}}
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
	s.refs = make([]Ref, 0, symbols)
	s.checkAliases()
	s.eachSection(func(oi int, sec *elfload.Section, piece int) {
		if r.homes[piece] == literal {
			s.literalSection(oi, sec, piece)
		}
	})
	s.eachSection(func(oi int, sec *elfload.Section, piece int) {
		if h := r.homes[piece]; h != literal && h != refused {
			s.bindSection(oi, sec, piece)
		}
	})
	s.settle()
	s.words = make([]wordUse, 0, s.addresses)
	for piece := range s.pieces {
		if s.homes[piece] != literal {
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
	p, inCode := &s.pieces[piece], s.homes[piece] == code
	p.Relocs = make([]Bound, 0, n)
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
		if b.Howto.Slot && !s.refs[b.S].local {
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
func (s *scanner) bound(oi int, p *Piece, r elfload.Reloc, inCode bool) (Bound, bool) {
	h := r.Howto
	if h == nil || h.Kind == relocs.Refused ||
		inCode && r.Off > 0 && h.Unless.Refuses(p.Data[r.Off-1]) || h.Size(p.Data[r.Off:]) == 0 {
		s.cannotBe(oi, p, r, inCode)
		return Bound{}, false
	}
	ref := s.bind(oi, int(r.Sym), p, uint64(r.Off), h)
	if ref >= 0 && s.beyondTable(&s.refs[ref], p, r) {
		return Bound{}, false
	}
	return Bound{Off: r.Off, S: uint32(ref), Howto: h, A: r.A}, ref != unusable
}

// cannotBe reports a relocation that no symbol makes good.
func (s *scanner) cannotBe(oi int, p *Piece, r elfload.Reloc, inCode bool) {
	h, name := r.Howto, s.objs[oi].Symbols[r.Sym].Name
	fail := func(format string, args ...any) *diag.Error {
		return s.errs.Add(at(p.Object, p.Name, uint64(r.Off)), format, args...)
	}
	switch {
	case h == nil:
		fail("unknown relocation type %d for %s", r.Type, s.mach.Arch).
			Note("the object is corrupt, or its compiler is newer than this linker")
	case h.Kind == relocs.Refused:
		fail("%s against %s cannot be linked", h.Name, name).Note("%s", h.Why)
	case inCode && r.Off > 0 && h.Unless.Refuses(p.Data[r.Off-1]):
		fail("%s against %s cannot be linked", h.Name, name).Note("%s", h.Unless.Why)
	default:
		fail("%s against %s does not fit the bytes there", h.Name, name).
			Note("the object is corrupt, or its assembly source uses the relocation on another instruction")
	}
}

// slot returns the table index of the word S + A, making it on first use.
func (s *scanner) slot(ref uint32, a int64, literal bool) int {
	key := slotKey{a, s.refs[ref].target()}
	key.literal = literal
	i, ok := s.slotOf[key]
	if !ok {
		i = int32(len(s.slots))
		s.slotOf[key] = i
		s.slots = append(s.slots, slot{ref, a, literal})
	}
	return int(i)
}

// slotOfSymbol is slot for a word that holds just S.
func (s *scanner) slotOfSymbol(ref uint32) int {
	if int(ref) < len(s.slotOfRef) && s.slotOfRef[ref] > 0 {
		return int(s.slotOfRef[ref] - 1)
	}
	if int(ref) >= len(s.slotOfRef) {
		s.slotOfRef = slices.Grow(s.slotOfRef, len(s.refs)-len(s.slotOfRef))[:len(s.refs)]
	}
	i := s.slot(ref, 0, false)
	s.slotOfRef[ref] = int32(i + 1)
	return i
}

// use records what the bound relocation needs, or reports why it cannot work.
func (s *scanner) use(piece int, b *Bound) bool {
	p := &s.pieces[piece]
	switch b.Howto.Kind {
	case relocs.Abs:
		if s.rewritten(b) {
			return s.useRewrite(piece, b)
		}
		return s.useWord(piece, b)
	case relocs.PCRel:
		from := "code"
		if p.Region != mpyfile.Text {
			from = "variables in " + p.Name
		}
		return s.useDistance(p, p.Region, from, b)
	case relocs.FromGOT:
		return s.useDistance(p, mpyfile.Text, "GOT", b)
	}
	if b.Howto.Kind.NeedsSlot() {
		s.slotOfSymbol(b.S)
	}
	return true
}

// fail reports what is wrong with a bound relocation.
func (s *scanner) fail(p *Piece, b *Bound, format string, args ...any) *diag.Error {
	what := fmt.Sprintf("%s against %s", b.Howto.Name, s.refs[b.S].Name)
	return s.errs.Add(at(p.Object, p.Name, uint64(b.Off)), "%s: "+format, append([]any{what}, args...)...)
}

// useWord handles S + A: a constant, or a word for the firmware to relocate.
func (s *scanner) useWord(piece int, b *Bound) bool {
	p, ref, word := &s.pieces[piece], &s.refs[b.S], s.in.Arch.Word
	if ref.Kind == RefAbs || ref.Kind == RefZero {
		return true
	}
	switch field := b.Howto.At(p.Data[b.Off:]); {
	case !field.Word || field.Size != word:
		s.fail(p, b, "an address known only after loading does not fit there: only whole words of %d bytes can be relocated", word).
			Note("compile with -fpic")
	case uint64(b.Off)%uint64(word) != 0 || p.Align%uint64(word) != 0:
		s.fail(p, b, "the firmware can only relocate words at multiples of %d bytes", word).
			Note("the section is aligned to %d bytes: remove __attribute__((packed)), or align the data to %d", p.Align, word)
	case s.sameWord(piece, b.Off):
		s.fail(p, b, "another relocation writes the same word").Note("the object is corrupt")
	default:
		s.words = append(s.words, wordUse{int32(piece), b.Off, b.S, b.A})
		return true
	}
	return false
}

// sameWord reports whether the last word found is the one at off of a piece.
// pairs finds every overlap, but only when a section's relocations are all
// there: an object that is nothing but this must not fill memory first.
func (s *scanner) sameWord(piece int, off uint32) bool {
	if len(s.words) == 0 {
		return false
	}
	last := &s.words[len(s.words)-1]
	return int(last.piece) == piece && uint64(last.off) == uint64(off)
}

// useDistance handles S + A in p minus an address in region, which is in the
// code or the GOT: both ends must move together.
func (s *scanner) useDistance(p *Piece, region mpyfile.Region, from string, b *Bound) bool {
	ref := &s.refs[b.S]
	switch ref.Kind {
	case RefPiece:
		if s.homes[ref.Piece] == literal {
			return s.useLiteral(p, b)
		}
		if s.together(s.pieces[ref.Piece].Region, region) {
			return true
		}
	case RefZero:
		if b.Howto.Branch {
			return true
		}
	case RefDest:
		if ref.Code && region == mpyfile.Text {
			s.want[ref.target()] = b.S
			return true
		}
	case RefAbs:
		if b.Howto.Calls(b.Howto.At(p.Data[b.Off:])) && region == mpyfile.Text {
			s.want[ref.target()] = b.S
			return true
		}
	}
	e := s.fail(p, b, "its address relative to the %s is not known before the module is loaded", from)
	if s.in.KeepUnwind && hasPrefix(p.Name, s.mach.Unwind) {
		e.Note("tables for stack unwinders cannot be kept on %s: leave out --keep-unwind", s.in.Arch.Name)
		return false
	}
	s.explainFixed(ref, e)
	return false
}

// explainFixed adds the remedy for a fixed distance to something that moves
// on its own.
func (s *scanner) explainFixed(ref *Ref, e *diag.Error) {
	switch {
	case ref.Kind == RefPiece && (s.homes[ref.Piece] == zeroed || s.homes[ref.Piece] == variable):
		why := "text of " + s.in.Arch.Name + " cannot hold variables"
		if s.in.Arch.WritableText {
			why = "--no-writable-text keeps it out of text"
		}
		e.Note("%s is a variable (%s) in RAM the firmware allocates; %s", ref.Name, s.pieces[ref.Piece].Name, why)
		e.Note("remove static, so that the compiler goes through the GOT, and compile with -fpic -fno-common")
	case ref.Kind == RefPiece:
		e.Note("%s is in %s, apart from the code: compile with -fpic", ref.Name, s.pieces[ref.Piece].Region)
	case ref.Kind == RefDest:
		e.Note("%s is supplied by the firmware: compile with -fpic", ref.Name)
	case ref.Kind == RefZero:
		e.Note("%s is weak and defined nowhere, so its address is null: compile with -fpic", ref.Name)
	default:
		e.Note("%s is the constant 0x%x", ref.Name, ref.Off)
	}
}
