package resolve

import (
	"strings"

	"mpyld/internal/lazy"
	"mpyld/linkmap"
	"mpyld/mpyfile"
)

// A program may refer to the ends of memory regions and of output sections by names
// that no object defines. As in GNU ld's scripts (PROVIDE), the linker defines them
// for those who refer to them, and only if nobody else does. Each is the address of a
// section of no size.
//
//	a.o: cmds, 8 bytes at text+0x40    b.o: cmds, 8 bytes at text+0x48
//	__start_cmds is text+0x40, __stop_cmds text+0x50, and _end where the RAM ends

// regionBoundaries are the ends of memory regions. A module's RAM is one block: bss,
// then the rodata region, where initialised variables are. So, unlike in a
// program, data comes behind bss, and the end of data is the end of all.
var regionBoundaries = lazy.Value[map[string]linkmap.Boundary]{Make: func() map[string]linkmap.Boundary {
	return map[string]linkmap.Boundary{
		"__executable_start": {Region: mpyfile.Text},
		"__text_start":       {Region: mpyfile.Text},
		"etext":              {Region: mpyfile.Text, End: true},
		"_etext":             {Region: mpyfile.Text, End: true},
		"__etext":            {Region: mpyfile.Text, End: true},
		"__text_end":         {Region: mpyfile.Text, End: true},
		"__bss_start":        {Region: mpyfile.BSS},
		"__bss_start__":      {Region: mpyfile.BSS},
		"__bss_end":          {Region: mpyfile.BSS, End: true},
		"__bss_end__":        {Region: mpyfile.BSS, End: true},
		"__data_start":       {Region: mpyfile.Rodata},
		"data_start":         {Region: mpyfile.Rodata},
		"__data_end":         {Region: mpyfile.Rodata, End: true},
		"edata":              {Region: mpyfile.Rodata, End: true},
		"_edata":             {Region: mpyfile.Rodata, End: true},
		"end":                {Region: mpyfile.Rodata, End: true},
		"_end":               {Region: mpyfile.Rodata, End: true},
		"__end__":            {Region: mpyfile.Rodata, End: true},
	}
}}

// unwindIndex stands for the machine's name of that output section.
const unwindIndex = "exidx"

// outputBoundaries are the ends of output sections: by symbol, name and whether it is the end.
var outputBoundaries = lazy.Value[map[string]struct {
	output string
	end    bool
}]{Make: func() map[string]struct {
	output string
	end    bool
} {
	return map[string]struct {
		output string
		end    bool
	}{
		"__preinit_array_start": {preinitArray, false},
		"__preinit_array_end":   {preinitArray, true},
		"__init_array_start":    {initArray, false},
		"__init_array_end":      {initArray, true},
		"__fini_array_start":    {finiArray, false},
		"__fini_array_end":      {finiArray, true},
		"__exidx_start":         {unwindIndex, false},
		"__exidx_end":           {unwindIndex, true},
	}
}}

// sectionBoundary splits __start_NAME and __stop_NAME, where NAME is a section's
// and an identifier of C.
func sectionBoundary(symbol string) (section string, end, ok bool) {
	if section, ok = strings.CutPrefix(symbol, "__start_"); !ok {
		section, ok = strings.CutPrefix(symbol, "__stop_")
		end = true
	}
	if section == "" || section[0] >= '0' && section[0] <= '9' {
		return "", false, false
	}
	for _, c := range []byte(section) {
		if !(c == '_' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z') {
			return "", false, false
		}
	}
	return section, end, ok
}

// wantBoundary notes an undefined symbol if it is one that the linker may define.
func (r *Program) wantBoundary(name string) {
	if r.boundarySeen[name] || r.overridden(name) {
		return
	}
	_, isRegion := regionBoundaries.Get()[name]
	_, isRun := outputBoundaries.Get()[name]
	if !isRegion && !isRun {
		if _, _, ok := sectionBoundary(name); !ok {
			return
		}
	}
	r.boundarySeen[name] = true
	r.boundaryNames = append(r.boundaryNames, name)
}

// isDefined reports whether somebody but the linker defines a symbol.
func (r *Program) isDefined(name string) bool {
	_, object := r.Globals.Get(name)
	_, extern := r.Fixed(name)
	return object || extern
}

// defineBoundaries makes the sections of the linker-defined symbols.
func (r *Program) defineBoundaries() {
	r.BoundaryOf = map[string]int{}
	for _, name := range r.boundaryNames {
		if r.isDefined(name) {
			continue
		}
		e, isRegion := regionBoundaries.Get()[name]
		h, region := linkmap.Constant, e.Region
		if !isRegion {
			output, end := outputBoundaries.Get()[name].output, outputBoundaries.Get()[name].end
			section, stop, ok := sectionBoundary(name)
			if ok {
				output, end = section, stop
			}
			if output == unwindIndex {
				output = r.Machine.UnwindIndex
			}
			members := r.outputs[output]
			if ok && len(members) == 0 {
				continue // no such section: the symbol stays undefined
			}
			e = linkmap.Boundary{Of: []int{}, End: end}
			h, region = linkmap.Constant, mpyfile.Text
			for _, m := range members {
				e.Of = append(e.Of, m.section)
				h, region = r.Sections[m.section].Class, r.Sections[m.section].UsualRegion
			}
		}
		e.Section = r.addSection(linkmap.Origin{Kind: linkmap.BoundaryOf, Class: h, Name: name, UsualRegion: region, Align: 1})
		for _, p := range e.Of {
			r.Together[p] = append(r.Together[p], e.Section)
			r.Together[e.Section] = append(r.Together[e.Section], p)
		}
		r.Boundaries = append(r.Boundaries, e)
		r.BoundaryOf[name] = e.Section
	}
}
