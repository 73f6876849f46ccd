package xtensa

import (
	"encoding/binary"

	"mpyld/relocs"
)

// Fields of Xtensa instructions, which are 3 bytes long, or 2 with the density
// option. Bit pictures show an instruction from bit 23 (or 15) down, with the
// names of fields as in the Xtensa Instruction Set Architecture Reference
// Manual, chapter 7; op0 is always the low four bits.
//
// One relocation type serves all of them, so here the opcode bits do not just
// guard against corrupt objects: they choose the field. Masks must not overlap.

var (
	// imm16 t 0001                  L32R loads the word at that many words before
	// (P + 3) &^ 3: imm16 is extended with ones, so it only reaches backwards.
	fieldL32R = &relocs.Field{
		Name: "L32R", Size: 3, Min: -1 << 18, Max: -4, Align: 4, PCAdd: 3, PCMask: 3,
		Mask: 0xf, Match: 0x1, Read: readL32R, Write: writeRI16,
	}
	// offset x0 0101                CALL0, CALL8 go that many words from (P &^ 3) + 4:
	// functions are aligned.
	fieldCALL = &relocs.Field{
		Name: "CALL8", Call: true, Size: 3, Min: -1 << 19, Max: 1<<19 - 4, Align: 4, PCAdd: 4, PCMask: 3,
		Mask: 0x1f, Match: 0x05, Read: readCALL, Write: writeCALL,
	}
	// offset x1 0101                CALL4, CALL12, at which a9 is an argument's or the caller's
	fieldCALL4 = &relocs.Field{
		Name: "CALL4", NoVeneer: "a9 is not free there: call it with CALL8, as compilers do, or by its address (CALLX4, CALLX12)", Size: 3, Min: -1 << 19, Max: 1<<19 - 4, Align: 4, PCAdd: 4, PCMask: 3,
		Mask: 0x1f, Match: 0x15, Read: readCALL, Write: writeCALL,
	}

	// The others count bytes from P + 4, whatever their own length.

	// offset 00 0110                J
	fieldJ = &relocs.Field{
		Name: "J", Call: true, Size: 3, Min: -1 << 17, Max: 1<<17 - 1, Align: 1, PCAdd: 4,
		Mask: 0x3f, Match: 0x06, Read: readJ, Write: writeJ,
	}
	// imm12 s m 01 0110             BEQZ, BNEZ, BLTZ, BGEZ
	fieldBZ = &relocs.Field{
		Name: "BRI12", Call: true, Size: 3, Min: -1 << 11, Max: 1<<11 - 1, Align: 1, PCAdd: 4,
		Mask: 0x3f, Match: 0x16, Read: readBRI12, Write: writeBRI12,
	}
	// imm8 r s m 10 0110            BEQI, BNEI, BLTI, BGEI
	fieldBI = &relocs.Field{
		Name: "BRI8.BEQI", Call: true, Size: 3, Min: -1 << 7, Max: 1<<7 - 1, Align: 1, PCAdd: 4,
		Mask: 0x3f, Match: 0x26, Read: readBRI8, Write: writeBRI8,
	}
	// imm8 000x s 01 11 0110        BF, BT
	fieldBF = &relocs.Field{
		Name: "RRI8.BF", Call: true, Size: 3, Min: -1 << 7, Max: 1<<7 - 1, Align: 1, PCAdd: 4,
		Mask: 0xe0ff, Match: 0x0076, Read: readBRI8, Write: writeBRI8,
	}
	// imm8 10xx s 01 11 0110        LOOP, LOOPNEZ, LOOPGTZ: the end, always ahead
	fieldLOOP = &relocs.Field{
		Name: "BRI8.LOOP", Size: 3, Min: 0, Max: 1<<8 - 1, Align: 1, PCAdd: 4,
		Mask: 0xc0ff, Match: 0x8076, Read: readLOOP, Write: writeBRI8,
	}
	// imm8 r s 1x 11 0110           BLTUI, BGEUI
	fieldBUI = &relocs.Field{
		Name: "BRI8.BLTUI", Call: true, Size: 3, Min: -1 << 7, Max: 1<<7 - 1, Align: 1, PCAdd: 4,
		Mask: 0xbf, Match: 0xb6, Read: readBRI8, Write: writeBRI8,
	}
	// imm8 r s t 0111               BEQ, BALL, BBCI and the other branches on two operands
	fieldB = &relocs.Field{
		Name: "RRI8", Call: true, Size: 3, Min: -1 << 7, Max: 1<<7 - 1, Align: 1, PCAdd: 4,
		Mask: 0xf, Match: 0x7, Read: readBRI8, Write: writeBRI8,
	}
	// imm6[3:0] s 1 z imm6[5:4] 1100          BEQZ.N, BNEZ.N: forward only
	fieldBZN = &relocs.Field{
		Name: "RI6", Call: true, Size: 2, Min: 0, Max: 1<<6 - 1, Align: 1, PCAdd: 4,
		Mask: 0x8f, Match: 0x8c, Read: readRI6, Write: writeRI6,
	}
)

// imm16 is the upper two bytes, imm12 is in them.
func readL32R(b []byte) int64      { return (int64(le.Uint16(b[1:])) - 1<<16) << 2 }
func writeRI16(b []byte, v int64)  { le.PutUint16(b[1:], uint16(v>>2)) }
func readBRI12(b []byte) int64     { return int64(int16(le.Uint16(b[1:])) >> 4) }
func writeBRI12(b []byte, v int64) { le.PutUint16(b[1:], le.Uint16(b[1:])&0xf|uint16(v)<<4) }
func readBRI8(b []byte) int64      { return int64(int8(b[2])) }
func writeBRI8(b []byte, v int64)  { b[2] = byte(v) }
func readLOOP(b []byte) int64      { return int64(b[2]) }

// The offset of CALLn and J is bits 6 to 23.
func readJ(b []byte) int64 { return relocs.SignExtend(uint32(le.Uint16(b[1:]))<<2|uint32(b[0])>>6, 18) }

func writeJ(b []byte, v int64) {
	b[0] = b[0]&0x3f | byte(v)<<6
	le.PutUint16(b[1:], uint16(v>>2))
}

func readCALL(b []byte) int64     { return readJ(b) << 2 }
func writeCALL(b []byte, v int64) { writeJ(b, v>>2) }

func readRI6(b []byte) int64 { return int64(b[0]>>4&3<<4 | b[1]>>4) }

func writeRI6(b []byte, v int64) {
	b[0] = b[0]&^0x30 | byte(v)>>4&3<<4
	b[1] = b[1]&0xf | byte(v)<<4
}

var le = binary.LittleEndian
