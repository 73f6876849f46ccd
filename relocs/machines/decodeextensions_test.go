package machines

import (
	"testing"

	"mpyld/relocs"
)

// TestDecodeExtensions has instructions that the disassembler of TestDecode does
// not know, by the tables of their specifications.
func TestDecodeExtensions(t *testing.T) {
	const ra, sp, s0, s1, s2, a0, a1 = 1 << 1, 1 << 2, 1 << 8, 1 << 9, 1 << 18, 1 << 10, 1 << 11
	const s3to11 = 0x0ff8_0000
	for _, tt := range []struct {
		name                   string
		code                   []byte
		reads, writes, carries relocs.Registers
		flow                   relocs.Flow
	}{
		// Zc*, 1.0.4
		{"cm.push {ra}, -16", []byte{0x42, 0xb8}, ra | sp, sp, ra, relocs.FlowNext},
		{"cm.push {ra, s0-s2}, -16", []byte{0x72, 0xb8}, ra | s0 | s1 | s2 | sp, sp, ra | s0 | s1 | s2, relocs.FlowNext},
		{"cm.pop {ra, s0-s11}, 64", []byte{0xf2, 0xba}, sp, ra | s0 | s1 | s2 | s3to11 | sp, 0, relocs.FlowNext},
		{"cm.popretz {ra, s0}, 16", []byte{0x52, 0xbc}, sp, ra | s0 | sp | a0, 0, relocs.FlowStop},
		{"cm.popret {ra}, 16", []byte{0x42, 0xbe}, sp, ra | sp, 0, relocs.FlowStop},
		{"cm.mvsa01 s0, s2", []byte{0x2a, 0xac}, a0 | a1, s0 | s2, a0 | a1, relocs.FlowNext},
		{"cm.mva01s s1, s2", []byte{0xea, 0xac}, s1 | s2, a0 | a1, s1 | s2, relocs.FlowNext},
		{"cm.jt 31", []byte{0x7e, 0xa0}, 0, 0, 0, relocs.FlowJump},
		{"cm.jalt 32", []byte{0x82, 0xa0}, 0, ra, 0, relocs.FlowCall},
		{"c.lbu a0, 0(a1)", []byte{0x88, 0x81}, a1, a0, 0, relocs.FlowNext},
		{"c.lh a0, 0(a1)", []byte{0xc8, 0x85}, a1, a0, 0, relocs.FlowNext},
		{"c.sb a0, 0(a1)", []byte{0x88, 0x89}, a0 | a1, 0, a0, relocs.FlowNext},
		{"c.sh a0, 0(a1)", []byte{0x88, 0x8d}, a0 | a1, 0, a0, relocs.FlowNext},
		{"c.zext.b a0", []byte{0x61, 0x9d}, a0, a0, a0, relocs.FlowNext},
		{"c.not a0", []byte{0x75, 0x9d}, a0, a0, a0, relocs.FlowNext},
		{"c.mul a0, a1", []byte{0x4d, 0x9d}, a0 | a1, a0, a0 | a1, relocs.FlowNext},
		// Zcmop
		{"c.mop.1", []byte{0x81, 0x60}, 0, 0, 0, relocs.FlowNext},
		// Zfa: the operand of fli is a number
		{"fli.s fa0, 1.0", []byte{0x53, 0x05, 0x18, 0xf0}, 0, 0, 0, relocs.FlowNext},
		{"fmv.w.x fa0, a0", []byte{0x53, 0x05, 0x05, 0xf0}, a0, 0, 0, relocs.FlowNext},
		{"fleq.s a0, fa0, fa1", []byte{0x53, 0x45, 0xb5, 0xa0}, 0, a0, 0, relocs.FlowNext},
		// Zicbom
		{"cbo.flush (a0)", []byte{0x0f, 0x20, 0x25, 0x00}, a0, 0, 0, relocs.FlowNext},
		// an AUIPC and the JALR behind it
		{"call", []byte{0x97, 0x00, 0, 0, 0xe7, 0x80, 0, 0}, 0, ra, 0, relocs.FlowCall},
		{"tail", []byte{0x17, 0x03, 0, 0, 0x67, 0x00, 0x03, 0}, 0, 1 << 6, 0, relocs.FlowGoto},
		{"nothing", []byte{0, 0}, 0, 0, 0, relocs.FlowStop},
		{"48 bits", []byte{0x1f, 0, 0, 0, 0, 0}, 0, 0, 0, relocs.FlowStop},
	} {
		for _, arch := range []string{"rv32imc", "rv64imc"} {
			s := For(arch).Decode(tt.code)
			if s.Reads != tt.reads || s.Writes != tt.writes || s.Sources != tt.carries || s.Flow != tt.flow {
				t.Errorf("%s: %s: got %swant reads %x, writes %x, carries %x, flow %d", arch, tt.name, line(&s), tt.reads, tt.writes, tt.carries, tt.flow)
			}
		}
	}
}

// TestDecodeEnd: no instruction is read past the end of the bytes.
func TestDecodeEnd(t *testing.T) {
	for _, m := range All() {
		for _, b := range [][]byte{nil, {0x13}, {0x13, 0}, {0x40, 0xf2}, {0x40, 0xf2, 0}, {0x97, 0, 0, 0, 0xe7, 0x80}} {
			if s := m.Decode(b); s.Size > max(len(b), m.Unit) || s.Size < m.Unit {
				t.Errorf("%s: %x: an instruction of %d bytes", m.Name, b, s.Size)
			}
		}
	}
}
