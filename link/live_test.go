package link

import (
	"bytes"
	"debug/elf"
	"slices"
	"strings"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/link/internal/resolve"
	"mpyld/linkmap"
	"mpyld/relocs/machines"
)

// withLibrary makes an archive of members, with an index of all their global
// definitions.
func withLibrary(t *testing.T, in *Input, members ...elfmake.Object) {
	t.Helper()
	var list []elfmake.Member
	for i, o := range members {
		o = x64Object(o)
		m := elfmake.Member{Name: "m" + string(rune('0'+i)) + ".o", Data: o.Bytes()}
		for _, s := range o.Symbols {
			if s.Bind != elf.STB_LOCAL && s.Sect != elfmake.Undef {
				m.Symbols = append(m.Symbols, s.Name)
			}
		}
		m.Symbol, m.Symbols = m.Symbols[0], m.Symbols[1:]
		list = append(list, m)
	}
	data := elfmake.Dialects[0].Build(list)
	a, err := elfload.OpenArchive("lib.a", bytes.NewReader(data), int64(len(data)), machines.For("x64"))
	if err != nil {
		t.Fatal(err)
	}
	in.Archives = append(in.Archives, a)
}

// fnSection is a section of a function of its own.
func fnSection(name string, rs ...elfmake.Reloc) elfmake.Section {
	return elfmake.Section{Name: ".text." + name, Flags: alloc | exec, Align: 16, Data: make([]byte, 16), Relocs: rs}
}

func call(sym int) elfmake.Reloc { return elfmake.Reloc{Off: 1, Type: x64PLT32, Sym: sym, A: -4} }

func pointerTo(sym int) elfmake.Reloc { return elfmake.Reloc{Type: x64Abs64, Sym: sym} }

// TestUnusedMembers: sections of archive members that nothing reaches are left
// out, those of objects stay.
func TestUnusedMembers(t *testing.T) {
	caller := func(names ...string) elfmake.Object {
		o := calling("mpy_init", names...)
		o.Sections = append(o.Sections, fnSection("of_object"))
		o.Symbols = append(o.Symbols, fn("of_object", 1, 0))
		return o
	}
	weakF := fn("f", 0, 0)
	weakF.Bind = elf.STB_WEAK
	retained := section(".data.kept", alloc|write|resolve.ShfGNURetain, 8)
	tests := []struct {
		name    string
		object  elfmake.Object
		members []elfmake.Object
		options func(*Input)
		in, out string // sections, sorted
	}{
		{
			name:   "a function that another one of the member calls",
			object: caller("f"),
			members: []elfmake.Object{{
				Sections: []elfmake.Section{fnSection("f", call(1)), fnSection("g"), fnSection("h"), section(".rodata.h", alloc, 8)},
				Symbols:  []elfmake.Symbol{fn("f", 0, 0), fn("g", 1, 0), fn("h", 2, 0)},
			}},
			in: ".text.f .text.g", out: ".rodata.h .text.h",
		},
		{
			name:   "a member whose definition loses",
			object: caller("f", "g"),
			members: []elfmake.Object{
				{Sections: []elfmake.Section{fnSection("weak")}, Symbols: []elfmake.Symbol{weakF}},
				{Sections: []elfmake.Section{fnSection("both")}, Symbols: []elfmake.Symbol{fn("f", 0, 0), fn("g", 0, 8)}},
			},
			in: ".text.both", out: ".text.weak",
		},
		{
			name:   "what -u names",
			object: caller("f"),
			members: []elfmake.Object{{
				Sections: []elfmake.Section{fnSection("f"), fnSection("g"), fnSection("h")},
				Symbols:  []elfmake.Symbol{fn("f", 0, 0), fn("g", 1, 0), fn("h", 2, 0)},
			}},
			options: func(in *Input) { in.Undefined = []string{"h"} },
			in:      ".text.f .text.h", out: ".text.g",
		},
		{
			name:   "what is to be kept, and constructors",
			object: caller("f", "__init_array_start"),
			members: []elfmake.Object{{
				Sections: []elfmake.Section{
					fnSection("f"), fnSection("g"), retained,
					{Name: ".init_array", Type: elf.SHT_INIT_ARRAY, Flags: alloc | write, Align: 8, Data: make([]byte, 8), Relocs: []elfmake.Reloc{pointerTo(1)}},
					section(".data.x", alloc|write, 8),
				},
				Symbols: []elfmake.Symbol{fn("f", 0, 0), fn("g", 1, 0)},
			}},
			in: ".data.kept .init_array .text.f .text.g", out: ".data.x",
		},
		{
			name:   "sections whose ends are asked for",
			object: caller("f", "__start_row"),
			members: []elfmake.Object{{
				Sections: []elfmake.Section{fnSection("f"), section("row", alloc|write, 8), section("col", alloc|write, 8)},
				Symbols:  []elfmake.Symbol{fn("f", 0, 0)},
			}},
			in: ".text.f row", out: "col",
		},
		{
			name:   "a section that describes one, and a group",
			object: caller("f"),
			members: []elfmake.Object{{
				Sections: []elfmake.Section{
					fnSection("f"),
					{Name: "of_f", Flags: alloc | elf.SHF_LINK_ORDER, Link: 1, Align: 1, Data: make([]byte, 4)},
					{Name: "rest_of_f", Flags: alloc | elf.SHF_GROUP, Align: 1, Data: make([]byte, 4)},
					fnSection("g"),
					{Name: "of_g", Flags: alloc | elf.SHF_LINK_ORDER, Link: 4, Align: 1, Data: make([]byte, 4)},
				},
				Symbols: []elfmake.Symbol{fn("f", 0, 0), fn("g", 3, 0)},
			}},
			in: ".text.f of_f", out: ".text.g of_g rest_of_f",
		},
		{
			name:   "common symbols",
			object: caller("f"),
			members: []elfmake.Object{{
				Sections: []elfmake.Section{fnSection("f", elfmake.Reloc{Off: 3, Type: x64GOTPCREL, Sym: 1, A: -4})},
				Symbols:  []elfmake.Symbol{fn("f", 0, 0), common("used", 8, 8), common("lost", 16, 8)},
			}},
			in: ".text.f COMMON used", out: "COMMON lost",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := input(t, "x64", tt.object)
			withLibrary(t, &in, tt.members...)
			if tt.options != nil {
				tt.options(&in)
			}
			res, err := Checked(in)
			if err != nil {
				t.Fatal(err)
			}
			got, out := []string{}, []string{}
			for _, p := range res.Map.Sections {
				if strings.HasPrefix(p.Object, "lib.a") && p.Size > 0 {
					got = append(got, p.Name)
				}
			}
			for _, u := range res.Map.Unused {
				out = append(out, u.Section)
			}
			slices.Sort(got)
			slices.Sort(out)
			if s := strings.Join(got, " "); s != tt.in {
				t.Errorf("in: %s, want %s", s, tt.in)
			}
			if s := strings.Join(out, " "); s != tt.out {
				t.Errorf("left out: %s, want %s", s, tt.out)
			}
			if i := slices.IndexFunc(res.Map.Sections, func(p linkmap.Section) bool { return p.Name == ".text.of_object" }); i < 0 || res.Map.Sections[i].Size == 0 {
				t.Error("a section of the object is missing")
			}
		})
	}
}
