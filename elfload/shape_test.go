package elfload_test

import (
	"debug/elf"
	"fmt"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/relocs/machines"
)

// TestShape: what symbols say of a section of 32 bytes.
func TestShape(t *testing.T) {
	mapping := func(name string, at uint64) elfmake.Symbol { return elfmake.Symbol{Name: name, Value: at} }
	sym := func(typ elf.SymType, at, size uint64) elfmake.Symbol {
		return elfmake.Symbol{Name: "s", Type: typ, Value: at, Size: size}
	}
	const function, variable = elf.STT_FUNC, elf.STT_OBJECT
	for _, tt := range []struct {
		name string
		syms []elfmake.Symbol
		want string // data, ends
	}{
		{"nothing", nil, "<nil>"},
		{"code", []elfmake.Symbol{mapping("$t", 0)}, "<nil>"},
		{"data between code", []elfmake.Symbol{mapping("$t", 0), mapping("$d", 8), mapping("$t", 12)}, "&{[{8 12}] []}"},
		{"data at the end", []elfmake.Symbol{mapping("$d.1", 28), mapping("$xrv32i2p1_c2p0", 4)}, "&{[{28 32}] []}"},
		{"two marks at a place", []elfmake.Symbol{mapping("$d", 8), mapping("$t", 8)}, "<nil>"},
		{"no mapping symbols", []elfmake.Symbol{mapping("$data", 8), mapping("$", 8), mapping("d", 8)}, "<nil>"},
		{"a variable", []elfmake.Symbol{sym(variable, 8, 8), sym(variable, 12, 8), sym(variable, 24, 100)}, "&{[{8 20} {24 32}] []}"},
		{"a variable that mapping symbols call code", []elfmake.Symbol{mapping("$x", 0), sym(variable, 8, 8)}, "<nil>"},
		{"functions", []elfmake.Symbol{sym(function, 8, 8), sym(function, 0, 8), sym(function, 20, 4)}, "&{[] [8 16 24]}"},
		{"a function in another", []elfmake.Symbol{sym(function, 0, 24), sym(function, 8, 8), sym(function, 16, 0)}, "&{[] [24]}"},
		{"up to the end", []elfmake.Symbol{sym(function, 0, 32)}, "<nil>"},
		{"two that overlap", []elfmake.Symbol{sym(function, 0, 12), sym(function, 8, 12)}, "&{[] [20]}"},
		{"beyond the section", []elfmake.Symbol{sym(function, 8, 1<<31), mapping("$d", 32), sym(function, 400, 4)}, "<nil>"},
	} {
		for _, flags := range []elf.SectionFlag{elf.SHF_ALLOC | elf.SHF_EXECINSTR, elf.SHF_ALLOC} {
			o := elfmake.Object{
				Machine: elf.EM_RISCV, Class: elf.ELFCLASS32, RELA: true, Symbols: tt.syms,
				Sections: []elfmake.Section{{Name: ".text", Flags: flags, Align: 4, Data: make([]byte, 32)}},
			}
			obj, err := elfload.Load("a.o", o.Bytes(), machines.For("rv32imc"))
			if err != nil {
				t.Fatal(err)
			}
			want := tt.want
			if flags&elf.SHF_EXECINSTR == 0 {
				want = "<nil>"
			}
			if got := fmt.Sprint(obj.Sections[1].Shape); got != want {
				t.Errorf("%s: got %s, want %s", tt.name, got, want)
			}
		}
	}
}
