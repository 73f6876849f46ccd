package linkmap_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpyld/linkmap"
	"mpyld/mpyfile"
)

// hostileNames are names that are not what a map's lines are made of.
var hostileNames = []string{
	"x", ".text.f", "COMMON x", "veneer memset", "größe", `a\b`, "-> x", "x ->", "x\"y", "x size=", "", "(none)", "mpyld", "a, b", ",", `"`, `"a" b`,
	"a\nsections:", "\x1b[2J", "\xff", "none", "text+00000004", "f+4", "operator+(A, B)", "'q'", " ", "x\r", "is left out", ":", "):",
}

// named is a listing in which a name is everywhere that one can be.
func named(name string) *linkmap.Listing {
	return &linkmap.Listing{
		QStrs:     []string{name, "one", name},
		Firmware:  []linkmap.Firmware{{File: name, BuildID: "12ab"}, {File: name}},
		Addresses: []linkmap.Address{{Value: 0x4000, Symbol: name, From: "--externs or --defsym"}},
		Overrides: []linkmap.Override{{Symbol: name, Where: name, Keeps: "what is in it"}, {Symbol: name, Where: name}},
		Members:   []linkmap.Extraction{{Member: name, Symbol: name, For: name}},
		Unused:    []linkmap.Unused{{Object: name, Section: name, Size: 8}},
		Saved:     []linkmap.NamedSaved{{By: name, Where: name, Bytes: 4, Why: "nothing loads it"}, {By: "slots", Where: "the module", Bytes: 0, Why: "nothing loads it"}, {By: "calls", Where: "the module", Bytes: -2, Why: "padding grew"}},
		Sections: []linkmap.PlacedSection{
			{Kind: linkmap.EntryJump, Class: linkmap.Code, Name: name, Size: 4, Align: 1},
			{Class: linkmap.Code, Object: name, Name: name, Addr: 4, Size: 8, Align: 4},
			{Class: linkmap.Data, Region: mpyfile.Rodata, Object: name, Name: name, Size: 8, Align: 4, Why: "R_ARM_REL32 at a.o"},
			{Kind: linkmap.Common, Class: linkmap.Zeroed, Region: mpyfile.BSS, Object: name, Name: name, Size: 1600, Align: 4},
		},
		Symbols: []linkmap.NamedSymbol{{Addr: 4, Size: 8, Name: name, Bind: linkmap.Weak, Type: linkmap.Function}, {Region: mpyfile.BSS, Name: name}},
		Relocs: []linkmap.SectionRelocs{{Section: name, Relocs: []linkmap.NamedReloc{
			{Off: 2, Type: name, Symbol: name, A: -4, To: "mp_fun_table[51]"}, {Off: 6, Type: "R_ARM_ABS32", Symbol: name, A: 1 << 62, To: "text+00000004"},
		}}},
		GOT: 0x20, Slots: []linkmap.Slot{{Name: name, To: "bss+00000010"}, {Off: 4, To: "text+00000004"}},
		Arch: "EM_ARM", Floats: "softfp", TextSize: 100, RodataSize: 8, BSSSize: 1600, GOTEntries: 2,
	}
}

// TestRoundTrip: what is read is what was written, whatever the names.
func TestRoundTrip(t *testing.T) {
	for _, name := range hostileNames {
		want := named(name)
		text := want.Text(2)
		got, err := linkmap.Parse("m.map", text)
		if err != nil {
			t.Errorf("%q: %v in\n%s", name, err, text)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", name, diff)
		}
	}
}

// TestText has each line once.
func TestText(t *testing.T) {
	want := `qstr vals: veneer, one, veneer
firmware: veneer build-id 12ab
firmware: veneer build-id none
address: 00004000 veneer from --externs or --defsym
overridden: veneer at veneer stays: its section also holds what is in it
overridden: veneer at veneer is left out
member: veneer defines veneer for veneer
unused: veneer size=8 veneer
saved: 4 by veneer at veneer because nothing loads it
saved: 0 by slots at "the module" because nothing loads it
saved: -2 by calls at "the module" because padding grew
sections:
  00000000 veneer size=4 align=1 text entry mpyld
  00000004 veneer size=8 align=4 text code veneer
  00000000 veneer size=8 align=4 rodata data veneer
           in text because of R_ARM_REL32 at a.o
  00000000 veneer size=1600 align=4 bss common veneer
symbols:
  00000004 veneer size=8 text weak func
  00000000 veneer size=0 bss local notype
relocations of veneer:
  00000002 veneer veneer-4 -> mp_fun_table[51]
  00000006 R_ARM_ABS32 veneer+4611686018427387904 -> text+00000004
GOT: 00000020
  00000000 veneer -> bss+00000010
  00000004 (none) -> text+00000004
arch:         EM_ARM
float ABI:    softfp
text size:    100
rodata size:  8
bss size:     1600
GOT entries:  2
`
	if diff := cmp.Diff(want, named("veneer").Text(2)); diff != "" {
		t.Error(diff)
	}
	sizes := want[strings.Index(want, "arch:"):]
	if diff := cmp.Diff(sizes, named("veneer").Text(0)); diff != "" {
		t.Errorf("without -v: %s", diff)
	}
}

// TestParseBad: what is no map is told, with its line.
func TestParseBad(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "m.map: it is no map of mpyld: there is no list of sections"},
		{"Memory Configuration\n\n.text 0x0\n", "m.map: it is no map of mpyld: there is no list of sections"},
		{"sections:\n  00000002 .text size=174 hello.o\n", `m.map:2: "align=" is missing before "hello.o"`},
		{"sections:\n  zz .text size=174 align=4 text code a.o\n", `m.map:2: "zz" is no address`},
		{"sections:\n  00 .text size=174 align=4 flash code a.o\n", `m.map:2: "flash" is no region`},
		{"sections:\n  00 .text size=174 align=4 text cod a.o\n", `m.map:2: "cod" is no kind of section`},
		{"sections:\n  00 .text size=99999999999 align=4 text code a.o\n", "m.map:2: no module has room for a section of 99999999999 bytes at 0x0"},
		{"sections:\n  00 \".text size=174 align=4 text code a.o\n", `m.map:2: a name is quoted only in front: ".text size=174 align=4 text code a.o`},
		{"sections:\nsymbols:\n  00 f size=1 text big func\n", "m.map:3: no binding and type of a symbol"},
		{"sections:\nGOT: 0\n  00 f bss+0\n", `m.map:3: "->" is missing before "bss+0"`},
		{"sections:\nrelocations of x:\n  00 R_X f -> bss+0\n", "m.map:3: no addend"},
		{"sections:\nrelocations:\n  00 R_X f+0 -> bss+0\n", "m.map:3: no section has these relocations"},
		{"sections:\nrelocations\n  00 R_X f+0 -> bss+0\n", "m.map:3: no section has these relocations"},
	} {
		_, err := linkmap.Parse("m.map", c.text)
		if first, _, _ := strings.Cut(fmt.Sprint(err), "\n"); first != c.want {
			t.Errorf("%q:\n got %s\nwant %s", c.text, first, c.want)
		}
	}
}

// FuzzParse: what can be read is written so that it is read as the same; and names
// of all kinds come back.
func FuzzParse(f *testing.F) {
	for _, name := range hostileNames {
		f.Add(name, named(name).Text(2))
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		if got, err := linkmap.Parse("", named(name).Text(2)); err != nil || !cmp.Equal(got, named(name)) {
			t.Errorf("%q: %v %s", name, err, cmp.Diff(named(name), got))
		}
		l, err := linkmap.Parse("", text)
		if err != nil {
			return
		}
		again, err := linkmap.Parse("", l.Text(2))
		if err != nil || again.Text(2) != l.Text(2) {
			t.Errorf("%v: read as\n%s\nthen\n%s", err, l.Text(2), again.Text(2))
		}
	})
}
