package audit_test

import (
	"slices"
	"strings"
	"testing"

	"mpyld/audit"
	"mpyld/elfload"
	"mpyld/linkmap"
	"mpyld/mpyfile"
)

// falsehood is one thing that is changed in a good link, and what the second look says of it.
type falsehood struct {
	what   string
	change func(f *falsifier)
	want   string
}

var falsehoods = []falsehood{
	{"another definition", func(f *falsifier) { f.target("both").Section = int32(f.number("a.o", ".text")) }, "a.o:(.data.rel.ro.table+0x2c): the map has a.o:(.text+0x4) (instruction set 1) for both, by ELF's rules it is b.o:(.text.f+0x4) (instruction set 1)"},
	{"another place in the section", func(f *falsifier) { f.target("f").Off += 2 }, "a.o:(.data.rel.ro.table+0x4): the map has b.o:(.text.f+0x2) (instruction set 1) for f, by ELF's rules it is b.o:(.text.f+0x0) (instruction set 1)"},
	{"the instruction set", func(f *falsifier) { f.target("f").Mode = 0 }, "a.o:(.data.rel.ro.table+0x4): the map has b.o:(.text.f+0x0) for f, by ELF's rules it is b.o:(.text.f+0x0) (instruction set 1)"},
	{"a local symbol", func(f *falsifier) { f.target("own").Off = 0 }, "a.o:(.data.rel.ro.table+0x0): the map has a.o:(.rodata.local+0x0) for own, by ELF's rules it is a.o:(.rodata.local+0x4)"},
	{"a weak reference", func(f *falsifier) { *f.target("nobody") = *f.target("f") }, "a.o:(.data.rel.ro.table+0x8): the map has b.o:(.text.f+0x0) (instruction set 1) for f, by ELF's rules it is the null address: it is weak and not defined"},
	{"an undefined symbol for the null address", func(f *falsifier) {
		b := f.in.Objects[1]
		b.Symbols[slices.IndexFunc(b.Symbols, func(s elfload.Symbol) bool { return s.Name == "number" })].Name = "another"
		f.target("number").Kind = linkmap.Null
	}, "a.o:(.data.rel.ro.table+0x1c): the map has the null address for number, by ELF's rules it is undefined"},
	{"a definition left out", func(f *falsifier) { f.target("f").Kind = linkmap.Null }, "a.o:(.data.rel.ro.table+0x4): the map has the null address for f, by ELF's rules it is b.o:(.text.f+0x0) (instruction set 1)"},
	{"an absolute symbol", func(f *falsifier) { f.target("number").Off++ }, "a.o:(.data.rel.ro.table+0x1c): the map has the number 0x4e for number, by ELF's rules it is the number 0x4d"},
	{"what the firmware supplies", func(f *falsifier) { f.target("memset").Dest.Entry++ }, "a.o:(.data.rel.ro.table+0x14): the map has the function mp_fun_table[51] for memset, by ELF's rules it is the function mp_fun_table[50]"},
	{"supplied, but no function", func(f *falsifier) { f.target("memset").Code = false }, "a.o:(.data.rel.ro.table+0x14): the map has mp_fun_table[50] for memset, by ELF's rules it is the function mp_fun_table[50]"},
	{"a wrapped symbol", func(f *falsifier) {
		*f.target("__wrap_wrapped") = linkmap.Target{Name: "wrapped", Section: int32(f.number("b.o", ".text.unused")), Mode: 1}
	}, "a.o:(.data.rel.ro.table+0x20): the map has b.o:(.text.unused+0x0) (instruction set 1) for wrapped, by ELF's rules it is b.o:(.text.f+0x0) (instruction set 1)"},
	{"an alias", func(f *falsifier) { f.target("alias").Off -= 4 }, "a.o:(.data.rel.ro.table+0x24): the map has b.o:(.text.f+0x0) (instruction set 1) for alias, by ELF's rules it is b.o:(.text.f+0x4) (instruction set 1)"},
	{"a script's number", func(f *falsifier) { f.target("later").Off = 0x1230 }, "a.o:(.data.rel.ro.table+0x3c): the map has the number 0x1230 for later, by ELF's rules it is the number 0x1234"},
	{"a symbol of the firmware", func(f *falsifier) { f.target("fixed").Off = 0x4003 }, "a.o:(.data.rel.ro.table+0x38): the map has the number 0x4003 for fixed, by ELF's rules it is the number 0x4001"},
	{"an edge", func(f *falsifier) { *f.target("_edata") = *f.target("__start_foo") }, "a.o:(.data.rel.ro.table+0x40): the map has (__start_foo+0x0) for __start_foo, by ELF's rules it is the end of rodata"},
	{"a run's edge", func(f *falsifier) { f.boundary("__start_foo").Of = []int{f.number("b.o", ".data.taken")} }, "a.o:(.data.rel.ro.table+0x28): the map has (__start_foo+0x0) for __start_foo, by ELF's rules it is the start of all sections foo"},
	{"an edge of another region", func(f *falsifier) { f.boundary("_edata").Region = mpyfile.BSS }, "a.o:(.data.rel.ro.table+0x40): the map has (_edata+0x0) for _edata, by ELF's rules it is the end of rodata"},
	{"an end for a start", func(f *falsifier) { f.boundary("__start_foo").End = true }, "a.o:(.data.rel.ro.table+0x28): the map has (__start_foo+0x0) for __start_foo, by ELF's rules it is the start of all sections foo"},
	{"an addend", func(f *falsifier) { (*f.table())[1].A = 4 }, "a.o:(.data.rel.ro.table+0x4): the map has R_ARM_ABS32 with addend 4, the object with 0"},
	{"an addend, of a symbol seen before", func(f *falsifier) { (*f.table())[19].A = 4 }, "a.o:(.data.rel.ro.table+0x4c): the map has R_ARM_ABS32 with addend 4, the object with 0"},
	{"a place, of a symbol seen before", func(f *falsifier) { (*f.table())[19].S = (*f.table())[0].S }, "a.o:(.data.rel.ro.table+0x4c): the map has a.o:(.rodata.local+0x4) for own, by ELF's rules it is b.o:(.text.f+0x0) (instruction set 1)"},
	{"a relocation's type", func(f *falsifier) { (*f.table())[1].Howto = f.in.Machine.Howto(3) }, "a.o:(.data.rel.ro.table): the object has a relocation R_ARM_ABS32 at 0x4, which the map does not have"},
	{"a relocation lost", func(f *falsifier) { *f.table() = slices.Delete(*f.table(), 2, 3) }, "a.o:(.data.rel.ro.table): the object has a relocation R_ARM_ABS32 at 0x8, which the map does not have"},
	{"a relocation more", func(f *falsifier) { *f.table() = append(*f.table(), (*f.table())[2]) }, "a.o:(.data.rel.ro.table): the map has a relocation R_ARM_ABS32 at 0x8, which the object does not have"},

	{"a common symbol's size", func(f *falsifier) { f.common("v").Size = 4 }, "b.o:(COMMON v): the map has v with 4 bytes, the largest of its common symbols has 10"},
	{"a common symbol that is too large", func(f *falsifier) { f.common("v").Size = 12 }, "b.o:(COMMON v): the map has v with 12 bytes, the largest of its common symbols has 10"},
	{"a common symbol's alignment", func(f *falsifier) { f.common("v").Align = 4 }, "b.o:(COMMON v): the map has v aligned to 4 bytes, the strictest of its common symbols asks for 8"},
	{"a common symbol twice", func(f *falsifier) { f.Map.Sections = append(f.Map.Sections, *f.common("v")) }, "b.o:(COMMON v): the map has v twice"},
	{"a common symbol in place of a definition", func(f *falsifier) { f.common("v").Name = "COMMON taken" }, "b.o:(COMMON taken): the map has taken as a common symbol, by the rules of binding it is the definition in b.o"},
	{"a common symbol beside a definition", func(f *falsifier) {
		f.target("taken").Section = int32(f.number(f.common("v").Object, "COMMON v"))
		f.target("taken").Off = 0
	}, "a.o:(.data.rel.ro.table+0x30): the map has b.o:(COMMON v+0x0) for taken, by ELF's rules it is b.o:(.data.taken+0x0)"},

	{"another section for a common symbol", func(f *falsifier) { f.target("v").Section = int32(f.number("b.o", ".bss")) }, "a.o:(.data.rel.ro.table+0xc): the map has b.o:(.bss+0x0) for v, by ELF's rules it is the common symbol of that name"},

	{"another copy of a group", func(f *falsifier) { f.swap("a.o", "b.o", ".text.inline") }, "b.o:(.text.inline): the map has this section of group inline, by the rules of groups it is left out: a.o has one"},
	{"a group in part", func(f *falsifier) { f.leave("a.o", ".rodata.inline") }, "a.o:(.rodata.inline+0x0): the map does not have this section, by the rules of groups it stays: others of group inline do"},

	{"a member for nothing", func(f *falsifier) { f.Members = append(f.Members, audit.Extraction{Member: "lib.a(t.o)", Symbol: "t"}) }, "lib.a(t.o): the map has this archive member for t, by the rule of archives it stays out: nothing wants the symbol"},
	{"a member for what is defined", func(f *falsifier) {
		f.Members = append(f.Members, audit.Extraction{Member: "more.a(s2.o)", Symbol: "s"})
	}, "more.a(s2.o): the map has this archive member for s, by the rule of archives it stays out: lib.a(s.o) defines the symbol"},
	{"another member", func(f *falsifier) { f.Members[0].Member = "more.a(s2.o)" }, "more.a(s2.o): the map has this archive member for s, by the rule of archives it is lib.a(s.o): it is the first that defines the symbol"},
	{"a member of the user's, behind a C library that has it", func(f *falsifier) {
		f.in.Archives[0].Name, f.Members[0].Member = "libnosys.a", "more.a(s2.o)"
	}, "more.a(s2.o): the map has this archive member for s, by the rule of archives it is lib.a(s.o): it is the first that defines the symbol"},
	{"a member lost", func(f *falsifier) { f.Members = nil }, "lib.a(s.o): the map does not have this archive member, by the rule of archives it comes in for s, which is undefined"},
	{"a member lost that options ask for", func(f *falsifier) {
		f.in.Archives, f.in.Undefined = append(f.in.Archives, library("asked.a", member("asked"))), []string{"asked"}
	}, "asked.a(asked.o): the map does not have this archive member, by the rule of archives it comes in for asked, which is undefined"},
	{"a member lost for a common symbol", func(f *falsifier) { f.in.Archives = append(f.in.Archives, library("vars.a", member("v"))) }, "vars.a(v.o): the map does not have this archive member, by the rule of archives it comes in for v, which is a common symbol"},
	{"a member for a fixed address", func(f *falsifier) { f.in.Externs["s"] = linkmap.Extern{Value: 4} }, "lib.a(s.o): the map has this archive member for s, by the rule of archives it stays out: the symbol has a fixed address"},

	{"a section lost", func(f *falsifier) { f.leave("b.o", ".bss") }, "b.o:(.bss+0x0): the map does not have this section, by the rules of what is reached it stays"},
	{"a section of the entry lost", func(f *falsifier) { f.in.GCSections = true; f.leave("a.o", ".text") }, "a.o:(.text+0x0): the map does not have this section, by the rules of what is reached it stays: it has mpy_init"},
	{"a section too much", func(f *falsifier) { f.in.GCSections = true }, "a.o:(.data.rel.ro.table): the map has this section, by the rules of what is reached it is left out: nothing refers to it"},
	{"what is asked for lost", func(f *falsifier) {
		f.in.GCSections = true
		f.in.Undefined = []string{"unused"}
		f.leave("b.o", ".text.unused")
	}, "b.o:(.text.unused+0x0): the map does not have this section, by the rules of what is reached it stays: it has unused"},

	{"constructors in another order", func(f *falsifier) { f.trade("b.o", ".init_array.00101", ".init_array") }, "the map has b.o:(.init_array) as number 1 of .init_array, by the order of constructors it is b.o:(.init_array.00101)"},
	{"a constructor lost", func(f *falsifier) { f.leave("b.o", ".init_array.00101") }, "the map has b.o:(.init_array) as number 1 of .init_array, by the order of constructors it is b.o:(.init_array.00101)"},
	{"the last constructor lost", func(f *falsifier) { f.leave("b.o", ".init_array") }, "b.o:(.init_array+0x0): the map does not have this part of .init_array, by the order of constructors it is number 2"},
	{"a constructor elsewhere", func(f *falsifier) { f.section("b.o", ".init_array").Region = mpyfile.Rodata }, "b.o:(.init_array): the map has this part of .init_array in another region than the first"},
	{"another entry", func(f *falsifier) { f.Map.Entry += 2 }, "the map has the entry at text+0x6, by its rules it is mpy_init, at a.o:(.text+0x0) (instruction set 1)"},
	{"no run of constructors", func(f *falsifier) { f.in.Objects[0].Symbols[f.symbol("__init_array_start")].Name = "another" }, "the map has the entry at text+0x4, by its rules it is __mpyld_start, at the null address: it is weak and not defined"},

	{"a section of another size", func(f *falsifier) { f.section("b.o", ".text.unused").Size = 2 }, "b.o:(.text.unused): the map has 2 bytes, the object has 4"},
	{"a section of nobody", func(f *falsifier) { f.section("b.o", ".text.unused").Data = make([]byte, 4) }, "b.o:(.text.unused): the map has a section of 4 bytes, which the inputs do not have"},
	{"an alignment", func(f *falsifier) { f.section("b.o", ".data.taken").Align = 8 }, "b.o:(.data.taken): the map has it aligned to 8 bytes, the object asks for 16"},
	{"an address in memory", func(f *falsifier) { f.File.BSSSize -= 8 }, "b.o:(.data.taken): the map has it at 0x38 of its block of memory (rodata), it has to be aligned to 16 bytes"},
	{"instructions that are none", func(f *falsifier) { f.section("b.o", ".text.unused").Instructions = false }, "b.o:(.text.unused): the map and the object differ in whether there are instructions in it"},

	{"extensions", func(f *falsifier) { f.File.ArchFlags = 2 }, "the header has the extensions flags 0x2, the objects and options need flags 0x0"},
	{"extensions that lack", func(f *falsifier) { f.in.ArchFlags = 2 }, "the header has the extensions flags 0x0, the objects and options need flags 0x2"},
	{"qstrs in another order", func(f *falsifier) { f.Map.QStrs = []string{"two", "one"} }, `the map has the qstrs ["two" "one"], the config header has ["one" "two"]`},
	{"another name of the source", func(f *falsifier) { f.File.QStrs = append([]string{"n.mpy"}, f.File.QStrs[1:]...) }, `the file has the names ["n.mpy" "one" "two"], the first has to be that of the source, "m.mpy"`},
	{"a qstr lost", func(f *falsifier) { f.Map.QStrs = []string{"two"} }, `the map has the qstrs ["two"], the config header has ["one" "two"]`},
	{"a qstr object", func(f *falsifier) { f.Map.QStrObjs = []string{"one"} }, `the map has the qstr objects ["one"], the config header has []`},
	{"another config header", func(f *falsifier) { f.in.Objects[0].Records = [][]byte{[]byte("1.21 values 2 one\x00")} }, "a.o: the map has other qstrs than it was compiled with: number 1 is one there"},
	{"two definitions", func(f *falsifier) { f.in.Objects = append(f.in.Objects, f.in.Objects[1]) }, "b.o: the map has one definition of __wrap_wrapped, by ELF's rules the link fails: b.o has a strong one too"},
	{"two definitions of what a script provides", func(f *falsifier) {
		f.in.Objects = append(f.in.Objects, f.in.Objects[1])
		f.in.Scripts = append(f.in.Scripts, script("PROVIDE(__wrap_wrapped = 0x4000);"))
	}, "b.o: the map has one definition of __wrap_wrapped, by ELF's rules the link fails: b.o has a strong one too"},
}

// TestFalse: nothing that the audit knows can be changed without notice.
func TestFalse(t *testing.T) {
	for _, c := range falsehoods {
		t.Run(c.what, func(t *testing.T) {
			in, out := asked(t)
			c.change(&falsifier{in, &out})
			err := audit.Check(in, out)
			if err == nil {
				t.Fatal("nothing noticed")
			}
			if !slices.Contains(strings.Split(err.Error(), "\n"), c.want) {
				t.Errorf("\n got %s\nwant %s", err, c.want)
			}
		})
	}
}
