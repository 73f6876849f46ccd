package link

import (
	"strings"
	"testing"

	"mpyld/diag"
	"mpyld/fixtures/elfmake"
)

// TestEmitErrors: fields out of range are all reported, whichever of the parts
// that processors share has them.
func TestEmitErrors(t *testing.T) {
	const n, absolute8, fits, tooBig = 9000, 14, 0, 1 // n: more than two parts
	object := x64Object(elfmake.Object{Symbols: []elfmake.Symbol{
		fits:   {Name: "fits", Sect: elfmake.Abs, Value: 1},
		tooBig: {Name: "tooBig", Sect: elfmake.Abs, Value: 0x1234},
		2:      fn("mpy_init", 0, 0),
	}})
	object.Sections = append(object.Sections, text(16))
	for _, name := range []string{".rodata.a", ".rodata.b", ".rodata.c"} {
		var relocs []elfmake.Reloc
		for off := range n {
			relocs = append(relocs, elfmake.Reloc{Off: uint64(off), Type: absolute8, Sym: fits})
		}
		relocs[n/2].Sym = tooBig
		object.Sections = append(object.Sections, section(name, alloc, n, relocs...))
	}
	_, err := linkObjects("x64", object)
	errs, _ := err.(diag.List)
	if len(errs) != 3 {
		t.Fatalf("%d errors, not 3: %v", len(errs), err)
	}
	for i, name := range []string{"a", "b", "c"} {
		if want := "(.rodata." + name + "+0x1194): R_X86_64_8 against tooBig: 4660 is outside"; !strings.Contains(errs[i].Error(), want) {
			t.Errorf("got %v, want %s", errs[i], want)
		}
	}
}
