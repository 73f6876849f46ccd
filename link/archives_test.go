package link

import (
	"bytes"
	"slices"
	"testing"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/mpyfile"
	"mpyld/relocs/machines"
)

// calling is an object that defines one function and calls others.
func calling(name string, calls ...string) elfmake.Object {
	o := elfmake.Object{Sections: []elfmake.Section{text(16 * (len(calls) + 1))}, Symbols: []elfmake.Symbol{fn(name, 0, 0)}}
	for i, c := range calls {
		o.Symbols = append(o.Symbols, undef(c))
		o.Sections[0].Relocs = append(o.Sections[0].Relocs, elfmake.Reloc{Off: uint64(16*i + 1), Type: x64PLT32, Sym: i + 1, A: -4})
	}
	return x64Object(o)
}

func member(file, symbol string, calls ...string) elfmake.Member {
	o := calling(symbol, calls...)
	return elfmake.Member{Name: file, Symbol: symbol, Data: o.Bytes()}
}

// commonMember and dataMember are members with a common symbol and a variable x.
func commonMember(file string) elfmake.Member {
	o := x64Object(elfmake.Object{Symbols: []elfmake.Symbol{common("x", 4, 4)}})
	return elfmake.Member{Name: file, Symbol: "x", Data: o.Bytes()}
}

func dataMember(file string) elfmake.Member {
	o := x64Object(elfmake.Object{
		Sections: []elfmake.Section{section(".data", alloc|write, 8)},
		Symbols:  []elfmake.Symbol{{Name: "x", Bind: 1, Type: 1, Size: 8}},
	})
	return elfmake.Member{Name: file, Symbol: "x", Data: o.Bytes()}
}

// TestArchives checks which members a link takes.
func TestArchives(t *testing.T) {
	weak := calling("mpy_init", "maybe")
	weak.Symbols[1].Bind = 2 // STB_WEAK
	tests := []struct {
		name     string
		objects  []elfmake.Object
		archives [][]elfmake.Member
		want     []string // the objects of the output's sections, in order
	}{
		{
			"only what is missing",
			[]elfmake.Object{calling("mpy_init", "f")},
			[][]elfmake.Member{{member("f.o", "f"), member("g.o", "g")}},
			[]string{"a.o", "lib0.a(f.o)"},
		},
		{
			"not what an object defines",
			[]elfmake.Object{calling("mpy_init", "f"), calling("f")},
			[][]elfmake.Member{{member("f.o", "f")}},
			[]string{"a.o", "b.o"},
		},
		{
			"members want members",
			[]elfmake.Object{calling("mpy_init", "f")},
			[][]elfmake.Member{{member("h.o", "h"), member("f.o", "f", "g"), member("g.o", "g", "h")}},
			[]string{"a.o", "lib0.a(f.o)", "lib0.a(g.o)", "lib0.a(h.o)"},
		},
		{
			"archives are one group",
			[]elfmake.Object{calling("mpy_init", "f")},
			[][]elfmake.Member{{member("g.o", "g", "h")}, {member("f.o", "f", "g"), member("h.o", "h")}},
			[]string{"a.o", "lib1.a(f.o)", "lib0.a(g.o)", "lib1.a(h.o)"},
		},
		{
			"the first archive has priority",
			[]elfmake.Object{calling("mpy_init", "f")},
			[][]elfmake.Member{{member("x.o", "f")}, {member("y.o", "f")}},
			[]string{"a.o", "lib0.a(x.o)"},
		},
		{
			"two members of one name",
			[]elfmake.Object{calling("mpy_init", "f", "g")},
			[][]elfmake.Member{{member("x.o", "f"), member("x.o", "g")}},
			[]string{"a.o", "lib0.a(x.o)", "lib0.a(x.o)"},
		},
		{
			"a weak reference pulls nothing",
			[]elfmake.Object{weak},
			[][]elfmake.Member{{member("m.o", "maybe")}},
			[]string{"a.o"},
		},
		{
			"the entry",
			[]elfmake.Object{calling("f")},
			[][]elfmake.Member{{member("g.o", "g"), member("init.o", "mpy_init", "g")}},
			[]string{"a.o", "lib0.a(init.o)", "lib0.a(g.o)"},
		},
		{
			"no objects",
			nil,
			[][]elfmake.Member{{member("f.o", "f")}, {member("init.o", "mpy_init", "f"), member("g.o", "g")}},
			[]string{"lib1.a(init.o)", "lib0.a(f.o)"},
		},
		{
			"the entry of an object",
			[]elfmake.Object{calling("mpy_init")},
			[][]elfmake.Member{{member("init.o", "mpy_init", "g")}},
			[]string{"a.o"},
		},
		{
			"a common symbol pulls its definition, past functions and common symbols",
			[]elfmake.Object{x64Object(usesX(common("x", 8, 8)))},
			[][]elfmake.Member{{member("f.o", "x"), commonMember("c.o")}, {member("f.o", "x"), dataMember("d.o"), dataMember("e.o")}},
			[]string{"a.o", "lib1.a(d.o)"},
		},
		{
			"what the firmware has is not looked for",
			[]elfmake.Object{calling("mpy_init", "f")},
			[][]elfmake.Member{{member("t.o", "mp_type_list"), member("f.o", "f")}},
			[]string{"a.o", "lib0.a(f.o)"},
		},
	}
	for _, tt := range tests {
		for _, d := range elfmake.Dialects {
			t.Run(tt.name+"/"+d.Name, func(t *testing.T) {
				in := Input{ABI: mpyfile.Latest, Arch: machines.For("x64"), SourceName: "m.mpy"}
				mach := machines.For("x64")
				for i, o := range tt.objects {
					obj, err := elfload.Load(string(rune('a'+i))+".o", o.Bytes(), mach)
					if err != nil {
						t.Fatal(err)
					}
					in.Objects = append(in.Objects, obj)
				}
				for i, members := range tt.archives {
					data := d.Build(members)
					a, err := elfload.OpenArchive("lib"+string(rune('0'+i))+".a", bytes.NewReader(data), int64(len(data)), mach)
					if err != nil {
						t.Fatal(err)
					}
					in.Archives = append(in.Archives, a)
				}
				res, err := Checked(in)
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, p := range res.Map.Sections {
					if p.Object != "" && p.Align > 0 && p.Size > 0 {
						got = append(got, p.Object)
					}
				}
				if !slices.Equal(got, tt.want) {
					t.Errorf("took %v, want %v", got, tt.want)
				}
			})
		}
	}
}

// TestOtherMachineMember: a library for another machine is passed over, as by GNU
// ld, but the error that follows from that says so.
func TestOtherMachineMember(t *testing.T) {
	mach := machines.For("x64")
	other := armObject(elfmake.Object{Sections: []elfmake.Section{text(16)}, Symbols: []elfmake.Symbol{fn("f", 0, 1)}})
	data := elfmake.Dialects[0].Build([]elfmake.Member{{Name: "f.o", Symbol: "f", Data: other.Bytes()}})
	a, err := elfload.OpenArchive("lib.a", bytes.NewReader(data), int64(len(data)), mach)
	if err != nil {
		t.Fatal(err)
	}
	caller := calling("mpy_init", "f")
	obj, err := elfload.Load("a.o", caller.Bytes(), mach)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Checked(Input{Objects: []*elfload.Object{obj}, Archives: []*elfload.Archive{a}, ABI: mpyfile.Latest, Arch: machines.For("x64"), SourceName: "m"})
	golden(t, "testdata/errors/other-machine-member.txt", diag.Render("", err))
}
