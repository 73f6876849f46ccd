package link

import (
	"debug/elf"
	"slices"
	"testing"

	"mpyld/fixtures/elfmake"
	"mpyld/linkmap"
)

// TestFileOrder: slots are in the order in which the file's relocations first ask
// for them, though its table may not be in the order of their places.
func TestFileOrder(t *testing.T) {
	object := func(name string, value uint64) elfmake.Symbol {
		return elfmake.Symbol{Name: name, Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: 1, Value: value}
	}
	got := func(off uint64, sym int) elfmake.Reloc {
		return elfmake.Reloc{Off: off, Type: x64GOTPCREL, Sym: sym, A: -4}
	}
	for _, c := range []struct {
		relocs []elfmake.Reloc
		want   []string
	}{
		{[]elfmake.Reloc{got(4, 1), got(12, 2), got(20, 3)}, []string{"a", "b", "c"}},
		{[]elfmake.Reloc{got(12, 2), got(20, 3), got(4, 1)}, []string{"b", "c", "a"}},
		{[]elfmake.Reloc{got(20, 3), got(4, 1), got(12, 2)}, []string{"c", "a", "b"}},
	} {
		res, err := linkObjects("x64", x64Object(elfmake.Object{
			Sections: []elfmake.Section{text(32, c.relocs...), bss(24)},
			Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0), object("a", 0), object("b", 8), object("c", 16)},
		}))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, s := range linkmap.List(res.Map, res.File, 2).Slots {
			names = append(names, s.Name)
		}
		if !slices.Equal(names, c.want) {
			t.Errorf("slots are of %q, want %q", names, c.want)
		}
		if err := Verified(res); err != nil {
			t.Error(err)
		}
	}
}
