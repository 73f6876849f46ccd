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
	for _, i := range a.commonIn {
		p := &a.m.Sections[i]
		if n, ok := a.table.Find(commonName(p)); ok {
			a.common(i, p, n)
		} else {
			a.bad(title(p), "the map has a common symbol that no object has")
		}
	}
}

func (a *audit) common(i int32, p *linkmap.Section, n int32) {
	name, g := a.table.Name(n), &a.globals[n]
	if g.is != common {
		a.bad(title(p), "the map has %s as a common symbol, by the rules of binding %s", name, a.instead(g))
		return
	}
	switch v := &a.shared[g.shared-1]; {
	case v.section > 0:
		a.bad(title(p), "the map has %s twice", name)
	case p.Size != v.size:
		a.bad(title(p), "the map has %s with %d bytes, the largest of its common symbols has %d", name, p.Size, v.size)
	case p.Align < v.align:
		a.bad(title(p), "the map has %s aligned to %d bytes, the strictest of its common symbols asks for %d", name, p.Align, v.align)
	default:
		v.section = i + 1
	}
}

// shared is the variable that all common symbols of a name are.
type shared struct {
	size, align uint64
	section     int32 // of the map, plus one
}

// share takes a common symbol into account.
func (a *audit) share(g *global, s *elfload.Symbol) {
	if g.shared == 0 {
		a.shared = append(a.shared, shared{})
		g.shared = int32(len(a.shared))
	}
	v := &a.shared[g.shared-1]
	v.size, v.align = max(v.size, s.Size), max(v.align, s.Value)
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
	for _, second := range a.twice {
		name, g := a.table.Name(second.number), &a.globals[second.number]
		if a.isFixed(name) {
			continue
		}
		s, t := a.symbol(g.def), a.symbol(second.at)
		if s.Where == elfload.Absolute && t.Where == elfload.Absolute && s.Value == t.Value {
			continue
		}
		a.bad(a.files[second.at.file].Name, "the map has one definition of %s, by ELF's rules the link fails: %s has a strong one too", name, a.whose(g))
	}
}
