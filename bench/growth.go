//go:build linux

package main

import (
	"debug/elf"
	"encoding/binary"
	"fmt"
	"strings"

	"mpyld/fixtures"
	"mpyld/fixtures/elfmake"
)

// A dimension is one thing that an input may have any number of. Each has a
// generator: what takes more than in proportion to it shows when there is four
// times as much of it and of nothing else.
type dimension struct {
	name string
	arch string
	n    int // the smaller number
	make func(n int) sample
}

// sample is the input of one run: files, and arguments that name them.
type sample struct {
	files []fixtures.File
	args  []string
	setup [][]string // runs of mpyld before, which do not count
}

// maxGrowth is how many times as much four times as much of anything may take.
const maxGrowth = 4.4

// argv is the arguments of a run in the directory with the files. Those of a link
// are in one of them.
func (s *sample) argv(arch string) []string {
	if arch == "" {
		return s.args
	}
	return []string{"--arch", arch, "-o", "out.mpy", "@args"}
}

// dimensions lists all there are, by what they are about.
func dimensions() []dimension {
	var list []dimension
	for _, group := range [][]dimension{runDimensions, codeDimensions, partDimensions, nameDimensions, archiveDimensions, fileDimensions} {
		list = append(list, group...)
	}
	return list
}

const (
	rwFlags = elf.SHF_ALLOC | elf.SHF_WRITE
	x64Abs  = 1 // R_X86_64_64
	x64PLT  = 4 // R_X86_64_PLT32
	x64GOT  = 9 // R_X86_64_GOTPCREL
)

// x64 returns an object with the sections and symbols; the first section is code.
func x64(sections []elfmake.Section, symbols []elfmake.Symbol) []byte {
	o := elfmake.Object{Machine: elf.EM_X86_64, Class: elf.ELFCLASS64, RELA: true, Sections: sections, Symbols: symbols}
	return o.Bytes()
}

// ret is the code that objects have of which something else counts.
func ret() elfmake.Section {
	return elfmake.Section{Name: ".text", Flags: codeFlags, Align: 8, Data: []byte{0xc3, 0, 0, 0, 0, 0, 0, 0}}
}

func entry(value uint64) elfmake.Symbol {
	return elfmake.Symbol{Name: "mpy_init", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: value}
}

func undefinedSymbol(name string) elfmake.Symbol {
	return elfmake.Symbol{Name: name, Bind: elf.STB_GLOBAL, Sect: elfmake.Undef}
}

func global(name string, sect int) elfmake.Symbol {
	return elfmake.Symbol{Name: name, Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: sect}
}

// pointerTo adds an address to a section.
func pointerTo(s *elfmake.Section, sym int) {
	s.Relocs = append(s.Relocs, elfmake.Reloc{Off: uint64(len(s.Data)), Type: x64Abs, Sym: sym})
	s.Data = append(s.Data, make([]byte, 8)...)
}

// data is a section of one word, which may be the address of a symbol.
func data(name string, sym ...int) elfmake.Section {
	s := elfmake.Section{Name: name, Flags: rwFlags, Align: 8}
	if len(sym) == 0 {
		s.Data = make([]byte, 8)
	}
	for _, i := range sym {
		pointerTo(&s, i)
	}
	return s
}

// all returns the files of a sample, that of its arguments among them.
func (s *sample) all() []fixtures.File {
	return append(s.files, fixtures.File{Name: "args", Data: []byte(strings.Join(s.args, "\n"))})
}

// one is a sample of one object.
func one(object []byte, args ...string) sample {
	return sample{files: []fixtures.File{{Name: "part.o", Data: object}}, args: append([]string{"part.o"}, args...)}
}

// options is a sample of a small object and one option for each number.
func options(n int, option func(i int) string) sample {
	s := one(x64([]elfmake.Section{ret()}, []elfmake.Symbol{entry(0)}))
	for i := range n {
		s.args = append(s.args, strings.Fields(option(i))...)
	}
	return s
}

// tables is the sections of constructors and the like.
func tables(n int, name func(i int) string) sample {
	sections := []elfmake.Section{ret()}
	for i := range n {
		sections = append(sections, data(name(i), 0))
	}
	return one(x64(sections, []elfmake.Symbol{entry(0)}))
}

// runDimensions: sections that have to lie in an order, or that are reached by
// the name of the section.
var runDimensions = []dimension{
	{"constructors", "x64", 1000, func(n int) sample { return tables(n, func(int) string { return ".init_array" }) }},
	{"constructors of old", "x64", 1000, func(n int) sample { return tables(n, func(i int) string { return fmt.Sprintf(".ctors.%05d", i) }) }},
	{"constructors with priorities", "x64", 1000, func(n int) sample { return tables(n, func(i int) string { return fmt.Sprintf(".init_array.%d", n-i) }) }},
	{"constructors before others", "x64", 1000, func(n int) sample { return tables(n, func(int) string { return ".preinit_array" }) }},
	{"destructors", "x64", 1000, func(n int) sample { return tables(n, func(int) string { return ".fini_array" }) }},
	{"sections of one run", "x64", 1000, func(n int) sample { return runOf(n) }},
	{"sections of one run, gc", "x64", 1000, func(n int) sample { return runOf(n, "--gc-sections") }},
	{"runs", "x64", 500, func(n int) sample { return runs(n, "__start_s%d", 0) }},
	{"runs, gc", "x64", 500, func(n int) sample { return runs(n, "__start_s%d", 0, "--gc-sections") }},
	{"ends of runs", "x64", 500, func(n int) sample { return runs(n, "__stop_s%d", 0) }},
	{"runs that are not there, gc", "x64", 500, func(n int) sample { return runs(n, "__start_s%d", 1e6, "--gc-sections") }},
	{"sections of one group", "x64", 1000, func(n int) sample { return groupOf(n) }},
	{"sections of one group, gc", "x64", 1000, func(n int) sample { return groupOf(n, "--gc-sections") }},
	{"groups that others have too", "x64", 1000, groups},
	{"functions with unwind tables", "armv7m", 1000, unwind},
}

// runOf has sections of one name, whose ends are asked for.
func runOf(n int, args ...string) sample {
	text := ret()
	pointerTo(&text, 1)
	pointerTo(&text, 2)
	sections := append([]elfmake.Section{text}, repeated(n, data("foo"))...)
	return one(x64(sections, []elfmake.Symbol{entry(0), undefinedSymbol("__start_foo"), undefinedSymbol("__stop_foo")}), args...)
}

// runs has as many runs of one section each. The sections' numbers start at
// first, those of the symbols at 0.
func runs(n int, symbol string, first int, args ...string) sample {
	text := ret()
	sections, symbols := []elfmake.Section{text}, []elfmake.Symbol{entry(0)}
	for i := range n {
		sections = append(sections, data(fmt.Sprintf("s%d", first+i)))
		pointerTo(&sections[0], len(symbols))
		s := undefinedSymbol(fmt.Sprintf(symbol, i))
		s.Bind = elf.STB_WEAK
		symbols = append(symbols, s)
	}
	return one(x64(sections, symbols), args...)
}

// groupOf has one group, of which one section is referred to.
func groupOf(n int, args ...string) sample {
	members := make([]byte, 4, 4*(n+1))
	sections := []elfmake.Section{ret(), {Name: ".group", Type: elf.SHT_GROUP, Align: 4}}
	for range n {
		members = binary.LittleEndian.AppendUint32(members, uint32(len(sections)+1))
		s := data("member")
		s.Flags |= elf.SHF_GROUP
		sections = append(sections, s)
	}
	pointerTo(&sections[0], 0)
	const relocSections = 1
	sections[1].Data, sections[1].Link, sections[1].Info = members, uint32(len(sections)+1+relocSections), 1
	return one(x64(sections, []elfmake.Symbol{{Name: "member", Type: elf.STT_OBJECT, Sect: 2}, entry(0)}), args...)
}

// groups has two objects with the same groups.
func groups(n int) sample {
	var s sample
	for k := range 2 {
		sections, symbols := []elfmake.Section{ret()}, []elfmake.Symbol{entry(0)}
		if k > 0 {
			symbols[0].Name = "other"
		}
		for i := range n {
			members := []byte{1, 0, 0, 0}
			members = binary.LittleEndian.AppendUint32(members, uint32(len(sections)+2))
			sections = append(sections,
				elfmake.Section{Name: ".group", Type: elf.SHT_GROUP, Align: 4, Data: members, Link: uint32(2*n + 2), Info: uint32(len(symbols) + 1)},
				elfmake.Section{Name: ".text.g", Flags: codeFlags | elf.SHF_GROUP, Align: 4, Data: []byte{0xc3, 0, 0, 0}})
			symbols = append(symbols, elfmake.Symbol{Name: fmt.Sprintf("g%d", i), Bind: elf.STB_WEAK, Type: elf.STT_FUNC, Sect: len(sections) - 1})
		}
		name := fmt.Sprintf("part%d.o", k)
		s.files = append(s.files, fixtures.File{Name: name, Data: x64(sections, symbols)})
		s.args = append(s.args, name)
	}
	return s
}

// unwind has unwind tables in the reverse order of the functions.
func unwind(n int) sample {
	var sections []elfmake.Section
	for range n {
		sections = append(sections, elfmake.Section{Name: ".text.f", Flags: codeFlags, Align: 4, Data: []byte{0x70, 0x47, 0, 0xbf}})
	}
	for i := range n {
		sections = append(sections, elfmake.Section{
			Name: ".ARM.exidx.text.f", Type: 0x70000001, Flags: elf.SHF_ALLOC | elf.SHF_LINK_ORDER, Align: 4,
			Data: make([]byte, 8), Link: uint32(n - i),
		})
	}
	return one(arm(sections, []elfmake.Symbol{entry(1)}), "--keep-unwind")
}

// arm returns an object for Arm, of the version of its ABI that there is.
func arm(sections []elfmake.Section, symbols []elfmake.Symbol) []byte {
	const eabi5 = 0x05000000
	o := elfmake.Object{Machine: elf.EM_ARM, Class: elf.ELFCLASS32, Sections: sections, Symbols: symbols}
	data := o.Bytes()
	binary.LittleEndian.PutUint32(data[36:], eabi5)
	return data
}
