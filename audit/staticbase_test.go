package audit_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"mpyld/audit"
	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/link"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs/machines"
)

// Types of relocations (Arm ELF ABI).
const (
	armNone     = 0
	armBasePrel = 25
	armGOTBrel  = 26
)

// TestStaticBase: a function with offsets from the GOT has its address too. The object of the link has
// two functions, each with both; it and the map lose some addresses afterwards.
func TestStaticBase(t *testing.T) {
	for _, c := range []struct {
		what  string
		sizes [2]uint64
		lost  []uint32
		want  string // its place; "": nothing is wrong
	}{
		{"none", [2]uint64{16, 16}, nil, ""},
		{"that of the second", [2]uint64{16, 16}, []uint32{24}, "a.o:(.text+0x14)"},
		{"that of the first", [2]uint64{16, 16}, []uint32{4}, "a.o:(.text+0x8)"},
		{"both", [2]uint64{16, 16}, []uint32{4, 24}, "a.o:(.text+0x8)"},
		{"one where no sizes are known", [2]uint64{}, []uint32{24}, ""},
		{"both where no sizes are known", [2]uint64{}, []uint32{4, 24}, "a.o:(.text+0x8)"},
		{"one where offsets are behind the last function", [2]uint64{16, 4}, []uint32{24}, ""},
		{"that of the function in front", [2]uint64{16, 4}, []uint32{4}, "a.o:(.text+0x8)"},
	} {
		t.Run(c.what, func(t *testing.T) {
			m := machines.For("armv7m")
			var u unit
			code, v := u.section(".text", text, 4, 32), u.section(".data", data, 4, 4)
			u.symbol("mpy_init", elf.STB_GLOBAL, elf.STT_FUNC, code, 1, c.sizes[0])
			u.symbol("second", elf.STB_GLOBAL, elf.STT_FUNC, code, 17, c.sizes[1])
			variable := u.symbol("v", elf.STB_GLOBAL, elf.STT_OBJECT, v, 0, 4)
			table := u.symbol("_GLOBAL_OFFSET_TABLE_", elf.STB_GLOBAL, elf.STT_NOTYPE, elfmake.Undef, 0, 0)
			u.symbol("other", elf.STB_GLOBAL, elf.STT_FUNC, u.section(".text.other", text, 4, 32), 1, 32)
			u.Sections[code].Relocs = []elfmake.Reloc{
				{Off: 4, Type: armBasePrel, Sym: table},
				{Off: 8, Type: armGOTBrel, Sym: variable},
				{Off: 20, Type: armGOTBrel, Sym: variable},
				{Off: 24, Type: armBasePrel, Sym: table},
			}
			file := u.bytes()
			load := func() []*elfload.Object {
				obj, err := elfload.Load("a.o", file, m)
				if err != nil {
					t.Fatal(err)
				}
				return []*elfload.Object{obj}
			}
			res, err := link.Link(link.Input{Objects: load(), ABI: mpyfile.Latest, Arch: m, SourceName: "m.mpy", AllowABIMismatch: true})
			if err != nil {
				t.Fatal(err)
			}
			for _, off := range c.lost {
				file = lose(t, file, off, table)
				for i := range res.Map.Sections {
					p := &res.Map.Sections[i]
					p.Relocs = slices.DeleteFunc(p.Relocs, func(r linkmap.Reloc) bool { return r.Howto.Type == armBasePrel && r.Off == off })
				}
			}
			got := ""
			if err := audit.Check(&audit.Input{SourceName: "m.mpy", Objects: load(), Machine: m, ABI: mpyfile.Latest, AllowABIMismatch: true}, audit.Output{Map: res.Map, File: res.File}); err != nil {
				got = err.Error()
			}
			const says = ": the map has this offset from the GOT in a function that does not make the GOT's address: it would be in a register that nobody sets"
			if c.want == "" && strings.Contains(got, says) || c.want != "" && !slices.Contains(strings.Split(got, "\n"), c.want+says) {
				t.Errorf("got %s, want %q", got, c.want)
			}
			if len(c.lost) == 0 && got != "" {
				t.Error(got)
			}
		})
	}
}

// lose has the relocation of a file with the address of the GOT at a place mean nothing.
func lose(t *testing.T, file []byte, off uint32, table int) []byte {
	t.Helper()
	entry := func(typ uint32) []byte {
		return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, off), uint32(table+1)<<8|typ)
	}
	at := bytes.Index(file, entry(armBasePrel))
	if at < 0 {
		t.Fatalf("no relocation at %d", off)
	}
	copy(file[at:], entry(armNone))
	return file
}
