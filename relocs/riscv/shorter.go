package riscv

import "mpyld/relocs"

// A call is AUIPC and JALR, which reach everything. Most functions are near: JAL reaches 1 MiB,
// and its compressed forms 2 KiB, which have no room for a link register: C.J has none, C.JAL has ra
// and is of RV32 alone (RISC-V psABI, "Function Call Relaxation"). What AUIPC leaves in its register is
// nobody's: where it is not overwritten by JALR, it is t1 of a tail call, or what the psABI gives to
// procedure linkage.
//
//	auipc t1, 0; jr 0(t1)         c.j, j
//	auipc ra, 0; jalr ra, 0(ra)   c.jal, jal ra

const (
	typeJAL, typeRVCJump, typeRelax = 17, 45, 51

	jalrRD = 0x1f << (32 + 7) // of the instruction behind AUIPC
)

// shorterCalls returns the ways of a call.
func shorterCalls(rv32 bool) []*relocs.Shorter {
	to := func(rd int, code uint32) *relocs.Shorter {
		return &relocs.Shorter{
			Mark: typeRelax, Size: 8, Mask: fieldCall.Mask | jalrRD, Match: fieldCall.Match | uint64(rd)<<(32+7),
			Len: 2, Code: code, To: typeRVCJump,
		}
	}
	jal := &relocs.Shorter{
		Mark: typeRelax, Size: 8, Mask: fieldCall.Mask, Match: fieldCall.Match,
		Len: 4, Code: 0x6f, Keep: jalrRD, Shift: 32, To: typeJAL,
	}
	cj, cjal := to(0, 0xa001), to(1, 0x2001)
	if rv32 {
		return []*relocs.Shorter{cj, cjal, jal}
	}
	return []*relocs.Shorter{cj, jal}
}
