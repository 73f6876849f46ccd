package xtensa

// What Xtensa instructions do to registers a0 to a15.
//
// An instruction has three bytes, or two where its lowest four bits are 8 to 13, and
// is told by fields of four bits: op0, t, s, r, op1, op2, from the lowest up. Three of
// them are registers, t, s and r, most often sources in s and t and a result in r.
// Tables are those of the Xtensa Instruction Set Architecture Reference Manual,
// chapter 7.
//
// For example, 22 a4 08, in numbers op0=2 t=2 s=4 r=10, is of table LSAI, where r=10 is
// MOVI: t is written, s and the last byte are the number.

import "mpyld/relocs"

const (
	a0 = relocs.Registers(1)
	sp = 1
)

// operands is a set of fields that name a register.
type operands uint8

const (
	t operands = 1 << iota
	s
	r
)

type insn struct {
	relocs.Insn
	t, s, r  uint32
	op1, op2 uint32
}

// named returns the registers that fields name.
func (i *insn) named(o operands) (set relocs.Registers) {
	if o&t != 0 {
		set |= relocs.One(i.t)
	}
	if o&s != 0 {
		set |= relocs.One(i.s)
	}
	if o&r != 0 {
		set |= relocs.One(i.r)
	}
	return set
}

// does says which fields are read, as values and as addresses, and written.
func (i *insn) does(values, addresses, written operands) {
	i.Flow = relocs.FlowNext
	i.Sources, i.Reads, i.Writes = i.named(values), i.named(values|addresses), i.named(written)
}

// goes says that an instruction leads elsewhere, and what it reads.
func (i *insn) goes(flow relocs.Flow, target int64, read operands) {
	i.Flow, i.Target, i.Reads = flow, target, i.named(read)
}

// computes says that dst becomes what op makes of src and a number.
func (i *insn) computes(op relocs.Op, dst, src uint32, imm int64) {
	i.Op, i.Dst, i.Src, i.Imm = op, int8(dst), int8(src), imm
}

func decode(b []byte) relocs.Insn {
	none := relocs.Insn{Size: 1, Base: -1, Flow: relocs.FlowStop}
	if len(b) < 2 {
		return none
	}
	i := insn{Insn: none, t: uint32(b[0] >> 4), s: uint32(b[1] & 15), r: uint32(b[1] >> 4)}
	op0 := b[0] & 15
	if i.Size = 2; op0 < 8 {
		if i.Size = 3; len(b) < 3 {
			return none
		}
		i.op1, i.op2 = uint32(b[2]&15), uint32(b[2]>>4)
	}
	switch op0 {
	case 0:
		i.registers()
	case 1: // L32R
		i.does(0, 0, t)
		i.computes(relocs.Constant, i.t, 0, readL32R(b))
		i.PCAdd, i.PCMask = 3, 3
	case 2:
		i.immediates(int64(b[2]))
	case 3: // of floating-point registers
		if i.r&2 == 0 {
			i.does(0, s, s*operands(i.r>>3)) // LSIP, SSIP and the like count up
		}
	case 4:
		i.accumulates()
	case 5: // CALL0, CALL4, CALL8, CALL12
		i.calls(0)
	case 6:
		i.branches(b)
	case 7:
		read := s | t
		if i.r&6 == 6 {
			read = s // BBCI, BBSI: a bit's number
		}
		i.goes(relocs.FlowBranch, 4+readBRI8(b), read)
	case 8: // L32I.N
		i.does(0, s, t)
		i.computes(relocs.Load, i.t, i.s, int64(i.r)*4)
	case 9: // S32I.N
		i.does(t, s, 0)
	case 10: // ADD.N
		i.does(s|t, 0, r)
	case 11: // ADDI.N, of which 0 is -1
		i.does(s, 0, r)
		n := int64(i.t)
		if n == 0 {
			n = -1
		}
		i.computes(relocs.AddImm, i.r, i.s, n)
	case 12:
		if i.t >= 8 { // BEQZ.N, BNEZ.N
			i.goes(relocs.FlowBranch, 4+readRI6(b), s)
			break
		}
		i.does(0, 0, s) // MOVI.N: -32 to 95
		n := int64(i.t<<4 | i.r)
		if n >= 96 {
			n -= 128
		}
		i.computes(relocs.Number, i.s, 0, n)
	case 13:
		i.short()
	}
	return i.Insn
}

// short is table ST3.
func (i *insn) short() {
	switch {
	case i.r == 0: // MOV.N
		i.does(s, 0, t)
		i.computes(relocs.AddImm, i.t, i.s, 0)
	case i.r != 15:
	case i.t < 2: // RET.N, RETW.N
		i.Reads = a0
	case i.t == 2: // BREAK.N
		i.Flow = relocs.FlowCall
	case i.t == 3: // NOP.N
		i.Flow = relocs.FlowNext
	}
}

// calls: a window of registers is the called function's from a4n on, where also the
// place to return to is.
func (i *insn) calls(read operands) {
	i.goes(relocs.FlowCall, 0, read)
	i.Writes = a0
	if n := i.t & 3; n > 0 {
		i.Writes = 0xffff &^ (1<<(4*n) - 1)
	}
}

// branches is table SI.
func (i *insn) branches(b []byte) {
	switch m := i.t >> 2; i.t & 3 {
	case 0: // J
		i.goes(relocs.FlowGoto, 4+readJ(b), 0)
	case 1: // BEQZ, BNEZ, BLTZ, BGEZ
		i.goes(relocs.FlowBranch, 4+readBRI12(b), s)
	case 2: // BEQI, BNEI, BLTI, BGEI
		i.goes(relocs.FlowBranch, 4+readBRI8(b), s)
	case 3:
		switch {
		case m == 0: // ENTRY
			i.does(s, 0, s)
		case m > 1: // BLTUI, BGEUI
			i.goes(relocs.FlowBranch, 4+readBRI8(b), s)
		case i.r < 2: // BF, BT
			i.goes(relocs.FlowBranch, 4+readBRI8(b), 0)
		case i.r >= 8 && i.r <= 10: // LOOP, LOOPNEZ, LOOPGTZ: past the end
			i.goes(relocs.FlowBranch, 4+readLOOP(b), s)
		}
	}
}

// immediates is table LSAI.
func (i *insn) immediates(imm int64) {
	switch i.r {
	case 0, 1, 9, 11: // L8UI, L16UI, L16SI, L32AI
		i.does(0, s, t)
	case 2: // L32I
		i.does(0, s, t)
		i.computes(relocs.Load, i.t, i.s, imm*4)
	case 4, 5, 6, 15: // S8I, S16I, S32I, S32RI
		i.does(t, s, 0)
	case 7: // on caches
		i.does(0, s, 0)
		if i.t == 8 && imm&15 == 15 { // DIWBUI.P counts up
			i.does(0, s, s)
		}
	case 10: // MOVI
		i.does(0, 0, t)
		i.computes(relocs.Number, i.t, 0, relocs.SignExtend(i.s<<8|uint32(imm), 12))
	case 12: // ADDI
		i.does(s, 0, t)
		i.computes(relocs.AddImm, i.t, i.s, int64(int8(imm)))
	case 13: // ADDMI
		i.does(s, 0, t)
		i.computes(relocs.AddImm, i.t, i.s, int64(int8(imm))<<8)
	case 14: // S32C1I
		i.does(t, s, t)
	}
}

// accumulates is table MAC16: registers m0 to m3 are not among the sixteen.
func (i *insn) accumulates() {
	switch i.op2 {
	case 0, 1, 8, 9: // of them, and a load that counts up or down
		i.does(0, s, s)
	case 2:
		i.does(0, 0, 0)
	case 3:
		i.does(s, 0, 0)
	case 4, 5:
		i.does(t, s, s)
	case 6:
		i.does(t, 0, 0)
	case 7:
		i.does(s|t, 0, 0)
	}
}
