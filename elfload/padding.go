package elfload

import (
	"cmp"
	"debug/elf"
	"math/bits"
	"slices"

	"mpyld/edit"
	"mpyld/relocs"
)

// Where a linker may shorten code, the assembler cannot know how many bytes of padding
// an alignment takes: it emits the most it can take and a relocation of kind Align, and
// the linker must cut what is too much. That is done here, once, so that the rest of the
// linker sees plain sections.
//
//	0: ret      2: 6 bytes of c.nop, R_RISCV_ALIGN to 8    8: f     6 are needed: all stay
//	0: 8 bytes  8: 6 bytes of c.nop, R_RISCV_ALIGN to 8   14: f     none: f is at 8

// trimPadding cuts the surplus padding of every section.
func (l *loader) trimPadding() error {
	if l.raw || !l.padded && len(l.cuts) == 0 {
		return nil
	}
	for i := range l.obj.Sections {
		if err := l.trimSection(&l.obj.Sections[i], l.cuts[i]); err != nil {
			return err
		}
	}
	for i := range l.obj.Symbols {
		s := &l.obj.Symbols[i]
		if s.Where != InSection {
			continue
		}
		if edits := l.obj.Sections[s.Sect].Edits; edits != nil {
			end := edits.Label(s.Value + s.Size)
			s.Value = edits.Label(s.Value)
			s.Size = end - s.Value
		}
	}
	return nil
}

// trimSection finds the paddings of a section and cuts them, around what else of it is
// edited. The section's own alignment is at least that of each padding, so offsets decide.
func (l *loader) trimSection(s *Section, cuts []edit.Edit) error {
	pads := l.paddings(s)
	if len(pads)+len(cuts) == 0 {
		return nil
	}
	edits := make([]edit.Edit, 0, len(pads)+len(cuts))
	from, cut := uint32(0), uint32(0) // where the last one ends in the file, and how much is cut
	take := func(e edit.Edit) error {
		if e.Off < from || uint64(e.Off)+uint64(e.Del) > s.Size {
			return l.errorf("an edit of %d bytes at %s+0x%x, which others reach or the section does not", e.Del, s.Name, e.Off)
		}
		edits = append(edits, e)
		from, cut = e.Off+e.Del, cut+e.Del-uint32(len(e.Ins))
		return nil
	}
	for _, p := range pads {
		for ; len(cuts) > 0 && cuts[0].Off < p.Off; cuts = cuts[1:] {
			if err := take(cuts[0]); err != nil {
				return err
			}
		}
		align := uint64(1) << bits.Len64(uint64(p.A))
		switch {
		case p.A < 0 || uint64(p.A) > s.Size-uint64(p.Off) || p.Off < from:
			return l.errorf("%s at %s+0x%x: %d bytes of padding", p.Howto.Name, s.Name, p.Off, p.A)
		case align > uint64(s.Align):
			return l.errorf("%s at %s+0x%x aligns to %d bytes in a section that is aligned to %d", p.Howto.Name, s.Name, p.Off, align, s.Align)
		}
		need := -uint64(p.Off-cut) & (align - 1)
		nops, ok := nopsOf(l.mach.Nops, int(need))
		if need > uint64(p.A) || !ok {
			return l.errorf("%s at %s+0x%x: %d bytes of padding cannot align to %d", p.Howto.Name, s.Name, p.Off, p.A, align)
		}
		if err := take(edit.Edit{Off: p.Off, Del: uint32(p.A), Ins: nops, For: p.Howto}); err != nil {
			return err
		}
	}
	for _, e := range cuts {
		if err := take(e); err != nil {
			return err
		}
	}
	l.edit(s, edits, 0)
	return nil
}

// edit changes the content of a section.
func (l *loader) edit(s *Section, edits []edit.Edit, word int) {
	s.Edits = edit.New(s.Data, edits, word)
	s.Data = s.Edits.Bytes()
	s.Size = uint64(len(s.Data))
	l.obj.edited = true
}

// paddings returns the Align relocations of a section by place.
func (l *loader) paddings(s *Section) []Reloc {
	var pads []Reloc
	for r := range s.Relocs {
		if r.Howto != nil && r.Howto.Formula == relocs.Align {
			pads = append(pads, r)
		}
	}
	slices.SortFunc(pads, func(a, b Reloc) int { return cmp.Compare(a.Off, b.Off) })
	return pads
}

// nopsOf returns n bytes of the longest instructions that do nothing.
func nopsOf(nops [][]byte, n int) (list []byte, ok bool) {
	for _, nop := range nops {
		for n >= len(nop) {
			list = append(list, nop...)
			n -= len(nop)
		}
	}
	return list, n == 0
}

// moved maps a relocation of the file to what Edits make of the section, and reports
// whether there still is one.
func (s *Section) moved(r *Reloc) bool {
	h, ok := s.Edits.Row(uint64(r.Off), r.Howto)
	if !ok {
		return false
	}
	if h != r.Howto {
		r.Howto, r.Type = h, h.Type
	}
	r.Off = uint32(s.Edits.Out(uint64(r.Off)))
	sym := &s.obj.Symbols[r.Sym]
	if sym.Type() == elf.STT_SECTION && sym.Where == InSection && r.A > 0 && (r.Howto == nil || !r.Howto.InPlace) {
		r.A = int64(s.obj.Sections[sym.Sect].Edits.Label(uint64(r.A)))
	}
	return true
}

// movedInPlace maps the addend of a relocation that has it in its place, or a part of it. What it refers to is
// known of addresses and of branches alone; of a distance, the addend may have another place in it.
func (s *Section) movedInPlace(r *Reloc) {
	sym := &s.obj.Symbols[r.Sym]
	if sym.Type() != elf.STT_SECTION || sym.Where != InSection {
		return
	}
	edits, behind := s.obj.Sections[sym.Sect].Edits, int64(0)
	switch {
	case edits == nil:
		return
	case r.Howto.Branch:
		behind = s.obj.mach.BranchA
	case r.Howto.Formula != relocs.Abs:
		return
	}
	mode := (r.A - behind) & int64(s.obj.mach.ModeBits)
	if off := r.A - behind - mode; off > 0 {
		r.A = int64(edits.Label(uint64(off))) + mode + behind
	}
}
