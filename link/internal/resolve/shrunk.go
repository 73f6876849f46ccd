package resolve

import (
	"slices"

	"mpyld/elfload"
	"mpyld/linkmap"
	"mpyld/relocs"
)

// With returns the program with other objects in the place of some, by number: the same files
// with sections that are shorter (elfload.Object.Shrink). What is in the program, and what its names
// mean, stays.
func (r *Program) With(shrunk map[int]*elfload.Object) *Program {
	p := *r
	p.Objects, p.Sections = slices.Clone(r.Objects), slices.Clone(r.Sections)
	for oi, obj := range shrunk {
		p.Objects[oi] = obj
		for si, section := range r.SectionOf[oi] {
			// What is left out later has no size.
			if section < 0 || r.Sections[section].Size == 0 {
				continue
			}
			setContent(&p.Sections[section], &obj.Sections[si])
		}
	}
	return &p
}

// Allowing returns the program as one of which other relaxations may be made use of.
func (r *Program) Allowing(relax relocs.RelaxSet) *Program {
	p := *r
	p.In.Relax = relax
	return &p
}

// setContent says what is in a section.
func setContent(p *linkmap.Origin, s *elfload.Section) {
	p.Size, p.Data, p.Edits, p.Shape = s.Size, s.Data, s.Edits, s.Shape
}
