package audit

import (
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

// places checks the addresses of sections in memory.
func (a *audit) places() {
	word := uint64(a.in.Machine.Word)
	behind := uint64(0)
	if !a.in.ABI.SeparateRAM {
		behind = (a.file.BSSSize + word - 1) &^ (word - 1)
	}
	for i := range a.m.Sections {
		p := &a.m.Sections[i]
		if p.Class == linkmap.Literal || p.Align < 2 {
			continue
		}
		start := uint64(0)
		if p.Region == mpyfile.Rodata {
			start = behind
		}
		if (start+p.Addr)&(p.Align-1) != 0 {
			a.bad(title(p), "the map has it at 0x%x of its block of memory (%s), it has to be aligned to %d bytes", start+p.Addr, p.Region, p.Align)
		}
	}
}
