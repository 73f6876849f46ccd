package link

import (
	"debug/elf"
	"testing"

	"mpyld/fixtures/elfmake"
	"mpyld/linkmap"
	"mpyld/mpyfile"
)

// TestAnchorBesideNumber: a literal that is the number 0 points nowhere, so it is no anchor, whatever the first
// thing is that the module refers to.
func TestAnchorBesideNumber(t *testing.T) {
	load := func(off uint64, a int64) elfmake.Reloc {
		return elfmake.Reloc{Off: off, Type: xtensaSlot0, Sym: 1, A: a}
	}
	in := input(t, "xtensa", elfmake.Object{
		Sections: []elfmake.Section{
			{Name: ".literal", Flags: alloc | exec, Align: 4, Data: make([]byte, 8), Relocs: []elfmake.Reloc{{Type: 1, Sym: 2, A: 4}}},
			{Name: ".text", Flags: alloc | exec, Align: 4, Data: []byte{0x21, 0, 0, 0x21, 0, 0}, Relocs: []elfmake.Reloc{load(0, 0), load(3, 4)}},
			{Name: ".bss", Type: elf.SHT_NOBITS, Flags: alloc | write, Align: 4, Size: 8},
		},
		Symbols: []elfmake.Symbol{fn("mpy_init", 1, 0), local(".literal", 0, 0), fn("x", 2, 0)},
	})
	res, err := Checked(in)
	if err != nil {
		t.Fatal(err)
	}
	if err := Verified(res); err != nil {
		t.Error(err)
	}
	// x+4, 0 and the anchor.
	if got := res.Map.Sections[res.Map.Find(linkmap.GOT)].Size; got != 12 {
		t.Errorf("the table has %d bytes, want 12", got)
	}
	if n := len(res.File.Words); n != 2 || res.File.Words[1].Dest.Kind != mpyfile.ToBSS {
		t.Errorf("relocated are %v", res.File.Words)
	}
}
