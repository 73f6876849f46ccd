package riscv

import (
	"encoding/binary"
	"fmt"

	"mpyld/relocs"
)

// Fields of RISC-V instructions. Bit pictures show an instruction from bit 31
// (or 15) down, as the RISC-V Instruction Set Manual, volume I does: imm[n] is
// bit n of the value, and the letters of the other parts are the manual's.
// PC is the address of the instruction itself.

// A 32-bit value is cut in two: an upper immediate of 20 bits, and a lower one
// of 12 bits that the processor sign-extends. So the upper one is rounded, and
// together they reach from cutMin to cutMax.
const (
	cutMin = -1<<31 - 1<<11
	cutMax = 1<<31 - 1<<11 - 1
)

var (
	// imm[12|10:5] rs2 rs1 funct3 imm[4:1|11] 1100011
	fieldB = &relocs.Field{
		Name: "B-type", Size: 4, Min: -1 << 12, Max: 1<<12 - 2, Align: 2,
		Mask: 0x7f, Match: 0x63, Read: readB12, Write: writeB12,
	}
	// imm[20|10:1|11|19:12] rd 1101111
	fieldJ = &relocs.Field{
		Name: "J-type", Size: 4, Min: -1 << 20, Max: 1<<20 - 2, Align: 2,
		Mask: 0x7f, Match: 0x6f, Read: readJ20, Write: writeJ20,
	}
	// 11x imm[8|4:3] rs1' imm[7:6|2:1|5] 01              c.beqz, c.bnez
	fieldCB = &relocs.Field{
		Name: "CB-type", Size: 2, Min: -1 << 8, Max: 1<<8 - 2, Align: 2,
		Mask: 0xc003, Match: 0xc001, Read: readCB8, Write: writeCB8,
	}
	// x01 imm[11|4|9:8|10|6|7|3:1|5] 01                  c.j, c.jal
	fieldCJ = &relocs.Field{
		Name: "CJ-type", Size: 2, Min: -1 << 11, Max: 1<<11 - 2, Align: 2,
		Mask: 0x6003, Match: 0x2001, Read: readCJ11, Write: writeCJ11,
	}

	// imm[31:12] rd 0010111
	fieldAUIPC = &relocs.Field{
		Name: "AUIPC", Size: 4, Min: cutMin, Max: cutMax, Align: 1, HighPart: 12, Round: true,
		Mask: 0x7f, Match: 0x17, Read: readU20, Write: writeU20,
	}
	// imm[31:12] rd 0110111. RV64 sign-extends the result; on RV32 it is the
	// whole register, and an address takes both readings of bit 31.
	fieldLUI32 = &relocs.Field{
		Name: "LUI.rv32", Size: 4, Min: -1 << 31, Max: 1<<32 - 1, Align: 1, HighPart: 12, Round: true,
		Mask: 0x7f, Match: 0x37, Read: readU20, Write: writeU20,
	}
	fieldLUI64 = &relocs.Field{
		Name: "LUI.rv64", Size: 4, Min: cutMin, Max: cutMax, Align: 1, HighPart: 12, Round: true,
		Mask: 0x7f, Match: 0x37, Read: readU20, Write: writeU20,
	}

	// The lower parts accept whatever an upper part does. Of the opcode only the
	// mark of a 32-bit instruction is checked: loads, additions, jumps, prefetches
	// and vendors' instructions all have such immediates.

	// imm[11:0] rs1 funct3 rd xxxxx11
	fieldI = &relocs.Field{
		Name: "I-type", Size: 4, Min: cutMin, Max: 1<<32 - 1, Align: 1, LowPart: 12,
		Mask: 3, Match: 3, Read: readI12, Write: writeI12,
	}
	// imm[11:5] rs2 rs1 funct3 imm[4:0] xxxxx11
	fieldS = &relocs.Field{
		Name: "S-type", Size: 4, Min: cutMin, Max: 1<<32 - 1, Align: 1, LowPart: 12,
		Mask: 3, Match: 3, Read: readS12, Write: writeS12,
	}

	// imm[31:12] rd 0010111, then imm[11:0] rs1 000 rd 1100111: both parts
	fieldCall = &relocs.Field{
		Name: "AUIPC+JALR", Size: 8, Min: cutMin, Max: cutMax - 1, Align: 2,
		Mask: 0x0000_707f_0000_007f, Match: 0x0000_0067_0000_0017, Read: readCall, Write: writeCall,
	}

	// xx word6: what DW_CFA_advance_loc holds
	fieldWord6 = &relocs.Field{
		Name: "word6", Size: 1, Min: 0, Max: 1<<6 - 1, Align: 1,
		Read: readWord6, Write: writeWord6,
	}

	// fieldsULEB has a field for each length, told apart by the continuation bits
	// at the place: the assembler reserves the bytes, the linker keeps their number.
	// Five groups of seven bits hold every distance in a module.
	fieldsULEB = []*relocs.Field{uleb128(1), uleb128(2), uleb128(3), uleb128(4), uleb128(5)}
)

func readB12(b []byte) int64 {
	u := le.Uint32(b)
	return relocs.SignExtend(u>>31<<12|u>>7&1<<11|u>>25&0x3f<<5|u>>8&0xf<<1, 13)
}

func writeB12(b []byte, v int64) {
	u := uint32(v)
	le.PutUint32(b, le.Uint32(b)&^0xfe00_0f80|u>>12&1<<31|u>>5&0x3f<<25|u>>1&0xf<<8|u>>11&1<<7)
}

func readJ20(b []byte) int64 {
	u := le.Uint32(b)
	return relocs.SignExtend(u>>31<<20|u>>12&0xff<<12|u>>20&1<<11|u>>21&0x3ff<<1, 21)
}

func writeJ20(b []byte, v int64) {
	u := uint32(v)
	le.PutUint32(b, le.Uint32(b)&0xfff|u>>20&1<<31|u>>1&0x3ff<<21|u>>11&1<<20|u>>12&0xff<<12)
}

func readCB8(b []byte) int64 {
	h := uint32(le.Uint16(b))
	return relocs.SignExtend(h>>12&1<<8|h>>10&3<<3|h>>5&3<<6|h>>3&3<<1|h>>2&1<<5, 9)
}

func writeCB8(b []byte, v int64) {
	u := uint16(v)
	le.PutUint16(b, le.Uint16(b)&^0x1c7c|u>>8&1<<12|u>>3&3<<10|u>>6&3<<5|u>>1&3<<3|u>>5&1<<2)
}

func readCJ11(b []byte) int64 {
	h := uint32(le.Uint16(b))
	return relocs.SignExtend(h>>12&1<<11|h>>11&1<<4|h>>9&3<<8|h>>8&1<<10|h>>7&1<<6|h>>6&1<<7|h>>3&7<<1|h>>2&1<<5, 12)
}

func writeCJ11(b []byte, v int64) {
	u := uint16(v)
	le.PutUint16(b, le.Uint16(b)&^0x1ffc|
		u>>11&1<<12|u>>4&1<<11|u>>8&3<<9|u>>10&1<<8|u>>6&1<<7|u>>7&1<<6|u>>1&7<<3|u>>5&1<<2)
}

func readU20(b []byte) int64 { return int64(int32(le.Uint32(b) &^ 0xfff)) }

func writeU20(b []byte, v int64) {
	le.PutUint32(b, le.Uint32(b)&0xfff|(uint32(v)+1<<11)&^0xfff)
}

func readI12(b []byte) int64     { return int64(int32(le.Uint32(b)) >> 20) }
func writeI12(b []byte, v int64) { le.PutUint32(b, le.Uint32(b)&0xf_ffff|uint32(v)<<20) }

func readS12(b []byte) int64 {
	u := le.Uint32(b)
	return relocs.SignExtend(u>>25<<5|u>>7&0x1f, 12)
}

func writeS12(b []byte, v int64) {
	u := uint32(v)
	le.PutUint32(b, le.Uint32(b)&^0xfe00_0f80|u>>5&0x7f<<25|u&0x1f<<7)
}

func readCall(b []byte) int64 { return readU20(b) + readI12(b[4:]) }

func writeCall(b []byte, v int64) {
	writeU20(b, v)
	writeI12(b[4:], v)
}

func readWord6(b []byte) int64     { return int64(b[0] & 0x3f) }
func writeWord6(b []byte, v int64) { b[0] = b[0]&^0x3f | byte(v)&0x3f }

// uleb128 returns the field of a ULEB128 number of n bytes: seven bits in each,
// the lowest first, and bit 7 set in all but the last.
func uleb128(n int) *relocs.Field {
	f := &relocs.Field{Name: fmt.Sprintf("ULEB128.%d", n), Size: n, Min: 0, Max: 1<<(7*n) - 1, Align: 1}
	for i := range n {
		f.Mask |= 0x80 << (8 * i)
	}
	f.Match = f.Mask &^ (0x80 << (8 * (n - 1)))
	f.Read = func(b []byte) (v int64) {
		for i := range n {
			v |= int64(b[i]&0x7f) << (7 * i)
		}
		return v
	}
	f.Write = func(b []byte, v int64) {
		for i := range n {
			b[i] = b[i]&0x80 | byte(v>>(7*i))&0x7f
		}
	}
	return f
}

var le = binary.LittleEndian
