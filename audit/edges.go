package audit

import (
	"slices"
	"strings"

	"mpyld/internal/lazy"
	"mpyld/linkmap"
	"mpyld/mpyfile"
)

// A name that programs refer to and nobody defines may be an end of something: of
// text, of zeroed or initialised variables, of a table of functions, of the sections
// with a name that could be one of C's (GNU ld's default scripts; "Input Section Example":
// __start_SECNAME). simload checks where it is then; here, that it is the end of
// what its name says.
//
// For example __stop_foo is the end of all sections foo, and _edata that of the
// initialised variables.

// edge is what a name is an end of: a region, or sections by name.
type edge struct {
	region mpyfile.Region
	of     string // "": of the region
	end    bool
}

var edges = lazy.Value[map[string]edge]{Make: func() map[string]edge {
	return map[string]edge{
		"__text_start": {}, "__executable_start": {},
		"etext": {end: true}, "_etext": {end: true}, "__etext": {end: true}, "__text_end": {end: true},
		"__bss_start": {region: mpyfile.BSS}, "__bss_start__": {region: mpyfile.BSS},
		"__bss_end": {region: mpyfile.BSS, end: true}, "__bss_end__": {region: mpyfile.BSS, end: true},
		"__data_start": {region: mpyfile.Rodata}, "data_start": {region: mpyfile.Rodata},
		"__data_end": {region: mpyfile.Rodata, end: true}, "_edata": {region: mpyfile.Rodata, end: true}, "edata": {region: mpyfile.Rodata, end: true},
		"_end": {region: mpyfile.Rodata, end: true}, "end": {region: mpyfile.Rodata, end: true}, "__end__": {region: mpyfile.Rodata, end: true},
		"__preinit_array_start": {of: ".preinit_array"}, "__preinit_array_end": {of: ".preinit_array", end: true},
		"__init_array_start": {of: ".init_array"}, "__init_array_end": {of: ".init_array", end: true},
		"__fini_array_start": {of: ".fini_array"}, "__fini_array_end": {of: ".fini_array", end: true},
		"__exidx_start": {of: unwindIndex}, "__exidx_end": {of: unwindIndex, end: true},
	}
}}

// unwindIndex stands for the sections of the unwinder's table, whatever a machine calls them.
const unwindIndex = "unwind index"

// edgeNamed returns what a name is an end of.
func edgeNamed(name string) (edge, bool) {
	if e, ok := edges.Get()[name]; ok {
		return e, true
	}
	if of, ok := strings.CutPrefix(name, "__start_"); ok {
		return edge{of: of}, of != ""
	}
	of, ok := strings.CutPrefix(name, "__stop_")
	return edge{of: of, end: true}, ok && of != ""
}

func isEdge(name string) bool {
	_, ok := edgeNamed(name)
	return ok
}

// hasEdge reports whether there is anything that a name is an end of: of sections that
// are named for it, nobody asks if there are none.
func (a *audit) hasEdge(name string) bool {
	e, _ := edgeNamed(name)
	if _, always := edges.Get()[name]; always {
		return true
	}
	return len(a.sectionsOf(e.of)) > 0
}

// sectionsOf returns the sections of the map that an end by their name is about: those of
// the run of that name.
func (a *audit) sectionsOf(name string) []int32 {
	if a.called == nil {
		a.called = map[string][]int32{}
		for i := range a.m.Sections {
			if a.from[i].section < 0 {
				continue
			}
			section := a.m.Sections[i].Name
			run := section
			if table := tableOf(section); table != "" {
				run = table
			} else if index := a.in.Machine.UnwindIndex; index != "" && strings.HasPrefix(section, index) {
				run = unwindIndex
			}
			a.called[run] = append(a.called[run], int32(i))
		}
	}
	return a.called[name]
}

// edgeOf says what a name is an end of.
func edgeOf(name string) string {
	e, _ := edgeNamed(name)
	which, of := "the start of ", e.region.String()
	if e.end {
		which = "the end of "
	}
	if e.of != "" {
		of = "all sections " + e.of
	}
	return which + of
}

// isEdgeOf reports whether a target is the boundary that a name is.
func (a *audit) isEdgeOf(t *linkmap.Target, m *meaning) bool {
	want, _ := edgeNamed(a.table.Name(m.number))
	b := a.boundary(t.Section)
	switch {
	case b == nil, t.Off != m.off, b.End != want.end:
		return false
	case want.of == "":
		return b.Of == nil && b.Region == want.region
	}
	return b.Of != nil && a.areAll(b.Of, want.of)
}

// boundary returns the boundary that a section of the map is, or nil.
func (a *audit) boundary(section int32) *linkmap.Boundary {
	if a.bounds == nil {
		a.bounds = make(map[int32]*linkmap.Boundary, len(a.m.Boundaries))
		for i := range a.m.Boundaries {
			a.bounds[int32(a.m.Boundaries[i].Section)] = &a.m.Boundaries[i]
		}
	}
	return a.bounds[section]
}

// areAll reports whether sections of the map are all that there are of a name. Those
// of no size say nothing.
func (a *audit) areAll(list []int, name string) bool {
	var want, got []int
	for _, i := range a.sectionsOf(name) {
		if a.m.Sections[i].Size > 0 {
			want = append(want, int(i))
		}
	}
	for _, i := range list {
		if i < 0 || i >= len(a.m.Sections) {
			return false
		}
		if a.m.Sections[i].Size > 0 {
			got = append(got, i)
		}
	}
	slices.Sort(got)
	return slices.Equal(got, want)
}

// tableOf returns the table of functions that a section is a part of: ".init_array", ".preinit_array",
// ".fini_array", or "".
func tableOf(section string) string {
	if len(section) < len(".ctors") || section[0] != '.' {
		return ""
	}
	switch section[1] {
	case 'c', 'd', 'f', 'i', 'p':
	default:
		return "" // most are .text and .rodata
	}
	switch {
	case named(section, ".init_array"), named(section, ".ctors"):
		return ".init_array"
	case named(section, ".preinit_array"):
		return ".preinit_array"
	case named(section, ".fini_array"), named(section, ".dtors"):
		return ".fini_array"
	}
	return ""
}
