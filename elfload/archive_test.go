package elfload_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/relocs"
)

// armMember is an object that defines one function.
func armMember(symbol string, m elf.Machine) []byte {
	o := elfmake.Object{Machine: m, Class: elf.ELFCLASS32,
		Sections: []elfmake.Section{{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 2, Data: []byte{0x70, 0x47}}},
		Symbols:  []elfmake.Symbol{{Name: symbol, Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: 1}}}
	return o.Bytes()
}

type arMember struct {
	name, symbol string
	data         []byte
}

// arDialect is a way of writing archives.
type arDialect struct {
	name  string
	armap bool
	bsd   bool // long names as #1/N in front of the content
}

var dialects = []arDialect{{"gnu", true, false}, {"gnu without armap", false, false}, {"bsd", false, true}}

// build writes an archive.
func (d arDialect) build(members []arMember) []byte {
	header := func(name string, size int) string {
		return fmt.Sprintf("%-16s%-12d%-6d%-6d%-8o%-10d`\n", name, 0, 0, 0, 0o644, size)
	}
	var names, armapNames bytes.Buffer
	headerName := make([]string, len(members))
	for i, m := range members {
		switch {
		case d.bsd:
			headerName[i] = fmt.Sprintf("#1/%d", len(m.name))
		case len(m.name) > 15:
			headerName[i] = fmt.Sprintf("/%d", names.Len())
			names.WriteString(m.name + "/\n")
		default:
			headerName[i] = m.name + "/"
		}
		armapNames.WriteString(m.symbol + "\x00")
	}
	pad := func(b *bytes.Buffer) {
		if b.Len()%2 != 0 {
			b.WriteByte('\n')
		}
	}
	// Two rounds: the armap holds offsets that depend on its size.
	var out []byte
	offsets := make([]uint32, len(members))
	for range 2 {
		b := bytes.NewBufferString("!<arch>\n")
		if d.armap {
			armap := binary.BigEndian.AppendUint32(nil, uint32(len(members)))
			for _, off := range offsets {
				armap = binary.BigEndian.AppendUint32(armap, off)
			}
			armap = append(armap, armapNames.Bytes()...)
			b.WriteString(header("/", len(armap)))
			b.Write(armap)
			pad(b)
		}
		if names.Len() > 0 {
			b.WriteString(header("//", names.Len()))
			b.Write(names.Bytes())
			pad(b)
		}
		for i, m := range members {
			offsets[i] = uint32(b.Len())
			data := m.data
			if d.bsd {
				data = append([]byte(m.name), m.data...)
			}
			b.WriteString(header(headerName[i], len(data)))
			b.Write(data)
			pad(b)
		}
		out = b.Bytes()
	}
	return out
}

func open(data []byte) (*elfload.Archive, error) {
	return elfload.OpenArchive("lib.a", bytes.NewReader(data), int64(len(data)), relocs.For("armv7m"))
}

// TestExtract: in every dialect a member is found by symbol, once; two members
// with one name are two members; members for other machines are passed over.
func TestExtract(t *testing.T) {
	members := []arMember{
		{"short.o", "first", armMember("first", elf.EM_ARM)},
		{"a_rather_long_member_name.o", "second", armMember("second", elf.EM_ARM)},
		{"short.o", "third", armMember("third", elf.EM_ARM)},
		{"foreign.o", "fourth", armMember("fourth", elf.EM_RISCV)},
		{"readme.txt", "", []byte("not an object")},
	}
	for _, d := range dialects {
		t.Run(d.name, func(t *testing.T) {
			a, err := open(d.build(members))
			if err != nil {
				t.Fatal(err)
			}
			for symbol, want := range map[string]string{
				"first": "lib.a(short.o)", "second": "lib.a(a_rather_long_member_name.o)", "third": "lib.a(short.o)", "fourth": "", "fifth": "",
			} {
				obj, err := a.Extract(symbol)
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
				if again, _ := a.Extract(symbol); again != nil {
					t.Errorf("%s: extracted twice", symbol)
				}
			}
		})
	}
}

func TestArchiveErrors(t *testing.T) {
	good := dialects[0].build([]arMember{{"m.o", "f", armMember("f", elf.EM_ARM)}})
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
	for _, d := range dialects {
		f.Add(d.build([]arMember{
			{"m.o", "f", armMember("f", elf.EM_ARM)},
			{"a_rather_long_member_name.o", "g", armMember("g", elf.EM_ARM)},
		}))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := open(data)
		if err != nil {
			return
		}
		for _, symbol := range []string{"f", "g"} {
			drainArchive(a.Extract(symbol))
		}
	})
}

func drainArchive(obj *elfload.Object, err error) {
	if obj != nil {
		drain(obj, err)
	}
}
