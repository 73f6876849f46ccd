package machines

import (
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpyld/relocs"
)

// TestConditionals has blocks of Arm's IT as arm-none-eabi-as makes them.
func TestConditionals(t *testing.T) {
	const (
		movw, movt, ldr = uint32(0xf2400300), uint32(0xf2c00300), uint32(0xf8df3010) // of r3
		movs, cmpi      = uint32(0x2305), uint32(0x2809)                             // movs r3, #5; cmp r0, #9
		addsw, nopw     = uint32(0xf1130301), uint32(0xf3af8000)
	)
	const eq, ne, gt, le = 0, 1, 12, 13
	on := func(off uint32, when uint8) relocs.Conditional { return relocs.Conditional{Off: off, When: when} }
	other := func(off uint32, when uint8) relocs.Conditional {
		return relocs.Conditional{Off: off, Else: true, When: when}
	}
	last := func(c relocs.Conditional) relocs.Conditional { c.SetsFlags = true; return c }
	for _, tt := range []struct {
		name string
		it   uint32
		code []uint32
		want []relocs.Conditional
	}{
		{"itete gt", 0xbfcb, []uint32{movw, movw, movt, movt}, []relocs.Conditional{on(2, gt), other(6, le), on(10, gt), other(14, le)}},
		{"itete gt, rewritten", 0xbfcb, []uint32{ldr, ldr, nopw, nopw}, []relocs.Conditional{on(2, gt), other(6, le), on(10, gt), other(14, le)}},
		{"it eq", 0xbf08, []uint32{movs, movs}, []relocs.Conditional{on(2, eq)}},
		{"ite eq", 0xbf0c, []uint32{movs, movs, movs}, []relocs.Conditional{on(2, eq), other(4, ne)}},
		{"itt eq", 0xbf04, []uint32{movs, movs, movs}, []relocs.Conditional{on(2, eq), on(4, eq)}},
		{"ite ne", 0xbf14, []uint32{movs, movs, movs}, []relocs.Conditional{on(2, ne), other(4, eq)}},
		{"itt ne", 0xbf1c, []uint32{movs, movs, movs}, []relocs.Conditional{on(2, ne), on(4, ne)}},
		{"ittee le", 0xbfd9, []uint32{movs, movs, movs, movs}, []relocs.Conditional{on(2, le), on(4, le), other(6, gt), other(8, gt)}},
		{"a comparison", 0xbfcb, []uint32{movw, cmpi, movt, movt}, []relocs.Conditional{on(2, gt), last(other(6, le))}},
		{"flags of 32 bits", 0xbfcb, []uint32{addsw, movw, movt, movt}, []relocs.Conditional{last(on(2, gt))}},
		{"flags of a coprocessor", 0xbf08, []uint32{0xee10f410 /* mrc p4, #0, APSR_nzcv, c0, c0, #0 */}, []relocs.Conditional{last(on(2, eq))}},
		{"flags of floating point", 0xbf08, []uint32{0xeef1fa10 /* vmrs APSR_nzcv, fpscr */}, []relocs.Conditional{last(on(2, eq))}},
		{"a number of a coprocessor", 0xbf08, []uint32{0xee100410 /* mrc p4, #0, r0, c0, c0, #0 */}, []relocs.Conditional{on(2, eq)}},
		{"cut off", 0xbfcb, []uint32{movw}, []relocs.Conditional{on(2, gt)}},
		{"a hint", 0xbf00, []uint32{movw}, nil},
		{"another instruction", 0x2809, []uint32{movw}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b []byte
			for _, insn := range append([]uint32{tt.it}, tt.code...) {
				if insn > 0xffff {
					b = binary.LittleEndian.AppendUint16(b, uint16(insn>>16))
				}
				b = binary.LittleEndian.AppendUint16(b, uint16(insn))
			}
			if diff := cmp.Diff(tt.want, For("armv7m").Conditionals(b)); diff != "" {
				t.Error(diff)
			}
		})
	}
	if list := For("armv7m").Conditionals([]byte{0xcb}); list != nil {
		t.Errorf("half of an instruction: %v", list)
	}
}
