package mapjson_test

import (
	"fmt"
	"strings"
	"testing"

	"mpyld/edit"
	"mpyld/linkmap"
	"mpyld/mapjson"
	"mpyld/mpyfile"
	"mpyld/mpywriter"
	"mpyld/relocs"
	"mpyld/relocs/machines"
)

// made is a link with what a map says of references: a section of which 4 bytes were cut, two names of one
// place, a rewritten instruction, a thunk, an island, a group, a table of literals, what went.
func made(t *testing.T) *mapjson.Link {
	t.Helper()
	arch := machines.For("rv32imc")
	howto := &relocs.Howto{Name: "R_TEST"}
	code := func(name string, size uint64, edits *edit.List) *linkmap.Origin {
		return &linkmap.Origin{Class: linkmap.Code, Object: "a.o", Name: name, Size: size, Align: 4, Edits: edits}
	}
	cut := edit.New(make([]byte, 20), []edit.Edit{{Off: 4, Del: 4}}, 0)
	m := &linkmap.Map{
		Machine: arch, ABI: mpyfile.Latest,
		Sections: []linkmap.Section{
			{Origin: code(".text.init", 16, cut), Addr: 4, Size: 16, Relocs: []linkmap.Reloc{
				{Off: 2, S: 0, Howto: howto}, {Off: 6, S: 0, Howto: howto}, {Off: 8, S: 1, Howto: howto, By: &relocs.Rewrite{Name: "as another"}}, {Off: 10, S: 2, Howto: howto}, {Off: 12, S: 3, Howto: howto},
			}},
			{Origin: code(".text.f", 8, nil), Addr: 20, Size: 8},
			{Origin: code(".text.gone", 0, nil), Addr: 28},
			{Origin: &linkmap.Origin{Kind: linkmap.EntryJump, Class: linkmap.Code, Name: "entry"}, Size: 4},
			{Origin: &linkmap.Origin{Kind: linkmap.Thunk, Class: linkmap.Code, Name: "thunk of f"}, Addr: 28, Size: 4, Site: linkmap.RelocID{Section: 0, K: 0}},
			{Origin: &linkmap.Origin{Kind: linkmap.Island, Class: linkmap.Code, Name: "island"}, Addr: 32, Size: 4, Target: 1},
			{Origin: code(".rodata.f", 4, nil), Addr: 40, Size: 4},
		},
		Targets: []linkmap.Target{
			{Name: "_Z1fv", Section: 1}, {Name: "alias", Section: 1}, {Name: "gone", Section: 2}, {Name: "mp_fun_table", Kind: linkmap.Supplied},
		},
		Symbols: []linkmap.Symbol{
			{Name: "later", Section: 0, Off: 6, Size: 10, Type: linkmap.Function},
			{Name: "mpy_init", Section: 0, Off: 0, Size: 6, Type: linkmap.Function, Bind: linkmap.Global},
			{Name: "_Z1fv", Section: 1, Size: 8, Type: linkmap.Function, Bind: linkmap.Weak},
		},
		Reasons: &linkmap.Reasons{
			Files: []linkmap.File{{Name: "a.o"}}, FileOf: []int32{0, 0, -1, -1, -1, -1, 0},
			Roots:   []linkmap.Root{{Section: 0, Why: linkmap.IsEntry, Symbol: "mpy_init"}},
			Ties:    []linkmap.Tie{{From: 1, To: 6, Why: linkmap.InGroup}, {From: 6, To: 1, Why: linkmap.InGroup}},
			Removed: []linkmap.Removed{{Name: ".text.gone", Size: 12, Why: linkmap.IsCOMDAT, Symbols: []string{"gone"}}},
		},
	}
	f := &mpyfile.File{ABI: mpyfile.Latest, Arch: arch, QStrs: []string{"m.mpy"}, Text: make([]byte, 44), BSSSize: 3}
	data, err := mpywriter.Write(f)
	if err != nil {
		t.Fatal(err)
	}
	return &mapjson.Link{Map: m, File: f, Data: data, SourceName: "m.mpy", Tool: "test"}
}

// TestMake: a reference is there once for each name of a place, with where the object has it and what it is in.
func TestMake(t *testing.T) {
	m, err := mapjson.Make(made(t))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	refs := func(of string, list []mapjson.Ref) {
		for _, r := range list {
			lines = append(lines, fmt.Sprintf("%s -> %d %s in %q at %d %s %q", of, r.To, r.Symbol, r.In, r.At, r.Type, r.Via))
		}
	}
	for _, s := range m.Sections {
		refs(s.Name, s.Refs)
		for _, sym := range s.Symbols {
			lines = append(lines, fmt.Sprintf("%s: %s %q %d+%d %s %s", s.Name, sym.Name, sym.Demangled, sym.Offset, sym.Size, sym.Bind, sym.Type))
		}
	}
	for _, p := range m.Made {
		lines = append(lines, fmt.Sprintf("%d %s %s+%d %d", p.ID, p.Kind, p.Segment, p.Offset, p.Size))
		refs(p.Kind, p.Refs)
	}
	for _, r := range m.Removed {
		lines = append(lines, fmt.Sprint(r))
	}
	want := `.text.init -> 1 _Z1fv in "mpy_init" at 2 R_TEST ""
.text.init -> 1 alias in "later" at 12 R_TEST "as another"
.text.init: mpy_init "" 0+6 global func
.text.init: later "" 6+10 local func
.text.f -> 6  in "" at 0 group ""
.text.f: _Z1fv "f()" 0+8 weak func
.rodata.f -> 1  in "" at 0 group ""
3 entry text+0 4
4 thunk text+28 4
thunk -> 1 _Z1fv in "" at 0 R_TEST ""
5 island text+32 4
island -> 1 alias in "" at 0 jump ""
-1 padding text+36 4
-1 padding bss+0 3
{0 .text.gone 12 comdat [gone]}`
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// TestMakeWrong: a map in which something is twice, or missing from the module, is a mistake that is told.
func TestMakeWrong(t *testing.T) {
	for want, wrong := range map[string]func(*mapjson.Link){
		"the map has two parts at text+0x1a":    func(l *mapjson.Link) { l.Sections[4].Addr = 26 },
		"text has 44 bytes, its parts 48":       func(l *mapjson.Link) { l.Sections[6].Addr = 44 },
		"there is no input 7":                   func(l *mapjson.Link) { l.Reasons.FileOf[1] = 7 },
		"truncated: 44 bytes, but the file has": func(l *mapjson.Link) { l.Data = l.Data[:20] },
	} {
		l := made(t)
		wrong(l)
		if _, err := mapjson.Make(l); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
