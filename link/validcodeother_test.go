package link_test

import (
	"debug/elf"

	"mpyld/fixtures/elfmake"
	"mpyld/relocs"
)

// The code that FuzzValid makes for machines of which nobody follows registers:
// what counts is the places of addresses among all kinds of instructions.

type x86Code struct{ m *relocs.Machine }

func (c x86Code) long() bool { return c.m.Class == elf.ELFCLASS64 }

// x86Fillers are instructions without their immediates, and how many bytes
// these have.
var x86Fillers = []struct {
	code string
	more int
}{
	{"\x90", 0},
	{"\x31\xc0", 0},
	{"\x89\xc8", 0},
	{"\x83\xc0", 1},
	{"\x05", 4},
	{"\xb9", 4},
	{"\x0f\xb6\xc0", 0},
	{"\x81\xf1", 4},
	{"\x8b\x45", 1},
	{"\x8b\x85", 4},
	{"\x0f\x1f\x44\x00", 1},
	{"\x66\x0f\x1f\x84\x00", 4},
	{"\xc1\xe0", 1},
	{"\xf3\x0f\x1e\xfb", 0},
	{"\xf2\x0f\x58\xc1", 0},
	{"\x66\x90", 0},
	{"\x75", 1},
	{"\xeb", 1},
	{"\xc7\x45", 5},
	{"\xc5\xf8\x77", 0},
}

func (c x86Code) filler(u *unit, _ relocs.Registers) (b block) {
	f := x86Fillers[u.r.IntN(len(x86Fillers))]
	b.code = []byte(f.code)
	for range f.more {
		b.code = append(b.code, byte(u.r.Uint32()))
	}
	return b
}

func (c x86Code) skip(n int) []byte   { return append([]byte{0x0f, 0x84}, leBytes(uint64(n), 4)...) }
func (c x86Code) always(n int) []byte { return append([]byte{0xe9}, leBytes(uint64(n), 4)...) }
func (c x86Code) ret() []byte         { return []byte{0xc3} }
func (c x86Code) back(n int) []byte {
	return append([]byte{0x0f, 0x85}, leBytes(uint64(-n-6), 4)...)
}

func (c x86Code) call(u *unit, to string, _ relocs.Registers) block {
	b := block{code: [][]byte{{0xe8}, {0xe9}, {0x0f, 0x84}}[u.r.IntN(3)]} // call, jmp, je
	typ := []uint32{2, 4}[u.r.IntN(2)]
	if to == maybe || to == rom || !c.long() { // as compilers have it; of PC32 nobody knows whether it is a call
		typ = 4
	}
	b.field(typ, u.sym(to), 4, -4)
	return b
}

// field is a number of an instruction that a relocation fills in.
func (b *block) field(typ uint32, sym, size int, a int64) {
	b.reloc(typ, sym, a)
	b.insn(uint64(a), size)
}

// first is an instruction that holds an address, at the multiple where the
// firmware can relocate it.
func (c x86Code) first(u *unit) (b block) {
	if u.r.IntN(3) != 0 {
		return b
	}
	u.made["address in an instruction"]++
	if c.long() {
		b.code = []byte{0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00, 0x48, 0xb8} // nop, movabs $to, %rax
	} else {
		b.code = [][]byte{{0x66, 0x90, 0x90, 0xb8}, {0x66, 0x90, 0x8b, 0x0d}, {0x0f, 0x1f, 0x00, 0xa1}}[u.r.IntN(3)] // mov $to, %eax; mov to, %ecx
	}
	b.field(1, u.sym(u.any()), u.word, int64(u.r.IntN(20)))
	return b
}

func (c x86Code) distance(u *unit, s *elfmake.Section, off int) {
	types := []uint32{2, 4, 9} // PC32, PLT32, GOTPCREL
	if !c.long() {
		types = []uint32{2, 4, 9} // PC32, PLT32, GOTOFF
	}
	s.Relocs = append(s.Relocs, elfmake.Reloc{Off: uint64(off), Type: types[u.r.IntN(3)], Sym: u.sym(u.one(u.funs))})
}

func (c x86Code) address(u *unit, to string, _ relocs.Registers, _ int) (b block) {
	if c.long() {
		return c.address64(u, to)
	}
	// call over nothing, pop ebx, add the GOT, use it
	b.code = []byte{0xe8, 0, 0, 0, 0, 0x5b, 0x81, 0xc3}
	b.field(10, u.sym("_GLOBAL_OFFSET_TABLE_"), 4, 2)
	for range 1 + u.r.IntN(3) {
		b.add(c.filler(u, 0))
		switch k := u.r.IntN(4); k {
		case 0: // lea to@GOTOFF(%ebx), %eax
			b.code = append(b.code, 0x8d, 0x83)
			b.field(9, u.sym(u.near()), 4, int64(u.r.IntN(20)))
			u.made["distance from the GOT"]++
		default: // mov, call, jmp
			b.code = append(b.code, [][]byte{1: {0x8b, 0x83}, 2: {0xff, 0x93}, 3: {0xff, 0xa3}}[k]...)
			typ := []uint32{3, 43}[u.r.IntN(2)]
			if k == 3 { // looks like a short form of mov where the relocation does not say
				typ = 43
			}
			b.field(typ, u.sym(to), 4, 0)
		}
	}
	return b
}

// x64Slots are instructions with the distance to a slot.
var x64Slots = []struct {
	code string
	typ  uint32
}{
	{"\x48\x8b\x05", 9},
	{"\x48\x8b\x05", 42},
	{"\x8b\x05", 41},
	{"\xff\x15", 41},
	{"\xff\x25", 41},
	{"\x4c\x03\x0d", 42},
	{"\xd5\x48\x8b\x05", 43},
	{"\x48\x3b\x05", 9},
}

func (c x86Code) address64(u *unit, to string) (b block) {
	switch u.r.IntN(6) {
	case 0: // lea to(%rip), %rax
		b.code = []byte{0x48, 0x8d, 0x05}
		b.field(2, u.sym(u.near()), 4, -4+int64(u.r.IntN(20)))
		u.made["distance"]++
	case 1: // movl $imm, to(%rip)
		b.code = []byte{0xc7, 0x05}
		b.field(2, u.sym(u.near()), 4, -8)
		b.insn(u.r.Uint64(), 4)
	case 2: // the large model: the GOT, then a distance from it, or the offset of a slot
		b.code = []byte{0x4c, 0x8d, 0x3d, 0xf9, 0xff, 0xff, 0xff, 0x49, 0xbb} // lea -7(%rip), %r15; movabs
		b.field(29, u.sym("_GLOBAL_OFFSET_TABLE_"), 8, 9)
		b.code = append(b.code, 0x48, 0xb8)
		switch typ := []uint32{25, 27, 30, 31}[u.r.IntN(4)]; typ {
		case 25, 31:
			b.field(typ, u.sym(u.near()), 8, 0)
		default:
			b.field(typ, u.sym(to), 8, 0)
		}
		u.made["large model"]++
	case 3: // lea _GLOBAL_OFFSET_TABLE_(%rip), %rbx; mov to@GOT(%rbx), %rax
		b.code = []byte{0x48, 0x8d, 0x1d}
		b.field(26, u.sym("_GLOBAL_OFFSET_TABLE_"), 4, -4)
		b.code = append(b.code, 0x48, 0x8b, 0x83)
		b.field(3, u.sym(to), 4, 0)
	default:
		slot := x64Slots[u.r.IntN(len(x64Slots))]
		b.code = []byte(slot.code)
		b.field(slot.typ, u.sym(to), 4, -4)
	}
	return b
}

type xtensaCode struct{ m *relocs.Machine }

// xtensaBranches are instructions with a label: of every format.
var xtensaBranches = []branch{
	{20, 0x000006, 3, ""},
	{20, 0x000216, 3, ""},
	{20, 0x000056, 3, ""},
	{20, 0x001226, 3, ""},
	{20, 0x002367, 3, ""},
	{20, 0x0012f6, 3, ""},
	{20, 0x008276, 3, "\x3d\xf0"},
	{20, 0x028c, 2, "\x3d\xf0"}, // LOOP and BEQZ.N go no nearer than P + 4
}

// filler is any instruction of three bytes, or of two.
func (c xtensaCode) filler(u *unit, _ relocs.Registers) (b block) {
	switch v := uint64(u.r.Uint32()); u.r.IntN(4) {
	case 0:
		return u.branch(xtensaBranches[u.r.IntN(len(xtensaBranches))])
	case 1:
		b.insn(v&^0xf|8+v&3, 2)
	default:
		b.insn(v&^0xf, 3)
	}
	return b
}

func (c xtensaCode) skip(n int) []byte   { return leBytes(uint64(0x16|(n-1)&0xfff<<12), 3) }
func (c xtensaCode) always(n int) []byte { return leBytes(uint64(0x06|(n-1)&0x3ffff<<6), 3) }
func (c xtensaCode) back(n int) []byte   { return leBytes(uint64(0x56|(-n-4)&0xfff<<12), 3) }
func (c xtensaCode) ret() []byte         { return []byte{0x0d, 0xf0} }

// call is a plain one, a jump, or one through a literal, which alone reaches nothing.
func (c xtensaCode) call(u *unit, to string, keep relocs.Registers) (b block) {
	how := u.r.IntN(3)
	if to == maybe {
		how = 0
	}
	switch how {
	case 0:
		b = c.address(u, to, keep, 0)
		b.insn(0x0000c0, 3) // callx0 a0
	case 1:
		b.reloc(20, u.sym(to), 0)
		b.insn(0x06, 3)
	default:
		b.reloc(20, u.sym(to), 0)
		b.insn(uint64(0x05|u.r.IntN(4)<<4), 3) // call0 to call12
	}
	return b
}

// first jumps over a literal in the section of the code.
func (c xtensaCode) first(u *unit) (b block) {
	if u.r.IntN(3) != 0 {
		return b
	}
	u.made["literal in the code"]++
	b.code = append(c.always(5), 0)
	label := u.newLabel()
	b.label(label)
	b.field(1, u.sym(u.any()), 4, 0)
	b.reloc(20, u.sym(label), 0)
	b.insn(0x000021, 3)
	return b
}

// distance is an address: constants are apart from the code.
func (c xtensaCode) distance(u *unit, s *elfmake.Section, off int) {
	s.Relocs = append(s.Relocs, elfmake.Reloc{Off: uint64(off), Type: []uint32{1, 6, 64}[u.r.IntN(3)], Sym: u.sym(u.any()), A: int64(u.r.IntN(8))})
}

// address loads a literal, which has a section of its own.
func (c xtensaCode) address(u *unit, to string, _ relocs.Registers, _ int) (b block) {
	label := u.newLabel()
	sect := len(u.sections)
	u.sections = append(u.sections, elfmake.Section{
		Name: ".literal." + label, Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4, Type: elf.SHT_PROGBITS,
	})
	for i := range 1 + u.r.IntN(3) {
		s := &u.sections[sect]
		s.Relocs = append(s.Relocs, elfmake.Reloc{Off: uint64(4 * i), Type: []uint32{1, 6, 64}[u.r.IntN(3)], Sym: u.sym(to), A: int64(i)})
		s.Data = append(s.Data, 0, 0, 0, 0)
		b.reloc(20, u.sym(label), int64(4*i))
		b.insn(uint64(0x21|i<<4), 3) // l32r
		to = u.any()
	}
	u.syms[u.sym(label)].Sect = sect
	return b
}
