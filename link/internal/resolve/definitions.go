package resolve

import (
	"debug/elf"

	"mpyld/elfload"
	"mpyld/linkmap"
)

// Definitions returns the symbols of all sections that are in the module, local
// ones too, in the order of the objects. Those that only mark places for tools, as
// mapping symbols do, have names that no language has ("$d", ".L3").
func (r *Program) Definitions() []linkmap.Symbol {
	n := 0
	for range r.definitions {
		n++
	}
	list := make([]linkmap.Symbol, 0, n)
	for d := range r.definitions {
		list = append(list, d)
	}
	return list
}

func (r *Program) definitions(yield func(linkmap.Symbol) bool) {
	for oi, obj := range r.Objects {
		for si := range obj.Symbols {
			s := &obj.Symbols[si]
			section := int32(NoSection)
			switch s.Where {
			case elfload.InSection:
				section = r.SectionOf[oi][s.Sect]
			case elfload.Common:
				if n := r.name(NewDef(oi, si)); int(n.Def.Obj) == oi && int(n.Def.Sym) == si {
					section = n.Def.Common
				}
			}
			if section < 0 || !isName(s) {
				continue
			}
			d := linkmap.Symbol{Name: s.Name, Section: section, Mode: s.Mode, Size: s.Size, Bind: bindOf(s), Type: typeOf(s)}
			if s.Where == elfload.InSection {
				d.Off = s.Value
			}
			if !yield(d) {
				return
			}
		}
	}
}

// isName reports whether a symbol names something of the program.
func isName(s *elfload.Symbol) bool {
	return s.Type() != elf.STT_SECTION && s.Type() != elf.STT_FILE && s.Name != "" && !s.Mapping() && s.Name[0] != '.'
}

func bindOf(s *elfload.Symbol) linkmap.Bind {
	switch {
	case s.Local():
		return linkmap.Local
	case s.Weak():
		return linkmap.Weak
	}
	return linkmap.Global
}

func typeOf(s *elfload.Symbol) linkmap.SymbolType {
	switch s.Type() {
	case elf.STT_FUNC:
		return linkmap.Function
	case elf.STT_OBJECT, elf.STT_COMMON:
		return linkmap.Object
	case elf.STT_TLS:
		return linkmap.Thread
	}
	return linkmap.NoType
}
