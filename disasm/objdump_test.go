package disasm

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestParseObjdump: what objdumps of several machines print.
func TestParseObjdump(t *testing.T) {
	for _, c := range []struct {
		text     string
		from, to int
		want     []Line
	}{
		{
			"\ncode:     file format binary\n\n\nDisassembly of section .data:\n\n00000004 <.data+0x4>:\n" +
				"   4:\tb530      \tpush\t{r4, r5, lr}\n   6:\tf8d4 3104 \tldr\tr3, [pc, #56]\t@ (0x44)\n   a:\te7f0      \tb.n\t0x4\n",
			4, 12,
			[]Line{
				{Off: 4, Size: 2, Text: "push {r4, r5, lr}", Target: -1, Refers: -1},
				{Off: 6, Size: 4, Text: "ldr r3, [pc, #56] @ (0x44)", Target: -1, Refers: 0x44},
				{Off: 10, Size: 2, Text: "b.n 0x4", Target: 4, Refers: -1},
			},
		},
		{
			"   0:\t001406        \tj\t0x54\n   3:\tf01d      \tretw.n\n   5:\t31f9ff        \tl32r\ta3, 0x4 (0x0)\n   8:\t        \till\n", 0, 9,
			[]Line{
				{Off: 0, Size: 3, Text: "j 0x54", Target: 0x54, Refers: -1},
				{Off: 3, Size: 2, Text: "retw.n", Target: -1, Refers: -1},
				{Off: 5, Size: 3, Text: "l32r a3, 0x4 (0x0)", Target: -1, Refers: 4},
				{Off: 8, Size: 1, Text: ".byte 00", Target: -1, Refers: -1},
			},
		},
	} {
		got, err := parseObjdump(c.text, make([]byte, c.to), c.from, c.to)
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
	}
	for _, bad := range []string{"", "   0:\t      \tpush\n", "   4:\tb530      \tpush\n", "   0:\tb530      \tpush\n   4:\tb530      \tpush\n"} {
		if got, err := parseObjdump(bad, make([]byte, 6), 0, 6); err == nil {
			t.Errorf("%q: %v", bad, got)
		}
	}
}
