package link_test

import (
	"bytes"
	"debug/elf"
	"slices"
	"testing"

	"mpyld/fixtures"
	"mpyld/simload"
)

// TestCorruptCode corrupts every byte of code that has addresses in its
// instructions, one at a time: what follows registers must come to an end, and
// the linker, which goes forward, must not accept what simload, which goes back,
// does not.
func TestCorruptCode(t *testing.T) {
	for _, name := range []string{"rv32imc-gcc12.2-Os-fno-pic", "rv64imc-gcc12.2-O2-fno-pic", "armv7m-clang14-O2-fno-pic-movt"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sets := fixtures.Sets()
			set := sets[slices.IndexFunc(sets, func(s fixtures.Set) bool { return s.Name == name })]
			cases, err := set.Cases()
			if err != nil {
				t.Fatal(err)
			}
			c := cases[slices.IndexFunc(cases, func(c fixtures.Case) bool { return c.Name == "variables" })]
			f, err := elf.NewFile(bytes.NewReader(c.Objects[0].Data))
			if err != nil {
				t.Fatal(err)
			}
			text := f.Section(".text")
			linked, failed := 0, 0
			for off := text.Offset; off < text.Offset+text.FileSize; off++ {
				for _, flip := range []byte{0x01, 0x08, 0x40, 0xff} {
					data := bytes.Clone(c.Objects[0].Data)
					data[off] ^= flip
					bad := c
					bad.Objects = append([]fixtures.File{{Name: c.Objects[0].Name, Data: data}}, c.Objects[1:]...)
					out, res, err := linkCase(t, set, bad)
					if err != nil {
						failed++
						continue
					}
					linked++
					if err := simload.Verify(out, res.Map); err != nil {
						t.Errorf("byte 0x%x of .text ^ 0x%02x: links, but: %v", off-text.Offset, flip, err)
					}
				}
			}
			t.Logf("%d corruptions: %d errors, %d verified links", linked+failed, failed, linked)
			if linked == 0 || failed == 0 {
				t.Error("the corruptions do not reach what they should")
			}
		})
	}
}
