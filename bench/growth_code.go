//go:build linux

package main

import (
	"debug/elf"
	"encoding/binary"
	"fmt"

	"mpyld/fixtures"
	"mpyld/fixtures/elfmake"
)

// codeDimensions: instructions that hold addresses, and what the linker puts
// between them.
var codeDimensions = []dimension{
	{"functions of an object, Arm", "armv7m", 500, func(n int) sample { return parts(recipes[0], n, false) }},
	{"functions of an object, RISC-V", "rv32imc", 500, func(n int) sample { return parts(recipes[1], n, false) }},
	{"functions in sections, gc", "armv7m", 250, func(n int) sample { return parts(recipes[0], n, true, "--gc-sections") }},
	{"ways into a window", "armv7m", 500, waysIntoWindow},
	{"halves of addresses", "armv7m", 1000, func(n int) sample { return thumbHalves(n, 100) }},
	{"halves in one section", "armv7m", 400, func(n int) sample { return thumbHalves(n, 400) }},
	{"jumps through registers", "rv32imc", 500, registerJumps},
	{"handlers of an interpreter", "rv32imc", 300, handlers},
	{"cases that go on to the same code", "rv32imc", 300, cases},
	{"users of one upper part", "rv32imc", 1000, usersOfOne},
	{"upper parts with detours", "rv32imc", 500, detours},
	{"upper parts that agree", "rv32imc", 500, agreeing},
	{"upper parts of one lower", "rv32imc", 500, uppersOfOne},
	{"upper parts that one agrees with", "rv32imc", 500, hub},
	{"paddings that are cut", "rv32imc", 1000, paddings},
	{"literals", "xtensa", 1000, literals},
	{"literals of one section", "xtensa", 1000, literalsOfOne},
	{"branches that do not reach", "xtensa", 300, func(n int) sample { return farBranches(n, func(i int) int { return min(i+40, n-1) }) }},
	{"branches that do not reach one place", "xtensa", 100, func(n int) sample { return farBranches(n, func(int) int { return 0 }) }},
	{"calls that do not reach", "xtensa", 100, farCalls},
	{"words to relocate", "x64", 2000, func(n int) sample {
		text := ret()
		for range n {
			pointerTo(&text, 0)
		}
		return one(x64([]elfmake.Section{text}, []elfmake.Symbol{entry(0)}))
	}},
	{"slots", "x64", 1000, func(n int) sample {
		text, symbols := ret(), []elfmake.Symbol{entry(0)}
		for i := range n {
			text.Relocs = append(text.Relocs, elfmake.Reloc{Off: uint64(len(text.Data)), Type: x64GOT, Sym: i + 1, A: -4})
			text.Data = append(text.Data, 0, 0, 0, 0)
			s := global(fmt.Sprintf("g%d", i), 0)
			s.Value = uint64(i)
			symbols = append(symbols, s)
		}
		return one(x64([]elfmake.Section{text}, symbols))
	}},
	{"veneers", "armv7m", 1000, func(n int) sample {
		var body code
		symbols := []elfmake.Symbol{entry(1)}
		for i := range n {
			body.reloc(10, len(symbols), 0) // R_ARM_THM_CALL
			body.halves(0xf7ff, 0xfffe)
			symbols = append(symbols, elfmake.Symbol{Name: fmt.Sprintf("rom%d", i), Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Sect: elfmake.Abs, Value: uint64(0x10001 + 2*i)})
		}
		return one(oneSection(body, symbols))
	}},
	{"variables in a chain", "armv7m", 1000, func(n int) sample { return one(chain(n)) }},
	{"sections of code", "armv7m", 1000, func(n int) sample {
		return one(arm(repeated(n, elfmake.Section{Name: ".text", Flags: codeFlags, Align: 4, Data: make([]byte, 4)}), []elfmake.Symbol{entry(1)}))
	}},
	{"sections in a chain, gc", "x64", 1000, func(n int) sample {
		sections, symbols := []elfmake.Section{}, []elfmake.Symbol{}
		for i := range n {
			s := ret()
			pointerTo(&s, (i+1)%n)
			pointerTo(&s, i/2)
			sections = append(sections, s)
			symbols = append(symbols, global(fmt.Sprintf("f%d", i), i))
		}
		symbols[0] = entry(0)
		return one(x64(sections, symbols), "--gc-sections")
	}},
}

// parts is the objects of a usual module.
func parts(r recipe, functions int, split bool, args ...string) (s sample) {
	for i, object := range generate(r, functions, 4, split) {
		name := fmt.Sprintf("part%d.o", i)
		s.files, s.args = append(s.files, fixtures.File{Name: name, Data: object}), append(s.args, name)
	}
	s.args = append(s.args, args...)
	return s
}

const (
	armMovw, armMovt            = 47, 48
	riscvWord, riscvHi, riscvLo = 1, 26, 27
)

// half adds a movw or movt of r3 with a half of a symbol's address.
func (c *code) half(typ uint32, sym int) {
	c.reloc(typ, sym, 0)
	if typ == armMovw {
		c.halves(0xf240, 0x0300)
	} else {
		c.halves(0xf2c0, 0x0300)
	}
}

// branch adds a beq.w to an offset before it.
func (c *code) branch(to int) {
	off := uint32(to - (len(c.bytes) + 4))
	c.halves(uint16(0xf000|off>>20&1<<10|off>>12&0x3f), uint16(0x8000|off>>18&1<<13|off>>19&1<<11|off>>1&0x7ff))
}

func (c *code) section(name string) elfmake.Section {
	for len(c.bytes)%4 != 0 {
		c.halves(0xbf00)
	}
	return elfmake.Section{Name: name, Flags: codeFlags, Align: 4, Data: c.bytes, Relocs: c.relocs}
}

// waysIntoWindow has many branches between the halves of one address, which an
// error says, and as many other addresses.
func waysIntoWindow(n int) sample {
	var c code
	c.half(armMovw, 1)
	into := len(c.bytes)
	c.halves(0xbf00)
	c.half(armMovt, 1)
	for range n {
		c.half(armMovw, 2)
		c.half(armMovt, 2)
		c.branch(into)
	}
	c.halves(0x4770)
	other := global("w", 1)
	other.Value = 4
	return one(arm([]elfmake.Section{c.section(".text"), data(".data")}, []elfmake.Symbol{entry(1), global("v", 1), other}))
}

// thumbHalves has sections of as many addresses.
func thumbHalves(n, each int) sample {
	variables := data(".data")
	variables.Data = make([]byte, 4*1000)
	sections, symbols := []elfmake.Section{variables}, []elfmake.Symbol{}
	for i := range 1000 {
		s := global(fmt.Sprintf("v%d", i), 0)
		s.Value = uint64(4 * i)
		symbols = append(symbols, s)
	}
	for k := 0; k < n; k += each {
		var c code
		for j := range each {
			c.half(armMovw, (k+j)%1000)
			c.half(armMovt, (k+j)%1000)
		}
		c.halves(0x4770)
		sections = append(sections, c.section(".text.f"))
	}
	init := entry(1)
	init.Sect = 1
	return one(arm(sections, append(symbols, init)))
}

// riscv returns an object with code, a table of addresses in it, and a variable
// in the middle of others.
func riscv(c code, table []elfmake.Reloc) []byte {
	o := elfmake.Object{
		Machine: elf.EM_RISCV, Class: elf.ELFCLASS32, RELA: true,
		Sections: []elfmake.Section{
			c.section(".text"),
			{Name: ".rodata", Flags: elf.SHF_ALLOC, Align: 4, Data: make([]byte, max(8192, 4*len(table))), Relocs: table},
		},
		Symbols: []elfmake.Symbol{entry(0), {Name: "v", Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: 1, Value: 4096}, {Name: "here", Bind: elf.STB_GLOBAL}},
	}
	return o.Bytes()
}

func (c *code) lui(sym int)  { c.reloc(riscvHi, sym, 0); c.words(0x00000537) } // lui a0
func (c *code) addi(a int64) { c.reloc(riscvLo, 1, a); c.words(0x00050593) }   // addi a1, a0

const riscvRet, riscvJr = 0x00008067, 0x000e0067 // jr t3

// registerJumps has jumps through registers that may lead to as many places.
func registerJumps(n int) sample {
	var c code
	var table []elfmake.Reloc
	c.lui(1)
	for range n {
		c.words(riscvJr)
	}
	for i := range n {
		table = append(table, elfmake.Reloc{Off: uint64(4 * i), Type: riscvWord, Sym: 2, A: int64(len(c.bytes))})
		c.addi(0)
		c.words(riscvJr)
	}
	return one(riscv(c, table))
}

// handlers is an interpreter with computed goto: each handler has an address of
// its own and jumps to any other.
func handlers(n int) sample {
	var c code
	var table []elfmake.Reloc
	c.words(riscvJr)
	for i := range n {
		table = append(table, elfmake.Reloc{Off: uint64(4 * i), Type: riscvWord, Sym: 2, A: int64(len(c.bytes))})
		c.lui(1)
		c.addi(0)
		c.words(riscvJr)
	}
	return one(riscv(c, table))
}

// cases has branches with an address each, of which all go on to the same code.
func cases(n int) sample {
	var c code
	for i := range n {
		c.words(0x000e0863) // beqz t3, .+16
		c.lui(1)
		c.addi(0)
		off := uint32((n-i)*16 - 12)
		c.words(off>>20&1<<31 | off>>1&0x3ff<<21 | off>>11&1<<20 | off>>12&0xff<<12 | 0x6f) // j to the end
	}
	for range n {
		c.words(0x00000013) // nop
	}
	c.words(riscvRet)
	return one(riscv(c, nil))
}

// hub has addresses of which one more may be the upper part, behind all.
func hub(n int) sample {
	var c code
	var table []elfmake.Reloc
	for i := range n {
		c.words(0x000e0663) // beqz t3, .+12
		c.lui(1)
		table = append(table, elfmake.Reloc{Off: uint64(4 * i), Type: riscvWord, Sym: 2, A: int64(len(c.bytes))})
		c.addi(0)
		c.words(0x00000513) // li a0, 0
	}
	c.lui(1)
	c.words(riscvJr)
	return one(riscv(c, table))
}

func usersOfOne(n int) sample {
	var c code
	c.lui(1)
	for range n {
		c.addi(0)
		c.words(0xfe0e0ce3) // beqz t3, .-8
	}
	c.words(riscvRet)
	return one(riscv(c, nil))
}

// detours has lower parts on both sides of where rounding changes.
func detours(n int) sample {
	var c code
	for range n {
		c.lui(1)
		for _, a := range []int64{-2047, 0, 2047} {
			c.addi(a)
		}
	}
	c.words(riscvRet)
	return one(riscv(c, nil))
}

// agreeing has pairs of upper parts of which code goes on to one lower part.
func agreeing(n int) sample {
	var c code
	for range n {
		c.words(0x000e0663) // beqz t3, .+12
		c.lui(1)
		c.words(0x0080006f) // j .+8
		c.lui(1)
		c.addi(4)
	}
	c.words(riscvRet)
	return one(riscv(c, nil))
}

// uppersOfOne has as many upper parts of which code goes on to one lower part.
func uppersOfOne(n int) sample {
	var c code
	for i := range n {
		c.words(0x000e0663) // beqz t3, .+12
		c.lui(1)
		off := uint32((n-i)*12 - 8)
		c.words(off>>20&1<<31 | off>>1&0x3ff<<21 | off>>11&1<<20 | off>>12&0xff<<12 | 0x6f) // j to the end
	}
	c.addi(4)
	c.words(riscvRet)
	return one(riscv(c, nil))
}

// paddings has as many that are to be cut, and symbols behind each.
func paddings(n int) sample {
	var c code
	symbols := []elfmake.Symbol{entry(0)}
	for i := range n {
		symbols = append(symbols, elfmake.Symbol{Name: fmt.Sprintf("s%d", i), Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: uint64(len(c.bytes))})
		c.reloc(43, 0, 2) // R_RISCV_ALIGN
		c.halves(0x0001, 0x0013, 0x0000)
	}
	o := elfmake.Object{Machine: elf.EM_RISCV, Class: elf.ELFCLASS32, RELA: true, Sections: []elfmake.Section{c.section(".text")}, Symbols: symbols}
	return one(o.Bytes())
}

// literals has sections of code with 100 literals each, far from each other.
func literals(n int) sample { return xtensaLiterals(n, 100, 30000) }

func literalsOfOne(n int) sample { return xtensaLiterals(n, n, 0) }

func xtensaLiterals(n, each, size int) sample {
	const slot0 = 20 // R_XTENSA_SLOT0_OP
	var sections []elfmake.Section
	var symbols []elfmake.Symbol
	for k := range n / each {
		words := elfmake.Section{Name: ".literal", Flags: codeFlags, Align: 4}
		text := elfmake.Section{Name: ".text.f", Flags: codeFlags, Align: 4}
		for j := range each {
			words.Data = binary.LittleEndian.AppendUint32(words.Data, uint32(12345+k*each+j))
			text.Relocs = append(text.Relocs, elfmake.Reloc{Off: uint64(len(text.Data)), Type: slot0, Sym: k, A: int64(4 * j)})
			text.Data = append(text.Data, 0x21, 0, 0) // l32r
		}
		for len(text.Data) < size || len(text.Data)%4 != 0 {
			text.Data = append(text.Data, 0xf0, 0x20, 0) // nop
		}
		sections = append(sections, words, text)
		symbols = append(symbols, elfmake.Symbol{Name: fmt.Sprintf("l%d", k), Sect: 2 * k})
	}
	init := entry(0)
	init.Sect = 1
	o := elfmake.Object{Machine: elf.EM_XTENSA, Class: elf.ELFCLASS32, RELA: true, Sections: sections, Symbols: append(symbols, init)}
	return one(o.Bytes())
}

// farBranches has sections of 10,000 bytes with ten jumps each to another one.
func farBranches(n int, to func(i int) int) sample {
	return xtensaBranches(n, 10, 10000, 0x06, to)
}

// farCalls has such sections with calls of what is half of text away.
func farCalls(n int) sample {
	return xtensaBranches(n, 10, 20000, 0x05, func(i int) int { return (i + n/2) % n })
}

// xtensaBranches has sections of a size with some branches each, which start with an opcode, to two
// places in the one that to says.
func xtensaBranches(n, each, size int, opcode byte, to func(i int) int) sample {
	const slot0 = 20 // R_XTENSA_SLOT0_OP
	var sections []elfmake.Section
	var symbols []elfmake.Symbol
	for i := range n {
		text := elfmake.Section{Name: ".text.f", Flags: codeFlags, Align: 4, Data: make([]byte, size)}
		for j := range each {
			text.Data[4*j] = opcode
			text.Relocs = append(text.Relocs, elfmake.Reloc{Off: uint64(4 * j), Type: slot0, Sym: to(i), A: int64(4 * (j % 2))})
		}
		sections = append(sections, text)
		symbols = append(symbols, elfmake.Symbol{Name: fmt.Sprintf("f%d", i), Sect: i})
	}
	o := elfmake.Object{Machine: elf.EM_XTENSA, Class: elf.ELFCLASS32, RELA: true, Sections: sections, Symbols: append(symbols, entry(0))}
	return one(o.Bytes())
}
