package riscv

import "mpyld/relocs"

// What RISC-V instructions do to integer registers.
//
// The lowest two bits say how long an instruction is. Seven bits of a long one say
// its kind, and with it which of three fields are registers; a short one has its
// kind in the lowest two and the highest three bits, and registers of three or five.
// Chapters are those of the RISC-V Instruction Set Manual, volume I: 16-bit
// instructions are in "C" and "Zc*", the opcode map of the others in "RV32/64G
// Instruction Set Listings". There are more kinds than a module's firmware need have:
// compilers take only what -march allows.
//
// For example, 00c52783, lw a5, 12(a0), has opcode 0x03: rd (bits 11 to 7) is 15, rs1
// (19 to 15) is 10, and the rest is the number.

func decode32(b []byte) relocs.Insn { return decode(b, false) }
func decode64(b []byte) relocs.Insn { return decode(b, true) }

func decode(b []byte, rv64 bool) relocs.Insn {
	var s relocs.Insn
	switch {
	case len(b) >= 2 && b[0]&3 != 3:
		s = decodeShort(uint32(le.Uint16(b)), rv64)
		s.Size = 2
	case len(b) >= 4 && b[0]&0x1f != 0x1f:
		s = decodeLong(b)
		s.Size = max(s.Size, 4)
	default:
		return relocs.Insn{Size: 2, Base: -1, Flow: relocs.FlowStop}
	}
	const zero relocs.Registers = 1 // x0
	s.Reads, s.Writes, s.Sources = s.Reads&^zero, s.Writes&^zero, s.Sources&^zero
	return s
}

// spill notes that an instruction stores or loads the word at an offset from a
// register, if that is of the function's frame: compilers save registers there
// when they run out of them. Frames are counted from the stack pointer x2, or
// down from the frame pointer x8; neither changes inside a function.
func spill(s *relocs.Insn, base uint32, off int64, store bool) {
	if base == 2 || base == 8 && off < 0 {
		s.Slot, s.Store = off<<8|int64(base), store
	}
}

// computes says that dst becomes what op makes of src and a number. x0 is always
// zero.
func computes(s *relocs.Insn, op relocs.Op, dst, src uint32, imm int64) {
	s.Op, s.Dst, s.Src, s.Imm = op, int8(dst), int8(src), imm
	switch {
	case dst == 0 || op == relocs.Load && src == 0:
		s.Op = relocs.Other
	case op == relocs.AddImm && src == 0:
		s.Op = relocs.Number
	}
}

func decodeLong(b []byte) relocs.Insn {
	u := le.Uint32(b)
	rd, rs1, rs2 := u>>7&31, u>>15&31, u>>20&31
	funct3 := u >> 12 & 7
	s := relocs.Insn{Base: -1}
	switch u & 0x7f {
	case 0x03, 0x07: // loads, and of floating-point registers
		s.Reads, s.Base = relocs.One(rs1), int(rs1)
		if u&4 == 0 {
			s.Writes = relocs.One(rd)
			computes(&s, relocs.Load, rd, rs1, readI12(b))
			spill(&s, rs1, s.Imm, false)
		}
	case 0x23, 0x27: // stores
		s.Reads, s.Base = relocs.One(rs1), int(rs1)
		if u&4 == 0 {
			s.Reads, s.Sources = relocs.One(rs1)|relocs.One(rs2), relocs.One(rs2)
			spill(&s, rs1, readS12(b), true)
		}
	case 0x0f: // fences; operations on caches
		if funct3 == 2 {
			s.Reads = relocs.One(rs1)
		}
	case 0x2f: // atomics
		s.Reads, s.Writes, s.Sources = relocs.One(rs1)|relocs.One(rs2), relocs.One(rd), relocs.One(rs2)
	case 0x73:
		decodeSystem(&s, u)
	case 0x13, 0x1b: // immediates
		s.Reads, s.Writes, s.Sources = relocs.One(rs1), relocs.One(rd), relocs.One(rs1)
		if u&0x707f == 0x13 { // the others add nothing, or lose the upper half of an address
			s.Base = int(rs1)
			computes(&s, relocs.AddImm, rd, rs1, readI12(b))
		}
	case 0x33, 0x3b: // register and register
		s.Reads, s.Writes, s.Sources = relocs.One(rs1)|relocs.One(rs2), relocs.One(rd), relocs.One(rs1)|relocs.One(rs2)
	case 0x37: // LUI
		s.Writes = relocs.One(rd)
		computes(&s, relocs.Number, rd, 0, readU20(b))
	case 0x17: // AUIPC, maybe half of a call or of a jump that may be far
		s.Writes = relocs.One(rd)
		computes(&s, relocs.Address, rd, 0, readU20(b))
		if len(b) >= 8 && le.Uint32(b[4:])&0xf_f07f == rd<<15|0x67 {
			link := le.Uint32(b[4:]) >> 7 & 31
			s.Size, s.Flow, s.Target = 8, relocs.FlowCall, readCall(b)
			s.Writes |= relocs.One(link)
			s.Op = relocs.Other
			s.Shared = link == t0
			if link == 0 {
				s.Flow = relocs.FlowGoto
			}
		}
	case 0x53:
		decodeFloat(&s, u)
	case 0x63:
		s.Reads, s.Flow, s.Target = relocs.One(rs1)|relocs.One(rs2), relocs.FlowBranch, readB12(b)
	case 0x6f: // JAL
		s.Writes, s.Flow, s.Target = relocs.One(rd), relocs.FlowCall, readJ20(b)
		s.Shared = rd == t0
		if rd == 0 {
			s.Flow = relocs.FlowGoto
		}
	case 0x67: // JALR
		s.Reads, s.Writes, s.Flow, s.Base = relocs.One(rs1), relocs.One(rd), indirectFlow(rd, rs1), int(rs1)
		s.Shared = rd == 0 && rs1 == t0 && u>>20 == 0
	}
	return s
}

// decodeSystem decodes accesses to CSRs, and what leaves the program.
func decodeSystem(s *relocs.Insn, u uint32) {
	rd, rs1, rs2 := u>>7&31, u>>15&31, u>>20&31
	switch funct3 := u >> 12 & 7; {
	case u == 0xc000_1073: // unimp: writes a CSR that cannot be
		s.Flow = relocs.FlowStop
	case funct3&3 != 0:
		s.Writes = relocs.One(rd)
		if funct3 < 4 {
			s.Reads = relocs.One(rs1)
		}
	case u>>25 == 9: // sfence.vma
		s.Reads = relocs.One(rs1) | relocs.One(rs2)
	case u>>20 < 2: // ecall; ebreak: semihosting is called so
		s.Flow = relocs.FlowCall
	case u>>20&0xff == 2: // mret, sret
		s.Flow = relocs.FlowStop
	}
}

// decodeFloat decodes computations with floating-point registers, some of which
// have an integer operand or result ("F", "D", "Zfa").
func decodeFloat(s *relocs.Insn, u uint32) {
	rd, rs1, rs2 := u>>7&31, u>>15&31, u>>20&31
	switch u >> 27 {
	case 0b10100, 0b11000, 0b11100: // compare; convert to integer; move, classify
		s.Writes = relocs.One(rd)
	case 0b11010: // convert from integer
		s.Reads = relocs.One(rs1)
	case 0b11110: // move; fli has a constant there
		if rs2 == 0 {
			s.Reads = relocs.One(rs1)
		}
	case 0b10110: // move of a pair
		s.Reads = relocs.One(rs1) | relocs.One(rs2)
	}
}

// t0 is the second link register (psABI, "Integer Register Convention"): clang's outlined functions and
// the routines behind -msave-restore go back by it.
const t0 = 5

// indirectFlow tells calls, returns and jumps through a table apart, as return
// address predictors do: x1 and x5 are link registers.
func indirectFlow(rd, rs1 uint32) relocs.Flow {
	switch {
	case rd != 0:
		return relocs.FlowCall
	case rs1 == 1, rs1 == t0:
		return relocs.FlowStop
	}
	return relocs.FlowJump
}

// decodeShort decodes a 16-bit instruction by quadrant and funct3.
func decodeShort(u uint32, rv64 bool) relocs.Insn {
	rd, rs2 := u>>7&31, u>>2&31    // full registers
	rd3, rs3 := u>>7&7+8, u>>2&7+8 // those of the short fields
	s := relocs.Insn{Base: -1}
	b := []byte{byte(u), byte(u >> 8)}
	both := func(to uint32, from relocs.Registers) { // what is written is computed from what is read
		s.Reads, s.Writes, s.Sources = from, relocs.One(to), from
	}
	switch u&3<<3 | u>>13 {
	case 0o00: // c.addi4spn; zero is no instruction
		both(rs3, relocs.One(2))
		if u == 0 {
			s = relocs.Insn{Base: -1, Flow: relocs.FlowStop}
		}
	case 0o01, 0o05: // c.fld, c.fsd
		s.Reads, s.Base = relocs.One(rd3), int(rd3)
	case 0o02, 0o03: // c.lw; c.ld, or c.flw which writes no x register
		s.Reads, s.Base = relocs.One(rd3), int(rd3)
		switch {
		case u>>13 == 2:
			s.Writes = relocs.One(rs3)
			computes(&s, relocs.Load, rs3, rd3, int64(u>>10&7<<3|u>>6&1<<2|u>>5&1<<6))
		case rv64:
			s.Writes = relocs.One(rs3)
			computes(&s, relocs.Load, rs3, rd3, int64(u>>10&7<<3|u>>5&3<<6))
		}
	case 0o04: // Zcb: c.lbu, c.lhu, c.lh; c.sb, c.sh
		s.Reads, s.Base = relocs.One(rd3), int(rd3)
		if u>>11&1 == 0 {
			s.Writes = relocs.One(rs3)
		} else {
			s.Reads, s.Sources = relocs.One(rd3)|relocs.One(rs3), relocs.One(rs3)
		}
	case 0o06, 0o07: // c.sw; c.sd, or c.fsw
		s.Reads, s.Base = relocs.One(rd3), int(rd3)
		if u>>13 == 6 || rv64 {
			s.Reads, s.Sources = relocs.One(rd3)|relocs.One(rs3), relocs.One(rs3)
		}
	case 0o10: // c.addi
		both(rd, relocs.One(rd))
		computes(&s, relocs.AddImm, rd, rd, imm6(u))
	case 0o11: // c.jal, on RV64 c.addiw
		if rv64 {
			both(rd, relocs.One(rd))
		} else {
			s.Writes, s.Flow, s.Target = relocs.One(1), relocs.FlowCall, readCJ11(b)
		}
	case 0o12: // c.li
		s.Writes = relocs.One(rd)
		computes(&s, relocs.Number, rd, 0, imm6(u))
	case 0o13: // c.addi16sp, c.lui; Zcmop: c.mop does nothing
		switch {
		case rd == 2:
			both(2, relocs.One(2))
		case u&0x107c != 0:
			s.Writes = relocs.One(rd)
			computes(&s, relocs.Number, rd, 0, imm6(u)<<12)
		}
	case 0o14: // shifts, c.andi; between registers
		both(rd3, relocs.One(rd3))
		if u>>10&3 == 3 && u>>5&0x83 != 0x83 { // Zcb has some with one operand
			both(rd3, relocs.One(rd3)|relocs.One(rs3))
		}
	case 0o15: // c.j
		s.Flow, s.Target = relocs.FlowGoto, readCJ11(b)
	case 0o16, 0o17: // c.beqz, c.bnez
		s.Reads, s.Flow, s.Target = relocs.One(rd3), relocs.FlowBranch, readCB8(b)
	case 0o20: // c.slli
		both(rd, relocs.One(rd))
	case 0o21: // c.fldsp
		s.Reads = relocs.One(2)
	case 0o22: // c.lwsp
		s.Reads, s.Writes = relocs.One(2), relocs.One(rd)
		computes(&s, relocs.Load, rd, 2, int64(u>>4&7<<2|u>>12&1<<5|u>>2&3<<6))
		spill(&s, 2, s.Imm, false)
	case 0o23: // c.ldsp, or c.flwsp
		s.Reads = relocs.One(2)
		if rv64 {
			s.Writes = relocs.One(rd)
			computes(&s, relocs.Load, rd, 2, int64(u>>5&3<<3|u>>12&1<<5|u>>2&7<<6))
			spill(&s, 2, s.Imm, false)
		}
	case 0o24: // c.jr, c.mv; c.ebreak, c.jalr, c.add
		decodeShortJump(&s, u)
	case 0o25:
		decodePushPop(&s, u)
	case 0o26: // c.swsp
		s.Reads, s.Sources = relocs.One(2)|relocs.One(rs2), relocs.One(rs2)
		spill(&s, 2, int64(u>>9&15<<2|u>>7&3<<6), true)
	case 0o27: // c.sdsp, or c.fswsp
		s.Reads = relocs.One(2)
		if rv64 {
			s.Reads, s.Sources = relocs.One(2)|relocs.One(rs2), relocs.One(rs2)
			spill(&s, 2, int64(u>>10&7<<3|u>>7&7<<6), true)
		}
	}
	return s
}

// imm6 is the signed number of c.addi and its like.
func imm6(u uint32) int64 { return relocs.SignExtend(u>>2&31|u>>12&1<<5, 6) }

func decodeShortJump(s *relocs.Insn, u uint32) {
	rd, rs2 := u>>7&31, u>>2&31
	switch plus := u>>12&1 == 1; {
	case rs2 != 0 && plus:
		s.Reads, s.Writes, s.Sources = relocs.One(rd)|relocs.One(rs2), relocs.One(rd), relocs.One(rd)|relocs.One(rs2)
	case rs2 != 0:
		s.Reads, s.Writes, s.Sources = relocs.One(rs2), relocs.One(rd), relocs.One(rs2)
		computes(s, relocs.AddImm, rd, rs2, 0)
	case plus && rd == 0:
		s.Flow = relocs.FlowStop // a trap: semihosting has the long form
	case plus:
		s.Reads, s.Writes, s.Flow = relocs.One(rd), relocs.One(1), relocs.FlowCall
	default:
		s.Reads, s.Flow, s.Shared = relocs.One(rd), indirectFlow(0, rd), rd == t0
	}
}

// decodePushPop decodes Zcmp and Zcmt. (D has c.fsdsp there; the firmware has no
// double-precision registers.)
func decodePushPop(s *relocs.Insn, u uint32) {
	// ra and s0 up to what the list says; s10 comes with s11.
	saved := relocs.One(1)
	for i, reg := range []uint32{8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26} {
		if u>>4&15 >= uint32(i+5) {
			saved |= relocs.One(reg)
		}
	}
	if u>>4&15 == 15 {
		saved |= relocs.One(27)
	}
	r1, r2 := savedReg(u>>7&7), savedReg(u>>2&7)
	const a0, a1 = 10, 11
	switch u >> 8 & 0x1f {
	case 0x18: // cm.push
		s.Reads, s.Writes, s.Sources = saved|relocs.One(2), relocs.One(2), saved
	case 0x1a, 0x1c, 0x1e: // cm.pop, cm.popretz, cm.popret
		s.Reads, s.Writes = relocs.One(2), saved|relocs.One(2)
		if u>>8&0x1f == 0x1c {
			s.Writes |= relocs.One(a0)
		}
		if u>>8&0x1f != 0x1a {
			s.Flow = relocs.FlowStop
		}
	case 0x0c, 0x0d, 0x0e, 0x0f:
		switch u >> 5 & 3 {
		case 1: // cm.mvsa01
			s.Reads, s.Writes = relocs.One(a0)|relocs.One(a1), relocs.One(r1)|relocs.One(r2)
		case 3: // cm.mva01s
			s.Reads, s.Writes = relocs.One(r1)|relocs.One(r2), relocs.One(a0)|relocs.One(a1)
		}
		s.Sources = s.Reads
	case 0x00, 0x01, 0x02, 0x03: // cm.jt, cm.jalt
		s.Flow = relocs.FlowJump
		if u>>2&0xff >= 32 {
			s.Writes, s.Flow = relocs.One(1), relocs.FlowCall
		}
	}
}

// savedReg returns the number of s0 to s7.
func savedReg(n uint32) uint32 {
	if n < 2 {
		return 8 + n
	}
	return 16 + n
}
