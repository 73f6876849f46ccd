package arm

import "mpyld/relocs"

// Addresses in Thumb instructions, and how they get out of there.
//
// MOVW and MOVT each hold half of an address; compilers put other instructions
// between them, and one MOVT may serve the MOVWs of two paths. The address goes
// into a word of a pool near the code: the MOVW becomes a load of that word, which
// has the whole address, and the MOVT does nothing. Both replacements are as long
// and may be as conditional as what they replace. It only takes that nothing
// reads the register in between.
//
// Where something does, or copies it, or where that cannot be known, the MOVW becomes an
// LDRH of the lower half of the word, which is just what it was, and each MOVT an LDR of the
// whole word. That takes that the lower half which a MOVT keeps was that of the same address.
//
// In the middle of a function of more than 8 KB no pool is near. A load is moved
// then, to where one is, and a B.W takes its place: with the whole IT block that it
// may be in, since only the last instruction of one may jump.

const (
	whyHalves = "compile it position-independent (-fpic), or with literal pools (clang: -mno-movt)"
	whyCalled = "GCC keeps values in registers that it knows the function to leave alone: compile with -fno-ipa-ra" // (GCC manual, -fipa-ra)
)

var (
	// 11110 i 100100 imm4 | 0 imm3 Rd imm8        MOVW, encoding T3
	fieldMOVW = &relocs.Field{
		Name: "MOVW", Size: 4, Min: -1 << 31, Max: 1<<32 - 1, Align: 1, LowPart: 16,
		Mask: 0x8000_fbf0, Match: 0x0000_f240, Read: readImm16, Write: writeImm16,
	}
	// 11110 i 101100 imm4 | 0 imm3 Rd imm8        MOVT, encoding T1. A REL object's
	// addend is the 16 bits as a number (AAELF32 5.6.1), not as the upper half.
	fieldMOVT = &relocs.Field{
		Name: "MOVT", Size: 4, Min: -1 << 31, Max: 1<<32 - 1, Align: 1, HighPart: 16,
		Mask: 0x8000_fbf0, Match: 0x0000_f2c0, Read: readUpper16, Write: writeUpper16, Addend: readImm16,
	}
	// 11111000 U 1011111 | Rt imm12               LDR.W, encoding T2
	fieldLDR = &relocs.Field{
		Name: "LDR.W", Size: 4, Min: -4092, Max: 4092, Align: 4, PCAdd: 4, PCMask: 3,
		Mask: 0x0000_ff7f, Match: 0x0000_f85f, Read: readLDR, Write: writeLDR,
	}

	// 11111000 U 0111111 | Rt imm12               LDRH, literal, encoding T1
	fieldLDRH = &relocs.Field{
		Name: "LDRH.W", Size: 4, Min: -4092, Max: 4092, Align: 4, PCAdd: 4, PCMask: 3,
		Mask: 0x0000_ff7f, Match: 0x0000_f83f, Read: readLDR, Write: writeLDR,
	}

	asLDR    = &relocs.Replacement{Size: 4, Mask: 0x8000_fbf0, Match: 0x0000_f240, Code: 0x0000_f8df, Keep: 0x0f00_0000, Shift: 4}
	asLDRH   = &relocs.Replacement{Size: 4, Mask: 0x8000_fbf0, Match: 0x0000_f240, Code: 0x0000_f8bf, Keep: 0x0f00_0000, Shift: 4}
	asLDRToo = &relocs.Replacement{Size: 4, Mask: 0x8000_fbf0, Match: 0x0000_f2c0, Code: 0x0000_f8df, Keep: 0x0f00_0000, Shift: 4}
	asNOP    = &relocs.Replacement{Size: 4, Mask: 0x8000_fbf0, Match: 0x0000_f2c0, Code: 0x8000_f3af}

	movwAsLDR = &relocs.Rewrite{Name: "R_ARM_THM_MOVW_ABS_NC (as LDR)", Part: relocs.Whole, Needs: relocs.NeedPool, Replacement: asLDR, Field: fieldLDR, Why: whyHalves, WhyCall: whyCalled}
	movwMoved = &relocs.Rewrite{Name: "R_ARM_THM_MOVW_ABS_NC (as LDR in a thunk)", Part: relocs.Whole, Needs: relocs.NeedPool | relocs.NeedThunk, Replacement: asLDR, Field: fieldLDR, Why: whyHalves}
	movtAsNOP = &relocs.Rewrite{Name: "R_ARM_THM_MOVT_ABS (as NOP)", Part: relocs.Erased, Replacement: asNOP, Why: whyHalves}

	movwAsLDRH    = &relocs.Rewrite{Name: "R_ARM_THM_MOVW_ABS_NC (as LDRH)", Part: relocs.Half, Needs: relocs.NeedPool, Replacement: asLDRH, Field: fieldLDRH, Why: whyHalves}
	movwHalfMoved = &relocs.Rewrite{Name: "R_ARM_THM_MOVW_ABS_NC (as LDRH in a thunk)", Part: relocs.Half, Needs: relocs.NeedPool | relocs.NeedThunk, Replacement: asLDRH, Field: fieldLDRH, Why: whyHalves}
	movtAsLDR     = &relocs.Rewrite{Name: "R_ARM_THM_MOVT_ABS (as LDR)", Part: relocs.Whole, Needs: relocs.NeedPool, Replacement: asLDRToo, Field: fieldLDR, Why: whyHalves}
	movtMoved     = &relocs.Rewrite{Name: "R_ARM_THM_MOVT_ABS (as LDR in a thunk)", Part: relocs.Whole, Needs: relocs.NeedPool | relocs.NeedThunk, Replacement: asLDRToo, Field: fieldLDR, Why: whyHalves}
)

// imm16 is imm4 : i : imm3 : imm8.
func readImm16(b []byte) int64 {
	u := le.Uint32(b)
	return relocs.SignExtend(u&0xf<<12|u>>10&1<<11|u>>28&7<<8|u>>16&0xff, 16)
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
