package mpywriter

import (
	"bytes"
	"encoding/hex"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mpyld/mpyfile"
	"mpyld/mpytree"
	"mpyld/relocs"
	"mpyld/relocs/machines"
)

// TestRoundTrip: a file of mpy_ld.py, read and written again, is the same file.
func TestRoundTrip(t *testing.T) {
	files, err := filepath.Glob("../mpytree/testdata/*.mpy")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, name := range files {
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f, err := mpytree.Module(want, nil)
		if err != nil {
			t.Fatal(name, err)
		}
		if got, err := Write(f); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: another file (%v)", name, err)
		}
	}
}

func text(off uint64, kind mpyfile.DestKind, entry int) mpyfile.Word {
	return mpyfile.Word{Region: mpyfile.Text, Off: off, Dest: mpyfile.Dest{Kind: kind, Entry: int32(entry)}}
}

func rodata(off uint64, kind mpyfile.DestKind) mpyfile.Word {
	return mpyfile.Word{Region: mpyfile.Rodata, Off: off, Dest: mpyfile.Dest{Kind: kind}}
}

// TestWrite compares with bytes put together from the format's description
// and from what write_reloc of mpy_ld.py does.
func TestWrite(t *testing.T) {
	for _, c := range []struct {
		name string
		file mpyfile.File
		want string // hex
	}{
		{
			"smallest",
			mpyfile.File{QStrs: []string{"m"}, Text: []byte{0x70, 0x47}},
			"4d06171f 0100 026d00 12 7047 10 ff",
		},
		{
			"static qstrs, among them the empty one, and flags",
			mpyfile.File{QStrs: []string{"m", "", "<module>", "utf-8", "x"}, Text: []byte{0x70, 0x47}, ArchFlags: 3},
			"4d06571f 03 0500 026d00 03 0f 8243 027800 12 7047 10 ff",
		},
		{
			"regions and records",
			mpyfile.File{
				QStrs: []string{"m"}, Text: make([]byte, 28), Rodata: []byte{1, 2, 3, 4, 5, 6, 7, 8}, BSSSize: 300,
				Words: []mpyfile.Word{
					text(0, mpyfile.ToText, 0), text(4, mpyfile.ToText, 0), text(8, mpyfile.ToText, 0), // a run
					text(12, mpyfile.ToBSS, 0),                               // neighbour with another destination
					text(16, mpyfile.ToFunEntry, 78),                         // a run that has no short form
					text(20, mpyfile.ToFunEntry, 78),                         //
					text(24, mpyfile.ToQStrTable, 0),                         //
					rodata(0, mpyfile.ToRodata), rodata(4, mpyfile.ToRodata), // the other region
				},
			},
			"4d06171f 0100 026d00 8162" + strings.Repeat("00", 28) + "70 08 822c 0102030405060708" +
				"03 00 03" + "09 06" + "af 08 af 0a" + "0d 0c" + "07 01 02" + "ff",
		},
		{
			"not a run: backwards, gap, other region",
			mpyfile.File{
				QStrs: []string{"m"}, Text: make([]byte, 1028), Rodata: make([]byte, 4),
				Words: []mpyfile.Word{
					text(4, mpyfile.ToText, 0), text(0, mpyfile.ToText, 0), text(1024, mpyfile.ToText, 0),
					rodata(0, mpyfile.ToText), text(8, mpyfile.ToFunTable, 0), text(12, mpyfile.ToObjTable, 0),
				},
			},
			"4d06171f 0100 026d00 c022" + strings.Repeat("00", 1028) + "30 04 00000000" +
				"01 02 01 00 01 8400 01 01 11 04 0f 06 ff",
		},
		{
			"terse records",
			mpyfile.File{
				Terse: true, QStrs: []string{"m"}, Text: make([]byte, 32), Rodata: []byte{1, 2, 3, 4, 5, 6, 7, 8}, BSSSize: 300,
				Words: []mpyfile.Word{
					text(0, mpyfile.ToText, 0), text(4, mpyfile.ToText, 0), // a run
					text(8, mpyfile.ToBSS, 0),        // behind it
					text(12, mpyfile.ToFunEntry, 78), // behind that
					text(16, mpyfile.ToFunEntry, 78), // a run that has no short form
					text(28, mpyfile.ToQStrTable, 0), // elsewhere
					rodata(0, mpyfile.ToRodata),      // the other region, at the same place as the first
					rodata(4, mpyfile.ToQStrTable),   // behind that
				},
			},
			"4d06171f 0100 026d00 8202" + strings.Repeat("00", 32) + "70 08 822c 0102030405060708" +
				"03 00 02 08 ae ae 0d 0e 05 01 0c ff",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.file.ABI, c.file.Arch = mpyfile.Latest, machines.For("armv7m")
			want, err := hex.DecodeString(strings.ReplaceAll(c.want, " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			got, err := Write(&c.file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("\n got %x\nwant %x", got, want)
			}
		})
	}
}

func TestWriteErrors(t *testing.T) {
	good := mpyfile.File{ABI: mpyfile.Latest, Arch: machines.For("armv7m"), QStrs: []string{"m"}, Text: make([]byte, 10)}
	word := func(w mpyfile.Word) func(*mpyfile.File) {
		return func(f *mpyfile.File) { f.Words = []mpyfile.Word{w} }
	}
	old := func(words ...mpyfile.Word) func(*mpyfile.File) {
		return func(f *mpyfile.File) { f.ABI, f.QStrs, f.Words = mpyfile.Releases[0].ABI, nil, words }
	}
	for _, c := range []struct {
		want  string
		spoil func(*mpyfile.File)
	}{
		{`cannot write mpy version 7`, func(f *mpyfile.File) { f.ABI = &mpyfile.ABI{Version: 7} }},
		{`the qstr table needs the name of the source file`, func(f *mpyfile.File) { f.QStrs = nil }},
		{`there is no code`, func(f *mpyfile.File) { f.Text = nil }},
		{`bss of 2147483648 bytes does not fit the address space`, func(f *mpyfile.File) { f.BSSSize = 1 << 31 }},
		{`qstr "é.mpy": only ASCII without NUL can be written`, func(f *mpyfile.File) { f.QStrs = []string{"é.mpy"} }},
		{`qstr "a\x00": only ASCII without NUL can be written`, func(f *mpyfile.File) { f.QStrs = []string{"m", "a\x00"} }},
		{`qstr "aaaaaaaaaaaaaaaa..." has 256 bytes: firmware takes no name of more than 255`, func(f *mpyfile.File) { f.QStrs = []string{"m", strings.Repeat("a", 256)} }},
		{`text+0x6: the firmware can only relocate words at multiples of 4 bytes`, word(text(6, mpyfile.ToText, 0))},
		{`text+0x8: a word to relocate outside the region's 10 bytes`, word(text(8, mpyfile.ToText, 0))},
		{`text+0xfffffffffffffffc: a word to relocate outside the region's 10 bytes`, word(text(1<<64-4, mpyfile.ToText, 0))},
		{`rodata+0x0: a word to relocate outside the region's 0 bytes`, word(rodata(0, mpyfile.ToText))},
		{`bss+0x0: a word to relocate outside the region's 0 bytes`, word(mpyfile.Word{Region: mpyfile.BSS})},
		{`text+0x0: mp_fun_table has no entry 87 in ABI 6.3`, word(text(0, mpyfile.ToFunEntry, 87))},
		{`text+0x0: mp_fun_table has no entry -1 in ABI 6.3`, word(text(0, mpyfile.ToFunEntry, -1))},
		{`text+0x0: ABI 5 has no qstr table to relocate by`, old(text(0, mpyfile.ToQStrTable, 0))},
		{`text+0x0: ABI 5 has no bss to relocate by`, old(text(0, mpyfile.ToBSS, 0))},
		{`text+0x0: ABI 5 has no rodata to relocate by`, old(text(0, mpyfile.ToRodata, 0))},
		{`text+0x8: a place for the qstr x of 4 bytes does not fit there`, func(f *mpyfile.File) {
			old()(f)
			f.Links = []mpyfile.QStrLink{{Off: 8, QStr: "x", Object: true}}
		}},
		{`1 qstrs, 0 objects and 0 qstr links: ABI 5 does not have all of these`, func(f *mpyfile.File) {
			old()(f)
			f.QStrs = []string{"x"}
		}},
		{`1 qstrs, 1 objects and 0 qstr links: ABI 6.3 does not have all of these`, func(f *mpyfile.File) { f.Objects = []string{"x"} }},
		{`ABI 5 has no architecture flags`, func(f *mpyfile.File) {
			old()(f)
			f.ArchFlags = 1
		}},
		{`text+0x0: destination code 127 does not fit a relocation record`, func(f *mpyfile.File) {
			abi := *f.ABI
			abi.Fun = make([]string, 200)
			f.ABI = &abi
			f.Words = []mpyfile.Word{text(0, mpyfile.ToFunEntry, 118)}
		}},
	} {
		f := good
		c.spoil(&f)
		if b, err := Write(&f); b != nil || err == nil || err.Error() != c.want {
			t.Errorf("\n got %v\nwant %s", err, c.want)
		}
	}
}

// TestParseOfWrite: whatever is written reads back as what it was.
func TestParseOfWrite(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		f := randomFile(rng)
		data, err := Write(f)
		if err != nil {
			t.Fatal(err)
		}
		got, err := mpytree.Module(data, nil)
		if err != nil {
			t.Fatalf("%v\n%+v", err, f)
		}
		if diff := cmp.Diff(f, got, cmpopts.EquateEmpty(), cmp.Comparer(func(a, b *relocs.Machine) bool { return a == b }), cmp.Comparer(func(a, b *mpyfile.ABI) bool { return a == b })); diff != "" {
			t.Fatal(diff)
		}
	}
}

func randomFile(rng *rand.Rand) *mpyfile.File {
	bytesOf := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		return b
	}
	f := &mpyfile.File{
		ABI: mpyfile.ABIs[rng.IntN(len(mpyfile.ABIs))], Arch: machines.All()[rng.IntN(len(machines.All()))],
		Text: bytesOf(1 + rng.IntN(300)), Rodata: bytesOf(rng.IntN(3) * rng.IntN(100)),
		BSSSize: rng.Uint64N(3) * rng.Uint64N(1000),
	}
	names := []string{"m.mpy", "", "append", "own_name", strings.Repeat("long", 60)}
	links := f.ABI.Names == mpyfile.NameLinks
	for range 1 + rng.IntN(5) {
		name := names[rng.IntN(len(names))]
		if !links {
			f.QStrs = append(f.QStrs, name)
			continue
		}
		l := mpyfile.QStrLink{QStr: name, Object: rng.IntN(2) == 0}
		if size := l.Size(f.Arch); uint64(len(f.Text)) >= size {
			l.Off = rng.Uint64N(uint64(len(f.Text))/size) * size
			f.Links = append(f.Links, l)
		}
	}
	if !links {
		f.ArchFlags = rng.Uint64N(2) * rng.Uint64N(1000)
	}
	for range rng.IntN(3) {
		if f.ABI.Objects {
			f.Objects = append(f.Objects, names[rng.IntN(len(names))])
		}
	}
	word := uint64(f.Arch.Word)
	for region, size := range map[mpyfile.Region]int{mpyfile.Text: len(f.Text), mpyfile.Rodata: len(f.Rodata)} {
		for _, i := range rng.Perm(size / int(word)) {
			w := mpyfile.Word{Region: region, Off: uint64(i) * word}
			if w.Dest.Kind = mpyfile.DestKind(rng.IntN(int(mpyfile.ToFunEntry) + 1)); w.Dest.Kind == mpyfile.ToFunEntry {
				w.Dest.Entry = int32(rng.IntN(len(f.ABI.Fun)))
			}
			if rng.IntN(2) == 0 && checkWord(f, &w) == nil {
				f.Words = append(f.Words, w)
			}
		}
	}
	return f
}

// large is a module with 100,000 words to relocate.
func large() *mpyfile.File {
	f := &mpyfile.File{ABI: mpyfile.Latest, Arch: machines.For("x64"), QStrs: []string{"m"}, Text: make([]byte, 8*100_000)}
	for i := range 100_000 {
		f.Words = append(f.Words, text(uint64(i)*8, mpyfile.DestKind(i%5*i%3), 0))
	}
	return f
}

func BenchmarkWrite(b *testing.B) {
	f := large()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Write(f); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	data, err := Write(large())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := mpytree.Module(data, nil); err != nil {
			b.Fatal(err)
		}
	}
}
