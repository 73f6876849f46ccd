package link_test

import (
	"testing"

	"mpyld/mpywriter"
	"mpyld/relocs"
	"mpyld/relocs/machines"
	"mpyld/simload"
)

// TestReloaded: where an upper part is kept in memory that nobody can follow it
// through, all of its symbol in the section leave the same, and a lower part that adds to
// what is loaded is right with any of them. Whatever bit is flipped, verification fails.
func TestReloaded(t *testing.T) {
	seq := []rewriteInsn{
		{0x000007b7, 4, 26, 0, "lui a5, %hi(v)", false},
		{0x00f52023, 4, -1, 0, "sw a5, (a0)", false},
		{0x0007a583, 4, 27, 0, "lw a1, %lo(v)(a5)", false},
		{0x000007b7, 4, 26, 4, "lui a5, %hi(v+4)", false},
		{0x00f52223, 4, -1, 0, "sw a5, 4(a0)", false},
		{0x00000737, 4, 26, 0, "lui a4, %hi(w)", true},
		{0x00072583, 4, 27, 0, "lw a1, %lo(w)(a4)", true},
		{0x00052783, 4, -1, 0, "lw a5, (a0)", false},
		{0x0007a603, 4, 27, 4, "lw a2, %lo(v+4)(a5)", false},
		{0x00452783, 4, -1, 0, "lw a5, 4(a0)", false},
		{0x0007a603, 4, 27, 8, "lw a2, %lo(v+8)(a5)", false},
		{0x8082, 2, -1, 0, "ret", false},
	}
	for _, name := range []string{"rv32imc", "rv64imc"} {
		m := machines.For(name)
		res, err := linkObject(m, m, rewriteObject(m, seq))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		data, err := mpywriter.Write(res.File)
		if err != nil {
			t.Fatal(err)
		}
		if err := simload.Verify(data, res.Map); err != nil {
			t.Fatalf("%s: a good link does not verify: %v", name, err)
		}
		thunks := 0
		for i := range res.Map.Sections {
			p := &res.Map.Sections[i]
			if i == 0 || p.Name == "thunk of v" {
				flipAll(t, res, p, 0, uint32(p.Size))
			}
		}
		for _, b := range res.Map.Sections[0].Relocs {
			if b.By != nil && b.By.Needs == relocs.NeedThunk {
				thunks++
			}
		}
		if thunks != 2 {
			t.Errorf("%s: %d upper parts of v are thunks, want both", name, thunks)
		}
	}
}
