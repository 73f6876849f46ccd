package arm

import (
	"encoding/binary"

	"mpyld/relocs"
)

// Fields of Thumb instructions. A 32-bit Thumb instruction is two little-endian
// halfwords with the first at the lower address, so as one 32-bit number the
// first halfword is the low half. Bit pictures below show the halfwords in
// address order, as the Armv7-M Architecture Reference Manual (DDI 0403E,
// chapter A7) does.
//
// Thumb reads PC as the address of the instruction plus 4; the assembler
// folds that into A (-4), so a value here is relative to P + 4.

// Branch ranges in bytes. J1 and J2 widen the old pair encoding's 22 bits to
// 25: mpy_ld.py leaves them alone and so miscompiles beyond 4 MiB.
var (
	// 11110 S imm10 | 11 J1 1 J2 imm11        BL, encoding T1
	fieldBL = &relocs.Field{
		Name: "BL", Size: 4, Min: -1 << 24, Max: 1<<24 - 2, Align: 2,
		Mask: 0xd000_f800, Match: 0xd000_f000, Read: readB24, Write: writeB24,
	}
	// 11110 S imm10 | 10 J1 1 J2 imm11        B.W, encoding T4
	fieldBW = &relocs.Field{
		Name: "B.W", Size: 4, Min: -1 << 24, Max: 1<<24 - 2, Align: 2,
		Mask: 0xd000_f800, Match: 0x9000_f000, Read: readB24, Write: writeB24,
	}
	// 11110 S cond imm6 | 10 J1 0 J2 imm11    B<c>.W, encoding T3
	fieldBcondW = &relocs.Field{
		Name: "B<c>.W", Size: 4, Min: -1 << 20, Max: 1<<20 - 2, Align: 2,
		Mask: 0xd000_f800, Match: 0x8000_f000, Read: readB20, Write: writeB20,
	}
	// 11100 imm11                             B, encoding T2
	fieldB11 = &relocs.Field{
		Name: "B", Size: 2, Min: -1 << 11, Max: 1<<11 - 2, Align: 2,
		Mask: 0xf800, Match: 0xe000, Read: readB11, Write: writeB11,
	}
	// 1101 cond imm8                          B<c>, encoding T1
	fieldB8 = &relocs.Field{
		Name: "B<c>", Size: 2, Min: -1 << 8, Max: 1<<8 - 2, Align: 2,
		Mask: 0xf000, Match: 0xd000, Read: readB8, Write: writeB8,
	}
	// 1011 op 0 i 1 imm5 Rn                   CBZ/CBNZ: forward only
	fieldCB = &relocs.Field{
		Name: "CBZ", Size: 2, Min: 0, Max: 126, Align: 2,
		Mask: 0xf500, Match: 0xb100, Read: readCB, Write: writeCB,
	}

	// x imm31: bit 31 belongs to the exception table entry.
	fieldPrel31 = &relocs.Field{
		Name: "prel31", Size: 4, Min: -1 << 30, Max: 1<<30 - 1, Align: 1,
		Read: readPrel31, Write: writePrel31,
	}
)

// value = S : I1 : I2 : imm10 : imm11 : 0 with I1 = NOT(J1 EOR S), I2 = NOT(J2 EOR S)
func readB24(b []byte) int64 {
	hi, lo := uint32(le.Uint16(b)), uint32(le.Uint16(b[2:]))
	s := hi >> 10 & 1
	i1, i2 := ^(lo>>13^s)&1, ^(lo>>11^s)&1
	return relocs.SignExtend(s<<24|i1<<23|i2<<22|hi&0x3ff<<12|lo&0x7ff<<1, 25)
}

func writeB24(b []byte, v int64) {
	u := uint32(v)
	s := u >> 24 & 1
	j1, j2 := ^(u>>23^s)&1, ^(u>>22^s)&1
	hi, lo := le.Uint16(b), le.Uint16(b[2:])
	le.PutUint16(b, hi&^0x07ff|uint16(s<<10|u>>12&0x3ff))
	le.PutUint16(b[2:], lo&^0x2fff|uint16(j1<<13|j2<<11|u>>1&0x7ff))
}

// value = S : J2 : J1 : imm6 : imm11 : 0 (no EOR here)
func readB20(b []byte) int64 {
	hi, lo := uint32(le.Uint16(b)), uint32(le.Uint16(b[2:]))
	return relocs.SignExtend(hi>>10&1<<20|lo>>11&1<<19|lo>>13&1<<18|hi&0x3f<<12|lo&0x7ff<<1, 21)
}

func writeB20(b []byte, v int64) {
	u := uint32(v)
	hi, lo := le.Uint16(b), le.Uint16(b[2:])
	le.PutUint16(b, hi&^0x043f|uint16(u>>20&1<<10|u>>12&0x3f))
	le.PutUint16(b[2:], lo&^0x2fff|uint16(u>>18&1<<13|u>>19&1<<11|u>>1&0x7ff))
}

func readB11(b []byte) int64     { return relocs.SignExtend(uint32(le.Uint16(b))&0x7ff<<1, 12) }
func writeB11(b []byte, v int64) { le.PutUint16(b, le.Uint16(b)&^0x07ff|uint16(v>>1)&0x7ff) }

func readB8(b []byte) int64     { return relocs.SignExtend(uint32(b[0])<<1, 9) }
func writeB8(b []byte, v int64) { b[0] = byte(v >> 1) }

func readCB(b []byte) int64 {
	h := int64(le.Uint16(b))
	return h>>9&1<<6 | h>>3&0x1f<<1
}

func writeCB(b []byte, v int64) {
	le.PutUint16(b, le.Uint16(b)&^0x02f8|uint16(v>>6&1<<9|v>>1&0x1f<<3))
}

func readPrel31(b []byte) int64     { return relocs.SignExtend(le.Uint32(b)&0x7fff_ffff, 31) }
func writePrel31(b []byte, v int64) { le.PutUint32(b, le.Uint32(b)&0x8000_0000|uint32(v)&0x7fff_ffff) }

// Entry jumps. Armv6-M has no B.W, so its long form calls, which has the reach
// but overwrites LR: that is saved around it, with r0 (self, unused on the way
// back) to keep the stack 8-byte aligned.
var (
	jumpB11 = relocs.Jump{Code: []byte{0x00, 0xe0}, Off: 0, Field: fieldB11, A: -4}
	jumpBW  = relocs.Jump{Code: []byte{0x00, 0xf0, 0x00, 0xb8}, Off: 0, Field: fieldBW, A: -4}
	jumpBL  = relocs.Jump{
		Code: []byte{
			0x01, 0xb5, // push {r0, lr}
			0x00, 0xf0, 0x00, 0xf8, // bl
			0x01, 0xbd, // pop {r0, pc}
		},
		Off: 2, Field: fieldBL, A: -4,
	}
)

var le = binary.LittleEndian
