package machines

import (
	"math/bits"
	"testing"
)

// TestGuards: IT says of one to four instructions whether they run, and no other
// 16-bit instruction of Thumb does.
func TestGuards(t *testing.T) {
	decode := For("armv7m").Decode
	for h := range uint32(0xe800) {
		want := 0
		if h>>8 == 0xbf && h&15 != 0 { // DDI 0403E, A7.7.38: x1000 one, xx100 two, ...
			want = 4 - bits.TrailingZeros32(h&15)
		}
		if got := decode([]byte{byte(h), byte(h >> 8)}).Guards; int(got) != want {
			t.Errorf("%#04x: %d instructions, want %d", h, got, want)
		}
	}
}

// TestPlaced: which instructions depend on their place.
func TestPlaced(t *testing.T) {
	decode := For("armv7m").Decode
	for _, tt := range []struct {
		text string
		want bool
		code []byte
	}{
		{"ldr r0, [pc, #8]", true, []byte{0x02, 0x48}},
		{"adr r0, .+8", true, []byte{0x01, 0xa0}},
		{"beq .", true, []byte{0xfe, 0xd0}},
		{"cbz r0, .+8", true, []byte{0x10, 0xb1}},
		{"mov r0, pc", true, []byte{0x78, 0x46}},
		{"add r0, pc", true, []byte{0x78, 0x44}},
		{"bl .", true, []byte{0xff, 0xf7, 0xfe, 0xff}},
		{"b.w .", true, []byte{0xff, 0xf7, 0xfe, 0xbf}},
		{"ldr.w r0, [pc, #8]", true, []byte{0xdf, 0xf8, 0x08, 0x00}},
		{"ldrb.w r0, [pc, #8]", true, []byte{0x9f, 0xf8, 0x08, 0x00}},
		{"ldrd r0, r1, [pc, #8]", true, []byte{0xdf, 0xe9, 0x02, 0x01}},
		{"adr.w r0, .+8", true, []byte{0x0f, 0xf2, 0x04, 0x00}},
		{"tbb [pc, r0]", true, []byte{0xdf, 0xe8, 0x00, 0xf0}},
		{"vldr s0, [pc, #8]", true, []byte{0x9f, 0xed, 0x02, 0x0a}},
		{"movs r0, #1", false, []byte{0x01, 0x20}},
		{"str r3, [r0]", false, []byte{0x03, 0x60}},
		{"ldr r0, [sp, #4]", false, []byte{0x01, 0x98}},
		{"bx lr", false, []byte{0x70, 0x47}},
		{"blx r3", false, []byte{0x98, 0x47}},
		{"mov.w r0, #1", false, []byte{0x4f, 0xf0, 0x01, 0x00}},
		{"mvn.w r0, r1", false, []byte{0x6f, 0xea, 0x01, 0x00}},
		{"addw r0, r1, #1", false, []byte{0x01, 0xf2, 0x01, 0x00}},
		{"mul r0, r1, r2", false, []byte{0x01, 0xfb, 0x02, 0xf0}},
		{"sxtb.w r0, r1", false, []byte{0x4f, 0xfa, 0x81, 0xf0}},
		{"movw r0, #1", false, []byte{0x40, 0xf2, 0x01, 0x00}},
		{"vmov s0, r0", false, []byte{0x00, 0xee, 0x10, 0x0a}},
	} {
		if got := decode(tt.code).Placed; got != tt.want {
			t.Errorf("%s: %v", tt.text, got)
		}
	}
}
