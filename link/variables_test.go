package link

import (
	"debug/elf"
	"path/filepath"
	"testing"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/mpyfile"
	"mpyld/relocs/machines"
)

// TestVariables checks which memory each kind of variable goes to.
func TestVariables(t *testing.T) {
	const textSym, dataSym, bssSym, initSym = 0, 1, 2, 3
	object := func(textRelocs, dataRelocs []elfmake.Reloc) elfmake.Object {
		data := section(".data", alloc|write, 16, dataRelocs...)
		return x64Object(elfmake.Object{
			Sections: []elfmake.Section{text(64, textRelocs...), data, bss(8)},
			Symbols: []elfmake.Symbol{
				textSym: local("f", 0, 0), dataSym: local("d", 1, 0), bssSym: local("b", 2, 0), initSym: fn("mpy_init", 0, 16),
			},
		})
	}
	word := func(off uint64, sym int) elfmake.Reloc { return elfmake.Reloc{Off: off, Type: x64Abs64, Sym: sym} }
	near := func(off uint64, sym int) elfmake.Reloc {
		return elfmake.Reloc{Off: off, Type: x64PC32, Sym: sym, A: -4}
	}
	slot := func(off uint64, sym int) elfmake.Reloc {
		return elfmake.Reloc{Off: off, Type: x64GOTPCREL, Sym: sym, A: -4}
	}
	tests := []struct {
		name      string
		obj       elfmake.Object
		data, bss mpyfile.Region
	}{
		{"through words", object([]elfmake.Reloc{slot(4, dataSym), slot(12, bssSym)}, []elfmake.Reloc{word(0, textSym), word(8, bssSym)}), mpyfile.Rodata, mpyfile.BSS},
		{"static data", object([]elfmake.Reloc{near(4, dataSym), slot(12, bssSym)}, nil), mpyfile.Text, mpyfile.BSS},
		{"static bss", object([]elfmake.Reloc{near(4, bssSym)}, nil), mpyfile.Rodata, mpyfile.Text},
		{"data near text", object([]elfmake.Reloc{slot(4, dataSym)}, []elfmake.Reloc{near(0, textSym)}), mpyfile.Text, mpyfile.BSS},
		{"bss near data", object([]elfmake.Reloc{slot(4, dataSym)}, []elfmake.Reloc{near(0, bssSym)}), mpyfile.Rodata, mpyfile.BSS},
		{"bss near data near text", object([]elfmake.Reloc{near(4, dataSym)}, []elfmake.Reloc{near(0, bssSym)}), mpyfile.Text, mpyfile.Text},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			obj, err := elfload.Load("a.o", tt.obj.Bytes(), machines.For("x64"))
			if err != nil {
				t.Fatal(err)
			}
			in := Input{Objects: []*elfload.Object{obj}, ABI: mpyfile.Latest, Arch: machines.For("x64"), SourceName: "m.mpy"}
			res, err := Checked(in)
			if err != nil {
				t.Fatal(err)
			}
			for i, p := range res.Map.Sections {
				want, ok := map[string]mpyfile.Region{".data": tt.data, ".bss": tt.bss}[p.Name]
				if ok && (p.Region != want || (p.Region == mpyfile.Text) != (res.Map.InText[i] != "")) {
					t.Errorf("%s is in %s (%s), want %s", p.Name, p.Region, res.Map.InText[i], want)
				}
			}
			moved := tt.data == mpyfile.Text || tt.bss == mpyfile.Text
			in.NoWritableText = true
			if _, err := Checked(in); (err != nil) != moved {
				t.Errorf("with NoWritableText: %v", err)
			}
		})
	}
}

// TestApart: where bss and rodata are blocks of their own, variables in both
// that keep a distance go to text.
func TestApart(t *testing.T) {
	const dataSym = 1
	o := x64Object(elfmake.Object{
		Sections: []elfmake.Section{
			text(64, elfmake.Reloc{Off: 4, Type: x64GOTPCREL, Sym: dataSym, A: -4}),
			section(".data", alloc|write, 16, elfmake.Reloc{Off: 0, Type: x64PC32, Sym: 2}), bss(8),
		},
		Symbols: []elfmake.Symbol{local("f", 0, 0), dataSym: local("d", 1, 0), local("b", 2, 0), fn("mpy_init", 0, 16)},
	})
	for _, abi := range mpyfile.ABIs {
		obj, err := elfload.Load("a.o", o.Bytes(), machines.For("x64"))
		if err != nil {
			t.Fatal(err)
		}
		in := Input{Objects: []*elfload.Object{obj}, ABI: abi, Arch: machines.For("x64"), SourceName: "m.mpy"}
		res, err := Checked(in)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range res.Map.Sections {
			if inText := p.Region == mpyfile.Text; (p.Name == ".data" || p.Name == ".bss") && inText != abi.SeparateRAM {
				t.Errorf("ABI %s: %s is in %s (%s)", abi.Name, p.Name, p.Region, res.Map.InText[i])
			}
		}
		in.NoWritableText = true
		_, err = Checked(in)
		if (err != nil) != abi.SeparateRAM {
			t.Errorf("ABI %s with NoWritableText: %v", abi.Name, err)
		}
		if err != nil {
			golden(t, filepath.Join("testdata", "errors", "distance-apart.txt"), diag.Render("", err))
		}
	}
}

// TestFromDataToCode: variables that keep a distance to code go to text, and are refused where they cannot.
func TestFromDataToCode(t *testing.T) {
	const dataSym = 1
	in := input(t, "x64", x64Object(elfmake.Object{
		Sections: []elfmake.Section{
			text(64, elfmake.Reloc{Off: 4, Type: x64GOTPCREL, Sym: dataSym, A: -4}),
			section(".data", alloc|write, 16, elfmake.Reloc{Off: 0, Type: x64PC32, Sym: 2}),
		},
		Symbols: []elfmake.Symbol{local("f", 0, 0), dataSym: local("d", 1, 0), fn("mpy_init", 0, 16)},
	}))
	res, err := Checked(in)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range res.Map.Sections {
		if p.Name == ".data" && p.Region != mpyfile.Text {
			t.Errorf(".data is in %s (%s), want text", p.Region, res.Map.InText[i])
		}
	}
	in.NoWritableText = true
	if _, err = Checked(in); err == nil {
		t.Fatal("a distance from variables to code is known, though they move apart")
	}
	golden(t, filepath.Join("testdata", "errors", "distance-to-code.txt"), diag.Render("", err))
}

// TestBlockAlignment: rodata is aligned in the block that bss is the head of.
func TestBlockAlignment(t *testing.T) {
	data := section(".data", alloc|write, 16)
	data.Align = 16
	o := elfmake.Object{
		Sections: []elfmake.Section{text(16), {Name: ".bss", Type: elf.SHT_NOBITS, Flags: alloc | write, Align: 4, Size: 4}, data},
		Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 1)},
	}
	res, err := linkObjects("armv7m", armObject(o))
	if err != nil {
		t.Fatal(err)
	}
	if res.File.BSSSize%16 != 0 || res.File.BSSSize < 4 {
		t.Errorf("bss of %d bytes, so data of alignment 16 is at %d", res.File.BSSSize, res.File.BSSSize)
	}
}
