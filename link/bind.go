package link

import (
	"debug/elf"
	"slices"

	"mpyld/elfload"
	"mpyld/linkmap"
	"mpyld/relocs"
)

// bind returns the Ref of a symbol as one object sees it, or unusable after
// reporting why there is none.
func (s *binder) bind(oi, si int, p *linkmap.Section, off uint64, h *relocs.Howto) int32 {
	if h.Kind == relocs.GOTBaseRel {
		si = 0 // the formula has no S
	}
	idx := s.lookup(oi, si)
	sym := &s.prog.objects[oi].Symbols[si]
	switch {
	case idx == missing:
		s.undefined(s.prog.means(oi, si)).refer(s, oi, p, off)
		return unusable
	case idx == elsewhere:
		dropped := s.definedIn(oi, si)
		s.errs.Add(p.At(off), "%s against %s, which is in section %s and not part of the module", h.Name, sym.Name, dropped.Name).
			Note("%s", whyDropped(dropped, s.prog.machine))
		return unusable
	case idx < 0:
		return unusable
	case h.Branch && s.targets[idx].Kind == linkmap.Absolute && s.otherMode(&s.targets[idx]):
		s.errs.Add(p.At(off), "%s against %s: the branch cannot change the instruction set, and 0x%x is an address of another one",
			h.Name, s.targets[idx].Name, s.targets[idx].Off).
			Note("give the address as pointers have it, with bit 0 set: 0x%x (nm leaves the bit out; --just-symbols has it)", s.targets[idx].Off|uint64(s.prog.machine.ModeBits))
		return unusable
	case h.Branch && s.targets[idx].Kind == linkmap.InSection && s.otherMode(&s.targets[idx]) && s.isFunction(oi, si):
		s.errs.Add(p.At(off), "%s against %s: the branch cannot change the instruction set", h.Name, sym.Name).
			Note("%s", s.prog.machine.ModeWhy)
		return unusable
	}
	return idx
}

// lookup returns the Ref of a symbol, or what bindFirst says instead.
func (s *binder) lookup(oi, si int) int32 {
	idx := s.targetOf[oi][si]
	if idx == unbound {
		idx = s.bindFirst(oi, si)
		s.targetOf[oi][si] = idx
	}
	return idx
}

// What bindFirst returns when a symbol has no Ref.
const (
	unbound   = -1 // not looked up yet
	unusable  = -2 // reported already
	missing   = -3 // undefined
	elsewhere = -4 // defined in a section that is not in the module
)

// bindFirst makes the Ref of a symbol.
func (s *binder) bindFirst(oi, si int) int32 {
	sym := &s.prog.objects[oi].Symbols[si]
	switch {
	case si == 0:
		// Relocations without a symbol have S = 0.
		return s.add(linkmap.Target{Kind: linkmap.Absolute, Name: "(no symbol)", Local: true})
	case sym.Local() && sym.Where != elfload.Undefined:
		idx := s.bindDef(newDef(oi, si))
		if idx >= 0 {
			s.targets[idx].Local = true
		}
		return idx
	}
	return s.bindGlobal(oi, si)
}

// bindGlobal makes the Ref of a symbol that a global name stands for.
func (s *binder) bindGlobal(oi, si int) int32 {
	sym := &s.prog.objects[oi].Symbols[si]
	d, defined := s.definition(oi, si)
	idx := s.bindMeaning(s.prog.means(oi, si), d, defined, sym.Weak())
	if idx >= 0 && s.isQStrTable(&s.targets[idx]) {
		s.checkRecords(oi)
	}
	return idx
}

// bindName makes the Ref of a name, wherever it is from.
func (s *binder) bindName(name string) int32 {
	d, defined := s.prog.globals.get(name)
	return s.bindMeaning(name, d, defined, false)
}

// bindMeaning makes the Ref of a global name with its definition, if objects
// have one. Weak: that nobody defines it is no error.
func (s *binder) bindMeaning(name string, d def, defined, weak bool) int32 {
	if _, ok := s.prog.aliases[name]; ok {
		return s.bindAlias(name)
	}
	if s.unvalued(name) {
		return unusable
	}
	if e, ok := s.prog.fixed(name); ok && !(defined && e.Provide) {
		return s.bindFixed(name, e)
	}
	if defined {
		return s.bindVia(d)
	}
	if name == gotName {
		return s.add(linkmap.Target{Kind: linkmap.InSection, Name: gotName, Section: int32(s.prog.got)})
	}
	if piece, ok := s.prog.boundaryOf[name]; ok {
		return s.add(linkmap.Target{Kind: linkmap.InSection, Name: name, Section: int32(piece)})
	}
	if s.numbersNothing(name) {
		return missing // weak or not: code would read what lies behind an empty table
	}
	if table := s.qstrTable(name); table != noSection {
		return s.add(linkmap.Target{Kind: linkmap.InSection, Name: name, Section: int32(table)})
	}
	if p, ok := s.prog.in.ABI.Provided[name]; ok {
		return s.add(linkmap.Target{Kind: linkmap.Supplied, Name: name, Dest: p.Dest, Code: p.Code})
	}
	if weak {
		return s.add(linkmap.Target{Kind: linkmap.Null, Name: name})
	}
	return missing
}

// definition returns the definition of a symbol's name, if there is one.
func (s *binder) definition(oi, si int) (def, bool) {
	if i := s.prog.nameOf[oi][si]; i != notGlobal {
		n := &s.prog.globals.list[i]
		return n.def, n.defined
	}
	return s.prog.globals.get(s.prog.objects[oi].Symbols[si].Name) // local but undefined, which no assembler makes
}

// bindVia binds through the definition's own object, so that a name has one
// Ref however many objects use it.
func (s *binder) bindVia(d def) int32 {
	idx := s.targetOf[d.obj][d.sym]
	if idx == unbound {
		idx = s.bindDef(d)
		s.targetOf[d.obj][d.sym] = idx
	}
	return idx
}

// bindDef makes the Ref of a definition.
func (s *binder) bindDef(d def) int32 {
	sym := s.prog.symbol(d)
	switch {
	case sym.Type() == elf.STT_GNU_IFUNC:
		s.errs.Add(s.prog.where(d), "%s is an IFUNC: its code is chosen by a dynamic loader, which MicroPython has not", sym.Name).
			Note("use a C library built for microcontrollers, or provide a plain %s", sym.Name)
		return unusable
	case sym.Where == elfload.Absolute:
		return s.add(linkmap.Target{Kind: linkmap.Absolute, Name: sym.Name, Off: sym.Value})
	case sym.Where == elfload.Common:
		if d.common < 0 {
			return elsewhere
		}
		return s.add(linkmap.Target{Kind: linkmap.InSection, Name: sym.Name, Section: int32(d.common)})
	}
	p := s.prog.sectionOf[d.obj][sym.Sect]
	if p == discarded && s.prog.in.KeepUnwind {
		p = s.prog.kept(s.prog.objects[d.obj], sym.Sect)
	}
	switch {
	case p < 0:
		return elsewhere
	case s.prog.sections[p].Class == linkmap.Refused:
		return unusable
	}
	return s.add(linkmap.Target{Kind: linkmap.InSection, Name: sym.Name, Section: int32(p), Off: sym.Value, Mode: sym.Mode})
}

// definedIn returns the section that the definition of a symbol is in.
func (s *binder) definedIn(oi, si int) *elfload.Section {
	if d, ok := s.definition(oi, si); ok {
		oi, si = int(d.obj), int(d.sym)
	}
	return &s.prog.objects[oi].Sections[s.prog.objects[oi].Symbols[si].Sect]
}

func (s *binder) add(r linkmap.Target) int32 {
	if len(s.targets) == cap(s.targets) {
		s.targets = slices.Grow(s.targets, len(s.targets)+64) // append grows large slices by a quarter only
	}
	s.targets = append(s.targets, r)
	return int32(len(s.targets) - 1)
}

// isFunction reports whether the prevailing definition of a symbol is typed
// as a function; a plain label says nothing about its instruction set.
func (s *binder) isFunction(oi, si int) bool {
	sym := &s.prog.objects[oi].Symbols[si]
	if d, ok := s.definition(oi, si); ok && !sym.Local() {
		sym = s.prog.symbol(d)
	}
	return sym.Where == elfload.InSection && sym.Type() == elf.STT_FUNC
}
