package link

import (
	"debug/elf"
	"path/filepath"
	"strings"
	"testing"

	"mpyld/diag"
	"mpyld/fixtures/elfmake"
)

// common is a common symbol.
func common(name string, size, align uint64) elfmake.Symbol {
	return elfmake.Symbol{Name: name, Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: elfmake.Common, Value: align, Size: size}
}

// usesX is an object with mpy_init, which refers to a symbol x.
func usesX(x elfmake.Symbol) elfmake.Object {
	return elfmake.Object{
		Sections: []elfmake.Section{text(16, elfmake.Reloc{Off: 3, Type: x64GOTPCREL, Sym: 1, A: -4})},
		Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0), x},
	}
}

// TestWeakCommons: common symbols that are weak, which no compiler makes and GNU
// ld gives no alignment, are one variable like others.
func TestWeakCommons(t *testing.T) {
	weak := func(size, align uint64) elfmake.Symbol {
		s := common("x", size, align)
		s.Bind = elf.STB_WEAK
		return s
	}
	in := input(t, "x64", usesX(weak(4, 32)), elfmake.Object{Symbols: []elfmake.Symbol{weak(64, 2)}}, elfmake.Object{Symbols: []elfmake.Symbol{weak(8, 4)}})
	res, err := Checked(in)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range res.Map.Sections {
		if strings.HasPrefix(p.Name, "COMMON") && (p.Size != 64 || p.Align != 32) {
			t.Errorf("%d bytes aligned to %d, want 64 aligned to 32", p.Size, p.Align)
		}
	}
}

// TestCommonWarnings compares what is said about common symbols that a definition
// replaces, when that is less than they are, with testdata/commons/NAME.txt.
func TestCommonWarnings(t *testing.T) {
	define := func(typ elf.SymType, size, value uint64, align uint64) elfmake.Object {
		s := section(".data", alloc|write, 64)
		s.Align = align
		if typ == elf.STT_FUNC {
			s = text(64)
		}
		return elfmake.Object{Sections: []elfmake.Section{s}, Symbols: []elfmake.Symbol{{Name: "x", Bind: elf.STB_GLOBAL, Type: typ, Value: value, Size: size}}}
	}
	tests := []struct {
		name string
		x    elfmake.Symbol
		by   elfmake.Object
	}{
		{"alike", common("x", 8, 8), define(elf.STT_OBJECT, 8, 8, 16)},
		{"larger", common("x", 8, 8), define(elf.STT_OBJECT, 12, 0, 32)},
		{"size-unknown", common("x", 8, 8), define(elf.STT_NOTYPE, 0, 0, 32)},
		{"smaller", common("x", 8, 8), define(elf.STT_OBJECT, 4, 0, 8)},
		{"alignment-of-section", common("x", 8, 32), define(elf.STT_OBJECT, 8, 0, 8)},
		{"alignment-of-place", common("x", 8, 32), define(elf.STT_OBJECT, 8, 4, 32)},
		{"function", common("x", 4, 4), define(elf.STT_FUNC, 4, 0, 32)},
	}
	for _, tt := range tests {
		for _, order := range []string{"before", "behind"} {
			t.Run(tt.name+"/"+order, func(t *testing.T) {
				objects := []elfmake.Object{usesX(tt.x), tt.by}
				if order == "behind" {
					objects[0], objects[1] = objects[1], objects[0]
				}
				res, err := Checked(input(t, "x64", objects...))
				if err != nil {
					t.Fatal(err)
				}
				text := ""
				if len(res.Warnings) > 0 {
					text = diag.Render("", res.Warnings)
				}
				golden(t, filepath.Join("testdata", "commons", tt.name+"-"+order+".txt"), text)
			})
		}
	}
}
