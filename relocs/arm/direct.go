package arm

import "mpyld/relocs"

// Thumb code of gcc -fpic finds the GOT by a distance (BASE_PREL) and has offsets of slots in
// literals (GOT_BREL); that of clang has distances of slots (GOT_PREL). What lies in the module
// both reach by a distance (REL32). With an address in the literal (ABS32) the rest is not
// needed: relocs.Direct.

// typeABS32 is the relocation of a word that is an address.
const typeABS32 = 2

var (
	// 01001 Rt imm8                            LDR (literal), encoding T1: forward only
	fieldLDR16 = &relocs.Field{
		Name: "LDR", Size: 2, Min: 0, Max: 1020, Align: 4, PCAdd: 4, PCMask: 3,
		Mask: 0xf800, Match: 0x4800,
		Read:  func(b []byte) int64 { return int64(b[0]) * 4 },
		Write: func(b []byte, v int64) { b[0] = byte(v / 4) },
	}
	// 1110100 1 U 1 0 1 1111 | Rt Rt2 imm8        LDRD (literal), encoding T1
	fieldLDRD = literal4("LDRD", 0x0000_ff7f, 0x0000_e95f)
	// 1110110 1 U D 0 1 1111 | Vd 101 x imm8      VLDR (literal), encodings T2 (x 0, of 32 bits) and T1 (of 64)
	fieldVLDR32 = literal4("VLDR.32", 0x0f00_ff3f, 0x0a00_ed1f)
	fieldVLDR64 = literal4("VLDR.64", 0x0f00_ff3f, 0x0b00_ed1f)

	direct = relocs.Direct{
		Loads: []relocs.LiteralLoad{
			{Field: fieldLDR16, Shift: 8, Regs: 0xff},
			{Field: fieldLDR, Shift: 28, Regs: 0x7fff},
		},
		Branches: []*relocs.Field{fieldCB, fieldB11, fieldB8, fieldBL, fieldBW, fieldBcondW},
		Places:   []relocs.LiteralPlace{{Field: fieldLDRD, Bytes: 8}, {Field: fieldVLDR32, Bytes: 4}, {Field: fieldVLDR64, Bytes: 8}},
		Move:     relocs.Pattern{Size: 2, Mask: 0xff00, Match: 0x4600},
		Trap:     relocs.Pattern{Size: 2, Mask: 0xff00, Match: 0xde00},
		Tail:     relocs.Pattern{Size: 2, Mask: 0xff87, Match: 0x4700}, // BX
		Table:    table,
		Tables: map[string]relocs.JumpTable{
			"__gnu_thumb1_case_sqi": {Entry: 1, Signed: true},
			"__gnu_thumb1_case_uqi": {Entry: 1},
			"__gnu_thumb1_case_shi": {Entry: 2, Signed: true},
			"__gnu_thumb1_case_uhi": {Entry: 2},
		},
		Nop:   []byte{0xc0, 0x46}, // mov r8, r8, which Armv6-M has too
		Nops:  [][]byte{{0xc0, 0x46}, {0x00, 0xbf}},
		Saved: 0x2ff0, Stack: 1 << 13, Link: 1 << 14, // r4 to r11 and the stack pointer (AAPCS32, 6.1.1)
	}

	// directV6M is without instructions of 32 bits, but for BL.
	directV6M = func() relocs.Direct {
		d := direct
		d.Loads = d.Loads[:1]
		return d
	}()
)

// literal4 is the field of a distance in words of either sign.
func literal4(name string, mask, match uint64) *relocs.Field {
	return &relocs.Field{
		Name: name, Size: 4, Min: -1020, Max: 1020, Align: 4, PCAdd: 4, PCMask: 3, Mask: mask, Match: match,
		Read: func(b []byte) int64 {
			v := int64(b[2]) * 4
			if b[0]>>7 == 0 {
				return -v
			}
			return v
		},
		Write: func(b []byte, v int64) {
			b[0] |= 0x80
			if v < 0 {
				b[0], v = b[0]&^0x80, -v
			}
			b[2] = byte(v / 4)
		},
	}
}

// table: TBB and TBH of the program counter (DDI 0403E, A7.7.185).
func table(b []byte) int {
	if len(b) < 4 || le.Uint32(b)&0xffe0_ffff != 0xf000_e8df {
		return 0
	}
	return 1 << (b[2] >> 4 & 1)
}
