package bind

import (
	"debug/elf"

	"mpyld/elfload"
	"mpyld/link/internal/resolve"
	"mpyld/linkmap"
	"mpyld/relocs"
)

// A relocation names a symbol of its object, and what that means depends on all others:
// another object's definition may count, a script, or something of the firmware's. Each
// symbol gets one Target, made when it is first asked for, and all names for one
// definition share it.
//
//	a.o: f, undefined    b.o: f, at .text.f+0          both: .text.f of b.o, offset 0
//	a.o: memset, undefined, and in no object           an entry of mp_fun_table

// bind returns the Target of a symbol as one object sees it, or unusable after
// reporting why there is none.
func (s *binder) bind(oi, si int, p *linkmap.Origin, off uint64, h *relocs.Howto) int32 {
	si = int(symbolOf(h, uint32(si)))
	idx := s.lookup(oi, si)
	sym := &s.prog.Objects[oi].Symbols[si]
	switch {
	case idx == missing:
		s.undefined(s.prog.Means(oi, si)).refer(s, oi, p, off)
		return unusable
	case idx == elsewhere, s.isTwin(idx, p):
		obj, dropped := s.definedIn(oi, si)
		s.errs.Add(p.At(off), "%s against %s, which is in section %s and not part of the module", h.Name, sym.Name, dropped.Name).
			Note("%s", s.prog.WhyDropped(obj, dropped))
		return unusable
	case idx < 0:
		return unusable
	case !h.Branch || !s.other[idx]:
		return idx
	case s.Targets[idx].Kind == linkmap.Absolute:
		s.errs.Add(p.At(off), "%s against %s: the branch cannot change the instruction set, and 0x%x is an address of another one",
			h.Name, s.Targets[idx].Name, s.Targets[idx].Off).
			Note("give the address as pointers have it, with bit 0 set: 0x%x (nm leaves the bit out; --just-symbols has it)", s.Targets[idx].Off|uint64(s.prog.Machine.ModeBits))
		return unusable
	case s.isFunction(oi, si):
		s.errs.Add(p.At(off), "%s against %s: the branch cannot change the instruction set", h.Name, sym.Name).
			Note("%s", s.prog.Machine.ModeWhy)
		return unusable
	}
	return idx
}

// lookup returns the Target of a symbol, or what bindFirst says instead.
func (s *binder) lookup(oi, si int) int32 {
	idx := s.targetOf[oi][si]
	if idx == unbound {
		idx = s.bindFirst(oi, si)
		s.targetOf[oi][si] = idx
	}
	return idx
}

// What bindFirst returns when a symbol has no Target.
const (
	unbound   = -1 // not looked up yet
	unusable  = -2 // reported already
	missing   = -3 // undefined
	elsewhere = -4 // defined in a section that is not in the module
)

// bindFirst makes the Target of a symbol.
func (s *binder) bindFirst(oi, si int) int32 {
	sym := &s.prog.Objects[oi].Symbols[si]
	switch {
	case si == 0:
		// Relocations without a symbol have S = 0.
		return s.add(linkmap.Target{Kind: linkmap.Absolute, Name: "(no symbol)", Local: true})
	case sym.Local() && sym.Where != elfload.Undefined:
		idx := s.bindDef(resolve.NewDef(oi, si))
		if idx >= 0 {
			s.Targets[idx].Local = true
		}
		return idx
	}
	return s.bindGlobal(oi, si)
}

// bindGlobal makes the Target of a symbol that a global name stands for. Of a name that is defined,
// that is the same for all objects.
func (s *binder) bindGlobal(oi, si int) int32 {
	n := s.prog.NameOf[oi][si]
	if n != resolve.NotGlobal && s.named[n] != unbound {
		return s.named[n]
	}
	d, defined := s.definition(oi, si)
	if defined && s.plain && n != resolve.NotGlobal {
		s.named[n] = s.bindDef(d)
		return s.named[n]
	}
	idx := s.bindMeaning(s.prog.Means(oi, si), d, defined, s.prog.Objects[oi].Symbols[si].Weak())
	switch {
	case idx < 0:
	case s.isQStrTable(&s.Targets[idx]):
		s.checkRecords(oi)
	case defined && n != resolve.NotGlobal:
		s.named[n] = idx
	}
	return idx
}

// bindName makes the Target of a name, wherever it is from.
func (s *binder) bindName(name string) int32 {
	d, defined := s.prog.Globals.Get(name)
	return s.bindMeaning(name, d, defined, false)
}

// bindMeaning makes the Target of a global name with its definition, if objects
// have one. Weak: that nobody defines it is no error.
func (s *binder) bindMeaning(name string, d resolve.Def, defined, weak bool) int32 {
	if _, ok := s.prog.Aliases[name]; ok {
		return s.bindAlias(name)
	}
	if s.unvalued(name) {
		return unusable
	}
	if e, ok := s.prog.Fixed(name); ok && !(defined && e.Provide) {
		return s.bindFixed(name, e)
	}
	if defined {
		return s.bindVia(d)
	}
	if name == resolve.GotName {
		return s.add(linkmap.Target{Kind: linkmap.InSection, Name: resolve.GotName, Section: int32(s.prog.Got)})
	}
	if section, ok := s.prog.BoundaryOf[name]; ok {
		return s.add(linkmap.Target{Kind: linkmap.InSection, Name: name, Section: int32(section)})
	}
	if s.numbersNothing(name) {
		return missing // weak or not: code would read what lies behind an empty table
	}
	if table := s.qstrTable(name); table != resolve.NoSection {
		return s.add(linkmap.Target{Kind: linkmap.InSection, Name: name, Section: int32(table)})
	}
	if p, ok := s.prog.In.ABI.Provided.Get()[name]; ok {
		return s.add(linkmap.Target{Kind: linkmap.Supplied, Name: name, Dest: p.Dest, Code: p.Code})
	}
	if weak {
		return s.add(linkmap.Target{Kind: linkmap.Null, Name: name})
	}
	return missing
}

// definition returns the definition of a symbol's name, if there is one.
func (s *binder) definition(oi, si int) (resolve.Def, bool) {
	if i := s.prog.NameOf[oi][si]; i != resolve.NotGlobal {
		n := &s.prog.Globals.List[i]
		return n.Def, n.Defined
	}
	return s.prog.Globals.Get(s.prog.Objects[oi].Symbols[si].Name) // local but undefined, which no assembler makes
}

// bindVia binds through the definition's own object, so that a name has one
// Target however many objects use it.
func (s *binder) bindVia(d resolve.Def) int32 {
	idx := s.targetOf[d.Obj][d.Sym]
	if idx == unbound {
		idx = s.bindDef(d)
		s.targetOf[d.Obj][d.Sym] = idx
	}
	return idx
}

// bindDef makes the Target of a definition.
func (s *binder) bindDef(d resolve.Def) int32 {
	sym := s.prog.Symbol(d)
	switch {
	case sym.Type() == elf.STT_GNU_IFUNC:
		s.errs.Add(s.prog.Where(d), "%s is an IFUNC: its code is chosen by a dynamic loader, and MicroPython has none", sym.Name).
			Note("use a C library built for microcontrollers, or provide a plain %s", sym.Name)
		return unusable
	case sym.Where == elfload.Absolute:
		return s.add(linkmap.Target{Kind: linkmap.Absolute, Name: sym.Name, Off: sym.Value})
	case sym.Where == elfload.Common:
		if d.Common < 0 {
			return elsewhere
		}
		return s.add(linkmap.Target{Kind: linkmap.InSection, Name: sym.Name, Section: int32(d.Common)})
	}
	p := s.prog.SectionOf[d.Obj][sym.Sect]
	twin := p == resolve.Discarded && s.prog.In.KeepUnwind
	if twin {
		p = s.prog.Kept(s.prog.Objects[d.Obj], sym.Sect)
	}
	switch {
	case p < 0:
		return elsewhere
	case s.prog.Sections[p].Class == linkmap.Refused:
		return unusable
	case twin:
		s.twins[int32(len(s.Targets))] = true
	}
	return s.add(linkmap.Target{Kind: linkmap.InSection, Name: sym.Name, Section: int32(p), Off: sym.Value, Mode: sym.Mode})
}

// isTwin reports whether a Target is the copy of a group that stands for one which is left out, but not in a section
// of tables for unwinders: all else would count bytes of another compiler's code.
func (s *binder) isTwin(idx int32, p *linkmap.Origin) bool {
	return s.twins[idx] && !resolve.HasPrefix(p.Name, s.prog.Machine.Unwind)
}

// definedIn returns the object and the section that the definition of a symbol is in.
func (s *binder) definedIn(oi, si int) (*elfload.Object, *elfload.Section) {
	if d, ok := s.definition(oi, si); ok {
		oi, si = int(d.Obj), int(d.Sym)
	}
	obj := s.prog.Objects[oi]
	return obj, &obj.Sections[obj.Symbols[si].Sect]
}

func (s *binder) add(r linkmap.Target) int32 {
	if r.Kind == linkmap.InSection && int(r.Section) == s.prog.Got {
		s.gots = append(s.gots, uint32(len(s.Targets)))
	}
	s.Targets, s.other = append(s.Targets, r), append(s.other, s.otherMode(&r))
	return int32(len(s.Targets) - 1)
}

// isFunction reports whether the prevailing definition of a symbol is typed
// as a function; a plain label says nothing about its instruction set.
func (s *binder) isFunction(oi, si int) bool {
	sym := &s.prog.Objects[oi].Symbols[si]
	if d, ok := s.definition(oi, si); ok && !sym.Local() {
		sym = s.prog.Symbol(d)
	}
	return sym.Where == elfload.InSection && sym.Type() == elf.STT_FUNC
}
