package relocs

// RISC-V for a linker.
//
// No instruction holds an address. AUIPC adds a 20-bit upper immediate to PC, and
// the instruction that uses the result adds 12 more bits. Between the two there
// may be other code, and one AUIPC may serve several loads and stores, so each
// half has its own relocation: PCREL_HI20 or GOT_HI20 names the target, while
// the symbol of PCREL_LO12 is a label at the AUIPC, whose relocation has the
// value to take the low part of. Only CALL covers both halves: AUIPC and JALR
// are always adjacent there.
//
// -mcmodel=medlow code uses LUI instead (HI20, LO12) and so has absolute addresses
// in instructions. The firmware cannot relocate those, so such code is rewritten
// unless the value is a constant (riscv_rewrite.go).
//
// Objects are RELA, and several relocations may share a place, in an order that
// matters. A difference of two labels is an ADD (or a SET) and a SUB: the assembler
// cannot compute it, since a linker may shrink the code between the labels.
// R_RISCV_RELAX marks the instructions where that may happen; it is a permission,
// not a duty. R_RISCV_ALIGN is a duty: where code may shrink, the assembler cannot
// pad to an alignment, so it emits as much padding as could be needed, of which
// the linker must delete the rest. -mno-relax avoids both.
//
// A branch goes to the next instruction with the size of its own: PC is the
// address of the branch.
//
// Spec sections are titles in the RISC-V ELF psABI. Types 46 to 50 are GNU ld's own,
// for what it makes while it relaxes; no assembler emits them.

import "debug/elf"

const (
	riscvRelocs   = "RISC-V psABI, Relocations"
	riscvBranches = "RISC-V psABI, PC-Relative Jumps and Branches"
	riscvCalls    = "RISC-V psABI, Procedure Calls"
	riscvPCRel    = "RISC-V psABI, PC-Relative Symbol Addresses"
	riscvAbs      = "RISC-V psABI, Absolute Addresses"
	riscvGOT      = "RISC-V psABI, Global Offset Table"
	riscvAlign    = "RISC-V psABI, Relocation for Alignment"
	riscvRelax    = "RISC-V psABI, Linker Relaxation"
	riscvTLS      = "RISC-V psABI, Thread Local Storage"
	riscvGNU      = "GNU binutils, include/elf/riscv.h"

	whyTLSModel = "the address of a thread-local variable from a thread's table, which MicroPython has not: compile with -ftls-model=local-exec and without -fpic, or remove __thread/_Thread_local"

	whyRelaxed    = "ld makes it while it relaxes: link the .o files, not the result of ld"
	whyGP         = "relative to gp, which belongs to the firmware: link the .o files, not the result of ld"
	whyVendorInsn = "an instruction of a vendor's extension: compile with only standard extensions in -march"
)

// riscvHowtos returns the rows of one class. They differ in what LUI makes of
// bit 31, and in the type of a word with an address.
func riscvHowtos(class elf.Class) []Howto {
	rv32, lui := class == elf.ELFCLASS32, riscvLUI64
	if rv32 {
		lui = riscvLUI32
	}
	return []Howto{
		{Type: 0, Name: "R_RISCV_NONE", Kind: Nothing, Spec: riscvRelocs},
		{Type: 1, Name: "R_RISCV_32", Kind: Abs, Field: word32, Slot: rv32, Spec: riscvRelocs},
		{Type: 2, Name: "R_RISCV_64", Kind: Abs, Field: word64, Slot: !rv32, Spec: riscvRelocs},
		{Type: 3, Name: "R_RISCV_RELATIVE", Kind: Refused, Spec: riscvRelocs, Why: whyDynamic},
		{Type: 4, Name: "R_RISCV_COPY", Kind: Refused, Spec: riscvRelocs, Why: whyDynamic},
		{Type: 5, Name: "R_RISCV_JUMP_SLOT", Kind: Refused, Spec: riscvRelocs, Why: whyDynamic},
		{Type: 6, Name: "R_RISCV_TLS_DTPMOD32", Kind: Refused, Spec: riscvTLS, Why: whyTLSModel},
		{Type: 7, Name: "R_RISCV_TLS_DTPMOD64", Kind: Refused, Spec: riscvTLS, Why: whyTLSModel},
		{Type: 8, Name: "R_RISCV_TLS_DTPREL32", Kind: Refused, Spec: riscvTLS, Why: whyTLSModel},
		{Type: 9, Name: "R_RISCV_TLS_DTPREL64", Kind: Refused, Spec: riscvTLS, Why: whyTLSModel},
		{Type: 10, Name: "R_RISCV_TLS_TPREL32", Kind: Refused, Spec: riscvTLS, Why: whyTLSModel},
		{Type: 11, Name: "R_RISCV_TLS_TPREL64", Kind: Refused, Spec: riscvTLS, Why: whyTLSModel},
		{Type: 12, Name: "R_RISCV_TLSDESC", Kind: Refused, Spec: riscvTLS, Why: whyTLSModel},
		{Type: 16, Name: "R_RISCV_BRANCH", Kind: PCRel, Field: riscvB, Branch: true, Next: 4, Spec: riscvBranches},
		{Type: 17, Name: "R_RISCV_JAL", Kind: PCRel, Field: riscvJ, Branch: true, Next: 4, Spec: riscvBranches},
		{Type: 18, Name: "R_RISCV_CALL", Kind: PCRel, Field: riscvCall, Branch: true, Next: 8, Spec: riscvCalls},
		{Type: 19, Name: "R_RISCV_CALL_PLT", Kind: PCRel, Field: riscvCall, Branch: true, Next: 8, Spec: riscvCalls},
		{Type: 20, Name: "R_RISCV_GOT_HI20", Kind: GOTSlotRel, Field: riscvAUIPC, Spec: riscvGOT},
		{Type: 21, Name: "R_RISCV_TLS_GOT_HI20", Kind: Refused, Spec: riscvTLS, Why: whyTLSModel},
		{Type: 22, Name: "R_RISCV_TLS_GD_HI20", Kind: Refused, Spec: riscvTLS, Why: whyTLSModel},
		{Type: 23, Name: "R_RISCV_PCREL_HI20", Kind: PCRel, Field: riscvAUIPC, Spec: riscvPCRel, Rewrite: riscvLoadAll},
		{Type: 24, Name: "R_RISCV_PCREL_LO12_I", Kind: LowOf, Field: riscvI, Spec: riscvPCRel},
		{Type: 25, Name: "R_RISCV_PCREL_LO12_S", Kind: LowOf, Field: riscvS, Spec: riscvPCRel},
		{Type: 26, Name: "R_RISCV_HI20", Kind: Abs, Field: lui, Spec: riscvAbs, Rewrite: riscvUpper(26, "R_RISCV_HI20", riscvAbs)},
		{Type: 27, Name: "R_RISCV_LO12_I", Kind: Abs, Field: riscvI, Spec: riscvAbs, Rewrite: riscvLower(27, "R_RISCV_LO12_I (of an AUIPC)", riscvI, riscvAbs)},
		{Type: 28, Name: "R_RISCV_LO12_S", Kind: Abs, Field: riscvS, Spec: riscvAbs, Rewrite: riscvLower(28, "R_RISCV_LO12_S (of an AUIPC)", riscvS, riscvAbs)},
		{Type: 29, Name: "R_RISCV_TPREL_HI20", Kind: Abs, Field: lui, Spec: riscvTLS, Rewrite: riscvUpper(29, "R_RISCV_TPREL_HI20", riscvTLS)},
		{Type: 30, Name: "R_RISCV_TPREL_LO12_I", Kind: Abs, Field: riscvI, Spec: riscvTLS, Rewrite: riscvLower(30, "R_RISCV_TPREL_LO12_I (of an AUIPC)", riscvI, riscvTLS)},
		{Type: 31, Name: "R_RISCV_TPREL_LO12_S", Kind: Abs, Field: riscvS, Spec: riscvTLS, Rewrite: riscvLower(31, "R_RISCV_TPREL_LO12_S (of an AUIPC)", riscvS, riscvTLS)},
		{Type: 32, Name: "R_RISCV_TPREL_ADD", Kind: Fixed, Insn: riscvAddZero, Spec: riscvTLS},
		{Type: 33, Name: "R_RISCV_ADD8", Kind: Add, Field: word8, Spec: riscvRelocs},
		{Type: 34, Name: "R_RISCV_ADD16", Kind: Add, Field: word16, Spec: riscvRelocs},
		{Type: 35, Name: "R_RISCV_ADD32", Kind: Add, Field: word32, Spec: riscvRelocs},
		{Type: 36, Name: "R_RISCV_ADD64", Kind: Add, Field: word64, Spec: riscvRelocs},
		{Type: 37, Name: "R_RISCV_SUB8", Kind: Sub, Field: word8, Spec: riscvRelocs},
		{Type: 38, Name: "R_RISCV_SUB16", Kind: Sub, Field: word16, Spec: riscvRelocs},
		{Type: 39, Name: "R_RISCV_SUB32", Kind: Sub, Field: word32, Spec: riscvRelocs},
		{Type: 40, Name: "R_RISCV_SUB64", Kind: Sub, Field: word64, Spec: riscvRelocs},
		{Type: 41, Name: "R_RISCV_GOT32_PCREL", Kind: GOTSlotRel, Field: signed32, Spec: riscvGOT},
		{Type: 42, Name: "R_RISCV_GNU_VTENTRY", Kind: Nothing, Spec: riscvGNU},
		{Type: 43, Name: "R_RISCV_ALIGN", Kind: Align, Spec: riscvAlign},
		{Type: 44, Name: "R_RISCV_RVC_BRANCH", Kind: PCRel, Field: riscvCB, Branch: true, Next: 2, Spec: riscvBranches},
		{Type: 45, Name: "R_RISCV_RVC_JUMP", Kind: PCRel, Field: riscvCJ, Branch: true, Next: 2, Spec: riscvBranches},
		{Type: 46, Name: "R_RISCV_RVC_LUI", Kind: Refused, Spec: riscvGNU, Why: whyRelaxed},
		{Type: 47, Name: "R_RISCV_GPREL_I", Kind: Refused, Spec: riscvGNU, Why: whyGP},
		{Type: 48, Name: "R_RISCV_GPREL_S", Kind: Refused, Spec: riscvGNU, Why: whyGP},
		{Type: 49, Name: "R_RISCV_TPREL_I", Kind: Refused, Spec: riscvGNU, Why: whyRelaxed},
		{Type: 50, Name: "R_RISCV_TPREL_S", Kind: Refused, Spec: riscvGNU, Why: whyRelaxed},
		{Type: 51, Name: "R_RISCV_RELAX", Kind: Nothing, Spec: riscvRelax},
		{Type: 52, Name: "R_RISCV_SUB6", Kind: Sub, Field: riscvWord6, Spec: riscvRelocs},
		{Type: 53, Name: "R_RISCV_SET6", Kind: Set, Field: riscvWord6, Spec: riscvRelocs},
		{Type: 54, Name: "R_RISCV_SET8", Kind: Set, Field: word8, Spec: riscvRelocs},
		{Type: 55, Name: "R_RISCV_SET16", Kind: Set, Field: word16, Spec: riscvRelocs},
		{Type: 56, Name: "R_RISCV_SET32", Kind: Set, Field: word32, Spec: riscvRelocs},
		{Type: 57, Name: "R_RISCV_32_PCREL", Kind: PCRel, Field: signed32, Spec: riscvRelocs},
		{Type: 58, Name: "R_RISCV_IRELATIVE", Kind: Refused, Spec: riscvRelocs, Why: whyDynamic},
		{Type: 59, Name: "R_RISCV_PLT32", Kind: PCRel, Field: signed32, Spec: riscvRelocs},
		{Type: 60, Name: "R_RISCV_SET_ULEB128", Kind: Set, Pick: riscvULEB, Spec: riscvRelocs},
		{Type: 61, Name: "R_RISCV_SUB_ULEB128", Kind: Sub, Pick: riscvULEB, Spec: riscvRelocs},
		{Type: 62, Name: "R_RISCV_TLSDESC_HI20", Kind: Refused, Spec: riscvTLS, Why: whyTLSModel},
		{Type: 63, Name: "R_RISCV_TLSDESC_LOAD_LO12", Kind: Refused, Spec: riscvTLS, Why: whyTLSModel},
		{Type: 64, Name: "R_RISCV_TLSDESC_ADD_LO12", Kind: Refused, Spec: riscvTLS, Why: whyTLSModel},
		{Type: 65, Name: "R_RISCV_TLSDESC_CALL", Kind: Refused, Spec: riscvTLS, Why: whyTLSModel},
		// 191 says whose relocation the next one, 192 to 255, is.
		{Type: 191, Name: "R_RISCV_VENDOR", Kind: Refused, Spec: riscvRelocs, Why: whyVendorInsn},
	}
}

var (
	riscvEntry = []Jump{
		{Code: []byte{0x01, 0xa0}, Off: 0, Field: riscvCJ}, // c.j
		{
			Code: []byte{
				0x97, 0x0f, 0, 0, // auipc t6, 0
				0x67, 0x80, 0x0f, 0, // jalr zero, 0(t6)
			},
			Off: 0, Field: riscvCall,
		},
	}

	// mpy_ld.py knows RISC-V since 1.25.
	riscvOld = map[string]OldEntry{
		"1.12": {Jumps: riscvEntry[1:]}, "1.24": {Jumps: riscvEntry[1:]}, "1.28": {Jumps: riscvEntry},
	}

	riscvNops = [][]byte{
		{0x13, 0, 0, 0}, // nop
		{0x01, 0},       // c.nop
	}

	riscvUnwind = []string{".eh_frame", ".gcc_except_table"}

	rv32imc = Machine{
		Arch: "rv32imc", ELF: elf.EM_RISCV, Class: elf.ELFCLASS32, ExplicitAddends: true, SectionTypes: []elf.SectionType{typeAttributes},
		Howtos:   riscvHowtos(elf.ELFCLASS32),
		Entry:    riscvEntry,
		OldEntry: riscvOld,
		Step:     riscvStep32, StaticTLS: true, Detour: riscvDetour, DetourLoad: riscvDetourLoad32,
		Veneer: Veneer{
			Code: []byte{
				0x97, 0x06, 0, 0, // auipc a3, 0
				0x94, 0x46, // c.lw a3, 8(a3)
				0x82, 0x86, // c.jr a3
				0, 0, 0, 0, // WORD
			},
			Word: 8,
		},
		FarVeneer: Veneer{
			Code: []byte{
				0x17, 0x03, 0, 0, // auipc t1, 0
				0x03, 0x23, 0xc3, 0x00, // lw t1, 12(t1)
				0x02, 0x83, // c.jr t1
				0x01, 0x00, // c.nop
				0, 0, 0, 0, // WORD
			},
			Word: 12,
		},
		Nops:      riscvNops,
		CodeAlign: 2,
		Unwind:    riscvUnwind, ABI: riscvABI("-march=rv32imac -mabi=ilp32"), Advice: riscvAdvice,
	}
	rv64imc = Machine{
		Arch: "rv64imc", ELF: elf.EM_RISCV, Class: elf.ELFCLASS64, ExplicitAddends: true, SectionTypes: []elf.SectionType{typeAttributes},
		Howtos:   riscvHowtos(elf.ELFCLASS64),
		Entry:    riscvEntry,
		OldEntry: riscvOld,
		Step:     riscvStep64, StaticTLS: true, Detour: riscvDetour, DetourLoad: riscvDetourLoad64,
		Veneer: Veneer{
			Code: []byte{
				0x97, 0x06, 0, 0, // auipc a3, 0
				0x94, 0x66, // c.ld a3, 8(a3)
				0x82, 0x86, // c.jr a3
				0, 0, 0, 0, 0, 0, 0, 0, // WORD
			},
			Word: 8,
		},
		FarVeneer: Veneer{
			Code: []byte{
				0x17, 0x03, 0, 0, // auipc t1, 0
				0x03, 0x33, 0x03, 0x01, // ld t1, 16(t1)
				0x02, 0x83, // c.jr t1
				0x01, 0x00, // c.nop
				0x13, 0, 0, 0, // nop, so that the word is aligned
				0, 0, 0, 0, 0, 0, 0, 0, // WORD
			},
			Word: 16,
		},
		Nops:      riscvNops,
		CodeAlign: 2,
		Unwind:    riscvUnwind, ABI: riscvABI("-march=rv64imac -mabi=lp64"), Advice: riscvAdvice,
	}
)
