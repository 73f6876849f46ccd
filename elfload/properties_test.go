package elfload_test

import (
	"debug/elf"
	"encoding/binary"
	"reflect"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/relocs"
	"mpyld/relocs/machines"
)

// TestProperties: what tables say of code, sorted; entries that make no sense are none.
func TestProperties(t *testing.T) {
	const abs, slot0 = 1, 20 // of Xtensa
	const text, label, gone = 0, 1, 2
	type entry struct {
		reloc       elfmake.Reloc // its place is that of the entry
		word        uint32        // more of where it is
		size, flags uint32
	}
	table := func(name string, flags elf.SectionFlag, list ...entry) elfmake.Section {
		s := elfmake.Section{Name: name, Flags: flags, Align: 1}
		for _, e := range list {
			e.reloc.Off += uint64(len(s.Data))
			s.Relocs = append(s.Relocs, e.reloc)
			for _, v := range []uint32{e.word, e.size, e.flags} {
				s.Data = binary.LittleEndian.AppendUint32(s.Data, v)
			}
		}
		return s
	}
	m := machines.For("xtensa")
	o := elfmake.Object{
		Machine: m.ELF, Class: m.Class, RELA: true,
		Sections: []elfmake.Section{
			{Name: ".text", Flags: textFlags, Align: 4, Data: make([]byte, 20)},
			table(".xt.prop.b", 0,
				entry{elfmake.Reloc{Type: abs, Sym: label, A: 4}, 4, 8, 0x42}, // at the label, which is at 4, and 8
				entry{elfmake.Reloc{Type: abs, Sym: text}, 4, 4, 0x2},
				entry{elfmake.Reloc{Type: abs, Sym: text}, 4, 0, 0x2808},
				entry{elfmake.Reloc{Type: abs, Sym: text}, 20, 0, 0x8},
			),
			table(".xt.prop", 0,
				entry{elfmake.Reloc{Type: abs, Sym: text}, 0, 4, 0x22},
				entry{elfmake.Reloc{Type: abs, Sym: text}, 8, 4, 0x1},
				entry{elfmake.Reloc{Type: abs, Sym: text}, 12, 9, 0x2},         // longer than the section
				entry{elfmake.Reloc{Type: abs, Sym: text}, 21, 0, 0x2},         // behind it
				entry{elfmake.Reloc{Type: abs, Sym: text, A: -8}, 4, 4, 0x2},   // in front of it
				entry{elfmake.Reloc{Type: abs, Sym: gone}, 0, 4, 0x2},          // of nothing
				entry{elfmake.Reloc{Type: slot0, Sym: text}, 0, 4, 0x2},        // not a place
				entry{elfmake.Reloc{Off: 4, Type: abs, Sym: text}, 16, 4, 0x2}, // its size is the place
			),
			table(".xt.property", elf.SHF_ALLOC, entry{elfmake.Reloc{Type: abs, Sym: text}, 0, 20, 0x2}), // part of the module
			table(".xt.lit", 0, entry{elfmake.Reloc{Type: abs, Sym: text}, 0, 20, 0x2}),                  // another table
		},
		Symbols: []elfmake.Symbol{{Type: elf.STT_SECTION}, {Name: "label", Value: 4}, {Name: "gone", Bind: elf.STB_GLOBAL, Sect: elfmake.Undef}},
	}
	o.Sections[2].Data = append(o.Sections[2].Data, 1, 2, 3) // half an entry
	obj, err := elfload.Load("a.o", o.Bytes(), m)
	if err != nil {
		t.Fatal(err)
	}
	got, err := obj.Properties()
	if err != nil {
		t.Fatal(err)
	}
	want := map[int32][]elfload.Property{1: {
		{From: 0, To: 4, Kind: relocs.Code, Align: 1},
		{From: 4, To: 4, Kind: relocs.FillTo, Align: 4},
		{From: 4, To: 8, Kind: relocs.Code, Align: 1},
		{From: 8, To: 12, Kind: relocs.Unknown, Align: 1},
		{From: 12, To: 20, Kind: relocs.Fixed, Align: 1},
		{From: 20, To: 20, Kind: relocs.Fill, Align: 1},
	}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	arm, err := elfload.Load("a.o", (&elfmake.Object{Machine: elf.EM_ARM, Class: elf.ELFCLASS32}).Bytes(), machines.For("armv7m"))
	if err != nil {
		t.Fatal(err)
	}
	if list, err := arm.Properties(); list != nil || err != nil {
		t.Errorf("Arm has %v, %v", list, err)
	}
}
