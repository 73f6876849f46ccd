package elfload_test

import (
	"bytes"
	"debug/elf"
	"strings"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/relocs"
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
	return elfload.OpenArchive("lib.a", bytes.NewReader(data), int64(len(data)), relocs.For("armv7m"))
}

// TestExtract: in every dialect a member is found by symbol, once; two members
// with one name are two members; members for other machines are passed over.
func TestExtract(t *testing.T) {
	members := []elfmake.Member{
		{Name: "short.o", Symbol: "first", Data: armMember("first", elf.EM_ARM)},
		{Name: "a_rather_long_member_name.o", Symbol: "second", Data: armMember("second", elf.EM_ARM)},
		{Name: "short.o", Symbol: "third", Data: armMember("third", elf.EM_ARM)},
		{Name: "foreign.o", Symbol: "fourth", Data: armMember("fourth", elf.EM_RISCV)},
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
		{Name: "foreign.o", Symbol: "x", Data: armMember("x", elf.EM_RISCV)},
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
	if got := a.ForeignMachine("x"); !strings.Contains(got, "RISCV") {
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
