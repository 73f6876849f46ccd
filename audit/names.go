package audit

import (
	"debug/elf"
	"slices"

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
	what   definition
	shared int32 // of a common symbol: its place in audit.shared, plus one

	is     strength
	wanted bool // some file has an undefined reference that is not weak
	asked  bool // some file refers to it
	twice  bool // it has a second strong definition
}

// definition is what a symbol says that defines something. It is kept with the name, because the symbols of
// a big link lie far apart in memory and its relocations ask for each.
type definition struct {
	sort           // isSection, isValue or isNothing
	section int32  // isSection: of the file
	off     uint64 // isSection: bytes behind its start; isValue: the value
}

// definitionOf returns what a symbol says. An IFUNC means what it returns to a dynamic loader (gABI, STT_GNU_IFUNC),
// of which there is none.
func definitionOf(s *elfload.Symbol) definition {
	d := definition{sort{mode: s.Mode, code: s.Type() == elf.STT_FUNC}, s.Sect, s.Value}
	switch {
	case s.Type() == elf.STT_GNU_IFUNC:
	case s.Where == elfload.Absolute:
		d.kind = isValue
	case s.Where == elfload.InSection:
		d.kind = isSection
	}
	return d
}

// redefine looks at definitions again, in files that are other objects now.
func (a *audit) redefine() {
	if !a.shorter && a.recoded == nil {
		return
	}
	for i := range a.globals {
		if g := &a.globals[i]; g.is != undefined {
			g.what = definitionOf(a.symbol(g.def))
		}
	}
}

// symbolAt is a symbol of a file.
type symbolAt struct{ file, symbol int32 }

// number returns the number of a name.
func (a *audit) number(name string) int32 {
	n := a.table.Number(name)
	a.makeRoom()
	return n
}

// makeRoom lets all numbers be places in globals.
func (a *audit) makeRoom() {
	if more := a.table.Len() - len(a.globals); more > 0 {
		a.globals = append(a.globals, make([]global, more)...)
	}
}

// add takes in a file: the numbers of its names, and whether they are defined.
func (a *audit) add(obj *elfload.Object, support bool) {
	n := int32(len(a.files))
	a.files = append(a.files, file{Object: obj, support: support, names: a.table.Of(obj)[obj.Locals:]})
	a.makeRoom()
	a.discard(int(n))
	f := &a.files[n]
	if len(a.wrapped) > 0 {
		f.names = slices.Clone(f.names)
	}
	for i, number := range f.names {
		if number < 0 {
			continue // behind the first global one there should be no local one
		}
		s := &obj.Symbols[obj.Locals+i]
		is := f.strengthOf(s)
		if is == undefined && len(a.wrapped) > 0 {
			if other, ok := a.wrapped[s.Name]; ok {
				number = a.number(other)
				f.names[i] = number
			}
		}
		a.meet(number, s, is, symbolAt{n, int32(obj.Locals + i)})
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
		g.is, g.def, g.what = is, at, definitionOf(s)
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
