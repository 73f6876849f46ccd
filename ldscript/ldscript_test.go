package ldscript

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// world has obj in an object at an address not known, and fw in a firmware at
// 0x100; objects refer to the names that are given.
func world(needed ...string) World {
	return World{
		Lookup: func(name string) (Value, bool) {
			switch name {
			case "obj":
				return Value{Symbol: "obj"}, true
			case "fw":
				return Value{Number: 0x100}, true
			}
			return Value{}, false
		},
		Defined: func(name string) bool { return name == "obj" || name == "fw" },
		Needed:  func(name string) bool { return strings.Contains(" "+strings.Join(needed, " ")+" ", " "+name+" ") },
	}
}

// evaluated is what a script gives, a word for each name.
func evaluated(t *testing.T, src string, w World) string {
	t.Helper()
	s, err := Parse("x.ld", []byte(src))
	if err != nil {
		t.Errorf("%s: %v", src, err)
		return ""
	}
	return results(Join([]*Script{s}, self), w)
}

func self(name string) string { return name }

func results(s *Symbols, w World) string {
	var b strings.Builder
	for _, r := range s.Evaluate(w) {
		switch {
		case r.Err != nil:
			fmt.Fprintf(&b, "%s!%s\n", r.Name, r.Err)
			continue
		case r.Value.Symbol != "":
			fmt.Fprintf(&b, "%s=%s+%#x", r.Name, r.Value.Symbol, r.Value.Number)
		default:
			fmt.Fprintf(&b, "%s=%#x", r.Name, r.Value.Number)
		}
		if r.Provide {
			b.WriteByte('?')
		}
		b.WriteByte(' ')
	}
	return strings.TrimSpace(b.String())
}

// TestEvaluate: values are those of GNU ld 2.40 for RISC-V, which was asked for
// all that has no symbol of a module in it.
func TestEvaluate(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{"memcpy = 0x4000df48;", "memcpy=0x4000df48"},
		{"PROVIDE ( a = 0x10 );\nPROVIDE(b=0x20);PROVIDE(c = 1)\nPROVIDE_HIDDEN(d = 2)HIDDEN(e = 3);", "a=0x10? b=0x20? c=0x1? d=0x2? e=0x3"},
		{"a = 1; b = 2, c = 3;; ;", "a=0x1 b=0x2 c=0x3"},
		{"/* a = 1;\n b = 2; */ c = 3; // d = 4;\n/**/e = 5;", "c=0x3 e=0x5"},
		{`"a b" = 1; c = "a b" + 1;`, "a b=0x1 c=0x2"},

		// What is assigned several times.
		{"a = 1; a = 2;", "a=0x2"},
		{"PROVIDE(a = 1); PROVIDE(a = 1);", "a=0x1?"},
		{"PROVIDE(a = 1); PROVIDE(a = 2);", "a=0x1?"},
		{"PROVIDE(a = 1); a = 2;", "a=0x2"},
		{"a = 1; PROVIDE(a = 2);", "a=0x1"},
		{"b = 1; b = b + 1; a = b;", "b=0x2 a=0x2"},
		{"a = 1; a += 3; a <<= 2; a |= 1; a -= 2; a *= 3; a /= 2; a &= 0x16;", "a=0x16"},

		// Forwards and backwards.
		{"a = b; b = 1; b = 2;", "a=0x2 b=0x2"},
		{"b = 1; a = b; b = 2;", "a=0x1 b=0x2"},
		{"a = b; PROVIDE(b = 1);", "a=0x1 b=0x1?"},
		{"PROVIDE(a = c); PROVIDE(c = b); PROVIDE(b = 3);", "a=0x3? c=0x3? b=0x3?"},
		{"b = 3; PROVIDE(a = b); b = 4;", "a=0x3? b=0x4"},
		{"c = d; d = 5; c = 7; a = c;", "d=0x5 c=0x7 a=0x7"},
		{"a = c; c = d; d = 5; d = 6;", "a=0x6 c=0x6 d=0x6"},
		{"a = c; b = a + 1; c = 2;", "a=0x2 b=0x3 c=0x2"},

		// Numbers.
		{"a = 010; b = 16; c = 0x10; d = 0X1f; e = $10; f = 10h; g = 10H; i = 101b; j = 7o; k = 12d; l = 1x; m = 0x10d;", "a=0x8 b=0x10 c=0x10 d=0x1f e=0x10 f=0x10 g=0x10 i=0x5 j=0x7 k=0xc l=0x1 m=0x10d"},
		{"a = 4K; b = 1M; c = 0x12k; d = 0X1fK; e = 2m; f = $1k;", "a=0x1000 b=0x100000 c=0x4800 d=0x7c00 e=0x200000 f=0x400"},

		// Operators.
		{"a = 10 - 3 - 2; b = 1 - 2 * 3 + 7; c = 1 << 4 + 1; d = 1 | 2 & 3 << 1; e = 6 ^ 3;", "a=0x5 b=0x2 c=0x20 d=0x3 e=0x5"},
		{"a = 7/2; b = (-7/2) & 0xff; c = (-7%3) & 0xff; d = 5 % -3; e = -1 / 2;", "a=0x3 b=0xfd c=0xff d=0x2 e=0x0"},
		{"a = -1 >> 60; b = 1<2; c = -1 < 1; d = !3; e = ~0 >> 56; f = 1 ? 2 : 3 ? 4 : 5; g = 1 || 0 && 0; h = - - 3 + ~ ~ 4; i = +3;", "a=0xf b=0x1 c=0x0 d=0x0 e=0xff f=0x2 g=0x1 h=0x7 i=0x3"},
		{"a = 2 < 2; b = 1 && 0; c = 0 && 1; d = 2 && 1; e = 0 || 0; f = 2 > 2; g = 2 <= 2; h = 2 >= 2; i = 2 <= 1; j = 0 || 2;", "a=0x0 b=0x0 c=0x0 d=0x1 e=0x0 f=0x0 g=0x1 h=0x1 i=0x0 j=0x1"},
		{"a = 1 == 1; b = 3 >= 4; c = 5 != 5; d = 4 <= 4; e = 5 > 4; f = 0 ? 1 : 0 ? 2 : 3;", "a=0x1 b=0x0 c=0x0 d=0x1 e=0x1 f=0x3"},
		{"a = MAX(1,2) + MIN(3,4) + ALIGN(5,8) + LOG2CEIL(9);", "a=0x11"},
		{"a = ALIGN(5,2); b = ALIGN(5,1); c = ALIGN(6,2); d = ALIGN(5,0);", "a=0x6 b=0x5 c=0x6 d=0x5"},
		{"a = ABSOLUTE(3) + ABSOLUTE(fw); b = (fw | 3) - 1;", "a=0x103 b=0x102"},
		{"a = 1 ? 3 : zzz; b = DEFINED(zzz) ? zzz : 4;", "a=0x3 b=0x4"},

		// DEFINED counts what goes before, and PROVIDE only if it is needed.
		{"a = DEFINED(obj) ? 1 : 2; b = DEFINED(fw);", "a=0x1 b=0x1"},
		{"a = DEFINED(b) ? 1 : 2; b = 3;", "a=0x2 b=0x3"},
		{"b = 3; a = DEFINED(b) ? 1 : 2;", "b=0x3 a=0x1"},
		{"PROVIDE(b = 3); a = DEFINED(b) ? 1 : 2;", "b=0x3? a=0x2"},
		{"PROVIDE(n = 3); a = DEFINED(n) ? 1 : 2;", "n=0x3? a=0x1"},
		{"a = DEFINED(a) ? 1 : 2;", "a=0x2"},
		{"a = 1; a = DEFINED(a) ? 5 : 6;", "a=0x5"},

		// Symbols of the module.
		{"a = obj; b = a + 4; c = 2 + b - 1; d = ABSOLUTE(obj) - 8; e = obj - b;", "a=obj+0x0 b=obj+0x4 c=obj+0x5 d=obj+0xfffffffffffffff8 e=0xfffffffffffffffc"},
		{"PROVIDE(obj = 1); a = obj;", "a=obj+0x0"},
		{"obj = 1; a = obj;", "obj=0x1 a=0x1"},

		// The location counter, SECTIONS and other commands.
		{"SECTIONS { . = 0x100; a = .; . += 4; b = . + 1; PROVIDE(c = 3); ASSERT(. == 0x104, \"no\") . = ALIGN(0x10); d = .; }", "a=0x100 b=0x105 c=0x3? d=0x110"},
		{"a = .; . = 5; b = .;", "a=0x0 b=0x5"},
		{"MEMORY { r (rwx!a) : ORIGIN = 0x100, LENGTH = 4K\n s : org = 1 len = (2 + 3) } a = ORIGIN(r) + LENGTH(r); b = LENGTH(s);", "a=0x1100 b=0x5"},
		{"ENTRY(foo) OUTPUT_FORMAT(\"elf32\", x, y) VERSION { F { global: a; local: *; }; } PHDRS { t PT_LOAD; } a = 1;", "a=0x1"},
		{"ASSERT(a == 1, \"no\"); ASSERT(1, \"yes\") a = 1;", "a=0x1"},
		{"", ""},

		// What has no value: a PROVIDE says so only to who asks.
		{"a = zzz + 1;", "a!x.ld:1:5: undefined symbol: zzz (in the value of a)"},
		{"PROVIDE(a = zzz);", "a!x.ld:1:13: undefined symbol: zzz (in the value of a)"},
		{"a = 0 && zzz;", "a!x.ld:1:10: undefined symbol: zzz (in the value of a)"},
		{"a = b;\nb = a;", "a!x.ld:1:1: a is set to what depends on itself\nb!x.ld:1:1: a is set to what depends on itself"},
		{"a = a + 1;", "a!x.ld:1:1: a is set to what depends on itself"},
		{"a += 1;", "a!x.ld:1:1: a is set to what depends on itself"},
		{"a = 7 /\n 0;", "a!x.ld:1:7: division by zero"},
		{"a = 7 % (1 - 1);", "a!x.ld:1:7: division by zero"},
		{"a = obj * 2;", "a!x.ld:1:9: the address of obj is known only after loading: numbers can be added to it and nothing else"},
		{"a = obj ? 1 : 2;", "a!x.ld:1:9: the address of obj is known only after loading: numbers can be added to it and nothing else"},
		{"a = 3 - obj;", "a!x.ld:1:7: the address of obj is known only after loading: numbers can be added to it and nothing else"},
		{"ASSERT(a == 2, \"a is not 2\") a = 1;", "!x.ld:1:1: the script's assertion fails: \"a is not 2\"\na=0x1"},
	} {
		if d := cmp.Diff(tt.want, evaluated(t, tt.src, world("n"))); d != "" {
			t.Errorf("%s: %s", tt.src, d)
		}
	}
}

// TestOrder: symbols of other scripts, whichever comes first.
func TestOrder(t *testing.T) {
	base, _ := Parse("base.ld", []byte("crc = 0x10; PROVIDE(other = 1);"))
	api, _ := Parse("api.ld", []byte("PROVIDE ( rom_crc = crc ); rom_other = other + 1;"))
	again, err := ParseDefsym("crc=crc + 0x10")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		scripts []*Script
		want    string
	}{
		{[]*Script{base, api}, "crc=0x10 other=0x1? rom_crc=0x10? rom_other=0x2"},
		{[]*Script{api, base}, "rom_crc=0x10? rom_other=0x2 crc=0x10 other=0x1?"},
		{[]*Script{base, api, again}, "other=0x1? rom_crc=0x10? rom_other=0x2 crc=0x20"},
		{[]*Script{api}, "rom_crc!api.ld:1:21: undefined symbol: crc (in the value of rom_crc)\nrom_other!api.ld:1:40: undefined symbol: other (in the value of rom_other)"},
	} {
		if d := cmp.Diff(tt.want, results(Join(tt.scripts, self), world())); d != "" {
			t.Error(d)
		}
	}
}

// TestNames: what a wanted value wants.
func TestNames(t *testing.T) {
	s, err := Parse("x.ld", []byte("PROVIDE(a = b + c);\nb = d; b = b + e; f = 1 ? g : a; h = 3;"))
	if err != nil {
		t.Fatal(err)
	}
	syms := Join([]*Script{s}, self)
	var got []string
	syms.Names("a", func(name, where string) { got = append(got, name+" "+where) })
	if want := []string{"e x.ld:2:8", "d x.ld:2:1", "c x.ld:1:9"}; !cmp.Equal(got, want) {
		t.Errorf("names %q, want %q", got, want)
	}
	if got, want := syms.Assigned(), []string{"b", "f"}; !cmp.Equal(got, want) {
		t.Errorf("assigned %q, want %q", got, want)
	}
}

// TestCommands: what a script says beside assignments.
func TestCommands(t *testing.T) {
	for _, tt := range []struct {
		src            string
		inputs, wanted []string
	}{
		{"/* GNU ld script */\nOUTPUT_FORMAT(elf64-x86-64)\nGROUP ( /usr/lib/libm-2.36.a /usr/lib/libmvec.a AS_NEEDED ( -lfoo ) )\n", []string{"/usr/lib/libm-2.36.a", "/usr/lib/libmvec.a", "-lfoo"}, nil},
		{`INPUT(a.o, "b c.o" d.o)`, []string{"a.o", "b c.o", "d.o"}, nil},
		{"EXTERN(f g) EXTERN ( h );", nil, []string{"f", "g", "h"}},
	} {
		s, err := Parse("x.ld", []byte(tt.src))
		if err != nil {
			t.Errorf("%s: %v", tt.src, err)
			continue
		}
		if !cmp.Equal(s.Inputs, tt.inputs) || !cmp.Equal(s.Wanted, tt.wanted) {
			t.Errorf("%s: inputs %q, wanted %q", tt.src, s.Inputs, s.Wanted)
		}
	}
}

func TestErrors(t *testing.T) {
	tests := []struct{ src, want string }{
		{"a = 1", "x.ld:1:6: expected ; after the assignment, found the end of the file"},
		{"a = ;", `x.ld:1:5: expected a number, found ";"`},
		{strings.Repeat("a=1;", maxAssignments+1), `x.ld:1:131076: a script has more than 32768 assignments with this one`},
		{"a = 0x10000000000000000;", `x.ld:1:5: "0x10000000000000000" is not a number of 64 bits`},
		{"a = 08;", `x.ld:1:5: "08" is not a number of 64 bits`},
		{"a = 0b11;", `x.ld:1:5: "0b11" is not a number of 64 bits`},
		{"a = 18014398509481984K;", `x.ld:1:5: "18014398509481984K" is not a number of 64 bits`},
		{"PROVIDE(a = 1;", `x.ld:1:14: expected ), found ";"`},
		{"PROVIDE a = 1;", `x.ld:1:9: expected (, found "a"`},
		{"a b = 1;", `x.ld:1:3: expected =, found "b"`},
		{"\n SECTIONS { .text : { *(.text) } }", "x.ld:2:13: .text: mpyld places the sections of a module itself; only the assignments in SECTIONS are read"},
		{"SECTIONS { /DISCARD/ : { } }", `x.ld:1:12: "/": mpyld places the sections of a module itself; only the assignments in SECTIONS are read`},
		{"SECTIONS { a = 1;", "x.ld:1:18: expected }, found the end of the file"},
		{"GROUP ( a.o", "x.ld:1:12: expected ), found the end of the file"},
		{"a = 1; /* never", "x.ld:1:8: the comment has no end"},
		{"= 3;", `x.ld:1:1: expected a symbol or a command, found "="`},
		{"a = " + strings.Repeat("(", 200) + "1;", "x.ld:1:55: the expression is nested too deeply"},
		{"a = b" + strings.Repeat("+b", 2000) + ";", "x.ld:1:2006: the expression has more than 1000 operators"},
		{"\x7fELF", `x.ld:1:1: expected a symbol or a command, found "\x7f"`},
		{"INCLUDE other.ld", "x.ld:1:1: INCLUDE: mpyld does not follow it"},
		{"a = ADDR(.text);", "x.ld:1:5: ADDR: mpyld lays out a module itself, scripts cannot ask where sections are"},
		{"a = SIZEOF_HEADERS;", "x.ld:1:5: SIZEOF_HEADERS: mpyld lays out a module itself, scripts cannot ask where headers are"},
		{"a = SQRT(2);", "x.ld:1:5: SQRT is not a function that mpyld knows"},
		{"a = MAX(2);", "x.ld:1:5: MAX takes 2 arguments"},
		{"a = ORIGIN(ram);", "x.ld:1:5: ORIGIN: MEMORY of this script has no region ram"},
		{"MEMORY { r : ORIGIN = x, LENGTH = 1 }", "x.ld:1:23: ORIGIN of a memory region is a number"},
		{"MEMORY { r : LENGTH = 1 }", `x.ld:1:14: expected ORIGIN, found "LENGTH"`},
		{`a = "`, "x.ld:1:5: the quoted name has no end, or no characters"},
	}
	for _, tt := range tests {
		if _, err := Parse("x.ld", []byte(tt.src)); err == nil || err.Error() != tt.want {
			t.Errorf("%.40q: got %v, want %s", tt.src, err, tt.want)
		}
	}
	for _, tt := range []struct{ src, want string }{
		{"a", "--defsym a: expected =, found the end"},
		{"=1", `--defsym =1: expected a symbol, found "="`},
		{"a=1;b=2", `--defsym a=1;b=2: expected the end of the expression, found ";"`},
	} {
		if _, err := ParseDefsym(tt.src); err == nil || err.Error() != tt.want {
			t.Errorf("%q: got %v, want %s", tt.src, err, tt.want)
		}
	}
}

// TestChains: symbols that are set to each other, far in either direction.
func TestChains(t *testing.T) {
	const n = 5000
	var forward, backward strings.Builder
	fmt.Fprintf(&backward, "s%d = 1;", n)
	for i := range n {
		fmt.Fprintf(&forward, "s%d = s%d;", i, i+1)
		fmt.Fprintf(&backward, "s%d = s%d;", n-1-i, n-i)
	}
	if got := evaluated(t, backward.String(), world()); !strings.HasSuffix(got, " s0=0x1") {
		t.Errorf("backwards: %.100s", got)
	}
	if got := evaluated(t, forward.String(), world()); !strings.HasPrefix(got, "s0!x.ld:1:") || !strings.Contains(got, "symbols that are set later") {
		t.Errorf("forwards: %.100s", got)
	}
}

// FuzzParse: no input panics or hangs, and each name has one value.
func FuzzParse(f *testing.F) {
	f.Add("PROVIDE ( SPIRead = 0x40004b1c );\n/* x */ a = (1 + 2) << 3;")
	f.Add("OUTPUT_FORMAT(elf64-x86-64)\nGROUP ( /usr/lib/libm-2.36.a AS_NEEDED ( -lfoo ) )")
	f.Add("MEMORY { r (rx) : ORIGIN = 1, LENGTH = 2K } SECTIONS { . = ORIGIN(r); a = . ? DEFINED(b) : MAX(obj, -1 / c); ASSERT(a, \"x\") }")
	f.Fuzz(func(t *testing.T, src string) {
		s, err := Parse("x.ld", []byte(src))
		if (s == nil) != (err != nil) {
			t.Fatalf("script %v with error %v", s, err)
		}
		if err != nil {
			return
		}
		seen := map[string]bool{}
		for _, r := range Join([]*Script{s, s}, self).Evaluate(world("n")) {
			if r.Name != "" && seen[r.Name] {
				t.Fatalf("%s twice", r.Name)
			}
			seen[r.Name] = true
		}
	})
}
