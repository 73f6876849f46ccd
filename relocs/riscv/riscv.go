// Package riscv has the rows of RISC-V.
package riscv

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
// not a duty (shorter.go). R_RISCV_ALIGN is a duty: where code may shrink, the assembler cannot
// pad to an alignment, so it emits as much padding as could be needed, of which
// the linker must delete the rest. -mno-relax avoids both.
//
// A branch goes to the next instruction with the size of its own: PC is the
// address of the branch.
//
// Spec sections are titles in the RISC-V ELF psABI. Types 46 to 50 are GNU ld's own,
// for what it makes while it relaxes; no assembler emits them.

import (
	"debug/elf"

	"mpyld/internal/lazy"
	"mpyld/relocs"
)

const (
	specRelocs   = "RISC-V psABI, Relocations"
	specBranches = "RISC-V psABI, PC-Relative Jumps and Branches"
	specCalls    = "RISC-V psABI, Procedure Calls"
	specPCRel    = "RISC-V psABI, PC-Relative Symbol Addresses"
	specAbs      = "RISC-V psABI, Absolute Addresses"
	specGOT      = "RISC-V psABI, Global Offset Table"
	specAlign    = "RISC-V psABI, Relocation for Alignment"
	specRelax    = "RISC-V psABI, Linker Relaxation"
	specTLS      = "RISC-V psABI, Thread Local Storage"
	specGNU      = "GNU binutils, include/elf/riscv.h"

	whyTLSModel = "the address of a thread-local variable from a thread's table, but MicroPython has no such tables: compile with -ftls-model=local-exec and without -fpic, or remove __thread/_Thread_local"

	// What compilers make for a switch, if they may take all code to be in the lowest 2 GB.
	whyNarrow = "-mcmodel=medlow makes tables of jumps with addresses of 32 bits: compile with -mcmodel=medany, or with -fno-jump-tables"

	whyGP         = "relative to gp, which belongs to the firmware: link the .o files, not the result of ld"
	whyVendorInsn = "an instruction of a vendor's extension: compile with only standard extensions in -march"
)

var (
	howtos32 = lazy.Value[[]relocs.Howto]{Make: func() []relocs.Howto { return howtos(elf.ELFCLASS32) }}
	howtos64 = lazy.Value[[]relocs.Howto]{Make: func() []relocs.Howto { return howtos(elf.ELFCLASS64) }}
)

// howtos returns the rows of one class. They differ in what LUI makes of
// bit 31, and in the type of a word with an address.
func howtos(class elf.Class) []relocs.Howto {
	rv32, lui, narrow := class == elf.ELFCLASS32, fieldLUI64, whyNarrow
	if rv32 {
		lui, narrow = fieldLUI32, ""
	}
	return []relocs.Howto{
		{Type: 0, Name: "R_RISCV_NONE", Formula: relocs.Nothing, Spec: specRelocs},
		{Type: 1, Name: "R_RISCV_32", Formula: relocs.Abs, Field: &relocs.Word32, LegacySlot: rv32, Narrow: narrow, Spec: specRelocs},
		{Type: 2, Name: "R_RISCV_64", Formula: relocs.Abs, Field: &relocs.Word64, LegacySlot: !rv32, Spec: specRelocs},
		{Type: 3, Name: "R_RISCV_RELATIVE", Formula: relocs.Refused, Spec: specRelocs, Why: relocs.WhyDynamic},
		{Type: 4, Name: "R_RISCV_COPY", Formula: relocs.Refused, Spec: specRelocs, Why: relocs.WhyDynamic},
		{Type: 5, Name: "R_RISCV_JUMP_SLOT", Formula: relocs.Refused, Spec: specRelocs, Why: relocs.WhyDynamic},
		{Type: 6, Name: "R_RISCV_TLS_DTPMOD32", Formula: relocs.Refused, Spec: specTLS, Why: whyTLSModel},
		{Type: 7, Name: "R_RISCV_TLS_DTPMOD64", Formula: relocs.Refused, Spec: specTLS, Why: whyTLSModel},
		{Type: 8, Name: "R_RISCV_TLS_DTPREL32", Formula: relocs.Refused, Spec: specTLS, Why: whyTLSModel},
		{Type: 9, Name: "R_RISCV_TLS_DTPREL64", Formula: relocs.Refused, Spec: specTLS, Why: whyTLSModel},
		{Type: 10, Name: "R_RISCV_TLS_TPREL32", Formula: relocs.Refused, Spec: specTLS, Why: whyTLSModel},
		{Type: 11, Name: "R_RISCV_TLS_TPREL64", Formula: relocs.Refused, Spec: specTLS, Why: whyTLSModel},
		{Type: 12, Name: "R_RISCV_TLSDESC", Formula: relocs.Refused, Spec: specTLS, Why: whyTLSModel},
		{Type: 16, Name: "R_RISCV_BRANCH", Formula: relocs.PCRel, Field: fieldB, Branch: true, WeakUndefValue: 4, Spec: specBranches},
		{Type: 17, Name: "R_RISCV_JAL", Formula: relocs.PCRel, Field: fieldJ, Branch: true, WeakUndefValue: 4, Spec: specBranches},
		{Type: 18, Name: "R_RISCV_CALL", Formula: relocs.PCRel, Field: fieldCall, Branch: true, WeakUndefValue: 8, Shorter: shorterCalls(rv32), Spec: specCalls},
		{Type: 19, Name: "R_RISCV_CALL_PLT", Formula: relocs.PCRel, Field: fieldCall, Branch: true, WeakUndefValue: 8, Shorter: shorterCalls(rv32), Spec: specCalls},
		{Type: 20, Name: "R_RISCV_GOT_HI20", Formula: relocs.GOTSlotRel, Field: fieldAUIPC, Near: nearUpper, Spec: specGOT},
		{Type: 21, Name: "R_RISCV_TLS_GOT_HI20", Formula: relocs.Refused, Spec: specTLS, Why: whyTLSModel},
		{Type: 22, Name: "R_RISCV_TLS_GD_HI20", Formula: relocs.Refused, Spec: specTLS, Why: whyTLSModel},
		{Type: 23, Name: "R_RISCV_PCREL_HI20", Formula: relocs.PCRel, Field: fieldAUIPC, Spec: specPCRel, Rewrites: []*relocs.Rewrite{loadAll}},
		{Type: 24, Name: "R_RISCV_PCREL_LO12_I", Formula: relocs.LowOf, Field: fieldI, Near: nearLower(rv32), Spec: specPCRel},
		{Type: 25, Name: "R_RISCV_PCREL_LO12_S", Formula: relocs.LowOf, Field: fieldS, Spec: specPCRel},
		{Type: 26, Name: "R_RISCV_HI20", Formula: relocs.Abs, Field: lui, Spec: specAbs, Rewrites: upper("R_RISCV_HI20")},
		{Type: 27, Name: "R_RISCV_LO12_I", Formula: relocs.Abs, Field: fieldI, Spec: specAbs, Rewrites: lower("R_RISCV_LO12_I (of an AUIPC)", fieldI)},
		{Type: 28, Name: "R_RISCV_LO12_S", Formula: relocs.Abs, Field: fieldS, Spec: specAbs, Rewrites: lower("R_RISCV_LO12_S (of an AUIPC)", fieldS)},
		{Type: 29, Name: "R_RISCV_TPREL_HI20", Formula: relocs.Abs, Field: lui, Spec: specTLS, Rewrites: upper("R_RISCV_TPREL_HI20")},
		{Type: 30, Name: "R_RISCV_TPREL_LO12_I", Formula: relocs.Abs, Field: fieldI, Spec: specTLS, Rewrites: lower("R_RISCV_TPREL_LO12_I (of an AUIPC)", fieldI)},
		{Type: 31, Name: "R_RISCV_TPREL_LO12_S", Formula: relocs.Abs, Field: fieldS, Spec: specTLS, Rewrites: lower("R_RISCV_TPREL_LO12_S (of an AUIPC)", fieldS)},
		{Type: 32, Name: "R_RISCV_TPREL_ADD", Formula: relocs.Nothing, Spec: specTLS, Rewrites: []*relocs.Rewrite{{Name: "R_RISCV_TPREL_ADD", Part: relocs.Erased, Replacement: addZero}}},
		{Type: 33, Name: "R_RISCV_ADD8", Formula: relocs.Add, Field: &relocs.Word8, Spec: specRelocs},
		{Type: 34, Name: "R_RISCV_ADD16", Formula: relocs.Add, Field: &relocs.Word16, Spec: specRelocs},
		{Type: 35, Name: "R_RISCV_ADD32", Formula: relocs.Add, Field: &relocs.Word32, Spec: specRelocs},
		{Type: 36, Name: "R_RISCV_ADD64", Formula: relocs.Add, Field: &relocs.Word64, Spec: specRelocs},
		{Type: 37, Name: "R_RISCV_SUB8", Formula: relocs.Sub, Field: &relocs.Word8, Spec: specRelocs},
		{Type: 38, Name: "R_RISCV_SUB16", Formula: relocs.Sub, Field: &relocs.Word16, Spec: specRelocs},
		{Type: 39, Name: "R_RISCV_SUB32", Formula: relocs.Sub, Field: &relocs.Word32, Spec: specRelocs},
		{Type: 40, Name: "R_RISCV_SUB64", Formula: relocs.Sub, Field: &relocs.Word64, Spec: specRelocs},
		{Type: 41, Name: "R_RISCV_GOT32_PCREL", Formula: relocs.GOTSlotRel, Field: &relocs.Signed32, Spec: specGOT},
		{Type: 42, Name: "R_RISCV_GNU_VTENTRY", Formula: relocs.Nothing, Spec: specGNU},
		{Type: 43, Name: "R_RISCV_ALIGN", Formula: relocs.Align, Spec: specAlign},
		{Type: 44, Name: "R_RISCV_RVC_BRANCH", Formula: relocs.PCRel, Field: fieldCB, Branch: true, WeakUndefValue: 2, Spec: specBranches},
		{Type: 45, Name: "R_RISCV_RVC_JUMP", Formula: relocs.PCRel, Field: fieldCJ, Branch: true, WeakUndefValue: 2, Spec: specBranches},
		{Type: 46, Name: "R_RISCV_RVC_LUI", Formula: relocs.Refused, Spec: specGNU, Why: relocs.WhyRelaxed},
		{Type: 47, Name: "R_RISCV_GPREL_I", Formula: relocs.Refused, Spec: specGNU, Why: whyGP},
		{Type: 48, Name: "R_RISCV_GPREL_S", Formula: relocs.Refused, Spec: specGNU, Why: whyGP},
		{Type: 49, Name: "R_RISCV_TPREL_I", Formula: relocs.Refused, Spec: specGNU, Why: relocs.WhyRelaxed},
		{Type: 50, Name: "R_RISCV_TPREL_S", Formula: relocs.Refused, Spec: specGNU, Why: relocs.WhyRelaxed},
		{Type: 51, Name: "R_RISCV_RELAX", Formula: relocs.Nothing, Spec: specRelax},
		{Type: 52, Name: "R_RISCV_SUB6", Formula: relocs.Sub, Field: fieldWord6, Spec: specRelocs},
		{Type: 53, Name: "R_RISCV_SET6", Formula: relocs.Set, Field: fieldWord6, Spec: specRelocs},
		{Type: 54, Name: "R_RISCV_SET8", Formula: relocs.Set, Field: &relocs.Word8, Spec: specRelocs},
		{Type: 55, Name: "R_RISCV_SET16", Formula: relocs.Set, Field: &relocs.Word16, Spec: specRelocs},
		{Type: 56, Name: "R_RISCV_SET32", Formula: relocs.Set, Field: &relocs.Word32, Spec: specRelocs},
		{Type: 57, Name: "R_RISCV_32_PCREL", Formula: relocs.PCRel, Field: &relocs.Signed32, Spec: specRelocs},
		{Type: 58, Name: "R_RISCV_IRELATIVE", Formula: relocs.Refused, Spec: specRelocs, Why: relocs.WhyDynamic},
		{Type: 59, Name: "R_RISCV_PLT32", Formula: relocs.PCRel, Field: &relocs.Signed32, Spec: specRelocs},
		{Type: 60, Name: "R_RISCV_SET_ULEB128", Formula: relocs.Set, Fields: fieldsULEB, Spec: specRelocs},
		{Type: 61, Name: "R_RISCV_SUB_ULEB128", Formula: relocs.Sub, Fields: fieldsULEB, Spec: specRelocs},
		{Type: 62, Name: "R_RISCV_TLSDESC_HI20", Formula: relocs.Refused, Spec: specTLS, Why: whyTLSModel},
		{Type: 63, Name: "R_RISCV_TLSDESC_LOAD_LO12", Formula: relocs.Refused, Spec: specTLS, Why: whyTLSModel},
		{Type: 64, Name: "R_RISCV_TLSDESC_ADD_LO12", Formula: relocs.Refused, Spec: specTLS, Why: whyTLSModel},
		{Type: 65, Name: "R_RISCV_TLSDESC_CALL", Formula: relocs.Refused, Spec: specTLS, Why: whyTLSModel},
		// 191 says whose relocation the next one, 192 to 255, is.
		{Type: 191, Name: "R_RISCV_VENDOR", Formula: relocs.Refused, Spec: specRelocs, Why: whyVendorInsn},
	}
}

const typeAttributes = elf.SHT_LOPROC + 3 // SHT_RISCV_ATTRIBUTES

// Debian's RISC-V compilers find a C library with --specs=picolibc.specs, but do
// not print where it is.
var advice = relocs.Advice{
	Costly: []relocs.Costly{
		// Without R_RISCV_RELAX at a R_RISCV_CALL or R_RISCV_CALL_PLT, the linker must not shorten it.
		{Shows: []uint32{18, 19}, Lacks: 51, Flag: "-mno-relax", Better: "-mrelax", Percent: 5},
	},
	RuntimeOwn: []string{"__riscv_save_", "__riscv_restore_"}, // -msave-restore
	Runtime:    relocs.FromLibgcc, Maths: fromPicolibc, C: fromPicolibc, RAM: "-fno-pic",
}

const fromPicolibc = "libc.a of picolibc has %s: pass -l /usr/lib/picolibc/riscv64-unknown-elf/lib/$(CC --print-multi-directory)/libc.a (of the package picolibc-riscv64-unknown-elf; elsewhere, the path that CC --print-file-name=libc.a prints)"

var (
	entry = []relocs.Jump{
		{Code: []byte{0x01, 0xa0}, Off: 0, Field: fieldCJ}, // c.j
		{
			Code: []byte{
				0x97, 0x0f, 0, 0, // auipc t6, 0
				0x67, 0x80, 0x0f, 0, // jalr zero, 0(t6)
			},
			Off: 0, Field: fieldCall,
		},
	}

	island = relocs.Jump{Code: []byte{0x6f, 0, 0, 0}, Off: 0, Field: fieldJ} // j

	// A call leaves t1 to procedure linkage (RISC-V psABI, "Program Linkage Table"). That a
	// jump is one to another function does not show.
	jal  = relocs.Opcode{Size: 4, Mask: 0xfff, Match: 0x0ef}   // jal ra
	cjal = relocs.Opcode{Size: 2, Mask: 0xe003, Match: 0x2001} // c.jal, of RV32

	// mpy_ld.py knows RISC-V since 1.25.
	legacyEntry = [relocs.EntryStyles]relocs.LegacyEntry{
		relocs.EntrySince112: {Jumps: entry[1:]}, relocs.EntrySince124: {Jumps: entry[1:]}, relocs.EntrySince128: {Jumps: entry},
	}

	// ra, t0 to t2, a0 to a7, t3 to t6 (RISC-V psABI, "Integer Register Convention")
	callUses relocs.Registers = 0xf003_fce2

	nops = [][]byte{
		{0x13, 0, 0, 0}, // nop
		{0x01, 0},       // c.nop
	}

	unwind = []string{".eh_frame", ".gcc_except_table"}

	// Machines are those that modules are linked for.
	Machines = []*relocs.Machine{&rv32imc, &rv64imc}

	arguments = [4]string{"$a0", "$a1", "$a2", "$a3"}

	rv32imc = relocs.Machine{
		Name: "rv32imc", Code: 11, Word: 4, TextAlign: 16, BlockAlign: 16, WritableText: true, Flags: []string{"zba", "zcmp"},
		AlsoCalled: "rv32 riscv32 riscv", Boards: boards32,
		ELF: elf.EM_RISCV, Class: elf.ELFCLASS32, ExplicitAddends: true, SectionTypes: []elf.SectionType{typeAttributes},
		Howtos:      func() []relocs.Howto { return howtos32.Get() },
		Entry:       entry,
		LegacyEntry: legacyEntry,
		Decode:      decode32, Unit: 2, CallUses: callUses, Text: text32, StaticTLS: true, Thunk: thunk, LoadingThunk: loadingThunk32,
		Veneer: relocs.Veneer{
			Code: []byte{
				0x97, 0x06, 0, 0, // auipc a3, 0
				0x94, 0x46, // c.lw a3, 8(a3)
				0x82, 0x86, // c.jr a3
				0, 0, 0, 0, // WORD
			},
			Word: 8,
		},
		FarVeneer: relocs.Veneer{
			Code: []byte{
				0x17, 0x03, 0, 0, // auipc t1, 0
				0x03, 0x23, 0xc3, 0x00, // lw t1, 12(t1)
				0x02, 0x83, // c.jr t1
				0x01, 0x00, // c.nop
				0, 0, 0, 0, // WORD
			},
			Word: 12, From: []relocs.Opcode{jal, cjal},
		},
		Island:    &island,
		Nops:      nops,
		CodeAlign: 2,
		Unwind:    unwind, ABI: abi("-march=rv32imac -mabi=ilp32"), Advice: advice, GDBArgs: arguments, About: ".riscv.attributes",
	}
	rv64imc = relocs.Machine{
		Name: "rv64imc", Code: 12, Word: 8, TextAlign: 32, BlockAlign: 32, WritableText: true,
		AlsoCalled: "rv64 riscv64", Boards: boards64,
		ELF: elf.EM_RISCV, Class: elf.ELFCLASS64, ExplicitAddends: true, SectionTypes: []elf.SectionType{typeAttributes},
		Howtos:      func() []relocs.Howto { return howtos64.Get() },
		Entry:       entry,
		LegacyEntry: legacyEntry,
		Decode:      decode64, Unit: 2, CallUses: callUses, Text: text64, StaticTLS: true, Thunk: thunk, LoadingThunk: loadingThunk64,
		Veneer: relocs.Veneer{
			Code: []byte{
				0x97, 0x06, 0, 0, // auipc a3, 0
				0x94, 0x66, // c.ld a3, 8(a3)
				0x82, 0x86, // c.jr a3
				0, 0, 0, 0, 0, 0, 0, 0, // WORD
			},
			Word: 8,
		},
		FarVeneer: relocs.Veneer{
			Code: []byte{
				0x17, 0x03, 0, 0, // auipc t1, 0
				0x03, 0x33, 0x03, 0x01, // ld t1, 16(t1)
				0x02, 0x83, // c.jr t1
				0x01, 0x00, // c.nop
				0x13, 0, 0, 0, // nop, so that the word is aligned
				0, 0, 0, 0, 0, 0, 0, 0, // WORD
			},
			Word: 16, From: []relocs.Opcode{jal},
		},
		Island:    &island,
		Nops:      nops,
		CodeAlign: 2,
		Unwind:    unwind, ABI: abi("-march=rv64imac -mabi=lp64"), Advice: advice, GDBArgs: arguments, About: ".riscv.attributes",
	}
)
