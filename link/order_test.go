package link_test

import (
	"cmp"
	"debug/elf"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/link"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/mpywriter"
	"mpyld/relocs"
	"mpyld/relocs/machines"
	"mpyld/simload"
)

// ordered is an object of sections "NAME SIZE ALIGN @OFFSET", each with a symbol of its name at the offset, if
// there is one: bss and parts of a table by their names, all others code.
func ordered(m *relocs.Machine, sections ...string) elfmake.Object {
	o := elfmake.Object{Machine: m.ELF, Class: m.Class, RELA: m.ExplicitAddends || m.Class == elf.ELFCLASS64}
	for i, text := range sections {
		var name string
		var size, align, at uint64
		fmt.Sscanf(strings.ReplaceAll(text, "@", " "), "%s %d %d %d", &name, &size, &align, &at)
		s := elfmake.Section{Name: ".text." + name, Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: align, Data: make([]byte, size)}
		switch {
		case strings.HasPrefix(name, "bss"):
			s = elfmake.Section{Name: ".bss." + name, Type: elf.SHT_NOBITS, Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: align, Size: size}
		case strings.HasPrefix(name, "tab"):
			s.Name, s.Flags = "tab", elf.SHF_ALLOC
		}
		o.Sections = append(o.Sections, s)
		o.Symbols = append(o.Symbols, elfmake.Symbol{Name: name, Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Sect: i, Value: at | uint64(m.ModeBits)})
	}
	return o
}

// linkOrdered links objects with relaxations, checks the module and lists what lies in text, then in bss.
func linkOrdered(t *testing.T, m *relocs.Machine, relax relocs.RelaxSet, objects ...elfmake.Object) (*link.Result, string) {
	t.Helper()
	in := link.Input{ABI: mpyfile.Latest, Arch: m, SourceName: "m.mpy", Relax: relax}
	for i, o := range objects {
		obj, err := elfload.Load(fmt.Sprintf("%c.o", 'a'+i), o.Bytes(), m)
		must(t, err)
		in.Objects = append(in.Objects, obj)
	}
	res, err := link.Checked(in)
	must(t, err)
	data, err := mpywriter.Write(res.File)
	must(t, err)
	must(t, simload.Verify(data, res.Map))
	sections := slices.Clone(res.Map.Sections)
	slices.SortStableFunc(sections, func(a, b linkmap.Section) int {
		return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Addr, b.Addr))
	})
	var names []string
	for _, p := range sections {
		if p.Size > 0 {
			name := p.Name[strings.LastIndex(p.Name, ".")+1:]
			if p.Kind == linkmap.Input && p.Name == "tab" {
				name = p.Object + ":tab"
			}
			names = append(names, fmt.Sprintf("%s@%d", name, p.Addr))
		}
	}
	return res, strings.Join(names, " ")
}

// TestOrder: with -O sections lie where they leave the smallest gaps, mpy_init's first without a
// jump, and what the program takes for one table in its order. Sizes are sums of what is there.
func TestOrder(t *testing.T) {
	const both, order, entry = relocs.RelaxSet(1)<<relocs.SectionOrder | 1<<relocs.EntryFirst, relocs.RelaxSet(1) << relocs.SectionOrder, relocs.RelaxSet(1) << relocs.EntryFirst
	for _, c := range []struct {
		name, arch string
		relax      relocs.RelaxSet
		sections   []string
		want       string
		saved      int
	}{
		{"as ever", "x64", 0, []string{"a 20 8", "mpy_init 16 8", "c 4 4"}, "entry@0 a@8 mpy_init@32 c@48", 0},
		{"smaller gaps", "x64", order, []string{"a 20 8", "mpy_init 16 8", "c 4 4"}, "entry@0 c@4 mpy_init@8 a@24", 12},
		{"no jump", "x64", entry, []string{"a 20 8", "mpy_init 16 8", "c 4 4"}, "mpy_init@0 a@16 c@36", 16},
		{"both", "x64", both, []string{"a 20 8", "mpy_init 16 8", "c 5 1", "d 4 4"}, "mpy_init@0 a@16 d@36 c@40", 19},
		{"no jump on Thumb", "armv7m", both, []string{"a 20 4", "mpy_init 16 4"}, "mpy_init@0 a@16", 4},
		{"no jump on RISC-V", "rv32imc", both, []string{"a 20 4", "mpy_init 16 4"}, "mpy_init@0 a@16", 4},
		{"not at its start", "armv7m", both, []string{"a 20 4", "mpy_init 16 4 @8"}, "entry@0 a@4 mpy_init@24", 0},
		{"Xtensa's table is in front", "xtensa", both, []string{"a 21 4", "mpy_init 16 4", "c 7 1", "d 4 4"}, "entry@0 d@4 mpy_init@8 a@24 c@45", 4},
		{"variables", "x64", both, []string{"mpy_init 16 8", "bss1 1 1", "bss8 8 8", "bss3 3 1", "bss4 4 4"}, "mpy_init@0 GOT@16 bss8@0 bss4@8 bss1@12 bss3@13", 8},
	} {
		m := machines.For(c.arch)
		plain, _ := linkOrdered(t, m, 0, ordered(m, c.sections...))
		res, got := linkOrdered(t, m, c.relax, ordered(m, c.sections...))
		saved := 0
		for _, s := range res.Map.Saved {
			saved += int(s.Bytes)
		}
		ram := func(r *link.Result) int { return len(r.File.Text) + len(r.File.Rodata) + int(r.File.BSSSize) }
		if got != c.want || saved != c.saved || ram(res)+saved != ram(plain) {
			t.Errorf("%s: %s, %d bytes saved of %d, are %d; want %s and %d", c.name, got, saved, ram(plain), ram(res), c.want, c.saved)
		}
	}
}

// TestTablesKeepTheirOrder: the parts of a table, which are of several objects, stay together and in the
// order of the link, and so does what constructors are.
func TestTablesKeepTheirOrder(t *testing.T) {
	m := machines.For("x64")
	a, b, c := ordered(m, "f 20 8", "mpy_init 16 8", "tab1 12 4"), ordered(m, "g 12 8", "tab2 8 4"), ordered(m, "h 4 4", "tab3 4 4")
	a.Symbols = append(a.Symbols, elfmake.Symbol{Name: "__start_tab", Bind: elf.STB_GLOBAL, Sect: elfmake.Undef})
	a.Sections[1].Relocs = []elfmake.Reloc{{Off: 4, Type: uint32(elf.R_X86_64_PC32), Sym: 3, A: -4}}
	_, got := linkOrdered(t, m, relocs.EveryRelaxation, a, b, c)
	var tables []string
	for _, name := range strings.Fields(got) {
		if strings.Contains(name, "tab") {
			tables = append(tables, name)
		}
	}
	if text := strings.Join(tables, " "); text != "a.o:tab@52 b.o:tab@64 c.o:tab@72" {
		t.Errorf("the table lies at %s, of %s", text, got)
	}
}

// TestOrderStaysInReach: sections that another order would take out of reach of each other stay as they are.
func TestOrderStaysInReach(t *testing.T) {
	m := machines.For("x64")
	for _, c := range []struct {
		size int // of what goes between the two
		want string
	}{
		{48, "mpy_init@0 big@16 c@64 d@96 b@108"},
		{400, "entry@0 b@4 mpy_init@16 c@32 big@64 d@464"},
	} {
		o := ordered(m, "c 32 16", "b 4 4", "mpy_init 16 16", fmt.Sprintf("big %d 16", c.size), "d 12 16")
		o.Sections[1].Relocs = []elfmake.Reloc{{Type: uint32(elf.R_X86_64_PC8), Sym: 2}} // from b to mpy_init
		_, got := linkOrdered(t, m, relocs.EveryRelaxation, o)
		if got != c.want {
			t.Errorf("%d bytes: %s, want %s", c.size, got, c.want)
		}
	}
}
