package resolve

import (
	"cmp"
	"debug/elf"
	"slices"
	"strings"

	"mpyld/elfload"
	"mpyld/linkmap"
)

// Who asks why something is in a module, or is not, is told by the rules of Reach: where
// reaching starts, and what one section takes with it beyond what its relocations
// say. It is found out when all is decided, for those who ask alone.
//
//	lib.a(m.o), for f: .text.f and .rodata.f of one group    tied to each other
//	lib.a(m.o): .text.g                                      removed: unreachable

// Reasons say why sections are in the module or not.
func (r *Program) Reasons() *linkmap.Reasons {
	m := &linkmap.Reasons{FileOf: make([]int32, len(r.Sections))}
	for i := range m.FileOf {
		m.FileOf[i] = -1
	}
	for oi, obj := range r.Objects {
		m.Files = append(m.Files, r.file(oi))
		for si, section := range r.SectionOf[oi] {
			if section >= 0 {
				m.FileOf[section] = int32(oi)
			}
			r.tell(m, oi, si, &obj.Sections[si])
		}
		r.ties(m, oi)
	}
	for i := range r.Globals.List {
		n := &r.Globals.List[i]
		if !n.Defined || r.Symbol(n.Def).Where != elfload.Common {
			continue
		}
		name := r.Globals.Name(n.number)
		switch section := n.Def.Common; {
		case section >= 0:
			m.FileOf[section] = n.Def.Obj
			if int(n.Def.Obj) < len(r.In.Objects) && !r.In.GCSections {
				m.Roots = append(m.Roots, linkmap.Root{Section: section, Why: linkmap.IsObject})
			}
		case section == Discarded:
			m.Removed = append(m.Removed, linkmap.Removed{
				File: n.Def.Obj, Name: commonPrefix + name, Size: r.Symbol(n.Def).Size, Why: r.unreached(int(n.Def.Obj)), Symbols: []string{name},
			})
		}
	}
	r.namedRoots(m)
	for i := range r.Boundaries {
		for _, to := range r.Boundaries[i].Of {
			if m.FileOf[to] >= 0 { // the others of the table have gone
				m.Ties = append(m.Ties, linkmap.Tie{From: int32(r.Boundaries[i].Section), To: int32(to), Why: linkmap.EndsOf})
			}
		}
	}
	m.Mentions = r.mentions()
	return m
}

// file is an object as reasons have it.
func (r *Program) file(oi int) linkmap.File {
	f := linkmap.File{Name: r.Objects[oi].Name}
	if oi < len(r.In.Objects) {
		return f
	}
	e := r.Extracted[oi-len(r.In.Objects)]
	f.For, f.Symbol = e.For, e.Symbol
	for _, a := range append(slices.Clip(r.In.Archives), r.support) {
		if a != nil && strings.HasPrefix(f.Name, a.Name+"(") && len(a.Name) > len(f.Archive) {
			f.Archive = a.Name
		}
	}
	return f
}

// tell says of a section of an object that it is a root, or why it was removed.
func (r *Program) tell(m *linkmap.Reasons, oi, si int, s *elfload.Section) {
	section := r.SectionOf[oi][si]
	switch {
	case section < 0 && (s.Size == 0 || s.Flags&elf.SHF_ALLOC == 0):
	case section < 0:
		m.Removed = append(m.Removed, linkmap.Removed{File: int32(oi), Name: s.Name, Size: s.Size, Why: r.whyRemoved(oi, si, s), Symbols: r.defines(oi, si)})
	case stays(s):
		m.Roots = append(m.Roots, linkmap.Root{Section: section, Why: linkmap.IsKept})
	case r.In.KeepUnwind && isUnwind(s, r.Machine):
		m.Roots = append(m.Roots, linkmap.Root{Section: section, Why: linkmap.IsUnwind})
	case oi < len(r.In.Objects) && !r.In.GCSections:
		m.Roots = append(m.Roots, linkmap.Root{Section: section, Why: linkmap.IsObject})
	}
}

func (r *Program) whyRemoved(oi, si int, s *elfload.Section) linkmap.RemovedReason {
	if r.SectionOf[oi][si] == NoSection {
		return linkmap.IsDiscarded
	}
	if s.Group >= 0 && r.Objects[oi].Groups[s.Group].COMDAT {
		if kept := r.comdats[r.Objects[oi].Groups[s.Group].Signature]; kept != (groupRef{oi, int(s.Group)}) {
			return linkmap.IsCOMDAT
		}
	}
	if r.replaced[[2]int{oi, si}] || r.definesFixed(oi, si) {
		return linkmap.IsOverridden
	}
	return r.unreached(oi)
}

// definesFixed reports whether a section has a definition that a fixed address replaces.
func (r *Program) definesFixed(oi, si int) bool {
	obj := r.Objects[oi]
	return slices.ContainsFunc(obj.Symbols[obj.Locals:], func(s elfload.Symbol) bool {
		return s.Where == elfload.InSection && int(s.Sect) == si && !s.Local() && r.overridden(s.Name)
	})
}

// unreached is why something of an object is not in the module that nothing refers to.
func (r *Program) unreached(oi int) linkmap.RemovedReason {
	if oi < len(r.In.Objects) {
		return linkmap.IsGarbage
	}
	return linkmap.IsUnreachable
}

// defines names what a section of an object defines.
func (r *Program) defines(oi, si int) (names []string) {
	obj := r.Objects[oi]
	for i := range obj.Symbols {
		if s := &obj.Symbols[i]; s.Where == elfload.InSection && int(s.Sect) == si && isName(s) {
			names = append(names, s.Name)
		}
	}
	return names
}

// ties are what sections of an object take with them.
func (r *Program) ties(m *linkmap.Reasons, oi int) {
	obj, of := r.Objects[oi], r.SectionOf[oi]
	tie := func(from, to int, why linkmap.TieReason) {
		if of[from] >= 0 && of[to] >= 0 {
			m.Ties = append(m.Ties, linkmap.Tie{From: of[from], To: of[to], Why: why})
		}
	}
	for si := range obj.Sections {
		if to := int(obj.Sections[si].Follows); to != 0 {
			tie(to, si, linkmap.Describes)
		}
	}
	// A ring is enough: whatever is reached first reaches all.
	for _, g := range obj.Groups {
		in := slices.DeleteFunc(slices.Clone(g.Members), func(si int) bool { return of[si] < 0 })
		for i, si := range in {
			if next := in[(i+1)%len(in)]; next != si {
				tie(si, next, linkmap.InGroup)
			}
		}
	}
}

// namedRoots are the sections of what is wanted by name.
func (r *Program) namedRoots(m *linkmap.Reasons) {
	root := func(name string, why linkmap.RootReason) {
		d, ok := r.Globals.Get(name)
		if !ok {
			return
		}
		section := d.Common
		if s := r.Symbol(d); s.Where == elfload.InSection {
			section = r.SectionOf[d.Obj][s.Sect]
		}
		if section >= 0 {
			m.Roots = append(m.Roots, linkmap.Root{Section: section, Why: why, Symbol: name})
		}
	}
	if r.start != nil {
		root(StartName, linkmap.IsEntry)
	} else {
		root(entryName, linkmap.IsEntry)
	}
	for _, name := range r.In.Undefined {
		final, _ := r.final(name)
		root(final, linkmap.IsUndefined)
	}
	for _, name := range SortedKeys(r.Aliases) {
		if a := r.Aliases[name]; !a.Set.Provide {
			final, _ := r.final(name)
			root(final, linkmap.IsAlias)
		}
	}
}

// mentions lists the global symbols by name, and who names each.
func (r *Program) mentions() []linkmap.Mention {
	list := make([]linkmap.Mention, len(r.Globals.List))
	for i := range list {
		list[i].Symbol = r.Globals.Name(r.Globals.List[i].number)
	}
	for _, mentions := range []func(*elfload.Symbol) bool{
		func(s *elfload.Symbol) bool { return s.Where != elfload.Undefined && s.Where != elfload.Common },
		func(s *elfload.Symbol) bool { return s.Where == elfload.Common },
		func(s *elfload.Symbol) bool { return s.Where == elfload.Undefined },
	} {
		for oi, obj := range slices.Backward(r.Objects) {
			for si := obj.Locals; si < len(obj.Symbols); si++ {
				if number := r.NameOf[oi][si]; number != NotGlobal && mentions(&obj.Symbols[si]) {
					list[number].Files = append(list[number].Files, int32(oi))
				}
			}
		}
	}
	list = slices.DeleteFunc(list, func(m linkmap.Mention) bool { return len(m.Files) == 0 })
	slices.SortFunc(list, func(a, b linkmap.Mention) int { return cmp.Compare(a.Symbol, b.Symbol) })
	return list
}
