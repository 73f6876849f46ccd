package main

import (
	"debug/elf"

	"mpyld/fixtures"
	"mpyld/fixtures/elfmake"
)

// Inputs that no compiler of the fixtures makes.

// firmware is a linked program with some symbols of the case twofiles.
func firmware(m elf.Machine, class elf.Class) elfmake.Object {
	note := []byte("\x04\x00\x00\x00\x04\x00\x00\x00\x03\x00\x00\x00GNU\x00\xc0\xff\xee\x01")
	fixed := func(name string, typ elf.SymType, value uint64) elfmake.Symbol {
		return elfmake.Symbol{Name: name, Bind: elf.STB_GLOBAL, Type: typ, Sect: elfmake.Abs, Value: value}
	}
	return elfmake.Object{
		Machine: m, Class: class, Type: elf.ET_EXEC, RELA: class == elf.ELFCLASS64,
		Sections: []elfmake.Section{{Name: ".note.gnu.build-id", Type: elf.SHT_NOTE, Flags: elf.SHF_ALLOC, Align: 4, Data: note}},
		Symbols: []elfmake.Symbol{
			{Name: "one_next", Bind: elf.STB_LOCAL, Type: elf.STT_FUNC, Sect: elfmake.Abs, Value: 1}, // not visible
			fixed("one_text", elf.STT_FUNC, 0x20001001), fixed("one_number", elf.STT_FUNC, 0x20001101),
			fixed("one_literal", elf.STT_FUNC, 0x20001201), fixed("one_state", elf.STT_OBJECT, 0x20002000),
			fixed("mp_fun_table", elf.STT_OBJECT, 0x20003000), fixed("memmove", elf.STT_FUNC, 0x20001401),
			fixed("_end", elf.STT_NOTYPE, 0x20004000), fixed("mpy_init", elf.STT_FUNC, 0x20001301),
		},
	}
}

// cxx calls functions of C++ and Rust that nobody defines.
func cxx() elfmake.Object {
	undef := func(name string) elfmake.Symbol {
		return elfmake.Symbol{Name: name, Bind: elf.STB_GLOBAL, Sect: elfmake.Undef}
	}
	call := func(off uint64, sym int) elfmake.Reloc {
		return elfmake.Reloc{Off: off, Type: uint32(elf.R_X86_64_PLT32), Sym: sym, A: -4}
	}
	return elfmake.Object{
		Machine: elf.EM_X86_64, Class: elf.ELFCLASS64, RELA: true,
		Sections: []elfmake.Section{{
			Name: ".text._ZN5shape4areaEv", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4, Data: make([]byte, 32),
			Relocs: []elfmake.Reloc{call(1, 1), call(9, 2), call(17, 3)},
		}},
		Symbols: []elfmake.Symbol{
			{Name: "mpy_init", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Sect: 0},
			undef("_ZN5shape5scaleEif"), undef("_RNvNtCs1234_7mycrate3foo3bar"), undef("_Z"),
		},
	}
}

// recorded has numbers of two names, and the record that their config header
// left.
func recorded() elfmake.Object {
	return elfmake.Object{
		Machine: elf.EM_X86_64, Class: elf.ELFCLASS64, RELA: true,
		Sections: []elfmake.Section{
			{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4, Data: make([]byte, 16)},
			{
				Name: ".data.rel.ro", Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: 8, Data: make([]byte, 8),
				Relocs: []elfmake.Reloc{{Type: uint32(elf.R_X86_64_64), Sym: 2}},
			},
			{Name: ".mpyld.qstrs", Align: 1, Data: []byte("1.21 values 1 greet language\x00")},
		},
		Symbols: []elfmake.Symbol{
			{Name: "mpy_init", Bind: elf.STB_WEAK, Type: elf.STT_FUNC, Sect: 0},
			{Name: "numbers", Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: 1},
			{Name: "mp_native_qstr_table", Bind: elf.STB_GLOBAL, Sect: elfmake.Undef},
		},
	}
}

func (in testFiles) addMade() {
	compiled := recorded()
	in["qstrs/libcompiled.a"] = archive(fixtures.File{Name: "compiled.o", Data: compiled.Bytes()})
	stripped := firmware(elf.EM_X86_64, elf.ELFCLASS64)
	stripped.Symbols = nil
	anonymous := firmware(elf.EM_X86_64, elf.ELFCLASS64)
	anonymous.Sections = nil
	lto := elfmake.Object{
		Machine: elf.EM_X86_64, Class: elf.ELFCLASS64, RELA: true,
		Sections: []elfmake.Section{{Name: ".gnu.lto_.symtab", Align: 1, Data: make([]byte, 8)}},
		Symbols:  []elfmake.Symbol{{Name: "__gnu_lto_slim", Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: elfmake.Common, Value: 1, Size: 1}},
	}
	packed := elfmake.Object{
		Machine: elf.EM_X86_64, Class: elf.ELFCLASS64, RELA: true,
		Sections: []elfmake.Section{{Name: ".relr.dyn", Type: 19, Align: 8, Data: make([]byte, 8)}},
	}
	loads := elfmake.Object{ // what loads modules, and a heap
		Machine: elf.EM_ARM, Class: elf.ELFCLASS32, Type: elf.ET_EXEC,
		Sections: []elfmake.Section{
			{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4, Data: make([]byte, 8), Addr: 0x8000000},
			{Name: ".bss", Type: elf.SHT_NOBITS, Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: 4, Size: 0x10000, Addr: 0x20000000},
		},
		Symbols: []elfmake.Symbol{{Name: "mp_emit_glue_assign_native", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Sect: 0, Value: 0x8000001, Size: 8}},
	}
	unknown := packed
	unknown.Sections = []elfmake.Section{{Name: ".new", Type: 0x60001234, Flags: elf.SHF_ALLOC, Align: 8, Data: make([]byte, 8)}}
	x32 := elfmake.Object{Machine: elf.EM_X86_64, Class: elf.ELFCLASS32, RELA: true}
	for name, o := range map[string]elfmake.Object{
		"firmware/x64.elf":       firmware(elf.EM_X86_64, elf.ELFCLASS64),
		"firmware/arm.elf":       firmware(elf.EM_ARM, elf.ELFCLASS32),
		"firmware/stripped.elf":  stripped,
		"firmware/anonymous.elf": anonymous,
		"firmware/loads.elf":     loads,
		"qstrs/compiled.o":       compiled,
		"abi/cxx.o":              cxx(),
		"abi/x32.o":              x32,
		"abi/zba.o":              zba(),
		"abi/lto.o":              lto,
		"abi/packed.o":           packed,
		"abi/unknown.o":          unknown,
	} {
		in[name] = o.Bytes()
	}
}

// zba is a function that was compiled for an extension of RISC-V, as its build
// attributes say (RISC-V psABI, "Attributes").
func zba() elfmake.Object {
	le32 := func(n int) string { return string([]byte{byte(n), byte(n >> 8), 0, 0}) }
	file := "\x05rv32i2p1_m2p0_a2p1_c2p0_zba1p0\x00"
	file = "\x01" + le32(5+len(file)) + file
	data := "A" + le32(4+len("riscv\x00")+len(file)) + "riscv\x00" + file
	return elfmake.Object{
		Machine: elf.EM_RISCV, Class: elf.ELFCLASS32, RELA: true,
		Sections: []elfmake.Section{
			{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4, Data: []byte{0x82, 0x80, 0x01, 0}}, // ret; nop
			{Name: ".riscv.attributes", Type: elf.SHT_LOPROC + 3, Align: 1, Data: []byte(data)},
		},
		Symbols: []elfmake.Symbol{{Name: "mpy_init", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC}},
	}
}
