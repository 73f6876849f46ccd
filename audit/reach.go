package audit

import (
	"debug/elf"

	"mpyld/elfload"
	"mpyld/linkmap"
)

// What may be left out is what nothing reaches: sections of archive members, with
// --gc-sections those of objects too, and those whose definitions fixed addresses
// replace (GNU ld, --gc-sections: from the entry, -u, KEEP, constructors, sections
// marked SHF_GNU_RETAIN, and named ones whose ends somebody asks for). Everything
// else has to be there. That what a kept section refers to is there is known
// from its relocations; so it is enough to look at where reaching starts, and from there
// through the map.
//
// For example
//
//	mpy_init -> f -> table      both are reached
//	g -> h                      nobody refers to g: both may go, and from an archive must

// kept checks that what has to be in the module is, and that what is left to be
// reached is reached.
func (a *audit) kept() {
	w := walk{audit: a}
	all := !a.in.GCSections && len(a.files) == len(a.in.Objects)
	if !all {
		w.seen, w.groups, w.tables = make([]bool, len(a.m.Sections)), map[*elfload.Group]bool{}, map[int32][]int32{}
	}
	for n := range a.files {
		f := &a.files[n]
		plain := n < len(a.in.Objects) && !a.in.GCSections
		for s := range f.Sections {
			if of := f.Sections[s].Follows; !all && f.at[s] >= 0 && of != 0 && f.at[of] >= 0 {
				w.tables[f.at[of]] = append(w.tables[f.at[of]], f.at[s])
			}
			switch at := f.at[s]; {
			case at >= 0 && all:
			case at < 0 && !a.loadable(f, s), !plain && !a.starts(f, s) && (at >= 0 || !f.follows(s)):
			case at >= 0:
				w.reach(at)
			case !a.mayGo(int32(n), int32(s)):
				a.bad(a.where(place{int32(n), int32(s)}, 0), "the map does not have this section, by the rules of what is reached it stays")
			case !all:
				w.replaced = append(w.replaced, place{int32(n), int32(s)})
			}
		}
	}
	a.groupsWhole()
	if all {
		return // nothing may be too much
	}
	w.ends()
	w.names()
	w.fromReplaced()
	w.all()
	for i := range a.m.Sections {
		if a.from[i].section >= 0 && !w.seen[i] && a.m.Sections[i].Size > 0 {
			a.bad(title(&a.m.Sections[i]), "the map has this section, by the rules of what is reached it is left out: nothing refers to it")
		}
	}
}

// starts reports whether reaching starts at a section.
func (a *audit) starts(f *file, s int) bool {
	sec := &f.Sections[s]
	if f.at[s] >= 0 && a.unwinds(sec.Name) {
		return true
	}
	return sec.Flags&shfRetain != 0 || isConstructors(sec.Name)
}

// follows reports whether a section is a table about one that is in the map, without which that is
// not whole (SHF_LINK_ORDER: Arm's index for unwinders).
func (f *file) follows(s int) bool {
	of := f.Sections[s].Follows
	return of != 0 && f.at[of] >= 0 && f.Sections[of].Size > 0
}

const shfRetain = elf.SectionFlag(0x00200000) // SHF_GNU_RETAIN

// mayGo reports whether a section of an object that the map does not have may be left
// out, since fixed addresses replace what it defines, or what refers to it went so, or
// since it is a part of a table of constructors that has none.
func (a *audit) mayGo(file, section int32) bool {
	f := &a.files[file]
	if sec := &f.Sections[section]; isConstructors(sec.Name) && isEmpty(sec) && !a.runsThemItself() {
		return true
	}
	if f.replaced == nil {
		f.replaced = a.replaced(f)
	}
	return f.replaced[section]
}

// replaced returns the sections of a file that went with what fixed addresses replace.
func (a *audit) replaced(f *file) []bool {
	gone := make([]bool, len(f.Sections))
	var work []int32
	leave := func(s int32) {
		if f.at[s] < 0 && !gone[s] {
			gone[s] = true
			work = append(work, s)
		}
	}
	for i, n := range f.names {
		if s := &f.Symbols[f.Locals+i]; n >= 0 && s.Where == elfload.InSection && f.strengthOf(s) != undefined && a.isFixed(a.table.Name(n)) {
			leave(s.Sect)
		}
	}
	for len(work) > 0 {
		s := work[len(work)-1]
		work = work[:len(work)-1]
		for _, sym := range f.Sections[s].RelocSymbols {
			if to := &f.Symbols[sym]; to.Where == elfload.InSection {
				leave(to.Sect)
			}
		}
	}
	return gone
}

// walk goes through the map from where reaching starts.
type walk struct {
	*audit
	seen   []bool
	groups map[*elfload.Group]bool // whose members were reached
	tables map[int32][]int32       // of a section, about it
	work   []int32

	replaced []place // sections that went with what fixed addresses replace
}

func (w *walk) reach(i int32) {
	if !w.seen[i] {
		w.seen[i] = true
		w.work = append(w.work, i)
	}
}

// names reaches what is wanted by name: the entry, and -u.
func (w *walk) names() {
	for _, name := range append([]string{entryName}, w.in.Undefined...) {
		if at, ok := w.named(name); !ok {
			w.bad(w.where(at, 0), "the map does not have this section, by the rules of what is reached it stays: it has %s", name)
		}
	}
	w.named(startName)
	w.aliases(func(name string) { w.named(name) })
	if w.in.GCSections {
		return
	}
	for n := range w.in.Objects { // of which all is there, a variable that an archive has for a common symbol too
		f := &w.files[n]
		for i, name := range f.names {
			if name >= 0 && f.Symbols[f.Locals+i].Where == elfload.Common {
				w.named(w.table.Name(name))
			}
		}
	}
}

// named reaches what a name means, and reports whether the map has it.
func (w *walk) named(name string) (at place, ok bool) {
	n, known := w.table.Find(name)
	if !known {
		return at, true
	}
	m := w.meaning(n)
	if m.kind == isSection {
		at := w.files[m.at.file].at[m.at.section]
		if at < 0 {
			return m.at, !w.loadable(&w.files[m.at.file], int(m.at.section)) || w.mayGo(m.at.file, m.at.section)
		}
		w.reach(at)
	}
	return at, true
}

// ends reaches named sections whose ends somebody asks for. All of them have to be there.
func (w *walk) ends() {
	named := map[string]bool{}
	for i := range w.m.Boundaries {
		for _, s := range w.m.Boundaries[i].Of {
			if s >= 0 && s < len(w.seen) {
				w.reach(int32(s))
			}
		}
		e, _ := edgeNamed(w.m.Sections[w.m.Boundaries[i].Section].Name)
		named[e.of] = true
	}
	for n := range w.files {
		f := &w.files[n]
		for s := range f.Sections {
			if len(named) > 0 && f.at[s] < 0 && named[f.Sections[s].Name] && w.loadable(f, s) && !w.mayGo(int32(n), int32(s)) {
				w.bad(w.where(place{int32(n), int32(s)}, 0), "the map does not have this section, by the rules of what is reached it stays: the program asks for the ends of all of its name")
			}
		}
	}
}

// all reaches all that is referred to, the rest of groups, and what describes a section.
func (w *walk) all() {
	for len(w.work) > 0 {
		i := w.work[len(w.work)-1]
		w.work = w.work[:len(w.work)-1]
		p := &w.m.Sections[i]
		for _, table := range w.tables[i] {
			w.reach(table)
		}
		for k := range p.Relocs {
			if t := &w.m.Targets[p.Relocs[k].S]; t.Kind == linkmap.InSection {
				w.reach(t.Section)
			}
		}
		if at := w.from[i]; at.section >= 0 {
			f := &w.files[at.file]
			if g := f.Sections[at.section].Group; g >= 0 {
				w.group(f, &f.Groups[g])
			}
		}
	}
}

// fromReplaced reaches what sections refer to that went since fixed addresses replace what they define: what else
// is unreached may have been left out before.
func (w *walk) fromReplaced() {
	for _, from := range w.replaced {
		f := &w.files[from.file]
		for _, sym := range f.Sections[from.section].RelocSymbols {
			m := w.symbolMeansIn(from.file, int32(sym), &f.Symbols[sym])
			if m.kind != isSection {
				continue
			}
			if at := w.files[m.at.file].at[m.at.section]; at >= 0 {
				w.reach(at)
			}
		}
	}
}

// group reaches the members of a group.
func (w *walk) group(f *file, g *elfload.Group) {
	if w.groups[g] {
		return
	}
	w.groups[g] = true
	for _, m := range g.Members {
		if f.at[m] >= 0 {
			w.reach(f.at[m])
		}
	}
}
