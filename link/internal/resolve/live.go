package resolve

import (
	"slices"
	"strings"

	"mpyld/elfload"
	"mpyld/linkmap"
)

// A module is made of sections, and what nothing that runs refers to is of no use
// in it. Of archive members such sections never go in: a member comes in for a
// name, and may bring others, or lose the name to a stronger definition. Of
// objects, they stay unless --gc-sections is given, as with GNU ld. Compilers that
// put each function in a section of its own make that worth while
// (-ffunction-sections; Rust always does).
//
//	a.o: mpy_init calls f    lib.a(m.o): .text.f calls g    .text.h: left out

// ShfGNURetain marks sections that stay whatever refers to them
// (SHF_GNU_RETAIN of the GNU gABI extensions).
const ShfGNURetain = 1 << 21

// marker finds the sections that can be reached.
type marker struct {
	*Program
	live      [][]bool // by object and section
	groups    [][]bool // by object and group: all of its sections are reached
	queue     [][2]int
	named     map[string][][2]int // sections by name; nil: nobody asked for the ends of one yet
	seen      []bool              // by number of a name: it is reached
	commons   map[Def]bool        // those that are reached
	Undefined map[string]bool     // names that are reached and that no object defines
	followers map[[2]int][]int    // the sections that a section is described by, by object and section
	described []bool              // by object: the tables about all of its code are reached
}

// dropDead takes the sections out of the link that cannot be reached, and the
// common symbols.
func (r *Program) dropDead() {
	m := r.Reach(r.In.GCSections)
	dead := 0
	for oi, of := range r.SectionOf {
		for si, section := range of {
			if section >= 0 && !m.live[oi][si] {
				dead++
			}
		}
	}
	for i := range r.Globals.List {
		if m.isDeadCommon(&r.Globals.List[i]) {
			dead++
		}
	}
	r.Unused = slices.Grow(r.Unused, dead)
	for oi, of := range r.SectionOf {
		for si, section := range of {
			if section >= 0 && !m.live[oi][si] {
				p := &r.Sections[section]
				r.leaveOut(p.Object, p.Name, p.Size)
				dropSection(p)
				of[si] = Discarded
			}
		}
	}
	for i := range r.Globals.List {
		if n := &r.Globals.List[i]; m.isDeadCommon(n) {
			n.Def.Common = Discarded
			r.leaveOut(r.Objects[n.Def.Obj].Name, commonPrefix+r.Globals.Name(n.number), r.Symbol(n.Def).Size)
		}
	}
	r.boundaryNames = slices.DeleteFunc(r.boundaryNames, func(name string) bool { return !m.Undefined[name] })
}

// isDeadCommon reports whether a name means a common symbol that is not reached.
func (m *marker) isDeadCommon(n *named) bool {
	return n.Defined && !m.commons[n.Def] && m.Symbol(n.Def).Where == elfload.Common
}

func (r *Program) leaveOut(object, section string, size uint64) {
	if size > 0 {
		r.Unused = append(r.Unused, linkmap.Unused{Object: object, Section: section, Size: size})
	}
}

// Reach finds the sections that can be reached from the module's entry, from
// constructors, from what is to be kept, from symbols that options name, and from
// the objects, all of which count unless objectsToo.
func (r *Program) Reach(objectsToo bool) *marker {
	m := &marker{
		Program: r, seen: make([]bool, len(r.Globals.List)), described: make([]bool, len(r.Objects)),
		commons: map[Def]bool{}, Undefined: map[string]bool{}, followers: map[[2]int][]int{},
	}
	for oi, of := range r.SectionOf {
		obj := r.Objects[oi]
		m.live = append(m.live, make([]bool, len(of)))
		m.groups = append(m.groups, make([]bool, len(obj.Groups)))
		for si := range obj.Sections {
			if to := int(obj.Sections[si].Follows); to != 0 {
				m.followers[[2]int{oi, to}] = append(m.followers[[2]int{oi, to}], si)
			}
		}
	}
	m.name(entryName)
	m.name(StartName)
	for _, name := range r.In.Undefined {
		m.name(name)
	}
	for name, a := range r.Aliases {
		if !a.Set.Provide {
			m.name(name)
		}
	}
	for oi, obj := range r.Objects {
		all := !objectsToo && oi < len(r.In.Objects)
		for si := range obj.Sections {
			if s := &obj.Sections[si]; all || s.Size > 0 && stays(s) {
				m.section(oi, si)
			}
		}
		if all && obj.Commons > 0 {
			for si := obj.Locals; si < len(obj.Symbols); si++ {
				if s := &obj.Symbols[si]; s.Where == elfload.Common && !s.Local() {
					m.global(r.NameOf[oi][si])
				}
			}
		}
	}
	m.walk()
	return m
}

// stays reports whether a section stays whatever refers to it. GNU ld's scripts
// KEEP these.
func stays(s *elfload.Section) bool {
	return s.Flags&ShfGNURetain != 0 || functionTable(s) != ""
}

// walk follows the relocations of all sections that are reached.
func (m *marker) walk() {
	for len(m.queue) > 0 {
		last := m.queue[len(m.queue)-1]
		m.queue = m.queue[:len(m.queue)-1]
		oi := last[0]
		obj := m.Objects[oi]
		for rel := range obj.Sections[last[1]].Relocs {
			switch s := &obj.Symbols[rel.Sym]; {
			case MarksOnly(rel.Howto):
			case s.Local() && s.Where == elfload.InSection:
				m.section(oi, int(s.Sect))
			case !s.Local():
				m.global(m.NameOf[oi][rel.Sym])
			}
		}
	}
}

// global reaches what a name means, once.
func (m *marker) global(number int32) {
	if !m.seen[number] {
		m.seen[number] = true
		m.name(m.Globals.Name(number))
	}
}

// name reaches what a global symbol means.
func (m *marker) name(name string) {
	name, _ = m.final(name)
	if e, ok := m.Fixed(name); ok && !e.Provide {
		return // what objects define under that name is not meant
	}
	if d, ok := m.Globals.Get(name); ok {
		switch s := m.Symbol(d); s.Where {
		case elfload.InSection:
			m.section(int(d.Obj), int(s.Sect))
		case elfload.Common:
			m.commons[d] = true
		}
		return
	}
	m.Undefined[name] = true
	if section, _, ok := sectionBoundary(name); ok {
		for _, s := range m.sectionsOf(section) {
			m.section(s[0], s[1])
		}
		delete(m.named, section) // all are reached
	}
}

// sectionsOf returns the sections with a name, by object and number.
func (m *marker) sectionsOf(name string) [][2]int {
	if m.named == nil {
		m.named = map[string][][2]int{}
		for oi, obj := range m.Objects {
			for si := range obj.Sections {
				if m.SectionOf[oi][si] >= 0 {
					s := obj.Sections[si].Name
					m.named[s] = append(m.named[s], [2]int{oi, si})
				}
			}
		}
	}
	return m.named[name]
}

// section reaches a section, and with it the others of its group and the tables
// that describe it.
func (m *marker) section(oi, si int) {
	if m.SectionOf[oi][si] < 0 || m.live[oi][si] {
		return
	}
	m.live[oi][si] = true
	m.queue = append(m.queue, [2]int{oi, si})
	obj := m.Objects[oi]
	if g := obj.Sections[si].Group; g >= 0 && !m.groups[oi][g] {
		m.groups[oi][g] = true
		for _, other := range obj.Groups[g].Members {
			m.section(oi, other)
		}
	}
	for _, follower := range m.followers[[2]int{oi, si}] {
		m.section(oi, follower)
	}
	if m.In.KeepUnwind && !m.described[oi] {
		m.described[oi] = true
		for i := range obj.Sections {
			if s := &obj.Sections[i]; s.Follows == 0 && m.describesAll(s) {
				m.section(oi, i)
			}
		}
	}
}

// describesAll reports whether a section is a table for unwinders about all code
// of its object, of which it cannot be told what is about which function. The
// other tables belong to a section, or are referred to.
func (m *marker) describesAll(s *elfload.Section) bool {
	return isUnwind(s, m.Machine) && (strings.HasPrefix(s.Name, ".eh_frame") || m.Machine.UnwindIndex != "" && strings.HasPrefix(s.Name, m.Machine.UnwindIndex))
}
