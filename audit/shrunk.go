package audit

import (
	"cmp"
	"debug/elf"
	"slices"

	"mpyld/edit"
	"mpyld/elfload"
	"mpyld/linkmap"
	"mpyld/relocs"
)

// Where a linker makes code shorter than an object has it, what refers to code must follow, and an
// object does not say all that does: assemblers work out distances themselves where nothing between the ends
// may change its length (RISC-V ELF psABI, "Linker Relaxation"). So each shorter instruction must be one that a
// relocation and a mark at its place allow, nothing may refer to its middle, and what has no relocation
// must be as far away as in the object as it is without.
//
// For example
//
//	8: beqz a0, 20, without a relocation    12: auipc, jalr, R_RISCV_CALL, R_RISCV_RELAX
//	a link that makes jal of it has the branch go 4 bytes too far

// shrink takes the shorter objects in the place of those they were.
func (a *audit) shrink(by map[*elfload.Object]*elfload.Object) {
	for i := range a.files {
		f := &a.files[i]
		short := by[f.Object]
		if short == nil {
			continue
		}
		raw, err := f.Raw()
		if err != nil {
			a.bad(f.Name, "it cannot be read again: %v", err)
			return
		}
		if len(short.Sections) != len(raw.Sections) || len(short.Symbols) != len(raw.Symbols) {
			a.bad(f.Name, "what is in its place is another file")
			return
		}
		labels := labelsOf(raw)
		for s := range raw.Sections {
			c := shrunk{audit: a, at: place{int32(i), int32(s)}, was: &f.Sections[s], sec: &raw.Sections[s], is: &short.Sections[s], labels: labels[int32(s)], raw: raw}
			c.check()
		}
		f.Object, a.shorter = short, true
	}
}

// label is a place in a section that something refers to.
type label struct {
	off  uint64
	what string
}

// labelsOf returns what refers to places in an object's sections, in the order of the places: its symbols,
// and relocations that count from a section's start.
func labelsOf(raw *elfload.Object) map[int32][]label {
	list := map[int32][]label{}
	for i := range raw.Symbols {
		if s := &raw.Symbols[i]; s.Where == elfload.InSection {
			list[s.Sect] = append(list[s.Sect], label{s.Value, "the symbol " + s.Name})
		}
	}
	for i := range raw.Sections {
		sec := &raw.Sections[i]
		for r := range sec.Relocs {
			if s := &raw.Symbols[r.Sym]; s.Type() == elf.STT_SECTION && s.Where == elfload.InSection && r.A > 0 {
				list[s.Sect] = append(list[s.Sect], label{uint64(r.A), linkmap.At(raw.Name, sec.Name, uint64(r.Off)).String()})
			}
		}
	}
	for _, labels := range list {
		slices.SortStableFunc(labels, func(a, b label) int { return cmp.Compare(a.off, b.off) })
	}
	return list
}

// shrunk is a section that may be shorter than it was.
type shrunk struct {
	*audit
	at     place
	sec    *elfload.Section // as the file has it
	was    *elfload.Section // as a link takes it that makes nothing shorter
	is     *elfload.Section
	labels []label
	raw    *elfload.Object
}

// check checks what was made of a section.
func (c *shrunk) check() {
	from := c.is.Data
	if c.is.Edits != nil {
		from = c.is.Edits.From
	}
	switch {
	case c.sec.Flags&elf.SHF_ALLOC == 0 || len(c.sec.Data) == 0:
		return
	case len(from) != len(c.sec.Data) || &from[0] != &c.sec.Data[0]:
		c.bad(c.where(c.at, 0), "what is in its place is of another section")
		return
	case c.is.Edits == nil:
		return
	}
	cuts, rows := false, map[uint32][]*relocs.Howto{}
	for r := range c.sec.Relocs {
		if r.Howto != nil {
			rows[r.Off] = append(rows[r.Off], r.Howto)
		}
	}
	uses, narrowing := (*slotUse)(nil), (*narrowing)(nil)
	for i := range c.is.Edits.Edits {
		e := &c.is.Edits.Edits[i]
		if e.For != nil && e.For.Formula == relocs.Align {
			continue
		}
		if e.For != nil && e.For.Near != nil {
			if uses == nil {
				uses = c.slotUses()
			}
			if why := c.computed(uses, e); why != "" {
				c.bad(c.where(c.at, uint64(e.Off)), "the map has an address computed here that the object loads, but %s", why)
			}
			continue
		}
		if c.in.Machine.Properties != nil && e.For == e.To {
			if narrowing == nil {
				var why string
				if narrowing, why = c.narrowing(); why != "" {
					c.bad(c.where(c.at, uint64(e.Off)), "the map has shorter code here, but %s", why)
					return
				}
			}
			if why := narrowing.narrower(e); why != "" {
				c.bad(c.where(c.at, uint64(e.Off)), "the map has shorter code here, but %s", why)
			}
		} else if cuts = true; !allows(rows[e.Off], e.For) {
			c.bad(c.where(c.at, uint64(e.Off)), "the map has shorter instructions here, the object does not allow it")
		}
		n, _ := slices.BinarySearchFunc(c.labels, uint64(e.Off)+1, func(l label, off uint64) int { return cmp.Compare(l.off, off) })
		if n < len(c.labels) && c.labels[n].off < uint64(e.Off)+uint64(e.Del) {
			c.bad(c.where(c.at, uint64(e.Off)), "the map has shorter instructions here, but %s refers to the middle of them", c.labels[n].what)
		}
	}
	if narrowing != nil {
		if off, found := narrowing.misplaced(); found {
			c.bad(c.where(c.at, uint64(off)), "the map has shorter code in front of this, which is not at a multiple of %d now", narrowing.aligned[off])
		}
	}
	if narrowing != nil {
		if off, found := narrowing.misled(); found {
			c.bad(c.where(c.at, uint64(off)), "the map has another distance here than that of the places which the object means")
		}
	}
	if cuts {
		c.branches()
	}
}

// allows reports whether relocations at a place are the one that a shorter instruction is for, and
// the mark that it needs.
func allows(at []*relocs.Howto, h *relocs.Howto) bool {
	return slices.Contains(at, h) && slices.ContainsFunc(h.Shorter, func(s *relocs.Shorter) bool {
		return slices.ContainsFunc(at, func(m *relocs.Howto) bool { return m.Type == s.Mark })
	})
}

// branches checks that branches which have no relocation go as far as they did.
func (c *shrunk) branches() {
	sec := c.sec
	code := make([]bool, len(sec.Data))
	for i := range code {
		code[i] = true
	}
	blank := func(from, to uint32) {
		for i := from; i < to && int(i) < len(code); i++ {
			code[i] = false
		}
	}
	relocated, padded := map[uint32]bool{}, map[uint32]bool{0: true}
	for r := range sec.Relocs {
		if r.Howto == nil || idle(r.Howto) {
			if r.Howto != nil && r.Howto.Formula == relocs.Align {
				padded[r.Off+uint32(r.A)] = true
			}
			continue
		}
		relocated[r.Off] = true
		if r.Howto.Data() {
			blank(r.Off, r.Off+uint32(r.Howto.Size(sec.Data[r.Off:])))
		}
	}
	if sec.Shape != nil {
		for _, d := range sec.Shape.Data {
			blank(d.From, d.To)
		}
	}
	c.dataStays(code, padded)
	for off := 0; off < len(code); {
		if !code[off] {
			off++
			continue
		}
		insn := c.in.Machine.Decode(sec.Data[off:])
		to := int64(off) + insn.Target
		if insn.Op == relocs.Address && !relocated[uint32(off)] && (insn.Imm != 0 || !c.losesPlace(off+insn.Size, insn.Writes)) {
			c.bad(c.where(c.at, uint64(off)), "the map has shortened code in a section in which something counts from this instruction, which has no relocation")
		}
		if insn.Flow != relocs.FlowNext && insn.Target != 0 && !relocated[uint32(off)] && to >= 0 && to <= int64(len(code)) {
			was := int64(c.was.Edits.Out(uint64(to))) - int64(c.was.Edits.Out(uint64(off)))
			is := int64(c.is.Edits.Out(uint64(to))) - int64(c.is.Edits.Out(uint64(off)))
			if was != is {
				c.bad(c.where(c.at, uint64(off)), "the map has code shortened on the way of this branch, which has no relocation: it goes %d bytes, but that is %d now", was, is)
			}
		}
		off += insn.Size
	}
}

// losesPlace reports whether the instruction at an offset makes something else than a place of what alone it reads, and
// leaves it in the same register.
func (c *shrunk) losesPlace(off int, place relocs.Registers) bool {
	if off >= len(c.sec.Data) {
		return false
	}
	insn := c.in.Machine.Decode(c.sec.Data[off:])
	return insn.Reads == place && insn.Writes == place && insn.Op == relocs.Other && insn.Flow == relocs.FlowNext && insn.Base < 0
}

// dataStays checks that data between instructions is at multiples of 4 where it was: a relocation pads for that only
// where its padding ends there.
func (c *shrunk) dataStays(code []bool, padded map[uint32]bool) {
	for off := range code {
		if code[off] || off > 0 && !code[off-1] || padded[uint32(off)] || c.sec.Align%4 != 0 {
			continue
		}
		was, is := c.was.Edits.Out(uint64(off)), c.is.Edits.Out(uint64(off))
		if was&3 == 0 && is&3 != 0 {
			c.bad(c.where(c.at, uint64(off)), "the map has shortened code in front of this data, which was at a multiple of 4 and is not now")
		}
	}
}

// counted checks that what is a number of bytes behind a symbol still is.
func (a *audit) counted() {
	if !a.shorter {
		return
	}
	for i := range a.m.Sections {
		p := &a.m.Sections[i]
		for k := range p.Relocs {
			b := &p.Relocs[k]
			if b.A == 0 || b.Howto == nil || int(b.S) >= len(a.m.Targets) {
				continue
			}
			t := &a.m.Targets[b.S]
			if t.Kind != linkmap.InSection || int(t.Section) >= len(a.m.Sections) || a.from[t.Section].section < 0 {
				continue
			}
			to := &a.m.Sections[t.Section]
			if to.Edits == nil || t.Local && t.Off == 0 && t.Name == to.Name || int64(t.Off)+b.A < 0 {
				continue // of a section's symbol, the place is what is meant
			}
			e := to.Edits
			from, end := e.In(t.Off), e.In(uint64(int64(t.Off)+b.A))
			from, end = min(from, end), max(from, end)
			n, _ := slices.BinarySearchFunc(e.Edits, from, func(e edit.Edit, off uint64) int { return cmp.Compare(uint64(e.Off), off) })
			for ; n < len(e.Edits) && uint64(e.Edits[n].Off) < end; n++ {
				if cut := &e.Edits[n]; cut.To != nil || cut.For == nil && int(cut.Del) != len(cut.Ins) {
					a.bad(p.At(uint64(b.Off)), "the map has %s shortened between %s and %d bytes behind it, which this refers to", title(to), t.Name, b.A)
					break
				}
			}
		}
	}
}
