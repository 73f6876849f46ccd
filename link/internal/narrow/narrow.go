// Package narrow finds instructions that are longer than they need be, and padding that nobody needs,
// in code of which the assembler says what each byte is.
//
// It stands apart because what it finds makes other objects (elfload.Object.Shrink), which are
// linked in the place of those they were. It must never know a form of an instruction: a
// machine's row says which is a shorter one of which.
package narrow

import (
	"debug/elf"
	"encoding/binary"
	"slices"

	"mpyld/edit"
	"mpyld/elfload"
	"mpyld/link/internal/layout"
	"mpyld/link/internal/resolve"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// Assemblers make instructions longer, and put bytes behind jumps, so that branches lead to places which
// processors are quick to read. A section can do without where all of it is instructions and padding, each
// instruction that depends on its place has a relocation, and nobody counts its bytes. What must
// be at a multiple of a number is padded anew:
//
//	 0: or a2, a3, a3     narrower      0: mov.n a2, a3
//	 3: ret.n                           2: ret.n
//	 5: fill up to 8                    4: nothing to fill up
//	 8: g                               4: g
//
// What a branch goes over may be a little more than it was, if padding in between grows; where one does not reach,
// its section stays as it is.

// finder looks at the sections of one layout.
type finder struct {
	prog   *resolve.Program
	lay    *layout.Layout
	labels map[int32][]uint32 // by section of the map: places in it that relocations count from its start
	fixed  map[int32]bool     // by section of the map: whether somebody counts its bytes
	called map[int32][]called // by section of the map
	placed []*relocs.Howto    // rows of instructions that depend on their place
}

// called is a place that an instruction somewhere leads to, if it is at a multiple of a number.
type called struct {
	off   uint64
	align int64
}

// Find returns the objects with shorter code, by number. The error is elfload's.
func Find(prog *resolve.Program, lay *layout.Layout) (map[int]*elfload.Object, error) {
	if prog.Machine.Properties == nil || prog.In.KeepUnwind {
		return nil, nil
	}
	f := &finder{prog: prog, lay: lay}
	for i := range prog.Machine.Howtos() {
		if h := &prog.Machine.Howtos()[i]; h.Formula == relocs.PCRel && !h.Data() {
			f.placed = append(f.placed, h)
		}
	}
	made := map[int]*elfload.Object{}
	for oi, obj := range prog.Objects {
		cuts, err := f.cuts(oi, obj)
		if err != nil {
			return nil, err
		}
		if len(cuts) == 0 {
			continue
		}
		if made[oi], err = obj.Shrink(cuts); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// cuts returns the edits of an object.
func (f *finder) cuts(oi int, obj *elfload.Object) (elfload.Cuts, error) {
	var properties map[int32][]elfload.Property
	cuts := elfload.Cuts{}
	for si := range obj.Sections {
		i := f.prog.SectionOf[oi][si]
		if i < 0 || obj.Sections[si].Edits != nil {
			continue
		}
		if p := &f.lay.Sections[i]; p.Region != mpyfile.Text || !p.Instructions || p.Size == 0 {
			continue
		}
		if properties == nil {
			var err error
			if properties, err = obj.Properties(); err != nil || len(properties) == 0 {
				return nil, err
			}
			if f.labels == nil {
				f.count()
			}
		}
		s := &section{mach: f.prog.Machine, obj: obj, number: int32(si), Section: &obj.Sections[si], placed: f.placed}
		if f.fixed[i] || !s.gather() || !s.split(properties[int32(si)]) || !s.refers() || !s.known(f.labels[i]) {
			continue
		}
		if edits := s.edits(); len(edits) > 0 && s.reaches(edits, f.called[i]) {
			cuts[si] = edits
		}
	}
	return cuts, nil
}

// count finds the places in code that relocations count from somewhere, or that only lead there
// while it is at a multiple of a number.
func (f *finder) count() {
	f.labels, f.fixed, f.called = map[int32][]uint32{}, map[int32]bool{}, map[int32][]called{}
	for i := range f.lay.Sections {
		p := &f.lay.Sections[i]
		for k := range p.Relocs {
			b := &p.Relocs[k]
			t := &f.lay.Targets[b.S]
			if t.Kind != linkmap.InSection {
				continue
			}
			if b.Howto.Formula == relocs.PCRel && !b.Howto.Data() {
				if field := b.Howto.At(p.Data[b.Off:]); field != nil && b.Howto.Calls(field) && field.Align > 1 {
					f.called[t.Section] = append(f.called[t.Section], called{uint64(int64(t.Off) + b.A), field.Align})
				}
			}
			if b.A == 0 {
				continue
			}
			to := &f.lay.Sections[t.Section]
			if at := int64(t.Off) + b.A; t.Local && t.Off == 0 && t.Name == to.Name && at >= 0 && at <= int64(to.Size) {
				f.labels[t.Section] = append(f.labels[t.Section], uint32(at))
			} else {
				f.fixed[t.Section] = true
			}
		}
	}
	for oi, obj := range f.prog.Objects {
		for si := range obj.Sections {
			if s := &obj.Sections[si]; s.Flags&elf.SHF_ALLOC == 0 || resolve.HasPrefix(s.Name, f.prog.Machine.Unwind) {
				continue
			}
			for r := range obj.Sections[si].Relocs {
				if sym := &obj.Symbols[r.Sym]; r.Howto != nil && r.Howto.Difference > 0 && sym.Where == elfload.InSection && sym.Sect != int32(si) {
					if i := f.prog.SectionOf[oi][sym.Sect]; i >= 0 {
						f.fixed[i] = true
					}
				}
			}
		}
	}
}

// wordSize is how many bytes distances in tables have.
const wordSize = 4

// section is one of code.
type section struct {
	mach   *relocs.Machine
	obj    *elfload.Object
	number int32
	*elfload.Section
	pieces []piece
	starts []bool          // by offset: a piece starts there, or the section ends
	placed []*relocs.Howto // rows of instructions that depend on their place
	relocs []elfload.Reloc // those that have a value, and distances
	reloc  []int32         // by offset: the number of the relocation there plus one
}

// piece is an instruction, padding, or a word of a table.
type piece struct {
	from, to uint32
	short    []byte // the instruction, if there is a shorter one
	align    uint32 // of padding: up to a multiple of this; 0: it is none
	word     bool   // it is a distance
}

// split takes a section apart, and reports whether it is known what each byte is.
func (s *section) split(properties []elfload.Property) bool {
	at := uint32(0)
	for _, p := range properties {
		if p.To == 0 { // an alignment of the section's start
			continue
		}
		if at = s.table(at, p.From); p.From != at {
			return false
		}
		switch to := p.To; p.Kind {
		case relocs.Code, relocs.Fixed:
			for at < to {
				step := s.mach.Decode(s.Data[at:to])
				if uint32(step.Size) > to-at || step.Flow == relocs.FlowStop && step.Reads == 0 {
					return false
				}
				insn := piece{from: at, to: at + uint32(step.Size)}
				if p.Kind == relocs.Code {
					insn.short = s.mach.Narrow(s.Data[at:insn.to])
				}
				s.add(insn)
				at = insn.to
			}
		case relocs.FillTo:
			if to = (at + p.Align - 1) &^ (p.Align - 1); to < p.To || to > uint32(len(s.Data)) || p.Align > s.Align {
				return false
			}
			s.add(piece{from: at, to: to, align: p.Align})
		case relocs.Fill:
			s.add(piece{from: at, to: to, align: 1})
		default:
			return false
		}
		for ; at < s.end(); at++ {
			if s.Data[at] != 0 {
				return false // it may be something after all
			}
		}
	}
	at = s.table(at, uint32(len(s.Data)))
	s.starts[at] = true
	return at == uint32(len(s.Data))
}

// gather reads the relocations, and reports whether there are such alone as may be in code.
func (s *section) gather() bool {
	s.starts, s.reloc = make([]bool, len(s.Data)+1), make([]int32, len(s.Data)+1)
	for r := range s.Relocs {
		switch {
		case r.Howto == nil:
			return false
		case r.Howto.Difference == 0 && r.Howto.MarksOnly():
			continue
		case r.Howto.Difference == 0 && (r.Howto.Formula != relocs.PCRel || r.Howto.Data()) || s.reloc[r.Off] != 0:
			return false
		}
		s.relocs = append(s.relocs, r)
		s.reloc[r.Off] = int32(len(s.relocs))
	}
	return true
}

// relocAt returns the relocation at an offset, or nil.
func (s *section) relocAt(off uint32) *elfload.Reloc {
	if n := s.reloc[off]; n > 0 {
		return &s.relocs[n-1]
	}
	return nil
}

// starting reports whether a piece starts at an offset, or the section ends.
func (s *section) starting(off uint32) bool { return int(off) < len(s.starts) && s.starts[off] }

// table takes words with distances from an offset on, and returns where the first one is that is none.
func (s *section) table(at, to uint32) uint32 {
	for ; at%wordSize == 0 && at+wordSize <= to; at += wordSize {
		if r := s.relocAt(at); r == nil || r.Howto.Difference != wordSize {
			break
		}
		s.add(piece{from: at, to: at + wordSize, word: true})
	}
	return at
}

// ends returns from where to where the distance in a word is.
func (s *section) ends(word uint32) (from, to uint32, ok bool) {
	r := s.relocAt(word)
	sym := &s.obj.Symbols[r.Sym]
	from = uint32(int64(sym.Value) + r.A)
	to = from + binary.LittleEndian.Uint32(s.Data[word:])
	return from, to, sym.Where == elfload.InSection && sym.Sect == s.number && s.starting(from) && s.starting(to)
}

// end returns where the last piece ends.
func (s *section) end() uint32 {
	if n := len(s.pieces); n > 0 {
		return s.pieces[n-1].to
	}
	return 0
}

func (s *section) add(p piece) {
	s.starts[p.from] = true
	s.pieces = append(s.pieces, p)
}

// refers reports whether each instruction that depends on its place has a relocation, and all
// relocations are of such, or distances in tables.
func (s *section) refers() bool {
	n := 0
	for i := range s.pieces {
		p := &s.pieces[i]
		if p.align > 0 {
			continue
		}
		r := s.relocAt(p.from)
		if r != nil {
			n++
		}
		switch {
		case p.word:
			if _, _, ok := s.ends(p.from); !ok {
				return false
			}
			continue
		case r == nil && s.isPlaced(s.Data[p.from:p.to]), r != nil && r.Howto.At(s.Data[p.from:p.to]) == nil:
			return false
		case r != nil:
			p.short = nil
		}
	}
	return n == len(s.relocs)
}

// isPlaced reports whether an instruction depends on its place.
func (s *section) isPlaced(code []byte) bool {
	return slices.ContainsFunc(s.placed, func(h *relocs.Howto) bool { return h.At(code) != nil })
}

// known reports whether what others refer to are places that stay what they are.
func (s *section) known(labels []uint32) bool {
	for i := range s.obj.Symbols {
		if sym := &s.obj.Symbols[i]; sym.Where == elfload.InSection && sym.Sect == s.number && (sym.Value > s.Size || !s.starting(uint32(sym.Value))) {
			return false
		}
	}
	for _, off := range labels {
		if !s.starting(off) {
			return false
		}
	}
	return true
}

// edits returns what makes the section shorter, or nil.
func (s *section) edits() []edit.Edit {
	var list []edit.Edit
	less := uint32(0)
	for _, p := range s.pieces {
		e := edit.Edit{Off: p.from, Del: p.to - p.from, Ins: p.short}
		switch {
		case p.word && less%wordSize != 0:
			return nil // it is not where words are
		case p.word:
			e.Ins, e.For = make([]byte, wordSize), s.relocAt(p.from).Howto
			e.To = e.For
			list = append(list, e)
			continue
		case p.align > 0:
			e.Ins = make([]byte, -(p.from-less)&(p.align-1))
		case p.short == nil:
			continue
		}
		if less += e.Del - uint32(len(e.Ins)); e.Del != uint32(len(e.Ins)) {
			list = append(list, e)
		}
	}
	if int32(less) <= 0 {
		return nil
	}
	moved := edit.New(s.Data, list, 0)
	for i := range list {
		if e := &list[i]; e.For != nil {
			from, to, _ := s.ends(e.Off)
			binary.LittleEndian.PutUint32(e.Ins, uint32(moved.Label(uint64(to)))-uint32(moved.Label(uint64(from))))
		}
	}
	return list
}

// reaches reports whether all that refer to places in their own section do so with edits, too, and
// what leads to places from anywhere finds them at multiples of what it needs.
func (s *section) reaches(edits []edit.Edit, from []called) bool {
	list := edit.New(s.Data, edits, 0)
	for _, c := range from {
		if int64(list.Label(c.off))%c.align != 0 {
			return false
		}
	}
	for i := range s.relocs {
		r := &s.relocs[i]
		sym := &s.obj.Symbols[r.Sym]
		if r.Howto.Difference > 0 || sym.Where != elfload.InSection || sym.Sect != s.number {
			continue
		}
		f := r.Howto.At(s.Data[r.Off:])
		if f.Check(int64(list.Label(uint64(int64(sym.Value)+r.A)))-f.PC(int64(list.Label(uint64(r.Off))))) != nil {
			return false
		}
	}
	return true
}
