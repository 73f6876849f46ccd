package elfload_test

import (
	"debug/elf"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/relocs/machines"
)

// TestManySections: from number 65,280 on, sections have no room in the header and in
// symbols (gABI, "Extended Section Index").
func TestManySections(t *testing.T) {
	for _, c := range []struct {
		arch    string
		machine elf.Machine
		class   elf.Class
	}{
		{"x64", elf.EM_X86_64, elf.ELFCLASS64}, {"armv7m", elf.EM_ARM, elf.ELFCLASS32},
	} {
		o := elfmake.Object{Machine: c.machine, Class: c.class, RELA: c.arch == "x64"}
		for range 65_700 {
			o.Sections = append(o.Sections, elfmake.Section{Name: ".data.x", Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: 1, Data: []byte{1}})
		}
		places := []int{0, 65_278, 65_279, 65_280, 65_535, 65_536, 65_699, elfmake.Abs, elfmake.Undef}
		for _, at := range places {
			o.Symbols = append(o.Symbols, elfmake.Symbol{Name: "s", Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: at})
		}
		obj, err := elfload.Load("a.o", o.Bytes(), machines.For(c.arch))
		if err != nil {
			t.Fatalf("%s: %v", c.arch, err)
		}
		if n := len(obj.Sections); n != 1+65_700+4 {
			t.Errorf("%s: %d sections", c.arch, n)
		}
		for i, at := range places {
			s := &obj.Symbols[1+i]
			switch {
			case at >= 0 && (s.Where != elfload.InSection || int(s.Sect) != 1+at):
				t.Errorf("%s: a symbol of section %d is in %d (%d)", c.arch, 1+at, s.Sect, s.Where)
			case at == elfmake.Abs && s.Where != elfload.Absolute, at == elfmake.Undef && s.Where != elfload.Undefined:
				t.Errorf("%s: a symbol without a section is in %d (%d)", c.arch, s.Sect, s.Where)
			}
		}
	}
}

// TestSeveralTables: a section may have several tables of relocations, as ld -r leaves
// them, of either form. They count in their order.
func TestSeveralTables(t *testing.T) {
	le := binary.LittleEndian
	entry := func(off, sym, typ uint32, addend ...uint32) (b []byte) {
		b = le.AppendUint32(le.AppendUint32(nil, off), sym<<8|typ)
		for _, a := range addend {
			b = le.AppendUint32(b, a)
		}
		return b
	}
	const symtab = 5 // behind the null section, two of data and two tables
	o := elfmake.Object{
		Machine: elf.EM_ARM, Class: elf.ELFCLASS32,
		Sections: []elfmake.Section{
			{Name: ".data.a", Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: 4, Data: []byte{7, 0, 0, 0, 9, 0, 0, 0, 11, 0, 0, 0}},
			{Name: ".data.b", Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: 4, Data: make([]byte, 4)},
			{Name: ".rel.a", Type: elf.SHT_REL, Link: symtab, Info: 1, Align: 4, Data: slices.Concat(entry(8, 1, 2), entry(0, 2, 2))},
			{Name: ".rela.a", Type: elf.SHT_RELA, Link: symtab, Info: 1, Align: 4, Data: entry(4, 1, 2, 5)},
		},
		Symbols: []elfmake.Symbol{{Name: "f", Bind: elf.STB_GLOBAL, Sect: elfmake.Undef}, {Name: "g", Bind: elf.STB_GLOBAL, Sect: elfmake.Undef}},
	}
	obj, err := elfload.Load("a.o", o.Bytes(), machines.For("armv7m"))
	if err != nil {
		t.Fatal(err)
	}
	type relocation struct {
		off, sym uint32
		a        int64
	}
	var got []relocation
	for r := range obj.Sections[1].Relocs {
		got = append(got, relocation{r.Off, r.Sym, r.A})
	}
	if want := []relocation{{8, 1, 11}, {0, 2, 7}, {4, 1, 5}}; !slices.Equal(got, want) || obj.Sections[1].NumRelocs() != 3 {
		t.Errorf("relocations %v (%d), want %v", got, obj.Sections[1].NumRelocs(), want)
	}
	if n := obj.Sections[2].NumRelocs(); n != 0 {
		t.Errorf("%d relocations of another section", n)
	}
}

// TestSymbolTable: which symbols are local, have an instruction-set bit, and may be common.
func TestSymbolTable(t *testing.T) {
	text := elfmake.Section{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4, Data: make([]byte, 16)}
	o := elfmake.Object{
		Machine: elf.EM_ARM, Class: elf.ELFCLASS32, Sections: []elfmake.Section{text},
		Symbols: []elfmake.Symbol{
			{Name: "l1", Bind: elf.STB_LOCAL, Type: elf.STT_FUNC, Value: 5},
			{Name: "l2", Bind: elf.STB_LOCAL, Type: elf.STT_OBJECT, Value: 5},
			{Name: "chooser", Bind: elf.STB_GLOBAL, Type: elf.STT_GNU_IFUNC, Value: 9},
			{Name: "c", Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: elfmake.Common, Value: 64, Size: 12},
		},
	}
	obj, err := elfload.Load("a.o", o.Bytes(), machines.For("armv7m"))
	if err != nil {
		t.Fatal(err)
	}
	if obj.Locals != 3 || obj.Commons != 1 || obj.Defined != 2 {
		t.Errorf("%d local, %d common and %d defined symbols, want 3, 1 and 2", obj.Locals, obj.Commons, obj.Defined)
	}
	for i, want := range []struct {
		value uint64
		mode  uint8
	}{{4, 1}, {5, 0}, {8, 1}, {64, 0}} {
		if s := &obj.Symbols[1+i]; s.Value != want.value || s.Mode != want.mode {
			t.Errorf("%s: value %d, mode %d, want %d and %d", s.Name, s.Value, s.Mode, want.value, want.mode)
		}
	}
	for _, align := range []uint64{0, 3, 12, 1 << 31} {
		o.Symbols[3].Value = align
		_, err := elfload.Load("a.o", o.Bytes(), machines.For("armv7m"))
		if err == nil || !strings.Contains(err.Error(), "of common symbol 4 (c) is not a power of two") {
			t.Errorf("a common symbol aligned to %d: %v", align, err)
		}
	}
}
