package x86

// What x86 instructions do to general registers. The library that disassembles
// takes instructions apart; what it does not tell is which operands are written, and
// which registers have a part that the text does not name. Most instructions write
// the first operand and read all; uses has the others (Intel SDM, volume 2).
//
// For example, `mov rax, [rbx+0x18]` writes its first operand without reading it,
// and reads memory at a distance from rbx: a Load. `div rcx` names one register, and
// reads and writes rax and rdx.

import (
	"golang.org/x/arch/x86/x86asm"

	"mpyld/relocs"
)

// Registers have the numbers of their encodings.
const (
	ax = relocs.Registers(1) << iota
	cx
	dx
	bx
	sp
	bp
	si
	di
)

// callUses: functions of both conventions give back all but these and, in 64-bit
// code, those that arguments are in.
const callUses = ax | cx | dx

func decode32(b []byte) relocs.Insn { return decode(b, 32) }
func decode64(b []byte) relocs.Insn { return decode(b, 64) }

func decode(b []byte, mode int) relocs.Insn {
	s := relocs.Insn{Size: 1, Flow: relocs.FlowStop, Base: -1}
	inst, err := x86asm.Decode(b, mode)
	if err != nil || inst.Len == 0 || inst.Op == 0 {
		return s
	}
	s.Size = inst.Len
	u := usesOf(&inst)
	var values relocs.Registers
	for i, arg := range inst.Args {
		switch arg := arg.(type) {
		case x86asm.Reg:
			n, bits := register(arg)
			if n < 0 {
				continue
			}
			r := relocs.One(uint32(n))
			written := i == 0 && !u.noResult || i == 1 && u.both
			if written {
				s.Writes |= r
			}
			if !written || i == 1 || !u.noSource || bits < 32 && inst.Op != x86asm.POP {
				values |= r
			}
		case x86asm.Mem:
			for _, reg := range []x86asm.Reg{arg.Base, arg.Index} {
				if n, _ := register(reg); n >= 0 && reg != 0 {
					s.Reads |= relocs.One(uint32(n))
				}
			}
		case x86asm.Rel:
			s.Target = int64(inst.Len) + int64(arg)
		}
	}
	s.Reads |= values | u.reads | u.writesToo
	s.Writes |= u.writes | u.writesToo
	s.Flow = flow(&inst)
	if s.Flow == relocs.FlowNext {
		s.Sources = values | u.reads | u.writesToo
	}
	computed(&s, &inst, mode)
	return s
}

// register returns the number of a general register, whole or a part of it, and
// its bits; -1 for others.
func register(r x86asm.Reg) (n, bits int) {
	switch {
	case x86asm.AL <= r && r <= x86asm.BL:
		return int(r - x86asm.AL), 8
	case x86asm.AH <= r && r <= x86asm.BH:
		return int(r - x86asm.AH), 8
	case x86asm.SPB <= r && r <= x86asm.R15B:
		return int(r-x86asm.SPB) + 4, 8
	case x86asm.AX <= r && r <= x86asm.R15W:
		return int(r - x86asm.AX), 16
	case x86asm.EAX <= r && r <= x86asm.R15L:
		return int(r - x86asm.EAX), 32
	case x86asm.RAX <= r && r <= x86asm.R15:
		return int(r - x86asm.RAX), 64
	}
	return -1, 0
}

// computed fills in Op and its operands.
func computed(s *relocs.Insn, inst *x86asm.Inst, mode int) {
	s.Dst = -1
	if r, ok := inst.Args[0].(x86asm.Reg); ok {
		if n, bits := register(r); bits == mode {
			s.Dst = int8(n)
		}
	}
	for _, arg := range inst.Args {
		if m, ok := arg.(x86asm.Mem); ok {
			memory(s, inst, &m)
			return
		}
	}
	if s.Dst < 0 {
		return
	}
	switch arg := inst.Args[1].(type) {
	case x86asm.Reg:
		if n, bits := register(arg); bits == mode && inst.Op == x86asm.MOV {
			s.Op, s.Src = relocs.AddImm, int8(n)
		}
	case x86asm.Imm:
		switch s.Src, s.Imm = s.Dst, int64(arg); inst.Op {
		case x86asm.MOV:
			s.Op = relocs.Number
		case x86asm.ADD:
			s.Op = relocs.AddImm
		case x86asm.SUB:
			s.Op, s.Imm = relocs.AddImm, -s.Imm
		}
	}
}

// memory is the part of computed about an address of memory.
func memory(s *relocs.Insn, inst *x86asm.Inst, m *x86asm.Mem) {
	base, _ := register(m.Base)
	if m.Index != 0 || m.Segment != 0 || base < 0 && m.Base != x86asm.RIP {
		return
	}
	s.Src, s.Imm = int8(base), m.Disp
	address, load := relocs.AddImm, relocs.Load
	if m.Base == x86asm.RIP {
		s.PCAdd = int8(inst.Len)
		address, load = relocs.Address, relocs.LoadPC
	}
	switch {
	case inst.Op == x86asm.LEA:
		s.Op = address
	case inst.Op == x86asm.MOV:
		s.Op = load
	default:
		s.Op, s.Dst = load, -1
	}
}

// whereCalled: mov reg, [esp]; ret is what compilers call to learn where they are.
func whereCalled(b []byte) int {
	if len(b) < 4 || b[0] != 0x8b || b[1]&0xc7 != 0x04 || b[2] != 0x24 || b[3] != 0xc3 {
		return -1
	}
	return int(b[1] >> 3 & 7)
}
