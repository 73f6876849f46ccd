package link

import (
	"debug/elf"
	"path/filepath"
	"slices"
	"testing"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs/machines"
)

// TestKeepUnwind: unwind tables stay where code and constants are in one
// memory block, and elsewhere the error says what to do.
func TestKeepUnwind(t *testing.T) {
	for _, tt := range []struct {
		arch  string
		reloc uint32
		keep  bool
		err   string // golden file
	}{
		{"x64", x64PC32, true, ""},
		{"x64", x64PC32, false, ""},
		{"xtensawin", xtensa32PCRel, true, "keep-unwind"},
		{"xtensawin", xtensa32PCRel, false, ""},
	} {
		mach := machines.For(tt.arch)
		o := elfmake.Object{
			Machine: mach.ELF, Class: mach.Class, RELA: true,
			Sections: []elfmake.Section{text(16), {
				Name: ".eh_frame", Flags: alloc, Align: 8, Data: make([]byte, 16),
				Relocs: []elfmake.Reloc{{Off: 4, Type: tt.reloc, Sym: 0}},
			}},
			Symbols: []elfmake.Symbol{fn("mpy_init", 0, 0)},
		}
		obj, err := elfload.Load("a.o", o.Bytes(), mach)
		if err != nil {
			t.Fatal(err)
		}
		res, err := Checked(Input{
			Objects: []*elfload.Object{obj}, ABI: mpyfile.Latest, Arch: machines.For(tt.arch), SourceName: "m.mpy", KeepUnwind: tt.keep,
		})
		if tt.err != "" {
			if err == nil {
				t.Errorf("%s: links without an error", tt.arch)
				continue
			}
			golden(t, filepath.Join("testdata", "errors", tt.err+".txt"), diag.Render("", err))
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		has := slices.ContainsFunc(res.Map.Sections, func(p linkmap.Section) bool { return p.Name == ".eh_frame" })
		if has != tt.keep {
			t.Errorf("%s: unwind tables %v, asked for %v", tt.arch, has, tt.keep)
		}
	}
}

// TestNeedless: a function of the unwinder that only tables out of the module
// name is not taken from a library.
func TestNeedless(t *testing.T) {
	mach := machines.For("x64")
	for _, keep := range []bool{false, true} {
		o := x64Object(elfmake.Object{
			Sections: []elfmake.Section{text(16), {
				Name: ".eh_frame", Flags: alloc, Align: 8, Data: make([]byte, 16),
				Relocs: []elfmake.Reloc{{Off: 0, Type: x64PC32, Sym: 1}},
			}},
			Symbols: []elfmake.Symbol{fn("mpy_init", 0, 0), {Name: "personality", Bind: elf.STB_GLOBAL, Sect: elfmake.Undef}},
		})
		obj, err := elfload.Load("a.o", o.Bytes(), mach)
		if err != nil {
			t.Fatal(err)
		}
		res, err := Checked(Input{
			Objects: []*elfload.Object{obj}, Archives: []*elfload.Archive{archive(t, "lib.a", member("p.o", "personality"))},
			ABI: mpyfile.Latest, Arch: machines.For("x64"), SourceName: "m.mpy", KeepUnwind: keep,
		})
		if err != nil {
			t.Fatal(err)
		}
		if taken := len(res.Extracted) > 0; taken != keep {
			t.Errorf("unwind tables kept: %v, their function taken: %v", keep, taken)
		}
	}
}
