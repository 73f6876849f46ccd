package relocs

// Addresses in RISC-V instructions, and how they get out of there.
//
// -mcmodel=medlow code makes an address of LUI and a lower part. AUIPC does the
// same relative to PC, and so needs no relocation by the firmware; it only has
// another opcode. But the lower part of a distance depends on where the AUIPC is,
// so each LO12 must be traced back to its LUI, which in LUI code it need not be.
//
// What the firmware supplies, and variables that may not be in text, are at no
// distance from code. The LUI then becomes a jump to code that loads what it would
// be from a word, which the firmware relocates, and jumps back. The same goes for
// AUIPC of -mcmodel=medany without -fpic.
//
// Thread-local variables of the program itself (the local-exec model) are at a
// fixed distance from tp: LUI, ADD of tp, lower part. A module has no threads and
// so one instance of each variable, in its text. The LUI becomes an AUIPC and the
// ADD adds zero in place of tp.

const whyMedlow = "compile it position-independent (-fpic)"

var (
	riscvAsJ      = &Insn{Size: 4, Mask: 0x7f, Match: 0x37, Code: 0x6f}
	riscvAUIPCAsJ = &Insn{Size: 4, Mask: 0x7f, Match: 0x17, Code: 0x6f}

	riscvLoadAll = &Howto{Type: 23, Name: "R_RISCV_PCREL_HI20 (by a load)", Kind: LoadedAll, Field: riscvJ, Insn: riscvAUIPCAsJ, Spec: riscvPCRel, Why: whyMedlow}

	// imm[31:12] rd 0010111, then imm[11:0] rs1 funct3 rd opcode: both parts
	riscvPair   = riscvParts("AUIPC+ADDI", 0x13)
	riscvLoad32 = riscvParts("AUIPC+LW", 0x2003)
	riscvLoad64 = riscvParts("AUIPC+LD", 0x3003)

	riscvDetour = Detour{
		Code: []byte{
			0x17, 0, 0, 0, // auipc rd, VALUE
			0x13, 0, 0, 0, // addi rd, rd, VALUE
			0x6f, 0, 0, 0, // j BACK
		},
		Reg: []int{7, 32 + 7, 32 + 15}, Value: riscvPair, Back: riscvJ, At: 8,
	}

	// The same with a load: what the firmware relocates is a word.
	riscvDetourLoad32 = riscvLoads(0x20, riscvLoad32)
	riscvDetourLoad64 = riscvLoads(0x30, riscvLoad64)

	riscvAsAUIPC = &Insn{Size: 4, Mask: 0x7f, Match: 0x37, Code: 0x17, Keep: 0xf80}

	// 0000000 00100 rs1 000 rd 0110011          add rd, rs1, tp -> add rd, rs1, zero
	riscvAddZero = &Insn{Size: 4, Mask: 0xfff0_707f, Match: 0x0040_0033, Code: 0x33, Keep: 0x000f_8f80}
)

// riscvUpper returns what becomes of a LUI relocation, riscvLower of that of the
// instruction that adds its lower part.
func riscvUpper(typ uint32, name, spec string) *Howto {
	load := &Howto{Type: typ, Name: name + " (by a load)", Kind: Loaded, Field: riscvJ, Insn: riscvAsJ, Spec: spec, Why: whyMedlow}
	detour := &Howto{Type: typ, Name: name + " (by a detour)", Kind: Detoured, Field: riscvJ, Insn: riscvAsJ, Rewrite: load, Spec: spec, Why: whyMedlow}
	return &Howto{Type: typ, Name: name + " (as AUIPC)", Kind: UpperRel, Field: riscvAUIPC, Insn: riscvAsAUIPC, Rewrite: detour, Spec: spec, Why: whyMedlow}
}

func riscvLower(typ uint32, name string, f *Field, spec string) *Howto {
	return &Howto{Type: typ, Name: name, Kind: LowerRel, Field: f, Spec: spec, Why: whyMedlow}
}

// riscvParts returns the field of AUIPC and an instruction that adds the rest.
func riscvParts(name string, second uint64) *Field {
	return &Field{
		Name: name, Size: 8, Min: cutMin, Max: cutMax, Align: 1,
		Mask: 0x0000_707f_0000_007f, Match: second<<32 | 0x17, Read: readCall, Write: writeCall,
	}
}

// riscvLoads returns a detour that loads with the instruction that has a funct3.
func riscvLoads(funct3 byte, f *Field) Detour {
	return Detour{
		Code: []byte{
			0x17, 0, 0, 0, // auipc rd, WORD
			0x03, funct3, 0, 0, // lw or ld rd, WORD(rd)
			0x6f, 0, 0, 0, // j BACK
		},
		Reg: []int{7, 32 + 7, 32 + 15}, Value: f, From: 4, Back: riscvJ, At: 8,
	}
}

// riscvStep32 and riscvStep64 decode an instruction. Chapters are those of the RISC-V
// Instruction Set Manual, volume I: 16-bit instructions are in "C", the opcode map
// of the others in "RV32/64G Instruction Set Listings".
func riscvStep32(b []byte) Step { return riscvStep(b, false) }
func riscvStep64(b []byte) Step { return riscvStep(b, true) }

func riscvStep(b []byte, rv64 bool) Step {
	var s Step
	switch {
	case len(b) >= 2 && b[0]&3 != 3:
		s = riscvShort(uint32(le.Uint16(b)), rv64)
		s.Size = 2
	case len(b) >= 4 && b[0]&0x1f != 0x1f:
		s = riscvLong(b)
		s.Size = max(s.Size, 4)
	default:
		return Step{Size: 2, Base: -1, Flow: FlowStop}
	}
	s.Writes &^= 1 // x0 stays zero
	s.Carries &^= 1
	return s
}

// spill notes that an instruction stores or loads the word at an offset from a
// register, if that is of the function's frame: compilers save registers there
// when they run out of them. Frames are counted from the stack pointer x2, or
// down from the frame pointer x8; neither changes inside a function.
func (s *Step) spill(base uint32, off int64, store bool) {
	if base == 2 || base == 8 && off < 0 {
		s.Slot, s.Store = off<<8|int64(base), store
	}
}

// one returns the set of one register.
func one(n uint32) Registers { return 1 << n }

func riscvLong(b []byte) Step {
	u := le.Uint32(b)
	rd, rs1, rs2 := u>>7&31, u>>15&31, u>>20&31
	s := Step{Base: int(rs1)}
	switch u & 0x7f {
	case 0x03: // loads
		s.Writes = one(rd)
		s.spill(rs1, int64(int32(u)>>20), false)
	case 0x23: // stores
		s.Carries = one(rs2)
		s.spill(rs1, readS12(b), true)
	case 0x2f, 0x73: // atomics, CSRs
		s.Writes = one(rd)
	case 0x13, 0x1b: // immediates
		s.Writes, s.Carries = one(rd), one(rs1)
	case 0x33, 0x3b: // register and register
		s.Writes, s.Carries, s.Base = one(rd), one(rs1)|one(rs2), -1
	case 0x37: // LUI
		s.Writes, s.Base = one(rd), -1
	case 0x17: // AUIPC, maybe half of a call or of a jump that may be far
		s.Writes, s.Base = one(rd), -1
		if len(b) >= 8 && le.Uint32(b[4:])&0xf_f07f == rd<<15|0x67 {
			link := le.Uint32(b[4:]) >> 7 & 31
			s.Size, s.Flow, s.Target = 8, FlowCall, readCall(b)
			s.Writes |= one(link)
			if link == 0 {
				s.Flow = FlowGoto
			}
		}
	case 0x63:
		s.Flow, s.Target, s.Base = FlowBranch, readB12(b), -1
	case 0x6f: // JAL
		s.Writes, s.Flow, s.Target, s.Base = one(rd), FlowCall, readJ20(b), -1
		if rd == 0 {
			s.Flow = FlowGoto
		}
	case 0x67: // JALR
		s.Writes, s.Flow = one(rd), riscvIndirect(rd, rs1)
	}
	return s
}

// riscvIndirect tells calls, returns and jumps through a table apart, as return
// address predictors do: x1 and x5 are link registers.
func riscvIndirect(rd, rs1 uint32) Flow {
	switch {
	case rd != 0:
		return FlowCall
	case rs1 == 1, rs1 == 5:
		return FlowStop
	}
	return FlowJump
}

// riscvShort decodes a 16-bit instruction by quadrant and funct3.
func riscvShort(u uint32, rv64 bool) Step {
	rd, rs2 := u>>7&31, u>>2&31    // full registers
	rd3, rs3 := u>>7&7+8, u>>2&7+8 // those of the short fields
	s := Step{Base: -1}
	b := []byte{byte(u), byte(u >> 8)}
	switch u&3<<3 | u>>13 {
	case 0o00: // c.addi4spn; zero is no instruction
		s.Writes, s.Carries = one(rs3), one(2)
		if u == 0 {
			s.Flow = FlowStop
		}
	case 0o02, 0o03: // c.lw; c.ld, or c.flw which writes no x register
		s.Base = int(rd3)
		if u>>13 == 2 || rv64 {
			s.Writes = one(rs3)
		}
	case 0o04: // Zcb: c.lbu, c.lhu, c.lh; c.sb, c.sh
		s.Base = int(rd3)
		if u>>11&1 == 0 {
			s.Writes = one(rs3)
		}
	case 0o06, 0o07: // c.sw, c.sd
		s.Base = int(rd3)
	case 0o10: // c.addi
		s.Writes, s.Carries = one(rd), one(rd)
	case 0o11: // c.jal, on RV64 c.addiw
		if rv64 {
			s.Writes, s.Carries = one(rd), one(rd)
		} else {
			s.Writes, s.Flow, s.Target = one(1), FlowCall, readCJ11(b)
		}
	case 0o12: // c.li
		s.Writes = one(rd)
	case 0o13: // c.lui, c.addi16sp
		s.Writes = one(rd)
		if rd == 2 {
			s.Carries = one(2)
		}
	case 0o14: // shifts, c.andi; between registers
		s.Writes, s.Carries = one(rd3), one(rd3)
		if u>>10&3 == 3 {
			s.Carries |= one(rs3)
		}
	case 0o15: // c.j
		s.Flow, s.Target = FlowGoto, readCJ11(b)
	case 0o16, 0o17: // c.beqz, c.bnez
		s.Flow, s.Target = FlowBranch, readCB8(b)
	case 0o20: // c.slli
		s.Writes, s.Carries = one(rd), one(rd)
	case 0o22: // c.lwsp
		s.Writes = one(rd)
		s.spill(2, int64(u>>4&7<<2|u>>12&1<<5|u>>2&3<<6), false)
	case 0o23: // c.ldsp, or c.flwsp
		if rv64 {
			s.Writes = one(rd)
			s.spill(2, int64(u>>5&3<<3|u>>12&1<<5|u>>2&7<<6), false)
		}
	case 0o26: // c.swsp
		s.Carries = one(rs2)
		s.spill(2, int64(u>>9&15<<2|u>>7&3<<6), true)
	case 0o27: // c.sdsp, or c.fswsp
		if rv64 {
			s.Carries = one(rs2)
			s.spill(2, int64(u>>10&7<<3|u>>7&7<<6), true)
		}
	case 0o24: // c.jr, c.mv; c.ebreak, c.jalr, c.add
		switch plus := u>>12&1 == 1; {
		case rs2 != 0 && plus:
			s.Writes, s.Carries = one(rd), one(rd)|one(rs2)
		case rs2 != 0:
			s.Writes, s.Carries = one(rd), one(rs2)
		case plus && rd == 0:
			s.Flow = FlowStop
		case plus:
			s.Writes, s.Flow = one(1), FlowCall
		default:
			s.Flow = riscvIndirect(0, rd)
		}
	case 0o25: // Zcmp: cm.popret and cm.popretz return
		if f := u >> 8 & 0x1f; f == 0x1c || f == 0x1e {
			s.Flow = FlowStop
		}
	}
	return s
}
