package relocs

// Arm for a linker: Cortex-M, so Thumb only.
//
// A function's address has bit 0 set when its code is Thumb; the ELF symbol
// carries that bit in its value and AAELF32 calls it T. Stored addresses have
// it (ABS32, REL32: (S + A) | T); branch fields do not, since a BL stays in
// the instruction set it is in. Arm-state code cannot run on these cores, so
// every relocation of an Arm-state instruction is refused.
//
// Objects are REL: the addend is what the field holds, -4 for branches
// because PC reads 4 ahead.
//
// Position-independent code (gcc -fpic) keeps the table's distance in a
// literal (BASE_PREL) and adds slot offsets to it (GOT_BREL), or loads a slot's
// distance directly (GOT_PREL). Code compiled -fno-pic keeps plain addresses in
// its literal pools (ABS32), which the firmware can relocate, since a pool is
// made of aligned words, or in MOVW and MOVT, which are rewritten
// (thumb_rewrite.go).
//
// Spec sections are those of AAELF32 (Arm IHI 0044, release 2023Q3).

import "debug/elf"

const (
	armMisc    = "AAELF32 5.7.3"
	armData    = "AAELF32 5.7.4 (static data)"
	armInsn    = "AAELF32 5.7.5 (static Arm)"
	armThumb16 = "AAELF32 5.7.6 (static Thumb16)"
	armThumb32 = "AAELF32 5.7.7 (static Thumb32)"
	armDynamic = "AAELF32 5.7.10 (dynamic)"

	whyArmState     = "Arm-state code cannot run on Cortex-M: compile with -mthumb"
	whyStaticBase   = "addresses relative to a static base register: compile without -frwpi, -msingle-pic-base, -mno-pic-data-is-text-relative and -mfdpic"
	whyThumbAbs     = "an absolute address in a Thumb instruction cannot be relocated at load time: load it from a literal pool"
	whyThumbLiteral = "a load of another section's literal: keep the literal in the section that uses it"
	whyExecuteOnly  = "an address built from byte immediates cannot be relocated at load time: compile without -mexecute-only (-mpure-code)"
)

var armHowtos = []Howto{
	{Type: 0, Name: "R_ARM_NONE", Kind: Nothing, Spec: armMisc},
	{Type: 1, Name: "R_ARM_PC24", Kind: Refused, Spec: armInsn, Why: whyArmState},
	{Type: 2, Name: "R_ARM_ABS32", Kind: Abs, Field: word32, Mode: true, Spec: armData},
	{Type: 3, Name: "R_ARM_REL32", Kind: PCRel, Field: word32, Mode: true, Spec: armData},
	{Type: 4, Name: "R_ARM_LDR_PC_G0", Kind: Refused, Spec: armInsn, Why: whyArmState},
	{Type: 5, Name: "R_ARM_ABS16", Kind: Abs, Field: word16, Spec: armData},
	{Type: 6, Name: "R_ARM_ABS12", Kind: Refused, Spec: armInsn, Why: whyArmState},
	{Type: 7, Name: "R_ARM_THM_ABS5", Kind: Refused, Spec: armThumb16, Why: whyThumbAbs},
	{Type: 8, Name: "R_ARM_ABS8", Kind: Abs, Field: word8, Spec: armData},
	{Type: 9, Name: "R_ARM_SBREL32", Kind: Refused, Spec: armData, Why: whyStaticBase},
	{Type: 10, Name: "R_ARM_THM_CALL", Kind: PCRel, Field: thumbBL, Branch: true, Spec: armThumb32},
	{Type: 11, Name: "R_ARM_THM_PC8", Kind: Refused, Spec: armThumb16, Why: whyThumbLiteral},
	{Type: 13, Name: "R_ARM_TLS_DESC", Kind: Refused, Spec: armDynamic, Why: whyTLS},
	{Type: 14, Name: "R_ARM_THM_SWI8", Kind: Refused, Spec: armThumb16, Why: whyThumbAbs},
	{Type: 16, Name: "R_ARM_THM_XPC22", Kind: Refused, Spec: armThumb32, Why: whyArmState},
	{Type: 17, Name: "R_ARM_TLS_DTPMOD32", Kind: Refused, Spec: armDynamic, Why: whyTLS},
	{Type: 18, Name: "R_ARM_TLS_DTPOFF32", Kind: Refused, Spec: armDynamic, Why: whyTLS},
	{Type: 19, Name: "R_ARM_TLS_TPOFF32", Kind: Refused, Spec: armDynamic, Why: whyTLS},
	{Type: 20, Name: "R_ARM_COPY", Kind: Refused, Spec: armDynamic, Why: whyDynamic},
	{Type: 21, Name: "R_ARM_GLOB_DAT", Kind: Refused, Spec: armDynamic, Why: whyDynamic},
	{Type: 22, Name: "R_ARM_JUMP_SLOT", Kind: Refused, Spec: armDynamic, Why: whyDynamic},
	{Type: 23, Name: "R_ARM_RELATIVE", Kind: Refused, Spec: armDynamic, Why: whyDynamic},
	{Type: 24, Name: "R_ARM_GOTOFF32", Kind: FromGOT, Field: word32, Mode: true, Spec: armData},
	{Type: 25, Name: "R_ARM_BASE_PREL", Kind: GOTBaseRel, Field: word32, Spec: armData},
	{Type: 26, Name: "R_ARM_GOT_BREL", Kind: GOTSlotOff, Field: word32, Spec: armData},
	{Type: 27, Name: "R_ARM_PLT32", Kind: Refused, Spec: armInsn, Why: whyArmState},
	{Type: 28, Name: "R_ARM_CALL", Kind: Refused, Spec: armInsn, Why: whyArmState},
	{Type: 29, Name: "R_ARM_JUMP24", Kind: Refused, Spec: armInsn, Why: whyArmState},
	{Type: 30, Name: "R_ARM_THM_JUMP24", Kind: PCRel, Field: thumbBW, Branch: true, Spec: armThumb32},
	{Type: 31, Name: "R_ARM_BASE_ABS", Kind: Refused, Spec: armData, Why: whyStaticBase},
	{Type: 32, Name: "R_ARM_ALU_PCREL_7_0", Kind: Refused, Spec: armInsn, Why: whyArmState},
	{Type: 33, Name: "R_ARM_ALU_PCREL_15_8", Kind: Refused, Spec: armInsn, Why: whyArmState},
	{Type: 34, Name: "R_ARM_ALU_PCREL_23_15", Kind: Refused, Spec: armInsn, Why: whyArmState},
	{Type: 35, Name: "R_ARM_LDR_SBREL_11_0_NC", Kind: Refused, Spec: armInsn, Why: whyStaticBase},
	{Type: 36, Name: "R_ARM_ALU_SBREL_19_12_NC", Kind: Refused, Spec: armInsn, Why: whyStaticBase},
	{Type: 37, Name: "R_ARM_ALU_SBREL_27_20_CK", Kind: Refused, Spec: armInsn, Why: whyStaticBase},
	{Type: 38, Name: "R_ARM_TARGET1", Kind: Abs, Field: word32, Mode: true, Spec: armMisc},
	{Type: 39, Name: "R_ARM_SBREL31", Kind: Refused, Spec: armInsn, Why: whyStaticBase},
	{Type: 40, Name: "R_ARM_V4BX", Kind: Nothing, Spec: armMisc},
	{Type: 41, Name: "R_ARM_TARGET2", Kind: PCRel, Field: word32, Mode: true, Spec: armMisc},
	{Type: 42, Name: "R_ARM_PREL31", Kind: PCRel, Field: prel31, Mode: true, Spec: armData},
	{Type: 43, Name: "R_ARM_MOVW_ABS_NC", Kind: Refused, Spec: armInsn, Why: whyArmState},
	{Type: 44, Name: "R_ARM_MOVT_ABS", Kind: Refused, Spec: armInsn, Why: whyArmState},
	{Type: 45, Name: "R_ARM_MOVW_PREL_NC", Kind: Refused, Spec: armInsn, Why: whyArmState},
	{Type: 46, Name: "R_ARM_MOVT_PREL", Kind: Refused, Spec: armInsn, Why: whyArmState},
	{Type: 47, Name: "R_ARM_THM_MOVW_ABS_NC", Kind: Abs, Field: thumbMOVW, Mode: true, Rewrite: thumbMOVWAsLDR, Spec: armThumb32},
	{Type: 48, Name: "R_ARM_THM_MOVT_ABS", Kind: Abs, Field: thumbMOVT, Rewrite: thumbMOVTAsNOP, Spec: armThumb32},
	{Type: 49, Name: "R_ARM_THM_MOVW_PREL_NC", Kind: PCRel, Field: thumbMOVW, Mode: true, Spec: armThumb32},
	{Type: 50, Name: "R_ARM_THM_MOVT_PREL", Kind: PCRel, Field: thumbMOVT, Spec: armThumb32},
	{Type: 51, Name: "R_ARM_THM_JUMP19", Kind: PCRel, Field: thumbBcondW, Branch: true, Spec: armThumb32},
	{Type: 52, Name: "R_ARM_THM_JUMP6", Kind: PCRel, Field: thumbCB, Branch: true, Next: -2, Spec: armThumb16},
	{Type: 53, Name: "R_ARM_THM_ALU_PREL_11_0", Kind: Refused, Spec: armThumb32, Why: whyThumbLiteral},
	{Type: 54, Name: "R_ARM_THM_PC12", Kind: Refused, Spec: armThumb32, Why: whyThumbLiteral},
	{Type: 55, Name: "R_ARM_ABS32_NOI", Kind: Abs, Field: word32, Spec: armData},
	{Type: 56, Name: "R_ARM_REL32_NOI", Kind: PCRel, Field: word32, Spec: armData},
	{Type: 57, Name: "R_ARM_ALU_PC_G0_NC", Kind: Refused, Spec: armInsn, Why: whyArmState},
	{Type: 58, Name: "R_ARM_ALU_PC_G0", Kind: Refused, Spec: armInsn, Why: whyArmState},
	{Type: 59, Name: "R_ARM_ALU_PC_G1_NC", Kind: Refused, Spec: armInsn, Why: whyArmState},
	{Type: 60, Name: "R_ARM_ALU_PC_G1", Kind: Refused, Spec: armInsn, Why: whyArmState},
	{Type: 61, Name: "R_ARM_ALU_PC_G2", Kind: Refused, Spec: armInsn, Why: whyArmState},
	{Type: 62, Name: "R_ARM_LDR_PC_G1", Kind: Refused, Spec: armInsn, Why: whyArmState},
	{Type: 63, Name: "R_ARM_LDR_PC_G2", Kind: Refused, Spec: armInsn, Why: whyArmState},
	{Type: 64, Name: "R_ARM_LDRS_PC_G0", Kind: Refused, Spec: armInsn, Why: whyArmState},
	{Type: 65, Name: "R_ARM_LDRS_PC_G1", Kind: Refused, Spec: armInsn, Why: whyArmState},
	{Type: 66, Name: "R_ARM_LDRS_PC_G2", Kind: Refused, Spec: armInsn, Why: whyArmState},
	{Type: 67, Name: "R_ARM_LDC_PC_G0", Kind: Refused, Spec: armInsn, Why: whyArmState},
	{Type: 68, Name: "R_ARM_LDC_PC_G1", Kind: Refused, Spec: armInsn, Why: whyArmState},
	{Type: 69, Name: "R_ARM_LDC_PC_G2", Kind: Refused, Spec: armInsn, Why: whyArmState},
	{Type: 70, Name: "R_ARM_ALU_SB_G0_NC", Kind: Refused, Spec: armInsn, Why: whyStaticBase},
	{Type: 71, Name: "R_ARM_ALU_SB_G0", Kind: Refused, Spec: armInsn, Why: whyStaticBase},
	{Type: 72, Name: "R_ARM_ALU_SB_G1_NC", Kind: Refused, Spec: armInsn, Why: whyStaticBase},
	{Type: 73, Name: "R_ARM_ALU_SB_G1", Kind: Refused, Spec: armInsn, Why: whyStaticBase},
	{Type: 74, Name: "R_ARM_ALU_SB_G2", Kind: Refused, Spec: armInsn, Why: whyStaticBase},
	{Type: 75, Name: "R_ARM_LDR_SB_G0", Kind: Refused, Spec: armInsn, Why: whyStaticBase},
	{Type: 76, Name: "R_ARM_LDR_SB_G1", Kind: Refused, Spec: armInsn, Why: whyStaticBase},
	{Type: 77, Name: "R_ARM_LDR_SB_G2", Kind: Refused, Spec: armInsn, Why: whyStaticBase},
	{Type: 78, Name: "R_ARM_LDRS_SB_G0", Kind: Refused, Spec: armInsn, Why: whyStaticBase},
	{Type: 79, Name: "R_ARM_LDRS_SB_G1", Kind: Refused, Spec: armInsn, Why: whyStaticBase},
	{Type: 80, Name: "R_ARM_LDRS_SB_G2", Kind: Refused, Spec: armInsn, Why: whyStaticBase},
	{Type: 81, Name: "R_ARM_LDC_SB_G0", Kind: Refused, Spec: armInsn, Why: whyStaticBase},
	{Type: 82, Name: "R_ARM_LDC_SB_G1", Kind: Refused, Spec: armInsn, Why: whyStaticBase},
	{Type: 83, Name: "R_ARM_LDC_SB_G2", Kind: Refused, Spec: armInsn, Why: whyStaticBase},
	{Type: 84, Name: "R_ARM_MOVW_BREL_NC", Kind: Refused, Spec: armInsn, Why: whyStaticBase},
	{Type: 85, Name: "R_ARM_MOVT_BREL", Kind: Refused, Spec: armInsn, Why: whyStaticBase},
	{Type: 86, Name: "R_ARM_MOVW_BREL", Kind: Refused, Spec: armInsn, Why: whyStaticBase},
	{Type: 87, Name: "R_ARM_THM_MOVW_BREL_NC", Kind: Refused, Spec: armInsn, Why: whyStaticBase},
	{Type: 88, Name: "R_ARM_THM_MOVT_BREL", Kind: Refused, Spec: armInsn, Why: whyStaticBase},
	{Type: 89, Name: "R_ARM_THM_MOVW_BREL", Kind: Refused, Spec: armInsn, Why: whyStaticBase},
	{Type: 90, Name: "R_ARM_TLS_GOTDESC", Kind: Refused, Spec: armInsn, Why: whyTLS},
	{Type: 91, Name: "R_ARM_TLS_CALL", Kind: Refused, Spec: armInsn, Why: whyTLS},
	{Type: 92, Name: "R_ARM_TLS_DESCSEQ", Kind: Refused, Spec: armInsn, Why: whyTLS},
	{Type: 93, Name: "R_ARM_THM_TLS_CALL", Kind: Refused, Spec: armInsn, Why: whyTLS},
	{Type: 95, Name: "R_ARM_GOT_ABS", Kind: Refused, Spec: armData, Why: "the absolute address of a GOT slot: compile with -fpic"},
	{Type: 96, Name: "R_ARM_GOT_PREL", Kind: GOTSlotRel, Field: word32, Spec: armData},
	{Type: 97, Name: "R_ARM_GOT_BREL12", Kind: Refused, Spec: armInsn, Why: whyArmState},
	{Type: 98, Name: "R_ARM_GOTOFF12", Kind: Refused, Spec: armInsn, Why: whyArmState},
	{Type: 100, Name: "R_ARM_GNU_VTENTRY", Kind: Nothing, Spec: armMisc},
	{Type: 101, Name: "R_ARM_GNU_VTINHERIT", Kind: Nothing, Spec: armMisc},
	{Type: 102, Name: "R_ARM_THM_JUMP11", Kind: PCRel, Field: thumbB11, Branch: true, Next: -2, Spec: armThumb16},
	{Type: 103, Name: "R_ARM_THM_JUMP8", Kind: PCRel, Field: thumbB8, Branch: true, Next: -2, Spec: armThumb16},
	{Type: 104, Name: "R_ARM_TLS_GD32", Kind: Refused, Spec: armInsn, Why: whyTLS},
	{Type: 105, Name: "R_ARM_TLS_LDM32", Kind: Refused, Spec: armInsn, Why: whyTLS},
	{Type: 106, Name: "R_ARM_TLS_LDO32", Kind: Refused, Spec: armInsn, Why: whyTLS},
	{Type: 107, Name: "R_ARM_TLS_IE32", Kind: Refused, Spec: armInsn, Why: whyTLS},
	{Type: 108, Name: "R_ARM_TLS_LE32", Kind: Refused, Spec: armInsn, Why: whyTLS},
	{Type: 109, Name: "R_ARM_TLS_LDO12", Kind: Refused, Spec: armInsn, Why: whyTLS},
	{Type: 110, Name: "R_ARM_TLS_LE12", Kind: Refused, Spec: armInsn, Why: whyTLS},
	{Type: 111, Name: "R_ARM_TLS_IE12GP", Kind: Refused, Spec: armInsn, Why: whyTLS},
	{Type: 129, Name: "R_ARM_THM_TLS_DESCSEQ16", Kind: Refused, Spec: armInsn, Why: whyTLS},
	{Type: 130, Name: "R_ARM_THM_TLS_DESCSEQ32", Kind: Refused, Spec: armInsn, Why: whyTLS},
	{Type: 132, Name: "R_ARM_THM_ALU_ABS_G0_NC", Kind: Refused, Spec: armThumb16, Why: whyExecuteOnly},
	{Type: 133, Name: "R_ARM_THM_ALU_ABS_G1_NC", Kind: Refused, Spec: armThumb16, Why: whyExecuteOnly},
	{Type: 134, Name: "R_ARM_THM_ALU_ABS_G2_NC", Kind: Refused, Spec: armThumb16, Why: whyExecuteOnly},
	{Type: 135, Name: "R_ARM_THM_ALU_ABS_G3_NC", Kind: Refused, Spec: armThumb16, Why: whyExecuteOnly},
	{Type: 160, Name: "R_ARM_IRELATIVE", Kind: Refused, Spec: armDynamic, Why: whyDynamic},
}

var (
	thumb2Entry = []Jump{jumpB11, jumpBW}
	thumb2Old   = map[string]OldEntry{
		"1.12": {Jumps: thumb2Entry, Room: 4}, "1.24": {Jumps: thumb2Entry, Room: 4}, "1.28": {Jumps: thumb2Entry},
	}

	// mpy_ld.py before 1.24 has only the short jump for Armv6-M.
	thumb1Entry = []Jump{jumpB11, jumpBL}
	thumb1Old   = map[string]OldEntry{
		"1.12": {Jumps: thumb1Entry}, "1.24": {Jumps: thumb1Entry, Room: 8}, "1.28": {Jumps: thumb1Entry},
	}

	thumbVeneer = Veneer{
		Code: []byte{
			0x00, 0x4b, // ldr r3, WORD
			0x18, 0x47, // bx r3
			0, 0, 0, 0, // WORD
		},
		Word: 4,
	}

	// Armv6-M can only pop into PC what is on the stack; every register keeps
	// its value.
	thumb1FarVeneer = Veneer{
		Code: []byte{
			0x03, 0xb4, // push {r0, r1}
			0x01, 0x48, // ldr r0, WORD
			0x01, 0x90, // str r0, [sp, #4]
			0x01, 0xbd, // pop {r0, pc}
			0, 0, 0, 0, // WORD
		},
		Word: 8,
	}
	thumb2FarVeneer = Veneer{
		Code: []byte{
			0xdf, 0xf8, 0x00, 0xf0, // ldr.w pc, WORD
			0, 0, 0, 0, // WORD
		},
		Word: 4,
	}

	armUnwind = []string{".ARM.exidx", ".ARM.extab", ".eh_frame", ".gcc_except_table"}

	armv6m = Machine{
		Arch: "armv6m", ELF: elf.EM_ARM, Class: elf.ELFCLASS32, Howtos: armHowtos,
		Step: thumbStep, CallUses: thumbCallUses,
		CodeAlign: 2, ModeBits: 1, ModeWhy: whyArmState,
		Entry: thumb1Entry, AlwaysEntry: true, OldEntry: thumb1Old,
		Veneer: thumbVeneer, FarVeneer: thumb1FarVeneer,
		Unwind: armUnwind, UnwindIndex: ".ARM.exidx",
		SectionTypes: []elf.SectionType{typeUnwind, typeAttributes},
		StaticBase:   whyStaticBase,
		ABI:          coreM0.abi(),
		Advice:       newlibAdvice,
	}
	armv7m    = thumb2("armv7m", coreM3)
	armv7emsp = thumb2("armv7emsp", coreM4F)
	armv7emdp = thumb2("armv7emdp", coreM7)
)

// thumb2 returns the machine of a core with 32-bit Thumb branches.
func thumb2(arch string, core armCore) Machine {
	return Machine{
		Arch: arch, ELF: elf.EM_ARM, Class: elf.ELFCLASS32, Howtos: armHowtos,
		Step: thumbStep, CallUses: thumbCallUses,
		CodeAlign: 2, ModeBits: 1, ModeWhy: whyArmState,
		Entry: thumb2Entry, AlwaysEntry: true, OldEntry: thumb2Old,
		Veneer: thumbVeneer, FarVeneer: thumb2FarVeneer,
		Unwind: armUnwind, UnwindIndex: ".ARM.exidx",
		SectionTypes: []elf.SectionType{typeUnwind, typeAttributes},
		StaticBase:   whyStaticBase,
		ABI:          core.abi(),
		Advice:       newlibAdvice,
	}
}
