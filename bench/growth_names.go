//go:build linux

package main

import (
	"debug/elf"
	"fmt"
	"strings"

	"mpyld/fixtures"
	"mpyld/fixtures/elfmake"
)

// manySymbols is an object with as many symbols of one kind.
func manySymbols(n int, symbol func(i int) elfmake.Symbol) []byte {
	symbols := []elfmake.Symbol{entry(0)}
	for i := range n {
		symbols = append(symbols, symbol(i))
	}
	return x64([]elfmake.Section{ret()}, symbols)
}

func defined(i int) elfmake.Symbol { return global(fmt.Sprintf("symbol_number_%d", i), 0) }

// callOf is code that calls a symbol, and sym is its number.
func callOf(sym int) elfmake.Section {
	s := ret()
	s.Relocs = []elfmake.Reloc{{Off: 0, Type: x64PLT, Sym: sym, A: -4}}
	return s
}

// undefinedNames is an object with calls to as many symbols that nobody defines.
func undefinedNames(n int, name string) []byte {
	text, symbols := ret(), []elfmake.Symbol{entry(0)}
	for i := range n {
		text.Relocs = append(text.Relocs, elfmake.Reloc{Off: uint64(len(text.Data)), Type: x64PLT, Sym: len(symbols), A: -4})
		text.Data = append(text.Data, 0, 0, 0, 0)
		symbols = append(symbols, undefinedSymbol(fmt.Sprintf(name, i)))
	}
	return x64([]elfmake.Section{text}, symbols)
}

// externs is a sample with a linker script of addresses.
func externs(n int, line string) sample {
	s := options(0, nil)
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, line, i, i)
	}
	s.files = append(s.files, fixtures.File{Name: "rom.ld", Data: []byte(b.String())})
	s.args = append(s.args, "--externs", "rom.ld")
	return s
}

// nameDimensions: symbols, what options say about them, and messages.
var nameDimensions = []dimension{
	{"objects", "x64", 250, func(n int) sample {
		var s sample
		for i := range n {
			symbols := []elfmake.Symbol{entry(0), undefinedSymbol(fmt.Sprintf("f%d", (i+1)%n))}
			if i > 0 {
				symbols[0].Name = fmt.Sprintf("f%d", i)
			} else {
				symbols = append(symbols, elfmake.Symbol{Name: "f0", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC})
			}
			name := fmt.Sprintf("part%d.o", i)
			s.files = append(s.files, fixtures.File{Name: name, Data: x64([]elfmake.Section{callOf(1)}, symbols)})
			s.args = append(s.args, name)
		}
		return s
	}},
	{"symbols", "x64", 2000, func(n int) sample { return one(manySymbols(n, defined)) }},
	{"symbols, map", "x64", 2000, func(n int) sample { return one(manySymbols(n, defined), "-Map", "out.map") }},
	{"symbols, verbose", "x64", 2000, func(n int) sample { return one(manySymbols(n, defined), "-v", "-v") }},
	{"sections, map", "x64", 1000, func(n int) sample {
		s := tables(n, func(i int) string { return fmt.Sprintf(".data.v%d", i) })
		s.args = append(s.args, "-Map", "out.map", "--gc-sections")
		return s
	}},
	{"weak symbols without a definition", "x64", 2000, func(n int) sample {
		return one(manySymbols(n, func(i int) elfmake.Symbol {
			return elfmake.Symbol{Name: fmt.Sprintf("w%d", i), Bind: elf.STB_WEAK, Sect: elfmake.Undef}
		}))
	}},
	{"local symbols", "x64", 2000, func(n int) sample {
		var symbols []elfmake.Symbol
		for i := range n {
			symbols = append(symbols, elfmake.Symbol{Name: fmt.Sprintf("l%d", i), Type: elf.STT_OBJECT})
		}
		return one(x64([]elfmake.Section{ret()}, append(symbols, entry(0))), "-Map", "out.map")
	}},
	{"commons", "x64", 1000, func(n int) sample {
		return one(manySymbols(n, func(i int) elfmake.Symbol {
			return elfmake.Symbol{Name: fmt.Sprintf("c%d", i), Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: elfmake.Common, Value: 4, Size: 4}
		}))
	}},
	{"definitions of one name", "x64", 1000, func(n int) sample {
		return one(manySymbols(n, func(int) elfmake.Symbol { return global("twice", 0) }))
	}},
	{"undefined symbols", "x64", 500, func(n int) sample { return one(undefinedNames(n, "u%d")) }},
	{"undefined symbols, few", "x64", 24, func(n int) sample { return one(undefinedNames(n, "mp_obj_new_strings%d")) }},
	{"undefined symbols of C++", "x64", 500, func(n int) sample { return one(undefinedNames(n, "_ZN3foo3barIiEEvRKSt6vectorIT_E%d")) }},
	{"near an undefined symbol", "x64", 1000, func(n int) sample {
		text, symbols := ret(), []elfmake.Symbol{entry(0)}
		for i := range 50 {
			text.Relocs = append(text.Relocs, elfmake.Reloc{Type: x64PLT, Sym: len(symbols), A: -4})
			symbols = append(symbols, undefinedSymbol(fmt.Sprintf("symbol_nunber_%d", i)))
		}
		for i := range n {
			symbols = append(symbols, defined(i))
		}
		return one(x64([]elfmake.Section{text}, symbols))
	}},
	{"references to an undefined symbol", "x64", 1000, func(n int) sample {
		text, symbols := ret(), []elfmake.Symbol{entry(0), undefinedSymbol("nowhere")}
		for i := range n {
			text.Relocs = append(text.Relocs, elfmake.Reloc{Off: uint64(len(text.Data)), Type: x64PLT, Sym: 1, A: -4})
			symbols = append(symbols, elfmake.Symbol{Name: fmt.Sprintf("f%d", i), Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: uint64(len(text.Data))})
			text.Data = append(text.Data, 0, 0, 0, 0)
		}
		return one(x64([]elfmake.Section{text}, symbols))
	}},
	{"--trace-symbol", "x64", 1000, func(n int) sample {
		s := one(manySymbols(n, defined))
		for i := range n {
			s.args = append(s.args, fmt.Sprintf("--trace-symbol=symbol_number_%d", i))
		}
		return s
	}},
	{"--defsym to a number", "x64", 1000, func(n int) sample {
		return options(n, func(i int) string { return fmt.Sprintf("--defsym a%d=%d", i, i) })
	}},
	{"--defsym to a symbol", "x64", 1000, func(n int) sample {
		return options(n, func(i int) string { return fmt.Sprintf("--defsym a%d=mpy_init", i) })
	}},
	{"--defsym in chains", "x64", 1000, func(n int) sample {
		return options(n, func(i int) string {
			if i%90 == 89 {
				return fmt.Sprintf("--defsym a%d=mpy_init", i)
			}
			return fmt.Sprintf("--defsym a%d=a%d", i, i+1)
		})
	}},
	{"--defsym in a circle", "x64", 500, func(n int) sample {
		return options(n, func(i int) string { return fmt.Sprintf("--defsym a%d=a%d", i, (i+1)%n) })
	}},
	{"--defsym over definitions", "x64", 500, func(n int) sample {
		s := one(manySymbols(n, defined))
		for i := range n {
			s.args = append(s.args, fmt.Sprintf("--defsym=symbol_number_%d=%d", i, i))
		}
		return s
	}},
	{"--defsym over sections", "x64", 500, func(n int) sample {
		sections, symbols := []elfmake.Section{ret()}, []elfmake.Symbol{entry(0)}
		for i := range n {
			symbols = append(symbols, global(fmt.Sprintf("v%d", i), len(sections)))
			sections = append(sections, data(fmt.Sprintf(".data.v%d", i)))
		}
		s := one(x64(sections, symbols))
		for i := range n {
			s.args = append(s.args, fmt.Sprintf("--defsym=v%d=%d", i, i))
		}
		return s
	}},
	{"--wrap", "x64", 1000, func(n int) sample {
		return options(n, func(i int) string { return fmt.Sprintf("--wrap a%d", i) })
	}},
	{"--undefined", "x64", 1000, func(n int) sample {
		return options(n, func(i int) string { return fmt.Sprintf("-u a%d", i) })
	}},
	{"--externs", "x64", 2000, func(n int) sample { return externs(n, "a%d = 0x%x;\n") }},
	{"--externs that are provided", "x64", 2000, func(n int) sample { return externs(n, "PROVIDE(a%d = 0x%x);\n") }},
	{"directories of libraries", "x64", 500, func(n int) sample {
		return options(n, func(i int) string { return fmt.Sprintf("-L dir%d", i) })
	}},
	{"qstrs", "x64", 1000, func(n int) sample {
		var b strings.Builder
		fmt.Fprintf(&b, "void f(void) {\n")
		for i := range n {
			fmt.Fprintf(&b, "use(MP_QSTR_name%d);\n", i)
		}
		b.WriteString("}\n")
		return sample{
			files: []fixtures.File{{Name: "m.c", Data: []byte(b.String())}},
			args:  []string{"--preprocess", "m.c"},
		}
	}},
	{"qstrs of a link", "x64", 1000, func(n int) sample {
		s := one(x64([]elfmake.Section{ret()}, []elfmake.Symbol{entry(0)}), "--qstrs", "m.config.h")
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "use(MP_QSTR_name%d);\n", i)
		}
		s.files = append(s.files, fixtures.File{Name: "m.c", Data: []byte(b.String())})
		s.setup = [][]string{{"--preprocess", "-o", "m.config.h", "m.c"}}
		return s
	}},
}

// archiveDimensions: what comes out of libraries.
var archiveDimensions = []dimension{
	{"archives in a chain", "x64", 100, func(n int) sample {
		s := one(x64([]elfmake.Section{callOf(1)}, []elfmake.Symbol{entry(0), undefinedSymbol("f0")}))
		for i := n - 1; i >= 0; i-- {
			name := fmt.Sprintf("./l%d.a", i)
			s.files = append(s.files, fixtures.File{Name: name, Data: elfmake.Dialects[0].Build([]elfmake.Member{chainMember(i, n)})})
			s.args = append(s.args, "-l", name)
		}
		return s
	}},
	{"members in a chain", "x64", 500, func(n int) sample { return members(n, elfmake.Dialects[0]) }},
	{"members in a chain, no armap", "x64", 500, func(n int) sample { return members(n, elfmake.Dialects[1]) }},
	{"members in a chain, verbose", "x64", 500, func(n int) sample {
		s := members(n, elfmake.Dialects[0])
		s.args = append(s.args, "-v", "--dependency-file", "m.d")
		return s
	}},
	{"members in a chain, gc", "x64", 500, func(n int) sample {
		s := members(n, elfmake.Dialects[0])
		s.args = append(s.args, "--gc-sections")
		return s
	}},
	{"archives without what is wanted", "x64", 100, func(n int) sample {
		s := one(undefinedNames(n, "u%d"))
		for i := range n {
			name := fmt.Sprintf("./l%d.a", i)
			s.files = append(s.files, fixtures.File{Name: name, Data: elfmake.Dialects[0].Build([]elfmake.Member{chainMember(i, n)})})
			s.args = append(s.args, "-l", name)
		}
		return s
	}},
}

// chainMember is a member that wants the next one.
func chainMember(i, n int) elfmake.Member {
	name := fmt.Sprintf("f%d", i)
	return elfmake.Member{Name: fmt.Sprintf("m%d.o", i), Symbol: name, Data: x64([]elfmake.Section{callOf(1)}, []elfmake.Symbol{
		{Name: name, Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC}, undefinedSymbol(fmt.Sprintf("f%d", (i+1)%n)),
	})}
}

func members(n int, d elfmake.Dialect) sample {
	s := one(x64([]elfmake.Section{callOf(1)}, []elfmake.Symbol{entry(0), undefinedSymbol("f0")}), "-l", "./lib.a")
	var list []elfmake.Member
	for i := range n {
		list = append(list, chainMember(i, n))
	}
	s.files = append(s.files, fixtures.File{Name: "lib.a", Data: d.Build(list)})
	return s
}
