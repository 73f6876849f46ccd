package mpytree_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpyld/mpyfile"
	"mpyld/mpytree"
	"mpyld/mpywriter"
	"mpyld/relocs/machines"
)

// small5 is a module of version 5 for armv7m, put together from
// py/persistentcode.c of 1.18: its parts by name, to put others in their place.
var small5 = []struct{ name, hex string }{
	{"header", "4d 05 16 1f 20"},
	{"kind", "62"}, // 24 << 2 | 2
	{"text", "00e00000 00000000 00000000 00000000 00000000 04000000"},
	{"links", "03"},
	{"link0", "20 08 626f6c64"}, // 8 << 2, "bold"
	{"link1", "28 00 6b"},       // 10 << 2, static 107: len
	{"link2", "33 04 6869"},     // 12 << 2 | 3, "hi" as an object
	{"scope", "70"},             // relocations, rodata, bss
	{"counts", "00 00"},         //
	{"rodata", "04 01020304"},   //
	{"bss", "08"},               //
	{"reloc0", "0d 08"},         // mp_fun_table at word 4
	{"reloc1", "09 0a"},         // bss at word 5
	{"reloc2", "9f 01"},         // mp_fun_table[72] at rodata word 0
	{"end", "ff"},
}

// with returns small5 with some parts in other words.
func with(t testing.TB, parts ...string) []byte {
	t.Helper()
	var text strings.Builder
	used := 0
	for _, p := range small5 {
		s := p.hex
		for i := 0; i < len(parts); i += 2 {
			if parts[i] == p.name {
				s = parts[i+1]
				used++
			}
		}
		text.WriteString(s)
	}
	data, err := hex.DecodeString(strings.ReplaceAll(text.String(), " ", ""))
	if err != nil || used != len(parts)/2 {
		t.Fatalf("%v, %d of %d parts", err, used, len(parts)/2)
	}
	return data
}

// abi returns the ABI of a release on armv7m.
func abi(t testing.TB, release string) *mpyfile.ABI {
	t.Helper()
	r, err := mpyfile.ParseTarget(release)
	if err != nil {
		t.Fatal(err)
	}
	return r.For(machines.For("armv7m"))
}

func TestModule5(t *testing.T) {
	got, err := mpytree.Module(with(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := &mpyfile.File{
		ABI: abi(t, "1.18"), Arch: machines.For("armv7m"),
		Text: with(t)[6:30], Rodata: []byte{1, 2, 3, 4}, BSSSize: 8,
		Links: []mpyfile.QStrLink{{Off: 8, QStr: "bold"}, {Off: 10, QStr: "len"}, {Off: 12, QStr: "hi", Object: true}},
		Words: []mpyfile.Word{
			{Off: 16, Dest: mpyfile.Dest{Kind: mpyfile.ToFunTable}},
			{Off: 20, Dest: mpyfile.Dest{Kind: mpyfile.ToBSS}},
			{Region: mpyfile.Rodata, Dest: mpyfile.Dest{Kind: mpyfile.ToFunEntry, Entry: 72}},
		},
	}
	if diff := cmp.Diff(want, got, sameMachine); diff != "" {
		t.Error(diff)
	}
	if again, err := mpywriter.Write(got); err != nil || !bytes.Equal(again, with(t)) {
		t.Errorf("written as % x, %v", again, err)
	}
	// Without rodata, destination 1 is bss.
	got, err = mpytree.Module(with(t, "scope", "50", "rodata", "", "reloc1", "05 0a", "reloc2", ""), nil)
	if err != nil || got.Words[1].Dest.Kind != mpyfile.ToBSS {
		t.Fatalf("%+v, %v", got, err)
	}
	if again, err := mpywriter.Write(got); err != nil || !bytes.Contains(again, []byte{0x05, 0x0a, 0xff}) {
		t.Errorf("written as % x, %v", again, err)
	}
}

func TestModule5Errors(t *testing.T) {
	for _, c := range []struct{ parts, want string }{
		{"header|4d 05 14 1f 20", "0x2 header.feature: not a native module: mpy version 5.0, which mpyld does not know"},
		{"header|4d 05 02 1f 20", "0x5 code.kind_len: native code, but the header names no architecture: it would run on any"},
		{"header|4d 05 56 1f 20", "0x2 header.feature: architecture code 21 is none that modules are linked for"},
		{"header|4d 05 16 1e 20", "0x3 header.small_int_bits: small integers of 30 bits, want 31"},
		{"header|4d 05 16 1f 10", "0x4 header.window: a window of 16 recent qstrs, want 32"},
		{"kind|60", "0x6 code.prelude: 48 bytes of names and lines and 0 cells in 24 bytes of code"},
		{"kind|61", "0x6 code.prelude: the prelude is at 112 of 24 bytes"},
		{"kind|02", "0x7 code.scope_flags: 0x3000 has flags that viper code cannot have"},
		{"kind|83 ff 02", "0x8 code.body: truncated: 16352 bytes, but the file has 54 left"},
		{"links|60", "0x1e code.n_links: 96 of them, but only 29 bytes left"},
		{"link0|60 08 626f6c64", "0x1f code.links[0].place: 24 is outside the 24 bytes of code"},
		{"link0|24 08 626f6c64", "0x1f code.links[0].place: a qstr link at text+0x9, which is not a multiple of 2"},
		{"link0|21 08 626f6c64", "0x1f code.links[0].place: not a native module: a qstr link of kind 1; a linker makes 0 and 3"},
		{"link2|3b 04 6869", "0x28 code.links[2].place: a qstr link at text+0xe, which is not a multiple of 4"},
		{"link0|20 05", "0x20 code.links[0].qstr: refers to the qstr that is 3 back, but there are 0"},
		{"links|06 10 0261 14 0261 18 03", `0x26 code.links[2].qstr: refers to an older "a" than the last`},
		{"link1|28 00 a6", "0x26 code.links[1].qstr: there is no static qstr 166"},
		{"link0|20 04 c3a9", `0x20 code.links[0].qstr: qstr "é" is not plain ASCII`},
		{"scope|60", "0x35 end: 7 bytes after the end of the module"},
		{"counts|01 00", "0x35 code.objects[0].type: object type 0x0d is unknown"},
		{"counts|00 02", "0x39 code.children[0].n_links: 3969 of them, but only 1 bytes left"},
		{"rodata|00", "0x35 code.relocations[2]: record 0x9f of 1 words at rodata word 0: the region ends before"},
		{"bss|00", "0x34 code.bss_size: bss is announced, but has no bytes"},
		{"reloc0|ad 40", "0x35 code.relocations[0]: record 0xad of 1 words at text word 32: the region ends before"},
		{"reloc0|ad 08", ""},
		{"reloc0|af 08", "0x35 code.relocations[0]: mp_fun_table has no entry 80 in ABI 5"},
		{"end|ff00", "0x3c end: 1 bytes after the end of the module"},
	} {
		name, other, _ := strings.Cut(c.parts, "|")
		f, err := mpytree.Module(with(t, name, other), nil)
		switch {
		case c.want == "":
			if err != nil {
				t.Errorf("%s: %v", c.parts, err)
			}
		case f != nil || err == nil || err.Error() != c.want:
			t.Errorf("%s\n got %v\nwant %s", c.parts, err, c.want)
		}
	}
	// What the file does not have cannot be relocated by.
	if _, err := mpytree.Module(with(t, "scope", "10", "rodata", "", "bss", "", "reloc2", ""), nil); err == nil ||
		err.Error() != "0x31 code.relocations[1]: record 0x09 has destination code 4, which means nothing in mpy version 5" {
		t.Errorf("bss that is not there: %v", err)
	}
	data := with(t)
	for n := range data {
		if _, err := mpytree.Module(data[:n], nil); err == nil || !strings.Contains(err.Error(), "truncated") && !strings.Contains(err.Error(), "bytes left") {
			t.Errorf("the first %d of %d bytes: %v", n, len(data), err)
		}
	}
}

// TestModuleObjects: versions 6.0 and 6.1 have a table of strings.
func TestModuleObjects(t *testing.T) {
	for _, c := range []struct{ hex, want string }{
		{"4d06101f 02 02 04 6d2e 00 0f 05 02 6869 00 05 00 00 12 7047 10 ff", ""},
		{"4d06111f 01 01 04 6d2e 00 05 02 6869 00 12 7047 10 ff", ""},
		{"4d06121f 01 01 04 6d2e 00 05 02 6869 00 12 7047 10 ff", "0x5 n_obj: not a native module: it has 1 constant objects, so it is bytecode"},
		{"4d06111f 01 01 04 6d2e 00 06 02 6869 00 12 7047 10 ff", "0xa objects[0]: not a native module: it has a constant object of type bytes; a linker makes str"},
		{"4d06111f 01 01 04 6d2e 00 05 02 6869 01 12 7047 10 ff", "0xe objects[0].nul: 0x01 in place of the NUL at the end of a string"},
		{"4d06111f 01 01 04 6d2e 00 05 02 c3a9 00 12 7047 10 ff", `0xa objects[0]: constant object "é" is not plain ASCII`},
		{"4d06111f 01 7f 04 6d2e 00", "0x5 n_obj: 127 of them, but only 4 bytes left"},
		{"43061f1f 01 00 04 6d2e 00 12 7047 20 ff", ""},
		{"43061f1f 01 00 04 6d2e 00 12 7047 10 ff", "0xe end: 1 bytes after the end of the module"},
	} {
		data, err := hex.DecodeString(strings.ReplaceAll(c.hex, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		f, err := mpytree.Module(data, nil)
		if c.want != "" {
			if err == nil || err.Error() != c.want {
				t.Errorf("%s\n got %v\nwant %s", c.hex, err, c.want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.hex, err)
			continue
		}
		if again, err := mpywriter.Write(f); err != nil || !bytes.Equal(again, data) {
			t.Errorf("%s: written as % x, %v", c.hex, again, err)
		}
	}
}
