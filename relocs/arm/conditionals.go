package arm

import (
	"math/bits"

	"mpyld/relocs"
)

// IT makes up to four instructions conditional (ARMv7-M ARM, A7.3.3). Its low four bits
// are the mask: a 1 ends it, and each bit in front of that is for one more instruction,
// which runs with the first one if the bit is the lowest of the condition.
//
//	itete gt    bfcb: condition 1100, mask 1011
//	movwgt r3   with the condition
//	movwle r3   1: else
//	movtgt r3   0: then
//	movtle r3   1: else; the last 1 ends the mask
//
// A comparison in between makes another condition of the same name: only what is in
// front of anything that may set flags is returned.
func conditionals(b []byte) (list []relocs.Conditional) {
	if len(b) < 2 || b[1] != 0xbf || b[0]&0xf == 0 {
		return nil
	}
	condition, mask := b[0]>>4&1, b[0]&0xf
	off := uint32(2)
	for i := range 4 - bits.TrailingZeros8(mask) {
		if int(off) >= len(b) {
			break
		}
		step := decode(b[off:])
		sets, other := setsFlags(b[off:], &step), i > 0 && mask>>(4-i)&1 != condition
		when := b[0] >> 4
		if other {
			when ^= 1
		}
		list = append(list, relocs.Conditional{Off: off, Else: other, When: when, SetsFlags: sets})
		if sets {
			break
		}
		off += uint32(step.Size)
	}
	return list
}

// mayFlag reports whether an instruction that no IT is in front of may set the flags of conditions: of those
// of 16 bits, computations of the registers r0 to r7 (A5.2.1, A5.2.2), comparisons, and calls do.
func mayFlag(b []byte, step *relocs.Insn) bool {
	switch h := le.Uint16(b); {
	case step.Flow == relocs.FlowCall, step.Flow == relocs.FlowStop:
		return true
	case step.Flow != relocs.FlowNext:
		return false
	case step.Size == 2:
		return h < 0x4400 || h&0xff00 == 0x4500
	}
	return setsFlags(b, step)
}

// setsFlags reports whether an instruction under an IT may set the flags of conditions.
// Of those of 16 bits only comparisons do, which write no register. Those of 32 bits
// surely do not that have plain binary immediates, load, store, or do nothing (A5.3).
func setsFlags(b []byte, step *relocs.Insn) bool {
	if step.Size == 2 {
		return step.Writes == 0
	}
	if len(b) < 4 {
		return true
	}
	h, l := le.Uint16(b), le.Uint16(b[2:])
	plain, memory, hint := h&0xfa00 == 0xf200 && l&0x8000 == 0, h&0xfe00 == 0xf800, h == 0xf3af && l&0xff00 == 0x8000
	return !plain && !memory && !hint
}
