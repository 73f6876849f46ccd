package link_test

import (
	"bytes"
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
	"mpyld/relocs/machines"
	"mpyld/simload"
)

// packedObject has parts of some sizes, aligned to 16, that start with a pointer to
// the first one.
func packedObject(name string, sizes ...int) elfmake.Object {
	o := elfmake.Object{Machine: elf.EM_X86_64, Class: elf.ELFCLASS64, RELA: true}
	for i, size := range sizes {
		part := fmt.Sprintf("%s%d", name, i)
		o.Sections = append(o.Sections, elfmake.Section{
			Name: ".data.rel.ro." + part, Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: 16, Data: make([]byte, size),
			Relocs: []elfmake.Reloc{{Type: 1, Sym: 0}},
		})
		o.Symbols = append(o.Symbols, elfmake.Symbol{Name: part, Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: i, Size: uint64(size)})
	}
	return o
}

func packedMember(name string, sizes ...int) elfmake.Member {
	o := packedObject(name, sizes...)
	return elfmake.Member{Name: name + ".o", Symbol: o.Symbols[0].Name, Data: o.Bytes()}
}

// TestMembersChangePlaces: sections of archive members lie where they leave the
// smallest gaps, those of objects in their order, and all that they hold arrives.
func TestMembersChangePlaces(t *testing.T) {
	many := make([]int, 23)
	for i := range many {
		many[i] = 24
	}
	many[22] = 16
	for _, tt := range []struct {
		name    string
		members []elfmake.Member
		names   []string // the symbols that the object refers to, in order
		want    string   // the sections behind the object's, in order
		size    int      // of these
	}{
		{"no gap", []elfmake.Member{packedMember("f", 16), packedMember("g", 32)}, []string{"f0", "g0"}, "f0 g0", 48},
		{"a gap at the end is none", []elfmake.Member{packedMember("f", 16), packedMember("g", 24)}, []string{"f0", "g0"}, "f0 g0", 40},
		{"two members", []elfmake.Member{packedMember("f", 24), packedMember("g", 16)}, []string{"f0", "g0"}, "g0 f0", 40},
		{"two sections of one", []elfmake.Member{packedMember("f", 24, 16)}, []string{"f0", "f1"}, "f1 f0", 40},
		{"as they are asked for", []elfmake.Member{packedMember("f", 24), packedMember("g", 16)}, []string{"g0", "f0"}, "g0 f0", 40},
		{"many", []elfmake.Member{packedMember("f", many...)}, nil, "", 21*32 + 16 + 24},
	} {
		t.Run(tt.name, func(t *testing.T) {
			names := tt.names
			for i := 0; len(tt.names) == 0 && i < len(many); i++ {
				names = append(names, fmt.Sprintf("f%d", i))
			}
			res := linkPacked(t, names, tt.members)
			if got := len(res.File.Text) - 48 - 16*len(names); got != tt.size {
				t.Errorf("%d bytes behind the object's, want %d", got, tt.size)
			}
			if tt.want == "" {
				return
			}
			if got := placed(res); got != tt.want {
				t.Errorf("in the order %s, want %s", got, tt.want)
			}
		})
	}
}

// placed lists what comes from archives in the order in which it lies in text.
func placed(res *link.Result) string {
	var order []string
	sections := slices.Clone(res.Map.Sections)
	slices.SortStableFunc(sections, func(a, b linkmap.Section) int { return cmp.Compare(a.Addr, b.Addr) })
	for _, p := range sections {
		if strings.HasPrefix(p.Object, "lib.a") && p.Size > 0 {
			order = append(order, strings.TrimPrefix(p.Name, ".data.rel.ro."))
		}
	}
	return strings.Join(order, " ")
}

// TestPartsKeepTheirPlaces: sections that are one table to the program stay side by
// side, and the entry stays in front, whatever gaps that leaves.
func TestPartsKeepTheirPlaces(t *testing.T) {
	f, g := packedObject("f", 24), packedObject("g", 32)
	for i, o := range []*elfmake.Object{&f, &g} {
		o.Sections = append(o.Sections, elfmake.Section{Name: "tab", Flags: elf.SHF_ALLOC, Align: 16, Data: make([]byte, 24-8*i)})
	}
	res := linkPacked(t, []string{"f0", "g0", "__start_tab"}, []elfmake.Member{
		{Name: "f.o", Symbol: "f0", Data: f.Bytes()}, {Name: "g.o", Symbol: "g0", Data: g.Bytes()},
	})
	if got, want := placed(res), "f0 tab tab g0"; got != want {
		t.Errorf("in the order %s, want %s", got, want)
	}

	start := packedObject("start", 24)
	start.Sections[0].Name, start.Sections[0].Flags, start.Symbols[0].Name = ".text", elf.SHF_ALLOC|elf.SHF_EXECINSTR, "mpy_init"
	start.Symbols = append(start.Symbols, elfmake.Symbol{Name: "f0", Bind: elf.STB_GLOBAL, Sect: elfmake.Undef})
	start.Sections[0].Relocs = []elfmake.Reloc{{Off: 4, Type: 2, Sym: 1, A: -4}} // R_X86_64_PC32
	res = linkPacked(t, nil, []elfmake.Member{{Name: "start.o", Symbol: "mpy_init", Data: start.Bytes()}, packedMember("f", 16, 16)})
	if got, want := placed(res), ".text f0"; got != want {
		t.Errorf("in the order %s, want %s", got, want)
	}
}

// linkPacked links an object that has the entry and refers to symbols, or has
// neither, with an archive of members, and loads the module.
func linkPacked(t *testing.T, names []string, members []elfmake.Member) *link.Result {
	t.Helper()
	o := elfmake.Object{
		Machine: elf.EM_X86_64, Class: elf.ELFCLASS64, RELA: true,
		Sections: []elfmake.Section{
			{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 16, Data: make([]byte, 48)},
			{Name: ".data.rel.ro", Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: 8, Data: make([]byte, 16*len(names))},
		},
		Symbols: []elfmake.Symbol{{Name: "mpy_init", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Sect: 0}},
	}
	if len(names) == 0 { // nor an entry
		o.Symbols[0].Name = "other"
	}
	for i, name := range names {
		o.Symbols = append(o.Symbols, elfmake.Symbol{Name: name, Bind: elf.STB_GLOBAL, Sect: elfmake.Undef})
		o.Sections[1].Relocs = append(o.Sections[1].Relocs, elfmake.Reloc{Off: uint64(8 * i), Type: 1, Sym: i + 1})
	}
	m := machines.For("x64")
	obj, err := elfload.Load("a.o", o.Bytes(), m)
	must(t, err)
	data := elfmake.Dialects[0].Build(members)
	a, err := elfload.OpenArchive("lib.a", bytes.NewReader(data), int64(len(data)), m)
	must(t, err)
	res, err := link.Checked(link.Input{
		Objects: []*elfload.Object{obj}, Archives: []*elfload.Archive{a},
		ABI: mpyfile.Latest, Arch: machines.For("x64"), SourceName: "m.mpy",
	})
	must(t, err)
	out, err := mpywriter.Write(res.File)
	must(t, err)
	must(t, simload.Verify(out, res.Map))
	return res
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
