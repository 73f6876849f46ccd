// Package debuginfo says which line of a source a byte of an object is from, as the debug
// information (DWARF) has it that compilers leave in the object with -g.
//
// It stands apart because the linker works without it: whoever wants to name a line asks,
// and only then anything of it is read. What it reads is a stranger's, and advice at best. It must
// never fail a link, and rather say nothing than something wrong: what is damaged, ambiguous or
// contradicts itself has no lines.
package debuginfo

import (
	"cmp"
	"debug/elf"
	"slices"
	"sort"

	"mpyld/diag"
	"mpyld/elfload"
)

// An object has no addresses, and debug information is about addresses. So the sections of an
// object get some, as a linker would give them, and the relocations of its debug information the
// values that follow; a byte is looked for at the address that its section has then.
//
//	.text.f, 8 bytes, at 0x10000     .debug_line: set_address .text.f+0     0x10000: wave.c:9
//	.text.g, 8 bytes, at 0x10020     .debug_line: set_address .text.g+0     0x10020: wave.c:14
//	what is at .text.g+4?            0x10024                                wave.c:14

const (
	base  = 0x1_0000    // of the first section: a number that nothing was added to is below
	gap   = 0x20        // so that no section starts where another ends
	limit = 0x7fff_0000 // of addresses: they have 32 bits on most machines
	most  = 256 << 20   // bytes of debug information of an object, unpacked; more is not looked at
)

// Info is what the debug information of an object says.
type Info struct {
	obj    *elfload.Object
	starts []uint64 // by section: its address; 0: it has none
	lines  *lines
	tree   *tree

	// Made when somebody asks.
	constants *constants
	variables map[int][]extent // by section, from the first
}

// extent is where a variable is in its section, after edits.
type extent struct{ from, size uint64 }

// place is a byte of a section after edits.
type place struct {
	section int
	off     uint64
}

// Of reads the debug information of an object. It returns nil if there is none, or none that
// can be read.
func Of(obj *elfload.Object) (info *Info) {
	defer func() {
		if recover() != nil { // debug/dwarf on what is none
			info = nil
		}
	}()
	if !obj.HasDebug() {
		return nil
	}
	with, err := obj.WithDebug()
	if err != nil {
		return nil
	}
	i := &Info{obj: with}
	i.assign()
	sections := i.relocated()
	if sections == nil {
		return nil
	}
	i.lines = readLines(sections, with.Machine().Word)
	i.tree = readTree(sections, i.lines, with.Machine().Word, false)
	return i
}

// assign gives addresses to the sections that are loaded.
func (i *Info) assign() {
	i.starts = make([]uint64, len(i.obj.Sections))
	next := uint64(base)
	for n := range i.obj.Sections {
		s := &i.obj.Sections[n]
		if s.Flags&elf.SHF_ALLOC == 0 || s.Size == 0 || s.Size > limit-next {
			continue
		}
		i.starts[n] = next
		next += (s.Size+gap-1)&^(gap-1) + gap
		if next >= limit {
			return
		}
	}
}

// Call is where a function that was inlined was called.
type Call struct {
	Function string // that was inlined; "" if nobody knows
	At       diag.Source
}

// Source returns the line that a byte is from, of which off is the place in the section as the object has it. Of an
// instruction that is the line of the innermost function if some were inlined; of a constant among instructions that of the first that
// loads it; of a variable its declaration.
func (i *Info) Source(section int, off uint64) diag.Source {
	at, isCode := i.find(section, off)
	if isCode {
		return i.code(at)
	}
	if i.isConstant(at.section, at.off) {
		return diag.Source{}
	}
	return i.Declared(at.section, at.off)
}

// Calls returns where the functions that the same instruction is in were inlined, from the innermost.
func (i *Info) Calls(section int, off uint64) []Call {
	at, isCode := i.find(section, off)
	if !isCode || !i.code(at).Known() {
		return nil
	}
	addr, _ := i.address(at.section, at.off)
	return i.tree.calls(addr)
}

// find returns the instruction that a byte is of or for, or the start of the variable that it is in.
func (i *Info) find(section int, off uint64) (at place, isCode bool) {
	s := &i.obj.Sections[section]
	at = place{section, s.Edits.Out(off)}
	if user, ok := i.user(at); ok {
		return user, true
	}
	if s.Flags&elf.SHF_EXECINSTR != 0 {
		return at, !i.isConstant(at.section, at.off)
	}
	return place{section, i.variable(at)}, false
}

// variable returns where the variable starts that a byte is in, or the byte.
func (i *Info) variable(at place) uint64 {
	if i.variables == nil {
		i.variables = map[int][]extent{}
		for k := range i.obj.Symbols {
			if sym := &i.obj.Symbols[k]; sym.Where == elfload.InSection && sym.Type() == elf.STT_OBJECT {
				i.variables[int(sym.Sect)] = append(i.variables[int(sym.Sect)], extent{sym.Value, sym.Size})
			}
		}
		for _, list := range i.variables {
			slices.SortFunc(list, func(a, b extent) int { return cmp.Compare(a.from, b.from) })
		}
	}
	list := i.variables[at.section]
	n := sort.Search(len(list), func(n int) bool { return list[n].from > at.off }) - 1
	if n >= 0 && at.off-list[n].from < list[n].size {
		return list[n].from
	}
	return at.off
}

// Declared returns the line where a function or variable is declared that starts at an offset in the section
// after edits, as its symbol has it.
func (i *Info) Declared(section int, off uint64) diag.Source {
	addr, ok := i.address(section, off)
	if !ok {
		return diag.Source{}
	}
	if at := i.tree.declared[addr]; at.Known() {
		return at
	}
	if i.obj.Sections[section].Flags&elf.SHF_EXECINSTR != 0 && !i.isConstant(section, off) {
		return i.lines.at(addr)
	}
	return diag.Source{}
}

// code returns the line of an instruction.
func (i *Info) code(at place) diag.Source {
	addr, ok := i.address(at.section, at.off)
	if !ok {
		return diag.Source{}
	}
	return i.lines.at(addr)
}

// address returns the address of a byte of a section after edits.
func (i *Info) address(section int, off uint64) (addr uint64, ok bool) {
	return i.starts[section] + off, i.starts[section] != 0 && off < i.obj.Sections[section].Size
}
