package resolve

import (
	"cmp"
	"debug/elf"
	"maps"
	"slices"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/linkmap"
	"mpyld/mpyfile"
)

// An address from --defsym, a script or linked firmware counts for more than what
// objects define. The definition that it replaces is then of no use in the module, nor
// is what only it refers to. Sections are the unit, for code of one function cannot be
// told from its neighbour's: one that also has something else stays.
//
//	--defsym f=0x1000    .text.f: f, calls static g and k    .text.h: h, calls static k
//	.text.f and .text.g go; .text.k stays, because .text.h needs it

// Fixed returns the address that is given for a name. A firmware has symbols of
// its own for what is the module's business, or comes to it in a better way:
// those are not meant.
func (r *Program) Fixed(name string) (linkmap.Extern, bool) {
	if e, ok := r.setByScript(name); ok {
		return e, true
	}
	e, ok := r.In.Externs[name]
	if !ok || e.From == "" {
		return e, ok
	}
	_, provided := r.In.ABI.Provided.Get()[name]
	_, region := regionBoundaries.Get()[name]
	_, output := outputBoundaries.Get()[name]
	switch {
	case provided, region, output, preferred.Get()[name] == beforeAll:
		return linkmap.Extern{}, false
	}
	switch name {
	case GotName, entryName, StartName, mpyfile.QStrValsSymbol, mpyfile.QStrObjsSymbol:
		return linkmap.Extern{}, false
	}
	return e, true
}

// overridden reports whether a global name means a fixed address or an alias,
// whatever objects define.
func (r *Program) overridden(name string) bool {
	if e, ok := r.Fixed(name); ok && !e.Provide {
		return true
	}
	a, ok := r.Aliases[name]
	return ok && !a.Set.Provide
}

// dropOverridden takes the sections out of the link that only hold overridden
// definitions, and what only those refer to.
func (r *Program) dropOverridden() {
	defs := r.overriddenDefs()
	r.replaced = map[[2]int]bool{}
	keeps := map[Def]string{} // by section, as {object, section}: why it stays
	for i := 0; i < len(defs); {
		oi := defs[i].Obj
		of := defs[i:]
		if n := slices.IndexFunc(of, func(d Def) bool { return d.Obj != oi }); n >= 0 {
			of = of[:n]
		}
		r.dropFrom(int(oi), of, keeps)
		i += len(of)
	}
	for _, d := range defs {
		s := r.Symbol(d)
		o := linkmap.Override{Symbol: s.Name, Where: r.Where(d).String()}
		if s.Where == elfload.InSection {
			o.Keeps = keeps[Def{Obj: d.Obj, Sym: s.Sect}]
		}
		r.Overrides = append(r.Overrides, o)
		r.checkOverride(d)
	}
}

// dropFrom does so for the overridden definitions of one object. Other objects
// cannot refer to any of it: names mean something else now, and what has no
// name is local.
func (r *Program) dropFrom(oi int, defs []Def, keeps map[Def]string) {
	obj := r.Objects[oi]
	in := func(i int32) bool { return r.SectionOf[oi][i] >= 0 }

	// What else a section defines may be asked for by anyone.
	other := make([]string, len(obj.Sections))
	for i := range obj.Symbols {
		s := &obj.Symbols[i]
		if s.Where == elfload.InSection && !s.Local() && other[s.Sect] == "" && !r.overridden(s.Name) {
			other[s.Sect] = s.Name
		}
	}
	refs := make([][]localRef, len(obj.Sections))
	seen := make([]int32, len(obj.Sections))
	for i := range obj.Sections {
		if in(int32(i)) {
			refs[i] = localRefs(obj, int32(i), seen)
		}
	}

	// Those may go: sections of the definitions without anything else, and what
	// can be reached from there. Of these stays what can be reached from elsewhere.
	mayGo, why := make([]bool, len(obj.Sections)), make([]string, len(obj.Sections))
	var work []int32
	reach := func(i int32) {
		if in(i) && !mayGo[i] && other[i] == "" && !r.isPartOfMore(oi, i) {
			mayGo[i] = true
			work = append(work, i)
		}
	}
	for _, d := range defs {
		if s := r.Symbol(d); s.Where == elfload.InSection {
			reach(s.Sect)
			if why[s.Sect] = other[s.Sect]; in(s.Sect) && r.isPartOfMore(oi, s.Sect) {
				why[s.Sect] = "a part of a table, or is to be kept"
			}
		}
	}
	for len(work) > 0 {
		from := work[len(work)-1]
		work = work[:len(work)-1]
		for _, ref := range refs[from] {
			reach(ref.to)
		}
	}
	for i := range obj.Sections {
		if in(int32(i)) && !mayGo[i] {
			work = append(work, int32(i))
		}
	}
	for len(work) > 0 {
		from := work[len(work)-1]
		work = work[:len(work)-1]
		for _, ref := range refs[from] {
			if mayGo[ref.to] {
				mayGo[ref.to] = false
				why[ref.to] = "what " + linkmap.At(obj.Name, obj.Sections[from].Name, ref.off).String() + " refers to"
				work = append(work, ref.to)
			}
		}
	}
	for i, goes := range mayGo {
		keeps[Def{Obj: int32(oi), Sym: int32(i)}] = why[i]
		if goes {
			dropSection(&r.Sections[r.SectionOf[oi][i]])
			r.SectionOf[oi][i] = Discarded
			r.replaced[[2]int{oi, i}] = true
		}
	}
}

// isPartOfMore reports whether a section of an object stays whatever it defines: one that is to be kept, or a
// part of a table.
func (r *Program) isPartOfMore(oi int, section int32) bool {
	return stays(&r.Objects[oi].Sections[section]) || r.outputs[r.Sections[r.SectionOf[oi][section]].Name] != nil
}

// localRef is a reference to a section by a symbol that only its object has.
type localRef struct {
	to  int32
	off uint64 // byte offset of the relocation
}

// localRefs returns the first reference of a section to each other one. seen is
// room to note those in, by section.
func localRefs(obj *elfload.Object, section int32, seen []int32) []localRef {
	var list []localRef
	for rel := range obj.Sections[section].Relocs {
		s := &obj.Symbols[rel.Sym]
		if s.Local() && s.Where == elfload.InSection && s.Sect != section && seen[s.Sect] != section {
			seen[s.Sect] = section
			list = append(list, localRef{s.Sect, uint64(rel.Off)})
		}
	}
	return list
}

// dropSection makes a section take no room.
func dropSection(p *linkmap.Origin) {
	p.Size, p.Align, p.Data, p.Edits = 0, 1, nil, nil
}

// overriddenDefs returns the prevailing definitions that fixed addresses and
// aliases replace, in link order.
func (r *Program) overriddenDefs() []Def {
	if len(r.In.Externs) == 0 && len(r.Aliases) == 0 {
		return nil
	}
	var defs []Def
	for i := range r.Globals.List {
		if n := &r.Globals.List[i]; n.Defined && r.overridden(r.Globals.Name(n.number)) {
			defs = append(defs, n.Def)
		}
	}
	slices.SortFunc(defs, func(a, b Def) int { return cmp.Or(cmp.Compare(a.Obj, b.Obj), cmp.Compare(a.Sym, b.Sym)) })
	return defs
}

// checkOverride warns about a variable of the module that a whole firmware's
// symbols replace: chances are that both just happen to have one of that name,
// and the module would write to the firmware's.
func (r *Program) checkOverride(d Def) {
	s := r.Symbol(d)
	e, _ := r.Fixed(s.Name)
	if e.From == "" || s.Type() == elf.STT_FUNC && e.Function {
		return
	}
	w := diag.New(r.Where(d), "%s %s is the %s of that name in %s", kindOf(s), s.Name, externKind(e), e.From)
	w.Note("if it is another one, make it static or rename it")
	r.Warnings = append(r.Warnings, w)
}

func externKind(e linkmap.Extern) string {
	if e.Function {
		return "function"
	}
	return "variable"
}

// SortedKeys returns the keys of a map in order.
func SortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
