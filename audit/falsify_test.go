package audit_test

import (
	"bytes"
	"debug/elf"
	"slices"
	"strings"
	"testing"

	"mpyld/audit"
	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/ldscript"
	"mpyld/link"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs/machines"
)

// unit is an object for Armv7-M under construction.
type unit struct{ elfmake.Object }

const (
	text = elf.SHF_ALLOC | elf.SHF_EXECINSTR
	data = elf.SHF_ALLOC | elf.SHF_WRITE
)

func (u *unit) section(name string, flags elf.SectionFlag, align uint64, size int) int {
	s := elfmake.Section{Name: name, Flags: flags, Align: align, Data: make([]byte, size)}
	switch {
	case strings.HasPrefix(name, ".init_array"):
		s.Type = elf.SHT_INIT_ARRAY
	case strings.HasPrefix(name, ".bss"):
		s.Type, s.Data, s.Size = elf.SHT_NOBITS, nil, uint64(size)
	}
	u.Sections = append(u.Sections, s)
	return len(u.Sections) - 1
}

func (u *unit) symbol(name string, bind elf.SymBind, typ elf.SymType, sect int, value, size uint64) int {
	u.Symbols = append(u.Symbols, elfmake.Symbol{Name: name, Bind: bind, Type: typ, Sect: sect, Value: value, Size: size})
	return len(u.Symbols) - 1
}

// table adds words that refer to names, each of which is undefined but for a ? in front, which
// makes it weak.
func (u *unit) table(names ...string) {
	n := u.section(".data.rel.ro.table", data, 4, 4*len(names))
	for i, name := range names {
		bind := elf.STB_GLOBAL
		if rest, ok := strings.CutPrefix(name, "?"); ok {
			name, bind = rest, elf.STB_WEAK
		}
		sym := slices.IndexFunc(u.Symbols, func(s elfmake.Symbol) bool { return s.Name == name })
		if sym < 0 {
			sym = u.symbol(name, bind, elf.STT_NOTYPE, elfmake.Undef, 0, 0)
		}
		u.Sections[n].Relocs = append(u.Sections[n].Relocs, elfmake.Reloc{Off: uint64(4 * i), Type: 2, Sym: sym}) // R_ARM_ABS32
	}
}

func (u *unit) bytes() []byte {
	u.Machine, u.Class = elf.EM_ARM, elf.ELFCLASS32
	symtab := uint32(1 + len(u.Sections))
	for _, s := range u.Sections {
		symtab += uint32(min(len(s.Relocs), 1))
	}
	for i := range u.Sections {
		if u.Sections[i].Type == elf.SHT_GROUP {
			u.Sections[i].Link = symtab
		}
	}
	return u.Object.Bytes()
}

// inline adds a function in a group.
func (u *unit) inline() {
	f := u.section(".text.inline", text, 4, 4)
	more := u.section(".rodata.inline", elf.SHF_ALLOC, 4, 8)
	sym := u.symbol("inline", elf.STB_WEAK, elf.STT_FUNC, f, 1, 4)
	g := u.section(".group", 0, 4, 12)
	copy(u.Sections[g].Data, []byte{1, 0, 0, 0, byte(f + 1), 0, 0, 0, byte(more + 1)})
	u.Sections[g].Type, u.Sections[g].Info = elf.SHT_GROUP, uint32(sym+1)
	u.Sections[f].Flags |= elf.SHF_GROUP
	u.Sections[more].Flags |= elf.SHF_GROUP
	u.Sections[f].Relocs = []elfmake.Reloc{{Off: 0, Type: 2, Sym: u.symbol("inline_data", elf.STB_WEAK, elf.STT_OBJECT, more, 0, 8)}}
}

// mainObject is a.o: it has mpy_init, and refers to everything.
func mainObject() []byte {
	var u unit
	t := u.section(".text", text, 4, 8)
	local := u.section(".rodata.local", elf.SHF_ALLOC, 4, 8)
	u.symbol("own", elf.STB_LOCAL, elf.STT_OBJECT, local, 4, 4)
	u.symbol("mpy_init", elf.STB_GLOBAL, elf.STT_FUNC, t, 1, 8)
	u.symbol("v", elf.STB_GLOBAL, elf.STT_OBJECT, elfmake.Common, 8, 4)
	u.symbol("taken", elf.STB_GLOBAL, elf.STT_OBJECT, elfmake.Common, 4, 4)
	u.symbol("both", elf.STB_WEAK, elf.STT_FUNC, t, 5, 4)
	u.table("own", "f", "?nobody", "v", "s", "memset", "mp_fun_table", "number", "wrapped", "alias", "__start_foo", "both", "taken", "inline", "fixed", "later", "_edata", "__init_array_start", "mp_native_qstr_table", "f")
	u.inline()
	return u.bytes()
}

// otherObject is b.o.
func otherObject() []byte {
	var u unit
	f := u.section(".text.f", text, 2, 8)
	foo := u.section("foo", data, 4, 4)
	taken := u.section(".data.taken", data, 16, 16)
	first, last := u.section(".init_array.00101", data, 4, 4), u.section(".init_array", data, 4, 8)
	unused := u.section(".text.unused", text, 2, 4)
	u.section(".bss", data, 4, 20)
	u.symbol("f", elf.STB_GLOBAL, elf.STT_FUNC, f, 1, 4)
	u.symbol("both", elf.STB_GLOBAL, elf.STT_FUNC, f, 5, 4)
	u.symbol("v", elf.STB_GLOBAL, elf.STT_OBJECT, elfmake.Common, 2, 10)
	u.symbol("in_foo", elf.STB_GLOBAL, elf.STT_OBJECT, foo, 0, 4)
	u.symbol("taken", elf.STB_GLOBAL, elf.STT_OBJECT, taken, 0, 4)
	u.symbol("unused", elf.STB_GLOBAL, elf.STT_FUNC, unused, 1, 4)
	u.symbol("number", elf.STB_GLOBAL, elf.STT_NOTYPE, elfmake.Abs, 77, 0)
	u.symbol("__wrap_wrapped", elf.STB_GLOBAL, elf.STT_FUNC, f, 1, 4)
	u.symbol("wrapped", elf.STB_GLOBAL, elf.STT_FUNC, unused, 1, 4)
	u.Sections[first].Relocs = []elfmake.Reloc{{Off: 0, Type: 2, Sym: 0}}
	u.Sections[last].Relocs = []elfmake.Reloc{{Off: 0, Type: 2, Sym: 0}, {Off: 4, Type: 2, Sym: 0}}
	u.inline()
	return u.bytes()
}

// member defines one name.
func member(name string, more ...string) elfmake.Member {
	var u unit
	u.symbol(name, elf.STB_GLOBAL, elf.STT_OBJECT, u.section(".rodata."+name, elf.SHF_ALLOC, 4, 4), 0, 4)
	if len(more) > 0 {
		u.table(more...)
	}
	return elfmake.Member{Name: name + ".o", Symbol: name, Data: u.bytes()}
}

// library is an archive.
func library(name string, members ...elfmake.Member) *elfload.Archive {
	data := elfmake.Dialects[0].Build(members)
	lib, err := elfload.OpenArchive(name, bytes.NewReader(data), int64(len(data)), machines.For("armv7m"))
	if err != nil {
		panic(err)
	}
	return lib
}

// script is a linker script.
func script(text string) *ldscript.Script {
	s, err := ldscript.Parse("s.ld", []byte(text))
	if err != nil {
		panic(err)
	}
	return s
}

// asked is the link that all falsifications start from.
func asked(t *testing.T) (*audit.Input, audit.Output) {
	t.Helper()
	m := machines.For("armv7m")
	in := link.Input{
		ABI: mpyfile.Latest, Arch: m, SourceName: "m.mpy", AllowABIMismatch: true,
		Wrap: []string{"wrapped"}, QStrs: []string{"one", "two"},
		Externs: map[string]linkmap.Extern{"fixed": {Value: 0x4001, Place: "fw.elf", From: "fw.elf", Function: true}},
	}
	for name, data := range map[string][]byte{"a.o": mainObject(), "b.o": otherObject()} {
		obj, err := elfload.Load(name, data, m)
		if err != nil {
			t.Fatal(err)
		}
		in.Objects = append(in.Objects, obj)
	}
	slices.SortFunc(in.Objects, func(a, b *elfload.Object) int { return strings.Compare(a.Name, b.Name) })
	for i, members := range [][]elfmake.Member{{member("s", "?t"), member("t")}, {member("t"), {Name: "s2.o", Symbol: "s", Data: member("s").Data}}} {
		in.Archives = append(in.Archives, library([]string{"lib.a", "more.a"}[i], members...))
	}
	in.Scripts = []*ldscript.Script{script("alias = f + 4; later = 0x1234;")}
	res, err := link.Link(in)
	if err != nil {
		t.Fatal(err)
	}
	out := audit.Output{Map: res.Map, File: res.File}
	for _, e := range res.Extracted {
		out.Members = append(out.Members, audit.Extraction{Member: e.Member, Symbol: e.Symbol})
	}
	return &audit.Input{
		SourceName: in.SourceName, Objects: in.Objects, Archives: in.Archives, Machine: m, ABI: in.ABI, Scripts: in.Scripts, Externs: in.Externs, Wrap: in.Wrap, AllowABIMismatch: true,
		Config: []byte("#define MP_QSTR_one (mp_native_qstr_table[1])\n#define MP_QSTR_two (mp_native_qstr_table[2])\n"),
	}, out
}

// falsifier changes one thing of a link.
type falsifier struct {
	in *audit.Input
	*audit.Output
}

// section returns a section of the map.
func (f *falsifier) section(object, name string) *linkmap.Section {
	return &f.Map.Sections[f.number(object, name)]
}

func (f *falsifier) number(object, name string) int {
	i := slices.IndexFunc(f.Map.Sections, func(s linkmap.Section) bool { return s.Object == object && s.Name == name })
	if i < 0 {
		panic("the map has no " + object + ":(" + name + ")")
	}
	return i
}

// target returns what the map has for a name.
func (f *falsifier) target(name string) *linkmap.Target {
	i := slices.IndexFunc(f.Map.Targets, func(t linkmap.Target) bool { return t.Name == name })
	if i < 0 {
		panic("the map has no symbol " + name)
	}
	return &f.Map.Targets[i]
}

// table returns the relocations of a.o's table.
func (f *falsifier) table() *[]linkmap.Reloc { return &f.section("a.o", ".data.rel.ro.table").Relocs }

// leave leaves a section out.
func (f *falsifier) leave(object, name string) {
	s := f.section(object, name)
	s.Size, s.Data, s.Relocs = 0, nil, nil
}

// common returns the section of a common symbol.
func (f *falsifier) common(name string) *linkmap.Section {
	i := slices.IndexFunc(f.Map.Sections, func(s linkmap.Section) bool { return s.Kind == linkmap.Common && s.Name == "COMMON "+name })
	return &f.Map.Sections[i]
}

// boundary returns the boundary that a name is.
func (f *falsifier) boundary(name string) *linkmap.Boundary {
	at := int(f.target(name).Section)
	i := slices.IndexFunc(f.Map.Boundaries, func(b linkmap.Boundary) bool { return b.Section == at })
	return &f.Map.Boundaries[i]
}

// swap takes the contents of a section from another object of the same input.
func (f *falsifier) swap(object, other, name string) {
	s := f.section(object, name)
	for _, obj := range f.in.Objects {
		for i := range obj.Sections {
			if obj.Name == other && obj.Sections[i].Name == name {
				s.Object, s.Data = other, obj.Sections[i].Data
			}
		}
	}
}

// trade gives two sections each other's place.
func (f *falsifier) trade(object, name, other string) {
	s, t := f.section(object, name), f.section(object, other)
	s.Addr, t.Addr = t.Addr, s.Addr
}

// symbol returns the number of a symbol of a.o.
func (f *falsifier) symbol(name string) int {
	return slices.IndexFunc(f.in.Objects[0].Symbols, func(s elfload.Symbol) bool { return s.Name == name })
}

// TestTrue: nothing is wrong with the link that the others change, nor with what changes nothing.
func TestTrue(t *testing.T) {
	in, out := asked(t)
	if err := audit.Check(in, out); err != nil {
		t.Error(err)
	}
	in.Scripts = append(in.Scripts, script("PROVIDE(f = 0x4000); PROVIDE(v = 0x4000);"))
	if err := audit.Check(in, out); err != nil {
		t.Errorf("with values for what is defined: %v", err)
	}
	if len(out.Members) != 1 || out.Members[0].Member != "lib.a(s.o)" {
		t.Errorf("members: %v", out.Members)
	}
}
