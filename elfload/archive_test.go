package elfload_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"maps"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/relocs/machines"
)

// armMember is an object that defines one function.
func armMember(symbol string, m elf.Machine) []byte {
	o := elfmake.Object{
		Machine: m, Class: elf.ELFCLASS32,
		Sections: []elfmake.Section{{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 2, Data: []byte{0x70, 0x47}}},
		Symbols:  []elfmake.Symbol{{Name: symbol, Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: 1}},
	}
	return o.Bytes()
}

func open(data []byte) (*elfload.Archive, error) {
	return elfload.OpenArchive("lib.a", bytes.NewReader(data), int64(len(data)), machines.For("armv7m"))
}

// TestExtract: in every dialect a member is found by symbol, once; two members
// with one name are two members; members for other machines are passed over.
func TestExtract(t *testing.T) {
	members := []elfmake.Member{
		{Name: "short.o", Symbol: "first", Data: armMember("first", elf.EM_ARM)},
		{Name: "a_rather_long_member_name.o", Symbol: "second", Data: armMember("second", elf.EM_ARM)},
		{Name: "short.o", Symbol: "third", Data: armMember("third", elf.EM_ARM)},
		{Name: "other.o", Symbol: "fourth", Data: armMember("fourth", elf.EM_RISCV)},
		{Name: "readme.txt", Symbol: "", Data: []byte("not an object")},
	}
	for _, d := range elfmake.Dialects {
		t.Run(d.Name, func(t *testing.T) {
			a, err := open(d.Build(members))
			if err != nil {
				t.Fatal(err)
			}
			for symbol, want := range map[string]string{
				"first": "lib.a(short.o)", "second": "lib.a(a_rather_long_member_name.o)", "third": "lib.a(short.o)", "fourth": "", "fifth": "",
			} {
				obj, err := a.Extract(symbol, nil)
				if err != nil {
					t.Errorf("%s: %v", symbol, err)
					continue
				}
				if want == "" {
					if obj != nil {
						t.Errorf("%s: got %s", symbol, obj.Name)
					}
					continue
				}
				if obj == nil || obj.Name != want || obj.Symbols[1].Name != symbol {
					t.Errorf("%s: got %+v, want %s", symbol, obj, want)
				}
				if again, _ := a.Extract(symbol, nil); again != nil {
					t.Errorf("%s: extracted twice", symbol)
				}
			}
		})
	}
}

// TestExtractOneOf: of several members with a symbol, the first comes out that is
// for the machine, can be read and has a definition that will do, each once.
func TestExtractOneOf(t *testing.T) {
	with := func(bind elf.SymBind) []byte {
		o := elfmake.Object{Machine: elf.EM_ARM, Class: elf.ELFCLASS32, Sections: []elfmake.Section{{Name: ".data", Data: make([]byte, 4)}}}
		o.Symbols = []elfmake.Symbol{{Name: "x", Bind: bind, Type: elf.STT_OBJECT}}
		return o.Bytes()
	}
	cut := with(elf.STB_GLOBAL)[:60]
	members := []elfmake.Member{
		{Name: "other.o", Symbol: "x", Data: armMember("x", elf.EM_RISCV)},
		{Name: "weak.o", Symbol: "x", Data: with(elf.STB_WEAK)},
		{Name: "cut.o", Symbol: "x", Data: cut},
		{Name: "strong.o", Symbol: "x", Data: with(elf.STB_GLOBAL)},
		{Name: "last.o", Symbol: "x", Data: with(elf.STB_GLOBAL)},
	}
	strong := func(s *elfload.Symbol) bool { return !s.Weak() }
	a, err := open(elfmake.Dialects[0].Build(members))
	if err != nil {
		t.Fatal(err)
	}
	for i, step := range []struct {
		willDo func(*elfload.Symbol) bool
		want   string
	}{{strong, "lib.a(strong.o)"}, {nil, "lib.a(weak.o)"}, {nil, "lib.a(cut.o): malformed"}, {strong, "lib.a(last.o)"}, {strong, ""}} {
		obj, err := a.Extract("x", step.willDo)
		got := ""
		switch {
		case err != nil:
			got = err.Error()
		case obj != nil:
			got = obj.Name
		}
		if !strings.HasPrefix(got, step.want) || got != "" && step.want == "" {
			t.Errorf("step %d: %q, want %q", i, got, step.want)
		}
	}
	if got := a.OtherMachine("x"); !strings.Contains(got, "RISCV") {
		t.Errorf("passed over for %q", got)
	}
}

// TestBitcodeMember: LLVM's intermediate code, which only its index knows.
func TestBitcodeMember(t *testing.T) {
	for _, magic := range []string{"BC\xc0\xde", "\xde\xc0\x17\x0b"} {
		a, err := open(elfmake.Dialects[0].Build([]elfmake.Member{
			{Name: "m.o", Symbol: "f", Data: []byte(magic + "....................")},
			{Name: "n.o", Symbol: "g", Data: armMember("g", elf.EM_ARM)},
		}))
		if err != nil {
			t.Fatal(err)
		}
		if obj, err := a.Extract("g", nil); obj == nil || err != nil {
			t.Errorf("g: %v", err)
		}
		if _, err := a.Extract("f", nil); err == nil || !strings.Contains(err.Error(), "lib.a(m.o): is LLVM bitcode") {
			t.Errorf("f: %v", err)
		}
	}
}

func TestArchiveErrors(t *testing.T) {
	good := elfmake.Dialects[0].Build([]elfmake.Member{{Name: "m.o", Symbol: "f", Data: armMember("f", elf.EM_ARM)}})
	tests := []struct{ name, want, data string }{
		{"thin", "is a thin archive", "!<thin>\n"},
		{"text", "is not an archive", "int main;"},
		{"empty", "is not an archive", ""},
		{"header cut", "60 bytes at offset 8 lie outside", "!<arch>\nm.o/   "},
		{"no magic", "no member header at offset 8", "!<arch>\n" + strings.Repeat("x", 60)},
		{"size", `the member at offset 8 has size "x"`, strings.Replace(string(good), string(good[8+48:8+58]), "x         ", 1)},
		{"armap", "the symbol index is truncated", strings.Replace(string(good), "\x00\x00\x00\x01", "\x00\x01\x00\x01", 1)},
	}
	for _, tt := range tests {
		if _, err := open([]byte(tt.data)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want …%s…", tt.name, err, tt.want)
		}
	}
}

// sparse is a file of which most is a hole.
type sparse struct {
	parts map[int64]string
	read  int64 // how much of it was read
}

func (s *sparse) ReadAt(b []byte, off int64) (int, error) {
	s.read += int64(len(b))
	clear(b)
	for at, part := range s.parts {
		for i := range part {
			if k := at + int64(i) - off; k >= 0 && k < int64(len(b)) {
				b[k] = part[i]
			}
		}
	}
	return len(b), nil
}

func arHeader(name string, size int64) string {
	return fmt.Sprintf("%-16s%-12d%-6d%-6d%-8o%-10d`\n", name, 0, 0, 0, 0o644, size)
}

// TestHugeArchives: files of gigabytes that are nearly all holes, with sizes to
// match, are refused or passed over before much of them is read, and with memory
// in proportion to that.
func TestHugeArchives(t *testing.T) {
	const size, body = 5 << 30, 68
	elfStart := string(armMember("f", elf.EM_ARM)[:52])
	other := string(armMember("f", elf.EM_RISCV)[:52])
	for _, tt := range []struct {
		name, want string
		parts      map[int64]string
	}{
		{"nothing", "no member header at offset 8", nil},
		{"an index", "member / has 4294967296 bytes, more than any index", map[int64]string{8: arHeader("/", 4<<30)}},
		{"a wide index", "member /SYM64/ has 4294967296 bytes, more than any index", map[int64]string{8: arHeader("/SYM64/", 4<<30)}},
		{"names", "member // has 4294967296 bytes, more than any index", map[int64]string{8: arHeader("//", 4<<30)}},
		{"symbols", "the symbol index has 1000000 symbols, more than any library", map[int64]string{8: arHeader("/", 16<<20), body: "\x00\x0f\x42\x40"}},
		{"equal symbols", "no member header at offset 16777284", map[int64]string{8: arHeader("/", 16<<20), body: "\x00\x04\x00\x00"}},
		{"an object", "member a.o has 4294967296 bytes, more than any object", map[int64]string{8: arHeader("a.o/", 4<<30), body: elfStart}},
		{"another machine's", "no member header at offset 4294967364", map[int64]string{8: arHeader("a.o/", 4<<30), body: other}},
		{"no object", "no member header at offset 4294967364", map[int64]string{8: arHeader("a.o/", 4<<30)}},
		{"a name", "member name \"#1/4294967296\"", map[int64]string{8: arHeader("#1/4294967296", 4<<30)}},
		{"a name without an end", "member name \"/0\" has no end", map[int64]string{8: arHeader("//", 1<<20), body + 1<<20: arHeader("/0", 60)}},
	} {
		parts := map[int64]string{0: "!<arch>\n"}
		maps.Copy(parts, tt.parts)
		file := &sparse{parts: parts}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := elfload.OpenArchive("lib.a", file, size, machines.For("armv7m"))
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want …%s…", tt.name, err, tt.want)
		}
		if file.read > 64<<20 {
			t.Errorf("%s: %d MiB were read", tt.name, file.read>>20)
		}
		if took := int64(after.TotalAlloc - before.TotalAlloc); took > 4*file.read+16<<20 {
			t.Errorf("%s: %d MiB of memory for %d bytes", tt.name, took>>20, file.read)
		}
	}
}

// TestManySymbols: an index that is full of different names takes memory in
// proportion to it.
func TestManySymbols(t *testing.T) {
	const n = 1 << 18
	index := binary.BigEndian.AppendUint32(nil, n)
	var names []byte
	for i := range n {
		index = binary.BigEndian.AppendUint32(index, 8)
		names = append(strconv.AppendInt(names, int64(i), 36), 0)
	}
	index = append(index, names...)
	data := []byte("!<arch>\n" + arHeader("/", int64(len(index))) + string(index))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	a, err := open(data)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	if took := int64(after.HeapAlloc) - int64(before.HeapAlloc); took > 4*int64(len(data))+16<<20 {
		t.Errorf("%d KiB of memory for %d KiB", took>>10, len(data)>>10)
	}
	runtime.KeepAlive(a)
}

// FuzzArchive: no input panics.
func FuzzArchive(f *testing.F) {
	for _, d := range elfmake.Dialects {
		f.Add(d.Build([]elfmake.Member{
			{Name: "m.o", Symbol: "f", Data: armMember("f", elf.EM_ARM)},
			{Name: "a_rather_long_member_name.o", Symbol: "g", Data: armMember("g", elf.EM_ARM)},
		}))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := open(data)
		if err != nil {
			return
		}
		for _, symbol := range []string{"f", "g"} {
			drainArchive(a.Extract(symbol, nil))
		}
	})
}

func drainArchive(obj *elfload.Object, err error) {
	if obj != nil {
		drain(obj, err)
	}
}
