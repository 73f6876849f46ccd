package audit

import (
	"debug/elf"
	"strings"

	"mpyld/elfload"
	"mpyld/linkmap"
	"mpyld/mpyfile"
)

// A section's alignment (sh_addralign) is one of its address in memory. The firmware
// allocates variables as one block with bss at its head and rodata behind it, at the
// next multiple of a word (py/persistentcode.c); blocks and text start at multiples
// of what its allocators align to. So it is not enough that a section is aligned in its region.
//
// For example rodata that wants 16 bytes, behind 20 bytes of bss, is at 24 of the block:
// bss has to be padded to 32.

// settler checks the addresses of sections in memory.
type settler struct {
	*audit
	rodata uint64 // where it starts in its block of memory
}

func newSettler(a *audit) *settler {
	s, word := &settler{audit: a}, uint64(a.in.Machine.Word)
	if !a.in.ABI.SeparateRAM {
		s.rodata = (a.file.BSSSize + word - 1) &^ (word - 1)
	}
	return s
}

// place checks the address of a section.
func (s *settler) place(p *linkmap.Section, at place) {
	align, start := p.Align, uint64(0)
	if p.Instructions && p.Size > 0 {
		align = max(align, s.in.Machine.CodeAlign) // whatever the object says: assemblers raise that of .text alone
	}
	if p.Region == mpyfile.Rodata {
		start = s.rodata
	}
	if p.Class != linkmap.Literal && align > 1 && (start+p.Addr)&(align-1) != 0 {
		s.bad(title(p), "the map has it at 0x%x of its block of memory (%s), it has to be aligned to %d bytes", start+p.Addr, p.Region, align)
	}
	if at.section >= 0 && p.Region == mpyfile.Text && p.Size > 0 {
		s.inText(p, &s.files[at.file].Sections[at.section])
	}
}

// inText checks that a section may be in text. Some machines read text by whole words
// only, as instructions (Xtensa: instruction RAM), and some firmware keeps it where it cannot be
// written.
func (a *audit) inText(p *linkmap.Section, sec *elfload.Section) {
	if p.Class == linkmap.Code || p.Class == linkmap.Literal {
		return
	}
	variable := (sec.Type == elf.SHT_NOBITS || sec.Flags&elf.SHF_WRITE != 0 && !strings.HasPrefix(sec.Name, ".data.rel.ro")) &&
		tableOf(sec.Name) == "" && !a.unwinds(sec.Name) // which nothing writes to
	switch {
	case variable && (a.in.NoWritableText || !a.in.Machine.WritableText):
		a.bad(title(p), "the map has these variables in text, which cannot be written")
	case !variable && a.in.Machine.SeparateRodata:
		a.bad(title(p), "the map has these constants in text, which cannot be read but by instructions")
	}
}
