//go:build linux

package main

import (
	"debug/elf"
	"fmt"

	"mpyld/fixtures/elfmake"
)

// partDimensions: parts of addresses that code keeps in registers and on the stack, and
// halves that no table is near.
var partDimensions = []dimension{
	{"switches that hold addresses", "rv32imc", 200, switches},
	{"words of the stack", "rv32imc", 500, stackWords},
	{"a function of all sizes", "rv32imc", 2000, bigFunction},
	{"loads far from pools", "armv7m", 1000, farLoads},
}

// riscvVariables is an object with code and as many variables, from symbol 1 on. Behind them is
// the start of the code.
func riscvVariables(c code, table []elfmake.Reloc, n int) sample {
	o := elfmake.Object{
		Machine: elf.EM_RISCV, Class: elf.ELFCLASS32, RELA: true,
		Sections: []elfmake.Section{
			c.section(".text"),
			{Name: ".rodata", Flags: elf.SHF_ALLOC, Align: 4, Data: make([]byte, 4*max(n, len(table))), Relocs: table},
		},
		Symbols: []elfmake.Symbol{entry(0)},
	}
	for i := range n {
		o.Symbols = append(o.Symbols, elfmake.Symbol{Name: fmt.Sprintf("v%d", i), Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: 1, Value: uint64(4 * i)})
	}
	o.Symbols = append(o.Symbols, elfmake.Symbol{Name: "here", Bind: elf.STB_GLOBAL})
	return one(o.Bytes())
}

// switches has functions with an address each that they keep in one register while they
// jump by tables.
func switches(n int) sample {
	var c code
	var table []elfmake.Reloc
	for i := range n {
		c.reloc(riscvHi, 1+i, 0)
		c.words(0x00000437, riscvJr) // lui s0
		table = append(table, elfmake.Reloc{Off: uint64(4 * i), Type: riscvWord, Sym: 1 + n, A: int64(len(c.bytes))})
		c.reloc(riscvLo, 1+i, 0)
		c.words(0x00042583, riscvJr) // lw a1, (s0)
	}
	return riscvVariables(c, table, n)
}

// stackWords has addresses in as many words of the stack, up to 50 at a time.
func stackWords(n int) sample {
	var c code
	for from := 0; from < n; from += 50 {
		for i := range min(50, n-from) {
			off := uint32(4 * i)
			c.reloc(riscvHi, 1+from+i, 0)
			c.words(0x00000537, 0x00a12023|off>>5<<25|off&31<<7) // lui a0; sw a0, (sp)
		}
		for i := range min(50, n-from) {
			c.words(0x00012503 | uint32(4*i)<<20) // lw a0, (sp)
			c.reloc(riscvLo, 1+from+i, 0)
			c.words(0x00052583) // lw a1, (a0)
		}
	}
	c.words(riscvRet)
	return riscvVariables(c, nil, n)
}

// bigFunction is one loop with as many addresses, some of which it keeps over all of the
// others.
func bigFunction(n int) sample {
	var c code
	for reg := range uint32(10) { // lui s2 to s11
		c.reloc(riscvHi, int(1+reg), 0)
		c.words(0x00000037 | (18+reg)<<7)
	}
	for i := range n {
		c.words(0x000e0863) // beqz t3, .+16
		c.lui(1 + i)
		c.reloc(riscvLo, 1+i, 0)
		c.words(0x00052583) // lw a1, (a0)
		reg := uint32(i % 10)
		c.reloc(riscvLo, int(1+reg), 0)
		c.words(0x00002603 | (18+reg)<<15) // lw a2, of one that is kept
	}
	c.words(riscvRet)
	return riscvVariables(c, nil, n)
}

// farLoads is one function with as many halves of addresses.
func farLoads(n int) sample {
	var c code
	for range n {
		c.half(armMovw, 1)
		c.half(armMovt, 1)
		for range 8 {
			c.halves(0xbf00)
		}
	}
	c.halves(0x4770)
	return one(arm([]elfmake.Section{c.section(".text"), data(".data")}, []elfmake.Symbol{entry(1), global("v", 1)}))
}
