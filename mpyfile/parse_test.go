package mpyfile_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpyld/diag"
	"mpyld/mpyfile"
	"mpyld/mpywriter"
)

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestParseReal reads files of mpy_ld.py; testdata/mini.c says what is in them
// and the expectations are read off a hex dump by hand.
func TestParseReal(t *testing.T) {
	text, bss := mpyfile.Dest{Kind: mpyfile.ToText}, mpyfile.Dest{Kind: mpyfile.ToBSS}
	qstrs, table := mpyfile.Dest{Kind: mpyfile.ToQStrTable}, mpyfile.Dest{Kind: mpyfile.ToFunTable}
	fun1 := mpyfile.Dest{Kind: mpyfile.ToFunEntry, Entry: 78}
	type run struct {
		index uint64 // of the first word
		dests []mpyfile.Dest
	}
	for _, c := range []struct {
		arch     string
		textSize int
		runs     []run
	}{
		{"x64", 392, []run{
			{43, []mpyfile.Dest{table, qstrs, text, text, bss, bss}},
			{32, []mpyfile.Dest{fun1, fun1, fun1}},
			{36, []mpyfile.Dest{fun1, text, fun1, text, text, text, text}},
		}},
		{"armv7m", 304, []run{
			{70, []mpyfile.Dest{table, qstrs, text, text, bss, bss}},
			{60, []mpyfile.Dest{fun1, text, fun1, text, fun1, fun1, fun1, text, text, text}},
		}},
	} {
		t.Run(c.arch, func(t *testing.T) {
			f, err := mpyfile.Parse(read(t, c.arch+".mpy"))
			if err != nil {
				t.Fatal(err)
			}
			var want []mpyfile.Word
			for _, r := range c.runs {
				for i, d := range r.dests {
					off := (r.index + uint64(i)) * uint64(f.Arch.Word)
					want = append(want, mpyfile.Word{Region: mpyfile.Text, Off: off, Dest: d})
				}
			}
			got := *f
			got.Text = nil
			diff := cmp.Diff(mpyfile.File{
				ABI: mpyfile.Latest, Arch: mpyfile.ArchByName(c.arch),
				QStrs:   []string{c.arch + ".mpy", "bump", "hello", "name"},
				BSSSize: 284, Words: want,
			}, got)
			if diff != "" || len(f.Text) != c.textSize {
				t.Errorf("%d bytes of text, want %d\n%s", len(f.Text), c.textSize, diff)
			}
			again, err := mpywriter.Write(f)
			if err != nil || !bytes.Equal(again, read(t, c.arch+".mpy")) {
				t.Errorf("writing it again gives another file (%v)", err)
			}
		})
	}
}

// small is a module for an architecture with words of 4 bytes, by hand:
// every field at a known offset.
var small = []byte{
	'M', 6, 0x17, 31, // 0x00
	2, 0, // 0x04 qstrs, objects
	2 << 1, 'm', '.', 0, // 0x06
	0x82, 0x43, // 0x0a static qstr 161
	12<<3 | 2,                                      // 0x0c
	0xff, 0xe7, 0, 0, 1, 0, 0, 0, 0x0c, 0, 0, 0x20, // 0x0d text
	0x70,       // 0x19 scope flags
	5,          // 0x1a rodata
	0x82, 0x2c, // 0x1b bss: 300
	0xaa, 0, 0, 0, 0xbb, // 0x1d rodata
	0x03, 1 << 1, 2, // 0x22 text, 2 words, at text word 1
	0x05, 1, // 0x25 rodata, at rodata word 0
	0xff, // 0x27
}

// TestParseCompact reads what mpy_ld.py never writes but the firmware takes:
// a record that goes on behind the one before.
func TestParseCompact(t *testing.T) {
	data := splice(small, 0x22, 5, 0x01, 1<<1, 0x10, 0x05, 1, 0x0f, 0<<1)
	f, err := mpyfile.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	want := []mpyfile.Word{
		{Off: 4, Dest: mpyfile.Dest{Kind: mpyfile.ToText}},
		{Off: 8, Dest: mpyfile.Dest{Kind: mpyfile.ToFunTable}},
		{Region: mpyfile.Rodata, Dest: mpyfile.Dest{Kind: mpyfile.ToRodata}},
		{Dest: mpyfile.Dest{Kind: mpyfile.ToObjTable}},
	}
	if diff := cmp.Diff(want, f.Words); diff != "" {
		t.Error(diff)
	}
}

// splice replaces n bytes at off.
func splice(data []byte, off, n int, with ...byte) []byte {
	return bytes.Join([][]byte{data[:off], with, data[off+n:]}, nil)
}

func TestParseErrors(t *testing.T) {
	if _, err := mpyfile.Parse(small); err != nil {
		t.Fatal(err)
	}
	set := func(off int, with ...byte) []byte { return splice(small, off, len(with), with...) }
	for _, c := range []struct {
		data []byte
		want string
	}{
		{nil, `0x0: truncated: the file ends before the header`},
		{set(0, 0x7f, 'E', 'L', 'F'), `0x0: not a native module: an ELF file`},
		{set(0, 'C'), `0x19: scope flags 0x70 are not those of a linked module`},
		{set(1, 4, 0x17), `0x1: not a native module: mpy version 4 (MicroPython 1.11)`},
		{set(0, 'C', 5), `0x1: not a native module: CircuitPython's mpy version 5.0, which mpyld does not know`},
		{set(0, 'C', 6, 0x16), `0x2: not a native module: CircuitPython's mpy version 6.2, which mpyld does not know`},
		{set(0, 'm'), `0x0: not an .mpy file: it starts with 0x6d instead of 'M' or 'C'`},
		{set(1, 5), `0x4: a window of 2 recent qstrs, want 32`},
		{set(1, 5, 0x14), `0x2: not a native module: mpy version 5.0, which mpyld does not know`},
		{set(1, 0), `0x1: not a native module: mpy version 0 (MicroPython 1.5.1 to 1.8.7)`},
		{set(1, 2), `0x1: not a native module: mpy version 2 (MicroPython 1.9 to 1.9.2)`},
		{set(1, 3), `0x1: not a native module: mpy version 3 (MicroPython 1.9.3 to 1.10)`},
		{set(1, 4), `0x1: not a native module: mpy version 4 (MicroPython 1.11)`},
		{set(1, 7), `0x1: not a native module: mpy version 7.0, which mpyld does not know`},
		{set(2, 0x15, 31, 2, 1), `0xc: not a native module: it has a constant object of type 98; a linker makes type 5`},
		{set(2, 0x3f), `0x2: architecture code 15 is unknown`},
		{set(2, 0x97), `0x2: header byte 0x97 has unknown bits`},
		{splice(small, 2, 2, 0x57, 31, 0), `0x4: architecture flags are announced, but there are none`},
		{set(3, 63), `0x3: small integers of 63 bits, want 31`},
		{splice(small, 4, 1, 0x80, 2), `0x4: the number of qstrs is not in its shortest form`},
		{splice(small, 4, 1, 0x83, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f), `0x4: the number of qstrs does not fit 64 bits`},
		{splice(small, 4, 1, 0xff, 0x7f), `0x4: 16383 qstrs, but only 34 bytes left`},
		{splice(small, 4, 8, 0, 0), `0x4: no qstrs: the first is the name of the source file`},
		{set(5, 3), `0x4: not a native module: it has 3 constant objects, so it is bytecode`},
		{splice(small, 6, 1, 0x81, 0xff, 0x7e), `0x9: truncated: a qstr has 16383 bytes, the file has 33 left`},
		{set(7, 0xc3), `0x6: qstr "\xc3." is not plain ASCII`},
		{set(7, 0), `0x6: qstr "\x00." is not plain ASCII`},
		{set(9, 'x'), `0x9: qstr "m." has no NUL at its end`},
		{set(0xb, 0x7f), `0xa: there is no static qstr 191`},
		{splice(small, 0xa, 2, 1), `0xa: there is no static qstr 0`},
		{set(2, 0), `0xc: native code, but the header names no architecture: it would run on any`},
		{splice(splice(small, 0xc, 1, 12<<3), 2, 1, 0), `0xc: not a native module: it is bytecode`},
		{set(0xc, 12<<3|4), `0xc: not a native module: it is bytecode with native functions in it, or several modules merged by mpy-tool.py`},
		{set(0xc, 12<<3|6), `0xc: not a native module: its code is of kind 2 with children: true; a linker makes kind 2 without`},
		{set(0xc, 2), `0xc: there is no code`},
		{splice(small, 0xc, 1, 0xff, 0xff, 0x7a), `0xf: truncated: text has 262143 bytes, the file has 27 left`},
		{set(0x19, 0x60), `0x19: scope flags 0x60 are not those of a linked module`},
		{set(0x19, 0x71), `0x19: scope flags 0x71 are not those of a linked module`},
		{set(0x1a, 0), `0x1a: rodata is announced, but has no bytes`},
		{splice(small, 0x1b, 2, 0), `0x1b: bss is announced, but has no bytes`},
		{splice(small, 0x1b, 2, 0x88, 0x80, 0x80, 0x80, 0), `0x1b: bss of 2147483648 bytes does not fit the address space`},
		{set(0x1a, 99), `0x1d: truncated: rodata has 99 bytes, the file has 11 left`},
		{set(0x22, 0x02), `0x22: relocation record 0x02 has no position to go on from`},
		{set(0x24, 3), `0x22: relocation record 0x03 of 3 words at text word 1: the region ends before`},
		{set(0x23, 9<<1), `0x22: relocation record 0x03 of 2 words at text word 9: the region ends before`},
		{set(0x24, 0), `0x22: relocation record 0x03 of 0 words at text word 1: there is nothing to do`},
		{set(0x26, 1<<1|1), `0x25: relocation record 0x05 of 1 words at rodata word 1: the region ends before`},
		{set(0x26, 1<<1), `0x25: relocation record 0x05 of 1 words at text word 1: a word is relocated twice`},
		{set(0x25, 0xc1), `0x25: relocation record 0xc1 has destination code 96, which means nothing in ABI 6.3`},
		{small[:len(small)-1], `0x27: truncated: the file ends before the end mark of its relocation records`},
		{append(small[:len(small):len(small)], 0, 0), `0x28: 2 bytes after the end of the module`},
	} {
		f, err := mpyfile.Parse(c.data)
		if f != nil || err == nil {
			t.Errorf("no error, want %q", c.want)
			continue
		}
		if err.Error() != c.want {
			t.Errorf("\n got %s\nwant %s", err, c.want)
		}
		if e := (*diag.Error)(nil); !errors.As(err, &e) {
			t.Errorf("%T is not a *diag.Error", err)
		}
	}
}

// TestParseTruncated: the firmware reads 0xff behind the end of a file, and
// may read for ever. Every part of a file is an error here.
func TestParseTruncated(t *testing.T) {
	for _, data := range [][]byte{small, read(t, "x64.mpy"), read(t, "armv7m.mpy")} {
		for n := range data {
			_, err := mpyfile.Parse(data[:n])
			if err == nil || !strings.Contains(err.Error(), "truncated") && !strings.Contains(err.Error(), "bytes left") {
				t.Errorf("the first %d of %d bytes: %v", n, len(data), err)
			}
		}
	}
}

// TestParseHostile: sizes that the file does not have must not be allocated.
func TestParseHostile(t *testing.T) {
	huge := []byte{0x87, 0xff, 0xff, 0xff, 0x7f} // more than 2^31
	hostile := [][]byte{
		splice(small, 0x04, 1, huge...), // qstrs
		splice(small, 0x06, 1, huge...), // length of a qstr
		splice(small, 0x0c, 1, huge...), // text
		splice(small, 0x1a, 1, huge...), // rodata
		splice(small, 0x23, 1, huge...), // position
		splice(small, 0x24, 1, huge...), // run of words
	}
	for _, data := range hostile {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := mpyfile.Parse(data); err == nil {
			t.Errorf("% x: no error", data)
		}
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<16 {
			t.Errorf("% x: %d bytes allocated", data, n)
		}
	}
}

func TestDestString(t *testing.T) {
	for want, d := range map[string]mpyfile.Dest{
		"text": mpyfile.RegionDest(mpyfile.Text), "rodata": mpyfile.RegionDest(mpyfile.Rodata), "bss": mpyfile.RegionDest(mpyfile.BSS),
		"mp_fun_table": {Kind: mpyfile.ToFunTable}, "mp_fun_table[50]": {Kind: mpyfile.ToFunEntry, Entry: 50},
	} {
		if got := d.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// FuzzParse: whatever Parse accepts can be written, and what is written means
// the same.
func FuzzParse(f *testing.F) {
	f.Add(small)
	f.Add(read(f, "x64.mpy"))
	f.Add(read(f, "armv7m.mpy"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := mpyfile.Parse(data)
		if (file == nil) != (err != nil) {
			t.Fatalf("file %v, error %v", file, err)
		}
		if err != nil {
			return
		}
		if got, most := len(file.Words), len(data)/file.Arch.Word; got > most {
			t.Errorf("%d words from %d bytes", got, most)
		}
		out, err := mpywriter.Write(file)
		if err != nil {
			t.Fatal(err)
		}
		again, err := mpyfile.Parse(out)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(file, again); diff != "" {
			t.Error(diff)
		}
	})
}
