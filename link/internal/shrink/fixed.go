package shrink

import (
	"cmp"
	"slices"

	"mpyld/linkmap"
	"mpyld/relocs"
)

// span is bytes of a section in which nothing may go, because somebody counts them; of one that
// ends where it starts, somebody refers to the place.
type span struct{ from, to uint32 }

// spans are sorted by from.
type spans []span

// has reports whether what goes from one offset to another would be counted by somebody.
func (s spans) has(from, to uint32) bool {
	// Spans are merged, so that the first that ends behind from is the only one to ask.
	i, _ := slices.BinarySearchFunc(s, from, func(r span, off uint32) int { return cmp.Compare(r.to, off+1) })
	return i < len(s) && s[i].from < to && (s[i].from != s[i].to || s[i].from > from)
}

// fixed returns the spans of a section, as offsets in the object.
func (c *Calls) fixed(s *section) spans {
	carried, data := s.known()
	list := append(c.swept(s, carried, data), c.aligned(s, data)...)
	for i := range s.raw.Symbols {
		if sym := &s.raw.Symbols[i]; sym.Sect == int32(s.sect) && sym.Value <= uint64(s.size) {
			list = append(list, span{uint32(sym.Value), uint32(sym.Value)})
		}
	}
	edits := c.lay.Sections[s.section].Edits
	for _, r := range c.counted()[s.section] {
		list = append(list, span{uint32(edits.In(uint64(r.from))), uint32(edits.In(uint64(r.to)))})
	}
	return s.withPadding(list).merged()
}

// known returns where relocations have values, and which bytes are no instructions.
func (s *section) known() (carried map[uint32]bool, data []bool) {
	sec := &s.raw.Sections[s.sect]
	carried, data = map[uint32]bool{}, make([]bool, len(sec.Data))
	mark := func(from, to uint32) {
		for i := from; i < to && int(i) < len(data); i++ {
			data[i] = true
		}
	}
	for r := range sec.Relocs {
		if r.Howto == nil || r.Howto.MarksOnly() || r.Howto.Formula == relocs.Align {
			continue
		}
		carried[r.Off] = true
		if r.Howto.Data() {
			mark(r.Off, r.Off+uint32(r.Howto.Size(sec.Data[r.Off:])))
		}
	}
	if sec.Shape != nil {
		for _, r := range sec.Shape.Data {
			mark(r.From, r.To)
		}
	}
	return carried, data
}

// aligned finds what must stay in front of data, so that it is at multiples of what it was: where code is not to be
// relaxed (.option norelax), GNU as pads for an alignment without a word to the linker.
func (c *Calls) aligned(s *section, data []bool) (list spans) {
	sec := &s.raw.Sections[s.sect]
	if sec.Align < leastAlign {
		return nil
	}
	padded := map[uint32]bool{} // by where padding ends that has a relocation
	for r := range sec.Relocs {
		if r.Howto != nil && r.Howto.Formula == relocs.Align {
			padded[r.Off+uint32(r.A)] = true
		}
	}
	edits := c.lay.Sections[s.section].Edits
	for i := range data {
		if data[i] && (i == 0 || !data[i-1]) && !padded[uint32(i)] && edits.Out(uint64(i))%leastAlign == 0 {
			list = append(list, span{0, uint32(i)})
		}
	}
	return list
}

// leastAlign is the smallest alignment that shorter instructions may take from what is behind them.
const leastAlign = 4

// swept finds the branches without relocations, and instructions that read the program counter.
func (c *Calls) swept(s *section, carried map[uint32]bool, data []bool) (list spans) {
	sec := &s.raw.Sections[s.sect]
	for off := uint32(0); off < s.size; {
		if data[off] {
			off++
			continue
		}
		insn := c.prog.Machine.Decode(sec.Data[off:])
		switch {
		case carried[off]:
		case insn.Op == relocs.Address && (insn.Imm != 0 || !c.masks(&insn, sec.Data[off:])): // something else counts from where it is
			return spans{{0, s.size}}
		case insn.Flow == relocs.FlowNext || insn.Target == 0:
		case int64(off)+insn.Target < 0 || int64(off)+insn.Target > int64(s.size):
			return spans{{0, s.size}}
		default:
			to := uint32(int64(off) + insn.Target)
			list = append(list, span{min(off, to), max(off, to)})
		}
		off += uint32(insn.Size)
	}
	return list
}

// masks reports whether the instruction behind one that reads the program counter leaves no address of it: it
// computes something else of that register alone, to the same one, such as how it is aligned.
func (c *Calls) masks(insn *relocs.Insn, code []byte) bool {
	next := c.prog.Machine.Decode(code[insn.Size:])
	return next.Op == relocs.Other && next.Flow == relocs.FlowNext && next.Base < 0 && next.Reads == insn.Writes && next.Writes == insn.Writes
}

// counted has, by section of the map, what symbols plus numbers count, and places from a
// section's start: as offsets in the sections of the layout.
func (c *Calls) counted() map[int32]spans {
	if c.counts != nil {
		return c.counts
	}
	c.counts = map[int32]spans{}
	for i := range c.lay.Sections {
		for k := range c.lay.Sections[i].Relocs {
			b := &c.lay.Sections[i].Relocs[k]
			if b.A == 0 || b.Howto.Formula == relocs.LowOf {
				continue
			}
			t := &c.lay.Targets[b.S]
			if t.Kind != linkmap.InSection || !c.lay.Sections[t.Section].Instructions {
				continue
			}
			size := int64(c.lay.Sections[t.Section].Size)
			to := min(max(int64(t.Off)+b.A, 0), size)
			from := min(int64(t.Off), size)
			if t.Local && t.Off == 0 && t.Name == c.lay.Sections[t.Section].Name { // a section symbol: the place is what is meant
				from = to
			}
			c.counts[t.Section] = append(c.counts[t.Section], span{uint32(min(from, to)), uint32(max(from, to))})
		}
	}
	return c.counts
}

// withPadding lets spans over padding start at the section's start, for how much of that stays
// depends on what goes in front of it.
func (s *section) withPadding(list spans) spans {
	for r := range s.raw.Sections[s.sect].Relocs {
		if r.Howto == nil || r.Howto.Formula != relocs.Align {
			continue
		}
		for i := range list {
			if list[i].from <= r.Off && r.Off < list[i].to {
				list[i].from = 0
			}
		}
	}
	return list
}

// merged returns the same spans, sorted and apart.
func (s spans) merged() spans {
	slices.SortFunc(s, func(a, b span) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(b.to, a.to)) })
	out := s[:0]
	for _, r := range s {
		if n := len(out); n > 0 && r.from < out[n-1].to {
			out[n-1].to = max(out[n-1].to, r.to)
			continue
		}
		out = append(out, r)
	}
	return out
}
