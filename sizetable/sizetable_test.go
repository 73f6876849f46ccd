package sizetable_test

import (
	"encoding/json"
	"encoding/xml"
	"maps"
	"slices"
	"strings"
	"testing"

	"mpyld/mapjson"
	"mpyld/size"
	"mpyld/sizetable"
)

// item is a module with symbols of all kinds: aliases, one without a size, two of one name.
func item(name string) *sizetable.Item {
	m := &mapjson.Map{
		Schema: 1, Module: "m.mpy", Arch: "armv7m", ABI: "6.3",
		File:   size.File{Bytes: 104, Header: 4, Counts: 2, QStrs: 7, Text: 72, Rodata: 8, Relocs: 6, Code: 5},
		RAM:    size.RAM{Bytes: 86, Text: 72, Rodata: 8, BSS: 5, Padding: 1, Blocks: 6, BlockSize: 16},
		Inputs: []mapjson.Input{{Path: "build/a.o"}, {ID: 1, Path: "libs/lib.a(m.o)", Archive: "libs/lib.a", Why: &mapjson.Why{Symbol: "f", For: "build/a.o"}}},
		Sections: []mapjson.Section{
			{ID: 0, Name: ".text", Class: "code", Segment: "text", Offset: 4, Size: 40, Symbols: []mapjson.Symbol{
				{Name: "mpy_init", Offset: 0, Size: 10}, {Name: "f", Offset: 12, Size: 8}, {Name: "alias", Offset: 12, Size: 8}, {Name: "inner", Offset: 14, Size: 12}, {Name: "asm", Offset: 30},
			}},
			{ID: 1, Input: 1, Name: ".text.f", Class: "code", Segment: "text", Offset: 44, Size: 16, Symbols: []mapjson.Symbol{{Name: "f", Size: 16}}},
			{ID: 2, Name: ".data", Class: "data", Segment: "rodata", Size: 8, Symbols: []mapjson.Symbol{{Name: "_Z1dv", Demangled: "d()", Size: 8}}},
			{ID: 3, Input: 1, Name: "COMMON v", Class: "common", Segment: "bss", Size: 5, Symbols: []mapjson.Symbol{{Name: "v", Size: 5}}},
			{ID: 4, Name: ".literal", Class: "literal"},
		},
		Made: []mapjson.Made{{ID: 5, Kind: "entry", Segment: "text", Size: 4}, {ID: 6, Kind: "got", Name: "GOT", Segment: "text", Offset: 60, Size: 8}, {ID: -1, Kind: "padding", Segment: "text", Offset: 68, Size: 4}},
	}
	return &sizetable.Item{Name: name, Arch: m.Arch, Module: size.Module{File: m.File, RAM: m.RAM}, Map: m}
}

// bare is the same module without its map.
func bare(name string) *sizetable.Item {
	i := item(name)
	i.Map = nil
	return i
}

// TestNoMap: what only a map tells is not said to be 0 of a module beside it that has none.
func TestNoMap(t *testing.T) {
	const want = `module  text  rodata  relocs  qstrs  other  file  bss  RAM  GC blocks  GOT  padding
m.json    72       8       6      7     11   104    5   86          6    8        4
m.mpy     72       8       6      7     11   104    5   86          6
`
	if got := sizetable.Files([]*sizetable.Item{item("m.json"), bare("m.mpy")}).Text(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestViews: each byte is once in each view.
func TestViews(t *testing.T) {
	for _, test := range []struct {
		view sizetable.View
		item *sizetable.Item
		want string
	}{
		{sizetable.View{}, item("m.json"), `
module  text  rodata  relocs  qstrs  other  file  bss  RAM  GC blocks  GOT  padding
m.json    72       8       6      7     11   104    5   86          6    8        4
`},
		{sizetable.View{By: "symbol"}, item("m.json"), `
symbol                   text  rodata  bss  file  RAM
f (lib.a(m.o))             16       0    0    16   16
[header, counts, flags]     0       0    0    11    0
asm                        10       0    0    10   10
mpy_init                   10       0    0    10   10
[GOT]                       8       0    0     8    8
d()                         0       8    0     8    8
f (a.o)                     8       0    0     8    8
[names]                     0       0    0     7    0
[relocation records]        0       0    0     6    0
a.o:(.text)                 6       0    0     6    6
inner                       6       0    0     6    6
[padding]                   4       0    0     4    5
v                           0       0    5     0    5
[entry]                     4       0    0     4    4
all                        72       8    5   104   86
`},
		{sizetable.View{By: "section"}, item("m.json"), `
section                     text  rodata  bss  file  RAM
build/a.o:(.text)             40       0    0    40   40
libs/lib.a(m.o):(.text.f)     16       0    0    16   16
[header, counts, flags]        0       0    0    11    0
[GOT]                          8       0    0     8    8
build/a.o:(.data)              0       8    0     8    8
[names]                        0       0    0     7    0
[relocation records]           0       0    0     6    0
[padding]                      4       0    0     4    5
libs/lib.a(m.o):(COMMON v)     0       0    5     0    5
[entry]                        4       0    0     4    4
all                           72       8    5   104   86
`},
		{sizetable.View{By: "archive"}, item("m.json"), `
archive                  text  rodata  bss  file  RAM
build/a.o                  40       8    0    48   48
libs/lib.a                 16       0    5    16   21
[header, counts, flags]     0       0    0    11    0
[GOT]                       8       0    0     8    8
[names]                     0       0    0     7    0
[relocation records]        0       0    0     6    0
[padding]                   4       0    0     4    5
[entry]                     4       0    0     4    4
all                        72       8    5   104   86
`},
		{sizetable.View{By: "segment"}, bare("m.mpy"), `
segment  text  rodata  bss  file  RAM
text       72       0    0    72   72
other       0       0    0    11    0
rodata      0       8    0     8    8
qstrs       0       0    0     7    0
relocs      0       0    0     6    0
bss         0       0    5     0    5
padding     0       0    0     0    1
all        72       8    5   104   86
`},
		{sizetable.View{Tree: true}, item("m.json"), `
m.json: armv7m, file 104 bytes, RAM 86 bytes in 6 blocks of 16
├ text                         72  65.5%
│ ├ a.o › .text                40  36.4%
│ │ ├ mpy_init                 10   9.1%
│ │ ├ asm                      10   9.1%
│ │ ├ f                         8   7.3%
│ │ ├ inner                     6   5.5%
│ │ └ (no symbol)               6   5.5%
│ ├ lib.a › m.o › .text.f › f  16  14.5%
│ ├ GOT                         8   7.3%
│ ├ entry                       4   3.6%
│ └ padding                     4   3.6%
├ other                        11  10.0%
├ rodata                        8   7.3%
│ └ a.o › .data › d()           8   7.3%
├ qstrs                         7   6.4%
├ relocs                        6   5.5%
├ bss                           5   4.5%
│ └ lib.a › m.o › COMMON v › v  5   4.5%
└ padding                       1   0.9%
`},
		{sizetable.View{Old: item("old.json")}, item("m.json"), "\n"},
		{sizetable.View{Old: bare("old.mpy")}, item("m.json"), "\n"},
	} {
		got, err := test.view.Text([]*sizetable.Item{test.item})
		if err != nil {
			t.Error(err)
		}
		if "\n"+got != test.want {
			t.Errorf("%+v:\n%s\nwant%s", test.view, got, test.want)
		}
	}
}

// TestDiff: what has grown, gone and come, the most first.
func TestDiff(t *testing.T) {
	grown := item("new.json")
	m := grown.Map
	m.Sections[0].Symbols[4].Name = "renamed"
	m.Sections[1].Size, m.Sections[1].Symbols[0].Size = 36, 36
	m.Sections[3].Size, m.Sections[3].Symbols[0].Size = 2, 2
	m.File.Text, m.File.Bytes = 92, 124
	m.RAM.Text, m.RAM.BSS, m.RAM.Padding, m.RAM.Bytes = 92, 2, 2, 104
	grown.Module = size.Module{File: m.File, RAM: m.RAM}
	want := `symbol          text  rodata  bss  file  RAM
f (lib.a(m.o))   +20       0    0   +20  +20
asm              -10       0    0   -10  -10
renamed          +10       0    0   +10  +10
v                  0       0   -3     0   -3
[padding]          0       0    0     0   +1
all              +20       0   -3   +20  +18
`
	view := sizetable.View{Old: item("old.json")}
	if got, err := view.Text([]*sizetable.Item{grown}); err != nil || got != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
	view.Format = "json"
	text, err := view.Text([]*sizetable.Item{grown})
	var got struct {
		Schema        int
		Name, Old, By string
		Rows          []sizetable.Row
		Sum           sizetable.Row
	}
	if err != nil || json.Unmarshal([]byte(text), &got) != nil || got.Schema != 1 || got.Name != "new.json" || got.Old != "old.json" || got.By != "symbol" || len(got.Rows) != 5 || got.Sum.RAM != 18 || got.Rows[3].BSS != -3 {
		t.Errorf("%v %s", err, text)
	}
	for grouping := range sizetable.Groupings.Get() {
		if rows := sizetable.Diff(grown, grown, grouping); len(rows) != 0 {
			t.Errorf("%s: %v", grouping, rows)
		}
	}
}

// TestCheck: what there is not is told.
func TestCheck(t *testing.T) {
	for _, test := range []struct {
		view    sizetable.View
		files   int
		compare bool
		picture string
		want    string
	}{
		{sizetable.View{}, 3, false, "", ""},
		{sizetable.View{By: "symbol", Format: "md"}, 3, false, "", ""},
		{sizetable.View{}, 1, true, "x.svg", ""},
		{sizetable.View{By: "file"}, 1, false, "", "--by file: there is no such grouping"},
		{sizetable.View{Format: "xml"}, 1, false, "", "--format xml: there is no such format"},
		{sizetable.View{Tree: true, Format: "json"}, 1, false, "", "--tree is a view of its own"},
		{sizetable.View{Tree: true}, 1, true, "", "--tree is a view of its own"},
		{sizetable.View{}, 2, true, "", "--diff and --treemap are about one file, these are 2"},
		{sizetable.View{}, 1, false, "x.png", "--treemap x.png: is neither .svg nor .html"},
	} {
		err := test.view.Check(test.files, test.compare, test.picture)
		if text := ""; err != nil {
			text, _, _ = strings.Cut(err.Error(), "\n")
			if !strings.Contains(text, test.want) || test.want == "" {
				t.Errorf("%+v: %v", test, err)
			}
		} else if test.want != "" {
			t.Errorf("%+v: no error", test)
		}
	}
	view := sizetable.View{By: "object"}
	if _, err := view.Text([]*sizetable.Item{bare("m.mpy")}); err == nil || !strings.Contains(err.Error(), "only the map of a link says what is by which object") {
		t.Error(err)
	}
}

// TestPictures: a picture has all segments, and a page all parts.
func TestPictures(t *testing.T) {
	svg := sizetable.Picture(item("m.json")).SVG()
	if err := xml.Unmarshal([]byte(svg), new(struct{})); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"m.mpy", "armv7m · file 104 bytes · RAM 86 bytes, 6 blocks of 16 on the heap", "<title>text › a.o › mpy_init: 10 bytes</title>", "rodata › a.o › d(): 8 bytes", "relocation records 6"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %s in\n%s", want, svg)
		}
	}
	page := sizetable.Page(item("m.json"))
	for _, row := range sizetable.By(item("m.json"), "symbol") {
		if !strings.Contains(page, "<td>"+row.Name+"</td>") {
			t.Errorf("no %s", row.Name)
		}
	}
	if svg := sizetable.Picture(bare("bare.mpy")).SVG(); !strings.Contains(svg, ">bare.mpy<") || !strings.Contains(svg, "<title>text: 72 bytes</title>") {
		t.Error(svg)
	}
	if names := slices.Sorted(maps.Keys(sizetable.Groupings.Get())); strings.Join(names, " ") != "archive object section segment symbol" {
		t.Error(names)
	}
}
