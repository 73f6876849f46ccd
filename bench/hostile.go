//go:build linux

package main

import (
	"debug/elf"
	"encoding/binary"
	"fmt"

	"mpyld/fixtures/elfmake"
)

// A hostileFile claims more than it holds, or is made to cost as much as it can.
type hostileFile struct {
	name string
	data []byte
}

const hostileArch = "armv7m"

const codeFlags = elf.SHF_ALLOC | elf.SHF_EXECINSTR

// hostileFiles returns the files. Each is a megabyte or so at most.
func hostileFiles() []hostileFile {
	return []hostileFile{
		{"bss of 1 GiB", hostileObject(0, elfmake.Section{Name: ".bss", Type: elf.SHT_NOBITS, Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: 4, Size: 1 << 30})},
		{"bss of 63 MiB", hostileObject(0, elfmake.Section{Name: ".bss", Type: elf.SHT_NOBITS, Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: 4, Size: 63 << 20})},
		{"1000 sections of 1 GiB of bss", hostileObject(0, repeated(1000, elfmake.Section{Name: ".bss", Type: elf.SHT_NOBITS, Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: 4, Size: 1 << 30})...)},
		{"10000 sections aligned to 64 KiB", hostileObject(0, repeated(10000, elfmake.Section{Name: ".text", Flags: codeFlags, Align: 1 << 16, Data: make([]byte, 4)})...)},
		{"text that claims 4 GiB", patched(hostileObject(0), 1, 20, 0xffffffff)},
		{"symbols that claim 4 GiB", patched(hostileObject(0), 2, 20, 0xfffffff0)},
		{"relocations that claim 4 GiB", patched(hostileObject(1), 2, 20, 0xfffffff8)},
		{"4 billion sections", patched(withoutSectionCount(hostileObject(0)), 0, 20, 0xffffffff)},
		{"100000 relocations of one word", hostileObject(100000)},
		{"100000 undefined symbols", undefinedSymbols(100000)},
		{"pointers to 50000 places", pointers(50000)},
		{"10000 variables in a chain", chain(10000)},
	}
}

// hostileObject has a function with n pointers to itself at one place, and more
// sections.
func hostileObject(n int, sections ...elfmake.Section) []byte {
	text := elfmake.Section{Name: ".text", Flags: codeFlags, Align: 4, Data: make([]byte, 4)}
	for range n {
		text.Relocs = append(text.Relocs, elfmake.Reloc{Type: 2}) // R_ARM_ABS32
	}
	o := elfmake.Object{
		Machine: elf.EM_ARM, Class: elf.ELFCLASS32, Sections: append([]elfmake.Section{text}, sections...),
		Symbols: []elfmake.Symbol{{Name: "mpy_init", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: 1}},
	}
	return o.Bytes()
}

func repeated(n int, s elfmake.Section) []elfmake.Section {
	list := make([]elfmake.Section, n)
	for i := range list {
		list[i] = s
	}
	return list
}

// patched overwrites a word of a section's header.
func patched(data []byte, section, field int, v uint32) []byte {
	le := binary.LittleEndian
	headers := int(le.Uint32(data[32:]))
	le.PutUint32(data[headers+section*elfHeader32+field:], v)
	return data
}

const elfHeader32 = 40

// withoutSectionCount makes the count of sections that of the first header.
func withoutSectionCount(data []byte) []byte {
	binary.LittleEndian.PutUint16(data[48:], 0)
	return data
}

func undefinedSymbols(n int) []byte {
	var body code
	symbols := []elfmake.Symbol{{Name: "mpy_init", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: 1}}
	for i := range n {
		body.reloc(10, len(symbols), 0) // R_ARM_THM_CALL
		body.halves(0xf7ff, 0xfffe)
		symbols = append(symbols, elfmake.Symbol{Name: fmt.Sprintf("u%d", i), Bind: elf.STB_GLOBAL, Sect: elfmake.Undef})
	}
	return oneSection(body, symbols)
}

// pointers returns a table of pointers to as many places.
func pointers(n int) []byte {
	var body code
	symbols := []elfmake.Symbol{{Name: "mpy_init", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: 1}}
	for i := range n {
		body.reloc(2, 0, 0) // R_ARM_ABS32
		body.words(uint32(i))
	}
	return oneSection(body, symbols)
}

// chain returns variables of which each has a fixed distance to the one
// before, and code that has one to the last.
func chain(n int) []byte {
	distance := func(to int) []elfmake.Reloc { return []elfmake.Reloc{{Type: 3, Sym: to}} } // R_ARM_REL32
	symbols := []elfmake.Symbol{{Name: "mpy_init", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: 1}}
	sections := []elfmake.Section{{Name: ".text", Flags: codeFlags, Align: 4, Data: make([]byte, 4), Relocs: distance(n)}}
	for i := range n {
		symbols = append(symbols, elfmake.Symbol{Name: fmt.Sprintf("v%d", i), Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: i + 1})
		s := elfmake.Section{Name: ".data", Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: 4, Data: make([]byte, 4)}
		if i > 0 {
			s.Relocs = distance(i)
		}
		sections = append(sections, s)
	}
	o := elfmake.Object{Machine: elf.EM_ARM, Class: elf.ELFCLASS32, Sections: sections, Symbols: symbols}
	return o.Bytes()
}

// oneSection returns an object of one section of code.
func oneSection(body code, symbols []elfmake.Symbol) []byte {
	o := elfmake.Object{
		Machine: elf.EM_ARM, Class: elf.ELFCLASS32, Symbols: symbols,
		Sections: []elfmake.Section{{Name: ".text", Flags: codeFlags, Align: 4, Data: body.bytes, Relocs: body.relocs}},
	}
	data := o.Bytes()
	// e_flags: GNU ld only mixes objects of one version of the Arm ABI.
	const eabi5 = 0x05000000
	binary.LittleEndian.PutUint32(data[36:], eabi5)
	return data
}
