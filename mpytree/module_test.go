package mpytree_test

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
	"mpyld/mpytree"
	"mpyld/mpywriter"
	"mpyld/relocs"
	"mpyld/relocs/machines"
)

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestModuleReal reads files of mpy_ld.py; testdata/mini.c says what is in them
// and the expectations are read off a hex dump by hand.
func TestModuleReal(t *testing.T) {
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
			f, err := mpytree.Module(readFile(t, c.arch+".mpy"), nil)
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
				ABI: mpyfile.Latest, Arch: machines.For(c.arch),
				QStrs:   []string{c.arch + ".mpy", "bump", "hello", "name"},
				BSSSize: 284, Words: want,
			}, got, sameMachine)
			if diff != "" || len(f.Text) != c.textSize {
				t.Errorf("%d bytes of text, want %d\n%s", len(f.Text), c.textSize, diff)
			}
			again, err := mpywriter.Write(f)
			if err != nil || !bytes.Equal(again, readFile(t, c.arch+".mpy")) {
				t.Errorf("writing it again gives another file (%v)", err)
			}
		})
	}
}

// sameMachine: a machine has one row.
var sameMachine = cmp.Options{
	cmp.Comparer(func(a, b *relocs.Machine) bool { return a == b }),
	cmp.Comparer(func(a, b *mpyfile.ABI) bool { return a == b }),
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

// TestModuleCompact reads what mpy_ld.py never writes but the firmware takes:
// a record that goes on behind the one before.
func TestModuleCompact(t *testing.T) {
	data := splice(small, 0x22, 5, 0x01, 1<<1, 0x10, 0x05, 1, 0x0f, 0<<1)
	f, err := mpytree.Module(data, nil)
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

func TestModuleErrors(t *testing.T) {
	if _, err := mpytree.Module(small, nil); err != nil {
		t.Fatal(err)
	}
	set := func(off int, with ...byte) []byte { return splice(small, off, len(with), with...) }
	for _, c := range []struct {
		data []byte
		want string
	}{
		{nil, `0x0 header.maker: truncated: the file ends here`},
		{set(0, 0x7f, 'E', 'L', 'F'), `0x0 header.maker: not an .mpy file: it starts with 0x7f instead of 'M' or 'C'`},
		{set(0, 'C'), `0x20 code.relocations[0]: record 0x00 has no position to go on from`},
		{set(1, 4, 0x17), `0x1 header.version: mpy version 4 (MicroPython 1.11); mpyld knows 5 and 6`},
		{set(0, 'C', 5), `0x6 code.prelude: 54 bytes of names and lines and 1 cells in 0 bytes of code`},
		{set(0, 'C', 6, 0x16), `0x20 code.relocations[0]: record 0x00 has no position to go on from`},
		{set(0, 'm'), `0x0 header.maker: not an .mpy file: it starts with 0x6d instead of 'M' or 'C'`},
		{set(1, 5), `0x6 code.prelude: 54 bytes of names and lines and 1 cells in 0 bytes of code`},
		{set(1, 5, 0x14), `0x6 code.prelude: 54 bytes of names and lines and 1 cells in 0 bytes of code`},
		{set(1, 0), `0x1 header.version: mpy version 0 (MicroPython 1.5.1 to 1.8.7); mpyld knows 5 and 6`},
		{set(1, 2), `0x1 header.version: mpy version 2 (MicroPython 1.9 to 1.9.2); mpyld knows 5 and 6`},
		{set(1, 3), `0x1 header.version: mpy version 3 (MicroPython 1.9.3 to 1.10); mpyld knows 5 and 6`},
		{set(1, 4), `0x1 header.version: mpy version 4 (MicroPython 1.11); mpyld knows 5 and 6`},
		{set(1, 7), `0x1 header.version: mpy version 7; mpyld knows 5 and 6`},
		{set(2, 0x15, 31, 2, 1), `0xc objects[0].type: object type 98 is unknown`},
		{set(2, 0x3f), `0x2 header.feature: architecture code 15 is none that modules are linked for`},
		{set(2, 0x97), `0x2 header.feature: byte 0x97 has unknown bits`},
		{splice(small, 2, 2, 0x57, 31, 0), `0x4 header.arch_flags: architecture flags are announced, but there are none`},
		{set(3, 63), `0x3 header.small_int_bits: small integers of 63 bits, want 31`},
		{splice(small, 4, 1, 0x80, 2), `0x4 n_qstr: the number is not in its shortest form`},
		{splice(small, 4, 1, 0x83, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f), `0x4 n_qstr: the number does not fit 64 bits`},
		{splice(small, 4, 1, 0xff, 0x7f), `0x4 n_qstr: 16383 of them, but only 35 bytes left`},
		{splice(small, 4, 8, 0, 0), `0x4 n_qstr: no qstrs: the first is the name of the source file`},
		{set(5, 3), `0xc objects[0].type: object type 98 is unknown`},
		{splice(small, 6, 1, 0x81, 0xff, 0x7e), `0x9 qstrs[0]: truncated: 16383 bytes, but the file has 33 left`},
		{set(7, 0xc3), `0x6 qstrs[0]: qstr "\xc3." is not plain ASCII`},
		{set(7, 0), `0x6 qstrs[0]: qstr "\x00." is not plain ASCII`},
		{set(9, 'x'), `0x9 qstrs[0].nul: 0x78 in place of the NUL at the end of a string`},
		{set(0xb, 0x7f), `0xa qstrs[1]: there is no static qstr 191`},
		{splice(small, 0xa, 2, 1), `0xa qstrs[1]: there is no static qstr 0`},
		{set(2, 0), `0xc code.kind_len: native code, but the header names no architecture: it would run on any`},
		{splice(splice(small, 0xc, 1, 12<<3), 2, 1, 0), `0x11 code.prelude: the code ends at 4, within the names of the prelude`},
		{set(0xc, 12<<3|4), `0x11 code.prelude: the code ends at 4, within the names of the prelude`},
		{set(0xc, 12<<3|6), `0x26 code.children[1].prelude: the prelude is at 1 of 0 bytes`},
		{set(0xc, 2), `0xd code.scope_flags: 0x1ff380 has flags that viper code cannot have`},
		{splice(small, 0xc, 1, 0xff, 0xff, 0x7a), `0xf code.body: truncated: 262143 bytes, but the file has 27 left`},
		{set(0x19, 0x60), `0x22 end: 6 bytes after the end of the module`},
		{set(0x19, 0x71), `0x19 code.scope_flags: scope flags 0x71 are not those of a linked module`},
		{set(0x1a, 0), `0x1d code.relocations[0]: record 0xaa has no position to go on from`},
		{splice(small, 0x1b, 2, 0), `0x1b code.bss_size: bss is announced, but has no bytes`},
		{splice(small, 0x1b, 2, 0x88, 0x80, 0x80, 0x80, 0), `0x1b code.bss_size: bss of 2147483648 bytes does not fit the address space`},
		{set(0x1a, 99), `0x1d code.rodata: truncated: 99 bytes, but the file has 11 left`},
		{set(0x22, 0x02), `0x22 code.relocations[0]: record 0x02 has no position to go on from`},
		{set(0x24, 3), `0x22 code.relocations[0]: record 0x03 of 3 words at text word 1: the region ends before`},
		{set(0x23, 9<<1), `0x22 code.relocations[0]: record 0x03 of 2 words at text word 9: the region ends before`},
		{set(0x24, 0), `0x22 code.relocations[0]: record 0x03 is for no words`},
		{set(0x26, 1<<1|1), `0x25 code.relocations[1]: record 0x05 of 1 words at rodata word 1: the region ends before`},
		{set(0x26, 1<<1), `0x25 code.relocations[1]: record 0x05 of 1 words at text word 1: a word is relocated twice`},
		{set(0x25, 0xc1), `0x25 code.relocations[1]: mp_fun_table has no entry 87 in ABI 6.3`},
		{small[:len(small)-1], `0x27 code.relocations[2]: truncated: the file ends here`},
		{append(small[:len(small):len(small)], 0, 0), `0x28 end: 2 bytes after the end of the module`},
	} {
		f, err := mpytree.Module(c.data, nil)
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

// TestModuleTruncated: the firmware reads 0xff behind the end of a file, and
// may read for ever. Every part of a file is an error here.
func TestModuleTruncated(t *testing.T) {
	for _, data := range [][]byte{small, readFile(t, "x64.mpy"), readFile(t, "armv7m.mpy")} {
		for n := range data {
			_, err := mpytree.Module(data[:n], nil)
			if err == nil || !strings.Contains(err.Error(), "truncated") && !strings.Contains(err.Error(), "bytes left") {
				t.Errorf("the first %d of %d bytes: %v", n, len(data), err)
			}
		}
	}
}

// TestModuleHostile: sizes that the file does not have must not be allocated.
func TestModuleHostile(t *testing.T) {
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
		if _, err := mpytree.Module(data, nil); err == nil {
			t.Errorf("% x: no error", data)
		}
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<16 {
			t.Errorf("% x: %d bytes allocated", data, n)
		}
	}
}

// FuzzModule: whatever Module accepts can be written, and what is written means
// the same.
func FuzzModule(f *testing.F) {
	f.Add(small)
	f.Add(with(f))
	f.Add(with(f, "scope", "50", "rodata", "", "reloc2", ""))
	f.Add([]byte("M\x06\x11\x1f\x01\x01\x04m.\x00\x05\x02hi\x00\x12pG\x10\xff"))
	f.Add([]byte("C\x06\x1f\x1f\x01\x00\x04m.\x00\x12pG\x20\xff"))
	f.Add(readFile(f, "x64.mpy"))
	f.Add(readFile(f, "armv7m.mpy"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := mpytree.Module(data, nil)
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
		again, err := mpytree.Module(out, nil)
		if err != nil {
			t.Fatal(err)
		}
		last, err := mpywriter.Write(again)
		if err != nil || !bytes.Equal(last, out) {
			t.Errorf("written again it is % x, before % x: %v", last, out, err)
		}
		// Records that go on behind others say no place, unless they become a part of those.
		again.Terse = file.Terse
		if diff := cmp.Diff(file, again, sameMachine); diff != "" {
			t.Error(diff)
		}
	})
}
