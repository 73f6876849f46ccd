package elfload

import (
	"bytes"
	"cmp"
	"debug/elf"
	"math/bits"
	"slices"

	"mpyld/relocs"
)

// Where a linker may shorten code, the assembler cannot know how many bytes
// of padding an alignment takes: it emits the most it can take and a
// relocation of kind Align, and the linker must cut what is too much. That is
// done here, once, so that the rest of the linker sees plain sections.

// cut says that n bytes at off, as the file counts, are not in the section;
// earlier cuts take away before bytes.
type cut struct{ off, n, before uint32 }

// shrunk maps a byte offset of the file's section to the section without its
// cuts, which are sorted.
func shrunk(cuts []cut, off uint64) uint64 {
	if len(cuts) == 0 {
		return off
	}
	i, _ := slices.BinarySearchFunc(cuts, off, func(c cut, off uint64) int { return cmp.Compare(uint64(c.off), off) })
	if i == 0 {
		return off
	}
	c := &cuts[i-1]
	return off - uint64(c.before) - min(uint64(c.n), off-uint64(c.off))
}

// trimPadding cuts the surplus padding of every section.
func (l *loader) trimPadding() error {
	if !l.padded {
		return nil
	}
	for i := range l.obj.Sections {
		if err := l.trimSection(&l.obj.Sections[i]); err != nil {
			return err
		}
	}
	for i := range l.obj.Symbols {
		s := &l.obj.Symbols[i]
		if s.Where != InSection {
			continue
		}
		if cuts := l.obj.Sections[s.Sect].cuts(); len(cuts) > 0 {
			end := shrunk(cuts, s.Value+s.Size)
			s.Value = shrunk(cuts, s.Value)
			s.Size = end - s.Value
		}
	}
	return nil
}

// trimSection finds the paddings of a section and cuts them. The section's own
// alignment is at least that of each padding, so offsets decide.
func (l *loader) trimSection(s *Section) error {
	pads := l.paddings(s)
	if len(pads) == 0 {
		return nil
	}
	var out bytes.Buffer
	from := uint32(0) // file offset up to which bytes are in out
	var cuts []cut
	total := uint32(0)
	for _, p := range pads {
		align := uint64(1) << bits.Len64(uint64(p.A))
		switch {
		case p.A < 0 || uint64(p.A) > s.Size-uint64(p.Off) || p.Off < from:
			return l.errorf("%s at %s+0x%x: %d bytes of padding", p.Howto.Name, s.Name, p.Off, p.A)
		case align > uint64(s.Align):
			return l.errorf("%s at %s+0x%x aligns to %d bytes in a section that is aligned to %d", p.Howto.Name, s.Name, p.Off, align, s.Align)
		}
		out.Write(s.Data[from:p.Off])
		need := -uint64(out.Len()) & (align - 1)
		if need > uint64(p.A) || !writeNops(&out, l.mach.Nops, int(need)) {
			return l.errorf("%s at %s+0x%x: %d bytes of padding cannot align to %d", p.Howto.Name, s.Name, p.Off, p.A, align)
		}
		if surplus := uint32(uint64(p.A) - need); surplus > 0 {
			cuts = append(cuts, cut{p.Off + uint32(need), surplus, total})
			total += surplus
		}
		from = p.Off + uint32(p.A)
	}
	out.Write(s.Data[from:])
	s.Data, s.Size = out.Bytes(), uint64(out.Len())
	if len(cuts) > 0 {
		s.edits = &edits{cuts: cuts}
	}
	l.obj.cut = l.obj.cut || len(cuts) > 0
	return nil
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

// writeNops writes n bytes of the longest instructions that do nothing.
func writeNops(out *bytes.Buffer, nops [][]byte, n int) bool {
	for _, nop := range nops {
		for n >= len(nop) {
			out.Write(nop)
			n -= len(nop)
		}
	}
	return n == 0
}

func (s *Section) cuts() []cut {
	if s.edits == nil {
		return nil
	}
	return s.edits.cuts
}

// adjust maps a relocation of the file to the section without its cuts.
func (s *Section) adjust(r *Reloc) {
	r.Off = uint32(shrunk(s.cuts(), uint64(r.Off)))
	sym := &s.obj.Symbols[r.Sym]
	if sym.Type() != elf.STT_SECTION || sym.Where != InSection {
		return
	}
	if cuts := s.obj.Sections[sym.Sect].cuts(); len(cuts) > 0 && r.A > 0 {
		r.A = int64(shrunk(cuts, uint64(r.A)))
	}
}
