package link

import (
	"cmp"
	"debug/elf"
	"maps"
	"slices"

	"mpyld/diag"
	"mpyld/elfload"
)

// Override is a definition in an object that gave way to a fixed address.
type Override struct {
	Symbol string
	Where  string // coordinates of the definition
	Keeps  string // what else its section holds that the module needs, so that it stays; "" if it left
}

// Firmware is a linked program whose symbols are fixed addresses.
type Firmware struct {
	File    string
	BuildID string // in hexadecimal, as readelf -n prints it; "" if it has none
}

// overridden reports whether a global name means a fixed address or an alias,
// whatever objects define.
func (r *resolved) overridden(name string) bool {
	if e, ok := r.in.Externs[name]; ok && !e.Provide {
		return true
	}
	_, ok := r.in.Aliases[name]
	return ok
}

// dropOverridden takes the sections out of the link that only hold overridden
// definitions, and what only those refer to. Sections are the unit: code of a
// function cannot be told from its neighbour's.
func (r *resolved) dropOverridden() {
	defs := r.overriddenDefs()
	if len(defs) == 0 {
		return
	}
	type section struct{ obj, sect int }
	needs := map[section]string{} // why a section stays
	out := map[section]bool{}
	for _, d := range defs {
		if s := r.symbol(d); s.Where == elfload.InSection && r.pieceOf[d.obj][s.Sect] >= 0 {
			out[section{d.obj, int(s.Sect)}] = true
		}
	}
	// What else a section defines may be asked for by anyone.
	for oi, obj := range r.objs {
		for si := range obj.Symbols {
			s := &obj.Symbols[si]
			key := section{oi, int(s.Sect)}
			if s.Where != elfload.InSection || s.Local() || !out[key] || r.overridden(s.Name) && s.Name != entryName {
				continue
			}
			delete(out, key)
			needs[key] = s.Name
		}
	}
	// Local symbols bind within their object: a section is needed if one that
	// stays refers to it so, and goes if all do that go. Each round takes one
	// more step along such references.
	for changed := true; changed; {
		changed = false
		users := map[section]int{} // sections that refer to it, of those that go
		for oi, obj := range r.objs {
			for si := range obj.Sections {
				from := section{oi, si}
				if r.pieceOf[oi][si] < 0 {
					continue
				}
				seen := map[int]bool{}
				for rel := range obj.Sections[si].Relocs {
					s := &obj.Symbols[rel.Sym]
					to := section{oi, int(s.Sect)}
					if !s.Local() || s.Where != elfload.InSection || to == from || seen[to.sect] {
						continue
					}
					seen[to.sect] = true
					switch {
					case out[from]:
						users[to]++
					case out[to]:
						delete(out, to)
						needs[to] = "what " + at(obj.Name, obj.Sections[si].Name, uint64(rel.Off)) + " refers to"
						changed = true
					default:
						users[to] = -len(r.pieces)
					}
				}
			}
		}
		for to, n := range users {
			if n > 0 && !changed && !out[to] && needs[to] == "" && r.pieceOf[to.obj][to.sect] >= 0 && !r.definesGlobal(to.obj, to.sect) {
				out[to], changed = true, true
			}
		}
	}
	for key := range out {
		r.pieces[r.pieceOf[key.obj][key.sect]].drop()
		r.pieceOf[key.obj][key.sect] = discarded
	}
	for _, d := range defs {
		s := r.symbol(d)
		o := Override{Symbol: s.Name, Where: r.where(d)}
		if s.Where == elfload.InSection {
			o.Keeps = needs[section{d.obj, int(s.Sect)}]
		}
		r.overrides = append(r.overrides, o)
		r.checkOverride(d)
	}
}

// drop makes a piece take no room.
func (p *Piece) drop() {
	p.Size, p.Align, p.Data = 0, 1, nil
}

// overriddenDefs returns the prevailing definitions that fixed addresses and
// aliases replace, in link order.
func (r *resolved) overriddenDefs() []def {
	if len(r.in.Externs) == 0 && len(r.in.Aliases) == 0 {
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

func (r *resolved) definesGlobal(oi, sect int) bool {
	obj := r.objs[oi]
	for i := range obj.Symbols {
		if s := &obj.Symbols[i]; s.Where == elfload.InSection && int(s.Sect) == sect && !s.Local() {
			return true
		}
	}
	return false
}

// checkOverride warns about a variable of the module that a whole firmware's
// symbols replace: chances are that both just happen to have one of that name,
// and the module would write to the firmware's.
func (r *resolved) checkOverride(d def) {
	s := r.symbol(d)
	e := r.in.Externs[s.Name]
	if e.From == "" || s.Type() == elf.STT_FUNC && e.Function {
		return
	}
	w := diag.New(r.where(d), "%s %s is the %s of that name in %s", kindOf(s), s.Name, externKind(e), e.From)
	w.Note("if it is another one, make it static or rename it")
	r.warnings = append(r.warnings, w)
}

func externKind(e Extern) string {
	if e.Function {
		return "function"
	}
	return "variable"
}

// sortedKeys returns the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
