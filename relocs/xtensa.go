package relocs

// Xtensa for a linker.
//
// Code gets every address and every large number from a literal: a word that
// L32R loads from up to 256 KiB before the instruction, never from behind it.
// The assembler puts literals in sections of their own (.literal, .literal.f), and
// nothing else refers to these. So a table of literals takes the place of the
// sections and lies before all code (Machine.Literal); with -mtext-section-literals
// the words are in the code's own section instead, and stay there.
//
// A single relocation type, R_XTENSA_SLOT0_OP, serves all PC-relative operands,
// and the instruction at the place decides what it means: which bits, which
// range, and which address counts as PC. Hence Pick. The other slots belong to
// wide (FLIX) instructions, which compilers for the ESP8266 and ESP32 do not emit.
//
// The assembler fills in operands it can compute, that is from a section to a
// local label of its own, but emits a relocation for those too, so that a
// linker may move code. Branches to global symbols and to other sections hold
// nothing yet. mpy_ld.py takes both for filled in and so leaves calls between
// sections pointing at the instruction after them.
//
// Objects are RELA, but an R_XTENSA_32 adds to what its word holds: S + A + V. GNU as
// puts the offset of a local label in the word and that of a global symbol in the
// entry; ld -r moves all to the word. R_XTENSA_32_ABS, which newer assemblers
// have, is the one whose addend is only in the entry.
//
// DIFF relocations say that the word is a distance between two labels, right as
// it stands until a linker deletes code between them, and ASM_EXPAND that a call
// through a literal would be a plain call if it reached. Neither asks anything
// of a linker that does not relax.
//
// There is no psABI document; Spec sections name GNU binutils, whose linker is
// the definition.

import "debug/elf"

const (
	xtensaBFD  = "GNU binutils, bfd/elf32-xtensa.c, elf_howto_table"
	xtensaLLVM = "LLVM, BinaryFormat/ELFRelocs/Xtensa.def"

	whyOldOperand = "from an assembler that predates R_XTENSA_SLOT0_OP: assemble the source again"
	whySlot       = "an operand of a wide (FLIX) instruction: compile for the ESP8266 or ESP32 core"
	whyAlt        = "half of an address, or a literal at a fixed place: compile without -mconst16 and for a core without absolute literals"
)

var xtensaHowtos = []Howto{
	{Type: 0, Name: "R_XTENSA_NONE", Kind: Nothing, Spec: xtensaBFD},
	{Type: 1, Name: "R_XTENSA_32", Kind: Abs, Field: word32, InPlace: true, Spec: xtensaBFD},
	{Type: 2, Name: "R_XTENSA_RTLD", Kind: Refused, Spec: xtensaBFD, Why: whyDynamic},
	{Type: 3, Name: "R_XTENSA_GLOB_DAT", Kind: Refused, Spec: xtensaBFD, Why: whyDynamic},
	{Type: 4, Name: "R_XTENSA_JMP_SLOT", Kind: Refused, Spec: xtensaBFD, Why: whyDynamic},
	{Type: 5, Name: "R_XTENSA_RELATIVE", Kind: Refused, Spec: xtensaBFD, Why: whyDynamic},
	{Type: 6, Name: "R_XTENSA_PLT", Kind: Abs, Field: word32, Spec: xtensaBFD},
	{Type: 8, Name: "R_XTENSA_OP0", Kind: Refused, Spec: xtensaBFD, Why: whyOldOperand},
	{Type: 9, Name: "R_XTENSA_OP1", Kind: Refused, Spec: xtensaBFD, Why: whyOldOperand},
	{Type: 10, Name: "R_XTENSA_OP2", Kind: Refused, Spec: xtensaBFD, Why: whyOldOperand},
	{Type: 11, Name: "R_XTENSA_ASM_EXPAND", Kind: Nothing, Spec: xtensaBFD},
	{Type: 12, Name: "R_XTENSA_ASM_SIMPLIFY", Kind: Refused, Spec: xtensaBFD, Why: whyRelaxed},
	{Type: 14, Name: "R_XTENSA_32_PCREL", Kind: PCRel, Field: signed32, Spec: xtensaBFD},
	{Type: 15, Name: "R_XTENSA_GNU_VTINHERIT", Kind: Nothing, Spec: xtensaBFD},
	{Type: 16, Name: "R_XTENSA_GNU_VTENTRY", Kind: Nothing, Spec: xtensaBFD},
	{Type: 17, Name: "R_XTENSA_DIFF8", Kind: Nothing, Spec: xtensaBFD},
	{Type: 18, Name: "R_XTENSA_DIFF16", Kind: Nothing, Spec: xtensaBFD},
	{Type: 19, Name: "R_XTENSA_DIFF32", Kind: Nothing, Spec: xtensaBFD},
	{
		Type: 20, Name: "R_XTENSA_SLOT0_OP", Kind: PCRel, Spec: xtensaBFD,
		Pick: []*Field{
			xtensaL32R, xtensaCALL, xtensaJ, xtensaBZ, xtensaBI,
			xtensaBF, xtensaLOOP, xtensaBUI, xtensaB, xtensaBZN,
		},
	},
	{Type: 21, Name: "R_XTENSA_SLOT1_OP", Kind: Refused, Spec: xtensaBFD, Why: whySlot},
	{Type: 22, Name: "R_XTENSA_SLOT2_OP", Kind: Refused, Spec: xtensaBFD, Why: whySlot},
	{Type: 23, Name: "R_XTENSA_SLOT3_OP", Kind: Refused, Spec: xtensaBFD, Why: whySlot},
	{Type: 24, Name: "R_XTENSA_SLOT4_OP", Kind: Refused, Spec: xtensaBFD, Why: whySlot},
	{Type: 25, Name: "R_XTENSA_SLOT5_OP", Kind: Refused, Spec: xtensaBFD, Why: whySlot},
	{Type: 26, Name: "R_XTENSA_SLOT6_OP", Kind: Refused, Spec: xtensaBFD, Why: whySlot},
	{Type: 27, Name: "R_XTENSA_SLOT7_OP", Kind: Refused, Spec: xtensaBFD, Why: whySlot},
	{Type: 28, Name: "R_XTENSA_SLOT8_OP", Kind: Refused, Spec: xtensaBFD, Why: whySlot},
	{Type: 29, Name: "R_XTENSA_SLOT9_OP", Kind: Refused, Spec: xtensaBFD, Why: whySlot},
	{Type: 30, Name: "R_XTENSA_SLOT10_OP", Kind: Refused, Spec: xtensaBFD, Why: whySlot},
	{Type: 31, Name: "R_XTENSA_SLOT11_OP", Kind: Refused, Spec: xtensaBFD, Why: whySlot},
	{Type: 32, Name: "R_XTENSA_SLOT12_OP", Kind: Refused, Spec: xtensaBFD, Why: whySlot},
	{Type: 33, Name: "R_XTENSA_SLOT13_OP", Kind: Refused, Spec: xtensaBFD, Why: whySlot},
	{Type: 34, Name: "R_XTENSA_SLOT14_OP", Kind: Refused, Spec: xtensaBFD, Why: whySlot},
	{Type: 35, Name: "R_XTENSA_SLOT0_ALT", Kind: Refused, Spec: xtensaBFD, Why: whyAlt},
	{Type: 36, Name: "R_XTENSA_SLOT1_ALT", Kind: Refused, Spec: xtensaBFD, Why: whySlot},
	{Type: 37, Name: "R_XTENSA_SLOT2_ALT", Kind: Refused, Spec: xtensaBFD, Why: whySlot},
	{Type: 38, Name: "R_XTENSA_SLOT3_ALT", Kind: Refused, Spec: xtensaBFD, Why: whySlot},
	{Type: 39, Name: "R_XTENSA_SLOT4_ALT", Kind: Refused, Spec: xtensaBFD, Why: whySlot},
	{Type: 40, Name: "R_XTENSA_SLOT5_ALT", Kind: Refused, Spec: xtensaBFD, Why: whySlot},
	{Type: 41, Name: "R_XTENSA_SLOT6_ALT", Kind: Refused, Spec: xtensaBFD, Why: whySlot},
	{Type: 42, Name: "R_XTENSA_SLOT7_ALT", Kind: Refused, Spec: xtensaBFD, Why: whySlot},
	{Type: 43, Name: "R_XTENSA_SLOT8_ALT", Kind: Refused, Spec: xtensaBFD, Why: whySlot},
	{Type: 44, Name: "R_XTENSA_SLOT9_ALT", Kind: Refused, Spec: xtensaBFD, Why: whySlot},
	{Type: 45, Name: "R_XTENSA_SLOT10_ALT", Kind: Refused, Spec: xtensaBFD, Why: whySlot},
	{Type: 46, Name: "R_XTENSA_SLOT11_ALT", Kind: Refused, Spec: xtensaBFD, Why: whySlot},
	{Type: 47, Name: "R_XTENSA_SLOT12_ALT", Kind: Refused, Spec: xtensaBFD, Why: whySlot},
	{Type: 48, Name: "R_XTENSA_SLOT13_ALT", Kind: Refused, Spec: xtensaBFD, Why: whySlot},
	{Type: 49, Name: "R_XTENSA_SLOT14_ALT", Kind: Refused, Spec: xtensaBFD, Why: whySlot},
	{Type: 50, Name: "R_XTENSA_TLSDESC_FN", Kind: Refused, Spec: xtensaBFD, Why: whyTLS},
	{Type: 51, Name: "R_XTENSA_TLSDESC_ARG", Kind: Refused, Spec: xtensaBFD, Why: whyTLS},
	{Type: 52, Name: "R_XTENSA_TLS_DTPOFF", Kind: Refused, Spec: xtensaBFD, Why: whyTLS},
	{Type: 53, Name: "R_XTENSA_TLS_TPOFF", Kind: Refused, Spec: xtensaBFD, Why: whyTLS},
	{Type: 54, Name: "R_XTENSA_TLS_FUNC", Kind: Refused, Spec: xtensaBFD, Why: whyTLS},
	{Type: 55, Name: "R_XTENSA_TLS_ARG", Kind: Refused, Spec: xtensaBFD, Why: whyTLS},
	{Type: 56, Name: "R_XTENSA_TLS_CALL", Kind: Refused, Spec: xtensaBFD, Why: whyTLS},
	{Type: 57, Name: "R_XTENSA_PDIFF8", Kind: Nothing, Spec: xtensaBFD},
	{Type: 58, Name: "R_XTENSA_PDIFF16", Kind: Nothing, Spec: xtensaBFD},
	{Type: 59, Name: "R_XTENSA_PDIFF32", Kind: Nothing, Spec: xtensaBFD},
	{Type: 60, Name: "R_XTENSA_NDIFF8", Kind: Nothing, Spec: xtensaBFD},
	{Type: 61, Name: "R_XTENSA_NDIFF16", Kind: Nothing, Spec: xtensaBFD},
	{Type: 62, Name: "R_XTENSA_NDIFF32", Kind: Nothing, Spec: xtensaBFD},
	{Type: 63, Name: "R_XTENSA_PDIFF_ULEB128", Kind: Nothing, Spec: xtensaLLVM},
	{Type: 64, Name: "R_XTENSA_32_ABS", Kind: Abs, Field: word32, Spec: xtensaLLVM},
}

var (
	xtensa    = xtensaMachine("xtensa", xtensaABI("xtensa-lx106-elf-gcc", false), esp8266Advice)
	xtensawin = xtensaMachine("xtensawin", xtensaABI("xtensa-esp32-elf-gcc", true), esp32Advice)
)

// xtensaVeneer is for direct calls out of the module; most go through a
// literal. a9 is free in both calling conventions: at the entry of a function
// called with CALL8 it is the callee's a1, which ENTRY is yet to set.
var xtensaVeneer = Veneer{
	Code: []byte{
		0, 0, 0, 0, // WORD: L32R only reaches backwards
		0x91, 0xff, 0xff, // l32r a9, WORD
		0xa0, 0x09, 0x00, // jx a9
	},
	Word: 0, Entry: 4,
}

var xtensaEntry = []Jump{{Code: []byte{0x06, 0x00, 0x00}, Off: 0, Field: xtensaJ, A: -4}} // j

// xtensaMachine returns the machine of either calling convention: windowed
// calls have opcodes of their own, but the same fields.
func xtensaMachine(arch string, abi ABI, advice Advice) Machine {
	return Machine{
		Arch: arch, ELF: elf.EM_XTENSA, Class: elf.ELFCLASS32, Howtos: xtensaHowtos, ExplicitAddends: true,
		Entry:    xtensaEntry,
		OldEntry: sameEntry(xtensaEntry),
		Literal:  ".literal", LiteralReach: 1 << 18,
		Veneer: xtensaVeneer, FarVeneer: xtensaVeneer,
		Unwind: []string{".eh_frame", ".gcc_except_table"}, ABI: abi, Advice: advice,
	}
}
