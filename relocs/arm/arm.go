// Package arm has the rows of Arm.
package arm

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
// A thread-local variable is at the thread pointer plus what a literal (TLS_LE32) or a slot
// (TLS_IE32) has. Modules have no threads: __aeabi_read_tp returns 0 (supportlib/src/read_tp.c),
// and that number is the variable's address.
//
// Spec sections are those of AAELF32 (Arm IHI 0044, release 2023Q3).

import (
	"debug/elf"

	"mpyld/relocs"
)

const (
	specMisc    = "AAELF32 5.7.3"
	specData    = "AAELF32 5.7.4 (static data)"
	specArm     = "AAELF32 5.7.5 (static Arm)"
	specThumb16 = "AAELF32 5.7.6 (static Thumb16)"
	specThumb32 = "AAELF32 5.7.7 (static Thumb32)"
	specDynamic = "AAELF32 5.7.10 (dynamic)"
	specTLS     = "AAELF32 5.7.11 (thread-local storage)"

	whyArmState     = "Arm-state code cannot run on Cortex-M: compile with -mthumb"
	whyStaticBase   = "addresses relative to a static base register: compile without -frwpi, -msingle-pic-base, -mno-pic-data-is-text-relative and -mfdpic (rustc: with -C relocation-model=static)"
	whyThumbAbs     = "an absolute address in a Thumb instruction cannot be relocated at load time: load it from a literal pool"
	whyThumbLiteral = "a load of another section's literal: keep the literal in the section that uses it"
	whyTLSModel     = "the address of a thread-local variable from a thread's table, but MicroPython has no such tables: compile with -ftls-model=local-exec, or remove __thread/_Thread_local"
	whyExecuteOnly  = "an address built from byte immediates cannot be relocated at load time: compile without -mexecute-only (-mpure-code)"
)

var howtos = []relocs.Howto{
	{Type: 0, Name: "R_ARM_NONE", Formula: relocs.Nothing, Spec: specMisc},
	{Type: 1, Name: "R_ARM_PC24", Formula: relocs.Refused, Spec: specArm, Why: whyArmState},
	{Type: 2, Name: "R_ARM_ABS32", Formula: relocs.Abs, Field: &relocs.Word32, Mode: true, Spec: specData},
	{Type: 3, Name: "R_ARM_REL32", Formula: relocs.PCRel, Field: &relocs.Word32, Mode: true, Direct: typeABS32, Spec: specData},
	{Type: 4, Name: "R_ARM_LDR_PC_G0", Formula: relocs.Refused, Spec: specArm, Why: whyArmState},
	{Type: 5, Name: "R_ARM_ABS16", Formula: relocs.Abs, Field: &relocs.Word16, Spec: specData},
	{Type: 6, Name: "R_ARM_ABS12", Formula: relocs.Refused, Spec: specArm, Why: whyArmState},
	{Type: 7, Name: "R_ARM_THM_ABS5", Formula: relocs.Refused, Spec: specThumb16, Why: whyThumbAbs},
	{Type: 8, Name: "R_ARM_ABS8", Formula: relocs.Abs, Field: &relocs.Word8, Spec: specData},
	{Type: 9, Name: "R_ARM_SBREL32", Formula: relocs.Refused, Spec: specData, Why: whyStaticBase},
	{Type: 10, Name: "R_ARM_THM_CALL", Formula: relocs.PCRel, Field: fieldBL, Branch: true, Spec: specThumb32},
	{Type: 11, Name: "R_ARM_THM_PC8", Formula: relocs.Refused, Spec: specThumb16, Why: whyThumbLiteral},
	{Type: 13, Name: "R_ARM_TLS_DESC", Formula: relocs.Refused, Spec: specDynamic, Why: whyTLSModel},
	{Type: 14, Name: "R_ARM_THM_SWI8", Formula: relocs.Refused, Spec: specThumb16, Why: whyThumbAbs},
	{Type: 16, Name: "R_ARM_THM_XPC22", Formula: relocs.Refused, Spec: specThumb32, Why: whyArmState},
	{Type: 17, Name: "R_ARM_TLS_DTPMOD32", Formula: relocs.Refused, Spec: specDynamic, Why: whyTLSModel},
	{Type: 18, Name: "R_ARM_TLS_DTPOFF32", Formula: relocs.Refused, Spec: specDynamic, Why: whyTLSModel},
	{Type: 19, Name: "R_ARM_TLS_TPOFF32", Formula: relocs.Refused, Spec: specDynamic, Why: whyTLSModel},
	{Type: 20, Name: "R_ARM_COPY", Formula: relocs.Refused, Spec: specDynamic, Why: relocs.WhyDynamic},
	{Type: 21, Name: "R_ARM_GLOB_DAT", Formula: relocs.Refused, Spec: specDynamic, Why: relocs.WhyDynamic},
	{Type: 22, Name: "R_ARM_JUMP_SLOT", Formula: relocs.Refused, Spec: specDynamic, Why: relocs.WhyDynamic},
	{Type: 23, Name: "R_ARM_RELATIVE", Formula: relocs.Refused, Spec: specDynamic, Why: relocs.WhyDynamic},
	{Type: 24, Name: "R_ARM_GOTOFF32", Formula: relocs.FromGOT, Field: &relocs.Word32, Mode: true, Spec: specData},
	{Type: 25, Name: "R_ARM_BASE_PREL", Formula: relocs.GOTBaseRel, Field: &relocs.Word32, Spec: specData},
	{Type: 26, Name: "R_ARM_GOT_BREL", Formula: relocs.GOTSlotOff, Field: &relocs.Word32, Direct: typeABS32, Spec: specData},
	{Type: 27, Name: "R_ARM_PLT32", Formula: relocs.Refused, Spec: specArm, Why: whyArmState},
	{Type: 28, Name: "R_ARM_CALL", Formula: relocs.Refused, Spec: specArm, Why: whyArmState},
	{Type: 29, Name: "R_ARM_JUMP24", Formula: relocs.Refused, Spec: specArm, Why: whyArmState},
	{Type: 30, Name: "R_ARM_THM_JUMP24", Formula: relocs.PCRel, Field: fieldBW, Branch: true, Spec: specThumb32},
	{Type: 31, Name: "R_ARM_BASE_ABS", Formula: relocs.Refused, Spec: specData, Why: whyStaticBase},
	{Type: 32, Name: "R_ARM_ALU_PCREL_7_0", Formula: relocs.Refused, Spec: specArm, Why: whyArmState},
	{Type: 33, Name: "R_ARM_ALU_PCREL_15_8", Formula: relocs.Refused, Spec: specArm, Why: whyArmState},
	{Type: 34, Name: "R_ARM_ALU_PCREL_23_15", Formula: relocs.Refused, Spec: specArm, Why: whyArmState},
	{Type: 35, Name: "R_ARM_LDR_SBREL_11_0_NC", Formula: relocs.Refused, Spec: specArm, Why: whyStaticBase},
	{Type: 36, Name: "R_ARM_ALU_SBREL_19_12_NC", Formula: relocs.Refused, Spec: specArm, Why: whyStaticBase},
	{Type: 37, Name: "R_ARM_ALU_SBREL_27_20_CK", Formula: relocs.Refused, Spec: specArm, Why: whyStaticBase},
	{Type: 38, Name: "R_ARM_TARGET1", Formula: relocs.Abs, Field: &relocs.Word32, Mode: true, Spec: specMisc},
	{Type: 39, Name: "R_ARM_SBREL31", Formula: relocs.Refused, Spec: specArm, Why: whyStaticBase},
	{Type: 40, Name: "R_ARM_V4BX", Formula: relocs.Nothing, Spec: specMisc},
	{Type: 41, Name: "R_ARM_TARGET2", Formula: relocs.PCRel, Field: &relocs.Word32, Mode: true, Spec: specMisc},
	{Type: 42, Name: "R_ARM_PREL31", Formula: relocs.PCRel, Field: fieldPrel31, Mode: true, Spec: specData},
	{Type: 43, Name: "R_ARM_MOVW_ABS_NC", Formula: relocs.Refused, Spec: specArm, Why: whyArmState},
	{Type: 44, Name: "R_ARM_MOVT_ABS", Formula: relocs.Refused, Spec: specArm, Why: whyArmState},
	{Type: 45, Name: "R_ARM_MOVW_PREL_NC", Formula: relocs.Refused, Spec: specArm, Why: whyArmState},
	{Type: 46, Name: "R_ARM_MOVT_PREL", Formula: relocs.Refused, Spec: specArm, Why: whyArmState},
	{Type: 47, Name: "R_ARM_THM_MOVW_ABS_NC", Formula: relocs.Abs, Field: fieldMOVW, Mode: true, Rewrites: []*relocs.Rewrite{movwAsLDR, movwMoved, movwAsLDRH, movwHalfMoved}, Spec: specThumb32},
	{Type: 48, Name: "R_ARM_THM_MOVT_ABS", Formula: relocs.Abs, Field: fieldMOVT, Rewrites: []*relocs.Rewrite{movtAsNOP, movtAsLDR, movtMoved}, Spec: specThumb32},
	{Type: 49, Name: "R_ARM_THM_MOVW_PREL_NC", Formula: relocs.PCRel, Field: fieldMOVW, Mode: true, Spec: specThumb32},
	{Type: 50, Name: "R_ARM_THM_MOVT_PREL", Formula: relocs.PCRel, Field: fieldMOVT, Spec: specThumb32},
	{Type: 51, Name: "R_ARM_THM_JUMP19", Formula: relocs.PCRel, Field: fieldBcondW, Branch: true, Spec: specThumb32},
	{Type: 52, Name: "R_ARM_THM_JUMP6", Formula: relocs.PCRel, Field: fieldCB, Branch: true, WeakUndefValue: -2, Spec: specThumb16},
	{Type: 53, Name: "R_ARM_THM_ALU_PREL_11_0", Formula: relocs.Refused, Spec: specThumb32, Why: whyThumbLiteral},
	{Type: 54, Name: "R_ARM_THM_PC12", Formula: relocs.Refused, Spec: specThumb32, Why: whyThumbLiteral},
	{Type: 55, Name: "R_ARM_ABS32_NOI", Formula: relocs.Abs, Field: &relocs.Word32, Spec: specData},
	{Type: 56, Name: "R_ARM_REL32_NOI", Formula: relocs.PCRel, Field: &relocs.Word32, Spec: specData},
	{Type: 57, Name: "R_ARM_ALU_PC_G0_NC", Formula: relocs.Refused, Spec: specArm, Why: whyArmState},
	{Type: 58, Name: "R_ARM_ALU_PC_G0", Formula: relocs.Refused, Spec: specArm, Why: whyArmState},
	{Type: 59, Name: "R_ARM_ALU_PC_G1_NC", Formula: relocs.Refused, Spec: specArm, Why: whyArmState},
	{Type: 60, Name: "R_ARM_ALU_PC_G1", Formula: relocs.Refused, Spec: specArm, Why: whyArmState},
	{Type: 61, Name: "R_ARM_ALU_PC_G2", Formula: relocs.Refused, Spec: specArm, Why: whyArmState},
	{Type: 62, Name: "R_ARM_LDR_PC_G1", Formula: relocs.Refused, Spec: specArm, Why: whyArmState},
	{Type: 63, Name: "R_ARM_LDR_PC_G2", Formula: relocs.Refused, Spec: specArm, Why: whyArmState},
	{Type: 64, Name: "R_ARM_LDRS_PC_G0", Formula: relocs.Refused, Spec: specArm, Why: whyArmState},
	{Type: 65, Name: "R_ARM_LDRS_PC_G1", Formula: relocs.Refused, Spec: specArm, Why: whyArmState},
	{Type: 66, Name: "R_ARM_LDRS_PC_G2", Formula: relocs.Refused, Spec: specArm, Why: whyArmState},
	{Type: 67, Name: "R_ARM_LDC_PC_G0", Formula: relocs.Refused, Spec: specArm, Why: whyArmState},
	{Type: 68, Name: "R_ARM_LDC_PC_G1", Formula: relocs.Refused, Spec: specArm, Why: whyArmState},
	{Type: 69, Name: "R_ARM_LDC_PC_G2", Formula: relocs.Refused, Spec: specArm, Why: whyArmState},
	{Type: 70, Name: "R_ARM_ALU_SB_G0_NC", Formula: relocs.Refused, Spec: specArm, Why: whyStaticBase},
	{Type: 71, Name: "R_ARM_ALU_SB_G0", Formula: relocs.Refused, Spec: specArm, Why: whyStaticBase},
	{Type: 72, Name: "R_ARM_ALU_SB_G1_NC", Formula: relocs.Refused, Spec: specArm, Why: whyStaticBase},
	{Type: 73, Name: "R_ARM_ALU_SB_G1", Formula: relocs.Refused, Spec: specArm, Why: whyStaticBase},
	{Type: 74, Name: "R_ARM_ALU_SB_G2", Formula: relocs.Refused, Spec: specArm, Why: whyStaticBase},
	{Type: 75, Name: "R_ARM_LDR_SB_G0", Formula: relocs.Refused, Spec: specArm, Why: whyStaticBase},
	{Type: 76, Name: "R_ARM_LDR_SB_G1", Formula: relocs.Refused, Spec: specArm, Why: whyStaticBase},
	{Type: 77, Name: "R_ARM_LDR_SB_G2", Formula: relocs.Refused, Spec: specArm, Why: whyStaticBase},
	{Type: 78, Name: "R_ARM_LDRS_SB_G0", Formula: relocs.Refused, Spec: specArm, Why: whyStaticBase},
	{Type: 79, Name: "R_ARM_LDRS_SB_G1", Formula: relocs.Refused, Spec: specArm, Why: whyStaticBase},
	{Type: 80, Name: "R_ARM_LDRS_SB_G2", Formula: relocs.Refused, Spec: specArm, Why: whyStaticBase},
	{Type: 81, Name: "R_ARM_LDC_SB_G0", Formula: relocs.Refused, Spec: specArm, Why: whyStaticBase},
	{Type: 82, Name: "R_ARM_LDC_SB_G1", Formula: relocs.Refused, Spec: specArm, Why: whyStaticBase},
	{Type: 83, Name: "R_ARM_LDC_SB_G2", Formula: relocs.Refused, Spec: specArm, Why: whyStaticBase},
	{Type: 84, Name: "R_ARM_MOVW_BREL_NC", Formula: relocs.Refused, Spec: specArm, Why: whyStaticBase},
	{Type: 85, Name: "R_ARM_MOVT_BREL", Formula: relocs.Refused, Spec: specArm, Why: whyStaticBase},
	{Type: 86, Name: "R_ARM_MOVW_BREL", Formula: relocs.Refused, Spec: specArm, Why: whyStaticBase},
	{Type: 87, Name: "R_ARM_THM_MOVW_BREL_NC", Formula: relocs.Refused, Spec: specArm, Why: whyStaticBase},
	{Type: 88, Name: "R_ARM_THM_MOVT_BREL", Formula: relocs.Refused, Spec: specArm, Why: whyStaticBase},
	{Type: 89, Name: "R_ARM_THM_MOVW_BREL", Formula: relocs.Refused, Spec: specArm, Why: whyStaticBase},
	{Type: 90, Name: "R_ARM_TLS_GOTDESC", Formula: relocs.Refused, Spec: specArm, Why: whyTLSModel},
	{Type: 91, Name: "R_ARM_TLS_CALL", Formula: relocs.Refused, Spec: specArm, Why: whyTLSModel},
	{Type: 92, Name: "R_ARM_TLS_DESCSEQ", Formula: relocs.Refused, Spec: specArm, Why: whyTLSModel},
	{Type: 93, Name: "R_ARM_THM_TLS_CALL", Formula: relocs.Refused, Spec: specArm, Why: whyTLSModel},
	{Type: 95, Name: "R_ARM_GOT_ABS", Formula: relocs.Refused, Spec: specData, Why: "the absolute address of a GOT slot: compile with -fpic"},
	{Type: 96, Name: "R_ARM_GOT_PREL", Formula: relocs.GOTSlotRel, Field: &relocs.Word32, Direct: typeABS32, Spec: specData},
	{Type: 97, Name: "R_ARM_GOT_BREL12", Formula: relocs.Refused, Spec: specArm, Why: whyArmState},
	{Type: 98, Name: "R_ARM_GOTOFF12", Formula: relocs.Refused, Spec: specArm, Why: whyArmState},
	{Type: 100, Name: "R_ARM_GNU_VTENTRY", Formula: relocs.Nothing, Spec: specMisc},
	{Type: 101, Name: "R_ARM_GNU_VTINHERIT", Formula: relocs.Nothing, Spec: specMisc},
	{Type: 102, Name: "R_ARM_THM_JUMP11", Formula: relocs.PCRel, Field: fieldB11, Branch: true, WeakUndefValue: -2, Spec: specThumb16},
	{Type: 103, Name: "R_ARM_THM_JUMP8", Formula: relocs.PCRel, Field: fieldB8, Branch: true, WeakUndefValue: -2, Spec: specThumb16},
	{Type: 104, Name: "R_ARM_TLS_GD32", Formula: relocs.Refused, Spec: specArm, Why: whyTLSModel},
	{Type: 105, Name: "R_ARM_TLS_LDM32", Formula: relocs.Refused, Spec: specArm, Why: whyTLSModel},
	{Type: 106, Name: "R_ARM_TLS_LDO32", Formula: relocs.Refused, Spec: specArm, Why: whyTLSModel},
	{Type: 107, Name: "R_ARM_TLS_IE32", Formula: relocs.GOTSlotRel, Field: &relocs.Word32, Spec: specTLS},
	{Type: 108, Name: "R_ARM_TLS_LE32", Formula: relocs.Abs, Field: &relocs.Word32, Spec: specTLS},
	{Type: 109, Name: "R_ARM_TLS_LDO12", Formula: relocs.Refused, Spec: specArm, Why: whyTLSModel},
	{Type: 110, Name: "R_ARM_TLS_LE12", Formula: relocs.Refused, Spec: specArm, Why: whyTLSModel},
	{Type: 111, Name: "R_ARM_TLS_IE12GP", Formula: relocs.Refused, Spec: specArm, Why: whyTLSModel},
	{Type: 129, Name: "R_ARM_THM_TLS_DESCSEQ16", Formula: relocs.Refused, Spec: specArm, Why: whyTLSModel},
	{Type: 130, Name: "R_ARM_THM_TLS_DESCSEQ32", Formula: relocs.Refused, Spec: specArm, Why: whyTLSModel},
	{Type: 132, Name: "R_ARM_THM_ALU_ABS_G0_NC", Formula: relocs.Refused, Spec: specThumb16, Why: whyExecuteOnly},
	{Type: 133, Name: "R_ARM_THM_ALU_ABS_G1_NC", Formula: relocs.Refused, Spec: specThumb16, Why: whyExecuteOnly},
	{Type: 134, Name: "R_ARM_THM_ALU_ABS_G2_NC", Formula: relocs.Refused, Spec: specThumb16, Why: whyExecuteOnly},
	{Type: 135, Name: "R_ARM_THM_ALU_ABS_G3_NC", Formula: relocs.Refused, Spec: specThumb16, Why: whyExecuteOnly},
	{Type: 160, Name: "R_ARM_IRELATIVE", Formula: relocs.Refused, Spec: specDynamic, Why: relocs.WhyDynamic},
}

// branches is how the code of a core starts and calls.
type branches struct {
	entry []relocs.Jump
	old   [relocs.EntryStyles]relocs.LegacyEntry
	far   relocs.Veneer

	island *relocs.Jump
	direct *relocs.Direct
	away   relocs.Jump // none of Armv6-M, which has no MOVW either
}

var (
	thumb1Entry = []relocs.Jump{jumpB11, jumpBL}
	thumb2Entry = []relocs.Jump{jumpB11, jumpBW}

	anyBranch = []relocs.Opcode{{Size: 2}}

	// Armv6-M has no 32-bit branch but BL. mpy_ld.py before 1.24 has only the short
	// jump for it.
	thumb1 = branches{
		entry: thumb1Entry, direct: &directV6M,
		old: [relocs.EntryStyles]relocs.LegacyEntry{
			relocs.EntrySince112: {Jumps: thumb1Entry}, relocs.EntrySince124: {Jumps: thumb1Entry, PadTo: 8}, relocs.EntrySince128: {Jumps: thumb1Entry},
		},
		// It can only pop into PC what is on the stack; every register keeps its value.
		far: relocs.Veneer{
			Code: []byte{
				0x03, 0xb4, // push {r0, r1}
				0x01, 0x48, // ldr r0, WORD
				0x01, 0x90, // str r0, [sp, #4]
				0x01, 0xbd, // pop {r0, pc}
				0, 0, 0, 0, // WORD
			},
			Word: 8, From: anyBranch,
		},
	}
	thumb2 = branches{
		entry: thumb2Entry, away: jumpBW, direct: &direct,
		old: [relocs.EntryStyles]relocs.LegacyEntry{
			relocs.EntrySince112: {Jumps: thumb2Entry, PadTo: 4}, relocs.EntrySince124: {Jumps: thumb2Entry, PadTo: 4}, relocs.EntrySince128: {Jumps: thumb2Entry},
		},
		far: relocs.Veneer{
			Code: []byte{
				0xdf, 0xf8, 0x00, 0xf0, // ldr.w pc, WORD
				0, 0, 0, 0, // WORD
			},
			Word: 4, From: anyBranch,
		},
		island: &jumpBW,
	}

	veneer = relocs.Veneer{
		Code: []byte{
			0x00, 0x4b, // ldr r3, WORD
			0x18, 0x47, // bx r3
			0, 0, 0, 0, // WORD
		},
		Word: 4,
	}

	unwind = []string{".ARM.exidx", ".ARM.extab", ".eh_frame", ".gcc_except_table"}
)

// Sections of the ABI's own types: SHT_ARM_EXIDX and SHT_ARM_ATTRIBUTES.
const (
	typeUnwind     = elf.SHT_LOPROC + 1
	typeAttributes = elf.SHT_LOPROC + 3
)

// newlib has two libraries, both where the compiler finds them.
var newlib = relocs.Advice{Runtime: relocs.FromLibgcc, Maths: relocs.FromLibm, C: relocs.FromLibc, RAM: "-fno-pic", Costly: costly}

// costly: with -fpic, each function works out where the table of addresses is, and each access to
// a variable takes a load more and a slot. R_ARM_GOT_BREL and R_ARM_GOT_PREL are such accesses.
var costly = []relocs.Costly{{Shows: []uint32{26, 96}, Flag: "-fpic", Better: "-fno-pic", Percent: 9}}

// Machines are those that modules are linked for.
var (
	Machines = []*relocs.Machine{&armv6m, &armv7m, &armv7emsp, &armv7emdp}

	armv6m    = machine(relocs.Machine{Name: "armv6m", Code: lowest, AlsoCalled: calledV6M, Boards: boardsV6M}, coreM0, thumb1)
	armv7m    = machine(relocs.Machine{Name: "armv7m", Code: 5, AlsoCalled: calledV7M, Boards: boardsV7M}, coreM3, thumb2)
	armv7emsp = machine(relocs.Machine{Name: "armv7emsp", Code: 7, AlsoCalled: calledV7EMSP, Boards: boardsV7EMSP, SoftFP: softFP, SoftFPTakes: softFPTakes}, coreM4F, thumb2)
	armv7emdp = machine(relocs.Machine{Name: "armv7emdp", Code: 8, AlsoCalled: calledV7EMDP, Boards: boardsV7EMDP}, coreM7, thumb2)
)

// Unlinked are architectures of the format that nobody links for: Arm without
// Thumb, firmware for which is rare, but there is some of each release; and
// Cortex-M4 without a floating-point unit, whose firmware runs armv7m code.
var (
	Unlinked = []*relocs.Machine{&armv6, &armv7em}

	armv6   = relocs.Machine{Name: "armv6", Code: 3, Word: 4, ABI: relocs.ABI{Floats: "soft"}, Boards: boardsV6}
	armv7em = relocs.Machine{
		Name: "armv7em", Code: 6, Word: 4, ABI: relocs.ABI{Floats: "soft"}, Boards: boardsV7EM,
		LoadsFrom: lowest, LoadedLike: "armv7emsp", Objdump: objdump, ELF: elf.EM_ARM,
	}
)

// lowest is the code of armv6m: each core runs what those with lower codes do.
const lowest = 4

var objdump = relocs.Objdump{
	Programs: []string{"arm-none-eabi-objdump", "gobjdump", "objdump"}, Args: []string{"-m", "arm", "-M", "force-thumb"},
}

// machine completes the row of a core.
func machine(m relocs.Machine, core core, b branches) relocs.Machine {
	m.Word, m.TextAlign, m.BlockAlign, m.WritableText, m.LoadsFrom = 4, 16, 16, true, lowest
	m.ELF, m.Class, m.Howtos = elf.EM_ARM, elf.ELFCLASS32, func() []relocs.Howto { return howtos }
	m.SectionTypes = []elf.SectionType{typeUnwind, typeAttributes}
	m.Unwind, m.UnwindIndex = unwind, ".ARM.exidx"
	m.CodeAlign, m.ModeBits, m.ModeWhy, m.StaticBase, m.StaticTLS = 2, 1, whyArmState, whyStaticBase, true
	m.Away, m.Trap = b.away, []byte{0, 0xde} // udf #0
	m.Entry, m.AlwaysJump, m.LegacyEntry = b.entry, true, b.old
	m.Veneer, m.FarVeneer, m.Island, m.BranchA = veneer, b.far, b.island, -4
	m.Direct = b.direct
	m.Decode, m.Conditionals, m.CallUses, m.Unit = decode, conditionals, callUses, 2
	m.ABI, m.Advice, m.Objdump = core.abi(), newlib, objdump
	m.About, m.GDBArgs = ".ARM.attributes", [4]string{"$r0", "$r1", "$r2", "$r3"}
	return m
}
