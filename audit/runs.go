package audit

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"

	"mpyld/elfload"
	"mpyld/linkmap"
)

// Constructors run in the order of one table, which GNU ld makes of .init_array.N
// and .ctors.N sorted by priority, and of .init_array and .ctors in link order behind
// these (default scripts: SORT_BY_INIT_PRIORITY; ldlang.c: get_init_priority, of .ctors
// N counts down from 65535). Sections of one priority are sorted by name.
//
// For example
//
//	.init_array of a.o, .ctors.65335 of a.o, .init_array.101 of b.o
//
// is called as .init_array.101, .ctors.65335 (priority 200), .init_array.

// runs checks the tables of functions that run before mpy_init.
func (a *audit) runs() {
	for _, name := range []string{".preinit_array", ".init_array"} {
		want, sure := a.runOf(name)
		if !sure || !a.asksFor(name) {
			continue
		}
		got := make([]place, 0, len(want))
		var order []int32
		for _, i := range a.tablesIn {
			if p := &a.m.Sections[i]; a.from[i].section >= 0 && p.Size > 0 && tableOf(p.Name) == name {
				order = append(order, i)
			}
		}
		slices.SortStableFunc(order, func(i, j int32) int {
			p, q := &a.m.Sections[i], &a.m.Sections[j]
			return cmp.Or(cmp.Compare(p.Region, q.Region), cmp.Compare(p.Addr, q.Addr))
		})
		for _, i := range order {
			got = append(got, a.from[i])
		}
		a.inOrder(name, got, want, order)
	}
	if a.in.KeepUnwind && a.in.Machine.UnwindIndex != "" {
		a.index(a.in.Machine.UnwindIndex)
	}
	a.linkOrder()
}

// asksFor reports whether the module refers to an end of the sections of some name: nothing goes through them else.
func (a *audit) asksFor(name string) bool {
	return slices.ContainsFunc(a.m.Boundaries, func(b linkmap.Boundary) bool {
		e, _ := edgeNamed(a.m.Sections[b.Section].Name)
		return e.of == name
	})
}

// linkOrder checks that sections whose ends the program asks for, other than the parts of the tables
// above, lie in the order of the link, as what goes from __start_NAME to __stop_NAME sees them.
func (a *audit) linkOrder() {
	asked := map[string]bool{}
	for i := range a.m.Boundaries {
		e, _ := edgeNamed(a.m.Sections[a.m.Boundaries[i].Section].Name)
		if e.of != "" && e.of != unwindIndex && tableOf(e.of) == "" {
			asked[e.of] = true
		}
	}
	if len(asked) == 0 {
		return
	}
	var order []int32 // the parts of all of them, each one's together and by address
	for i := range a.m.Sections {
		if p := &a.m.Sections[i]; a.from[i].section >= 0 && p.Size > 0 && asked[p.Name] {
			order = append(order, int32(i))
		}
	}
	slices.SortStableFunc(order, func(i, j int32) int {
		p, q := &a.m.Sections[i], &a.m.Sections[j]
		return cmp.Or(strings.Compare(p.Name, q.Name), cmp.Compare(p.Addr, q.Addr))
	})
	for k := 1; k < len(order); k++ {
		if a.m.Sections[order[k-1]].Name != a.m.Sections[order[k]].Name {
			continue
		}
		p, q := a.from[order[k-1]], a.from[order[k]]
		if cmp.Or(cmp.Compare(p.file, q.file), cmp.Compare(p.section, q.section)) > 0 {
			a.bad(a.title(q), "the map has it behind %s, by the order of the link it is in front", a.title(p))
		}
	}
}

// index checks that an unwinder's table is in the order of the code that it is about, in which it is
// searched (Arm EHABI, "Index table entries").
func (a *audit) index(name string) {
	var order []int32
	for i := range a.m.Sections {
		if p := &a.m.Sections[i]; a.from[i].section >= 0 && p.Size > 0 && strings.HasPrefix(p.Name, name) {
			order = append(order, int32(i))
		}
	}
	slices.SortStableFunc(order, func(i, j int32) int { return cmp.Compare(a.m.Sections[i].Addr, a.m.Sections[j].Addr) })
	last := uint64(0)
	for _, i := range order {
		f := &a.files[a.from[i].file]
		code := f.at[f.Sections[a.from[i].section].Follows]
		if code < 0 {
			continue
		}
		if addr := a.m.Sections[code].Addr; addr < last {
			a.bad(title(&a.m.Sections[i]), "the map has this part of %s behind one about code at text+0x%x, but it is about code at text+0x%x", name, last, addr)
		} else {
			last = addr
		}
	}
}

// inOrder compares the order of a table.
func (a *audit) inOrder(name string, got, want []place, order []int32) {
	for k := range want {
		if k >= len(got) {
			a.bad(a.where(want[k], 0), "the map does not have this part of %s, by the order of constructors it is number %d", name, k+1)
			return
		}
		if got[k] != want[k] {
			a.bad("", "the map has %s as number %d of %s, by the order of constructors it is %s", title(&a.m.Sections[order[k]]), k+1, name, a.title(want[k]))
			return
		}
		if p := &a.m.Sections[order[k]]; k > 0 && p.Region != a.m.Sections[order[0]].Region {
			a.bad(title(p), "the map has this part of %s in another region than the first", name)
			return
		}
	}
	if len(got) > len(want) {
		a.bad(title(&a.m.Sections[order[len(want)]]), "the map has this as a part of %s, the inputs do not", name)
	}
}

func (a *audit) title(p place) string {
	return a.files[p.file].Name + ":(" + a.files[p.file].Sections[p.section].Name + ")"
}

// runOf returns the parts of a table in their order, or false if GNU ld's order is
// not known: where names have no number.
func (a *audit) runOf(name string) (run []place, sure bool) {
	type part struct {
		place
		priority int
		name     string
	}
	var numbered, plain []part
	for _, at := range a.tables {
		f := &a.files[at.file]
		sec := &f.Sections[at.section]
		if tableOf(sec.Name) != name || !a.loadable(f, int(at.section)) {
			continue
		}
		if isEmpty(sec) && !a.runsThemItself() {
			continue
		}
		p := part{at, 0, sec.Name}
		if strings.Count(sec.Name, ".") == 1 {
			plain = append(plain, p)
			continue
		}
		var ok bool
		if p.priority, ok = priority(sec); !ok {
			return nil, false
		}
		numbered = append(numbered, p)
	}
	slices.SortStableFunc(numbered, func(p, q part) int {
		return cmp.Or(cmp.Compare(p.priority, q.priority), cmp.Compare(p.name, q.name))
	})
	for _, p := range append(numbered, plain...) {
		run = append(run, p.place)
	}
	return run, true
}

// priority returns the number behind the last dot of a section's name.
func priority(sec *elfload.Section) (int, bool) {
	n, err := strconv.Atoi(sec.Name[strings.LastIndexByte(sec.Name, '.')+1:])
	if strings.HasPrefix(sec.Name, ".ctors.") {
		n = 65535 - n
	}
	return n, err == nil
}

// startName is the function of the linker's own library that runs constructors and then
// entryName.
const (
	entryName  = "mpy_init"
	startName  = "__mpyld_start"
	arrayStart = "__init_array_start"
)

// entry checks where a module starts: at mpy_init, or, with constructors that
// nothing else runs, at what runs these first.
func (a *audit) entry() {
	n := a.number(entryName)
	if a.hasConstructors() && !a.runsThemItself() {
		n = a.number(startName)
	}
	m := a.meaning(n)
	if m.kind == isSection {
		if at := a.files[m.at.file].at[m.at.section]; at >= 0 {
			p := &a.m.Sections[at]
			if p.Addr+m.off == a.m.Entry {
				return
			}
		}
	}
	a.bad("", "the map has the entry at text+0x%x, by its rules it is %s, at %s", a.m.Entry, a.table.Name(n), a.told(&m))
}

// hasConstructors reports whether a table of constructors is in the inputs.
func (a *audit) hasConstructors() bool {
	return slices.ContainsFunc(a.tablesIn, func(i int32) bool {
		p := &a.m.Sections[i]
		return p.Size > 0 && isConstructors(p.Name)
	})
}

// isConstructors reports whether a section of some name is a part of a table of
// constructors.
func isConstructors(name string) bool {
	table := tableOf(name)
	return table == ".init_array" || table == ".preinit_array"
}

// refersToTable reports whether the program runs its constructors itself, for which it refers to
// the table: a section that is in the module does. Where there are scripts, which may make
// names of it, whatever refers to it counts.
func (a *audit) refersToTable() bool {
	found := false
	a.aliases(func(name string) { found = found || name == arrayStart })
	n, asked := a.table.Find(arrayStart)
	for i := range a.files {
		f := &a.files[i]
		if f.support || !asked || !slices.Contains(f.names, n) {
			continue
		}
		for s := range f.Sections {
			if f.at[s] < 0 && (len(a.in.Scripts) == 0 || !a.loadable(f, s)) {
				continue
			}
			for _, sym := range f.Sections[s].RelocSymbols {
				k := int(sym) - f.Locals
				found = found || k >= 0 && f.names[k] == n
			}
		}
	}
	return found
}

// isEmpty reports whether a section of a table has no function, but zeros, or the -1
// that crtbegin.o of old compilers puts in front of .ctors: who runs a table must
// not call these. A program that runs its tables itself knows what is in them.
func isEmpty(sec *elfload.Section) bool {
	if sec.NumRelocs() > 0 {
		return false
	}
	n := len(sec.Data)
	return bytes.Count(sec.Data, []byte{0}) == n || bytes.Count(sec.Data, []byte{0xff}) == n
}
