package ldscript

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name, src string
		want      Script
	}{
		{"assignment", "memcpy = 0x4000df48;", Script{Symbols: []Symbol{{"memcpy", 0x4000df48, false, 1}}}},
		{"provide", "PROVIDE ( SPIRead = 0x40004b1c );\nPROVIDE(ets_printf=0x400024cc);", Script{Symbols: []Symbol{{"SPIRead", 0x40004b1c, true, 1}, {"ets_printf", 0x400024cc, true, 2}}}},
		{"provide without ;", "PROVIDE(a = 1)\nPROVIDE_HIDDEN(b = 2)", Script{Symbols: []Symbol{{"a", 1, true, 1}, {"b", 2, true, 2}}}},
		{"several per line", "a = 1; b = 2;HIDDEN(c = 3);", Script{Symbols: []Symbol{{"a", 1, false, 1}, {"b", 2, false, 1}, {"c", 3, false, 1}}}},
		{"comments", "/* a = 1;\n b = 2; */ c = 3; // d = 4;\n/**/e = 5;", Script{Symbols: []Symbol{{"c", 3, false, 2}, {"e", 5, false, 3}}}},
		{
			"expressions", "base = 0x1000; a = base + 4 * 2; b = (base | 3) - 1; c = 1 << 4 + 1; d = -1; e = 4K; f = 010;",
			Script{Symbols: []Symbol{{"base", 0x1000, false, 1}, {"a", 0x1008, false, 1}, {"b", 0x1002, false, 1}, {"c", 32, false, 1}, {"d", ^uint64(0), false, 1}, {"e", 4096, false, 1}, {"f", 8, false, 1}}},
		},
		{"left to right", "a = 10 - 3 - 2;", Script{Symbols: []Symbol{{"a", 5, false, 1}}}},
		{
			"library script", "/* GNU ld script */\nOUTPUT_FORMAT(elf64-x86-64)\nGROUP ( /usr/lib/libm-2.36.a /usr/lib/libmvec.a AS_NEEDED ( -lfoo ) )\n",
			Script{Inputs: []string{"/usr/lib/libm-2.36.a", "/usr/lib/libmvec.a", "-lfoo"}},
		},
		{"input", `INPUT(a.o, "b c.o" d.o)`, Script{Inputs: []string{"a.o", "b c.o", "d.o"}}},
		{"empty", "", Script{}},
	}
	for _, tt := range tests {
		got, err := Parse("x.ld", []byte(tt.src))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if d := cmp.Diff(&tt.want, got); d != "" {
			t.Errorf("%s: %s", tt.name, d)
		}
	}
}

func TestErrors(t *testing.T) {
	tests := []struct{ src, want string }{
		{"a = 1;\na = 2;", "x.ld:2: symbol a is assigned twice"},
		{"a = 1", "x.ld:1: expected ; after the assignment, found the end of the file"},
		{"a = b;", "x.ld:1: b has no value here: only numbers and symbols assigned before can be used"},
		{"a = ;", `x.ld:1: expected a number, found ";"`},
		{"a = 0x10000000000000000;", `x.ld:1: "0x10000000000000000" is not a number of 64 bits`},
		{"PROVIDE(a = 1;", `x.ld:1: expected ), found ";"`},
		{"PROVIDE a = 1;", `x.ld:1: expected (, found "a"`},
		{"\nSECTIONS { .text : { *(.text) } }", "x.ld:2: SECTIONS: mpyld places the sections of a module itself; only assignments, PROVIDE, INPUT and GROUP are read"},
		{"GROUP ( a.o", "x.ld:1: the list of files has no end"},
		{"/* never", "x.ld:1: the comment has no end"},
		{"= 3;", `x.ld:1: expected a symbol or a command, found "="`},
		{"a = " + strings.Repeat("(", 200) + "1;", "x.ld:1: the expression is nested too deeply"},
		{"\x7fELF", `x.ld:1: expected a symbol or a command, found "\x7f"`},
	}
	for _, tt := range tests {
		if _, err := Parse("x.ld", []byte(tt.src)); err == nil || err.Error() != tt.want {
			t.Errorf("%.40q: got %v, want %s", tt.src, err, tt.want)
		}
	}
}

// FuzzParse: no input panics or hangs, and symbols are unique.
func FuzzParse(f *testing.F) {
	f.Add("PROVIDE ( SPIRead = 0x40004b1c );\n/* x */ a = (1 + 2) << 3;")
	f.Add("OUTPUT_FORMAT(elf64-x86-64)\nGROUP ( /usr/lib/libm-2.36.a AS_NEEDED ( -lfoo ) )")
	f.Fuzz(func(t *testing.T, src string) {
		s, err := Parse("x.ld", []byte(src))
		if (s == nil) != (err != nil) {
			t.Fatalf("script %v with error %v", s, err)
		}
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, sym := range s.Symbols {
			if seen[sym.Name] {
				t.Fatalf("%s twice", sym.Name)
			}
			seen[sym.Name] = true
		}
	})
}
