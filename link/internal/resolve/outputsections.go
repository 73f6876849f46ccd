package resolve

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/linkmap"
)

// A program takes some sections of several objects for one table: its constructors,
// an unwinder's index, what lies between __start_NAME and __stop_NAME. They must lie
// side by side, in the order of GNU ld, and have one class. Such a table is an output
// section, and has the name of GNU ld's.
//
//	a.o: .init_array, .init_array.200    b.o: .ctors.65435, which is .init_array.100 (65535 - 65435)
//	.init_array: b.o's .ctors.65435, a.o's .init_array.200, a.o's .init_array

// The tables of functions that are called.
const (
	preinitArray = ".preinit_array"
	initArray    = ".init_array"
	finiArray    = ".fini_array"
)

// inputSection is a section in an output section.
type inputSection struct{ section, obj, sect int }

// outputOf returns the output section that a section is always in, or "".
func (r *Program) outputOf(s *elfload.Section) string {
	if r.Machine.UnwindIndex != "" && strings.HasPrefix(s.Name, r.Machine.UnwindIndex) {
		return r.Machine.UnwindIndex
	}
	return functionTable(s)
}

// functionTable returns the table of functions to call that a section is part
// of, or "": by its name, as with GNU ld's scripts, whatever its type is.
func functionTable(s *elfload.Section) string {
	if len(s.Name) < 2 || s.Name[0] != '.' || strings.IndexByte("pifdc", s.Name[1]) < 0 {
		return "" // almost all sections, without looking further
	}
	for _, old := range [...][2]string{
		{preinitArray, preinitArray},
		{initArray, initArray},
		{".ctors", initArray},
		{finiArray, finiArray},
		{".dtors", finiArray},
	} {
		if rest, ok := strings.CutPrefix(s.Name, old[0]); ok && (rest == "" || rest[0] == '.') {
			return old[1]
		}
	}
	return ""
}

// initPriority returns when a table of functions is called, as a number and a
// name that decides between equal ones: .init_array.N in the order of N, those
// without N last (GNU ld, SORT_BY_INIT_PRIORITY). The N of .ctors.N counts
// down from 65535.
func initPriority(name string) (int, string) {
	const named, none = 1 << 16, 1<<16 + 1
	for _, old := range [...]string{initArray, finiArray, ".ctors", ".dtors"} {
		suffix, ok := strings.CutPrefix(name, old+".")
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(suffix, 10, 16)
		switch {
		case err != nil:
			return named, name
		case old == ".ctors" || old == ".dtors":
			return 65535 - int(n), name
		}
		return int(n), name
	}
	return none, "" // in link order
}

// OutputNames maps sections to the names of the output sections that they are in.
func (r *Program) OutputNames() map[int32]string {
	names := map[int32]string{}
	for name, members := range r.outputs {
		for _, m := range members {
			names[int32(m.section)] = name
		}
	}
	return names
}

// sortOutputs puts the sections of each output section in the order of their table.
func (r *Program) sortOutputs() {
	for name, members := range r.outputs {
		switch name {
		case initArray, finiArray:
			slices.SortStableFunc(members, func(a, b inputSection) int {
				an, as := initPriority(r.Sections[a.section].Name)
				bn, bs := initPriority(r.Sections[b.section].Name)
				return cmp.Or(cmp.Compare(an, bn), cmp.Compare(as, bs))
			})
		case r.Machine.UnwindIndex:
			described := func(m inputSection) int32 { return r.SectionOf[m.obj][r.Objects[m.obj].Sections[m.sect].Follows] }
			slices.SortStableFunc(members, func(a, b inputSection) int { return cmp.Compare(described(a), described(b)) })
		}
	}
}

// makeNamedOutputs makes output sections of those whose ends are asked for by name.
func (r *Program) makeNamedOutputs(errs *diag.List) {
	wanted := map[string]bool{}
	for _, name := range r.boundaryNames {
		if section, _, ok := sectionBoundary(name); ok && !r.isDefined(name) {
			wanted[section] = true
		}
	}
	if len(wanted) == 0 {
		return
	}
	for oi, of := range r.SectionOf {
		for si, section := range of {
			if section >= 0 && wanted[r.Sections[section].Name] {
				name := r.Sections[section].Name
				r.outputs[name] = append(r.outputs[name], inputSection{int(section), oi, si})
			}
		}
	}
	for name := range wanted {
		r.shareClass(name, r.outputs[name], errs)
	}
}

// shareClass gives all sections of an output section one class: they are one as far
// as the program knows.
func (r *Program) shareClass(name string, members []inputSection, errs *diag.List) {
	var has [linkmap.Refused + 1]bool
	for _, m := range members {
		has[r.Sections[m.section].Class] = true
	}
	h := linkmap.Constant
	switch {
	case has[linkmap.Code] && (has[linkmap.Data] || has[linkmap.Zeroed]):
		errs.Add("", "the sections %s of several objects are code and variables, but __start_%s wants them in one place", name, name).
			Note("give code and variables sections of different names")
		return
	case has[linkmap.Code]:
		h = linkmap.Code
	case has[linkmap.Zeroed] && !has[linkmap.Data] && !has[linkmap.Constant]:
		h = linkmap.Zeroed
	case has[linkmap.Data], has[linkmap.Zeroed]:
		h = linkmap.Data
	}
	for _, m := range members {
		if r.Sections[m.section].Class != linkmap.Refused {
			r.Sections[m.section].Class = h
			r.Sections[m.section].UsualRegion = regionOf(h, r.In.Arch)
		}
	}
}

// arrange moves sections so that those of an output section lie together, where the
// first of them is, and the function that runs constructors comes first, where the entry
// jump reaches it. Afterwards link order is the order of sections.
func (r *Program) arrange() {
	r.sortOutputs()
	outputName := map[int]string{}
	for name, members := range r.outputs {
		for _, m := range members {
			outputName[m.section] = name
		}
	}
	if len(outputName) == 0 {
		return
	}
	order := make([]int32, 0, len(r.Sections))
	placed := make([]bool, len(r.Sections))
	place := func(section int) {
		if !placed[section] {
			placed[section] = true
			order = append(order, int32(section))
		}
	}
	if r.start != nil {
		place(int(r.SectionOf[r.start.Obj][r.Symbol(*r.start).Sect]))
	}
	started := map[string]bool{} // output sections, of which all is placed then
	for i := range r.Sections {
		name, ok := outputName[i]
		switch {
		case !ok:
			place(i)
		case !started[name]:
			started[name] = true
			for _, m := range r.outputs[name] {
				place(m.section)
			}
		}
	}
	r.reorder(order)
}

// reorder renumbers the sections: section order[i] becomes section i.
func (r *Program) reorder(order []int32) {
	sections, to := make([]linkmap.Origin, len(order), len(order)+madeSections), make([]int32, len(order))
	for i, old := range order {
		sections[i], to[old] = r.Sections[old], int32(i)
	}
	r.Sections = sections
	for _, of := range r.SectionOf {
		for si, section := range of {
			if section >= 0 {
				of[si] = to[section]
			}
		}
	}
	for _, members := range r.outputs {
		for i := range members {
			members[i].section = int(to[members[i].section])
		}
	}
}

// dropOutput leaves an output section out of the module.
func (r *Program) dropOutput(name string) {
	for _, m := range r.outputs[name] {
		r.SectionOf[m.obj][m.sect] = NoSection
		dropSection(&r.Sections[m.section])
	}
	delete(r.outputs, name)
}
