package link_test

import (
	"debug/elf"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/link"
	"mpyld/mpyfile"
	"mpyld/relocs/machines"
	"mpyld/supportlib"
)

// TestEmptyTables: what of constructors' tables is no function is not called,
// whatever marks it; where there is no function at all, nothing calls any.
func TestEmptyTables(t *testing.T) {
	const alloc, write = elf.SHF_ALLOC, elf.SHF_WRITE
	m := machines.For("x64")
	pointer := []elfmake.Reloc{{Type: 1, Sym: 0}}
	ones := []byte{255, 255, 255, 255, 255, 255, 255, 255}
	zeros, one := make([]byte, 8), []byte{1, 0, 0, 0, 0, 0, 0, 0}
	table := func(name string, data []byte, rs ...elfmake.Reloc) elfmake.Section {
		return elfmake.Section{Name: name, Flags: alloc | write, Align: 8, Data: data, Relocs: rs}
	}
	for _, tt := range []struct {
		name     string
		sections []elfmake.Section
		entries  int // in the tables that are called
	}{
		{"none", nil, 0},
		{"bss", []elfmake.Section{{Name: ".ctors.65535", Type: elf.SHT_NOBITS, Flags: alloc | write, Align: 8, Size: 8}}, 0},
		{"bss and a function", []elfmake.Section{{Name: ".ctors.65535", Type: elf.SHT_NOBITS, Flags: alloc | write, Align: 8, Size: 8}, table(".init_array", zeros, pointer...)}, 1},
		{"marks of start files", []elfmake.Section{table(".ctors", ones), table(".ctors", zeros, pointer...), table(".ctors", zeros)}, 1},
		{"only marks", []elfmake.Section{table(".ctors", ones), table(".preinit_array", zeros)}, 0},
		{"an address", []elfmake.Section{table(".preinit_array", one)}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := elfmake.Object{
				Machine: m.ELF, Class: m.Class, RELA: true,
				Sections: append([]elfmake.Section{{Name: ".text", Flags: alloc | elf.SHF_EXECINSTR, Align: 4, Data: make([]byte, 16)}}, tt.sections...),
				Symbols:  []elfmake.Symbol{{Name: "mpy_init", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC}},
			}
			obj, err := elfload.Load("a.o", o.Bytes(), m)
			if err != nil {
				t.Fatal(err)
			}
			res, err := link.Checked(link.Input{Objects: []*elfload.Object{obj}, ABI: mpyfile.Latest, Arch: machines.For("x64"), SourceName: "m", Support: supportlib.Open})
			if err != nil {
				t.Fatal(err)
			}
			entries := 0
			for _, e := range res.Map.Boundaries {
				for _, p := range e.Of {
					if e.End {
						entries += int(res.Map.Sections[p].Size / 8)
					}
				}
			}
			if entries != tt.entries || (len(res.Extracted) > 0) != (tt.entries > 0) {
				t.Errorf("%d entries and %d members of the support library, want %d", entries, len(res.Extracted), tt.entries)
			}
		})
	}
}
