package audit

import (
	"mpyld/elfload"
	"mpyld/ldscript"
)

// Scripts, --defsym and linked firmware give symbols values that go before
// definitions; a PROVIDE is for names that nothing defines (GNU ld, "Assignments",
// "PROVIDE", --defsym, --just-symbols). A value is a number, or a symbol plus a
// number, which is another name for a place in what that symbol means.
//
// For example, in a link with f in a.o,
//
//	f = 0x4000;              f means 0x4000, and a.o's f is nobody's
//	PROVIDE(f = 0x4000);     f means a.o's
//	g = f + 4;               g means four bytes behind what f means

// joinScripts puts the assignments of all scripts in a row.
func (a *audit) joinScripts() {
	if len(a.in.Scripts) == 0 {
		return
	}
	a.script = ldscript.Join(a.in.Scripts, func(name string) string {
		if other, ok := a.wrapped[name]; ok {
			return other
		}
		return name
	})
	for _, s := range a.in.Scripts {
		for _, name := range s.Wanted {
			a.want(name)
		}
	}
}

// aliases calls f with what scripts make other symbols of.
func (a *audit) aliases(f func(name string)) {
	if a.script == nil {
		return
	}
	for _, name := range a.script.Assigned() {
		a.script.Names(name, func(name, _ string) { f(name) })
	}
}

// isFixed reports whether a name has a value that goes before definitions.
func (a *audit) isFixed(name string) bool {
	if a.script != nil {
		if provide, ok := a.script.Sets(name); ok && !provide {
			return true
		}
	}
	e, ok := a.in.Externs[name]
	return ok && !e.Provide && !a.ownBusiness(name)
}

// isGiven reports whether a name has a value, if only for when nothing defines it.
func (a *audit) isGiven(name string) bool {
	if a.script != nil {
		if _, ok := a.script.Sets(name); ok {
			return true
		}
	}
	_, ok := a.in.Externs[name]
	return ok && !a.ownBusiness(name)
}

// ownBusiness reports whether a name is the module's own, whatever firmware has a
// symbol of that name: what the loader gives it, the ends of its regions, and what
// the linker's library keeps for it.
func (a *audit) ownBusiness(name string) bool {
	_, provided := a.in.ABI.Provided.Get()[name]
	return provided || isEdge(name) || name == entryName
}

// fix evaluates the scripts.
func (a *audit) fix() {
	if a.script == nil {
		return
	}
	a.fixed = map[string]*setting{}
	results := a.script.Evaluate(ldscript.World{Lookup: a.lookup, Defined: a.defined, Needed: func(name string) bool {
		n, ok := a.table.Find(name)
		return ok && a.globals[n].asked
	}})
	for i := range results {
		if r := &results[i]; r.Name != "" && r.Err == nil {
			a.fixed[r.Name] = &setting{to: r.Value}
		}
	}
}

// setting is what a script sets a symbol to.
type setting struct {
	to    ldscript.Value
	known bool // meant is what that means
	meant meaning
}

// lookup says what a name in an expression means.
func (a *audit) lookup(name string) (ldscript.Value, bool) {
	if e, ok := a.in.Externs[name]; ok && !a.ownBusiness(name) {
		return ldscript.Value{Number: e.Value}, true
	}
	n, ok := a.table.Find(name)
	_, provided := a.in.ABI.Provided.Get()[name]
	switch {
	case ok && a.globals[n].is != undefined:
		if s := a.symbol(a.globals[n].def); s.Where == elfload.Absolute {
			return ldscript.Value{Number: s.Value}, true
		}
	case !provided && !isEdge(name):
		return ldscript.Value{}, false
	}
	return ldscript.Value{Symbol: name}, true
}

// defined reports whether an object or firmware defines a name.
func (a *audit) defined(name string) bool {
	n, ok := a.table.Find(name)
	_, extern := a.in.Externs[name]
	return extern || ok && a.globals[n].is != undefined
}

func (a *audit) symbol(at symbolAt) *elfload.Symbol { return &a.files[at.file].Symbols[at.symbol] }
