package x86

import "mpyld/relocs"

// A load of an address from a slot becomes LEA, which has another opcode and the same operands:
// the displacement is then from the end of the instruction, or from the table, to what the slot would
// point at. Only relocations with an X allow that: those of them with another opcode than MOV (an operand of
// ADD or CMP is a number) stay as they are (AMD64 psABI, B.2, "Optimize GOTPCRELX Relocations";
// i386 psABI, B.2, "Optimize R_386_GOT32X Relocation").
const (
	movOpcode = 0x8b // MOV r, r/m
	leaOpcode = 0x8d // LEA r, m

	type64PC32    = 2
	type386GOTOFF = 9
)

var (
	// 8B, mod 00 reg rm 101: relative to RIP. The displacement counts from the end of
	// the instruction, which is 4 bytes behind its place.
	near64 = &relocs.Near{Before: 2, Size: 2, Mask: 0xc7ff, Match: 0x05<<8 | movOpcode, Code: leaOpcode, Keep: 0xff00, A: -4, To: type64PC32}

	// 8B, mod 10 reg rm: a base register that has the address of the table, and 32 bits.
	near32 = &relocs.Near{Before: 2, Size: 2, Mask: 0xc0ff, Match: 0x80<<8 | movOpcode, Code: leaOpcode, Keep: 0xff00, To: type386GOTOFF}
)
