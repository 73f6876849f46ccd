package xtensa

import (
	"bytes"
	"testing"
)

// TestNarrow: each form of two bytes stands for what becomes it again, whichever of all three bytes
// become something, and of each there are as many as its fields have values.
func TestNarrow(t *testing.T) {
	n := map[byte]int{}
	for v := range 1 << 24 {
		b := []byte{byte(v), byte(v >> 8), byte(v >> 16)}
		short := narrow(b)
		if short == nil {
			continue
		}
		if wide := widen(short); !bytes.Equal(wide, b) {
			t.Fatalf("% x becomes % x, which stands for % x", b, short, wide)
		}
		n[short[0]&15]++
	}
	const regs = 16
	for op0, want := range map[byte]int{8: regs * regs * 16, 9: regs * regs * 16, 10: regs * regs * regs, 11: regs * regs * 16, 12: regs * 128, 13: regs*regs + 2} {
		if n[op0] != want {
			t.Errorf("%d forms with %d in the lowest bits, want %d", n[op0], op0, want)
		}
	}
	for v := range 1 << 16 {
		short := []byte{byte(v), byte(v >> 8)}
		if wide := widen(short); wide != nil && !bytes.Equal(narrow(wide), short) {
			t.Fatalf("% x stands for % x, which becomes % x", short, wide, narrow(wide))
		}
	}
	if narrow([]byte{0xf0, 0x20}) != nil || widen([]byte{0x0d}) != nil {
		t.Error("an instruction that is cut off becomes something")
	}
}
