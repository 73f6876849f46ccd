//go:build linux && e2e

package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mpyld/fixtures"
	"mpyld/fixtures/elfmake"
	"mpyld/mpytree"
)

// Whatever a file claims, the program takes at most four times what it read and
// 16 MiB: of resident memory at its peak, as the kernel counts it. What a file holds
// most of may cost more where nobody has so much of it, and where little is
// collected; that has bounds of its own.

const (
	peakFactor = 4
	peakBase   = 16 << 20
)

// dear is bounds of what costs more, in MiB, by a part of a run's name, and why; of several
// the highest counts.
var dear = map[string]struct {
	mib int64
	why string
}{
	"a million compact relocations": {208, "each is 32 bytes as bound, 8 as a word of demand, 32 in the module and 32 as the loader that checks it reads it; and text 5 times"},
	"100000 commons":                {88, "a symbol of 31 bytes is 40 as read, 50 as a name, 104 as what the linker makes of it and 64 in the map; the second look has names of its own, beside all that"},
	"map, 50000 symbols":            {40, "the second look has names of its own, beside the map and its text"},
	"slots of a map":                {32, "65,536 of 45 bytes, 40 each in a list that grows"},
	"sections of a map":             {40, "65,536 of 52 bytes, 80 each in a list that grows; no module has a tenth"},
	"--json a.mpy, everything":      {48, "the answer alone is 6.7 MiB, which the encoder makes as a whole"},
	"map, 30000 sections":           {34, "each that is left out is 40 bytes in the map and 13 for the second look, beside 144 as read"},
	"map, 50000 sections":           {46, "each that is left out is 40 bytes in the map and 13 for the second look, beside 144 as read"},
	" a.mpy, everything":            {26, "a byte is an object of the tree, of 30 bytes"},
	"b.mpy, everything":             {34, "two trees, 30 bytes for each of the file, and what is made of both"},
	"two maps":                      {44, "half as many, twice, and each by its name"},
}

// hostile is a run on hostile files.
type hostile struct {
	name string
	sample
	holes map[string]int64 // what files are extended to, with bytes that nobody wrote
}

// TestPeak runs them all.
func TestPeak(t *testing.T) {
	dir := t.TempDir()
	for program, source := range map[string]string{"mpyld": "../cmd/mpyld", "probe": "."} {
		build := exec.Command("go", "build", "-o", filepath.Join(dir, program), source)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	dependOnSources(t)
	for _, h := range hostileRuns() {
		t.Run(h.name, func(t *testing.T) {
			at := t.TempDir()
			read := int64(0)
			for _, f := range h.files {
				name := filepath.Join(at, f.Name)
				if err := os.WriteFile(name, f.Data, 0o666); err != nil {
					t.Fatal(err)
				}
				read += int64(len(f.Data))
				if size := h.holes[f.Name]; size > 0 {
					if err := os.Truncate(name, size); err != nil {
						t.Fatal(err)
					}
				}
			}
			cmd := exec.Command(filepath.Join(dir, "probe"), append([]string{probeVerb, filepath.Join(dir, "mpyld")}, h.args...)...)
			cmd.Dir = at
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			out, _ := cmd.Output() // most are refused
			lines := strings.Split(strings.TrimSpace(string(out)), "\n")
			var took, peak, cpu int64
			if _, err := fmt.Sscan(lines[len(lines)-1], &took, &peak, &cpu); err != nil {
				t.Fatalf("%v: %s\n%s", err, out[:min(len(out), 300)], stderr.String()[:min(stderr.Len(), 300)])
			}
			peak <<= 10
			said := stderr.String()[:min(stderr.Len(), 160)]
			if strings.Contains(said, "goroutine") || strings.Contains(said, "mistake in mpyld") {
				t.Errorf("%s", said)
			}
			limit := peakFactor*read + peakBase
			for name, bound := range dear {
				if strings.Contains(h.name, name) {
					limit = max(limit, bound.mib<<20)
				}
			}
			if peak > limit {
				t.Errorf("%.1f MiB for %.1f MiB that were read, more than %.1f MiB: %s", mibs(peak), mibs(read), mibs(limit), said)
			} else {
				t.Logf("%.1f MiB for %.1f MiB: %s", mibs(peak), mibs(read), said)
			}
		})
	}
}

func mibs(n int64) float64 { return float64(n) / (1 << 20) }

const mega = 1 << 20

// hostileRuns lists them: by reader.
func hostileRuns() (list []hostile) {
	add := func(name string, s sample) { list = append(list, hostile{name: name, sample: s}) }
	for _, h := range hostileObjects() {
		s := sample{files: []fixtures.File{{Name: "a.o", Data: h.data}}, args: strings.Fields("--arch x64 -o out.mpy a.o")}
		add("object, "+h.name, s)
		s.args = append(s.args, "-Map", "out.map", "-v", "--gc-sections")
		add("object, map, "+h.name, s)
	}
	for _, h := range hostileMpys() {
		for _, v := range []string{
			"dump a.mpy", "dump --json a.mpy", "dump --hexdump a.mpy", "inspect a.mpy", "inspect --json a.mpy", "verify a.mpy",
			"check --target 1.28 a.mpy", "diff a.mpy b.mpy", "merge -o out.mpy a.mpy b.mpy", "merge --share-names -o out.mpy a.mpy b.mpy",
		} {
			s := verb(v, fixtures.File{Name: "a.mpy", Data: h.data})
			if strings.Contains(v, "b.mpy") {
				s.files = append(s.files, fixtures.File{Name: "b.mpy", Data: h.data})
			}
			add(v+", "+h.name, s)
		}
	}
	for _, h := range hostileTexts() {
		add("text, "+h.name, h.sample)
	}
	for _, v := range []string{
		"--arch x64 -o out.mpy %s", "--arch x64 -o out.mpy @%s", "--arch x64 -o out.mpy ok.o --qstrs %s", "--arch x64 -o out.mpy ok.o --externs %s",
		"--arch x64 -o out.mpy ok.o --just-symbols %s", "--arch x64 -o out.mpy ok.o --fun-table %s", "--arch x64 -o out.mpy ok.o -l ./%s", "--preprocess %s.c",
		"dump %s", "dump --json %s", "dump --map %s ok.mpy", "inspect %s", "verify %s", "check --target 1.28 %s", "diff %s ok.o", "merge -o out.mpy %s ok.o",
	} {
		for _, start := range []string{"", "\x7fELF\x02\x01\x01", "M\x06\x00\x1f", "a = 1;\n", "!<arch>\n"} {
			big := "big"
			if strings.HasSuffix(v, ".c") {
				big = "big.c"
			}
			s := sample{files: []fixtures.File{{Name: big, Data: []byte(start)}, {Name: "ok.o", Data: minimal()}, minimalMpy()}, args: strings.Fields(fmt.Sprintf(v, "big"))}
			list = append(list, hostile{fmt.Sprintf("5 GB of holes, %s, %q", v, start), s, map[string]int64{big: 5 << 30}})
		}
	}
	return list
}

// minimalMpy is a module that imports.
func minimalMpy() fixtures.File { return mpyFile("ok.mpy", tree(done(nil))) }

func minimal() []byte { return x64([]elfmake.Section{ret()}, []elfmake.Symbol{entry(0)}) }

// hostileObjects share bytes of the file between many sections, and names
// between many symbols.
func hostileObjects() []hostileFile {
	long := strings.Repeat("n", mega)
	shared := func(sections, size int, typ elf.SectionType) []byte {
		list := []elfmake.Section{ret()}
		for range sections {
			list = append(list, elfmake.Section{Name: ".data.x", Flags: rwFlags, Align: 8, Type: typ, Data: make([]byte, 8)})
		}
		big := elfmake.Section{Name: ".data.big", Flags: rwFlags, Align: 8, Data: make([]byte, size)}
		list = append(list, big)
		o := x64(list, []elfmake.Symbol{entry(0)})
		h := binary.LittleEndian.Uint64(o[40:])
		last := o[h+uint64(len(list))*64:]
		for i := range sections {
			header := o[h+uint64(2+i)*64:]
			copy(header[24:40], last[24:40]) // sh_offset, sh_size
		}
		return o
	}
	// relocs has relocation tables of the same bytes, for one section or for many.
	relocs := func(tables, each int, spread bool) []byte {
		list := []elfmake.Section{ret()}
		for range tables {
			list = append(list, data(".data.x", 0))
		}
		big := elfmake.Section{Name: ".data.big", Flags: rwFlags, Align: 8}
		for range each {
			pointerTo(&big, 0)
		}
		list = append(list, big)
		o := x64(list, []elfmake.Symbol{entry(0)})
		h := binary.LittleEndian.Uint64(o[40:])
		firstRel := uint64(len(list) + 1)
		lastRel := o[h+(firstRel+uint64(tables))*64:]
		for i := range uint64(tables) {
			header := o[h+(firstRel+i)*64:]
			copy(header[24:40], lastRel[24:40])
			if !spread {
				copy(header[44:48], lastRel[44:48])
			}
			// the section has the bytes too
			copy(o[h+(2+i)*64+24:h+(2+i)*64+40], o[h+(firstRel-1)*64+24:h+(firstRel-1)*64+40])
		}
		return o
	}
	suffixes := func(sect int, name string) []byte { // symbols whose names are ends of one another
		symbols := []elfmake.Symbol{entry(0), {Name: name, Bind: elf.STB_GLOBAL, Sect: sect}}
		for range 2000 {
			symbols = append(symbols, elfmake.Symbol{Name: "x", Bind: elf.STB_GLOBAL, Sect: sect})
		}
		o := x64([]elfmake.Section{callOf(1)}, symbols)
		h := binary.LittleEndian.Uint64(o[40:])
		for i := uint64(1); ; i++ {
			header := o[h+i*64:]
			if elf.SectionType(binary.LittleEndian.Uint32(header[4:])) != elf.SHT_SYMTAB {
				continue
			}
			table := o[binary.LittleEndian.Uint64(header[24:]):]
			first := binary.LittleEndian.Uint32(table[2*24:])
			for k := range uint32(2000) {
				binary.LittleEndian.PutUint32(table[(3+k)*24:], first+k)
			}
			return o
		}
	}
	crel := func(n int) []byte {
		text := ret()
		for range n {
			pointerTo(&text, 0)
		}
		return elfmake.CREL(x64([]elfmake.Section{text}, []elfmake.Symbol{entry(0)}), nil)
	}
	group := func(groups, each int) []byte {
		members := []byte{1, 0, 0, 0}
		for i := range each {
			members = binary.LittleEndian.AppendUint32(members, uint32(1+i%1000))
		}
		list := repeated(1000, ret())
		for range groups {
			list = append(list, elfmake.Section{Name: ".group", Type: elf.SHT_GROUP, Align: 4, Data: []byte{1, 0, 0, 0, 2, 0, 0, 0}, Link: uint32(1000 + groups + 2), Info: 1})
		}
		list = append(list, elfmake.Section{Name: ".group", Type: elf.SHT_GROUP, Align: 4, Data: members, Link: uint32(1000 + groups + 2), Info: 1})
		o := x64(list, []elfmake.Symbol{entry(0)})
		h := binary.LittleEndian.Uint64(o[40:])
		for i := range uint64(groups) {
			copy(o[h+(1001+i)*64+24:h+(1001+i)*64+40], o[h+uint64(len(list))*64+24:])
		}
		return o
	}
	return []hostileFile{
		{"1000 sections of the same MiB", shared(1000, mega, 0)},
		{"60000 sections of the same 16 KiB", shared(60000, 16<<10, 0)},
		{"30000 sections of no name", x64(repeated(30000, ret()), []elfmake.Symbol{entry(0)})},
		{"100 relocation tables of the same 20000, of one section", relocs(100, 20000, false)},
		{"1000 relocation tables of the same 20000", relocs(1000, 20000, true)},
		{"symbols, ends of one name, undefined", suffixes(elfmake.Undef, long)},
		{"symbols, ends of one name", suffixes(0, long)},
		{"symbols, ends of one name of C++", suffixes(elfmake.Undef, "_ZN"+strings.Repeat("3foo", mega/4)+"Ev")},
		{"a million compact relocations", crel(mega)},
		{"1000 groups of the same 10000", group(1000, 10000)},
		{"50000 sections with a pointer", func() []byte {
			list := []elfmake.Section{ret()}
			for range 30000 {
				list = append(list, data(".data.x", 0))
			}
			return x64(list, []elfmake.Symbol{entry(0)})
		}()},
		{"50000 symbols", manySymbols(50000, defined)},
		{"100000 commons", manySymbols(100000, func(i int) elfmake.Symbol {
			return elfmake.Symbol{Name: fmt.Sprintf("c%d", i), Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: elfmake.Common, Value: 4, Size: 4}
		})},
	}
}

// hostileMpys are files that claim much, or hold much of what is small.
func hostileMpys() []hostileFile {
	header := func(qstrs, objects int) []byte {
		return mpytree.AppendUint(mpytree.AppendUint([]byte{'M', 6, 0, 31}, uint64(qstrs)), uint64(objects))
	}
	end := func(b []byte) []byte { return append(b, 5<<3, 0x10, 0x00, 0x00, 0x51, 0x63) }
	qstr := "\x02a\x00"
	fill := func(head []byte, s string, n int) []byte { return append(head, strings.Repeat(s, n)...) }
	deep := func(n int) []byte {
		c := bytecode(done(nil))
		for range n {
			p := bytecode(done(nil))
			p.Children = []*mpytree.Code{c}
			c = p
		}
		f := tree(nil)
		f.Code = c
		return mpyFile("", f).Data
	}
	wide := tree(nil)
	wide.Code = bytecode(done(nil))
	for range 100000 {
		wide.Code.Children = append(wide.Code.Children, bytecode(done(nil)))
	}
	return []hostileFile{
		{"2^30 names", header(1<<30, 0)},
		{"2^30 objects", header(1, 1<<30)},
		{"2^60 names", header(1<<60, 0)},
		{"a name of 2^30 bytes", mpytree.AppendUint(header(1, 0), 1<<31)},
		{"a name of a MiB", fill(mpytree.AppendUint(header(1, 0), 2*mega), "a", mega)},
		{"bytes of a MiB", end(append(fill(mpytree.AppendUint(append(fill(header(1, 1), qstr, 1), 6), mega), "\x01", mega), 0))},
		{"bytes of 2^30", mpytree.AppendUint(append(fill(header(1, 1), qstr, 1), 6), 1<<30)},
		{"a million static names", end(fill(header(mega, 0), "\x03", mega))},
		{"a million names", end(fill(header(mega, 0), qstr, mega))},
		{"a million objects of a byte", end(fill(fill(header(1, mega), qstr, 1), "\x01", mega))},
		{"a million empty strings", end(fill(fill(header(1, mega), qstr, 1), "\x05\x00\x00", mega))},
		{"tuples in tuples", end(append(fill(fill(header(1, 1), qstr, 1), "\x0a\x01", mega), 1))},
		{"a tuple of 2^30", mpytree.AppendUint(append(fill(header(1, 1), qstr, 1), 10), 1<<30)},
		{"a tuple of a million", end(fill(mpytree.AppendUint(append(fill(header(1, 1), qstr, 1), 10), mega), "\x01", mega))},
		{"functions in functions", deep(50000)},
		{"functions side by side", mpyFile("", wide).Data},
		{"code of 2^30", mpytree.AppendUint(fill(header(1, 0), qstr, 1), 1<<33)},
		{"everything", mpyFile("", everything(3000)).Data},
	}
}

// hostileTexts are texts that much is made of.
func hostileTexts() (list []hostile) {
	of := func(file, name, args, line string, n int) {
		b := []byte{}
		for i := range n {
			b = append(b, strings.ReplaceAll(line, "%d", fmt.Sprint(i))...)
		}
		list = append(list, hostile{name: name, sample: sample{
			files: []fixtures.File{{Name: file, Data: b}, {Name: "ok.o", Data: minimal()}, minimalMpy()}, args: strings.Fields(args),
		}})
	}
	text := func(name, args, line string, n int) { of("t", name, args, line, n) }
	const link = "--arch x64 -o out.mpy ok.o "
	text("assignments", link+"--externs t", "a%d=%d;", mega/4)
	text("assignments of one name", link+"--externs t", "a=1;", mega)
	text("provided", link+"--externs t", "PROVIDE(a%d=.);", mega/8)
	text("sums", link+"--externs t", "a=1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1;", mega/16)
	text("brackets", link+"--externs t", "a=((((((((((((((((((((((((((", mega/16)
	text("minuses", link+"--externs t", "a=------------------------", mega/16)
	text("comments", link+"--externs t", "/**/", mega)
	text("names of a config header", link+"--qstrs t", "#define MP_QSTR_n%d (%d)\n", mega/8)
	of("t.c", "names of a source", "--preprocess t.c", "MP_QSTR_n%d ", mega/4)
	of("t.c", "a few names of a source", "--preprocess t.c", "MP_QSTR_n%d ", 4000)
	of("t.c", "one name of a source", "--preprocess t.c", "MP_QSTR_a ", mega)
	text("arguments", "@t", "a ", mega)
	text("arguments of nothing", "@t", "'' ", mega)
	text("functions of a table", link+"--fun-table t", "f%d\n", mega/8)
	text("functions of a table, struct", link+"--fun-table t", "void (*f%d)(void);\n", mega/8)
	text("lines of a map", "dump --map t ok.mpy", "a %d\n", mega/8)
	text("sections of a map", "dump --map t ok.mpy", "sections:\n  %d s%d size=8 align=4 text code a.o\n", mega/16)
	text("symbols of a map", "dump --map t ok.mpy", "sections:\nsymbols:\n  %d s%d size=8 text global func\n", mega/16)
	text("relocations of a map", "dump --map t ok.mpy", "sections:\nrelocations of s%d:\n  %d R_X86_64_64 a+0 -> text+%d\n", mega/16)
	text("slots of a map", "dump --map t ok.mpy", "sections:\nGOT: 0\n  %d s%d -> text+%d\n", mega/16)
	text("two maps", "diff --map t --map t ok.mpy ok.mpy", "sections:\n  %d s%d size=8 align=4 text code a.o\n", mega/32)
	text("empty lines", link+"--externs t", "\n", 4*mega)
	text("semicolons", link+"--externs t", ";", 4*mega)
	symbols := manySymbols(mega/8, func(i int) elfmake.Symbol { s := global("a"+fmt.Sprint(i), elfmake.Abs); s.Value = uint64(i); return s })
	list = append(list, hostile{name: "symbols of a firmware", sample: sample{
		files: []fixtures.File{{Name: "fw.elf", Data: symbols}, {Name: "ok.o", Data: minimal()}}, args: strings.Fields(link + "--just-symbols fw.elf"),
	}})
	return list
}
