package audit

import (
	"debug/elf"

	"mpyld/linkmap"
	"mpyld/mpyfile"
)

// Some places are wrong for a relocation although they are what its symbol means.
//
// A branch that keeps the instruction set must not lead to code of another one. On a
// machine with such, bit 0 of a function's address says which it is of (Arm ELF ABI,
// "Symbol Values"):
//
//	bl f      with f a function at 0x100, not 0x101: a call to code of another instruction set
//
// And a table of the firmware or of the module's names ends somewhere: code that
// refers to what is behind it was compiled with other headers.

// otherMode reports whether a target is code that a branch cannot enter. Labels that
// are no functions say nothing of their instruction set.
func (a *audit) otherMode(t *linkmap.Target, f *file, sym uint32) bool {
	bits := a.in.Machine.ModeBits
	switch {
	case bits == 0:
		return false
	case t.Kind == linkmap.Absolute:
		return (uint8(t.Off)|t.Mode)&bits != bits
	case t.Kind != linkmap.InSection || t.Mode != 0:
		return false
	}
	if n := int(sym) - f.Locals; n >= 0 && f.names[n] >= 0 {
		g := &a.globals[f.names[n]]
		return (g.is == weak || g.is == strong) && g.what.code
	}
	return f.Symbols[sym].Type() == elf.STT_FUNC
}

// inTable reports whether a target is in a table that ends somewhere.
func (a *audit) inTable(t *linkmap.Target) bool {
	if t.Kind != linkmap.InSection || a.from[t.Section].section >= 0 { // an input's is none
		return t.Kind == linkmap.Supplied
	}
	kind := a.m.Sections[t.Section].Kind
	return kind == linkmap.QStrNumbers || kind == linkmap.QStrObjects
}

// isBehind reports whether a target, plus an addend, is behind the end of a table.
func (a *audit) isBehind(t *linkmap.Target, addend int64) bool {
	word, size := int64(a.in.Machine.Word), int64(0)
	switch {
	case !a.inTable(t):
		return false
	case t.Kind == linkmap.InSection:
		return int64(t.Off)+addend >= int64(a.m.Sections[t.Section].Size)
	}
	switch t.Dest.Kind {
	case mpyfile.ToFunTable:
		size = int64(len(a.in.ABI.Fun)) * word
	case mpyfile.ToQStrTable:
		size = 2 * int64(1+len(a.m.QStrs)) // entry 0 is the name of the source
	case mpyfile.ToObjTable:
		size = int64(len(a.m.QStrObjs)) * word
	default:
		return false
	}
	return addend >= size
}
