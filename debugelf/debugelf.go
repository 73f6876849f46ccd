// Package debugelf makes the companion of a module: an ELF file with what debuggers
// want to know of it, which the module itself has no room for.
//
// It stands apart because nothing of it goes to a device: the module is what it is
// whether or not somebody debugs it. It must never decide where something lies: the map of
// the link says that. It applies the rows of relocs to debug information, and knows no machine.
package debugelf

import (
	"debug/elf"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/linkmap"
	"mpyld/mpyfile"
)

// A module has no addresses before it is loaded, and a debugger moves what a file describes
// to where it is loaded. So the companion has text at 0 and the memory beside it far away:
// no two things have one address. Debug information of the objects is put one behind the other,
// and its relocations get the values that they have at these addresses.
//
//	wave.o    .text.f at 0, .text.g removed     .debug_line: set_address .text.f+0; ... set_address .text.g+0
//	module    entry jump, f at text+4           .debug_line: set_address 4; ... set_address 0xffffffff
//
// What is said of removed code is said of the highest address, which no code has (DWARF 6, "Reserved
// target address"). In the old lists of ranges that address means something else, and it is the one before it.

// The addresses of what is not text.
const (
	RAMBase    = 0x1000_0000 // bss, and rodata behind it as the firmware has them
	RodataBase = 0x1800_0000 // of firmware where rodata is a block of its own
	unwindBase = 0x2000_0000 // of tables whose numbers count from their own places
)

// Input is a linked module.
type Input struct {
	Map     *linkmap.Map
	File    *mpyfile.File
	Sources *linkmap.Sources
	Module  []byte // the .mpy
	Name    string // of the module, as tracebacks have it
}

// Make returns the companion of a module, and warnings about objects whose debug information is left out. The
// error is a *diag.Error about an object whose debug information is not what it should be.
func Make(in *Input) (companion []byte, warnings diag.List, err error) {
	m := &maker{Input: in}
	m.place()
	if err := m.gather(); err != nil {
		return nil, nil, err
	}
	m.locate()
	if err := m.relocate(); err != nil {
		return nil, nil, err
	}
	m.silence()
	f := &image{class: in.Map.Machine.Class, machine: in.Map.Machine.ELF, flags: m.flags()}
	m.regions(f)
	for _, o := range m.outputs {
		f.add(section{name: o.name, typ: o.typ, flags: o.flags, addr: o.addr, align: o.align, data: o.data})
	}
	f.add(section{name: NoteSection, typ: elf.SHT_NOTE, align: 4, data: in.note()})
	m.symbols(f)
	return f.bytes(), m.warnings, nil
}

// maker is the state of one Make.
type maker struct {
	*Input
	starts  [3]uint64 // addresses by region
	outputs []*output // in the order in which they were first seen
	pieces  []piece
	at      [][]int32         // by object and section: its number in pieces plus one, or 0
	objects []*elfload.Object // with debug information

	warnings diag.List
}

// place decides where the regions are: like a firmware that has the memory for them at RAMBase.
func (m *maker) place() {
	word := uint64(m.Map.Machine.Word)
	m.starts[mpyfile.BSS] = RAMBase
	m.starts[mpyfile.Rodata] = RAMBase + (m.File.BSSSize+word-1)&^(word-1)
	if m.Map.ABI.SeparateRAM {
		m.starts[mpyfile.Rodata] = RodataBase
	}
}

// regions adds the content of the module.
func (m *maker) regions(f *image) {
	const r, w, x = elf.SHF_ALLOC, elf.SHF_WRITE, elf.SHF_EXECINSTR
	mach := m.Map.Machine
	f.add(section{name: ".text", typ: elf.SHT_PROGBITS, flags: r | x, align: mach.TextAlign, data: m.File.Text})
	if m.File.BSSSize > 0 {
		f.add(section{name: ".bss", typ: elf.SHT_NOBITS, flags: r | w, addr: m.starts[mpyfile.BSS], align: mach.BlockAlign, size: m.File.BSSSize})
	}
	if len(m.File.Rodata) > 0 {
		f.add(section{name: ".rodata", typ: elf.SHT_PROGBITS, flags: r, addr: m.starts[mpyfile.Rodata], align: uint64(mach.Word), data: m.File.Rodata})
	}
}

// flags are those of the ELF header, which say how its functions call: those of the first object.
func (m *maker) flags() uint32 {
	if len(m.Sources.Objects) == 0 {
		return 0
	}
	return m.Sources.Objects[0].Facts.Flags
}

// address returns where a section of the map is, if it is in the module.
func (m *maker) address(section int32) (addr uint64, ok bool) {
	if section < 0 {
		return 0, false
	}
	s := &m.Map.Sections[section]
	if s.Class == linkmap.Dropped || s.Class == linkmap.Literal {
		return 0, false
	}
	return m.starts[s.Region] + s.Addr, true
}
