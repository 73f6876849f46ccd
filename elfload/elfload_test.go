package elfload_test

import (
	"bytes"
	"debug/elf"
	"fmt"
	"strings"
	"testing"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/fixtures"
	"mpyld/fixtures/elfmake"
	"mpyld/relocs"
	"mpyld/relocs/machines"
)

// eachObject calls f for every stored object.
func eachObject(t testing.TB, f func(arch, name string, data []byte)) {
	n := 0
	for _, set := range fixtures.Sets() {
		cases, err := set.Cases()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			for _, o := range c.Objects {
				f(set.Arch, set.Name+"/"+c.Name+"/"+o.Name, o.Data)
				n++
			}
		}
	}
	if n < 20 {
		t.Fatalf("only %d stored objects", n)
	}
}

// TestLoad compares sections and symbols with debug/elf's own reading.
func TestLoad(t *testing.T) {
	eachObject(t, func(arch, name string, data []byte) {
		m := machines.For(arch)
		obj, err := elfload.Load(name, data, m)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		f, err := elf.NewFile(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		trimmed := map[int]bool{} // sections with less padding than in the file
		for i, s := range f.Sections {
			got := obj.Sections[i]
			want, _ := s.Data()
			if trimmed[i] = cutPadding(obj, i, want); trimmed[i] {
				continue
			}
			if got.Name != s.Name || got.Size != s.Size || s.Flags&elf.SHF_ALLOC != 0 && s.Type != elf.SHT_NOBITS && !bytes.Equal(got.Data, want) {
				t.Errorf("%s: section %d %s differs", name, i, s.Name)
			}
		}
		syms, err := f.Symbols() // without entry 0
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range syms {
			got := obj.Symbols[i+1]
			if trimmed[int(s.Section)] {
				continue
			}
			value := got.Value | uint64(got.Mode)
			if elf.ST_TYPE(s.Info) != elf.STT_SECTION && got.Name != s.Name || value != s.Value || got.Size != s.Size || got.Bind() != elf.ST_BIND(s.Info) {
				t.Errorf("%s: symbol %d: got %+v, want %+v", name, i+1, got, s)
			}
			if where := map[elf.SectionIndex]elfload.Where{elf.SHN_UNDEF: elfload.Undefined, elf.SHN_ABS: elfload.Absolute, elf.SHN_COMMON: elfload.Common}[s.Section]; s.Section < elf.SHN_LORESERVE && s.Section != 0 {
				if got.Where != elfload.InSection || int(got.Sect) != int(s.Section) {
					t.Errorf("%s: symbol %s is in section %d, want %d", name, s.Name, got.Sect, s.Section)
				}
			} else if got.Where != where {
				t.Errorf("%s: symbol %s: Where %d, want %d", name, s.Name, got.Where, where)
			}
		}
		for i := range obj.Sections {
			n := 0
			for r := range obj.Sections[i].Relocs {
				if n++; r.Howto == nil {
					t.Errorf("%s: %s+0x%x: no row for type %d", name, obj.Sections[i].Name, r.Off, r.Type)
				}
			}
			if n != obj.Sections[i].NumRelocs() {
				t.Errorf("%s: %s yields %d relocations of %d", name, obj.Sections[i].Name, n, obj.Sections[i].NumRelocs())
			}
		}
	})
}

// cutPadding reports whether a section is shorter than in the file because of
// relocations that mark padding.
func cutPadding(obj *elfload.Object, section int, file []byte) bool {
	s := &obj.Sections[section]
	for r := range s.Relocs {
		if r.Howto != nil && r.Howto.Formula == relocs.Align {
			return len(s.Data) <= len(file)
		}
	}
	return false
}

// TestPadding: what Align relocations mark is cut to what the alignment needs,
// and symbols and relocations move along. The numbers are GNU ld's.
func TestPadding(t *testing.T) {
	const alignType, callType = 43, 19
	nops := []byte{0x13, 0, 0, 0, 0x13, 0, 0, 0, 0x13, 0, 0, 0, 0x01, 0}
	data := append([]byte{1, 2, 3, 4, 5, 6}, nops...) // 6 bytes, then 14 of padding to 16
	data = append(data, 0x97, 0, 0, 0, 0xe7, 0x80, 0, 0)
	o := elfmake.Object{
		Machine: elf.EM_RISCV, Class: elf.ELFCLASS32, RELA: true,
		Sections: []elfmake.Section{{
			Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 16, Data: data,
			Relocs: []elfmake.Reloc{{Off: 6, Type: alignType, Sym: -1, A: 14}, {Off: 20, Type: callType, Sym: 0}},
		}},
		Symbols: []elfmake.Symbol{
			{Name: "f", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: 20, Size: 8},
			{Name: "start", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: 0, Size: 20},
		},
	}
	obj, err := elfload.Load("a.o", o.Bytes(), machines.For("rv32imc"))
	if err != nil {
		t.Fatal(err)
	}
	want := append([]byte{1, 2, 3, 4, 5, 6, 0x13, 0, 0, 0, 0x13, 0, 0, 0, 0x01, 0}, data[20:]...)
	if s := obj.Sections[1]; !bytes.Equal(s.Data, want) || s.Size != 24 {
		t.Errorf("got % x, want % x", s.Data, want)
	}
	if f, start := obj.Symbols[1], obj.Symbols[2]; f.Value != 16 || f.Size != 8 || start.Size != 16 {
		t.Errorf("f at %d of %d bytes, start of %d; want 16, 8, 16", f.Value, f.Size, start.Size)
	}
	for r := range obj.Sections[1].Relocs {
		if r.Type == callType && r.Off != 16 {
			t.Errorf("the call's relocation is at %d, want 16", r.Off)
		}
	}
	o.Sections[0].Align = 8 // where the section comes to lie, 16 bytes from its start need not be a multiple of 16
	const tooStrict = "a.o: malformed ELF file: R_RISCV_ALIGN at .text+0x6 aligns to 16 bytes in a section that is aligned to 8"
	if _, err := elfload.Load("a.o", o.Bytes(), machines.For("rv32imc")); err == nil || err.Error() != tooStrict {
		t.Errorf("error %v, want %s", err, tooStrict)
	}
}

// TestImplicitAddend: a REL object's addend is what the field holds.
func TestImplicitAddend(t *testing.T) {
	o := elfmake.Object{
		Machine: elf.EM_ARM, Class: elf.ELFCLASS32,
		Sections: []elfmake.Section{{
			Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4,
			Data:   []byte{0xff, 0xf7, 0xfe, 0xff, 0xf0, 0xff, 0xff, 0xff}, // bl .; .word -16
			Relocs: []elfmake.Reloc{{Off: 0, Type: 10, Sym: 0}, {Off: 4, Type: 2, Sym: 0}},
		}},
		Symbols: []elfmake.Symbol{{Name: "f", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: 1}},
	}
	obj, err := elfload.Load("a.o", o.Bytes(), machines.For("armv7m"))
	if err != nil {
		t.Fatal(err)
	}
	var got []int64
	for r := range obj.Sections[1].Relocs {
		got = append(got, r.A)
	}
	if len(got) != 2 || got[0] != -4 || got[1] != -16 {
		t.Errorf("addends %v, want [-4 -16]", got)
	}
	if s := obj.Symbols[1]; s.Value != 0 || s.Mode != 1 {
		t.Errorf("f: value %d mode %d, want 0 and 1", s.Value, s.Mode)
	}
}

// TestMarkOutside: GNU ld -r takes double literals of Xtensa away and leaves
// relocations without a value behind the end of what remains.
func TestMarkOutside(t *testing.T) {
	o := elfmake.Object{
		Machine: elf.EM_XTENSA, Class: elf.ELFCLASS32, RELA: true,
		Sections: []elfmake.Section{
			{Name: ".literal", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4, Data: make([]byte, 4), Relocs: []elfmake.Reloc{{Type: 1}, {Off: 4}, {Off: 100}}},
			{Name: ".ctors", Flags: elf.SHF_ALLOC, Align: 4, Data: make([]byte, 8), Relocs: []elfmake.Reloc{{Off: 8}, {Type: 1}}},
			{Name: ".bss", Type: elf.SHT_NOBITS, Flags: elf.SHF_ALLOC, Align: 4, Size: 8, Relocs: []elfmake.Reloc{{Off: 4}}},
		},
		Symbols: []elfmake.Symbol{{Name: "x", Bind: elf.STB_GLOBAL}},
	}
	obj, err := elfload.Load("a.o", o.Bytes(), machines.For("xtensa"))
	drain(obj, err)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for i := range obj.Sections {
		for r := range obj.Sections[i].Relocs {
			if n++; r.Type != 1 {
				t.Errorf("%s has a relocation of type %d at %d", obj.Sections[i].Name, r.Type, r.Off)
			}
		}
	}
	if n != 2 {
		t.Errorf("%d relocations, want 2", n)
	}
}

// TestRefused gives Load files that are not what it wants.
func TestRefused(t *testing.T) {
	base := elfmake.Object{
		Machine: elf.EM_ARM, Class: elf.ELFCLASS32,
		Sections: []elfmake.Section{{Name: ".text", Flags: elf.SHF_ALLOC, Align: 4, Data: make([]byte, 8)}},
	}
	with := func(f func(*elfmake.Object)) []byte {
		o := base
		o.Sections = append([]elfmake.Section(nil), base.Sections...)
		f(&o)
		return o.Bytes()
	}
	tests := []struct {
		name, want string
		data       []byte
	}{
		{"executable", "is a linked executable", with(func(o *elfmake.Object) { o.Type = elf.ET_EXEC })},
		{"shared object", "is a linked shared object or PIE", with(func(o *elfmake.Object) { o.Type = elf.ET_DYN })},
		{"core", "is an ELF file of type ET_CORE", with(func(o *elfmake.Object) { o.Type = elf.ET_CORE })},
		{"machine", "is for EM_RISCV (32-bit), not for --arch armv7m, which needs EM_ARM (32-bit)", with(func(o *elfmake.Object) { o.Machine = elf.EM_RISCV })},
		{"class", "is for EM_ARM (64-bit)", with(func(o *elfmake.Object) { o.Class = elf.ELFCLASS64 })},
		{"slim LTO by its symbol", "holds GCC's intermediate code", with(func(o *elfmake.Object) {
			o.Sections[0].Name = ".gnu.lto_.main"
			o.Symbols = []elfmake.Symbol{{Name: "__gnu_lto_slim", Bind: elf.STB_GLOBAL, Sect: elfmake.Common, Value: 1, Size: 1}}
		})},
		{"slim LTO by its header", "holds GCC's intermediate code", with(func(o *elfmake.Object) {
			o.Sections = append(o.Sections, elfmake.Section{Name: ".gnu.lto_.lto.62fec9bce6f5c72c", Flags: 1 << 31, Align: 1, Data: []byte{12, 0, 0, 0, 1, 0, 1, 0}})
		})},
		{"alignment", "alignment 3 of section 1 (.text) is not a power of two", with(func(o *elfmake.Object) { o.Sections[0].Align = 3 })},
		{"symbol section", "is in section 99, which does not exist", with(func(o *elfmake.Object) { o.Symbols = []elfmake.Symbol{{Name: "x", Sect: 98}} })},
		{"reloc offset", "relocation of type 2 at 0x8 lies outside section .text of 8 bytes", with(func(o *elfmake.Object) { o.Sections[0].Relocs = []elfmake.Reloc{{Off: 8, Type: 2, Sym: -1}} })},
		{"reloc symbol", "names symbol 8, which does not exist", with(func(o *elfmake.Object) { o.Sections[0].Relocs = []elfmake.Reloc{{Type: 2, Sym: 7}} })},
		{"bss", "are more than any device has", with(func(o *elfmake.Object) {
			o.Sections = []elfmake.Section{{Name: ".bss", Type: elf.SHT_NOBITS, Flags: elf.SHF_ALLOC, Size: 1 << 31}}
		})},
		{"group", "section group 1 (.group) has 2 bytes", with(func(o *elfmake.Object) {
			o.Sections = []elfmake.Section{{Name: ".group", Type: elf.SHT_GROUP, Data: []byte{1, 0}}}
		})},
		{"group signature", "has no signature symbol", with(func(o *elfmake.Object) {
			o.Sections = []elfmake.Section{{Name: ".group", Type: elf.SHT_GROUP, Info: 50, Data: []byte{1, 0, 0, 0}}}
		})},
		{"empty", "malformed ELF file", nil},
		{"big endian", "big-endian ELF file", bigEndian(base.Bytes())},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := elfload.Load("x.o", tt.data, machines.For("armv7m"))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want …%s…", err, tt.want)
			}
		})
	}
}

// TestBigEndian: the note says how the compiler in hand makes little-endian code.
func TestBigEndian(t *testing.T) {
	for _, tt := range []struct {
		arch string
		from elf.Machine
		want string
	}{
		{"armv7m", elf.EM_ARM, "compile without -mbig-endian (-EB, armeb, riscvbe): with -mthumb -mcpu=cortex-m3"},
		{"rv32imc", elf.EM_RISCV, "compile without -mbig-endian (-EB, armeb, riscvbe): with -march=rv32imac -mabi=ilp32"},
		{"xtensa", elf.EM_XTENSA, "compile with xtensa-lx106-elf-gcc"},
		{"xtensawin", elf.EM_XTENSA, "compile with xtensa-esp32-elf-gcc, or with xtensa-esp-elf-gcc -mdynconfig=xtensa_esp32.so"},
		{"x86", elf.EM_XTENSA, "it is for EM_XTENSA: compile for little-endian, with the toolchain for x86"},
		{"x86", elf.EM_386, "compile for little-endian, with the toolchain for x86"},
	} {
		o := elfmake.Object{Machine: tt.from, Class: elf.ELFCLASS32}
		_, err := elfload.Load("a.o", bigEndian(o.Bytes()), machines.For(tt.arch))
		if got := diag.Render("", err); !strings.Contains(got, "big-endian ELF file") || !strings.Contains(got, "note: ") || !strings.Contains(got, tt.want) {
			t.Errorf("%s: got %q, want %q in it", tt.arch, got, tt.want)
		}
	}
}

// bigEndian swaps the header fields of a little-endian ELF32 header that
// debug/elf checks before anything else.
func bigEndian(b []byte) []byte {
	b[elf.EI_DATA] = byte(elf.ELFDATA2MSB)
	swap := func(at, n int) {
		for i := range n / 2 {
			b[at+i], b[at+n-1-i] = b[at+n-1-i], b[at+i]
		}
	}
	for _, f := range [][2]int{{16, 2}, {18, 2}, {20, 4}, {32, 4}, {40, 2}, {46, 2}, {48, 2}, {50, 2}} {
		swap(f[0], f[1])
	}
	for i := range b[32:36] {
		b[32+i] = 0 // no section headers to read
	}
	copy(b[48:52], []byte{0, 0, 0, 0})
	return b
}

// TestTruncated: every prefix of an object is an error or a valid object, in
// bounded memory and without a panic.
func TestTruncated(t *testing.T) {
	eachObject(t, func(arch, name string, data []byte) {
		if !strings.Contains(name, "hello") {
			return
		}
		for n := range data {
			drain(elfload.Load(name, data[:n], machines.For(arch)))
		}
	})
}

// drain walks everything a caller may walk.
func drain(obj *elfload.Object, err error) {
	if err != nil {
		return
	}
	for i := range obj.Sections {
		for r := range obj.Sections[i].Relocs {
			_ = obj.Symbols[r.Sym]
			_ = obj.Sections[i].Data[r.Off]
		}
	}
	for i := range obj.Symbols {
		if s := &obj.Symbols[i]; s.Where == elfload.InSection {
			_ = obj.Sections[s.Sect]
		}
	}
	for _, g := range obj.Groups {
		for _, m := range g.Members {
			_ = obj.Sections[m]
		}
	}
	properties, err := obj.Properties()
	if err != nil {
		return
	}
	raw, err := obj.Raw()
	if err != nil {
		panic(err)
	}
	for section, list := range properties {
		for _, p := range list {
			if p.From > p.To || uint64(p.To) > raw.Sections[section].Size {
				panic(fmt.Sprint(p, " is not in ", raw.Sections[section].Name))
			}
		}
	}
}

// FuzzLoad: no input panics, and what loads can be walked.
func FuzzLoad(f *testing.F) {
	eachObject(f, func(arch, name string, data []byte) {
		if strings.Contains(name, "hello") || strings.Contains(name, "tables") {
			f.Add(arch, data)
			f.Add(arch, elfmake.CREL(data, nil))
		}
	})
	f.Fuzz(func(t *testing.T, arch string, data []byte) {
		m := machines.For(arch)
		if m == nil {
			return
		}
		obj, err := elfload.Load("x.o", data, m)
		if (obj == nil) != (err != nil) {
			t.Fatalf("object %v with error %v", obj, err)
		}
		drain(obj, err)
	})
}
