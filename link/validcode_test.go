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
		if s := u.m.Step(code); s.Size == size && s.Flow == relocs.FlowNext && u.m.Uses(&s)&keep == 0 && ok(v) {
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

func (c thumbCode) old() bool { return c.m.Arch == "armv6m" }

func (c thumbCode) filler(u *unit, keep relocs.Registers) block {
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
		b.literals = []literal{{0, u.sym(to), uint32(a)}}
		b.insn(uint64(0x4800|reg<<8), 2) // ldr reg, [pc, #...]
		return b
	}
	half := func(code uint64, typ uint32) (b block) {
		b.reloc(typ, u.sym(to), 0)
		b.insn(code|uint64(reg)<<24|a<<16, 4)
		return b
	}
	lower, upper := func() block { return half(0x0000_f240, 47) }, func() block { return half(0x0000_f2c0, 48) }
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

type riscvCode struct{ m *relocs.Machine }

func (c riscvCode) filler(u *unit, keep relocs.Registers) block {
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
	b.reloc(19, u.sym(to), 0)
	b.insn(0x0000_80e7_0000_0097, 8) // auipc ra, 0; jalr ra
	return b
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
		case 24, 27:
			rd := freeRegister(u, 0xfc00, keep)
			b.insn(uint64([]int{0x2003, 0x13, 0x3}[u.r.IntN(3)]|rd<<7|from<<15), 4)
		default:
			b.insn(uint64(0x2023|10<<20|from<<15), 4)
		}
		return b
	}
	switch u.r.IntN(4) {
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
		x, y := upper(26, 0x37), upper(26, 0x37)
		x.add(u.body(all, min(depth, 1)))
		b.add(u.either(x, y))
	case 2: // through the stack
		if c.m.Class == elf.ELFCLASS32 {
			b.add(upper(26, 0x37))
			b.insn(uint64(0x12023|reg<<20|4<<7), 4) // sw reg, 4(sp)
			b.insn(uint64(0x0041_2003|reg<<7), 4)   // lw reg, 4(sp)
			break
		}
		fallthrough
	default:
		b.add(upper(26, 0x37))
	}
	for range 1 + u.r.IntN(4) {
		b.add(u.body(all, depth))
		b.add(lower([]uint32{27, 28}[u.r.IntN(2)], u.sym(to), int64(u.r.IntN(40))))
	}
	return b
}

// x86Code and xtensaCode have no registers that anybody follows.
type x86Code struct{ m *relocs.Machine }

func (c x86Code) filler(*unit, relocs.Registers) block { return block{code: []byte{0x90}} }
func (c x86Code) skip(n int) []byte                    { return append([]byte{0x0f, 0x84}, leBytes(uint64(n), 4)...) }

func (c x86Code) always(n int) []byte { return append([]byte{0xe9}, leBytes(uint64(n), 4)...) }
func (c x86Code) ret() []byte         { return []byte{0xc3} }
func (c x86Code) back(n int) []byte {
	return append([]byte{0x0f, 0x85}, leBytes(uint64(-n-6), 4)...)
}

func (c x86Code) call(u *unit, to string, _ relocs.Registers) block {
	b := block{code: []byte{0xe8}}
	b.reloc([]uint32{2, 4}[u.r.IntN(2)], u.sym(to), -4)
	b.insn(0xffff_fffc, 4)
	return b
}

func (c x86Code) address(u *unit, to string, _ relocs.Registers, _ int) (b block) {
	if c.m.Class == elf.ELFCLASS32 { // call over nothing, pop ebx, add the GOT, load from it
		b.code = []byte{0xe8, 0, 0, 0, 0, 0x5b, 0x81, 0xc3}
		b.reloc(10, u.sym("_GLOBAL_OFFSET_TABLE_"), 2)
		b.insn(2, 4)
		b.code = append(b.code, 0x8b, 0x83)
		b.reloc([]uint32{3, 43}[u.r.IntN(2)], u.sym(to), 0)
		b.insn(0, 4)
		return b
	}
	b.code = []byte{0x48, 0x8b, 0x05} // mov sym@GOTPCREL(%rip), %rax
	b.reloc([]uint32{9, 42}[u.r.IntN(2)], u.sym(to), -4)
	b.insn(0, 4)
	return b
}

type xtensaCode struct{ m *relocs.Machine }

func (c xtensaCode) filler(*unit, relocs.Registers) block { return block{code: []byte{0x3d, 0xf0}} } // nop.n
func (c xtensaCode) skip(n int) []byte                    { return leBytes(uint64(0x16|(n-1)&0xfff<<12), 3) }

func (c xtensaCode) always(n int) []byte { return leBytes(uint64(0x06|(n-1)&0x3ffff<<6), 3) }

func (c xtensaCode) back(n int) []byte { return leBytes(uint64(0x56|(-n-4)&0xfff<<12), 3) }
func (c xtensaCode) ret() []byte       { return []byte{0x0d, 0xf0} }

func (c xtensaCode) call(*unit, string, relocs.Registers) block {
	return block{code: []byte{0xc0, 0x00, 0x00}} // callx0 a0
}

// address loads a literal, which has a section of its own.
func (c xtensaCode) address(u *unit, to string, _ relocs.Registers, _ int) (b block) {
	u.labels++
	name := fmt.Sprintf("literal%d", u.labels)
	sect := len(u.sections)
	u.sections = append(u.sections, elfmake.Section{
		Name: ".literal." + name, Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4, Type: elf.SHT_PROGBITS, Data: make([]byte, 4),
		Relocs: []elfmake.Reloc{{Type: 1, Sym: u.sym(to)}},
	})
	u.bySym[name] = len(u.syms)
	u.syms = append(u.syms, elfmake.Symbol{Name: name, Sect: sect})
	b.reloc(20, u.sym(name), 0)
	b.insn(0x000021, 3) // l32r a2
	return b
}
