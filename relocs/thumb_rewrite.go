package relocs

// Addresses in Thumb instructions, and how they get out of there.
//
// MOVW and MOVT each hold half of an address; compilers put other instructions
// between them, and one MOVT may serve the MOVWs of two paths. The address goes
// into a word of a pool near the code: the MOVW becomes a load of that word, which
// has the whole address, and the MOVT does nothing. Both replacements are as long
// and may be as conditional as what they replace. It only takes that nothing
// reads the register in between.

const whyHalves = "compile it position-independent (-fpic), or with literal pools (clang: -mno-movt)"

var (
	// 11110 i 100100 imm4 | 0 imm3 Rd imm8        MOVW, encoding T3
	thumbMOVW = &Field{
		Name: "MOVW", Size: 4, Min: -1 << 31, Max: 1<<32 - 1, Align: 1, Below: 16,
		Mask: 0x8000_fbf0, Match: 0x0000_f240, Read: readImm16, Write: writeImm16,
	}
	// 11110 i 101100 imm4 | 0 imm3 Rd imm8        MOVT, encoding T1. A REL object's
	// addend is the 16 bits as a number (AAELF32 5.6.1), not as the upper half.
	thumbMOVT = &Field{
		Name: "MOVT", Size: 4, Min: -1 << 31, Max: 1<<32 - 1, Align: 1, Above: 16,
		Mask: 0x8000_fbf0, Match: 0x0000_f2c0, Read: readUpper16, Write: writeUpper16, Addend: readImm16,
	}
	// 11111000 U 1011111 | Rt imm12               LDR.W, encoding T2
	thumbLDR = &Field{
		Name: "LDR.W", Size: 4, Min: -4092, Max: 4092, Align: 4, PCAdd: 4, PCMask: 3,
		Mask: 0x0000_ff7f, Match: 0x0000_f85f, Read: readLDR, Write: writeLDR,
	}

	thumbAsLDR = &Insn{Size: 4, Mask: 0x8000_fbf0, Match: 0x0000_f240, Code: 0x0000_f8df, Keep: 0x0f00_0000, Shift: 4}
	thumbAsNOP = &Insn{Size: 4, Mask: 0x8000_fbf0, Match: 0x0000_f2c0, Code: 0x8000_f3af}

	thumbMOVWAsLDR = &Howto{Type: 47, Name: "R_ARM_THM_MOVW_ABS_NC (as LDR)", Kind: Pooled, Field: thumbLDR, Mode: true, Insn: thumbAsLDR, Spec: armThumb32, Why: whyHalves}
	thumbMOVTAsNOP = &Howto{Type: 48, Name: "R_ARM_THM_MOVT_ABS (as NOP)", Kind: Fixed, Insn: thumbAsNOP, Spec: armThumb32, Why: whyHalves}
)

// imm16 is imm4 : i : imm3 : imm8.
func readImm16(b []byte) int64 {
	u := le.Uint32(b)
	return signExtend(u&0xf<<12|u>>10&1<<11|u>>28&7<<8|u>>16&0xff, 16)
}

func writeImm16(b []byte, v int64) {
	u := uint32(v)
	le.PutUint32(b, le.Uint32(b)&^0x70ff_040f|u>>12&0xf|u>>11&1<<10|u>>8&7<<28|u&0xff<<16)
}

func readUpper16(b []byte) int64     { return readImm16(b) << 16 }
func writeUpper16(b []byte, v int64) { writeImm16(b, v>>16) }

func readLDR(b []byte) int64 {
	u := le.Uint32(b)
	if v := int64(u >> 16 & 0xfff); u>>7&1 == 1 {
		return v
	} else {
		return -v
	}
}

func writeLDR(b []byte, v int64) {
	add := uint32(1)
	if v < 0 {
		add, v = 0, -v
	}
	le.PutUint32(b, le.Uint32(b)&^0x0fff_0080|uint32(v)&0xfff<<16|add<<7)
}

// callUses are the registers that a function is given or may change.
const callUses Registers = 0x500f

// thumbStep decodes an instruction (DDI 0403E, chapter A5). Of Writes it only has
// the register of MOVW and MOVT; Uses is complete and may be too much, where parts
// of instructions are registers or something else.
func thumbStep(b []byte) Step {
	s := Step{Size: 2, Base: -1, Flow: FlowStop}
	if len(b) < 2 {
		return s
	}
	h := uint32(le.Uint16(b))
	switch {
	case h < 0xe800:
		s.Flow = FlowNext
		thumbShort(&s, h, b)
	case len(b) >= 4:
		s.Size, s.Flow = 4, FlowNext
		thumbLong(&s, h, uint32(le.Uint16(b[2:])), b)
	}
	return s
}

// low returns the registers r0 to r7 that three bits at each position name.
func low(h uint32, at ...int) (r Registers) {
	for _, n := range at {
		r |= one(h >> n & 7)
	}
	return r
}

func thumbShort(s *Step, h uint32, b []byte) {
	switch {
	case h < 0x1800: // shifts
		s.Uses = low(h, 0, 3)
	case h < 0x2000: // add and subtract three
		s.Uses = low(h, 0, 3, 6)
	case h < 0x4000: // eight-bit immediates
		s.Uses = low(h, 8)
	case h < 0x4400:
		s.Uses = low(h, 0, 3)
	case h < 0x4700: // add, cmp, mov of any registers
		rd := h>>4&8 | h&7
		s.Uses = one(rd) | one(h>>3&15)
		if rd == 15 {
			s.Flow = FlowJump
		}
	case h < 0x4780: // bx
		s.Uses, s.Flow = one(h>>3&15)|callUses, FlowStop
	case h < 0x4800: // blx
		s.Uses, s.Flow = one(h>>3&15)|callUses, FlowCall
	case h < 0x5000: // ldr from a literal
		s.Uses = low(h, 8)
	case h < 0x6000:
		s.Uses = low(h, 0, 3, 6)
	case h < 0x9000:
		s.Uses = low(h, 0, 3)
	case h < 0xb000: // relative to sp and pc
		s.Uses = low(h, 8)
	case h < 0xc000:
		thumbMisc(s, h, b)
	case h < 0xd000: // stm, ldm
		s.Uses = low(h, 8) | Registers(h&0xff)
	case h < 0xde00:
		s.Flow, s.Target = FlowBranch, readB8(b)+4
	case h < 0xdf00: // udf
		s.Flow = FlowStop
	case h < 0xe000: // svc
		s.Uses = callUses
	default:
		s.Flow, s.Target = FlowGoto, readB11(b)+4
	}
}

func thumbMisc(s *Step, h uint32, b []byte) {
	switch {
	case h&0xf500 == 0xb100: // cbz, cbnz
		s.Uses, s.Flow, s.Target = low(h, 0), FlowBranch, readCB(b)+4
	case h&0xf600 == 0xb400: // push, pop
		s.Uses = Registers(h&0xff) | Registers(h&0x100)<<6
		if h&0x0900 == 0x0900 {
			s.Flow = FlowStop // pop to pc
		}
	case h>>8 == 0xb2, h>>8 == 0xba: // extensions, rev
		s.Uses = low(h, 0, 3)
	case h>>8 == 0xbe: // bkpt
		s.Flow = FlowStop
	}
}

func thumbLong(s *Step, h, l uint32, b []byte) {
	rn, rt, rd, rm := one(h&15), one(l>>12), one(l>>8&15), one(l&15)
	switch {
	case h < 0xea00 && h&0x40 == 0: // stm, ldm
		s.Uses = rn | Registers(l)
		if h&0x10 != 0 && l>>15 != 0 {
			s.Flow = FlowStop // load of pc
		}
	case h < 0xea00 && h&0x120 != 0: // pairs, at an immediate distance
		s.Uses = rn | rt | rd
	case h < 0xea00: // exclusives, tables of branches
		s.Uses = rn | rt | rd | rm
		if h&0xfff0 == 0xe8d0 && l&0xffe0 == 0xf000 {
			s.Flow = FlowJump
		}
	case h < 0xec00: // register and shifted register
		s.Uses = rn | rd | rm
	case h < 0xf000: // floating point and other coprocessors
		s.Uses = rn | rt
	case h < 0xf800 && l>>15 == 0: // immediates
		s.Uses = rn | rd
		if half := h & 0xfbf0; half == 0xf240 || half == 0xf2c0 {
			s.Uses, s.Writes = rd, rd
		}
	case h < 0xf800 && l&0x5000 == 0x5000: // bl
		s.Uses, s.Flow = callUses, FlowCall
	case h < 0xf800 && l&0x5000 == 0x1000: // b.w
		s.Flow, s.Target = FlowGoto, readB24(b)+4
	case h < 0xf800 && h>>7&7 != 7: // b<c>.w
		s.Flow, s.Target = FlowBranch, readB20(b)+4
	case h&0xffe0 == 0xf380: // msr
		s.Uses = rn
	case h == 0xf3ef: // mrs
		s.Uses = rd
	case h < 0xf800: // barriers, hints; udf
		if h&0xfff0 == 0xf7f0 {
			s.Flow = FlowStop
		}
	case h < 0xfa00: // load and store
		s.Uses = rn | rt
		if h&0x80 == 0 && h&15 != 15 && l&0xfc0 == 0 { // from PC down there are 12 bits of distance
			s.Uses |= rm
		}
		if h&0x50 == 0x50 && l>>12 == 15 {
			s.Flow = FlowStop // load of pc
		}
	case h < 0xfc00: // registers, products
		s.Uses = rn | rt | rd | rm
	default:
		s.Uses = rn | rt
	}
}
