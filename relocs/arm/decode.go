package arm

import "mpyld/relocs"

// What Thumb instructions do to core registers.
//
// An instruction is told by some of its bits, and its register numbers are in
// fields of a few shapes; so each row says which bits, and which fields are read,
// which are addresses of memory, and which are written. 16-bit instructions have
// rows of their own; of the others the first halfword is the upper one here. The
// first row that fits counts. The rows follow the tables of DDI 0403E (Armv7-M),
// chapter A5, and DDI 0553 (Armv8-M), chapter C2, whose Main Extension has a few more.
//
// For example f103 0208, add r2, r3, #8, fits {0xfa00_8000, 0xf000_0000}: an operand
// in the lowest bits of the first halfword, a result in bits 11 to 8 of the second.

// operands is a set of places where an instruction names registers.
type operands uint16

const (
	// of 16-bit instructions
	fA    operands = 1 << iota // bits 2 to 0
	fB                         // 5 to 3
	fC                         // 8 to 6
	fE                         // 10 to 8
	fDN                        // 7, 2 to 0
	fM4                        // 6 to 3
	fList                      // a bit for each, r0 to r7
	fSP                        // none: the stack pointer
	fLR                        // none: the link register
	fPush                      // bit 8: the link register too
	fPC                        // none: the program counter

	fN  operands = 1 << (iota - 11) // 19 to 16
	fT                              // 15 to 12
	fD                              // 11 to 8
	fM                              // 3 to 0
	fL                              // a bit for each
	fWB                             // 19 to 16 if bit 21 is set
	fW8                             // 19 to 16 if bit 8 is set
	fLk                             // none: the link register
)

const (
	sp = 13
	lr = 14
	pc = 15
)

// callUses: r0 to r3, r12 and the link register (AAPCS32, 6.1.1).
const callUses relocs.Registers = 0x500f

// insnRow is a kind of instructions.
type insnRow struct {
	mask, match uint32
	reads, addr operands // values, and parts of addresses of memory
	writes      operands
	flow        relocs.Flow                    // FlowJump, where writes are: if the program counter is among them
	target      func([]byte) int64             // of a branch, less 4
	op          func(u uint32, s *relocs.Insn) // what is computed, if that can be an address
}

var shortRows = []insnRow{
	// Shift (immediate), add, subtract, move, compare: A5.2.1
	{0xf800, 0x1000, fB, 0, fA, relocs.FlowNext, nil, nil},      // ASR
	{0xf000, 0x0000, fB, 0, fA, relocs.FlowNext, nil, opShift},  // LSL, MOV, LSR
	{0xfc00, 0x1800, fB | fC, 0, fA, relocs.FlowNext, nil, nil}, // ADD, SUB of registers
	{0xfc00, 0x1c00, fB, 0, fA, relocs.FlowNext, nil, opAdd3},   // of three bits
	{0xf800, 0x2000, 0, 0, fE, relocs.FlowNext, nil, opMove8},   // MOV
	{0xf800, 0x2800, fE, 0, 0, relocs.FlowNext, nil, nil},       // CMP
	{0xf000, 0x3000, fE, 0, fE, relocs.FlowNext, nil, opAdd8},   // ADD, SUB
	// Data processing: A5.2.2
	{0xffc0, 0x4200, fA | fB, 0, 0, relocs.FlowNext, nil, nil},  // TST
	{0xff80, 0x4280, fA | fB, 0, 0, relocs.FlowNext, nil, nil},  // CMP, CMN
	{0xffc0, 0x4240, fB, 0, fA, relocs.FlowNext, nil, nil},      // RSB
	{0xffc0, 0x43c0, fB, 0, fA, relocs.FlowNext, nil, nil},      // MVN
	{0xfc00, 0x4000, fA | fB, 0, fA, relocs.FlowNext, nil, nil}, // the others
	// Special data and branch and exchange: A5.2.3
	{0xff00, 0x4400, fDN | fM4, 0, fDN, relocs.FlowJump, nil, opAddHigh}, // ADD
	{0xff00, 0x4500, fDN | fM4, 0, 0, relocs.FlowNext, nil, nil},         // CMP
	{0xff00, 0x4600, fM4, 0, fDN, relocs.FlowJump, nil, opMoveHigh},      // MOV
	{0xff80, 0x4700, fM4, 0, 0, relocs.FlowJump, nil, nil},               // BX
	{0xff80, 0x4780, fM4, 0, fLR, relocs.FlowCall, nil, nil},             // BLX
	// Loads and stores: A5.2.4
	{0xf800, 0x4800, fPC, 0, fE, relocs.FlowNext, nil, opLiteral},     // LDR of a literal
	{0xfc00, 0x5000, fA, fB | fC, 0, relocs.FlowNext, nil, nil},       // STR, STRH
	{0xfe00, 0x5400, fA, fB | fC, 0, relocs.FlowNext, nil, nil},       // STRB
	{0xfe00, 0x5800, 0, fB | fC, fA, relocs.FlowNext, nil, opLoadSum}, // LDR
	{0xf000, 0x5000, 0, fB | fC, fA, relocs.FlowNext, nil, nil},       // LDRSB and its like
	{0xf800, 0x6000, fA, fB, 0, relocs.FlowNext, nil, nil},            // STR
	{0xf800, 0x7000, fA, fB, 0, relocs.FlowNext, nil, nil},            // STRB
	{0xf800, 0x8000, fA, fB, 0, relocs.FlowNext, nil, nil},            // STRH
	{0xf800, 0x6800, 0, fB, fA, relocs.FlowNext, nil, opLoad},         // LDR
	{0xe000, 0x6000, 0, fB, fA, relocs.FlowNext, nil, nil},            // LDRB
	{0xf800, 0x8800, 0, fB, fA, relocs.FlowNext, nil, nil},            // LDRH
	{0xf800, 0x9000, fE, fSP, 0, relocs.FlowNext, nil, nil},           // STR
	{0xf800, 0x9800, 0, fSP, fE, relocs.FlowNext, nil, nil},           // LDR
	{0xf800, 0xa000, fPC, 0, fE, relocs.FlowNext, nil, nil},           // ADR
	{0xf800, 0xa800, fSP, 0, fE, relocs.FlowNext, nil, nil},           // ADD of SP
	{0xf800, 0xc000, fList, fE, fE, relocs.FlowNext, nil, nil},        // STM
	{0xf800, 0xc800, 0, fE, fE | fList, relocs.FlowNext, nil, nil},    // LDM
	// Miscellaneous: A5.2.5
	{0xff00, 0xb000, fSP, 0, fSP, relocs.FlowNext, nil, nil},             // ADD, SUB of SP
	{0xf500, 0xb100, fA, 0, 0, relocs.FlowBranch, readCB, nil},           // CBZ, CBNZ
	{0xff00, 0xb200, fB, 0, fA, relocs.FlowNext, nil, nil},               // SXTH and its like
	{0xfe00, 0xb400, fList | fPush, fSP, fSP, relocs.FlowNext, nil, nil}, // PUSH
	{0xffe0, 0xb660, 0, 0, 0, relocs.FlowNext, nil, nil},                 // CPS
	{0xffc0, 0xba80, 0, 0, 0, relocs.FlowStop, nil, nil},                 // HLT
	{0xff00, 0xba00, fB, 0, fA, relocs.FlowNext, nil, nil},               // REV and its like
	{0xff00, 0xbc00, 0, fSP, fSP | fList, relocs.FlowNext, nil, nil},     // POP
	{0xff00, 0xbd00, 0, fSP, fSP | fList, relocs.FlowStop, nil, nil},     // POP to PC
	{0xff00, 0xbe00, 0, 0, 0, relocs.FlowCall, nil, nil},                 // BKPT: semihosting is called so
	{0xff00, 0xbf00, 0, 0, 0, relocs.FlowNext, nil, opIfThen},            // IT, hints
	// Branches: A5.2.6
	{0xff00, 0xde00, 0, 0, 0, relocs.FlowStop, nil, nil}, // UDF
	{0xff00, 0xdf00, 0, 0, 0, relocs.FlowCall, nil, nil}, // SVC
	{0xf000, 0xd000, 0, 0, 0, relocs.FlowBranch, readB8, nil},
	{0xf800, 0xe000, 0, 0, 0, relocs.FlowGoto, readB11, nil},
}

var longRows = []insnRow{
	// Load and store multiple: A5.3.5
	{0xffd0_0000, 0xe880_0000, fL, fN, fWB, relocs.FlowNext, nil, nil},
	{0xffd0_0000, 0xe890_0000, 0, fN, fWB | fL, relocs.FlowJump, nil, nil},
	{0xffd0_0000, 0xe900_0000, fL, fN, fWB, relocs.FlowNext, nil, nil},
	{0xffd0_0000, 0xe910_0000, 0, fN, fWB | fL, relocs.FlowJump, nil, nil},
	// Load and store dual or exclusive, table branch: A5.3.6
	{0xffff_ffff, 0xe97f_e97f, 0, 0, 0, relocs.FlowNext, nil, nil}, // SG
	{0xff50_0000, 0xe940_0000, fT | fD, fN, fWB, relocs.FlowNext, nil, nil},
	{0xff50_0000, 0xe950_0000, 0, fN, fWB | fT | fD, relocs.FlowNext, nil, opLoadPair},
	{0xff70_0000, 0xe860_0000, fT | fD, fN, fWB, relocs.FlowNext, nil, nil},
	{0xff70_0000, 0xe870_0000, 0, fN, fWB | fT | fD, relocs.FlowNext, nil, opLoadPair},
	{0xfff0_f000, 0xe840_f000, fN, 0, fD, relocs.FlowNext, nil, nil},     // TT
	{0xfff0_0000, 0xe840_0000, fT, fN, fD, relocs.FlowNext, nil, nil},    // STREX
	{0xfff0_0000, 0xe850_0000, 0, fN, fT, relocs.FlowNext, nil, nil},     // LDREX
	{0xfff0_00c0, 0xe8c0_0040, fT, fN, fM, relocs.FlowNext, nil, nil},    // STREXB, STREXH
	{0xfff0_00c0, 0xe8c0_0080, fT, fN, 0, relocs.FlowNext, nil, nil},     // STL
	{0xfff0_00c0, 0xe8c0_00c0, fT, fN, fM, relocs.FlowNext, nil, nil},    // STLEX
	{0xfff0_00e0, 0xe8d0_0000, 0, fN | fM, 0, relocs.FlowJump, nil, nil}, // TBB, TBH
	{0xfff0_0000, 0xe8d0_0000, 0, fN, fT, relocs.FlowNext, nil, nil},     // LDREXB, LDA and their like
	// Data processing (shifted register): A5.3.11. Without a result, d is PC.
	{0xfe00_0000, 0xea00_0000, fN | fM, 0, fD, relocs.FlowNext, nil, nil},
	// Coprocessors and floating point: A5.3.18, A6
	{0xeff0_0000, 0xec40_0000, fN | fT, 0, 0, relocs.FlowNext, nil, nil}, // MCRR, VMOV
	{0xeff0_0000, 0xec50_0000, 0, 0, fN | fT, relocs.FlowNext, nil, nil}, // MRRC, VMOV
	{0xffe0_0f00, 0xec20_0a00, 0, fN, 0, relocs.FlowNext, nil, nil},      // VLSTM, VLLDM
	{0xee00_0000, 0xec00_0000, 0, fN, fWB, relocs.FlowNext, nil, nil},    // LDC, STC, VLDR, VSTR, VLDM, VSTM
	{0xef10_0010, 0xee00_0010, fT, 0, 0, relocs.FlowNext, nil, nil},      // MCR, VMOV, VMSR
	{0xef10_0010, 0xee10_0010, 0, 0, fT, relocs.FlowNext, nil, nil},      // MRC, VMOV, VMRS
	{0xef00_0010, 0xee00_0000, 0, 0, 0, relocs.FlowNext, nil, nil},       // CDP, floating point
	// Data processing (modified, plain binary immediate): A5.3.1, A5.3.3
	{0xfa00_8000, 0xf000_0000, fN, 0, fD, relocs.FlowNext, nil, nil},
	{0xfbf0_8000, 0xf240_0000, 0, 0, fD, relocs.FlowNext, nil, opMove16},  // MOVW
	{0xfbf0_8000, 0xf2c0_0000, fD, 0, fD, relocs.FlowNext, nil, nil},      // MOVT
	{0xfbf0_8000, 0xf360_0000, fN | fD, 0, fD, relocs.FlowNext, nil, nil}, // BFI, BFC
	{0xfa00_8000, 0xf200_0000, fN, 0, fD, relocs.FlowNext, nil, opPlain},
	// Branches and miscellaneous control: A5.3.4
	{0xf800_d000, 0xf000_d000, 0, 0, fLk, relocs.FlowCall, readB24, nil},
	{0xf800_d000, 0xf000_9000, 0, 0, 0, relocs.FlowGoto, readB24, nil},
	{0xffe0_d000, 0xf380_8000, fN, 0, 0, relocs.FlowNext, nil, nil}, // MSR
	{0xffe0_d000, 0xf3a0_8000, 0, 0, 0, relocs.FlowNext, nil, nil},  // hints, CPS, barriers
	{0xffe0_d000, 0xf3e0_8000, 0, 0, fD, relocs.FlowNext, nil, nil}, // MRS
	{0xfb80_d000, 0xf380_8000, 0, 0, 0, relocs.FlowStop, nil, nil},  // UDF and what is not of Cortex-M
	{0xf800_d000, 0xf000_8000, 0, 0, 0, relocs.FlowBranch, readB20, nil},
	// Loads and stores: A5.3.7 to A5.3.10. Loads of bytes to PC are hints.
	{0xff7f_0000, 0xf85f_0000, 0, fN, fT, relocs.FlowJump, nil, opLongLiteral},      // LDR
	{0xfff0_0000, 0xf8d0_0000, 0, fN, fT, relocs.FlowJump, nil, opLongLoad},         // LDR
	{0xfff0_0800, 0xf850_0800, 0, fN, fT | fW8, relocs.FlowJump, nil, opLoadBack},   // LDR
	{0xfff0_0fc0, 0xf850_0000, 0, fN | fM, fT, relocs.FlowJump, nil, opLongLoadSum}, // LDR
	{0xfe1f_0000, 0xf81f_0000, 0, fN, fT, relocs.FlowNext, nil, nil},
	{0xff90_0000, 0xf880_0000, fT, fN, 0, relocs.FlowNext, nil, nil},
	{0xff90_0800, 0xf800_0800, fT, fN, fW8, relocs.FlowNext, nil, nil},
	{0xff90_0fc0, 0xf800_0000, fT, fN | fM, 0, relocs.FlowNext, nil, nil},
	{0xfe90_0000, 0xf890_0000, 0, fN, fT, relocs.FlowNext, nil, nil},
	{0xfe90_0800, 0xf810_0800, 0, fN, fT | fW8, relocs.FlowNext, nil, nil},
	{0xfe90_0fc0, 0xf810_0000, 0, fN | fM, fT, relocs.FlowNext, nil, nil},
	// Data processing (register), multiply: A5.3.12 to A5.3.17
	{0xfff0_f0c0, 0xfa90_f080, fN, 0, fD, relocs.FlowNext, nil, nil}, // REV and its like: the operand is there twice
	{0xfff0_f0c0, 0xfab0_f080, fN, 0, fD, relocs.FlowNext, nil, nil}, // CLZ
	{0xff00_f000, 0xfa00_f000, fN | fM, 0, fD, relocs.FlowNext, nil, nil},
	{0xff80_0000, 0xfb00_0000, fN | fM | fT, 0, fD, relocs.FlowNext, nil, nil},
	{0xffd0_00f0, 0xfb90_00f0, fN | fM, 0, fD, relocs.FlowNext, nil, nil},      // SDIV, UDIV
	{0xffd0_00f0, 0xfb80_0000, fN | fM, 0, fT | fD, relocs.FlowNext, nil, nil}, // SMULL, UMULL
	{0xffc0_0000, 0xfbc0_0000, fN | fM | fT | fD, 0, fT | fD, relocs.FlowNext, nil, nil},
}

// decode decodes an instruction.
func decode(b []byte) relocs.Insn {
	s := relocs.Insn{Size: 2, Base: -1, Flow: relocs.FlowStop, SetsFlags: true}
	if len(b) < 2 {
		return s
	}
	u, rows, named := uint32(le.Uint16(b)), shortRows, shortFields
	if u >= 0xe800 {
		if len(b) < 4 {
			return s
		}
		s.Size, rows, named = 4, longRows, longFields
		u = u<<16 | uint32(le.Uint16(b[2:]))
	}
	for i := range rows {
		r := &rows[i]
		if u&r.mask != r.match {
			continue
		}
		values, found, set := named(u, r.reads), named(u, r.addr), named(u, r.writes)
		s.Flow = r.flow
		switch {
		case r.target != nil:
			s.Target = r.target(b) + 4
		case r.flow != relocs.FlowJump:
		case r.writes != 0 && !set.Has(pc):
			s.Flow = relocs.FlowNext
		case values.Has(lr) || found.Has(sp):
			s.Flow = relocs.FlowStop // a return
		}
		s.Placed = r.target != nil || found.Has(pc) || s.Size == 2 && values.Has(pc)
		const pc relocs.Registers = 1 << pc
		s.Reads, s.Writes = (values|found)&^pc, set&^pc
		if s.Flow == relocs.FlowNext && (s.Writes != 0 || found != 0) {
			s.Sources = values &^ pc
		}
		if r.op != nil {
			r.op(u, &s)
		}
		s.SetsFlags = mayFlag(b, &s)
		return s
	}
	return s
}

// shortFields returns the registers that fields of a 16-bit instruction name.
func shortFields(h uint32, f operands) (r relocs.Registers) {
	for ; f != 0; f &= f - 1 {
		switch f & -f {
		case fA:
			r |= relocs.One(h & 7)
		case fB:
			r |= relocs.One(h >> 3 & 7)
		case fC:
			r |= relocs.One(h >> 6 & 7)
		case fE:
			r |= relocs.One(h >> 8 & 7)
		case fDN:
			r |= relocs.One(h>>4&8 | h&7)
		case fM4:
			r |= relocs.One(h >> 3 & 15)
		case fList:
			r |= relocs.Registers(h & 0xff)
		case fSP:
			r |= relocs.One(sp)
		case fLR:
			r |= relocs.One(lr)
		case fPush:
			r |= relocs.Registers(h >> 8 & 1 << lr)
		case fPC:
			r |= relocs.One(pc)
		}
	}
	return r
}

// longFields returns those of a 32-bit instruction.
func longFields(u uint32, f operands) (r relocs.Registers) {
	for ; f != 0; f &= f - 1 {
		switch f & -f {
		case fN:
			r |= relocs.One(u >> 16 & 15)
		case fT:
			r |= relocs.One(u >> 12 & 15)
		case fD:
			r |= relocs.One(u >> 8 & 15)
		case fM:
			r |= relocs.One(u & 15)
		case fL:
			r |= relocs.Registers(u & 0xffff)
		case fWB:
			r |= relocs.Registers(u>>21&1) << (u >> 16 & 15)
		case fW8:
			r |= relocs.Registers(u>>8&1) << (u >> 16 & 15)
		case fLk:
			r |= relocs.One(lr)
		}
	}
	return r
}
