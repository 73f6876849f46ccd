package link_test

import (
	"debug/elf"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/link"
	"mpyld/mpyfile"
	"mpyld/mpywriter"
	"mpyld/relocs"
	"mpyld/relocs/machines"
	"mpyld/simload"
	"mpyld/supportlib"
)

// TestMixedSections links output sections made of sections of all types and flags there are, two by
// two, of all kinds, for all architectures. What links must verify, and
// what does not must be an error of the user's: of code and variables in one.
func TestMixedSections(t *testing.T) {
	const alloc, write, exec = elf.SHF_ALLOC, elf.SHF_WRITE, elf.SHF_EXECINSTR
	var kinds []elfmake.Section
	for _, typ := range []elf.SectionType{elf.SHT_PROGBITS, elf.SHT_NOBITS, elf.SHT_INIT_ARRAY} {
		for _, flags := range []elf.SectionFlag{alloc, alloc | write, alloc | exec} {
			kinds = append(kinds, elfmake.Section{Type: typ, Flags: flags})
		}
	}
	for _, arch := range machines.All() {
		t.Run(arch.Name, func(t *testing.T) {
			for _, output := range []struct{ start, first, second string }{
				{"", ".init_array", ".ctors.65535"},
				{"", ".ctors", ".preinit_array"},
				{"", ".fini_array", ".dtors.1"},
				{"__init_array_start", ".init_array.7", ".ctors"},
				{"__fini_array_end", ".fini_array.7", ".dtors"},
				{"__preinit_array_end", ".preinit_array", ".preinit_array.x"},
				{"__start_row", "row", "row"},
				{"__stop_row", "row", "row"},
				{"__exidx_start", ".ARM.exidx", ".ARM.exidx.more"},
			} {
				for _, a := range kinds {
					for _, b := range kinds {
						a.Name, b.Name = output.first, output.second
						err := linkMixed(arch, output.start, a, b)
						apart := output.first == "row" && isCode(a) != isCode(b)
						if _, bug := err.(verifyError); bug || err != nil && !apart {
							t.Fatalf("%s %v %v and %s %v %v, %s: %v", a.Name, a.Type, a.Flags, b.Name, b.Type, b.Flags, output.start, err)
						}
					}
				}
			}
		})
	}
}

func isCode(s elfmake.Section) bool {
	return s.Flags&elf.SHF_EXECINSTR != 0 && s.Type != elf.SHT_NOBITS
}

type verifyError struct{ error }

// linkMixed links two objects, each with a section that has a pointer to a function
// if it has bytes at all. The first refers to a symbol, if there is one.
func linkMixed(arch *relocs.Machine, start string, sections ...elfmake.Section) error {
	m := arch
	in := link.Input{ABI: mpyfile.Latest, Arch: arch, SourceName: "m.mpy", Support: supportlib.Open, KeepUnwind: true}
	pointer := map[elf.Machine]uint32{elf.EM_ARM: 2, elf.EM_RISCV: uint32(arch.Word / 4), elf.EM_386: 1, elf.EM_X86_64: 1, elf.EM_XTENSA: 1}[m.ELF]
	for i, s := range sections {
		o := elfmake.Object{
			Machine: m.ELF, Class: m.Class, RELA: m.ELF != elf.EM_ARM && m.ELF != elf.EM_386,
			Sections: []elfmake.Section{{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4, Data: make([]byte, 16)}},
			Symbols:  []elfmake.Symbol{{Name: fmt.Sprint("f", i), Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: uint64(m.ModeBits)}},
		}
		s.Align, s.Size, s.Data = uint64(arch.Word), uint64(arch.Word), make([]byte, arch.Word)
		if s.Type != elf.SHT_NOBITS {
			s.Relocs = []elfmake.Reloc{{Type: pointer, Sym: 0}}
		}
		o.Sections = append(o.Sections, s)
		if i == 0 {
			o.Symbols[0].Name = "mpy_init"
			if start != "" {
				o.Symbols = append(o.Symbols, elfmake.Symbol{Name: start, Bind: elf.STB_GLOBAL, Sect: elfmake.Undef})
				o.Sections = append(o.Sections, elfmake.Section{
					Name: ".data.rel.ro", Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: uint64(arch.Word),
					Data: make([]byte, arch.Word), Relocs: []elfmake.Reloc{{Type: pointer, Sym: 1}},
				})
			}
		}
		obj, err := elfload.Load(fmt.Sprint(i, ".o"), o.Bytes(), m)
		if err != nil {
			return err
		}
		in.Objects = append(in.Objects, obj)
	}
	res, err := link.Checked(in)
	if err != nil {
		return err
	}
	data, err := mpywriter.Write(res.File)
	if err != nil {
		return verifyError{err}
	}
	if err := simload.Verify(data, res.Map); err != nil {
		return verifyError{err}
	}
	return nil
}

// TestTablesByName: what is of a type for tables of functions, but has another name, is no table: GNU ld's scripts go by
// names, and --gc-sections takes it like any other section.
func TestTablesByName(t *testing.T) {
	m := machines.For("x64")
	table := func(name string) elfmake.Section {
		return elfmake.Section{Name: name, Type: elf.SHT_INIT_ARRAY, Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: 8, Data: make([]byte, 8), Relocs: []elfmake.Reloc{{Type: 1}}}
	}
	o := elfmake.Object{
		Machine: m.ELF, Class: m.Class, RELA: true,
		Sections: []elfmake.Section{
			{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4, Data: make([]byte, 16)},
			table(".init_array.5"), table(".init_arrays"), table("row"), table(".row"),
		},
		Symbols: []elfmake.Symbol{{Name: "mpy_init", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC}},
	}
	for gc, want := range map[bool]string{false: ".init_array.5 .init_arrays row .row", true: ".init_array.5"} {
		obj, err := elfload.Load("a.o", o.Bytes(), m)
		if err != nil {
			t.Fatal(err)
		}
		res, err := link.Checked(link.Input{ABI: mpyfile.Latest, Arch: m, SourceName: "m.mpy", Support: supportlib.Open, Objects: []*elfload.Object{obj}, GCSections: gc})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range res.Map.Sections {
			if s.Object == "a.o" && s.Name != ".text" && s.Size > 0 {
				got = append(got, s.Name)
			}
		}
		if slices.Sort(got); !slices.Equal(got, slices.Sorted(strings.FieldsSeq(want))) {
			t.Errorf("--gc-sections %v: %v, want %s", gc, got, want)
		}
	}
}
