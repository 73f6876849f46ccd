package link

import (
	"path/filepath"
	"strings"
	"testing"

	"mpyld/diag"
	"mpyld/fixtures/elfmake"
)

// TestStaticBase: a function with offsets from the GOT has its address too, or
// gets it from a register that nobody sets.
func TestStaticBase(t *testing.T) {
	const gotOff, basePrel, gotBrel, gotPrel = 24, 25, 26, 96
	sized := func(name string, sect int, start, size uint64) elfmake.Symbol {
		s := fn(name, sect, start|1)
		s.Size = size
		return s
	}
	at := func(off uint64, typ uint32) elfmake.Reloc { return elfmake.Reloc{Off: off, Type: typ, Sym: 0} }
	variable := elfmake.Symbol{Name: "v", Bind: 1, Type: 1, Sect: 1}
	base := undef("_GLOBAL_OFFSET_TABLE_")
	tests := []struct {
		name  string
		arch  string
		rs    []elfmake.Reloc
		funcs []elfmake.Symbol
		want  string // the function; "" means that it links
	}{
		{"own base", "armv7m", []elfmake.Reloc{at(4, basePrel), at(8, gotBrel)}, []elfmake.Symbol{sized("mpy_init", 0, 0, 16)}, ""},
		{"no base", "armv7m", []elfmake.Reloc{at(8, gotBrel)}, []elfmake.Symbol{sized("mpy_init", 0, 0, 16)}, "mpy_init"},
		{"no base on another core", "armv6m", []elfmake.Reloc{at(8, gotBrel)}, []elfmake.Symbol{sized("mpy_init", 0, 0, 16)}, "mpy_init"},
		{"no base for a variable in text", "armv7m", []elfmake.Reloc{at(8, gotOff)}, []elfmake.Symbol{sized("mpy_init", 0, 0, 16)}, "mpy_init"},
		{"no offsets", "armv7m", []elfmake.Reloc{at(4, basePrel)}, []elfmake.Symbol{sized("mpy_init", 0, 0, 16)}, ""},
		{"slots by their distance", "armv7m", []elfmake.Reloc{at(4, gotPrel)}, []elfmake.Symbol{sized("mpy_init", 0, 0, 16)}, ""},
		{"one of two", "armv7m", []elfmake.Reloc{at(4, basePrel), at(8, gotBrel), at(20, gotBrel)}, []elfmake.Symbol{sized("mpy_init", 0, 0, 16), sized("second", 0, 16, 16)}, "second"},
		{"the first of two", "armv7m", []elfmake.Reloc{at(8, gotBrel), at(20, gotBrel), at(24, basePrel)}, []elfmake.Symbol{sized("second", 0, 16, 16), sized("mpy_init", 0, 0, 16)}, "mpy_init"},
		{"both", "armv7m", []elfmake.Reloc{at(12, basePrel), at(8, gotBrel), at(20, gotBrel), at(16, basePrel)}, []elfmake.Symbol{sized("mpy_init", 0, 0, 16), sized("second", 0, 16, 16)}, ""},
		{"functions of no size share it", "armv7m", []elfmake.Reloc{at(4, basePrel), at(20, gotBrel)}, []elfmake.Symbol{fn("mpy_init", 0, 1), fn("second", 0, 17)}, ""},
		{"functions of no size without", "armv7m", []elfmake.Reloc{at(20, gotBrel)}, []elfmake.Symbol{fn("mpy_init", 0, 1)}, "the code"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := elfmake.Object{Sections: []elfmake.Section{text(32, tt.rs...), section(".data", alloc|write, 8)}}
			o.Symbols = append([]elfmake.Symbol{variable, base}, tt.funcs...)
			for i := range o.Sections[0].Relocs {
				if o.Sections[0].Relocs[i].Type == basePrel {
					o.Sections[0].Relocs[i].Sym = 1
				}
			}
			_, err := Checked(input(t, tt.arch, o))
			got := ""
			if err != nil {
				got = err.Error()
			}
			if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) || tt.want != "" && !strings.Contains(got, tt.want+" takes the address of the GOT from a register") {
				t.Errorf("got %q, want %q in it", got, tt.want)
			}
			if tt.name == "no base" {
				golden(t, filepath.Join("testdata", "errors", "static-base.txt"), diag.Render("", err))
			}
		})
	}
}
