package size_test

import (
	"strings"
	"testing"

	"mpyld/fixtures"
	"mpyld/mpytree"
	"mpyld/size"
)

// stored calls do with every .mpy file there is: what mpy_ld.py linked, mpy-cross compiled and
// mpy-tool.py merged, of all releases.
func stored(t *testing.T, do func(name string, data []byte)) {
	t.Helper()
	for _, set := range fixtures.Sets() {
		outcomes, err := fixtures.Oracle(set.Name)
		if err != nil {
			t.Fatal(err)
		}
		for name, o := range outcomes {
			if o.Mpy != nil {
				do(set.Name+"/"+name, o.Mpy)
			}
		}
	}
	for _, set := range fixtures.ReleaseSets() {
		releases, err := fixtures.ReleaseOracle(set)
		if err != nil {
			t.Fatal(err)
		}
		for release, outcomes := range releases {
			for name, o := range outcomes {
				if o.Mpy != nil {
					do(release+"/"+set.Name+"/"+name, o.Mpy)
				}
			}
		}
	}
	releases, err := fixtures.CompiledReleases()
	if err != nil {
		t.Fatal(err)
	}
	for _, release := range releases {
		files, err := fixtures.Compiled(release)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			do(release+"/"+f.Name, f.Data)
		}
	}
}

// TestParts: of each file that is stored, the parts are its bytes, and those of memory are what
// its codes are in memory.
func TestParts(t *testing.T) {
	kinds := map[string]int{}
	stored(t, func(name string, data []byte) {
		m, err := size.Of(data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		f, r := m.File, m.RAM
		if sum := f.Header + f.Counts + f.QStrs + f.Objects + f.Text + f.Bytecode + f.Rodata + f.Relocs + f.Code; sum != len(data) || f.Bytes != len(data) {
			t.Errorf("%s: %+v is %d, the file has %d bytes", name, f, sum, len(data))
		}
		if sum := r.Text + r.Bytecode + r.Rodata + r.BSS + r.Padding; sum != r.Bytes || r.Blocks*r.BlockSize < r.Bytes {
			t.Errorf("%s: %+v is %d", name, r, sum)
		}
		tree, err := mpytree.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		kinds[string(tree.Maker)+string('0'+rune(tree.Version))]++
		// Machine code is in the file as it is in memory, but for preludes of functions in Python.
		linked := true
		rodata := 0
		for _, c := range tree.Codes() {
			linked = linked && tree.Linked(c)
			rodata += len(c.Rodata)
		}
		if f.Rodata != rodata || f.Text > r.Text || linked && (f.Text != r.Text || f.Text != len(tree.Code.Body) || f.Bytecode != 0 || r.Bytecode != 0) {
			t.Errorf("%s: %+v %+v", name, f, r)
		}
	})
	if kinds["M5"] < 100 || kinds["M6"] < 1000 || kinds["C6"] == 0 {
		t.Errorf("only %v", kinds)
	}
}

// mpy makes a linked module of 5 bytes of code, and of what follows its scope flags.
func mpy(header string, scope byte, rest string) string {
	return header + "\x01\x00\x04m.\x00" + "\x2a12345" + string(scope) + rest
}

// TestMemory: what firmware allocates (py/persistentcode.c, load_raw_code).
func TestMemory(t *testing.T) {
	const arm, x64 = "M\x06\x13\x1f", "M\x06\x0b\x1f"
	for _, test := range []struct {
		name, file string
		want       size.RAM
	}{
		{"text alone", mpy(arm, 0x10, "\xff"), size.RAM{Bytes: 5, Text: 5, Blocks: 1, BlockSize: 16}},
		{"bss is rounded up to a word", mpy(arm, 0x50, "\x11\xff"), size.RAM{Bytes: 5 + 20, Text: 5, BSS: 17, Padding: 3, Blocks: 1 + 2, BlockSize: 16}},
		{"one block for bss and rodata", mpy(arm, 0x70, "\x03\x0babc\xff"), size.RAM{Bytes: 5 + 12 + 3, Text: 5, BSS: 11, Rodata: 3, Padding: 1, Blocks: 1 + 1, BlockSize: 16}},
		{"words of 64 bits", mpy(x64, 0x70, "\x03\x0babc\xff"), size.RAM{Bytes: 5 + 16 + 3, Text: 5, BSS: 11, Rodata: 3, Padding: 5, Blocks: 1 + 1, BlockSize: 32}},
		// Version 5: rodata comes before the size of bss, and both are allocated.
		{"two blocks", "M\x05\x12\x1f\x20" + "\x1612345" + "\x00\x70" + "\x00\x00" + "\x03abc\x0b" + "\xff", size.RAM{Bytes: 5 + 3 + 11, Text: 5, BSS: 11, Rodata: 3, Blocks: 3, BlockSize: 16}},
	} {
		m, err := size.Of([]byte(test.file))
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
		} else if m.RAM != test.want {
			t.Errorf("%s: %+v, want %+v", test.name, m.RAM, test.want)
		}
	}
	if _, err := size.Of([]byte("M\x06\x13\x1f\x01")); err == nil {
		t.Error("half a file has a size")
	}
}

func TestLimits(t *testing.T) {
	var l size.Limits
	for _, text := range []string{"ram=8K,file=6000", " text= 1 KB ,ram=100", "rodata=7,bss=8"} {
		if err := l.ParseLimits(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	if want := (size.Limits{File: 6000, RAM: 100, Text: 1024, Rodata: 7, BSS: 8}); l != want {
		t.Errorf("%+v, want %+v", l, want)
	}
	if got := l.String(); got != "file=6000,ram=100,text=1024,rodata=7,bss=8" {
		t.Error(got)
	}
	// What is as large as it may be is not over.
	over := l.Over(size.Sum{File: 6000, RAM: 101, Text: 1025, Rodata: 8, BSS: 9})
	if got := strings.Join(over, ", "); got != "ram 101 of 100, text 1025 of 1024, rodata 8 of 7, bss 9 of 8" {
		t.Error(got)
	}
	for _, text := range []string{"", "ram", "ram=", "ram=0", "ram=-1", "ram=8M", "rum=8", "ram=2147483648", "ram=2097152K", "ram=1,,bss=1"} {
		if err := l.ParseLimits(text); err == nil {
			t.Errorf("%q is a limit", text)
		}
	}
}
