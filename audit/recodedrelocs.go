package audit

import (
	"debug/elf"

	"mpyld/elfload"
	"mpyld/linkmap"
	"mpyld/relocs"
)

// A word that code loads may have another relocation than in the object: that of the address to which
// the object's leads in the end. All others are the same, of the same symbol, and count from the
// same place.
//
//	GOT_BREL x         ABS32 x
//	REL32 x, A         ABS32 x, with A less what lies between the word and the place that is added (recodedflow.go)
//	BASE_PREL          none, and no word

// relocations compares the relocations of the section, but for what only code says.
func (c *recoded) relocations() {
	left := len(c.now)
	for off, r := range c.refs {
		is := c.now[uint32(c.is.Edits.Label(uint64(off)))]
		cut := c.is.Edits.At(uint64(off))
		if _, ok := c.inData(off); !ok {
			cut = nil // of an instruction: it is compared as that
		}
		if cut != nil && cut.Del != 4 {
			c.wrong(off, "an edit is not of one word")
			return
		}
		if c.isGone(off) {
			continue
		}
		left--
		if is == nil || is.Sym != r.Sym {
			c.wrong(off, "%s is gone", r.Howto.Name)
			return
		}
		switch {
		case cut == nil || cut.For == nil:
			if is.Howto != r.Howto {
				c.wrong(off, "%s is %s there", r.Howto.Name, is.Howto.Name)
			} else if cut == nil && !c.sameAddend(r, is) {
				c.wrong(off, "the addend of %s is %d, but %d there", r.Howto.Name, r.A, is.A)
			}
		case !c.isChanged(off) || cut.For != r.Howto || cut.To != is.Howto || len(cut.Ins) != 4:
			c.wrong(off, "%s is %s there", r.Howto.Name, is.Howto.Name)
		case r.Howto.Formula.NeedsSlot() && is.A != 0:
			c.wrong(off, "the addend of %s is %d there", is.Howto.Name, is.A)
		}
	}
	if left != 0 {
		c.wrong(0, "there are other relocations")
	}
	for i := range c.is.Edits.Edits {
		cut := &c.is.Edits.Edits[i]
		if r, ok := c.inData(cut.Off); ok && c.refs[cut.Off] == nil && c.tables[r.From] == 0 {
			c.wrong(cut.Off, "data is changed that has no relocation")
		}
	}
}

// isChanged reports whether a word has an address now.
func (c *recoded) isChanged(off uint32) bool {
	cut, r := c.is.Edits.At(uint64(off)), c.refs[off]
	return cut != nil && r != nil && cut.For == r.Howto && cut.To != nil && r.Howto.Direct != 0 && cut.To.Type == r.Howto.Direct && cut.To.Formula == relocs.Abs
}

// isGone reports whether a word is not there now.
func (c *recoded) isGone(off uint32) bool {
	cut, r := c.is.Edits.At(uint64(off)), c.refs[off]
	return cut != nil && r != nil && cut.For == r.Howto && cut.To == nil && len(cut.Ins) == 0 && r.Howto.Formula == relocs.GOTBaseRel
}

// sameAddend reports whether a relocation counts from the same place now: one that says how far behind a section's
// start counts from where that went.
func (c *recoded) sameAddend(was, is *elfload.Reloc) bool {
	sym := &c.wasIn.Symbols[was.Sym]
	if sym.Where != elfload.InSection || c.isIn.Sections[sym.Sect].Edits == c.wasIn.Sections[sym.Sect].Edits {
		return was.A == is.A
	}
	behind := int64(0)
	switch {
	case was.Howto.Branch:
		behind = c.in.Machine.BranchA
	case was.Howto.Formula == relocs.GOTBaseRel || was.Howto.Formula.NeedsSlot():
		return was.A == is.A
	case was.Howto.Formula != relocs.Abs:
		return was.A == 0 && is.A == 0 && sym.Type() != elf.STT_SECTION
	}
	if sym.Type() != elf.STT_SECTION {
		return was.A == behind && is.A == behind
	}
	return is.A-behind == c.mapped(sym.Sect, was.A-behind)
}

// mapped returns where an offset of another section is now, with the bit of the instruction set.
func (c *recoded) mapped(section int32, off int64) int64 {
	mode := off & int64(c.in.Machine.ModeBits)
	return int64(c.isIn.Sections[section].Edits.Label(uint64(off-mode))) + mode
}

// sameRelocs compares the relocations of a section that is not changed itself.
func (c *recoded) sameRelocs() {
	var was, is []elfload.Reloc
	for r := range c.was.Relocs {
		was = append(was, r)
	}
	for r := range c.is.Relocs {
		is = append(is, r)
	}
	for i := range was {
		if len(was) != len(is) || was[i].Off != is[i].Off || was[i].Sym != is[i].Sym || was[i].Howto != is[i].Howto || was[i].Howto != nil && !was[i].Howto.MarksOnly() && !c.sameAddend(&was[i], &is[i]) {
			c.wrong(was[i].Off, "what is here refers to elsewhere")
			return
		}
	}
}

// countedInCode checks that what refers to code that is changed follows it, and that nothing refers to a number of bytes behind a symbol of code that is
// changed.
func (a *audit) countedInCode() {
	if a.recoded == nil {
		return
	}
	for i, was := range a.recoded {
		for s := range a.files[i].Sections {
			if was == nil || a.files[i].at[s] < 0 {
				continue
			}
			c := &recoded{audit: a, wasIn: was, isIn: a.files[i].Object, was: &was.Sections[s], is: &a.files[i].Sections[s], number: s}
			if !c.isChangedSection() {
				c.sameRelocs()
			}
		}
	}
	for i := range a.m.Sections {
		p := &a.m.Sections[i]
		for k := range p.Relocs {
			b := &p.Relocs[k]
			if b.Howto == nil || int(b.S) >= len(a.m.Targets) {
				continue
			}
			t := &a.m.Targets[b.S]
			if !a.isInCode(t.Section) || t.Kind != 0 {
				continue
			}
			to := &a.m.Sections[t.Section]
			switch section := t.Local && t.Name == to.Name && t.Off == 0; {
			case section:
			case !a.countsNone(b) || !t.Local && a.isNumberBehind(t.Name):
				a.bad(p.At(uint64(b.Off)), "the map has other instructions in %s, and this refers to a number of bytes behind %s", to.Name, t.Name)
			case !b.Howto.Branch && t.Mode == 0:
				a.bad(p.At(uint64(b.Off)), "the map has other instructions in %s, and this is the address of %s, from which others may be counted", to.Name, t.Name)
			}
		}
	}
}

// countsNone reports whether a relocation refers to the place of its symbol, and not to one behind it.
func (a *audit) countsNone(b *linkmap.Reloc) bool {
	return b.A == 0 || b.Howto.Branch && b.A == a.in.Machine.BranchA || b.Howto.Formula == relocs.GOTBaseRel || b.Howto.Formula.NeedsSlot()
}

// isNumberBehind reports whether a name is set to another one plus a number, maybe by way of others.
func (a *audit) isNumberBehind(name string) bool {
	for range len(a.fixed) {
		s := a.fixed[name]
		if s == nil || s.to.Symbol == "" {
			return false
		}
		if s.to.Number != 0 {
			return true
		}
		name = s.to.Symbol
	}
	return false
}

// isInCode reports whether a section of the map has other instructions than its object's.
func (a *audit) isInCode(section int32) bool {
	if section < 0 || int(section) >= len(a.m.Sections) {
		return false
	}
	p := &a.m.Sections[section]
	if p.Origin == nil || p.Edits == nil || p.Edits.Word != 0 {
		return false
	}
	for i := range p.Edits.Edits {
		if h := p.Edits.Edits[i].For; h == nil || h.Direct != 0 || h.Formula == relocs.GOTBaseRel {
			return true
		}
	}
	return false
}
