package link

import (
	"debug/elf"
	"strings"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/link/internal/resolve"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
	"mpyld/relocs/machines"
)

// refersTo is an object whose text loads the addresses of names.
func refersTo(names ...string) elfmake.Object {
	o := elfmake.Object{Sections: []elfmake.Section{text(8 * (len(names) + 1))}, Symbols: []elfmake.Symbol{fn("mpy_init", 0, 0)}}
	for i, name := range names {
		o.Symbols = append(o.Symbols, undef(name))
		o.Sections[0].Relocs = append(o.Sections[0].Relocs, elfmake.Reloc{Off: uint64(8*i + 4), Type: x64GOTPCREL, Sym: i + 1, A: -4})
	}
	return o
}

// with is o and more sections.
func with(o elfmake.Object, sections ...elfmake.Section) elfmake.Object {
	o.Sections = append(o.Sections, sections...)
	return o
}

// TestRegionEdges: the ends of memory regions, of which some may be empty.
func TestRegionEdges(t *testing.T) {
	data := elfmake.Section{Name: ".data", Flags: alloc | write, Align: 8, Data: make([]byte, 24)}
	code := elfmake.Section{Name: ".text.more", Flags: alloc | exec, Align: 4, Data: make([]byte, 4)}
	type place struct {
		region mpyfile.Region
		addr   uint64
	}
	for _, tt := range []struct {
		name     string
		sections []elfmake.Section
		want     map[string]place // of text's end, the address is not looked at
	}{
		{"no RAM", nil, map[string]place{
			"__bss_start": {mpyfile.Text, 0}, "__bss_end": {mpyfile.Text, 0}, "__data_start": {mpyfile.Text, 0}, "_end": {mpyfile.Text, 0},
		}},
		{"bss", []elfmake.Section{bss(20)}, map[string]place{
			"__bss_start": {mpyfile.BSS, 0}, "__bss_end": {mpyfile.BSS, 20}, "__data_start": {mpyfile.BSS, 20}, "_end": {mpyfile.BSS, 20},
		}},
		{"data", []elfmake.Section{data}, map[string]place{
			"__bss_start": {mpyfile.Rodata, 0}, "__bss_end": {mpyfile.Rodata, 0}, "__data_start": {mpyfile.Rodata, 0}, "_end": {mpyfile.Rodata, 24},
		}},
		{"both", []elfmake.Section{bss(20), data, code}, map[string]place{
			"__bss_start": {mpyfile.BSS, 0}, "__bss_end": {mpyfile.BSS, 20}, "__data_start": {mpyfile.Rodata, 0}, "_end": {mpyfile.Rodata, 24},
			"__text_start": {mpyfile.Text, 0},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			names := resolve.SortedKeys(tt.want)
			res, err := linkObjects("x64", x64Object(with(refersTo(append(names, "etext")...), tt.sections...)))
			if err != nil {
				t.Fatal(err)
			}
			for name, want := range tt.want {
				if p := boundaryNamed(t, res, name); p.Region != want.region || p.Addr != want.addr {
					t.Errorf("%s is at %s+%d, want %s+%d", name, p.Region, p.Addr, want.region, want.addr)
				}
			}
			if p := boundaryNamed(t, res, "etext"); p.Region != mpyfile.Text || p.Addr != uint64(len(res.File.Text)) {
				t.Errorf("etext is at %s+%d, but text has %d bytes", p.Region, p.Addr, len(res.File.Text))
			}
		})
	}
}

// boundaryNamed returns the section of a linker-defined symbol.
func boundaryNamed(t *testing.T, res *Result, name string) *linkmap.Section {
	t.Helper()
	for _, e := range res.Map.Boundaries {
		if p := &res.Map.Sections[e.Section]; p.Name == name {
			return p
		}
	}
	t.Fatalf("%s is not defined by the linker", name)
	return nil
}

// TestProvided: a symbol that anybody else defines is theirs, and sections that
// nobody has do not have ends.
func TestProvided(t *testing.T) {
	own := with(refersTo("_end"), bss(8))
	own.Symbols = append(own.Symbols, elfmake.Symbol{Name: "_end", Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: 1})
	own.Symbols = append(own.Symbols[:1], own.Symbols[2:]...) // not undefined too
	res, err := linkObjects("x64", x64Object(own))
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Map.Boundaries) != 0 {
		t.Errorf("the linker defines %d symbols that the object has", len(res.Map.Boundaries))
	}
	_, err = linkObjects("x64", x64Object(refersTo("__start_nothing")))
	if err == nil || !strings.Contains(err.Error(), "undefined symbol: __start_nothing") {
		t.Errorf("error %v for the start of a section that is not there", err)
	}
}

// TestSectionRuns: sections of one name lie together when their ends are asked
// for, of one class, and otherwise nothing changes.
func TestSectionRuns(t *testing.T) {
	part := func(flags elf.SectionFlag) elfmake.Section {
		return elfmake.Section{Name: "parts", Flags: alloc | flags, Align: 8, Data: make([]byte, 16)}
	}
	filler := elfmake.Section{Name: ".rodata", Flags: alloc, Align: 8, Data: make([]byte, 8)}
	other := func(flags elf.SectionFlag) elfmake.Object {
		return elfmake.Object{Sections: []elfmake.Section{filler, part(flags)}}
	}
	for _, tt := range []struct {
		name   string
		first  elf.SectionFlag
		second elf.SectionFlag
		want   mpyfile.Region
		err    string
	}{
		{"constants", 0, 0, mpyfile.Text, ""},
		{"variables", write, write, mpyfile.Rodata, ""},
		{"both", 0, write, mpyfile.Rodata, ""},
		{"code", exec, exec, mpyfile.Text, ""},
		{"code and variables", exec, write, 0, "code and variables"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := x64Object(with(refersTo("__start_parts", "__stop_parts"), part(tt.first), filler))
			res, err := linkObjects("x64", a, x64Object(other(tt.second)))
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("error %v, want one about %s", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			start, stop := boundaryNamed(t, res, "__start_parts"), boundaryNamed(t, res, "__stop_parts")
			if start.Region != tt.want || stop.Region != tt.want || stop.Addr-start.Addr != 32 {
				t.Errorf("from %s+%d to %s+%d", start.Region, start.Addr, stop.Region, stop.Addr)
			}
		})
	}
}

// TestRunOrder: tables of constructors are in the order of GNU ld (2.40, x86-64
// script; TestConstructorOrder of e2e asks it).
func TestRunOrder(t *testing.T) {
	names := []string{
		".init_array", ".ctors", ".init_array.00200", ".ctors.65335", ".init_array.101", ".ctors.65434", ".init_array.x", ".init_array.65535",
	}
	var sections []elfmake.Section
	for _, name := range names {
		sections = append(sections, elfmake.Section{Name: name, Flags: alloc | write, Align: 8, Data: make([]byte, 8)})
	}
	o := with(refersTo("__init_array_start", "__init_array_end"), sections...)
	res, err := linkObjects("x64", x64Object(o))
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Fields(".ctors.65434 .init_array.101 .ctors.65335 .init_array.00200 .init_array.65535 .init_array.x .init_array .ctors")
	var got []string
	for i := range res.Map.Sections {
		if p := &res.Map.Sections[i]; p.Object != "" && p.Name != ".text" {
			got = append(got, p.Name)
		}
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("order %v, want %v", got, want)
	}
	if len(res.Notes) != 1 || !strings.Contains(res.Notes[0], "are left to the module") {
		t.Errorf("notes %q", res.Notes)
	}
}

// TestSupport: which library a name is from.
func TestSupport(t *testing.T) {
	mach := machines.For("x64")
	for _, tt := range []struct {
		name    string
		library []elfmake.Member
		want    string
	}{
		{"memcmp", nil, "mpyld(x.o)"},
		{"memcmp", []elfmake.Member{member("x.o", "memcmp")}, "lib.a(x.o)"},
		{"abort", []elfmake.Member{member("x.o", "abort")}, "mpyld(x.o)"},
	} {
		support := func(*relocs.Machine) (*elfload.Archive, error) {
			return archive(t, "mpyld", member("x.o", tt.name)), nil
		}
		o := calling("mpy_init", tt.name)
		obj, err := elfload.Load("a.o", o.Bytes(), mach)
		if err != nil {
			t.Fatal(err)
		}
		in := Input{Objects: []*elfload.Object{obj}, ABI: mpyfile.Latest, Arch: machines.For("x64"), SourceName: "m.mpy", Support: support}
		if tt.library != nil {
			in.Archives = []*elfload.Archive{archive(t, "lib.a", tt.library...)}
		}
		res, err := Checked(in)
		if err != nil {
			t.Fatal(err)
		}
		if p := res.Map.Sections[1]; p.Object != tt.want {
			t.Errorf("%s is from %s, want %s", tt.name, p.Object, tt.want)
		}
	}
}

func archive(t *testing.T, name string, members ...elfmake.Member) *elfload.Archive {
	t.Helper()
	data := elfmake.Dialects[0].Build(members)
	a, err := elfload.OpenArchive(name, strings.NewReader(string(data)), int64(len(data)), machines.For("x64"))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestLive: with --gc-sections a section stays if something that stays refers
// to it, or if it says so itself.
func TestLive(t *testing.T) {
	const retain = elf.SectionFlag(resolve.ShfGNURetain)
	part := func(name string, flags elf.SectionFlag, rs ...elfmake.Reloc) elfmake.Section {
		return elfmake.Section{Name: name, Flags: alloc | flags, Align: 8, Data: make([]byte, 16), Relocs: rs}
	}
	call := func(sym int) elfmake.Reloc { return elfmake.Reloc{Off: 1, Type: x64PLT32, Sym: sym, A: -4} }
	const initSym, usedSym, deadSym, nowhereSym, optionSym = 0, 1, 2, 3, 4
	o := elfmake.Object{
		Sections: []elfmake.Section{
			part(".text.mpy_init", exec, call(usedSym)),
			part(".text.used", exec),
			part(".text.dead", exec, call(deadSym), call(nowhereSym)),
			part(".rodata.kept", retain),
			part(".data.dead", write),
			part(".text.option", exec),
		},
		Symbols: []elfmake.Symbol{
			fn("mpy_init", 0, 0), fn("used", 1, 0), fn("dead", 2, 0), undef("nowhere"), fn("option", 5, 0),
		},
	}
	in := input(t, "x64", o)
	in.GCSections, in.Undefined = true, []string{"option"}
	res, err := Checked(in)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i := range res.Map.Sections {
		if p := &res.Map.Sections[i]; p.Object != "" && p.Size > 0 {
			got = append(got, p.Name)
		}
	}
	if want := ".text.mpy_init .text.used .rodata.kept .text.option"; strings.Join(got, " ") != want {
		t.Errorf("kept %v, want %s", got, want)
	}
	in = input(t, "x64", o)
	if _, err := Checked(in); err == nil || !strings.Contains(err.Error(), "undefined symbol: nowhere") {
		t.Errorf("without --gc-sections: %v", err)
	}
}

// TestStart: whoever defines the function that calls constructors, it must be
// one, and the module starts with it.
func TestStart(t *testing.T) {
	table := elfmake.Section{Name: ".init_array", Type: elf.SHT_INIT_ARRAY, Flags: alloc | write, Align: 8, Data: make([]byte, 8), Relocs: []elfmake.Reloc{{Type: x64Abs64, Sym: 0}}}
	start := func(sym elfmake.Symbol) elfmake.Object {
		sym.Name, sym.Bind = resolve.StartName, elf.STB_GLOBAL
		o := elfmake.Object{Sections: []elfmake.Section{text(64), table, bss(8)}}
		o.Symbols = []elfmake.Symbol{fn("mpy_init", 0, 0), sym}
		return x64Object(o)
	}
	res, err := linkObjects("x64", start(elfmake.Symbol{Sect: 0, Value: 32, Type: elf.STT_FUNC}))
	if err != nil {
		t.Fatal(err)
	}
	if got := res.Map.Entry % 16; res.Map.Entry < 32 || got != 0 {
		t.Errorf("the module starts at %d", res.Map.Entry)
	}
	for name, sym := range map[string]elfmake.Symbol{
		"variable": {Sect: 2}, "outside its section": {Sect: 0, Value: 64}, "constant": {Sect: elfmake.Abs, Value: 5},
	} {
		if _, err := linkObjects("x64", start(sym)); err == nil || !strings.Contains(err.Error(), "__mpyld_start is not a function") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
