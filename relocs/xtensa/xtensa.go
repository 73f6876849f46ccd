// Package xtensa has the rows of Xtensa.
package xtensa

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
// range, and which address counts as PC. Hence Fields. The other slots belong to
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

import (
	"debug/elf"

	"mpyld/relocs"
)

const (
	specBFD  = "GNU binutils, bfd/elf32-xtensa.c, elf_howto_table"
	specLLVM = "LLVM, BinaryFormat/ELFRelocs/Xtensa.def"

	whyOldOperand = "from an assembler that predates R_XTENSA_SLOT0_OP: assemble the source again"
	whySlot       = "an operand of a wide (FLIX) instruction: compile for the ESP8266 or ESP32 core"
	whyAlt        = "half of an address, or a literal at a fixed place: compile without -mconst16 and for a core without absolute literals"
)

var howtos = []relocs.Howto{
	{Type: 0, Name: "R_XTENSA_NONE", Formula: relocs.Nothing, Spec: specBFD},
	{Type: 1, Name: "R_XTENSA_32", Formula: relocs.Abs, Field: &relocs.Word32, InPlace: true, Spec: specBFD},
	{Type: 2, Name: "R_XTENSA_RTLD", Formula: relocs.Refused, Spec: specBFD, Why: relocs.WhyDynamic},
	{Type: 3, Name: "R_XTENSA_GLOB_DAT", Formula: relocs.Refused, Spec: specBFD, Why: relocs.WhyDynamic},
	{Type: 4, Name: "R_XTENSA_JMP_SLOT", Formula: relocs.Refused, Spec: specBFD, Why: relocs.WhyDynamic},
	{Type: 5, Name: "R_XTENSA_RELATIVE", Formula: relocs.Refused, Spec: specBFD, Why: relocs.WhyDynamic},
	{Type: 6, Name: "R_XTENSA_PLT", Formula: relocs.Abs, Field: &relocs.Word32, Spec: specBFD},
	{Type: 8, Name: "R_XTENSA_OP0", Formula: relocs.Refused, Spec: specBFD, Why: whyOldOperand},
	{Type: 9, Name: "R_XTENSA_OP1", Formula: relocs.Refused, Spec: specBFD, Why: whyOldOperand},
	{Type: 10, Name: "R_XTENSA_OP2", Formula: relocs.Refused, Spec: specBFD, Why: whyOldOperand},
	{Type: 11, Name: "R_XTENSA_ASM_EXPAND", Formula: relocs.Nothing, Spec: specBFD},
	{Type: 12, Name: "R_XTENSA_ASM_SIMPLIFY", Formula: relocs.Refused, Spec: specBFD, Why: relocs.WhyRelaxed},
	{Type: 14, Name: "R_XTENSA_32_PCREL", Formula: relocs.PCRel, Field: &relocs.Signed32, Spec: specBFD},
	{Type: 15, Name: "R_XTENSA_GNU_VTINHERIT", Formula: relocs.Nothing, Spec: specBFD},
	{Type: 16, Name: "R_XTENSA_GNU_VTENTRY", Formula: relocs.Nothing, Spec: specBFD},
	{Type: 17, Name: "R_XTENSA_DIFF8", Formula: relocs.Nothing, Difference: 1, Spec: specBFD},
	{Type: 18, Name: "R_XTENSA_DIFF16", Formula: relocs.Nothing, Difference: 2, Spec: specBFD},
	{Type: 19, Name: "R_XTENSA_DIFF32", Formula: relocs.Nothing, Difference: 4, Spec: specBFD},
	{
		Type: 20, Name: "R_XTENSA_SLOT0_OP", Formula: relocs.PCRel, Spec: specBFD,
		Fields: []*relocs.Field{
			fieldL32R, fieldCALL, fieldCALL4, fieldJ, fieldBZ, fieldBI,
			fieldBF, fieldLOOP, fieldBUI, fieldB, fieldBZN,
		},
	},
	{Type: 21, Name: "R_XTENSA_SLOT1_OP", Formula: relocs.Refused, Spec: specBFD, Why: whySlot},
	{Type: 22, Name: "R_XTENSA_SLOT2_OP", Formula: relocs.Refused, Spec: specBFD, Why: whySlot},
	{Type: 23, Name: "R_XTENSA_SLOT3_OP", Formula: relocs.Refused, Spec: specBFD, Why: whySlot},
	{Type: 24, Name: "R_XTENSA_SLOT4_OP", Formula: relocs.Refused, Spec: specBFD, Why: whySlot},
	{Type: 25, Name: "R_XTENSA_SLOT5_OP", Formula: relocs.Refused, Spec: specBFD, Why: whySlot},
	{Type: 26, Name: "R_XTENSA_SLOT6_OP", Formula: relocs.Refused, Spec: specBFD, Why: whySlot},
	{Type: 27, Name: "R_XTENSA_SLOT7_OP", Formula: relocs.Refused, Spec: specBFD, Why: whySlot},
	{Type: 28, Name: "R_XTENSA_SLOT8_OP", Formula: relocs.Refused, Spec: specBFD, Why: whySlot},
	{Type: 29, Name: "R_XTENSA_SLOT9_OP", Formula: relocs.Refused, Spec: specBFD, Why: whySlot},
	{Type: 30, Name: "R_XTENSA_SLOT10_OP", Formula: relocs.Refused, Spec: specBFD, Why: whySlot},
	{Type: 31, Name: "R_XTENSA_SLOT11_OP", Formula: relocs.Refused, Spec: specBFD, Why: whySlot},
	{Type: 32, Name: "R_XTENSA_SLOT12_OP", Formula: relocs.Refused, Spec: specBFD, Why: whySlot},
	{Type: 33, Name: "R_XTENSA_SLOT13_OP", Formula: relocs.Refused, Spec: specBFD, Why: whySlot},
	{Type: 34, Name: "R_XTENSA_SLOT14_OP", Formula: relocs.Refused, Spec: specBFD, Why: whySlot},
	{Type: 35, Name: "R_XTENSA_SLOT0_ALT", Formula: relocs.Refused, Spec: specBFD, Why: whyAlt},
	{Type: 36, Name: "R_XTENSA_SLOT1_ALT", Formula: relocs.Refused, Spec: specBFD, Why: whySlot},
	{Type: 37, Name: "R_XTENSA_SLOT2_ALT", Formula: relocs.Refused, Spec: specBFD, Why: whySlot},
	{Type: 38, Name: "R_XTENSA_SLOT3_ALT", Formula: relocs.Refused, Spec: specBFD, Why: whySlot},
	{Type: 39, Name: "R_XTENSA_SLOT4_ALT", Formula: relocs.Refused, Spec: specBFD, Why: whySlot},
	{Type: 40, Name: "R_XTENSA_SLOT5_ALT", Formula: relocs.Refused, Spec: specBFD, Why: whySlot},
	{Type: 41, Name: "R_XTENSA_SLOT6_ALT", Formula: relocs.Refused, Spec: specBFD, Why: whySlot},
	{Type: 42, Name: "R_XTENSA_SLOT7_ALT", Formula: relocs.Refused, Spec: specBFD, Why: whySlot},
	{Type: 43, Name: "R_XTENSA_SLOT8_ALT", Formula: relocs.Refused, Spec: specBFD, Why: whySlot},
	{Type: 44, Name: "R_XTENSA_SLOT9_ALT", Formula: relocs.Refused, Spec: specBFD, Why: whySlot},
	{Type: 45, Name: "R_XTENSA_SLOT10_ALT", Formula: relocs.Refused, Spec: specBFD, Why: whySlot},
	{Type: 46, Name: "R_XTENSA_SLOT11_ALT", Formula: relocs.Refused, Spec: specBFD, Why: whySlot},
	{Type: 47, Name: "R_XTENSA_SLOT12_ALT", Formula: relocs.Refused, Spec: specBFD, Why: whySlot},
	{Type: 48, Name: "R_XTENSA_SLOT13_ALT", Formula: relocs.Refused, Spec: specBFD, Why: whySlot},
	{Type: 49, Name: "R_XTENSA_SLOT14_ALT", Formula: relocs.Refused, Spec: specBFD, Why: whySlot},
	{Type: 50, Name: "R_XTENSA_TLSDESC_FN", Formula: relocs.Refused, Spec: specBFD, Why: relocs.WhyTLS},
	{Type: 51, Name: "R_XTENSA_TLSDESC_ARG", Formula: relocs.Refused, Spec: specBFD, Why: relocs.WhyTLS},
	{Type: 52, Name: "R_XTENSA_TLS_DTPOFF", Formula: relocs.Refused, Spec: specBFD, Why: relocs.WhyTLS},
	{Type: 53, Name: "R_XTENSA_TLS_TPOFF", Formula: relocs.Refused, Spec: specBFD, Why: relocs.WhyTLS},
	{Type: 54, Name: "R_XTENSA_TLS_FUNC", Formula: relocs.Refused, Spec: specBFD, Why: relocs.WhyTLS},
	{Type: 55, Name: "R_XTENSA_TLS_ARG", Formula: relocs.Refused, Spec: specBFD, Why: relocs.WhyTLS},
	{Type: 56, Name: "R_XTENSA_TLS_CALL", Formula: relocs.Refused, Spec: specBFD, Why: relocs.WhyTLS},
	{Type: 57, Name: "R_XTENSA_PDIFF8", Formula: relocs.Nothing, Difference: 1, Spec: specBFD},
	{Type: 58, Name: "R_XTENSA_PDIFF16", Formula: relocs.Nothing, Difference: 2, Spec: specBFD},
	{Type: 59, Name: "R_XTENSA_PDIFF32", Formula: relocs.Nothing, Difference: 4, Spec: specBFD},
	{Type: 60, Name: "R_XTENSA_NDIFF8", Formula: relocs.Nothing, Difference: 1, Spec: specBFD},
	{Type: 61, Name: "R_XTENSA_NDIFF16", Formula: relocs.Nothing, Difference: 2, Spec: specBFD},
	{Type: 62, Name: "R_XTENSA_NDIFF32", Formula: relocs.Nothing, Difference: 4, Spec: specBFD},
	{Type: 63, Name: "R_XTENSA_PDIFF_ULEB128", Formula: relocs.Nothing, Difference: 1, Spec: specLLVM},
	{Type: 64, Name: "R_XTENSA_32_ABS", Formula: relocs.Abs, Field: &relocs.Word32, Spec: specLLVM},
}

// Machines are those that modules are linked for.
var (
	Machines = []*relocs.Machine{&xtensa, &xtensawin}

	xtensa = machine(relocs.Machine{
		Name: "xtensa", Code: 9, ABI: rules("xtensa-lx106-elf-gcc", false), Advice: esp8266Advice,
		CallUses:   0x0fff, // functions give back a12 to a15; of the windowed convention, all that is not in their window
		AlsoCalled: "lx106",
		GDBArgs:    [4]string{"$a2", "$a3", "$a4", "$a5"},
		Boards:     []relocs.Boards{{What: "ESP8266", Names: "*esp8266* *esp8285* d1mini wemosd1mini"}},
		Objdump:    objdump("xtensa-lx106-elf-objdump", "xtensa-esp32-elf-objdump"),
	}, call0)
	xtensawin = machine(relocs.Machine{
		Name: "xtensawin", Code: 10, SeparateRodata: true, ABI: rules("xtensa-esp32-elf-gcc", true), Advice: esp32Advice, Remark: remarkS2,
		AlsoCalled: "lx6 lx7",
		GDBArgs:    [4]string{"$a10", "$a11", "$a12", "$a13"}, // ENTRY, which moves the window, is the first instruction
		Boards: []relocs.Boards{
			{
				What: "ESP32, ESP32-S2, ESP32-S3",
				Names: "esp32 esp32generic esp32d0wd* esp32pico esp32picod4 esp32picov3* esp32wroom* esp32wrover* *esp32s2* *esp32s3* esp32generics2 esp32generics3 " +
					"arduinonanoesp32 lilygot3s3 lilygottgolora32 lolins2* m5stackatom m5stackatoms3* olimexesp32* silmant1s silwesp32 solderednulamini " +
					"sparkfuniotredboardesp32 tinypico umfeathers2* umfeathers3* umnanos3 umomgs3 umpros3 umrgbtouchmini umtinypico umtinys2 umtinys3 umtinywatchs3",
			},
			{CircuitPython: true, What: "ESP32, ESP32-S2, ESP32-S3"},
		},
		// The other machine's tools do not know the windowed instructions.
		Objdump: objdump("xtensa-esp32-elf-objdump", "xtensa-esp32s3-elf-objdump"),
	}, call8)
)

func objdump(own ...string) relocs.Objdump {
	return relocs.Objdump{Programs: append(own, "gobjdump", "objdump"), Args: []string{"-m", "xtensa"}}
}

const remarkS2 = "The ESP32-S2 has no floating-point unit: code for xtensawin that was compiled for the ESP32 or ESP32-S3 and computes with floats crashes there."

// The ESP8266's C library is picolibc, which has the mathematics in libc.a.
var esp8266Advice = relocs.Advice{Runtime: relocs.FromLibgcc, Maths: relocs.FromLibc, C: relocs.FromLibc}

var esp32Advice = relocs.Advice{Runtime: relocs.FromLibgcc, Maths: relocs.FromLibm, C: relocs.FromLibc}

// veneer is for direct calls out of the module; most go through a
// literal. a9 is free in both calling conventions: at the entry of a function
// called with CALL8 it is the callee's a1, which ENTRY is yet to set.
var veneer = relocs.Veneer{
	Code: []byte{
		0, 0, 0, 0, // WORD: L32R only reaches backwards
		0x91, 0xff, 0xff, // l32r a9, WORD
		0xa0, 0x09, 0x00, // jx a9
	},
	Word: 0, Entry: 4,
}

// The calls of a convention's compilers, at which a9 is free.
var (
	call0 = []relocs.Opcode{{Size: 3, Mask: 0x3f, Match: 0x05}}
	call8 = []relocs.Opcode{{Size: 3, Mask: 0x3f, Match: 0x25}}
)

var entry = []relocs.Jump{{Code: []byte{0x06, 0x00, 0x00}, Off: 0, Field: fieldJ, A: -4}} // j

// machine completes the row of either calling convention: windowed calls have
// opcodes of their own, but the same fields.
func machine(m relocs.Machine, calls []relocs.Opcode) relocs.Machine {
	m.Word, m.TextAlign, m.BlockAlign = 4, 4, 16
	m.ELF, m.Class, m.ExplicitAddends = elf.EM_XTENSA, elf.ELFCLASS32, true
	m.Howtos = func() []relocs.Howto { return howtos }
	m.Entry = entry
	always := relocs.LegacyEntry{Jumps: entry}
	m.LegacyEntry = [relocs.EntryStyles]relocs.LegacyEntry{relocs.EntrySince112: always, relocs.EntrySince124: always, relocs.EntrySince128: always}
	m.Decode, m.Unit = decode, 1
	m.Narrow, m.Widen, m.Properties = narrow, widen, &properties
	m.Literal, m.LiteralReach = ".literal", 1<<18
	m.Veneer, m.FarVeneer, m.Island = veneer, veneer, &entry[0]
	m.FarVeneer.From = calls
	m.Unwind = []string{".eh_frame", ".gcc_except_table"}
	m.About = ".xtensa.info"
	return m
}
