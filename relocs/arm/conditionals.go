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
// Of those of 16 bits only comparisons do (A5.2.1 to A5.2.3). Those of 32 bits
// (A5.3) do if they compute with a bit that says so; what is left is system control, calls, and MRC and
// VMRS to the flags.
func setsFlags(b []byte, step *relocs.Insn) bool {
	if step.Flow == relocs.FlowCall || step.Flow == relocs.FlowStop {
		return true
	}
	h := le.Uint16(b)
	if step.Size == 2 {
		return h&0xf800 == 0x2800 || h&0xffc0 == 0x4200 || h&0xff80 == 0x4280 || h&0xff00 == 0x4500
	}
	if len(b) < 4 {
		return true
	}
	l := le.Uint16(b[2:])
	s := h&0x10 != 0
	switch {
	case h&0xfe00 == 0xe800, h&0xfe00 == 0xf800: // load, store
		return false
	case h&0xfe00 == 0xea00: // data processing, shifted register
		return s
	case h&0xfa00 == 0xf000 && l&0x8000 == 0: // modified immediate
		return s
	case h&0xfa00 == 0xf200 && l&0x8000 == 0: // plain binary immediate
		return false
	case h&0xff80 == 0xfa00 && l&0xf0f0 == 0xf000: // shifts by a register
		return s
	case h&0xff80 == 0xfb00, h&0xff80 == 0xfb80: // multiply, divide
		return false
	case h&0xfe00 == 0xec00: // load, store and move of floating-point registers
		return false
	case h&0xff00 == 0xee00: // coprocessors and floating point: MRC and VMRS to the flags have PC for a register
		return h&0x10 != 0 && l&0xf010 == 0xf010
	case h == 0xf3af && l&0xff00 == 0x8000: // hints
		return false
	}
	return true
}
