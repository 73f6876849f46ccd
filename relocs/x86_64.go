package relocs

// x86-64 for a linker.
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

import "debug/elf"

const (
	x64Spec = "AMD64 psABI 4.4.1"

	whyTLS     = "thread-local storage: MicroPython has no threads for native code; remove __thread/_Thread_local, or use a C library built for microcontrollers"
	whyDynamic = "a relocation of shared objects: link the .o files, not the result of ld -shared or ld -pie"
	whySize    = "the size of a symbol is not kept in a native module; remove the use of .size expressions"
)

var x64Howtos = []Howto{
	{Type: 0, Name: "R_X86_64_NONE", Kind: Nothing, Spec: x64Spec},
	{Type: 1, Name: "R_X86_64_64", Kind: Abs, Field: word64, Spec: x64Spec},
	{Type: 2, Name: "R_X86_64_PC32", Kind: PCRel, Field: signed32, Spec: x64Spec},
	{Type: 3, Name: "R_X86_64_GOT32", Kind: GOTSlotOff, Field: signed32, Spec: x64Spec},
	{Type: 4, Name: "R_X86_64_PLT32", Kind: PCRel, Field: signed32, Branch: true, Spec: x64Spec},
	{Type: 5, Name: "R_X86_64_COPY", Kind: Refused, Spec: x64Spec, Why: whyDynamic},
	{Type: 6, Name: "R_X86_64_GLOB_DAT", Kind: Refused, Spec: x64Spec, Why: whyDynamic},
	{Type: 7, Name: "R_X86_64_JUMP_SLOT", Kind: Refused, Spec: x64Spec, Why: whyDynamic},
	{Type: 8, Name: "R_X86_64_RELATIVE", Kind: Refused, Spec: x64Spec, Why: whyDynamic},
	{Type: 9, Name: "R_X86_64_GOTPCREL", Kind: GOTSlotRel, Field: signed32, Spec: x64Spec},
	{Type: 10, Name: "R_X86_64_32", Kind: Abs, Field: unsigned32, Spec: x64Spec},
	{Type: 11, Name: "R_X86_64_32S", Kind: Abs, Field: signed32, Spec: x64Spec},
	{Type: 12, Name: "R_X86_64_16", Kind: Abs, Field: word16, Spec: x64Spec},
	{Type: 13, Name: "R_X86_64_PC16", Kind: PCRel, Field: signed16, Spec: x64Spec},
	{Type: 14, Name: "R_X86_64_8", Kind: Abs, Field: word8, Spec: x64Spec},
	{Type: 15, Name: "R_X86_64_PC8", Kind: PCRel, Field: signed8, Spec: x64Spec},
	{Type: 16, Name: "R_X86_64_DTPMOD64", Kind: Refused, Spec: x64Spec, Why: whyTLS},
	{Type: 17, Name: "R_X86_64_DTPOFF64", Kind: Refused, Spec: x64Spec, Why: whyTLS},
	{Type: 18, Name: "R_X86_64_TPOFF64", Kind: Refused, Spec: x64Spec, Why: whyTLS},
	{Type: 19, Name: "R_X86_64_TLSGD", Kind: Refused, Spec: x64Spec, Why: whyTLS},
	{Type: 20, Name: "R_X86_64_TLSLD", Kind: Refused, Spec: x64Spec, Why: whyTLS},
	{Type: 21, Name: "R_X86_64_DTPOFF32", Kind: Refused, Spec: x64Spec, Why: whyTLS},
	{Type: 22, Name: "R_X86_64_GOTTPOFF", Kind: Refused, Spec: x64Spec, Why: whyTLS},
	{Type: 23, Name: "R_X86_64_TPOFF32", Kind: Refused, Spec: x64Spec, Why: whyTLS},
	{Type: 24, Name: "R_X86_64_PC64", Kind: PCRel, Field: word64, Spec: x64Spec},
	{Type: 25, Name: "R_X86_64_GOTOFF64", Kind: FromGOT, Field: word64, Spec: x64Spec},
	{Type: 26, Name: "R_X86_64_GOTPC32", Kind: GOTBaseRel, Field: signed32, Spec: x64Spec},
	{Type: 27, Name: "R_X86_64_GOT64", Kind: GOTSlotOff, Field: word64, Spec: x64Spec},
	{Type: 28, Name: "R_X86_64_GOTPCREL64", Kind: GOTSlotRel, Field: word64, Spec: x64Spec},
	{Type: 29, Name: "R_X86_64_GOTPC64", Kind: GOTBaseRel, Field: word64, Spec: x64Spec},
	{Type: 30, Name: "R_X86_64_GOTPLT64", Kind: GOTSlotOff, Field: word64, Spec: x64Spec},
	{Type: 31, Name: "R_X86_64_PLTOFF64", Kind: FromGOT, Field: word64, Branch: true, Spec: x64Spec},
	{Type: 32, Name: "R_X86_64_SIZE32", Kind: Refused, Spec: x64Spec, Why: whySize},
	{Type: 33, Name: "R_X86_64_SIZE64", Kind: Refused, Spec: x64Spec, Why: whySize},
	{Type: 34, Name: "R_X86_64_GOTPC32_TLSDESC", Kind: Refused, Spec: x64Spec, Why: whyTLS},
	{Type: 35, Name: "R_X86_64_TLSDESC_CALL", Kind: Refused, Spec: x64Spec, Why: whyTLS},
	{Type: 36, Name: "R_X86_64_TLSDESC", Kind: Refused, Spec: x64Spec, Why: whyTLS},
	{Type: 37, Name: "R_X86_64_IRELATIVE", Kind: Refused, Spec: x64Spec, Why: whyDynamic},
	{Type: 38, Name: "R_X86_64_RELATIVE64", Kind: Refused, Spec: x64Spec, Why: whyDynamic},
	{Type: 39, Name: "R_X86_64_PC32_BND", Kind: PCRel, Field: signed32, Branch: true, Spec: x64Spec},
	{Type: 40, Name: "R_X86_64_PLT32_BND", Kind: PCRel, Field: signed32, Branch: true, Spec: x64Spec},
	{Type: 41, Name: "R_X86_64_GOTPCRELX", Kind: GOTSlotRel, Field: signed32, Spec: x64Spec},
	{Type: 42, Name: "R_X86_64_REX_GOTPCRELX", Kind: GOTSlotRel, Field: signed32, Spec: x64Spec},
	{Type: 43, Name: "R_X86_64_CODE_4_GOTPCRELX", Kind: GOTSlotRel, Field: signed32, Spec: x64Spec},
}

var (
	jmpRel8  = Jump{Code: []byte{0xeb, 0}, Off: 1, Field: signed8, A: -1}
	jmpRel32 = Jump{Code: []byte{0xe9, 0, 0, 0, 0}, Off: 1, Field: signed32, A: -4}
)

var x64 = Machine{
	Arch: "x64", ELF: elf.EM_X86_64, Class: elf.ELFCLASS64,
	Howtos:   x64Howtos,
	Entry:    []Jump{jmpRel8, jmpRel32},
	OldEntry: sameEntry([]Jump{jmpRel32}),
	Veneer: Veneer{
		Code: []byte{
			0x90, 0x90, 0x90, 0x90, 0x90, 0x90, // nop, so that the word is aligned
			0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, // mov rax, WORD
			0xff, 0xe0, // jmp rax
		},
		Word: 8,
	},
	FarVeneer: Veneer{
		// rax is the number of vector registers a variadic function is given.
		Code: []byte{
			0x90, 0x90, 0x90, 0x90, 0x90, 0x90, // nop
			0x49, 0xbb, 0, 0, 0, 0, 0, 0, 0, 0, // mov r11, WORD
			0x41, 0xff, 0xe3, // jmp r11
		},
		Word: 8,
	},
	SectionTypes: []elf.SectionType{typeUnwind},
	Unwind:       []string{".eh_frame", ".gcc_except_table", ".sframe"}, ABI: ABI{Compile: "-m64"},
	Advice: glibcAdvice("/usr/lib/x86_64-linux-musl", 32),
}
