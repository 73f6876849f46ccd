package link

import (
	"mpyld/elfload"
)

// --gc-sections leaves out the sections that nothing which runs refers to, as
// GNU ld does. Compilers that put each function in a section of its own make
// that worth while (-ffunction-sections; Rust always does).

// shfGNURetain marks sections that stay whatever refers to them
// (SHF_GNU_RETAIN of the GNU gABI extensions).
const shfGNURetain = 1 << 21

// marker finds the sections that can be reached.
type marker struct {
	*resolved
	live   [][]bool // by object and section
	groups [][]bool // by object and group: all of its sections are reached
	queue  [][2]int
	named  map[string][][2]int // sections by name; nil: nobody asked for the ends of one yet
}

// dropDead takes the sections out of the link that cannot be reached from the
// module's entry, from constructors, from what is to be kept, or from symbols
// that options name.
func (r *resolved) dropDead() {
	m := &marker{resolved: r}
	for oi, of := range r.pieceOf {
		m.live = append(m.live, make([]bool, len(of)))
		m.groups = append(m.groups, make([]bool, len(r.objs[oi].Groups)))
	}
	m.name(entryName)
	m.name(startName)
	for _, name := range r.in.Undefined {
		m.name(name)
	}
	for name, a := range r.aliases {
		if !a.set.Provide {
			m.name(name)
		}
	}
	for oi, obj := range r.objs {
		for si := range obj.Sections {
			s := &obj.Sections[si]
			if s.Flags&shfGNURetain != 0 || functionTable(s) != "" || isUnwind(s, r.mach) {
				m.section(oi, si)
			}
		}
	}
	m.walk()
	for oi, of := range r.pieceOf {
		for si, piece := range of {
			if piece >= 0 && !m.live[oi][si] {
				r.pieces[piece].drop()
				of[si] = discarded
			}
		}
	}
}

// walk follows the relocations of all sections that are reached.
func (m *marker) walk() {
	for len(m.queue) > 0 {
		last := m.queue[len(m.queue)-1]
		m.queue = m.queue[:len(m.queue)-1]
		oi := last[0]
		obj := m.objs[oi]
		for rel := range obj.Sections[last[1]].Relocs {
			switch s := &obj.Symbols[rel.Sym]; {
			case marksOnly(rel.Howto):
			case s.Local() && s.Where == elfload.InSection:
				m.section(oi, int(s.Sect))
			case !s.Local():
				m.name(m.means(oi, int(rel.Sym)))
			}
		}
	}
}

// name reaches what a global symbol means.
func (m *marker) name(name string) {
	name, _ = m.final(name)
	if e, ok := m.fixed(name); ok && !e.Provide && name != entryName {
		return // what objects define under that name is not meant
	}
	if d, ok := m.globals.get(name); ok {
		if s := m.symbol(d); s.Where == elfload.InSection {
			m.section(int(d.obj), int(s.Sect))
		}
		return
	}
	if section, _, ok := sectionEdge(name); ok {
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
		for oi, obj := range m.objs {
			for si := range obj.Sections {
				if m.pieceOf[oi][si] >= 0 {
					s := obj.Sections[si].Name
					m.named[s] = append(m.named[s], [2]int{oi, si})
				}
			}
		}
	}
	return m.named[name]
}

// section reaches a section, and with it the others of its group.
func (m *marker) section(oi, si int) {
	if m.pieceOf[oi][si] < 0 || m.live[oi][si] {
		return
	}
	m.live[oi][si] = true
	m.queue = append(m.queue, [2]int{oi, si})
	obj := m.objs[oi]
	if g := obj.Sections[si].Group; g >= 0 && !m.groups[oi][g] {
		m.groups[oi][g] = true
		for _, mate := range obj.Groups[g].Members {
			m.section(oi, mate)
		}
	}
}
