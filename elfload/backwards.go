package elfload

import (
	"strings"

	"mpyld/edit"
)

// A .ctors or .dtors section is a table of functions that GCC's crtstuff.c calls from its
// end to its start; .init_array, which took its place, is called from the start. GNU ld
// turns the former around when it puts both in one table (bfd, SEC_ELF_REVERSE_COPY).
// That is done here, so that the rest of the linker sees one kind of table.
//
//	.ctors: a, b, c    becomes c, b, a, and the relocation at 0 is the one at 8

func isBackwards(name string) bool {
	return name == ".ctors" || name == ".dtors" || strings.HasPrefix(name, ".ctors.") || strings.HasPrefix(name, ".dtors.")
}

// turnAround reverses the words of the sections that are called backwards.
func (l *loader) turnAround() error {
	if l.raw {
		return nil
	}
	word := wordOf(l.mach.Class)
	for i := range l.obj.Sections {
		s := &l.obj.Sections[i]
		if !isBackwards(s.Name) || len(s.Data) <= word {
			continue
		}
		if len(s.Data)%word != 0 {
			return l.errorf("table %s of %d bytes does not hold whole words", s.Name, len(s.Data))
		}
		for r := range s.Relocs {
			if int(r.Off)%word != 0 {
				return l.errorf("relocation at %s+0x%x is not at a word of the table", s.Name, r.Off)
			}
		}
		var edits []edit.Edit
		if s.Edits != nil {
			s.Data, edits = s.Edits.From, s.Edits.Edits
		}
		l.edit(s, edits, word)
	}
	return nil
}
