//go:build linux

package main

import (
	"debug/elf"
	"encoding/binary"
	"fmt"

	"mpyld/fixtures/elfmake"
)

// Objects of any size, made without a compiler: the same bytes on every machine
// and in every run. Each function has six relocations, of the types that -fpic
// code has.

// A recipe is how functions look on one machine.
type recipe struct {
	arch    string // as --arch spells it
	machine elf.Machine
	rela    bool
	data    uint32 // relocation type of a pointer to a function

	// function returns the code of a function that calls and loads what u says.
	function func(u uses) code
}

// uses is what a function refers to: positions in elfmake.Object.Symbols.
type uses struct {
	calls    [3]int
	variable int // global, reached through the GOT
	constant int // local
	got      int // _GLOBAL_OFFSET_TABLE_
	labels   int // where the function's own labels will be
}

// code is the body of a function; labels are the offsets that its relocations
// name, in a section of its own.
type code struct {
	bytes  []byte
	relocs []elfmake.Reloc
	labels []uint64
}

var recipes = []recipe{
	{arch: "armv7m", machine: elf.EM_ARM, data: 2, function: thumbFunction},
	{arch: "rv32imc", machine: elf.EM_RISCV, rela: true, data: 1, function: riscvFunction},
}

// relocsPerFunction is what one function adds to a module.
const relocsPerFunction = 6

// thumbFunction: three calls, and a variable by way of two words in the
// literal pool. The sixth relocation is in the function's row of a table.
func thumbFunction(u uses) code {
	var c code
	c.halves(0xb510, 0x4c05, 0x447c, 0x4b05, 0x58e3) // push; ldr r4, =GOT; add r4, pc; ldr r3, =slot; ldr r3, [r4, r3]
	for _, f := range u.calls {
		c.reloc(10, f, 0) // R_ARM_THM_CALL
		c.halves(0xf7ff, 0xfffe)
	}
	c.halves(0xbd10) // pop
	c.reloc(25, u.got, 0)
	c.words(0x10) // R_ARM_BASE_PREL: from here back to what the add takes for pc
	c.reloc(26, u.variable, 0)
	c.words(0) // R_ARM_GOT_BREL
	return c
}

// riscvFunction: two calls, a constant by its distance and a variable by its
// slot, both in two halves.
func riscvFunction(u uses) code {
	var c code
	for _, f := range u.calls[:2] {
		c.reloc(19, f, 0)               // R_RISCV_CALL_PLT
		c.words(0x00000097, 0x000080e7) // auipc ra; jalr ra
	}
	for i, hi := range []struct {
		typ  uint32
		sym  int
		code [2]uint32
	}{
		{23, u.constant, [2]uint32{0x00000517, 0x00050513}}, // R_RISCV_PCREL_HI20: auipc a0; addi a0
		{20, u.variable, [2]uint32{0x00000797, 0x0007a783}}, // R_RISCV_GOT_HI20: auipc a5; lw a5
	} {
		c.labels = append(c.labels, uint64(len(c.bytes)))
		c.reloc(hi.typ, hi.sym, 0)
		c.words(hi.code[0])
		c.reloc(24, u.labels+i, 0) // R_RISCV_PCREL_LO12_I
		c.words(hi.code[1])
	}
	c.words(0x00008067) // ret
	return c
}

func (c *code) reloc(typ uint32, sym int, a int64) {
	c.relocs = append(c.relocs, elfmake.Reloc{Off: uint64(len(c.bytes)), Type: typ, Sym: sym, A: a})
}

func (c *code) halves(list ...uint16) {
	for _, v := range list {
		c.bytes = binary.LittleEndian.AppendUint16(c.bytes, v)
	}
}

func (c *code) words(list ...uint32) {
	for _, v := range list {
		c.bytes = binary.LittleEndian.AppendUint32(c.bytes, v)
	}
}

// generate returns the objects of a module of many functions. Each calls its
// neighbour and two functions far away, mostly in other objects; four share a
// variable. With split, everything has a section of its own, as with
// -ffunction-sections -fdata-sections.
func generate(r recipe, functions, objects int, split bool) [][]byte {
	per := functions / objects
	list := make([][]byte, objects)
	for i := range list {
		g := generator{recipe: r, split: split, total: per * objects, first: i * per, n: per}
		list[i] = g.object()
	}
	return list
}

// generator makes one object: n functions from number first on.
type generator struct {
	recipe
	split           bool
	total, first, n int

	sections []elfmake.Section
	locals   []elfmake.Symbol
	globals  []elfmake.Symbol
	names    map[string]int // of globals, from the first on
	merged   map[string]int // sections by name, without split
}

// place puts the content of s where it belongs, and returns the section and
// the offset in it.
func (g *generator) place(name string, s elfmake.Section) (section int, at uint64) {
	if g.split {
		s.Name += "." + name
		g.sections = append(g.sections, s)
		return len(g.sections) - 1, 0
	}
	i, ok := g.merged[s.Name]
	if !ok {
		i = len(g.sections)
		g.merged[s.Name] = i
		g.sections = append(g.sections, s)
		return i, 0
	}
	to := &g.sections[i]
	for len(to.Data)%int(s.Align) != 0 {
		to.Data = append(to.Data, 0)
	}
	at = uint64(len(to.Data)) + to.Size
	to.Data, to.Size = append(to.Data, s.Data...), to.Size+s.Size
	for _, r := range s.Relocs {
		r.Off += at
		to.Relocs = append(to.Relocs, r)
	}
	return i, at
}

func (g *generator) object() []byte {
	g.names, g.merged = map[string]int{}, map[string]int{}
	// Local symbols come first in a symbol table, and every function has as
	// many as the next one.
	perFunction := 1 + len(g.function(uses{}).labels)
	firstGlobal := g.n * perFunction
	global := func(name string) int {
		i, ok := g.names[name]
		if !ok {
			i = len(g.globals)
			g.names[name] = i
			g.globals = append(g.globals, elfmake.Symbol{Name: name, Bind: elf.STB_GLOBAL, Sect: elfmake.Undef})
		}
		return firstGlobal + i
	}
	define := func(i int, typ elf.SymType, section int, value, size uint64) {
		s := &g.globals[i-firstGlobal]
		s.Type, s.Sect, s.Value, s.Size = typ, section, value, size
	}
	thumb := uint64(0)
	if g.machine == elf.EM_ARM {
		thumb = 1
	}
	for k := range g.n {
		number := g.first + k
		name := functionName(number)
		section, at := g.place(name, elfmake.Section{Name: ".rodata", Flags: elf.SHF_ALLOC, Align: 4, Data: []byte(name)})
		labels := len(g.locals) + 1
		g.locals = append(g.locals, elfmake.Symbol{Name: fmt.Sprintf(".LC%d", k), Sect: section, Value: at})

		body := g.function(uses{
			calls: [3]int{
				global(functionName((number + 1) % g.total)),
				global(functionName(number * 7919 % g.total)),
				global(functionName(number * 104729 % g.total)),
			},
			variable: global(fmt.Sprintf("variable_%05d", number/4)),
			constant: labels - 1,
			got:      global("_GLOBAL_OFFSET_TABLE_"),
			labels:   labels,
		})
		section, at = g.place(name, elfmake.Section{Name: ".text", Flags: codeFlags, Align: 4, Data: body.bytes, Relocs: body.relocs})
		for i, off := range body.labels {
			g.locals = append(g.locals, elfmake.Symbol{Name: fmt.Sprintf(".L%d_%d", k, i), Sect: section, Value: at + off})
		}
		self := global(name)
		define(self, elf.STT_FUNC, section, at|thumb, uint64(len(body.bytes)))
		if len(body.relocs) < relocsPerFunction {
			g.place(name, elfmake.Section{
				Name: ".data.rel.ro", Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: 4, Data: make([]byte, 4),
				Relocs: []elfmake.Reloc{{Type: g.data, Sym: self}},
			})
		}
		if number%4 == 0 {
			variable := fmt.Sprintf("variable_%05d", number/4)
			section, at = g.place(variable, elfmake.Section{Name: ".bss", Type: elf.SHT_NOBITS, Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: 4, Size: 4})
			define(global(variable), elf.STT_OBJECT, section, at, 4)
		}
	}
	o := elfmake.Object{Machine: g.machine, Class: elf.ELFCLASS32, RELA: g.rela, Sections: g.sections, Symbols: append(g.locals, g.globals...)}
	return o.Bytes()
}

func functionName(number int) string {
	if number == 0 {
		return "mpy_init"
	}
	return fmt.Sprintf("function_%05d", number)
}
