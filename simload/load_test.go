package simload

import (
	"encoding/hex"
	"os"
	"slices"
	"strings"
	"testing"

	"mpyld/merge"
	"mpyld/mpyfile"
	"mpyld/mpytree"
	"mpyld/mpywriter"
	"mpyld/relocs/machines"
)

// TestInvented: destinations can be told apart by how far they move, and the
// addresses are ones a device could have.
func TestInvented(t *testing.T) {
	for _, arch := range machines.All() {
		sets := invented(arch.Word)
		f := &mpyfile.File{ABI: mpyfile.Latest, Arch: arch, BSSSize: 8, Rodata: make([]byte, 8)}
		a, b := Load(f, sets[0]), Load(f, sets[1])
		seen := map[uint64]mpyfile.Dest{}
		check := func(d mpyfile.Dest) {
			moved := a.wrap(b.Dest(d) - a.Dest(d))
			if other, ok := seen[moved]; ok || moved == 0 {
				t.Errorf("%s: %s and %s both move by 0x%x", arch.Name, d, other, moved)
			}
			seen[moved] = d
		}
		for kind := mpyfile.ToText; kind < mpyfile.ToFunEntry; kind++ {
			if kind != mpyfile.ToRodata { // in one block with bss
				check(mpyfile.Dest{Kind: kind})
			}
		}
		for k := range f.ABI.Fun {
			check(mpyfile.Dest{Kind: mpyfile.ToFunEntry, Entry: int32(k)})
		}
		for i, im := range []*Image{a, b} {
			if text := im.Start(mpyfile.Text); text%uint64(arch.Word) != 0 || im.Start(mpyfile.BSS)%32 != 0 {
				t.Errorf("%s: set %d is not aligned", arch.Name, i)
			}
		}
		if before := a.wrap(a.Start(mpyfile.Text)) < a.wrap(a.Start(mpyfile.BSS)); before == (b.wrap(b.Start(mpyfile.Text)) < b.wrap(b.Start(mpyfile.BSS))) {
			t.Errorf("%s: text and RAM are in the same order in both sets", arch.Name)
		}
	}
}

// TestLoad compares with what mp_native_relocate does, worked out by hand.
func TestLoad(t *testing.T) {
	at := Bases{
		Text: 0xf0000000, RAM: 0x20001000, QStrTable: 0x20002000, ObjTable: 0x20003000,
		FunTable: 0x08004000, Slot0: 0x08005001, SlotStep: 0x10,
	}
	f := &mpyfile.File{
		ABI: mpyfile.Latest, Arch: machines.For("armv7m"), BSSSize: 5,
		Text: unhex(t, "04000000 fcffffff 01000000 00000020 02000000 03000000 04000000 aa"), Rodata: unhex(t, "00000010 bb"),
		Words: []mpyfile.Word{
			inText(0, toText), inText(4, toBSS), inText(8, toRodata),
			inText(12, mpyfile.Dest{Kind: mpyfile.ToQStrTable}), inText(16, mpyfile.Dest{Kind: mpyfile.ToObjTable}),
			inText(20, toFunTable), inText(24, mpyfile.Dest{Kind: mpyfile.ToFunEntry, Entry: 3}),
			{Region: mpyfile.Rodata, Off: 0, Dest: toText},
		},
	}
	text := append([]byte(nil), f.Text...)
	im := Load(f, at)
	if got, want := hex.EncodeToString(im.Text), strings.ReplaceAll("040000f0 fc0f0020 09100020 00200040 02300020 03400008 35500008 aa", " ", ""); got != want {
		t.Errorf("text\n got %s\nwant %s", got, want)
	}
	if got := hex.EncodeToString(im.Rodata); got != "00000000bb" { // wraps
		t.Errorf("rodata %s", got)
	}
	if string(text) != string(f.Text) {
		t.Error("the file was changed")
	}
	// bss of 5 bytes takes 8: rodata starts at a word.
	if im.Start(mpyfile.Rodata) != 0x20001008 || im.Start(mpyfile.BSS) != 0x20001000 {
		t.Errorf("rodata at 0x%x", im.Start(mpyfile.Rodata))
	}
	if none := Load(&mpyfile.File{Arch: f.Arch, Text: f.Text}, at); none.Start(mpyfile.BSS) != 0 {
		t.Error("a block of RAM for a module that needs none")
	}
}

// TestAnchors: the collector looks for the head of the block in text alone.
func TestAnchors(t *testing.T) {
	at := Bases{Text: 0xf0000000, RAM: 0x20001000}
	f := &mpyfile.File{
		ABI: mpyfile.Latest, Arch: machines.For("armv7m"), BSSSize: 8, Text: make([]byte, 8), Rodata: make([]byte, 8),
		Words: []mpyfile.Word{inText(0, toBSS), {Region: mpyfile.Rodata, Off: 0, Dest: toBSS}},
	}
	for _, c := range []struct {
		text, rodata byte
		want         bool
	}{{0, 4, true}, {4, 4, false}, {4, 0, false}} {
		f.Text[0], f.Rodata[0] = c.text, c.rodata
		if got := anchored(f, Load(f, at)); got != c.want {
			t.Errorf("text has bss+%d, rodata bss+%d: %v, want %v", c.text, c.rodata, got, c.want)
		}
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestVerifyFile checks files that nobody has a map of.
func TestVerifyFile(t *testing.T) {
	for name, want := range map[string]Report{
		"x64":    {Entry: 0x70, Words: [...]int{mpyfile.ToText: 7, mpyfile.ToBSS: 2, mpyfile.ToFunTable: 1, mpyfile.ToQStrTable: 1, mpyfile.ToFunEntry: 5}},
		"armv7m": {Entry: 0x70, Words: [...]int{mpyfile.ToText: 7, mpyfile.ToBSS: 2, mpyfile.ToFunTable: 1, mpyfile.ToQStrTable: 1, mpyfile.ToFunEntry: 5}},
	} {
		data, err := os.ReadFile("../mpytree/testdata/" + name + ".mpy")
		if err != nil {
			t.Fatal(err)
		}
		list, err := VerifyFile(data, nil)
		if err != nil || len(list) != 1 {
			t.Fatal(name, list, err)
		}
		if got := list[0]; got.Entry != want.Entry || got.Words != want.Words || got.Warnings != nil || got.File.BSSSize != 284 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestVerifyFileBad(t *testing.T) {
	for _, c := range []struct {
		want  string
		spoil func(l *module)
	}{
		{"text: it starts with a jump to 0x7f, outside its", func(l *module) { l.file.Text = l.file.Text[:0x7f:0x7f]; l.file.Text[1] = 0x7d; l.file.Words = nil }},
		{"text: it starts with a jump to 0x1, outside its", func(l *module) { l.file.Text[1] = 0xff }},
		{"text: it starts with a jump to -0x7e, outside its", func(l *module) { l.file.Text[1] = 0x80 }},
		{"text+0x0: the firmware relocates a word of the jump", func(l *module) { l.file.Words = append(l.file.Words, inText(0, toText)) }},
	} {
		l := x64Module()
		c.spoil(l)
		data, err := mpywriter.Write(l.file)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := VerifyFile(data, nil); r != nil || err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	if _, err := VerifyFile(nil, nil); err == nil {
		t.Error("an empty file is verified")
	}
}

// TestVerifyFileWarning: files of mpy_ld.py may lack the anchor.
func TestVerifyFileWarning(t *testing.T) {
	l := x64Module()
	l.file.Text[0x98] = 8
	data, err := mpywriter.Write(l.file)
	if err != nil {
		t.Fatal(err)
	}
	r, err := VerifyFile(data, nil)
	if err != nil || len(r) != 1 || len(r[0].Warnings) != 1 || len(r[0].Warnings[0].Notes) == 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestVerifyFileMerged: each module of a merged file is checked, and a mistake
// in one names it.
func TestVerifyFileMerged(t *testing.T) {
	good, err := mpywriter.Write(x64Module().file)
	if err != nil {
		t.Fatal(err)
	}
	same := func(spoil bool) []*Report {
		t.Helper()
		f, err := mpytree.Parse(good)
		if err != nil {
			t.Fatal(err)
		}
		merged, err := merge.Merge([]merge.Input{{Name: "a", File: f}, {Name: "b", File: f}, {Name: "c", File: f}}, merge.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if spoil { // the jump of the second leads back
			c := *merged.Code.Children[1]
			c.Body = slices.Clone(c.Body)
			c.Body[1] = 0x80
			merged.Code.Children[1] = &c
		}
		data, err := mpywriter.WriteTree(merged)
		if err != nil {
			t.Fatal(err)
		}
		list, err := VerifyFile(data, nil)
		want := "module 2: text: it starts with a jump to -0x7e, outside its"
		if spoil != (err != nil) || spoil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("spoilt %v: %v", spoil, err)
		}
		return list
	}
	list := same(false)
	if len(list) != 3 {
		t.Fatalf("%d modules", len(list))
	}
	alone, err := VerifyFile(good, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		if r.Entry != alone[0].Entry || r.Words != alone[0].Words || len(r.File.QStrs) != 3*len(alone[0].File.QStrs) {
			t.Errorf("%+v, alone %+v", r, alone[0])
		}
	}
	same(true)
}

// FuzzVerifyFile: no file may make it panic.
func FuzzVerifyFile(f *testing.F) {
	for _, l := range []*module{x64Module(), thumbModule()} {
		data, err := mpywriter.Write(l.file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, err := VerifyFile(data, nil); (r == nil) != (err != nil) {
			t.Errorf("report %v, error %v", r, err)
		}
	})
}
