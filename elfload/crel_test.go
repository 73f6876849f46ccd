package elfload_test

import (
	"debug/elf"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/relocs/machines"
)

// crelObject is an object whose .text of 160 bytes has the relocations of a CREL
// section, written in hexadecimal.
func crelObject(t *testing.T, arch, table string) []byte {
	t.Helper()
	data, err := hex.DecodeString(strings.ReplaceAll(table, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	m := machines.For(arch)
	o := elfmake.Object{
		Machine: m.ELF, Class: m.Class,
		Sections: []elfmake.Section{
			{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4, Data: make([]byte, 160)},
			{Name: ".crel.text", Type: 0x40000014, Flags: elf.SHF_INFO_LINK, Align: 1, Data: data, Link: 3, Info: 1},
		},
	}
	for range 16 {
		o.Symbols = append(o.Symbols, elfmake.Symbol{Name: "s", Bind: elf.STB_GLOBAL, Sect: elfmake.Undef})
	}
	return o.Bytes()
}

type entry struct {
	off      uint32
	sym, typ uint32
	a        int64
}

func entries(obj *elfload.Object) []entry {
	var list []entry
	for r := range obj.Sections[1].Relocs {
		list = append(list, entry{r.Off, r.Sym, r.Type, r.A})
	}
	return list
}

// TestCREL: the tables of the first three are what clang 22.1 wrote.
func TestCREL(t *testing.T) {
	tests := []struct {
		name, arch, table string
		want              []entry
	}{
		{"clang x64", "x64", "24 5f072a7c e10101 5b7d58 db020228", []entry{{11, 7, 42, -4}, {39, 8, 42, -4}, {50, 5, 2, -4}, {93, 7, 42, -4}}},
		{"clang armv7m", "armv7m", "16 030c02 097a", []entry{{0, 12, 2, 0}, {4, 6, 2, 0}}},
		{"clang rv32imc", "rv32imc", "16 030f01 0978", []entry{{0, 15, 1, 0}, {4, 7, 1, 0}}},
		{"none", "x64", "00", nil},
		{"implicit addends", "armv7m", "10 03 01 02 40", []entry{{0, 1, 2, 0}, {16, 1, 2, 0}}},
		{"shift", "x64", "17 0f 01 01 05 0c 7b", []entry{{8, 1, 1, 5}, {16, 1, 1, 0}}},
		{"backwards in 64 bits", "x64", "14 83 02 01 01 80ffffffffffffffff0f", []entry{{32, 1, 1, 0}, {16, 1, 1, 0}}},
		{"backwards in 32 bits", "rv32imc", "14 83 02 01 01 80ffffff7f", []entry{{32, 1, 1, 0}, {16, 1, 1, 0}}},
		{"addends that wrap", "rv32imc", "14 07 01 01 ffffffff07 04 01", []entry{{0, 1, 1, 0x7fffffff}, {0, 1, 1, -0x80000000}}},
		{"the largest steps", "x64", "14 07 01 01 ffffffffffffffffff00 04 8180808080808080807f", []entry{{0, 1, 1, 0x7fffffffffffffff}, {0, 1, 1, 0}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			obj, err := elfload.Load("a.o", crelObject(t, tt.arch, tt.table), machines.For(tt.arch))
			if err != nil {
				t.Fatal(err)
			}
			if got := entries(obj); !slices.Equal(got, tt.want) || obj.Sections[1].NumRelocs() != len(tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// TestCRELRefused: what is not a whole table of as many entries as it says.
func TestCRELRefused(t *testing.T) {
	const notWhole = "does not hold the"
	for name, tt := range map[string]struct{ arch, table, want string }{
		"no header":                   {"x64", "", notWhole},
		"header without end":          {"x64", "80", notWhole},
		"header beyond 64 bits":       {"x64", "ffffffffffffffffff7f", notWhole},
		"more entries than bytes":     {"x64", "1c 07 01 01 00", notWhole},
		"a count beyond all memory":   {"x64", "fcffffffffffffffff01 00", notWhole},
		"offset without end":          {"x64", "0c 80", notWhole},
		"offset beyond 64 bits":       {"x64", "0c 80ffffffffffffffffff7f", notWhole},
		"no symbol":                   {"x64", "0c 01", notWhole},
		"symbol without end":          {"x64", "0c 01 80", notWhole},
		"type without end":            {"x64", "0c 03 01 80", notWhole},
		"addend without end":          {"x64", "0c 07 01 01 ff", notWhole},
		"addend beyond 64 bits":       {"x64", "0c 07 01 01 ffffffffffffffffff01", notWhole},
		"addend of eleven bytes":      {"x64", "0c 07 01 01 8080808080808080808000", notWhole},
		"something behind the end":    {"x64", "0c 07 01 01 00 00", notWhole},
		"symbol that is not there":    {"x64", "0c 07 11 01 00", "names symbol 17"},
		"negative symbol":             {"x64", "0c 07 7f 01 00", "names symbol 4294967295"},
		"place outside":               {"x64", "0c 87 0a 01 01 00", "at 0xa0 lies outside section .text"},
		"place far outside":           {"x64", "0f 87 ffffffffffffffff7f 01 01 00", "lies outside section .text"},
		"no addends where all have":   {"rv32imc", "08 03 01 01", "has no addends, which rv32imc needs"},
		"no addends where all have 2": {"xtensa", "08 03 01 01", "has no addends, which xtensa needs"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := elfload.Load("a.o", crelObject(t, tt.arch, tt.table), machines.For(tt.arch))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want ...%s...", err, tt.want)
			}
		})
	}
}

// TestSectionTypes: what may be passed over, and what not. GNU ld 2.40 refuses
// each of those that are refused here, but the relocations of Android and those
// that are about another section, which it links wrongly.
func TestSectionTypes(t *testing.T) {
	const unknown, forLoaders = "of a kind that this linker does not know", "which is for loaders of linked programs"
	tests := []struct {
		name, arch string
		typ        elf.SectionType
		flags      elf.SectionFlag
		info       uint32
		want       string // "" means that it loads
	}{
		{"address significance", "x64", 0x6fff4c03, 0x80000000, 0, ""},
		{"call graph", "x64", 0x6fff4c09, 0x80000000, 0, ""},
		{"block addresses", "x64", 0x6fff4c0a, elf.SHF_LINK_ORDER, 0, ""},
		{"LLVM's bitcode", "x64", 0x6fff4c0c, 0x80000000, 0, ""},
		{"GNU attributes", "x64", elf.SHT_GNU_ATTRIBUTES, 0, 0, ""},
		{"stack traces", "x64", 0x6ffffff4, elf.SHF_ALLOC, 0, ""},
		{"x86-64's unwind tables", "x64", elf.SHT_LOPROC + 1, elf.SHF_ALLOC, 0, ""},
		{"Arm's unwind tables", "armv7m", elf.SHT_LOPROC + 1, elf.SHF_ALLOC, 0, ""},
		{"an application's", "x64", elf.SHT_LOUSER + 7, 0, 0, ""},
		{"a system's", "x64", elf.SHT_LOOS + 7, 0, 0, ""},
		{"retained", "x64", elf.SHT_PROGBITS, elf.SHF_ALLOC | elf.SHF_OS_NONCONFORMING | 0x200000, 0, ""},

		{"RELR", "armv7m", 19, elf.SHF_ALLOC, 0, forLoaders},
		{"RELR not loaded", "x64", 19, 0, 0, "SHT_RELR"},
		{"Android REL", "armv7m", 0x60000001, 0, 0, "SHT_ANDROID_REL,"},
		{"Android RELA", "rv32imc", 0x60000002, elf.SHF_INFO_LINK, 1, "SHT_ANDROID_RELA,"},
		{"Android RELR", "x64", 0x6fffff00, 0, 0, "SHT_ANDROID_RELR,"},
		{"relocations to come", "x64", 20, elf.SHF_INFO_LINK, 1, unknown},
		{"a system's relocations", "x64", elf.SHT_LOOS + 7, elf.SHF_INFO_LINK, 1, unknown},
		{"a system's relocations without the flag", "x64", elf.SHT_LOOS + 7, 0, 1, unknown},
		{"an application's relocations", "x64", elf.SHT_LOUSER + 7, elf.SHF_INFO_LINK, 1, unknown},
		{"a system's in memory", "x64", elf.SHT_LOOS + 7, elf.SHF_ALLOC, 0, unknown},
		{"an application's in memory", "x64", elf.SHT_LOUSER + 7, elf.SHF_ALLOC, 0, unknown},
		{"a system's that must be known", "x64", elf.SHT_LOOS + 7, elf.SHF_OS_NONCONFORMING, 0, unknown},
		{"a flag that must be known", "x64", elf.SHT_PROGBITS, elf.SHF_OS_NONCONFORMING | 0x400000, 0, unknown},
		{"nobody's", "x64", 0x40000015, 0, 0, unknown},
		{"dynamic", "x64", elf.SHT_DYNAMIC, elf.SHF_ALLOC, 0, unknown},
		{"another machine's", "xtensa", elf.SHT_LOPROC + 3, 0, 0, unknown},
		{"a new one of the machine", "armv7m", elf.SHT_LOPROC + 9, 0, 0, unknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := machines.For(tt.arch)
			o := elfmake.Object{Machine: m.ELF, Class: m.Class, Sections: []elfmake.Section{
				{Name: ".text", Flags: elf.SHF_ALLOC, Align: 4, Data: make([]byte, 8)},
				{Name: ".what", Type: tt.typ, Flags: tt.flags, Info: tt.info, Align: 4, Data: make([]byte, 8)},
			}}
			if tt.info != 0 {
				o.Sections[1].Link = 3 // the symbol table
			}
			_, err := elfload.Load("a.o", o.Bytes(), m)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want %q in it", got, tt.want)
			}
		})
	}
}
