package resolve

import (
	"debug/elf"
	"fmt"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/linkmap"
)

// An inline function or a template is in every object that uses it, each time in a
// group of sections that a symbol names (COMDAT). A module needs it once: of groups
// with one name the first is taken, and the sections of the others go. What the others
// define is defined by the first.
//
//	a.o: group _Z1fv: .text._Z1fv    b.o: group _Z1fv: .text._Z1fv; .text, which calls _Z1fv
//	b.o's group goes, and b.o calls a.o's _Z1fv

// groupRef is a section group of an object.
type groupRef struct{ obj, group int }

// Kept returns the section that stands for a discarded one: that of its name
// and size in the group that was taken. Unwind tables refer to functions by
// section, so also to those of discarded groups.
func (r *Program) Kept(obj *elfload.Object, sect int32) int32 {
	s := &obj.Sections[sect]
	if s.Group < 0 {
		return NoSection
	}
	g, ok := r.comdats[obj.Groups[s.Group].Signature]
	if !ok {
		return NoSection
	}
	for _, m := range r.Objects[g.obj].Groups[g.group].Members {
		if t := &r.Objects[g.obj].Sections[m]; t.Name == s.Name && t.Size == s.Size {
			return r.SectionOf[g.obj][m]
		}
	}
	return NoSection
}

// groupFor returns the object whose copy of a section's group is in; nil: it is in none.
func (r *Program) groupFor(obj *elfload.Object, s *elfload.Section) *elfload.Object {
	if s.Group < 0 {
		return nil
	}
	g, ok := r.comdats[obj.Groups[s.Group].Signature]
	if !ok {
		return nil
	}
	return r.Objects[g.obj]
}

// Discarded marks a section of a COMDAT group that an earlier object has too.
const Discarded = -2

// keepSections takes in every section of obj that is part of the
// module, and returns where each section went.
func (r *Program) keepSections(obj *elfload.Object, errs *diag.List) []int32 {
	of := make([]int32, len(obj.Sections))
	twice := make([]bool, len(obj.Groups))
	for i, g := range obj.Groups {
		if !g.COMDAT {
			continue
		}
		if _, twice[i] = r.comdats[g.Signature]; !twice[i] {
			r.comdats[g.Signature] = groupRef{len(r.Objects) - 1, i}
		}
	}
	for i := range obj.Sections {
		s := &obj.Sections[i]
		of[i] = NoSection
		if s.Group >= 0 && twice[s.Group] {
			of[i] = Discarded
			continue
		}
		h, why := classify(s, r.Machine, r.In.KeepUnwind)
		if h == linkmap.Refused {
			e := errs.Add(diag.Place{Object: obj.Name, Section: s.Name, Whole: true}, "%d bytes of %s", s.Size, why.what)
			for _, text := range append(r.contents(obj, i), why.remedy) {
				e.Note("%s", text)
			}
		}
		if h == linkmap.Dropped {
			continue
		}
		p := linkmap.Origin{Class: h, Object: obj.Name, Name: s.Name, Number: int32(i), UsualRegion: regionOf(h, r.In.Arch), Align: uint64(s.Align), Instructions: h == linkmap.Code}
		setContent(&p, s)
		switch {
		case s.Size == 0:
			p.Align = 1 // only an address, must not cost padding
		case h == linkmap.Code:
			p.Align = max(p.Align, r.Machine.CodeAlign)
		}
		section := r.addSection(p)
		of[i] = int32(section)
		if h == linkmap.Code && s.Size > 0 && (s.Name == initCode || s.Name == finiCode) {
			r.fragments = append(r.fragments, inputSection{section, len(r.Objects) - 1, i})
		}
		if output := r.outputOf(s); output != "" && s.Size > 0 {
			r.outputs[output] = append(r.outputs[output], inputSection{section, len(r.Objects) - 1, i})
		}
	}
	return of
}

// addSection appends p and returns its index.
func (r *Program) addSection(p linkmap.Origin) int {
	r.Sections = append(r.Sections, p)
	return len(r.Sections) - 1
}

// contents names the first variables in a section, for an error about it.
func (r *Program) contents(obj *elfload.Object, section int) []string {
	var notes []string
	for i := range obj.Symbols {
		s := &obj.Symbols[i]
		if s.Where != elfload.InSection || int(s.Sect) != section || s.Type() == elf.STT_SECTION || s.Name == "" {
			continue
		}
		if len(notes) == 3 {
			return append(notes, "and more")
		}
		notes = append(notes, fmt.Sprintf("it contains %s", s.Name))
	}
	return notes
}
