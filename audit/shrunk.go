package audit

import (
	"debug/elf"

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
		for s := range raw.Sections {
			c := shrunk{audit: a, was: &f.Sections[s], raw: raw, is: &short.Sections[s], section: int32(s)}
			c.check(f)
		}
		f.Object, a.shorter = short, true
	}
}

// shrunk is a section that may be shorter than it was.
type shrunk struct {
	*audit
	was     *elfload.Section // as a link takes it that makes nothing shorter
	raw     *elfload.Object  // as the file has it
	is      *elfload.Section
	section int32
}

// check checks what was made of a section.
func (c *shrunk) check(f *file) {
	sec := &c.raw.Sections[c.section]
	from := c.is.Data
	if c.is.Edits != nil {
		from = c.is.Edits.From
	}
	switch {
	case sec.Flags&elf.SHF_ALLOC == 0 || len(sec.Data) == 0:
		return
	case len(from) != len(sec.Data) || &from[0] != &sec.Data[0]:
		c.bad(f.Name+":("+sec.Name+")", "what is in its place is of another section")
		return
	case c.is.Edits == nil:
		return
	}
	cuts := false
	for i := range c.is.Edits.Edits {
		e := &c.is.Edits.Edits[i]
		if e.For != nil && e.For.Formula == relocs.Align {
			continue
		}
		cuts = true
		where := place{c.fileOf(f), c.section}
		if !c.allowed(sec, e.Off, e.For) {
			c.bad(c.where(where, uint64(e.Off)), "the map has shorter instructions here, the object does not allow it")
		}
		if what := c.inside(e.Off, e.Off+e.Del); what != "" {
			c.bad(c.where(where, uint64(e.Off)), "the map has shorter instructions here, but %s refers to the middle of them", what)
		}
	}
	if cuts {
		c.branches(f, sec)
	}
}

func (c *shrunk) fileOf(f *file) int32 {
	for i := range c.files {
		if &c.files[i] == f {
			return int32(i)
		}
	}
	return none
}

// allowed reports whether the object has the relocation and the mark that a shorter
// instruction needs.
func (c *shrunk) allowed(sec *elfload.Section, off uint32, h *relocs.Howto) bool {
	has, marked := false, false
	for r := range sec.Relocs {
		if r.Off != off || r.Howto == nil {
			continue
		}
		has = has || r.Howto == h
		for _, s := range h.Shorter {
			marked = marked || s.Mark == r.Type
		}
	}
	return has && marked
}

// inside returns what refers to a place between two of the section, or "".
func (c *shrunk) inside(from, to uint32) string {
	in := func(n uint64) bool { return uint64(from) < n && n < uint64(to) }
	for i := range c.raw.Symbols {
		if s := &c.raw.Symbols[i]; s.Where == elfload.InSection && s.Sect == c.section && in(s.Value) {
			return "the symbol " + s.Name
		}
	}
	for i := range c.raw.Sections {
		sec := &c.raw.Sections[i]
		for r := range sec.Relocs {
			s := &c.raw.Symbols[r.Sym]
			if s.Type() == elf.STT_SECTION && s.Where == elfload.InSection && s.Sect == c.section && r.A > 0 && in(uint64(r.A)) {
				return linkmap.At(c.raw.Name, sec.Name, uint64(r.Off)).String()
			}
		}
	}
	return ""
}

// branches checks that branches which have no relocation go as far as they did.
func (c *shrunk) branches(f *file, sec *elfload.Section) {
	code := make([]bool, len(sec.Data))
	for i := range code {
		code[i] = true
	}
	blank := func(from, to uint32) {
		for i := from; i < to && int(i) < len(code); i++ {
			code[i] = false
		}
	}
	relocated := map[uint32]bool{}
	for r := range sec.Relocs {
		if r.Howto == nil || idle(r.Howto) {
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
	for off := 0; off < len(code); {
		if !code[off] {
			off++
			continue
		}
		insn := c.in.Machine.Decode(sec.Data[off:])
		to := int64(off) + insn.Target
		if insn.Flow != relocs.FlowNext && insn.Target != 0 && !relocated[uint32(off)] && to >= 0 && to <= int64(len(code)) {
			was := int64(c.was.Edits.Out(uint64(to))) - int64(c.was.Edits.Out(uint64(off)))
			is := int64(c.is.Edits.Out(uint64(to))) - int64(c.is.Edits.Out(uint64(off)))
			if was != is {
				c.bad(c.where(place{c.fileOf(f), c.section}, uint64(off)), "the map has code shortened on the way of this branch, which has no relocation: it goes %d bytes, but that is %d now", was, is)
			}
		}
		off += insn.Size
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
			for n := range e.Edits {
				if cut := &e.Edits[n]; cut.To != nil && uint64(cut.Off) >= min(from, end) && uint64(cut.Off) < max(from, end) {
					a.bad(p.At(uint64(b.Off)), "the map has %s shortened between %s and %d bytes behind it, which this refers to", title(to), t.Name, b.A)
					break
				}
			}
		}
	}
}
