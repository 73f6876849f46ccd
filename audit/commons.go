package audit

import (
	"strings"

	"mpyld/elfload"
	"mpyld/linkmap"
)

// Common symbols of one name are one variable, of the largest size and the
// strictest alignment that any file gives it (gABI, "Symbol Table": SHN_COMMON). A
// strong definition takes their place, a weak one does not.
//
// For example, a.o with 4 bytes aligned to 8, and b.o with 10 bytes aligned to 2, are 10
// bytes aligned to 8.

// commons checks the size and alignment of common symbols. That each is where it
// should be is for the references to it.
func (a *audit) commons() {
	for i := range a.m.Sections {
		p := &a.m.Sections[i]
		if p.Kind != linkmap.Common {
			continue
		}
		n, ok := a.numbers[commonName(p)]
		switch g := (*global)(nil); {
		case !ok:
			a.bad(title(p), "the map has a common symbol that no object has")
		default:
			g = &a.globals[n]
			a.common(int32(i), p, g)
		}
	}
}

func (a *audit) common(i int32, p *linkmap.Section, g *global) {
	switch {
	case g.is != common:
		a.bad(title(p), "the map has %s as a common symbol, by the rules of binding %s", g.name, a.instead(g))
	case g.piece > 0:
		a.bad(title(p), "the map has %s twice", g.name)
	case p.Size != g.size:
		a.bad(title(p), "the map has %s with %d bytes, the largest of its common symbols has %d", g.name, p.Size, g.size)
	case p.Align < g.align:
		a.bad(title(p), "the map has %s aligned to %d bytes, the strictest of its common symbols asks for %d", g.name, p.Align, g.align)
	}
	g.piece = i + 1
}

// instead says what a name is that is no common symbol.
func (a *audit) instead(g *global) string {
	if g.is == undefined {
		return "it is undefined"
	}
	return "it is the definition in " + a.whose(g)
}

// commonName is the name of a common symbol, by its section in the map.
func commonName(p *linkmap.Section) string { return strings.TrimPrefix(p.Name, "COMMON ") }

// define checks that no name has two strong definitions, of which only one can be meant.
func (a *audit) define() {
	if a.in.AllowMultiple {
		return
	}
	for i := range a.globals {
		g := &a.globals[i]
		if g.again.symbol == 0 || a.isFixed(g.name) {
			continue
		}
		s, t := a.symbol(g.def), a.symbol(g.again)
		if s.Where == elfload.Absolute && t.Where == elfload.Absolute && s.Value == t.Value {
			continue
		}
		a.bad(a.files[g.again.file].Name, "the map has one definition of %s, by ELF's rules the link fails: %s has a strong one too", g.name, a.whose(g))
	}
}
