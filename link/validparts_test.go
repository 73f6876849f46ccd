package link_test

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"strings"

	"mpyld/fixtures/elfmake"
)

// The parts of FuzzValid's programs that are neither functions nor variables
// of one object: what several objects have, tables that the linker puts
// together, and what is not in the module.

// noSymbol is the symbol of relocations without one.
const noSymbol = -1

const (
	rom   = "rom"   // a function at a fixed address
	maybe = "maybe" // weak, and defined nowhere
)

// parts chooses them.
func (g *program) parts() {
	g.outside = []string{rom, maybe, "mp_fun_table", "mp_type_type", "memset", "_etext", "__bss_start", "_edata", "end", "__start_row", "__stop_row"}
	g.grouped, g.second = map[string]bool{}, map[string]string{}
	for _, f := range g.funs[1:] {
		g.grouped[f] = g.r.IntN(5) == 0
		if g.r.IntN(4) == 0 {
			g.second[f] = "second_" + f
			g.funs2 = append(g.funs2, g.second[f])
		}
	}
	if g.m.StaticTLS {
		for i := range g.r.IntN(4) {
			g.locals = append(g.locals, fmt.Sprintf("local%d", i))
		}
	}
}

func undefinedSymbol(name string) elfmake.Symbol {
	s := elfmake.Symbol{Name: name, Bind: elf.STB_GLOBAL, Sect: elfmake.Undef}
	if name == maybe {
		s.Bind = elf.STB_WEAK
	}
	return s
}

// any returns the name of anything that has an address.
func (u *unit) any() string {
	switch u.r.IntN(8) {
	case 0:
		name := u.one(u.outside)
		u.made["address of "+name]++
		return name
	case 1, 2:
		return u.one(u.funs)
	case 3:
		if len(u.funs2) > 0 {
			return u.one(u.funs2)
		}
	}
	return u.one(u.vars)
}

// near returns the name of something that code may have a distance to.
func (u *unit) near() string {
	if u.fixed || u.r.IntN(2) == 0 {
		return u.one(u.funs)
	}
	return u.one(u.vars)
}

// callee returns the name of a function, which need not be in the module.
func (u *unit) callee() string {
	switch u.r.IntN(10) {
	case 0:
		return rom
	case 1:
		return "memset"
	case 2:
		return maybe
	}
	return u.one(u.funs)
}

// common makes a variable that any object may have.
func (u *unit) common(name string) {
	if i, ok := u.bySym[name]; ok && u.syms[i].Sect != elfmake.Undef {
		return
	}
	u.made["common"]++
	align := uint64(u.word) << u.r.IntN(2)
	u.define(elfmake.Symbol{Name: name, Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: elfmake.Common, Value: align, Size: align * uint64(1+u.r.IntN(40))})
}

// group makes a COMDAT group of the sections from one on, and of that of a function.
func (u *unit) group(name string, first int) {
	members := []byte{1, 0, 0, 0}
	for i := first; i < len(u.sections); i++ {
		u.sections[i].Flags |= elf.SHF_GROUP
		members = binary.LittleEndian.AppendUint32(members, uint32(i+1))
	}
	u.sections = append(u.sections, elfmake.Section{Name: ".group", Type: elf.SHT_GROUP, Align: 4, Data: members, Info: uint32(u.sym(name))})
	u.made["group"]++
}

// numberGroups gives groups the numbers of their symbols in the file.
func (u *unit) numberGroups(o *elfmake.Object, number []int) {
	symtab := len(o.Sections) + 1
	for i := range o.Sections {
		if len(o.Sections[i].Relocs) > 0 {
			symtab++
		}
	}
	for i := range o.Sections {
		if s := &o.Sections[i]; s.Type == elf.SHT_GROUP {
			s.Link, s.Info = uint32(symtab), uint32(number[s.Info]+1)
		}
	}
}

// pointers makes a section of words, each the address of what name returns.
func (u *unit) pointers(s elfmake.Section, n int, name func() string) int {
	s.Align, s.Data = uint64(u.word), make([]byte, n*u.word)
	for i := range n {
		s.Relocs = append(s.Relocs, elfmake.Reloc{Off: uint64(i * u.word), Type: wordReloc[u.m.ELF][u.word], Sym: u.sym(name())})
	}
	u.sections = append(u.sections, s)
	return len(u.sections) - 1
}

// tables makes what is in sections of certain names. What only one object may
// have, the first one has.
func (u *unit) tables(first bool) {
	function := func() string { return u.one(u.funs) }
	for range u.r.IntN(3) * u.r.IntN(2) {
		s := []elfmake.Section{
			{Name: ".init_array", Type: elf.SHT_INIT_ARRAY},
			{Name: fmt.Sprintf(".init_array.%d", u.r.IntN(1000)), Type: elf.SHT_INIT_ARRAY},
			{Name: ".preinit_array", Type: elf.SHT_PREINIT_ARRAY},
			{Name: ".ctors"},
			{Name: fmt.Sprintf(".ctors.%05d", u.r.IntN(65536))},
			{Name: ".fini_array", Type: elf.SHT_FINI_ARRAY},
			{Name: ".dtors"},
		}[u.r.IntN(7)]
		s.Flags = elf.SHF_ALLOC | elf.SHF_WRITE
		u.pointers(s, 1+u.r.IntN(3), function)
		u.made["."+strings.Split(s.Name, ".")[1]]++
	}
	if first || u.r.IntN(3) == 0 {
		u.pointers(elfmake.Section{Name: "row", Flags: elf.SHF_ALLOC | elf.SHF_WRITE}, 1+u.r.IntN(3), u.any)
	}
	if first {
		u.define(elfmake.Symbol{Name: rom, Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Sect: elfmake.Abs, Value: 0x4000_1000 | uint64(u.m.ModeBits)})
		for _, name := range u.locals {
			u.threadLocal(name)
		}
	}
	for range u.r.IntN(3) {
		u.dataInText()
	}
	if n := 1 + u.r.IntN(5); u.r.IntN(2) == 0 {
		s := elfmake.Section{Name: ".rodata.distances", Flags: elf.SHF_ALLOC, Align: uint64(u.word), Data: make([]byte, 4*n)}
		for i := range n {
			u.mach.distance(u, &s, 4*i)
		}
		u.sections = append(u.sections, s)
		u.made["distances in data"] += len(s.Relocs)
	}
}

func (u *unit) threadLocal(name string) {
	s := elfmake.Section{Name: ".tbss." + name, Type: elf.SHT_NOBITS, Flags: elf.SHF_ALLOC | elf.SHF_WRITE | elf.SHF_TLS, Align: uint64(u.word), Size: uint64(u.word * (1 + u.r.IntN(20)))}
	if u.r.IntN(2) == 0 {
		s.Name, s.Type, s.Data = ".tdata."+name, elf.SHT_PROGBITS, make([]byte, s.Size)
	}
	u.sections = append(u.sections, s)
	u.define(elfmake.Symbol{Name: name, Bind: elf.STB_GLOBAL, Type: elf.STT_TLS, Sect: len(u.sections) - 1, Size: s.Size})
	u.made["thread-local variable"]++
}

// dataInText makes a section that says it is code and holds words.
func (u *unit) dataInText() {
	u.labels++
	name := fmt.Sprintf("in_text%d", u.labels)
	sect := u.pointers(elfmake.Section{Name: ".text." + name, Type: elf.SHT_PROGBITS, Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR}, 1+u.r.IntN(6), u.any)
	if u.m.ModeBits != 0 {
		u.define(elfmake.Symbol{Name: "$d", Sect: sect})
	}
	u.define(elfmake.Symbol{Name: name, Type: elf.STT_OBJECT, Sect: sect, Size: uint64(len(u.sections[sect].Data))})
	u.made["data in text"]++
}

// newLabel returns the name of a local symbol that a block is to define.
func (u *unit) newLabel() string {
	u.labels++
	label := fmt.Sprintf(".L%d", u.labels)
	u.bySym[label] = len(u.syms)
	u.syms = append(u.syms, elfmake.Symbol{Name: label})
	return label
}

// branch is an instruction that goes where its relocation says.
type branch struct {
	typ  uint32
	code uint64
	size int
	over string // instructions between it and its label
}

// branch makes one that goes to what follows.
func (u *unit) branch(br branch) (b block) {
	label := u.newLabel()
	b.reloc(br.typ, u.sym(label), 0)
	b.insn(br.code, br.size)
	b.code = append(b.code, br.over...)
	b.label(label)
	u.made[fmt.Sprintf("branch of type %d", br.typ)]++
	return b
}
