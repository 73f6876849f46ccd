package link_test

import (
	"debug/elf"
	"fmt"
	"math/bits"

	"mpyld/fixtures/elfmake"
	"mpyld/relocs"
)

// The code that FuzzValid makes, by machine.

var codeMakers = map[elf.Machine]func(*relocs.Machine) codeMaker{
	elf.EM_ARM:    func(m *relocs.Machine) codeMaker { return thumbCode{m} },
	elf.EM_RISCV:  func(m *relocs.Machine) codeMaker { return riscvCode{m} },
	elf.EM_386:    func(m *relocs.Machine) codeMaker { return x86Code{m} },
	elf.EM_X86_64: func(m *relocs.Machine) codeMaker { return x86Code{m} },
	elf.EM_XTENSA: func(m *relocs.Machine) codeMaker { return xtensaCode{m} },
}

func (b *block) reloc(typ uint32, sym int, a int64) {
	b.rs = append(b.rs, elfmake.Reloc{Off: uint64(len(b.code)), Type: typ, Sym: sym, A: a})
}

// anyInsn returns an instruction of a size that leaves registers alone and goes
// on behind it.
func anyInsn(u *unit, size int, keep relocs.Registers, ok func(uint32) bool) block {
	for {
		v := u.r.Uint32()
		code := leBytes(uint64(v), size)
		if s := u.m.Decode(code); s.Size == size && s.Flow == relocs.FlowNext && u.m.Uses(&s)&keep == 0 && ok(v) {
			return block{code: code}
		}
	}
}

// freeRegister returns one of a set that is not kept.
func freeRegister(u *unit, of, keep relocs.Registers) int {
	of &^= keep
	for n := u.r.IntN(bits.OnesCount64(uint64(of))); n > 0; n-- {
		of &= of - 1
	}
	return of.First()
}

type thumbCode struct{ m *relocs.Machine }

func (c thumbCode) old() bool { return c.m.Name == "armv6m" }

// thumbBranches go nowhere but for their relocations. Armv6-M has the first ones.
var thumbBranches = []branch{{102, 0xe7fe, 2, "\x00\xbf"}, {103, 0xd0fe, 2, ""}, {51, 0xaffe_f43f, 4, ""}, {30, 0xbffe_f7ff, 4, "\x00\xbf"}}

func (c thumbCode) filler(u *unit, keep relocs.Registers) block {
	if u.r.IntN(8) == 0 {
		n := len(thumbBranches)
		if c.old() {
			n = 2
		}
		return u.branch(thumbBranches[u.r.IntN(n)])
	}
	if c.old() || u.r.IntN(2) == 0 {
		return anyInsn(u, 2, keep, func(v uint32) bool { return v&0xff00 != 0xbf00 })
	}
	return anyInsn(u, 4, keep, func(uint32) bool { return true })
}

func (c thumbCode) skip(n int) []byte {
	if n > 200 {
		return []byte{0x00, 0xbf}
	}
	return leBytes(uint64(0xd000|(n-2)/2&0xff), 2)
}

func (c thumbCode) always(n int) []byte { return leBytes(uint64(0xe000|((n-2)/2)&0x7ff), 2) }

func (c thumbCode) back(n int) []byte {
	if n > 200 {
		return []byte{0x00, 0xbf}
	}
	return leBytes(uint64(0xd100|(-n-4)/2&0xff), 2)
}

func (c thumbCode) call(u *unit, to string, keep relocs.Registers) (b block) {
	if keep&c.m.CallUses != 0 {
		return b
	}
	b.reloc(10, u.sym(to), 0)
	b.insn(0xfffe_f7ff, 4) // bl, with the addend -4
	return b
}

func (c thumbCode) ret() []byte { return []byte{0x70, 0x47} }

// address makes the address of a variable of both halves, one of which may
// be in either of two places, or loads it from between the code.
func (c thumbCode) address(u *unit, to string, keep relocs.Registers, depth int) (b block) {
	reg := freeRegister(u, 0xff, keep)
	a := uint64(u.r.IntN(20))
	all := keep | 1<<reg
	if c.old() || u.r.IntN(4) == 0 {
		return c.literal(u, to, reg, uint32(a))
	}
	typ := uint32(47) // R_ARM_THM_MOVW_ABS_NC
	half := func(code uint64, typ uint32) (b block) {
		b.reloc(typ, u.sym(to), 0)
		b.insn(code|uint64(reg)<<24|a<<16, 4)
		return b
	}
	if u.r.IntN(6) == 0 { // a distance
		to, typ = u.near(), 49
		u.made["movw with a distance"]++
	}
	lower, upper := func() block { return half(0x0000_f240, typ) }, func() block { return half(0x0000_f2c0, typ+1) }
	switch u.r.IntN(4) {
	case 0:
		x, y := lower(), lower()
		x.add(u.body(all, min(depth, 1)))
		b.add(u.either(x, y))
	case 1: // both, twice
		x, y := lower(), lower()
		x.add(upper())
		y.add(u.body(all, min(depth, 1)))
		y.add(upper())
		b.add(u.either(x, y))
		b.add(u.body(keep, min(depth, 1)))
		return b
	default:
		b.add(lower())
	}
	b.add(u.body(all, depth))
	b.add(upper())
	return b
}

// literal loads a word from behind the function.
func (c thumbCode) literal(u *unit, to string, reg int, a uint32) (b block) {
	load := func(typ uint32, to string, a uint32) {
		b.literals = append(b.literals, literal{len(b.code), u.sym(to), a, typ})
		b.insn(uint64(0x4800|reg<<8), 2) // ldr reg, [pc, #...]
	}
	switch u.r.IntN(5) {
	case 0: // the GOT and what is in it
		load(25, "_GLOBAL_OFFSET_TABLE_", 0)
		load(26, to, 0)
		u.made["offset of a slot"]++
	case 1: // the GOT and a distance from it
		load(25, "_GLOBAL_OFFSET_TABLE_", 0)
		load(24, u.near(), a)
		u.made["distance from the GOT"]++
	case 2:
		load(96, to, 0)
		u.made["distance to a slot"]++
	case 3:
		load([]uint32{3, 41}[u.r.IntN(2)], u.near(), a)
		u.made["distance"]++
	default:
		load([]uint32{2, 38}[u.r.IntN(2)], to, a)
	}
	return b
}

func (c thumbCode) first(*unit) block { return block{} }

func (c thumbCode) distance(u *unit, s *elfmake.Section, off int) {
	s.Relocs = append(s.Relocs, elfmake.Reloc{Off: uint64(off), Type: []uint32{3, 41, 42, 96}[u.r.IntN(4)], Sym: u.sym(u.one(u.funs))})
}

type riscvCode struct{ m *relocs.Machine }

var riscvBranches = []branch{{16, 0x50063, 4, ""}, {17, 0x6f, 4, "\x01\x00"}, {44, 0xc101, 2, ""}, {45, 0xa001, 2, "\x01\x00"}}

func (c riscvCode) filler(u *unit, keep relocs.Registers) block {
	if u.r.IntN(8) == 0 { // a branch that a relocation aims
		return u.branch(riscvBranches[u.r.IntN(len(riscvBranches))])
	}
	keep |= 1<<2 | 1<<8 // the frame
	if u.r.IntN(2) == 0 {
		return anyInsn(u, 2, keep, func(v uint32) bool { return v&3 != 3 && v&0xe003 != 0xa002 })
	}
	return anyInsn(u, 4, keep, func(v uint32) bool { return v&3 == 3 && v&0x7f != 0x17 })
}

func (c riscvCode) skip(n int) []byte {
	n += 4 // beqz a0
	return leBytes(uint64(0x50063|n>>1&15<<8|n>>5&63<<25|n>>11&1<<7), 4)
}

func (c riscvCode) always(n int) []byte {
	n += 4
	return leBytes(uint64(0x6f|n>>1&0x3ff<<21|n>>11&1<<20), 4)
}

func (c riscvCode) back(n int) []byte {
	n = -n // bnez a0
	return leBytes(uint64(uint32(0x51063|n>>1&15<<8|n>>5&63<<25|n>>11&1<<7|n>>12&1<<31)), 4)
}

func (c riscvCode) call(u *unit, to string, keep relocs.Registers) (b block) {
	b.reloc(18+uint32(u.r.IntN(2)), u.sym(to), 0)
	b.insn(0x0000_80e7_0000_0097, 8) // auipc ra, 0; jalr ra
	return b
}

func (c riscvCode) first(*unit) block { return block{} }

func (c riscvCode) distance(u *unit, s *elfmake.Section, off int) {
	to := u.sym(u.one(u.funs))
	switch k := u.r.IntN(4); k {
	case 0: // to another function
		s.Relocs = append(s.Relocs, elfmake.Reloc{Off: uint64(off), Type: 35, Sym: to}, elfmake.Reloc{Off: uint64(off), Type: 39, Sym: u.sym(u.one(u.funs))})
	default:
		s.Relocs = append(s.Relocs, elfmake.Reloc{Off: uint64(off), Type: []uint32{0, 41, 57, 59}[k], Sym: to})
	}
}

func (c riscvCode) ret() []byte { return []byte{0x82, 0x80} }

// address uses a variable by way of an upper part and several lower ones.
func (c riscvCode) address(u *unit, to string, keep relocs.Registers, depth int) (b block) {
	const saved = 0x0ffc_0200
	if keep&saved == saved || bits.OnesCount64(uint64(keep&saved)) > 8 {
		return b
	}
	reg := freeRegister(u, saved, keep)
	all := keep | 1<<reg
	upper := func(typ uint32, code uint64) (b block) {
		b.reloc(typ, u.sym(to), 0)
		b.insn(code|uint64(reg)<<7, 4)
		return b
	}
	from := reg
	lower := func(typ uint32, sym int, a int64) (b block) {
		b.reloc(typ, sym, a)
		switch typ {
		case 24, 27, 30:
			rd := freeRegister(u, 0xfc00, keep)
			b.insn(uint64([]int{0x2003, 0x13, 0x3}[u.r.IntN(3)]|rd<<7|from<<15), 4)
		default:
			b.insn(uint64(0x2023|10<<20|from<<15), 4)
		}
		return b
	}
	local := len(u.locals) > 0 && u.r.IntN(4) == 0
	hi := uint32(26)
	if local {
		to, hi = u.one(u.locals), 29
		u.made["use of a thread-local variable"]++
	}
	kind := u.r.IntN(4)
	if local {
		kind = 1 + u.r.IntN(3)
	}
	switch kind {
	case 0: // AUIPC, with a label
		u.labels++
		label := fmt.Sprintf(".L%d", u.labels)
		b.label(label)
		u.bySym[label] = len(u.syms)
		u.syms = append(u.syms, elfmake.Symbol{Name: label})
		got := u.r.IntN(2) == 0
		b.add(upper(map[bool]uint32{true: 20, false: 23}[got], 0x17))
		b.add(u.body(all, depth))
		load := uint64(0x2003)
		if c.m.Class == elf.ELFCLASS64 {
			load = 0x3003
		}
		b.reloc(24, u.sym(label), 0)
		if !got {
			load = 0x13
		}
		b.insn(load|11<<7|uint64(reg)<<15, 4)
		return b
	case 1: // LUI in either of two places
		x, y := upper(hi, 0x37), upper(hi, 0x37)
		x.add(u.body(all, min(depth, 1)))
		b.add(u.either(x, y))
	case 2: // through the stack
		if c.m.Class == elf.ELFCLASS32 {
			b.add(upper(hi, 0x37))
			b.insn(uint64(0x12023|reg<<20|4<<7), 4) // sw reg, 4(sp)
			b.insn(uint64(0x0041_2003|reg<<7), 4)   // lw reg, 4(sp)
			break
		}
		fallthrough
	default:
		b.add(upper(hi, 0x37))
	}
	if local {
		b.add(u.body(all, depth))
		b.reloc(32, u.sym(to), 0)
		b.insn(uint64(0x0040_0033|reg<<7|reg<<15), 4) // add reg, reg, tp
	}
	for range 1 + u.r.IntN(4) {
		b.add(u.body(all, depth))
		b.add(lower(hi+1+uint32(u.r.IntN(2)), u.sym(to), int64(u.r.IntN(40))))
	}
	return b
}
