package audit

import (
	"debug/elf"

	"mpyld/elfload"
)

// Which definition a name means is decided by binding strength: a strong one
// before a common symbol, that before a weak one, and of equals the first in
// link order (gABI, "Symbol Binding"; GNU ld, bfd/linker.c: link_action). A definition in a
// section whose group is another file's is none, but a reference.
//
// For example
//
//	a.o:  weak f, common v (4 bytes)        f means b.o's
//	b.o:  strong f, weak v, common v (8)    v is a variable of 8 bytes
//
// --wrap changes names where they are referred to and not where they are defined: an
// undefined f means __wrap_f, and an undefined __real_f means f.

// strength is how much a definition counts.
type strength uint8

const (
	undefined strength = iota
	weak
	common
	strong
)

// global is a name that files share. There are many: it is kept small.
type global struct {
	def    symbolAt // unless undefined; of a common symbol its first
	target int32    // the last of Map.Targets that was found to mean it, plus one
	shared int32    // of a common symbol: its place in audit.shared, plus one

	is     strength
	wanted bool // some file has an undefined reference that is not weak
	asked  bool // some file refers to it
	twice  bool // it has a second strong definition
}

// symbolAt is a symbol of a file.
type symbolAt struct{ file, symbol int32 }

// number returns the number of a name.
func (a *audit) number(name string) int32 {
	n := a.table.Number(name)
	if int(n) == len(a.globals) {
		a.globals = append(a.globals, global{})
	}
	return n
}

// add takes in a file: the numbers of its names, and whether they are defined.
func (a *audit) add(obj *elfload.Object, support bool) {
	f := file{Object: obj, support: support}
	f.names = make([]int32, len(obj.Symbols)-obj.Locals)
	a.files = append(a.files, f)
	a.discard(len(a.files) - 1)
	n := int32(len(a.files) - 1)
	for i := range f.names {
		s := &obj.Symbols[obj.Locals+i]
		if s.Local() {
			f.names[i] = none // behind the first global one there should be none
			continue
		}
		name := s.Name
		is := a.files[n].strengthOf(s)
		if is == undefined && len(a.wrapped) > 0 {
			if other, ok := a.wrapped[name]; ok {
				name = other
			}
		}
		f.names[i] = a.number(name)
		a.meet(f.names[i], s, is, symbolAt{n, int32(obj.Locals + i)})
	}
}

// strengthOf says how much a symbol counts as a definition.
func (f *file) strengthOf(s *elfload.Symbol) strength {
	switch {
	case s.Where == elfload.Undefined, s.Where == elfload.InSection && f.gone != nil && f.gone[s.Sect]:
		return undefined
	case s.Where == elfload.Common:
		return common
	case s.Weak():
		return weak
	}
	return strong
}

// meet takes a symbol of a file into account.
func (a *audit) meet(n int32, s *elfload.Symbol, is strength, at symbolAt) {
	g := &a.globals[n]
	if is == undefined {
		g.asked = true
		g.wanted = g.wanted || s.Bind() != elf.STB_WEAK
		return
	}
	if is == common {
		a.share(g, s)
	}
	switch {
	case is > g.is:
		g.is, g.def = is, at
	case is == strong && !g.twice:
		g.twice = true
		a.twice = append(a.twice, twice{n, at})
	}
}

// twice is a second strong definition of a name.
type twice struct {
	number int32
	at     symbolAt
}

// wraps returns what undefined names mean with --wrap.
func wraps(symbols []string) map[string]string {
	m := map[string]string{}
	for _, s := range symbols {
		m[s] = "__wrap_" + s
	}
	for _, s := range symbols {
		m["__real_"+s] = s
	}
	return m
}
