package shrink

import (
	"cmp"
	"slices"

	"mpyld/edit"
	"mpyld/elfload"
	"mpyld/link/internal/layout"
	"mpyld/link/internal/resolve"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// Whether instructions may be shorter the object says, by a mark at their place. What may not be
// between an instruction and what it refers to is a cut that nobody tells it of: a branch whose
// distance the assembler has worked out, a symbol plus a number. And nothing may refer to the
// middle of what goes.
//
//	0: beqz a0, 16 (no relocation)   4: call f (R_RISCV_CALL, R_RISCV_RELAX)    stays as it is
//	.word g+12, g at 0               the same

// site is a call.
type site struct {
	section int32 // of the map
	off     uint32
	point   int32         // number of its point in the section
	from    *relocs.Howto // its row in the object
	ways    []way
	way     int // of ways; behind them: it is as the object has it
	least   int // the ways in front of it are too short

	nowhere   bool // what it is for is weak and not there
	dest      int32
	destOff   int64
	destPoint int32 // how many points of dest are in front of that
}

// size returns the bytes of the call as it is.
func (s *site) size() int {
	if s.way < len(s.ways) {
		return s.ways[s.way].Len
	}
	return s.ways[0].Size
}

// way is a way in which a call can be shorter.
type way struct {
	*relocs.Shorter
	field *relocs.Field
	to    *relocs.Howto
}

func (w *way) reaches(v int64) bool { return w.field.Min <= v && v <= w.field.Max }

// point is a place at which bytes may go.
type point struct {
	off, size uint32
	site      int32  // number of the call; -1: it is padding
	align     uint32 // of padding
	gone      uint32 // how many bytes have, of it and all in front of it
}

// section is one with calls that may be shorter.
type section struct {
	section      int32 // of the map
	object, sect int
	raw          *elfload.Object
	points       []point
	size         uint32
}

// measure works out what goes at the points, and returns the section's size.
func (s *section) measure(sites []site) int64 {
	gone := uint32(0)
	for i := range s.points {
		p := &s.points[i]
		keep := -(p.off - gone) & (p.align - 1)
		if p.site >= 0 {
			keep = uint32(sites[p.site].size())
		}
		gone += p.size - keep
		p.gone = gone
	}
	return int64(s.size - gone)
}

// before returns how many points are in front of an offset.
func (s *section) before(off int64) int32 {
	i, _ := slices.BinarySearchFunc(s.points, off, func(p point, off int64) int { return cmp.Compare(int64(p.off)+int64(p.size), off+1) })
	return int32(i)
}

// gather finds the calls that may be shorter, in sections of text.
func (c *Calls) gather(refused Refused) error {
	for _, i := range c.lay.Order[1:] {
		if c.lay.Sections[i].Region == mpyfile.Text {
			c.order = append(c.order, i)
		}
	}
	for oi, obj := range c.prog.Objects {
		raw := (*elfload.Object)(nil)
		for si := range obj.Sections {
			i := c.prog.SectionOf[oi][si]
			if !isCode(c.lay, i) || len(marksOf(&obj.Sections[si])) == 0 {
				continue
			}
			if raw == nil {
				var err error
				if raw, err = obj.Raw(); err != nil {
					return err
				}
			}
			c.gatherSection(section{section: i, object: oi, sect: si, raw: raw, size: uint32(raw.Sections[si].Size)}, refused)
		}
	}
	return nil
}

// Any reports whether there may be calls that can be shorter.
func Any(prog *resolve.Program, lay *layout.Layout) bool {
	for oi, obj := range prog.Objects {
		for si := range obj.Sections {
			if isCode(lay, prog.SectionOf[oi][si]) && len(marksOf(&obj.Sections[si])) > 0 {
				return true
			}
		}
	}
	return false
}

// isCode reports whether a section is code in text.
func isCode(lay *layout.Layout, section int32) bool {
	return section >= 0 && lay.Sections[section].Region == mpyfile.Text && lay.Sections[section].Instructions && lay.Sections[section].Size > 0
}

// mark is a relocation that only marks a place.
type mark struct {
	off uint32
	typ uint32
}

// marksOf returns the marks of a section in which relocations have shorter ways; nil: none has.
func marksOf(sec *elfload.Section) map[mark]bool {
	calls, marks := false, map[mark]bool{}
	for r := range sec.Relocs {
		calls = calls || r.Howto != nil && len(r.Howto.Shorter) > 0
		if r.Howto.MarksOnly() {
			marks[mark{r.Off, r.Type}] = true
		}
	}
	if !calls {
		return nil
	}
	return marks
}

// gatherSection finds the calls of a section.
func (c *Calls) gatherSection(s section, refused Refused) {
	sec := &s.raw.Sections[s.sect]
	marks := marksOf(sec)
	fixed := c.fixed(&s)
	first := len(c.sites)
	for r := range sec.Relocs {
		switch {
		case r.Howto == nil:
		case r.Howto.Formula == relocs.Align:
			s.points = append(s.points, point{off: r.Off, size: uint32(r.A), site: -1, align: alignOf(r.A)})
		case len(r.Howto.Shorter) > 0:
			ways := c.waysOf(r.Howto, sec.Data[r.Off:], r.Off, marks)
			if len(ways) == 0 || fixed.has(r.Off, r.Off+uint32(ways[0].Size)) {
				continue
			}
			least := refused[Place{s.section, r.Off}]
			if least == len(ways) {
				continue
			}
			s.points = append(s.points, point{off: r.Off, size: uint32(ways[0].Size), site: int32(len(c.sites))})
			c.sites = append(c.sites, site{section: s.section, off: r.Off, from: r.Howto, ways: ways, way: len(ways), least: least})
		}
	}
	if len(c.sites) == first {
		return
	}
	slices.SortStableFunc(s.points, func(a, b point) int { return cmp.Compare(a.off, b.off) })
	for n := range s.points {
		if site := s.points[n].site; site >= 0 {
			c.sites[site].point = int32(n)
		}
	}
	c.sections = append(c.sections, s)
	c.of[s.section] = int32(len(c.sections))
}

// alignOf returns what so much padding is for, at most.
func alignOf(padding int64) uint32 {
	align := uint32(1)
	for int64(align) <= padding {
		align *= 2
	}
	return align
}

// waysOf returns the ways that a call may be shorter in.
func (c *Calls) waysOf(h *relocs.Howto, code []byte, off uint32, marks map[mark]bool) (list []way) {
	for _, s := range h.Shorter {
		if !s.Matches(code) || !marks[mark{off, s.Mark}] {
			continue
		}
		to := c.prog.Machine.Howto(s.To)
		if field := to.At(s.Insn(code)); field != nil {
			list = append(list, way{s, field, to})
		}
	}
	return list
}

// aim finds what each call is for.
func (c *Calls) aim() {
	for i := range c.sites {
		s := &c.sites[i]
		p := &c.lay.Sections[s.section]
		b := &p.Relocs[relocAt(p.Relocs, uint32(p.Edits.Out(uint64(s.off))), s.from)]
		t := &c.lay.Targets[b.S]
		if t.Kind == linkmap.Null {
			s.nowhere = true
			continue
		}
		section, off := c.lay.BranchTo(t)
		off += b.A
		if c.of[section] > 0 {
			off = int64(c.lay.Sections[section].Edits.In(uint64(off)))
			s.destPoint = c.sections[c.of[section]-1].before(off)
		}
		s.dest, s.destOff = section, off
	}
}

// relocAt returns the number of the relocation of a row at a place.
func relocAt(list []linkmap.Reloc, off uint32, h *relocs.Howto) int {
	k, _ := slices.BinarySearchFunc(list, off, func(b linkmap.Reloc, off uint32) int { return cmp.Compare(b.Off, off) })
	for k < len(list) && list[k].Off == off && list[k].Howto != h {
		k++
	}
	return k
}

// shrink makes the objects that are shorter.
func (c *Calls) shrink() error {
	cuts := map[int]elfload.Cuts{}
	for i := range c.sections {
		s := &c.sections[i]
		var edits []edit.Edit
		for _, p := range s.points {
			if p.site < 0 || c.sites[p.site].way == len(c.sites[p.site].ways) {
				continue
			}
			call := &c.sites[p.site]
			w := &call.ways[call.way]
			edits = append(edits, edit.Edit{
				Off: p.off, Del: p.size, Ins: w.Insn(s.raw.Sections[s.sect].Data[p.off:]), For: call.from, To: w.to,
			})
		}
		if len(edits) == 0 {
			continue
		}
		if cuts[s.object] == nil {
			cuts[s.object] = elfload.Cuts{}
		}
		cuts[s.object][s.sect] = edits
	}
	c.shrunk = map[int]*elfload.Object{}
	for oi, cuts := range cuts {
		obj, err := c.prog.Objects[oi].Shrink(cuts)
		if err != nil {
			return err
		}
		c.shrunk[oi] = obj
	}
	return nil
}
