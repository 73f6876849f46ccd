package x86

// i386 for a linker.
//
// The processor cannot address data relative to the instruction, so
// position-independent code first finds out where it is: a call to
// __x86.get_pc_thunk.bx returns its own return address in a register, and
// R_386_GOTPC adds the distance from there to the GOT. From then on the
// register is the base: constants and static variables lie at a distance from
// it (GOTOFF), slots at an offset (GOT32, GOT32X). Both kinds of distance
// only hold while the GOT and the code move together, so the GOT is part of
// text, and so are the constants.
//
// Objects are REL: the addend is what the field holds.
//
// A slot's offset only makes sense in an instruction with a base register.
// Without one (`mov foo@GOT, %eax`: ModRM with mod 00, rm 101 in the byte before
// the place) the psABI asks for the slot's absolute address, which is not known
// before the module is loaded. gcc emits that form for -fno-pic with -fno-plt
// or -mno-direct-extern-access.
//
// A call is PC32, or PLT32 where the compiler wrote foo@PLT. There is no PLT, so
// they mean the same, but mpy_ld.py counts PC32 among the users of the GOT: each
// global function called that way gets a slot, the thunks above included.
//
// Spec sections are those of the System V ABI, Intel386 supplement 1.1.

import (
	"debug/elf"

	"mpyld/relocs"
)

const (
	i386Spec = "i386 psABI, Relocation Types"
	i386GNU  = "GNU binutils, include/elf/i386.h"

	whyVendor = "a private relocation of one vendor's compiler: compile with gcc or clang"
	whyNoBase = "the instruction has no base register, and the absolute address of a GOT slot is not known before loading: compile with -fpic"

	// What the two are depends on where the instruction begins, which nothing says.
	whyPerhapsNoBase = whyNoBase + "; or it is jmp *SYMBOL@GOT(%ecx), which only R_386_GOT32X tells apart: assemble with -Wa,-mrelax-relocations=yes"
)

var i386Howtos = []relocs.Howto{
	{Type: 0, Name: "R_386_NONE", Formula: relocs.Nothing, Spec: i386Spec},
	{Type: 1, Name: "R_386_32", Formula: relocs.Abs, Field: &relocs.Word32, Spec: i386Spec},
	{Type: 2, Name: "R_386_PC32", Formula: relocs.PCRel, Field: &relocs.Signed32, LegacySlot: true, Spec: i386Spec},
	{Type: 3, Name: "R_386_GOT32", Formula: relocs.GOTSlotOff, Field: &relocs.Signed32, NotAfter: i386NoBase, Spec: i386Spec},
	{Type: 4, Name: "R_386_PLT32", Formula: relocs.PCRel, Field: &relocs.Signed32, Branch: true, Spec: i386Spec},
	{Type: 5, Name: "R_386_COPY", Formula: relocs.Refused, Spec: i386Spec, Why: relocs.WhyDynamic},
	{Type: 6, Name: "R_386_GLOB_DAT", Formula: relocs.Refused, Spec: i386Spec, Why: relocs.WhyDynamic},
	{Type: 7, Name: "R_386_JUMP_SLOT", Formula: relocs.Refused, Spec: i386Spec, Why: relocs.WhyDynamic},
	{Type: 8, Name: "R_386_RELATIVE", Formula: relocs.Refused, Spec: i386Spec, Why: relocs.WhyDynamic},
	{Type: 9, Name: "R_386_GOTOFF", Formula: relocs.FromGOT, Field: &relocs.Signed32, Spec: i386Spec},
	{Type: 10, Name: "R_386_GOTPC", Formula: relocs.GOTBaseRel, Field: &relocs.Signed32, Spec: i386Spec},
	{Type: 11, Name: "R_386_32PLT", Formula: relocs.Refused, Spec: i386GNU, Why: whyVendor},
	{Type: 14, Name: "R_386_TLS_TPOFF", Formula: relocs.Refused, Spec: i386Spec, Why: relocs.WhyTLS},
	{Type: 15, Name: "R_386_TLS_IE", Formula: relocs.Refused, Spec: i386Spec, Why: relocs.WhyTLS},
	{Type: 16, Name: "R_386_TLS_GOTIE", Formula: relocs.Refused, Spec: i386Spec, Why: relocs.WhyTLS},
	{Type: 17, Name: "R_386_TLS_LE", Formula: relocs.Refused, Spec: i386Spec, Why: relocs.WhyTLS},
	{Type: 18, Name: "R_386_TLS_GD", Formula: relocs.Refused, Spec: i386Spec, Why: relocs.WhyTLS},
	{Type: 19, Name: "R_386_TLS_LDM", Formula: relocs.Refused, Spec: i386Spec, Why: relocs.WhyTLS},
	{Type: 20, Name: "R_386_16", Formula: relocs.Abs, Field: &relocs.Word16, Spec: i386Spec},
	{Type: 21, Name: "R_386_PC16", Formula: relocs.PCRel, Field: &relocs.Signed16, Spec: i386Spec},
	{Type: 22, Name: "R_386_8", Formula: relocs.Abs, Field: &relocs.Word8, Spec: i386Spec},
	{Type: 23, Name: "R_386_PC8", Formula: relocs.PCRel, Field: &relocs.Signed8, Spec: i386Spec},
	{Type: 24, Name: "R_386_TLS_GD_32", Formula: relocs.Refused, Spec: i386Spec, Why: relocs.WhyTLS},
	{Type: 25, Name: "R_386_TLS_GD_PUSH", Formula: relocs.Refused, Spec: i386Spec, Why: relocs.WhyTLS},
	{Type: 26, Name: "R_386_TLS_GD_CALL", Formula: relocs.Refused, Spec: i386Spec, Why: relocs.WhyTLS},
	{Type: 27, Name: "R_386_TLS_GD_POP", Formula: relocs.Refused, Spec: i386Spec, Why: relocs.WhyTLS},
	{Type: 28, Name: "R_386_TLS_LDM_32", Formula: relocs.Refused, Spec: i386Spec, Why: relocs.WhyTLS},
	{Type: 29, Name: "R_386_TLS_LDM_PUSH", Formula: relocs.Refused, Spec: i386Spec, Why: relocs.WhyTLS},
	{Type: 30, Name: "R_386_TLS_LDM_CALL", Formula: relocs.Refused, Spec: i386Spec, Why: relocs.WhyTLS},
	{Type: 31, Name: "R_386_TLS_LDM_POP", Formula: relocs.Refused, Spec: i386Spec, Why: relocs.WhyTLS},
	{Type: 32, Name: "R_386_TLS_LDO_32", Formula: relocs.Refused, Spec: i386Spec, Why: relocs.WhyTLS},
	{Type: 33, Name: "R_386_TLS_IE_32", Formula: relocs.Refused, Spec: i386Spec, Why: relocs.WhyTLS},
	{Type: 34, Name: "R_386_TLS_LE_32", Formula: relocs.Refused, Spec: i386Spec, Why: relocs.WhyTLS},
	{Type: 35, Name: "R_386_TLS_DTPMOD32", Formula: relocs.Refused, Spec: i386Spec, Why: relocs.WhyTLS},
	{Type: 36, Name: "R_386_TLS_DTPOFF32", Formula: relocs.Refused, Spec: i386Spec, Why: relocs.WhyTLS},
	{Type: 37, Name: "R_386_TLS_TPOFF32", Formula: relocs.Refused, Spec: i386Spec, Why: relocs.WhyTLS},
	{Type: 38, Name: "R_386_SIZE32", Formula: relocs.Refused, Spec: i386Spec, Why: relocs.WhySize},
	{Type: 39, Name: "R_386_TLS_GOTDESC", Formula: relocs.Refused, Spec: i386Spec, Why: relocs.WhyTLS},
	{Type: 40, Name: "R_386_TLS_DESC_CALL", Formula: relocs.Refused, Spec: i386Spec, Why: relocs.WhyTLS},
	{Type: 41, Name: "R_386_TLS_DESC", Formula: relocs.Refused, Spec: i386Spec, Why: relocs.WhyTLS},
	{Type: 42, Name: "R_386_IRELATIVE", Formula: relocs.Refused, Spec: i386Spec, Why: relocs.WhyDynamic},
	{Type: 43, Name: "R_386_GOT32X", Formula: relocs.GOTSlotOff, Field: &relocs.Signed32, Near: near32, NotAfter: i386NoBaseX, Spec: i386Spec},
	{Type: 200, Name: "R_386_USED_BY_INTEL_200", Formula: relocs.Refused, Spec: i386GNU, Why: whyVendor},
	{Type: 250, Name: "R_386_GNU_VTINHERIT", Formula: relocs.Nothing, Spec: i386GNU},
	{Type: 251, Name: "R_386_GNU_VTENTRY", Formula: relocs.Nothing, Spec: i386GNU},
}

// i386NoBase is an instruction that wants the absolute address of a GOT slot:
// a ModRM byte without a base register (mod 00, rm 101), or one of the short
// forms of mov between eax and memory. Compilers write them for code that is
// not position-independent. GOT32X always follows a ModRM byte, and what looks
// like the short forms there is jmp *foo@GOT(%ecx) or (%ebx); in code for GOT32 it may be either.
var (
	i386NoBase  = relocs.NotAfter{{0xc7, 0x05, whyNoBase}, {0xff, 0xa1, whyPerhapsNoBase}, {0xff, 0xa3, whyPerhapsNoBase}}
	i386NoBaseX = relocs.NotAfter{{0xc7, 0x05, whyNoBase}}
)

// veneer32 clobbers eax, which no calling convention passes arguments in.
var veneer32 = relocs.Veneer{
	Code: []byte{
		0x90, 0x90, 0x90, // nop, so that the word is aligned
		0xb8, 0, 0, 0, 0, // mov eax, WORD
		0xff, 0xe0, // jmp eax
	},
	Word: 4,
}

var x86 = relocs.Machine{
	Name: "x86", Code: 1, Word: 4, TextAlign: 4096, BlockAlign: 16, WritableText: true,
	AlsoCalled: "i386 i486 i586 i686 ia32",
	Boards:     boards32,
	ELF:        elf.EM_386, Class: elf.ELFCLASS32,
	Howtos: func() []relocs.Howto { return i386Howtos },
	Entry:  entry, LegacyEntry: legacyEntry, // jmp has the same encodings
	Veneer: veneer32, FarVeneer: veneer32, BranchA: -4,
	Decode: decode32, Unit: 1, CallUses: callUses, WhereCalled: whereCalled, Text: text32,
	Unwind: []string{".eh_frame", ".gcc_except_table"}, ABI: relocs.ABI{Compile: "-m32"},
	GDBArgs: [4]string{"*(unsigned int *)($esp+4)", "*(unsigned int *)($esp+8)", "*(unsigned int *)($esp+12)", "*(unsigned int *)($esp+16)"},
	Advice:  relocs.Advice{Runtime: relocs.FromLibgcc, Maths: fromMusl32, C: fromMusl32, HabitAlign: habitAlign},
}
