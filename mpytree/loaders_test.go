package mpytree_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"mpyld/mpytree"
)

// TestCodeRefusals: codes that no compiler makes, and of which the loader (py/persistentcode.c, load_raw_code)
// would read something else than is meant, or write past the end of their memory. The same with nothing wrong is read.
func TestCodeRefusals(t *testing.T) {
	for _, c := range []struct{ hex, want string }{
		// Assembler code has flags of a function's only: rodata, bss and relocations are read for viper code, behind its flags.
		{"4d06171f 01 00 04 6d2e 00 13 7047 00 00 00", ""},
		{"4d06171f 01 00 04 6d2e 00 13 7047 10 00 00", "0xd code.scope_flags: 0x10 has flags that asm code cannot have"},
		{"4d06171f 01 00 04 6d2e 00 13 7047 20 00 00", "0xd code.scope_flags: 0x20 has flags that asm code cannot have"},
		{"4d06171f 01 00 04 6d2e 00 13 7047 40 00 00", "0xd code.scope_flags: 0x40 has flags that asm code cannot have"},

		// A native function's flags are in its prelude: bit n in byte n+1 of its signature. The loader would look for relocations.
		{"4d06171f 01 00 04 6d2e 00 49 7047 8080808040 0200 02", ""},
		{"4d06171f 01 00 04 6d2e 00 51 7047 808080808040 0200 02", "0xd code.prelude: scope flags 0x10 are not those of a function"},
		{"4d06171f 01 00 04 6d2e 00 59 7047 80808080808040 0200 02", "0xd code.prelude: scope flags 0x20 are not those of a function"},

		// The last instruction of version 5 ends with the code: JUMP takes three bytes, LOAD_NAME with its name, as well.
		{"4d05021f20 24 00 08 0261 00 01 42 0080 0000", ""},
		{"4d05021f20 20 00 08 0261 00 01 42 0080 0000", "0xf code.body: the last instruction does not end with the code's 8 bytes"},
		{"4d05021f20 1c 00 08 0261 00 01 42 0080 0000", "0xf code.body: the last instruction does not end with the code's 7 bytes"},
		{"4d05021f20 20 00 08 0261 00 01 11 0262 0000", "0xf code.body: the last instruction does not end with the code's 8 bytes"},
	} {
		data, err := hex.DecodeString(strings.ReplaceAll(c.hex, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := mpytree.Parse(data); c.want == "" && err != nil || c.want != "" && (err == nil || err.Error() != c.want) {
			t.Errorf("%s\n got %v\nwant %s", c.hex, err, c.want)
		}
	}
}

// TestByteBehind: the instructions with a byte behind their argument (py/bc0.h, MP_BC_MASK_EXTRA_BYTE): to make a closure
// takes the number of its cells, to leave loops and statements of exceptions the number of those.
func TestByteBehind(t *testing.T) {
	code := []byte{
		0x20, 0, 2, // MAKE_CLOSURE
		0x21, 0x81, 0, 3, // MAKE_CLOSURE_DEFARGS 128
		0x40, 0x41, 0x81, // UNWIND_JUMP to the byte behind the next
		0x32, 0, // MAKE_FUNCTION
		0x51, 0x63,
	}
	f := &mpytree.File{Version: 6}
	insns, err := f.Insns(&mpytree.Code{Body: append([]byte{0, 2, 0}, code...)})
	if err != nil {
		t.Fatal(err)
	}
	var offs, extras []int
	for _, in := range insns {
		offs = append(offs, in.Off-3)
		extra := -1
		if in.HasExtra() {
			extra = int(in.Extra)
		}
		extras = append(extras, extra)
	}
	for i, want := range [][2]int{{0, 2}, {3, 3}, {7, 0x81}, {10, -1}, {12, -1}, {13, -1}} {
		if i >= len(offs) || offs[i] != want[0] || extras[i] != want[1] {
			t.Fatalf("instructions at %v with %v, want number %d at %d with %d", offs, extras, i, want[0], want[1])
		}
	}
	if len(insns) != 6 || insns[2].Target != 3+9+1 {
		t.Errorf("%+v", insns)
	}
}
