package link

import (
	"debug/elf"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/link/internal/resolve"
	"mpyld/mpyfile"
	"mpyld/relocs/machines"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata")

// Relocation types the tests use, by number as in the psABIs.
const (
	x64Abs64, x64PC32, x64PLT32, x64GOTPCREL, x64Abs32, x64PC8, x64TLSGD = 1, 2, 4, 9, 10, 15, 19
	armAbs32, armRel32, armCall, armMovw, armAluAbsG0                    = 2, 3, 10, 47, 132
	xtensa32PCRel, xtensaSlot0, xtensaSlot1                              = 14, 20, 21
)

const alloc, exec, write = elf.SHF_ALLOC, elf.SHF_EXECINSTR, elf.SHF_WRITE

// text is a .text section of n bytes with relocations.
func text(n int, rs ...elfmake.Reloc) elfmake.Section {
	return elfmake.Section{Name: ".text", Flags: alloc | exec, Align: 16, Data: make([]byte, n), Relocs: rs}
}

func section(name string, flags elf.SectionFlag, n int, rs ...elfmake.Reloc) elfmake.Section {
	return elfmake.Section{Name: name, Flags: flags, Align: 8, Data: make([]byte, n), Relocs: rs}
}

func bss(n uint64) elfmake.Section {
	return elfmake.Section{Name: ".bss", Type: elf.SHT_NOBITS, Flags: alloc | write, Align: 8, Size: n}
}

func fn(name string, sect int, value uint64) elfmake.Symbol {
	return elfmake.Symbol{Name: name, Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Sect: sect, Value: value}
}

func undef(name string) elfmake.Symbol {
	return elfmake.Symbol{Name: name, Bind: elf.STB_GLOBAL, Sect: elfmake.Undef}
}

func local(name string, sect int, value uint64) elfmake.Symbol {
	return elfmake.Symbol{Name: name, Bind: elf.STB_LOCAL, Type: elf.STT_OBJECT, Sect: sect, Value: value}
}

func x64Object(o elfmake.Object) elfmake.Object {
	o.Machine, o.Class, o.RELA = elf.EM_X86_64, elf.ELFCLASS64, true
	return o
}

func armObject(o elfmake.Object) elfmake.Object {
	o.Machine, o.Class = elf.EM_ARM, elf.ELFCLASS32
	return o
}

// withEntry is an object that defines mpy_init and nothing else.
var withEntry = elfmake.Object{Sections: []elfmake.Section{text(16)}, Symbols: []elfmake.Symbol{fn("mpy_init", 0, 0)}}

// input is what a link for a machine takes, of objects made for it.
func input(t *testing.T, arch string, objects ...elfmake.Object) Input {
	t.Helper()
	in := Input{ABI: mpyfile.Latest, Arch: machines.For(arch), SourceName: "m.mpy"}
	m := machines.For(arch)
	for i, o := range objects {
		o.Machine, o.Class, o.RELA = m.ELF, m.Class, m.ModeBits == 0 && m.ELF != elf.EM_386
		obj, err := elfload.Load(string(rune('a'+i))+".o", o.Bytes(), m)
		if err != nil {
			t.Fatal(err)
		}
		in.Objects = append(in.Objects, obj)
	}
	return in
}

// linkObjects links objects named a.o, b.o, … for an architecture.
func linkObjects(arch string, objs ...elfmake.Object) (*Result, error) {
	in := Input{ABI: mpyfile.Latest, Arch: machines.For(arch), SourceName: "m.mpy", NoWritableText: true}
	var errs diag.List
	for i, o := range objs {
		obj, err := elfload.Load(string(rune('a'+i))+".o", o.Bytes(), machines.For(arch))
		if err != nil {
			errs.Join(err)
			continue
		}
		in.Objects = append(in.Objects, obj)
	}
	if err := errs.Err(); err != nil {
		return nil, err
	}
	return Checked(in)
}

// TestErrors compares the text of every error with testdata/errors/NAME.txt.
func TestErrors(t *testing.T) {
	codes := map[string]bool{}
	tests := []struct {
		name string
		arch string
		objs []elfmake.Object
	}{
		{"no-mpy-init", "x64", []elfmake.Object{{Sections: []elfmake.Section{text(4)}}}},
		{"static-mpy-init", "x64", []elfmake.Object{{
			Sections: []elfmake.Section{text(4)}, Symbols: []elfmake.Symbol{local("mpy_init", 0, 0)},
		}}},
		{"mpy-init-is-data", "x64", []elfmake.Object{{
			Sections: []elfmake.Section{bss(8)}, Symbols: []elfmake.Symbol{fn("mpy_init", 0, 0)},
		}}},
		{"duplicate", "x64", []elfmake.Object{withEntry, withEntry}},
		{"constructors", "x64", []elfmake.Object{withEntry, {
			Sections: []elfmake.Section{{
				Name: ".init_array", Type: elf.SHT_INIT_ARRAY, Flags: alloc | write, Align: 8, Data: make([]byte, 8),
				Relocs: []elfmake.Reloc{{Type: x64Abs64, Sym: 0}},
			}},
			Symbols: []elfmake.Symbol{undef("mpy_init")},
		}}},
		{"tls", "x64", []elfmake.Object{withEntry, {
			Sections: []elfmake.Section{{Name: ".tbss", Type: elf.SHT_NOBITS, Flags: alloc | write | elf.SHF_TLS, Align: 4, Size: 4}},
			Symbols:  []elfmake.Symbol{{Name: "errno", Bind: elf.STB_GLOBAL, Type: elf.STT_TLS, Sect: 0}},
		}}},
		{"undefined", "x64", []elfmake.Object{
			{
				Sections: []elfmake.Section{text(64, elfmake.Reloc{Off: 1, Type: x64PLT32, Sym: 1, A: -4}, elfmake.Reloc{Off: 9, Type: x64PLT32, Sym: 2, A: -4},
					elfmake.Reloc{Off: 17, Type: x64PLT32, Sym: 3, A: -4}, elfmake.Reloc{Off: 25, Type: x64PLT32, Sym: 4, A: -4},
					elfmake.Reloc{Off: 33, Type: x64PLT32, Sym: 5, A: -4}, elfmake.Reloc{Off: 41, Type: x64PLT32, Sym: 6, A: -4})},
				Symbols: []elfmake.Symbol{fn("mpy_init", 0, 0), undef("mp_obj_get_array"), undef("__divdi3"), undef("sinf"), undef("mp_sched_schedule"), undef("malloc"), undef("mpy_helpr")},
			},
			{
				Sections: []elfmake.Section{text(64, elfmake.Reloc{Off: 1, Type: x64PLT32, Sym: 1, A: -4}, elfmake.Reloc{Off: 9, Type: x64PLT32, Sym: 1, A: -4},
					elfmake.Reloc{Off: 17, Type: x64PLT32, Sym: 1, A: -4}, elfmake.Reloc{Off: 25, Type: x64PLT32, Sym: 1, A: -4})},
				Symbols: []elfmake.Symbol{fn("mpy_helper", 0, 0), undef("sinf")},
			},
		}},
		{"exceptions", "x64", []elfmake.Object{{
			Sections: []elfmake.Section{text(64, elfmake.Reloc{Off: 1, Type: x64PLT32, Sym: 1, A: -4}, elfmake.Reloc{Off: 9, Type: x64PLT32, Sym: 2, A: -4})},
			Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0), undef("__cxa_throw"), undef("_Unwind_Resume")},
		}}},
		{"rtti", "x64", []elfmake.Object{{
			Sections: []elfmake.Section{text(64, elfmake.Reloc{Off: 1, Type: x64PLT32, Sym: 1, A: -4}), section(".data.rel.ro", alloc|write, 8, elfmake.Reloc{Off: 0, Type: x64Abs64, Sym: 2})},
			Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0), undef("__dynamic_cast"), undef("_ZTVN10__cxxabiv117__class_type_infoE")},
		}}},
		{"beyond-one-core", "x64", []elfmake.Object{{
			Sections: []elfmake.Section{text(64, elfmake.Reloc{Off: 1, Type: x64PLT32, Sym: 1, A: -4}, elfmake.Reloc{Off: 9, Type: x64PLT32, Sym: 2, A: -4}, elfmake.Reloc{Off: 17, Type: x64PLT32, Sym: 3, A: -4})},
			Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0), undef("__atomic_fetch_add_4"), undef("__emutls_get_address"), undef("__ubsan_handle_add_overflow")},
		}}},
		{"clock", "x64", []elfmake.Object{{
			Sections: []elfmake.Section{text(64, elfmake.Reloc{Off: 1, Type: x64PLT32, Sym: 1, A: -4})},
			Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0), undef("clock")},
		}}},
		{"execute-only", "armv6m", []elfmake.Object{armObject(elfmake.Object{
			Sections: []elfmake.Section{text(16, elfmake.Reloc{Off: 4, Type: armAluAbsG0, Sym: 0})},
			Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 1)},
		})}},
		{"firmware-function", "x64", []elfmake.Object{{
			Sections: []elfmake.Section{text(64, elfmake.Reloc{Off: 1, Type: x64PLT32, Sym: 1, A: -4})},
			Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0), undef("mp_sched_schedule")},
		}}},
		{"static-bss", "x64", []elfmake.Object{{
			Sections: []elfmake.Section{text(16, elfmake.Reloc{Off: 3, Type: x64PC32, Sym: 0, A: -4}), bss(8)},
			Symbols:  []elfmake.Symbol{local("counter", 1, 0), fn("mpy_init", 0, 0)},
		}}},
		{"static-bss-xtensa", "xtensa", []elfmake.Object{{
			Sections: []elfmake.Section{text(16, elfmake.Reloc{Off: 4, Type: xtensa32PCRel, Sym: 0}), bss(8)},
			Symbols:  []elfmake.Symbol{local("counter", 1, 0), fn("mpy_init", 0, 0)},
		}}},
		{"static-bss-arm", "armv7m", []elfmake.Object{{
			Sections: []elfmake.Section{text(16, elfmake.Reloc{Off: 4, Type: armRel32, Sym: 0}), bss(8)},
			Symbols:  []elfmake.Symbol{local("counter", 1, 0), fn("mpy_init", 0, 1)},
		}}},
		{"firmware-data-pcrel", "x64", []elfmake.Object{{
			Sections: []elfmake.Section{text(16, elfmake.Reloc{Off: 3, Type: x64PC32, Sym: 1, A: -4})},
			Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0), undef("mp_fun_table")},
		}}},
		{"absolute-32-on-64", "x64", []elfmake.Object{{
			Sections: []elfmake.Section{text(16, elfmake.Reloc{Off: 4, Type: x64Abs32, Sym: 0})},
			Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0)},
		}}},
		{"unaligned-word", "x64", []elfmake.Object{{
			Sections: []elfmake.Section{text(16), section(".data.rel.ro", alloc|write, 16, elfmake.Reloc{Off: 3, Type: x64Abs64, Sym: 0})},
			Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0)},
		}}},
		{"unaligned-instruction", "x86", []elfmake.Object{{
			Sections: []elfmake.Section{text(16, elfmake.Reloc{Off: 5, Type: uint32(elf.R_386_32), Sym: 0})},
			Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0)},
		}}},
		{"out-of-range", "x64", []elfmake.Object{{
			Sections: []elfmake.Section{text(300, elfmake.Reloc{Off: 1, Type: x64PC8, Sym: 0, A: -1})},
			Symbols:  []elfmake.Symbol{local("far", 0, 290), fn("mpy_init", 0, 0)},
		}}},
		{"thread-local-reloc", "x64", []elfmake.Object{{
			Sections: []elfmake.Section{text(16, elfmake.Reloc{Off: 4, Type: x64TLSGD, Sym: 1, A: -4})},
			Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0), undef("errno")},
		}}},
		{"thread-local-model", "armv7m", []elfmake.Object{{
			Machine: elf.EM_ARM, Class: elf.ELFCLASS32,
			Sections: []elfmake.Section{text(16, elfmake.Reloc{Off: 4, Type: uint32(elf.R_ARM_TLS_GD32), Sym: 1})},
			Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 1), undef("errno")},
		}}},
		{"unknown-reloc", "x64", []elfmake.Object{{
			Sections: []elfmake.Section{text(16, elfmake.Reloc{Off: 4, Type: 200, Sym: 0})},
			Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0)},
		}}},
		{"field-past-end", "x64", []elfmake.Object{{
			Sections: []elfmake.Section{text(16, elfmake.Reloc{Off: 14, Type: x64PC32, Sym: 0})},
			Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0)},
		}}},
		{"movw-movt", "armv7m", []elfmake.Object{{
			Sections: []elfmake.Section{text(16, elfmake.Reloc{Off: 4, Type: armMovw, Sym: 0})},
			Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 1)},
		}}},
		{"not-a-branch", "armv7m", []elfmake.Object{{
			Sections: []elfmake.Section{text(16, elfmake.Reloc{Off: 4, Type: armCall, Sym: 0})},
			Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 1)},
		}}},
		{"arm-state", "armv7m", []elfmake.Object{{
			Sections: []elfmake.Section{{
				Name: ".text", Flags: alloc | exec, Align: 4,
				Data: []byte{0, 0xf0, 0, 0xf8, 0, 0, 0, 0}, Relocs: []elfmake.Reloc{{Off: 0, Type: armCall, Sym: 1}},
			}},
			Symbols: []elfmake.Symbol{fn("mpy_init", 0, 1), fn("arm_code", 0, 4)},
		}}},
		{"dropped-section", "x64", []elfmake.Object{{
			Sections: []elfmake.Section{text(16, elfmake.Reloc{Off: 4, Type: x64PC32, Sym: 0}), section(".eh_frame", alloc, 16)},
			Symbols:  []elfmake.Symbol{local("frames", 1, 0), fn("mpy_init", 0, 0)},
		}}},
		{"ifunc", "x64", []elfmake.Object{{
			Sections: []elfmake.Section{text(16, elfmake.Reloc{Off: 4, Type: x64PLT32, Sym: 1, A: -4})},
			Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0), {Name: "memchr", Bind: elf.STB_GLOBAL, Type: elf.STT_GNU_IFUNC, Sect: 0, Value: 8}},
		}}},
		{"wide-instruction", "xtensa", []elfmake.Object{{
			Sections: []elfmake.Section{text(16, elfmake.Reloc{Off: 4, Type: xtensaSlot1, Sym: 0})},
			Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0)},
		}}},
		{"branch-out-of-reach", "xtensa", []elfmake.Object{{
			Sections: []elfmake.Section{
				{Name: ".text", Flags: alloc | exec, Align: 4, Data: []byte{0x06, 0, 0, 0}, Relocs: []elfmake.Reloc{{Off: 0, Type: xtensaSlot0, Sym: 1}}},
				section(".text.big", alloc|exec, 300000), section(".text.f", alloc|exec, 16),
			},
			Symbols: []elfmake.Symbol{fn("mpy_init", 0, 0), fn("f", 2, 0)},
		}}},
		{"call-without-veneer", "xtensawin", []elfmake.Object{{
			Sections: []elfmake.Section{{Name: ".text", Flags: alloc | exec, Align: 4, Data: []byte{0x35, 0, 0, 0, 0x15, 0, 0, 0}, Relocs: []elfmake.Reloc{{Off: 0, Type: xtensaSlot0, Sym: 1}, {Off: 4, Type: xtensaSlot0, Sym: 2}}}},
			Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0), undef("memset"), {Name: "rom_function", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Sect: elfmake.Abs, Value: 0x40001234}},
		}}},
		{"call-address", "xtensawin", []elfmake.Object{{
			Sections: []elfmake.Section{{Name: ".text", Flags: alloc | exec, Align: 4, Data: []byte{0x25, 0, 0, 0, 0x25, 0, 0, 0}, Relocs: []elfmake.Reloc{{Off: 0, Type: xtensaSlot0, Sym: -1, A: 0x40001234}, {Off: 4, Type: xtensaSlot0, Sym: 1, A: 8}}}},
			Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0), undef("memset")},
		}}},
		{"literal-out-of-reach", "xtensa", []elfmake.Object{{
			Sections: []elfmake.Section{
				{Name: ".text", Flags: alloc | exec, Align: 4, Data: append(make([]byte, 300000), 0x21, 0, 0), Relocs: []elfmake.Reloc{{Off: 300000, Type: xtensaSlot0, Sym: 0}}},
				section(".literal", alloc|exec, 8),
			},
			Symbols: []elfmake.Symbol{local("number", 1, 0), fn("mpy_init", 0, 0)},
		}}},
		{"literal-outside-code", "xtensawin", []elfmake.Object{{
			Sections: []elfmake.Section{
				{Name: ".literal", Flags: alloc | exec, Align: 4, Data: make([]byte, 4)},
				{Name: ".mycode", Flags: alloc, Align: 4, Data: append(make([]byte, 64), 0x21, 0, 0, 0), Relocs: []elfmake.Reloc{{Off: 64, Type: xtensaSlot0, Sym: 0}}},
				{Name: ".text", Flags: alloc | exec, Align: 4, Data: make([]byte, 16)},
			},
			Symbols: []elfmake.Symbol{local("number", 0, 0), fn("mpy_init", 2, 0)},
		}}},
		{"huge-bss", "x64", []elfmake.Object{withEntry, {Sections: []elfmake.Section{bss(1 << 29)}}}},
		{"excluded", "x64", []elfmake.Object{{
			Sections: []elfmake.Section{text(16, elfmake.Reloc{Off: 4, Type: x64PC32, Sym: 1, A: -4}, elfmake.Reloc{Off: 8, Type: x64PC32, Sym: 2, A: -4}), section(".tables", alloc|resolve.ShfExclude, 8)},
			Symbols:  []elfmake.Symbol{fn("mpy_init", 0, 0), local("ours", 1, 0), undef("theirs")},
		}, {
			Sections: []elfmake.Section{section(".others", alloc|write|resolve.ShfExclude, 8)},
			Symbols:  []elfmake.Symbol{{Name: "theirs", Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: 0}},
		}}},
		{"init-code", "x64", []elfmake.Object{withEntry, {Sections: []elfmake.Section{section(".init", alloc|exec, 8), section(".fini", alloc|exec, 8)}}}},
		{"huge-alignment", "x64", []elfmake.Object{withEntry, {Sections: aligned(40, 1<<16)}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for i := range tt.objs {
				switch tt.arch {
				case "x64":
					tt.objs[i] = x64Object(tt.objs[i])
				case "x86":
					tt.objs[i].Machine, tt.objs[i].Class = elf.EM_386, elf.ELFCLASS32
				case "xtensa", "xtensawin":
					tt.objs[i].Machine, tt.objs[i].Class, tt.objs[i].RELA = elf.EM_XTENSA, elf.ELFCLASS32, true
				default:
					tt.objs[i] = armObject(tt.objs[i])
				}
			}
			_, err := linkObjects(tt.arch, tt.objs...)
			if err == nil {
				t.Fatal("links without an error")
			}
			golden(t, filepath.Join("testdata", "errors", tt.name+".txt"), diag.Render("", err))
			var list diag.List
			list.Join(err)
			for _, e := range list {
				code, symbol := e.Code()
				if code == "" {
					t.Errorf("%v has no code", e)
				}
				codes[fmt.Sprintf("%s: %s %s", tt.name, code, symbol)] = true
			}
		})
	}
	golden(t, filepath.Join("testdata", "codes.txt"), strings.Join(slices.Sorted(maps.Keys(codes)), "\n")+"\n")
}

// aligned returns n one-byte sections with an alignment.
func aligned(n int, align uint64) []elfmake.Section {
	var list []elfmake.Section
	for range n {
		list = append(list, elfmake.Section{Name: ".rodata", Flags: alloc, Align: align, Data: []byte{1}})
	}
	return list
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Error(d)
	}
}
