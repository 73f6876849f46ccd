package xtensa

import (
	"bytes"

	"mpyld/relocs"
)

// With the density option some instructions of three bytes have a form of two, for small numbers and
// for moves. Assemblers use it, but for instructions that they make longer, so that a branch leads to an even
// place. What a form stands for is said twice, each way of its own: the linker goes from the longer one to the shorter,
// and proofs back again.
//
//	or a2, a15, a15    20 2f f0    mov.n a2, a15    0f 2d
//	movi a3, 2         02 a0 32    movi.n a3, 2     23 0c

// narrow returns the form of two bytes of the instruction in three, or nil.
func narrow(b []byte) []byte {
	if len(b) < 3 {
		return nil
	}
	t, s, r := b[0]>>4, b[1]&15, b[1]>>4
	switch {
	case b[0]&15 == 0 && b[2] == 0x20 && s == t: // OR r, s, s
		return []byte{r<<4 | 13, s}
	case b[0]&15 == 0 && b[2] == 0x80: // ADD
		return []byte{t<<4 | 10, b[1]}
	case bytes.Equal(b[:3], []byte{0x80, 0, 0}): // RET
		return []byte{0x0d, 0xf0}
	case bytes.Equal(b[:3], []byte{0x90, 0, 0}): // RETW
		return []byte{0x1d, 0xf0}
	case b[0]&15 != 2:
		return nil
	}
	switch imm := b[2]; {
	case r == 2 && imm < 16: // L32I
		return []byte{t<<4 | 8, imm<<4 | s}
	case r == 6 && imm < 16: // S32I
		return []byte{t<<4 | 9, imm<<4 | s}
	case r == 12 && imm == 0xff: // ADDI of -1
		return []byte{11, t<<4 | s}
	case r == 12 && imm > 0 && imm < 16: // ADDI
		return []byte{imm<<4 | 11, t<<4 | s}
	case r == 10 && (s == 0 && imm < 96 || s == 15 && imm >= 0xe0): // MOVI of -32 to 95
		return []byte{imm&0x70 | 12, imm<<4 | t}
	}
	return nil
}

// widen returns the form of three bytes of the instruction in two, or nil.
func widen(b []byte) []byte {
	if len(b) != 2 {
		return nil
	}
	insn := uint32(le.Uint16(b))
	t, s, r := insn>>4&15, insn>>8&15, insn>>12
	three := func(op2, op1, r, s, t, op0 uint32) []byte {
		v := op2<<20 | op1<<16 | r<<12 | s<<8 | t<<4 | op0
		return []byte{byte(v), byte(v >> 8), byte(v >> 16)}
	}
	switch insn & 15 {
	case 8: // L32I.N at, as, r*4: L32I
		return three(0, r, 2, s, t, 2)
	case 9: // S32I.N at, as, r*4: S32I
		return three(0, r, 6, s, t, 2)
	case 10: // ADD.N ar, as, at: ADD
		return three(8, 0, r, s, t, 0)
	case 11: // ADDI.N ar, as, t: ADDI with the result in t
		if t == 0 {
			return three(15, 15, 12, s, r, 2)
		}
		return three(0, t, 12, s, r, 2)
	case 12:
		if t >= 8 {
			return nil // BEQZ.N, BNEZ.N
		}
		n := t<<4 | r // MOVI.N as
		if n >= 96 {
			return three(n>>4|8, n&15, 10, 15, s, 2) // 96 is -32, 127 is -1
		}
		return three(n>>4, n&15, 10, 0, s, 2)
	case 13:
		switch {
		case r == 0: // MOV.N at, as: OR at, as, as
			return three(2, 0, t, s, s, 0)
		case insn == 0xf00d: // RET.N
			return three(0, 0, 0, 0, 8, 0)
		case insn == 0xf01d: // RETW.N
			return three(0, 0, 0, 0, 9, 0)
		}
	}
	return nil
}

// properties are those of binutils, include/elf/xtensa.h (XTENSA_PROP_*).
var properties = relocs.Properties{Prefix: ".xt.prop", Kind: func(flags uint32) (relocs.Property, uint32) {
	const (
		insn, unreachable, branchTarget, noDensity = 0x2, 0x8, 0x20, 0x40
		align, alignShift, alignMask               = 0x800, 12, 0x1f000
	)
	power := flags & alignMask >> alignShift
	switch {
	case flags&^branchTarget == insn:
		return relocs.Code, 1
	case flags&^branchTarget == insn|noDensity:
		return relocs.Fixed, 1
	case flags == unreachable:
		return relocs.Fill, 1
	case flags&^alignMask == unreachable|align:
		return relocs.FillTo, 1 << power
	}
	return relocs.Unknown, 1
}}
