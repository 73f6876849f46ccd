package link

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

// fixed returns the address that is given for a name. A firmware has symbols of
// its own for what is the module's business, or comes to it in a better way:
// those are not meant.
func (r *program) fixed(name string) (linkmap.Extern, bool) {
	if e, ok := r.setByScript(name); ok {
		return e, true
	}
	e, ok := r.in.Externs[name]
	if !ok || e.From == "" {
		return e, ok
	}
	_, provided := r.in.ABI.Provided[name]
	_, region := regionBoundaries[name]
	_, run := runBoundaries[name]
	switch {
	case provided, region, run, preferred[name] == beforeAll:
		return linkmap.Extern{}, false
	}
	switch name {
	case gotName, entryName, startName, mpyfile.QStrValsSymbol, mpyfile.QStrObjsSymbol:
		return linkmap.Extern{}, false
	}
	return e, true
}

// overridden reports whether a global name means a fixed address or an alias,
// whatever objects define.
func (r *program) overridden(name string) bool {
	if e, ok := r.fixed(name); ok && !e.Provide {
		return true
	}
	a, ok := r.aliases[name]
	return ok && !a.set.Provide
}

// dropOverridden takes the sections out of the link that only hold overridden
// definitions, and what only those refer to. Sections are the unit: code of a
// function cannot be told from its neighbour's.
func (r *program) dropOverridden() {
	defs := r.overriddenDefs()
	keeps := map[def]string{} // by section, as {object, section}: why it stays
	for i := 0; i < len(defs); {
		oi := defs[i].obj
		of := defs[i:]
		if n := slices.IndexFunc(of, func(d def) bool { return d.obj != oi }); n >= 0 {
			of = of[:n]
		}
		r.dropFrom(int(oi), of, keeps)
		i += len(of)
	}
	for _, d := range defs {
		s := r.symbol(d)
		o := linkmap.Override{Symbol: s.Name, Where: r.where(d)}
		if s.Where == elfload.InSection {
			o.Keeps = keeps[def{obj: d.obj, sym: s.Sect}]
		}
		r.overrides = append(r.overrides, o)
		r.checkOverride(d)
	}
}

// dropFrom does so for the overridden definitions of one object. Other objects
// cannot refer to any of it: names mean something else now, and what has no
// name is local.
func (r *program) dropFrom(oi int, defs []def, keeps map[def]string) {
	obj := r.objects[oi]
	in := func(i int32) bool { return r.sectionOf[oi][i] >= 0 }

	// What else a section defines may be asked for by anyone.
	other := make([]string, len(obj.Sections))
	for i := range obj.Symbols {
		s := &obj.Symbols[i]
		if s.Where == elfload.InSection && !s.Local() && other[s.Sect] == "" && (!r.overridden(s.Name) || s.Name == entryName) {
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
	mayGo, stays := make([]bool, len(obj.Sections)), make([]string, len(obj.Sections))
	var todo []int32
	reach := func(i int32) {
		if in(i) && !mayGo[i] && other[i] == "" {
			mayGo[i] = true
			todo = append(todo, i)
		}
	}
	for _, d := range defs {
		if s := r.symbol(d); s.Where == elfload.InSection {
			reach(s.Sect)
			stays[s.Sect] = other[s.Sect]
		}
	}
	for len(todo) > 0 {
		from := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, ref := range refs[from] {
			reach(ref.to)
		}
	}
	for i := range obj.Sections {
		if in(int32(i)) && !mayGo[i] {
			todo = append(todo, int32(i))
		}
	}
	for len(todo) > 0 {
		from := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, ref := range refs[from] {
			if mayGo[ref.to] {
				mayGo[ref.to] = false
				stays[ref.to] = "what " + linkmap.At(obj.Name, obj.Sections[from].Name, ref.off) + " refers to"
				todo = append(todo, ref.to)
			}
		}
	}
	for i, goes := range mayGo {
		keeps[def{obj: int32(oi), sym: int32(i)}] = stays[i]
		if goes {
			dropSection(&r.sections[r.sectionOf[oi][i]])
			r.sectionOf[oi][i] = discarded
		}
	}
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

// dropPiece makes a piece take no room.
func dropSection(p *linkmap.Section) {
	p.Size, p.Align, p.Data = 0, 1, nil
}

// overriddenDefs returns the prevailing definitions that fixed addresses and
// aliases replace, in link order.
func (r *program) overriddenDefs() []def {
	if len(r.in.Externs) == 0 && len(r.aliases) == 0 {
		return nil
	}
	var defs []def
	for i := range r.globals.list {
		if n := &r.globals.list[i]; n.defined && r.overridden(n.name) {
			defs = append(defs, n.def)
		}
	}
	slices.SortFunc(defs, func(a, b def) int { return cmp.Or(cmp.Compare(a.obj, b.obj), cmp.Compare(a.sym, b.sym)) })
	return defs
}

// checkOverride warns about a variable of the module that a whole firmware's
// symbols replace: chances are that both just happen to have one of that name,
// and the module would write to the firmware's.
func (r *program) checkOverride(d def) {
	s := r.symbol(d)
	e, _ := r.fixed(s.Name)
	if e.From == "" || s.Type() == elf.STT_FUNC && e.Function {
		return
	}
	w := diag.New(r.where(d), "%s %s is the %s of that name in %s", kindOf(s), s.Name, externKind(e), e.From)
	w.Note("if it is another one, make it static or rename it")
	r.warnings = append(r.warnings, w)
}

func externKind(e linkmap.Extern) string {
	if e.Function {
		return "function"
	}
	return "variable"
}

// sortedKeys returns the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
