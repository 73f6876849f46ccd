package debugelf

import (
	"debug/elf"

	"mpyld/elfload"
	"mpyld/linkmap"
)

// symbol is an entry of the companion's symbol table.
type symbol struct {
	name    string
	bind    elf.SymBind
	typ     elf.SymType
	section string // "" of a file's name
	value   uint64
	size    uint64
}

// symbols adds those of the objects that are in the module, and names for what the linker made.
func (m *maker) symbols(f *image) {
	for oi, obj := range m.Sources.Objects {
		for si := range obj.Symbols {
			s := &obj.Symbols[si]
			if s.Type() == elf.STT_FILE && s.Name != "" {
				f.symbols = append(f.symbols, symbol{name: s.Name, typ: elf.STT_FILE})
				continue
			}
			at := m.Sources.Symbols[oi][si]
			addr, ok := m.address(at.Section)
			if !ok || !isName(s) {
				continue
			}
			f.symbols = append(f.symbols, symbol{
				name: s.Name, bind: s.Bind(), typ: s.Type(), section: m.sectionOf(at.Section),
				value: addr + at.Off | uint64(at.Mode), size: s.Size,
			})
		}
	}
	mach := m.Map.Machine
	for i := range m.Map.Sections {
		s := &m.Map.Sections[i]
		if !s.Kind.Made() || s.Size == 0 {
			continue
		}
		addr, _ := m.address(int32(i))
		d := symbol{name: madeName(s), typ: elf.STT_OBJECT, section: m.sectionOf(int32(i)), value: addr, size: s.Size}
		if s.Class == linkmap.Code && s.Kind != linkmap.QStrNumbers && s.Kind != linkmap.QStrObjects {
			d.typ, d.value = elf.STT_FUNC, addr|uint64(mach.ModeBits)
		}
		f.symbols = append(f.symbols, d)
	}
}

// isName reports whether people or debuggers want to see a symbol: not labels of compilers, and
// of other objects' definitions not what refers to them. Mapping symbols ($t, $d, $x) say where instructions are.
func isName(s *elfload.Symbol) bool {
	return s.Where != elfload.Undefined && s.Where != elfload.Absolute && s.Type() != elf.STT_SECTION && s.Name != "" && s.Name[0] != '.'
}

// sectionOf returns the section of the companion that one of the map is in.
func (m *maker) sectionOf(section int32) string { return "." + m.Map.Sections[section].Region.String() }

// madeName names what the linker made.
func madeName(s *linkmap.Section) string {
	switch s.Kind {
	case linkmap.EntryJump:
		return "mpyld.entry"
	case linkmap.GOT:
		return "mpyld.got"
	case linkmap.Literals:
		return "mpyld.literals"
	}
	return s.Name
}
