package simload

import (
	"encoding/hex"
	"strings"
	"testing"

	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/mpywriter"
	"mpyld/relocs/machines"
)

// old is the ABI of MicroPython 1.18.
var old = mpyfile.Releases[6].ABI

// oldModule is x64Module for version 5: no tables, other types, bss and rodata
// apart.
func oldModule() *module {
	l := x64Module()
	l.m.ABI, l.file.ABI = old, old
	l.file.QStrs = nil
	return l
}

// TestLoadOld compares with what load_raw_code of MicroPython 1.18 does, worked
// out by hand.
func TestLoadOld(t *testing.T) {
	at := Bases{Text: 0xf0000000, RAM: 0x20001000, Rodata: 0x20005000, FunTable: 0x08004000, Slot0: 0x08005001, SlotStep: 0x10, QStr0: 0x0234}
	f := &mpyfile.File{
		ABI: old, Arch: machines.For("armv7m"), BSSSize: 5,
		Text: unhex(t, "04000000 fcffffff 01000000 00000020 0000 ffff 00000000"), Rodata: unhex(t, "00000010 bb"),
		Links: []mpyfile.QStrLink{{Off: 16, QStr: "one"}, {Off: 20, QStr: "two", Object: true}},
		Words: []mpyfile.Word{
			inText(0, toText), inText(4, toBSS), inText(8, toRodata), inText(12, toFunTable),
			{Region: mpyfile.Rodata, Off: 0, Dest: toText},
		},
	}
	im := Load(f, at)
	if got, want := hex.EncodeToString(im.Text), strings.ReplaceAll("040000f0 fc0f0020 01500020 00400028 3402ffff aa110000", " ", ""); got != want {
		t.Errorf("text\n got %s\nwant %s", got, want)
	}
	// No block, no address.
	f.BSSSize = 0
	if im := Load(f, at); im.Start(mpyfile.BSS) != 0 || im.Start(mpyfile.Rodata) != 0x20005000 {
		t.Errorf("bss at 0x%x, rodata at 0x%x", im.Start(mpyfile.BSS), im.Start(mpyfile.Rodata))
	}
}

// TestAnchorsOld: where bss and rodata are apart, each needs a pointer to its
// head.
func TestAnchorsOld(t *testing.T) {
	at := Bases{RAM: 0x20001000, Rodata: 0x20005000}
	f := &mpyfile.File{
		ABI: old, Arch: machines.For("armv7m"), BSSSize: 8, Text: make([]byte, 16), Rodata: make([]byte, 8),
		Words: []mpyfile.Word{inText(0, toBSS), inText(4, toRodata)},
	}
	for _, c := range []struct {
		bss, rodata byte
		want        bool
	}{{0, 0, true}, {4, 0, false}, {0, 4, false}, {4, 4, false}} {
		f.Text[0], f.Text[4] = c.bss, c.rodata
		if got := anchored(f, Load(f, at)); got != c.want {
			t.Errorf("bss+%d, rodata+%d: %v", c.bss, c.rodata, got)
		}
	}
}

// TestNamesOld: the loader stores each qstr where the module looks for it.
func TestNamesOld(t *testing.T) {
	for _, c := range []struct {
		want  string
		spoil func(l *module)
	}{
		{"", func(*module) {}},
		{"(qstr numbers+0x0): the loader does not store the qstr one there", func(l *module) { l.file.Links[0].QStr = "won" }},
		{"(qstr numbers+0x2): the loader does not store the qstr two there", func(l *module) { l.file.Links[1].Off += 2 }},
		{"(qstr objects+0x0): the loader does not store the qstr obj there", func(l *module) { l.file.Links[2].Object = false }},
		{"(qstr objects+0x0): the loader does not store the qstr obj there", func(l *module) { l.file.Links = l.file.Links[:2] }},
		{"the loader stores more at text+0x", func(l *module) {
			l.file.Links = append(l.file.Links, mpyfile.QStrLink{Off: 0x88, QStr: "more"}) // constants
		}},
		{"(qstr numbers+0x0): 4 bytes for each of its qstrs, but the code takes them to have 2", func(l *module) { l.m.Sections[len(l.m.Sections)-2].Size = 8 }},
		{"(qstr objects+0x0): 16 bytes for each of its qstrs, but the code takes them to have 8", func(l *module) {
			l.m.Sections[len(l.m.Sections)-1].Size = 16
			l.file.Text = append(l.file.Text, make([]byte, 8)...)
		}},
		{"the map has no table for 2 qstrs", func(l *module) { l.m.Sections[len(l.m.Sections)-2].Kind = linkmap.Input }},
	} {
		l := oldModule()
		end := uint64(len(l.file.Text)+7) &^ 7
		l.file.Text = append(l.file.Text, make([]byte, end+16-uint64(len(l.file.Text)))...)
		l.m.QStrs, l.m.QStrObjs = []string{"one", "two"}, []string{"obj"}
		l.m.Sections = append(l.m.Sections, made(linkmap.QStrNumbers, "qstr numbers", end, 4), made(linkmap.QStrObjects, "qstr objects", end+8, 8))
		l.file.Links = []mpyfile.QStrLink{{Off: end, QStr: "one"}, {Off: end + 2, QStr: "two"}, {Off: end + 8, QStr: "obj", Object: true}}
		c.spoil(l)
		data, err := mpywriter.Write(l.file)
		if err != nil {
			t.Fatal(err)
		}
		if err := Verify(data, l.m); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}
