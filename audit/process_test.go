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
	"mpyld/link"
	"mpyld/mpyfile"
	"mpyld/relocs"
	"mpyld/relocs/machines"
)

// TestRegions: where sections may be, and what code is aligned to.
func TestRegions(t *testing.T) {
	for _, c := range []falsehood{
		{"variables in text", func(f *falsifier) {
			f.section("b.o", ".data.taken").Region = mpyfile.Text
			f.in.NoWritableText = true
		}, "b.o:(.data.taken): the map has these variables in text, which cannot be written"},
		{"zeroed variables in text", func(f *falsifier) {
			f.section("b.o", ".bss").Region = mpyfile.Text
			m := *f.in.Machine
			m.WritableText = false
			f.in.Machine = &m
		}, "b.o:(.bss): the map has these variables in text, which cannot be written"},
		{"constants in text", func(f *falsifier) {
			m := *f.in.Machine
			m.SeparateRodata = true
			f.in.Machine = &m
		}, "a.o:(.rodata.local): the map has these constants in text, which cannot be read but by instructions"},
		{"a note", func(f *falsifier) { f.objectSection("b.o", ".text.unused").Type = elf.SHT_NOTE }, "b.o:(.text.unused): the map has this section, by its type and flags it is left out of links"},
		{"what is to be left out", func(f *falsifier) { f.objectSection("b.o", ".text.unused").Flags |= 0x80000000 }, "b.o:(.text.unused): the map has this section, by its type and flags it is left out of links"},
		{"code where no instruction can be", func(f *falsifier) {
			m := *f.in.Machine
			m.CodeAlign = 64
			f.in.Machine = &m
		}, "a.o:(.text.inline): the map has it at 0x64 of its block of memory (text), it has to be aligned to 64 bytes"},
	} {
		t.Run(c.what, func(t *testing.T) {
			in, out := asked(t)
			c.change(&falsifier{in, &out})
			if err := audit.Check(in, out); err == nil || !slices.Contains(strings.Split(err.Error(), "\n"), c.want) {
				t.Errorf("\n got %v\nwant %s", err, c.want)
			}
		})
	}
}

// objectSection returns a section of an input.
func (f *falsifier) objectSection(object, name string) *elfload.Section {
	for _, obj := range f.in.Objects {
		for i := range obj.Sections {
			if obj.Name == object && obj.Sections[i].Name == name {
				return &obj.Sections[i]
			}
		}
	}
	panic("no " + object + ":(" + name + ")")
}

// TestIndex: the order of an unwinder's table.
func TestIndex(t *testing.T) {
	var u unit
	for i, name := range []string{".text", ".text.b"} {
		n := u.section(name, text, 4, 8)
		u.symbol([]string{"mpy_init", "b"}[i], elf.STB_GLOBAL, elf.STT_FUNC, n, 1, 8)
		index := u.section(".ARM.exidx"+name, elf.SHF_ALLOC|elf.SHF_LINK_ORDER, 4, 8)
		u.Sections[index].Type, u.Sections[index].Link = elf.SHT_LOPROC+1, uint32(n+1)
		u.Sections[index].Relocs = []elfmake.Reloc{{Type: 42, Sym: i}} // R_ARM_PREL31
	}
	m := machines.For("armv7m")
	obj, err := elfload.Load("a.o", u.bytes(), m)
	if err != nil {
		t.Fatal(err)
	}
	res, err := link.Link(link.Input{Objects: []*elfload.Object{obj}, ABI: mpyfile.Latest, Arch: m, SourceName: "m.mpy", KeepUnwind: true})
	if err != nil {
		t.Fatal(err)
	}
	in, out := &audit.Input{SourceName: "m.mpy", Objects: []*elfload.Object{obj}, Machine: m, ABI: mpyfile.Latest, KeepUnwind: true}, audit.Output{Map: res.Map, File: res.File}
	if err := audit.Check(in, out); err != nil {
		t.Error(err)
	}
	f := &falsifier{in, &out}
	f.trade("a.o", ".ARM.exidx.text", ".ARM.exidx.text.b")
	const want = "a.o:(.ARM.exidx.text): the map has this part of .ARM.exidx behind one about code at text+0x1c, but it is about code at text+0x4"
	if err := audit.Check(in, out); err == nil || err.Error() != want {
		t.Errorf("\n got %v\nwant %s", err, want)
	}
}

// TestLinkOrder: the order of sections whose ends the program asks for.
func TestLinkOrder(t *testing.T) {
	var u unit
	code := u.section(".text", text, 4, 8)
	u.symbol("mpy_init", elf.STB_GLOBAL, elf.STT_FUNC, code, 1, 8)
	first, last := u.section("row", data, 4, 4), u.section("row", data, 4, 8)
	u.symbol("first", elf.STB_GLOBAL, elf.STT_OBJECT, first, 0, 4)
	u.symbol("last", elf.STB_GLOBAL, elf.STT_OBJECT, last, 0, 8)
	u.table("__start_row")
	m := machines.For("armv7m")
	obj, err := elfload.Load("a.o", u.bytes(), m)
	if err != nil {
		t.Fatal(err)
	}
	res, err := link.Link(link.Input{Objects: []*elfload.Object{obj}, ABI: mpyfile.Latest, Arch: m, SourceName: "m.mpy"})
	if err != nil {
		t.Fatal(err)
	}
	in, out := &audit.Input{SourceName: "m.mpy", Objects: []*elfload.Object{obj}, Machine: m, ABI: mpyfile.Latest}, audit.Output{Map: res.Map, File: res.File}
	if err := audit.Check(in, out); err != nil {
		t.Error(err)
	}
	rows := []int{}
	for i := range res.Map.Sections {
		if res.Map.Sections[i].Name == "row" {
			rows = append(rows, i)
		}
	}
	p, q := &res.Map.Sections[rows[0]], &res.Map.Sections[rows[1]]
	p.Addr, q.Addr = q.Addr, p.Addr
	const want = "a.o:(row): the map has it behind a.o:(row), by the order of the link it is in front"
	if err := audit.Check(in, out); err == nil || err.Error() != want {
		t.Errorf("\n got %v\nwant %s", err, want)
	}
}

// libc is an object with functions that refer to the end of the module's memory, and with code that
// nothing refers to.
func libc(t *testing.T) *elfload.Object {
	var u unit
	main := u.section(".text", text, 4, 8)
	fn := u.section(".text.fn", text, 4, 8)
	u.section(".pieces", text, 4, 4)
	u.section(".pieces", text, 4, 4)
	u.symbol("mpy_init", elf.STB_GLOBAL, elf.STT_FUNC, main, 1, 8)
	u.symbol("called", elf.STB_GLOBAL, elf.STT_FUNC, fn, 1, 4)
	u.symbol("idle", elf.STB_GLOBAL, elf.STT_FUNC, fn, 5, 4)
	u.symbol("variable", elf.STB_GLOBAL, elf.STT_OBJECT, u.section(".bss", data, 4, 8), 0, 8)
	u.table("called", "end")
	obj, err := elfload.Load("libc.o", u.bytes(), machines.For("armv7m"))
	if err != nil {
		t.Fatal(err)
	}
	return obj
}

// TestProcess: what the linker was not told to be a heap, or the start of a program.
func TestProcess(t *testing.T) {
	for _, c := range []struct {
		what, from, to string // names of symbols or sections
		want           string
	}{
		{"nothing", "", "", ""},
		{"a heap", "called", "_sbrk", "libc.o: the map has _sbrk, which is over the memory behind end: that is the firmware's"},
		{"a heap of another name", "called", "malloc", "libc.o: the map has malloc, which is over the memory behind end: that is the firmware's"},
		{"a heap that nothing uses", "idle", "_sbrk", ""},
		{"a function of no heap", "called", "_write", ""},
		{"half a heap", "variable", "realloc", "the map has realloc of an input, and free of the linker's own library: they are for different memory"},
		{"the start of a program", ".pieces", ".init", "libc.o:(.init): the map has this code, which only the start of a program runs"},
	} {
		t.Run(c.what, func(t *testing.T) {
			obj, m := libc(t), machines.For("armv7m")
			data := elfmake.Dialects[0].Build([]elfmake.Member{member("free")})
			own, err := elfload.OpenArchive("own", bytes.NewReader(data), int64(len(data)), m)
			if err != nil {
				t.Fatal(err)
			}
			res, err := link.Link(link.Input{
				Objects: []*elfload.Object{obj}, ABI: mpyfile.Latest, Arch: m, SourceName: "m.mpy", Undefined: []string{"free"},
				Support: func(*relocs.Machine) (*elfload.Archive, error) { return own, nil },
			})
			if err != nil {
				t.Fatal(err)
			}
			for i := range obj.Symbols {
				if s := &obj.Symbols[i]; s.Name == c.from {
					s.Name = c.to
				}
			}
			for i := range obj.Sections {
				if s := &obj.Sections[i]; s.Name == c.from {
					s.Name = c.to
				}
			}
			for i := range res.Map.Sections {
				if s := &res.Map.Sections[i]; s.Name == c.from {
					s.Name = c.to
				}
			}
			got := ""
			if err := audit.Check(
				&audit.Input{SourceName: "m.mpy", Objects: []*elfload.Object{obj}, Support: own, Machine: m, ABI: mpyfile.Latest, Undefined: []string{"free"}},
				audit.Output{Map: res.Map, File: res.File, Members: []audit.Extraction{{Member: "own(free.o)", Symbol: "free"}}},
			); err != nil {
				got = err.Error()
			}
			if c.want == "" && got != "" || c.want != "" && !slices.Contains(strings.Split(got, "\n"), c.want) {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestTables: what has to be there of tables, in a link that leaves out what is not reached.
func TestTables(t *testing.T) {
	var u unit
	code := u.section(".text", text, 4, 8)
	u.symbol("mpy_init", elf.STB_GLOBAL, elf.STT_FUNC, code, 1, 8)
	index := u.section(".ARM.exidx", elf.SHF_ALLOC|elf.SHF_LINK_ORDER, 4, 8)
	u.Sections[index].Type, u.Sections[index].Link = elf.SHT_LOPROC+1, uint32(code+1)
	u.Sections[index].Relocs = []elfmake.Reloc{{Type: 42, Sym: 0}}
	u.section("row", data, 4, 4)
	last := u.section("row", data, 4, 8)
	u.symbol("in_row", elf.STB_GLOBAL, elf.STT_OBJECT, last, 0, 4)
	start := u.symbol("__start_row", elf.STB_GLOBAL, elf.STT_NOTYPE, elfmake.Undef, 0, 0)
	u.Sections[code].Relocs = []elfmake.Reloc{{Type: 2, Sym: start}}
	m := machines.For("armv7m")
	obj, err := elfload.Load("a.o", u.bytes(), m)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ leave, want string }{
		{"", ""},
		{".ARM.exidx", "a.o:(.ARM.exidx+0x0): the map does not have this section, by the rules of what is reached it stays"},
		{"row", "a.o:(row+0x0): the map does not have this section, by the rules of what is reached it stays: the program asks for the ends of all of its name"},
	} {
		res, err := link.Link(link.Input{Objects: []*elfload.Object{obj}, ABI: mpyfile.Latest, Arch: m, SourceName: "m.mpy", KeepUnwind: true, GCSections: true})
		if err != nil {
			t.Fatal(err)
		}
		in, out := &audit.Input{SourceName: "m.mpy", Objects: []*elfload.Object{obj}, Machine: m, ABI: mpyfile.Latest, KeepUnwind: true, GCSections: true}, audit.Output{Map: res.Map, File: res.File}
		if f := (&falsifier{in, &out}); c.leave != "" {
			f.leave("a.o", c.leave)
		}
		got := ""
		if err := audit.Check(in, out); err != nil {
			got = err.Error()
		}
		if c.want == "" && got != "" || c.want != "" && !slices.Contains(strings.Split(got, "\n"), c.want) {
			t.Errorf("without %s:\n got %s\nwant %s", c.leave, got, c.want)
		}
	}
}

// TestMembers: archive members that options ask for, and the linker's own library.
func TestMembers(t *testing.T) {
	for _, c := range []falsehood{
		{"a member that options ask for lost", func(f *falsifier) { f.in.Undefined = []string{"t"} }, "lib.a(t.o): the map does not have this archive member, by the rule of archives it comes in for t, which is undefined"},
		{"the linker's own library in front of another", func(f *falsifier) {
			f.in.Archives, f.in.Support = f.in.Archives[:1], f.in.Archives[1]
			f.Members[0].Member = "more.a(s2.o)"
		}, "more.a(s2.o): the map has this archive member for s, by the rule of archives it is lib.a(s.o): it is the first that defines the symbol"},
	} {
		t.Run(c.what, func(t *testing.T) {
			in, out := asked(t)
			c.change(&falsifier{in, &out})
			if err := audit.Check(in, out); err == nil || !slices.Contains(strings.Split(err.Error(), "\n"), c.want) {
				t.Errorf("\n got %v\nwant %s", err, c.want)
			}
		})
	}
}

// linkedWithoutGarbage links an object with --gc-sections.
func (u *unit) linkedWithoutGarbage(t *testing.T) (*audit.Input, audit.Output) {
	t.Helper()
	m := machines.For("armv7m")
	obj, err := elfload.Load("a.o", u.bytes(), m)
	if err != nil {
		t.Fatal(err)
	}
	objects := []*elfload.Object{obj}
	res, err := link.Link(link.Input{Objects: objects, ABI: mpyfile.Latest, Arch: m, SourceName: "m.mpy", GCSections: true})
	if err != nil {
		t.Fatal(err)
	}
	return &audit.Input{SourceName: "m.mpy", Objects: objects, Machine: m, ABI: mpyfile.Latest, GCSections: true}, audit.Output{Map: res.Map, File: res.File}
}

// TestFollowers: a section about another one (SHF_LINK_ORDER: GCC's __patchable_function_entries) is reached with
// that, though nothing refers to it: gABI "Section Attribute Flags", GNU ld --gc-sections.
func TestFollowers(t *testing.T) {
	for _, c := range []struct {
		what, want string
		follows    int32
	}{
		{what: "about the entry's section", follows: 1},
		{what: "about none", want: "a.o:(entries): the map has this section, by the rules of what is reached it is left out: nothing refers to it"},
	} {
		var u unit
		code := u.section(".text", text, 4, 8)
		u.symbol("mpy_init", elf.STB_GLOBAL, elf.STT_FUNC, code, 1, 8)
		entries := u.section("entries", data|elf.SHF_LINK_ORDER, 4, 4)
		u.Sections[entries].Link = uint32(code + 1)
		u.Sections[entries].Relocs = []elfmake.Reloc{{Type: 2, Sym: 0}} // R_ARM_ABS32
		in, out := u.linkedWithoutGarbage(t)
		(&falsifier{in, &out}).objectSection("a.o", "entries").Follows = c.follows
		got := ""
		if err := audit.Check(in, out); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.what, got, c.want)
		}
	}
}
