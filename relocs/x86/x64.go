// Package x86 has the rows of x86 and x86-64.
package x86

// X86-64 for a linker.
//
// Everything is position-independent for free: code reaches its own text and
// constants through 32-bit displacements from the end of the instruction
// (the assembler folds the distance to that end into A, usually -4), and the
// firmware relocates 64-bit words. What does not survive loading is a 32-bit
// absolute address, so R_X86_64_32 and 32S only work for constants.
//
// GOT accesses come in two styles. The small model loads a slot relative to
// the instruction (GOTPCREL and its relaxable forms). The large model
// (-mcmodel=large) first computes the table's address (GOTPC64) and then adds
// 64-bit offsets from it (GOT64, GOTOFF64).
//
// Spec sections are those of the System V ABI, AMD64 supplement 1.0.

import (
	"debug/elf"

	"mpyld/relocs"
)

const x64Spec = "AMD64 psABI 4.4.1"

var x64Howtos = []relocs.Howto{
	{Type: 0, Name: "R_X86_64_NONE", Formula: relocs.Nothing, Spec: x64Spec},
	{Type: 1, Name: "R_X86_64_64", Formula: relocs.Abs, Field: &relocs.Word64, Spec: x64Spec},
	{Type: 2, Name: "R_X86_64_PC32", Formula: relocs.PCRel, Field: &relocs.Signed32, Spec: x64Spec},
	{Type: 3, Name: "R_X86_64_GOT32", Formula: relocs.GOTSlotOff, Field: &relocs.Signed32, Spec: x64Spec},
	{Type: 4, Name: "R_X86_64_PLT32", Formula: relocs.PCRel, Field: &relocs.Signed32, Branch: true, Spec: x64Spec},
	{Type: 5, Name: "R_X86_64_COPY", Formula: relocs.Refused, Spec: x64Spec, Why: relocs.WhyDynamic},
	{Type: 6, Name: "R_X86_64_GLOB_DAT", Formula: relocs.Refused, Spec: x64Spec, Why: relocs.WhyDynamic},
	{Type: 7, Name: "R_X86_64_JUMP_SLOT", Formula: relocs.Refused, Spec: x64Spec, Why: relocs.WhyDynamic},
	{Type: 8, Name: "R_X86_64_RELATIVE", Formula: relocs.Refused, Spec: x64Spec, Why: relocs.WhyDynamic},
	{Type: 9, Name: "R_X86_64_GOTPCREL", Formula: relocs.GOTSlotRel, Field: &relocs.Signed32, Spec: x64Spec},
	{Type: 10, Name: "R_X86_64_32", Formula: relocs.Abs, Field: &relocs.Unsigned32, Spec: x64Spec},
	{Type: 11, Name: "R_X86_64_32S", Formula: relocs.Abs, Field: &relocs.Signed32, Spec: x64Spec},
	{Type: 12, Name: "R_X86_64_16", Formula: relocs.Abs, Field: &relocs.Word16, Spec: x64Spec},
	{Type: 13, Name: "R_X86_64_PC16", Formula: relocs.PCRel, Field: &relocs.Signed16, Spec: x64Spec},
	{Type: 14, Name: "R_X86_64_8", Formula: relocs.Abs, Field: &relocs.Word8, Spec: x64Spec},
	{Type: 15, Name: "R_X86_64_PC8", Formula: relocs.PCRel, Field: &relocs.Signed8, Spec: x64Spec},
	{Type: 16, Name: "R_X86_64_DTPMOD64", Formula: relocs.Refused, Spec: x64Spec, Why: relocs.WhyTLS},
	{Type: 17, Name: "R_X86_64_DTPOFF64", Formula: relocs.Refused, Spec: x64Spec, Why: relocs.WhyTLS},
	{Type: 18, Name: "R_X86_64_TPOFF64", Formula: relocs.Refused, Spec: x64Spec, Why: relocs.WhyTLS},
	{Type: 19, Name: "R_X86_64_TLSGD", Formula: relocs.Refused, Spec: x64Spec, Why: relocs.WhyTLS},
	{Type: 20, Name: "R_X86_64_TLSLD", Formula: relocs.Refused, Spec: x64Spec, Why: relocs.WhyTLS},
	{Type: 21, Name: "R_X86_64_DTPOFF32", Formula: relocs.Refused, Spec: x64Spec, Why: relocs.WhyTLS},
	{Type: 22, Name: "R_X86_64_GOTTPOFF", Formula: relocs.Refused, Spec: x64Spec, Why: relocs.WhyTLS},
	{Type: 23, Name: "R_X86_64_TPOFF32", Formula: relocs.Refused, Spec: x64Spec, Why: relocs.WhyTLS},
	{Type: 24, Name: "R_X86_64_PC64", Formula: relocs.PCRel, Field: &relocs.Word64, Spec: x64Spec},
	{Type: 25, Name: "R_X86_64_GOTOFF64", Formula: relocs.FromGOT, Field: &relocs.Word64, Spec: x64Spec},
	{Type: 26, Name: "R_X86_64_GOTPC32", Formula: relocs.GOTBaseRel, Field: &relocs.Signed32, Spec: x64Spec},
	{Type: 27, Name: "R_X86_64_GOT64", Formula: relocs.GOTSlotOff, Field: &relocs.Word64, Spec: x64Spec},
	{Type: 28, Name: "R_X86_64_GOTPCREL64", Formula: relocs.GOTSlotRel, Field: &relocs.Word64, Spec: x64Spec},
	{Type: 29, Name: "R_X86_64_GOTPC64", Formula: relocs.GOTBaseRel, Field: &relocs.Word64, Spec: x64Spec},
	{Type: 30, Name: "R_X86_64_GOTPLT64", Formula: relocs.GOTSlotOff, Field: &relocs.Word64, Spec: x64Spec},
	{Type: 31, Name: "R_X86_64_PLTOFF64", Formula: relocs.FromGOT, Field: &relocs.Word64, Branch: true, Spec: x64Spec},
	{Type: 32, Name: "R_X86_64_SIZE32", Formula: relocs.Refused, Spec: x64Spec, Why: relocs.WhySize},
	{Type: 33, Name: "R_X86_64_SIZE64", Formula: relocs.Refused, Spec: x64Spec, Why: relocs.WhySize},
	{Type: 34, Name: "R_X86_64_GOTPC32_TLSDESC", Formula: relocs.Refused, Spec: x64Spec, Why: relocs.WhyTLS},
	{Type: 35, Name: "R_X86_64_TLSDESC_CALL", Formula: relocs.Refused, Spec: x64Spec, Why: relocs.WhyTLS},
	{Type: 36, Name: "R_X86_64_TLSDESC", Formula: relocs.Refused, Spec: x64Spec, Why: relocs.WhyTLS},
	{Type: 37, Name: "R_X86_64_IRELATIVE", Formula: relocs.Refused, Spec: x64Spec, Why: relocs.WhyDynamic},
	{Type: 38, Name: "R_X86_64_RELATIVE64", Formula: relocs.Refused, Spec: x64Spec, Why: relocs.WhyDynamic},
	{Type: 39, Name: "R_X86_64_PC32_BND", Formula: relocs.PCRel, Field: &relocs.Signed32, Branch: true, Spec: x64Spec},
	{Type: 40, Name: "R_X86_64_PLT32_BND", Formula: relocs.PCRel, Field: &relocs.Signed32, Branch: true, Spec: x64Spec},
	{Type: 41, Name: "R_X86_64_GOTPCRELX", Formula: relocs.GOTSlotRel, Field: &relocs.Signed32, Spec: x64Spec},
	{Type: 42, Name: "R_X86_64_REX_GOTPCRELX", Formula: relocs.GOTSlotRel, Field: &relocs.Signed32, Near: near64, Spec: x64Spec},
	{Type: 43, Name: "R_X86_64_CODE_4_GOTPCRELX", Formula: relocs.GOTSlotRel, Field: &relocs.Signed32, Spec: x64Spec},
}

var (
	jmpRel8  = relocs.Jump{Code: []byte{0xeb, 0}, Off: 1, Field: &relocs.Signed8, A: -1}
	jmpRel32 = relocs.Jump{Code: []byte{0xe9, 0, 0, 0, 0}, Off: 1, Field: &relocs.Signed32, A: -4}

	entry       = []relocs.Jump{jmpRel8, jmpRel32}
	long        = relocs.LegacyEntry{Jumps: entry[1:]}
	legacyEntry = [relocs.EntryStyles]relocs.LegacyEntry{relocs.EntrySince112: long, relocs.EntrySince124: long, relocs.EntrySince128: long}
)

// Machines are those that modules are linked for.
var Machines = []*relocs.Machine{&x86, &x64}

// glibc picks functions when a dynamic loader runs, and keeps its state in
// threads; musl does neither.
const (
	fromMusl64 = "libc.a of musl has %s (glibc's needs a dynamic loader): pass -l /usr/lib/x86_64-linux-musl/libc.a (of the package musl-dev)"
	fromMusl32 = "libc.a of musl has %s (glibc's needs a dynamic loader): pass -l /usr/lib/i386-linux-musl/libc.a (of the package musl-dev)"

	habitAlign = 32 // GCC's -malign-data=compat
)

const typeUnwind = elf.SHT_LOPROC + 1 // SHT_X86_64_UNWIND

var x64 = relocs.Machine{
	Name: "x64", Code: 2, Word: 8, TextAlign: 4096, BlockAlign: 32, WritableText: true,
	AlsoCalled: "x8664 amd64 x32",
	Boards:     boards64,
	ELF:        elf.EM_X86_64, Class: elf.ELFCLASS64,
	GDBArgs:     [4]string{"$rdi", "$rsi", "$rdx", "$rcx"},
	Howtos:      func() []relocs.Howto { return x64Howtos },
	Entry:       entry,
	LegacyEntry: legacyEntry,
	Veneer: relocs.Veneer{
		Code: []byte{
			0x90, 0x90, 0x90, 0x90, 0x90, 0x90, // nop, so that the word is aligned
			0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, // mov rax, WORD
			0xff, 0xe0, // jmp rax
		},
		Word: 8,
	},
	FarVeneer: relocs.Veneer{
		// rax is the number of vector registers a variadic function is given.
		Code: []byte{
			0x90, 0x90, 0x90, 0x90, 0x90, 0x90, // nop
			0x49, 0xbb, 0, 0, 0, 0, 0, 0, 0, 0, // mov r11, WORD
			0x41, 0xff, 0xe3, // jmp r11
		},
		Word: 8,
	},
	BranchA: -4, Decode: decode64, Unit: 1, CallUses: callUses, Text: text64,
	SectionTypes: []elf.SectionType{typeUnwind},
	Unwind:       []string{".eh_frame", ".gcc_except_table", ".sframe"}, ABI: relocs.ABI{Compile: "-m64"},
	Advice: relocs.Advice{Runtime: relocs.FromLibgcc, Maths: fromMusl64, C: fromMusl64, HabitAlign: habitAlign},
}

// The windows port loads no native code (MICROPY_EMIT_X64 0).
var (
	boards32 = []relocs.Boards{{What: "the unix port, 32-bit"}}
	boards64 = []relocs.Boards{
		{What: "the unix port, 64-bit"},
		{CircuitPython: true, What: "the unix port, 64-bit"},
	}
)
