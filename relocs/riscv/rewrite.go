package riscv

import "mpyld/relocs"

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
	luiAsJ   = &relocs.Replacement{Size: 4, Mask: 0x7f, Match: 0x37, Code: 0x6f}
	auipcAsJ = &relocs.Replacement{Size: 4, Mask: 0x7f, Match: 0x17, Code: 0x6f}

	loadAll = &relocs.Rewrite{Name: "R_RISCV_PCREL_HI20 (by a load)", Part: relocs.Whole, Needs: relocs.NeedThunk | relocs.NeedSlot, Replacement: auipcAsJ, Field: fieldJ, Why: whyMedlow}

	// imm[31:12] rd 0010111, then imm[11:0] rs1 funct3 rd opcode: both parts
	fieldPair   = parts("AUIPC+ADDI", 0x13)
	fieldLoad32 = parts("AUIPC+LW", 0x2003)
	fieldLoad64 = parts("AUIPC+LD", 0x3003)

	thunk = relocs.Thunk{
		Code: []byte{
			0x17, 0, 0, 0, // auipc rd, VALUE
			0x13, 0, 0, 0, // addi rd, rd, VALUE
			0x6f, 0, 0, 0, // j BACK
		},
		Reg: []int{7, 32 + 7, 32 + 15}, Value: fieldPair, Back: fieldJ, At: 8,
	}

	// The same with a load: what the firmware relocates is a word.
	loadingThunk32 = loadingThunk(0x20, fieldLoad32)
	loadingThunk64 = loadingThunk(0x30, fieldLoad64)

	luiAsAUIPC = &relocs.Replacement{Size: 4, Mask: 0x7f, Match: 0x37, Code: 0x17, Keep: 0xf80}

	// 0000000 00100 rs1 000 rd 0110011          add rd, rs1, tp -> add rd, rs1, zero
	addZero = &relocs.Replacement{Size: 4, Mask: 0xfff0_707f, Match: 0x0040_0033, Code: 0x33, Keep: 0x000f_8f80}
)

// upper returns what may become of a LUI, lower of the instruction that adds its
// lower part.
func upper(name string) []*relocs.Rewrite {
	return []*relocs.Rewrite{
		{Name: name + " (as AUIPC)", Part: relocs.Upper, Replacement: luiAsAUIPC, Field: fieldAUIPC, Why: whyMedlow},
		{Name: name + " (by a thunk)", Part: relocs.Upper, Needs: relocs.NeedThunk, Replacement: luiAsJ, Field: fieldJ, Why: whyMedlow},
		{Name: name + " (by a load)", Part: relocs.Upper, Needs: relocs.NeedThunk | relocs.NeedSlot, Replacement: luiAsJ, Field: fieldJ, Why: whyMedlow},
	}
}

func lower(name string, f *relocs.Field) []*relocs.Rewrite {
	return []*relocs.Rewrite{{Name: name, Part: relocs.Lower, Field: f, Why: whyMedlow}}
}

// parts returns the field of AUIPC and an instruction that adds the rest.
func parts(name string, second uint64) *relocs.Field {
	return &relocs.Field{
		Name: name, Size: 8, Min: cutMin, Max: cutMax, Align: 1,
		Mask: 0x0000_707f_0000_007f, Match: second<<32 | 0x17, Read: readCall, Write: writeCall,
	}
}

// loadingThunk returns a thunk that loads with the instruction that has a funct3.
func loadingThunk(funct3 byte, f *relocs.Field) relocs.Thunk {
	return relocs.Thunk{
		Code: []byte{
			0x17, 0, 0, 0, // auipc rd, WORD
			0x03, funct3, 0, 0, // lw or ld rd, WORD(rd)
			0x6f, 0, 0, 0, // j BACK
		},
		Reg: []int{7, 32 + 7, 32 + 15}, Value: f, From: 4, Back: fieldJ, At: 8,
	}
}
