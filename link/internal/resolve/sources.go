package resolve

import (
	"mpyld/elfload"
	"mpyld/linkmap"
)

// Sources says where what the objects have is in the module.
func (r *Program) Sources() *linkmap.Sources {
	src := &linkmap.Sources{Objects: r.Objects, Sections: r.SectionOf}
	for oi, obj := range r.Objects {
		symbols := make([]linkmap.Place, len(obj.Symbols))
		for si := range symbols {
			symbols[si] = r.placeOf(oi, si)
		}
		src.Symbols = append(src.Symbols, symbols)
	}
	return src
}

// placeOf says where a symbol of an object is. What the object defines in a section is
// there, though its name may mean another definition elsewhere: its description is of its own code.
func (r *Program) placeOf(oi, si int) linkmap.Place {
	nowhere := linkmap.Place{Section: linkmap.Nowhere}
	d := NewDef(oi, si)
	if r.Symbol(d).Where != elfload.InSection {
		if r.NameOf[oi][si] == NotGlobal {
			return nowhere
		}
		n := r.name(d)
		if !n.Defined {
			return nowhere
		}
		d = n.Def
	}
	switch s := r.Symbol(d); s.Where {
	case elfload.InSection:
		section := r.SectionOf[d.Obj][s.Sect]
		removed := section < 0 || r.Sections[section].Size == 0 && r.Objects[d.Obj].Sections[s.Sect].Size > 0 // dropSection
		if !removed {
			return linkmap.Place{Section: section, Off: s.Value, Mode: s.Mode}
		}
	case elfload.Common:
		if d.Common >= 0 {
			return linkmap.Place{Section: d.Common}
		}
	}
	return nowhere
}
