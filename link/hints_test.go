package link

import (
	"debug/elf"
	"strings"
	"testing"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/link/internal/layout"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs/machines"
)

// TestHints: what the note of an undefined symbol says depends on the machine, on
// what was given and on the firmware. That it leads to a link is
// e2e/notes_test.go's matter.
func TestHints(t *testing.T) {
	rom := map[string]linkmap.Extern{"__mulsf3": {Value: 0x40000000}}
	for _, c := range []struct {
		arch, abi, name string
		archives        string // names of empty archives that are given
		externs         map[string]linkmap.Extern
		want            string
	}{
		{"armv7m", "6.3", "__divdi3", "", nil, "libgcc.a of the toolchain has __divdi3: pass -l with the path that CC --print-libgcc-file-name prints"},
		{"armv7m", "6.3", "__divdi3", "lib/libgcc.a", nil, "lib/libgcc.a does not have __divdi3: is it the library that goes with -mthumb -mcpu=cortex-m3?"},
		{"armv7m", "6.3", "__aeabi_dmul", "libclang_rt.builtins-arm.a", nil, "libclang_rt.builtins-arm.a does not have __aeabi_dmul"},
		{"xtensa", "6.3", "__ashldi3", "", nil, "libgcc.a of the toolchain"},
		{"xtensa", "6.3", "__ashldi3", "libgcc.a", rom, "libgcc.a does not have __ashldi3"},
		{"xtensawin", "6.3", "__divsi3", "libgcc.a", nil, "libgcc.a does not have __divsi3"},
		{"armv6m", "6.3", "sinf", "", nil, "libm.a of the toolchain has sinf"},
		{"armv6m", "6.3", "sinf", "libm.a", nil, "libc.a of the toolchain has sinf"},
		{"xtensa", "6.3", "sinf", "libm.a", nil, "libc.a of the toolchain has sinf"}, // picolibc's libm.a is empty
		{"xtensa", "6.3", "sinf", "libm.a libc.a", nil, "libc.a does not have sinf"},
		{"rv32imc", "6.3", "sinf", "", nil, "libc.a of picolibc has sinf: pass -l /usr/lib/picolibc/riscv64-unknown-elf/lib/$(CC --print-multi-directory)/libc.a"},
		{"rv64imc", "6.3", "strtol", "libc.a", nil, "libc.a does not have strtol"},
		{"x64", "6.3", "sinf", "", nil, "libc.a of musl has sinf (glibc's needs a dynamic loader): pass -l /usr/lib/x86_64-linux-musl/libc.a"},
		{"x86", "6.3", "strtol", "", nil, "pass -l /usr/lib/i386-linux-musl/libc.a"},
		{"rv32imc", "6.3", "__riscv_save_0", "libc.a", nil, "libgcc.a of the toolchain has __riscv_save_0"},
		{"armv7m", "6.3", "strerror", "", nil, "libc.a of the toolchain has strerror"},
		{"armv7m", "6.3", "clock", "", nil, "clock asks for the time, which mp_fun_table does not have: define clock in the module, over ticks_ms of MicroPython's time"},
		{"armv7m", "6.3", "_times", "libc.a", nil, "define _times in the module"},
		{"armv6m", "6.3", "__atomic_load_4", "libgcc.a", nil, "__atomic_load_4 is an atomic operation for which the core has no instructions"},
		{"rv32imc", "6.3", "__sync_synchronize", "", nil, "__sync_synchronize is an atomic operation for which the core has no instructions"},
		{"armv7m", "6.3", "__emutls_get_address", "", nil, "__emutls_get_address is for thread-local variables, and a module has no threads: without thread_local"},
		{"x64", "6.3", "_ZTIFvvE", "", nil, "_ZTIFvvE is the type of a function, for a check of calls by pointer: compile with -fno-sanitize=function"},
		{"x64", "6.3", "_ZTI3Foo", "", nil, "compile with -fno-rtti"},
		{"armv7m", "6.3", "__ubsan_handle_add_overflow", "", nil, "with -fsanitize-trap=all"},
		{"armv7m", "6.3", "__gnu_mcount_nc", "", nil, "compile without --coverage, -pg"},
		{"armv7m", "6.3", "printf", "", nil, "libc.a prints; or without a C library: mp_printf(&mp_plat_print, ...) of py/dynruntime.h"},
		{"x64", "6.3", "mp_obj_get_float", "", nil, "compile with -DMICROPY_FLOAT_IMPL=MICROPY_FLOAT_IMPL_FLOAT"},
		{"x64", "6.3", "mp_obj_new_int", "", nil, "mp_obj_new_int is a macro of py/dynruntime.h: #include it"},
		{"x64", "6.3", "nlr_push", "", nil, "nlr_push is an entry of mp_fun_table: call mp_fun_table.nlr_push"},
		{"x64", "6.3", "mp_native_to_obj", "", nil, "call mp_fun_table.native_to_obj"},
		{"x64", "6.3", "gc_realloc", "", nil, "call mp_fun_table.realloc_"},
		{"x64", "6.3", "mp_load_method_maybe", "", nil, "call mp_fun_table.load_method_maybe"},
		{"x64", "6.2", "mp_load_method_maybe", "", nil, "part of the firmware and not in mp_fun_table"},
		{"x64", "6.3", "mp_sched_schedule", "", nil, "part of the firmware and not in mp_fun_table"},
		{"x64", "6.3", "gc_collect", "", nil, "part of the firmware and not in mp_fun_table"},
	} {
		text := elfmake.Section{
			Name: ".data", Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: 8, Data: make([]byte, 16),
			Relocs: []elfmake.Reloc{{Off: 8, Type: wordReloc(t, c.arch), Sym: 1}},
		}
		code := elfmake.Section{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4, Data: make([]byte, 16)}
		mpyInit := fn("mpy_init", 1, 0)
		if machines.For(c.arch).ModeBits != 0 {
			mpyInit.Value = 1
		}
		in := input(t, c.arch, elfmake.Object{Sections: []elfmake.Section{text, code}, Symbols: []elfmake.Symbol{mpyInit, undef(c.name)}})
		r, err := mpyfile.ParseTarget(c.abi)
		if err != nil {
			t.Fatal(err)
		}
		in.ABI, in.Externs = r.ABI, c.externs
		for name := range strings.FieldsSeq(c.archives) {
			a, err := elfload.OpenArchive(name, strings.NewReader("!<arch>\n"), 8, machines.For(c.arch))
			if err != nil {
				t.Fatal(err)
			}
			in.Archives = append(in.Archives, a)
		}
		_, err = Checked(in)
		if got := diag.Render("", err); !strings.Contains(got, "undefined symbol: "+c.name) || !strings.Contains(got, "\nnote: ") || !strings.Contains(got, c.want) {
			t.Errorf("%s, ABI %s, given %q: want %q in\n%s", c.arch, c.abi, c.archives, c.want, got)
		}
	}
}

// wordReloc is the type of a relocation that puts an address into a word.
func wordReloc(t *testing.T, arch string) uint32 {
	t.Helper()
	switch machines.For(arch).ELF {
	case elf.EM_ARM:
		return uint32(elf.R_ARM_ABS32)
	case elf.EM_386:
		return uint32(elf.R_386_32)
	case elf.EM_X86_64:
		return uint32(elf.R_X86_64_64)
	case elf.EM_XTENSA:
		return 1 // R_XTENSA_32
	}
	if machines.For(arch).Class == elf.ELFCLASS64 {
		return uint32(elf.R_RISCV_64)
	}
	return uint32(elf.R_RISCV_32)
}

// TestZerosInText: variables that take room in the file for nothing are told
// of, with what keeps them out where there is such a flag.
func TestZerosInText(t *testing.T) {
	link := func(arch string, size uint64, typ uint32) []string {
		t.Helper()
		o := elfmake.Object{
			Sections: []elfmake.Section{
				{Name: ".text", Flags: alloc | exec, Align: 4, Data: make([]byte, 16), Relocs: []elfmake.Reloc{{Off: 4, Type: typ, Sym: 1}}},
				{Name: ".bss", Type: elf.SHT_NOBITS, Flags: alloc | write, Align: 4, Size: size},
			},
			Symbols: []elfmake.Symbol{fn("mpy_init", 0, uint64(machines.For(arch).ModeBits)), {Name: "zeros", Type: elf.STT_OBJECT, Sect: 1}},
		}
		res, err := Checked(input(t, arch, o))
		if err != nil {
			t.Fatal(err)
		}
		return res.Notes
	}
	const tail = "zero-initialised variables are in text, and so in the file, since code reaches them relative to itself "
	if got := link("armv7m", layout.ManyZeros, uint32(elf.R_ARM_REL32)); len(got) != 1 ||
		got[0] != "1024 bytes of "+tail+"(R_ARM_REL32 at a.o:(.text+0x4): a.o:(.bss)); declare them without static, or compile with -fno-pic to have them in RAM" {
		t.Errorf("armv7m: %q", got)
	}
	if got := link("x64", 100_000, uint32(elf.R_X86_64_PC32)); len(got) != 1 ||
		got[0] != "100000 bytes of "+tail+"(R_X86_64_PC32 at a.o:(.text+0x4): a.o:(.bss)); declare them without static to have them in RAM" {
		t.Errorf("x64: %q", got)
	}
	if got := link("armv7m", layout.ManyZeros-1, uint32(elf.R_ARM_REL32)); got != nil {
		t.Errorf("few: %q", got)
	}
	if got := link("armv7m", 100_000, uint32(elf.R_ARM_ABS32)); got != nil {
		t.Errorf("in RAM: %q", got)
	}
}

// TestHabitAlign: x86 compilers align big variables to 32 bytes for no need; what
// is aligned to more is meant, and so is everything elsewhere.
func TestHabitAlign(t *testing.T) {
	for _, c := range []struct {
		arch  string
		align uint64
		warns bool
	}{{"x86", 32, false}, {"x86", 64, true}, {"x64", 32, false}, {"x64", 64, true}, {"armv7m", 32, true}, {"armv7m", 16, false}} {
		o := elfmake.Object{
			Sections: []elfmake.Section{
				{Name: ".text", Flags: alloc | exec, Align: 4, Data: make([]byte, 16)},
				{Name: ".data", Flags: alloc | write, Align: c.align, Data: make([]byte, 64)},
			},
			Symbols: []elfmake.Symbol{fn("mpy_init", 0, uint64(machines.For(c.arch).ModeBits))},
		}
		res, err := Checked(input(t, c.arch, o))
		if err != nil {
			t.Fatal(err)
		}
		if got := len(res.Warnings) > 0; got != c.warns {
			t.Errorf("%s, %d bytes: %v", c.arch, c.align, res.Warnings)
		}
	}
}

// TestUnreachedUndefined: what only unreachable code lacks is said with the flag
// that leaves the code out, and the flag does.
func TestUnreachedUndefined(t *testing.T) {
	const note = "note: only sections that nothing reaches need it: --gc-sections leaves them out"
	word := func(sym int) []elfmake.Reloc { return []elfmake.Reloc{{Off: 0, Type: x64Abs64, Sym: sym}} }
	o := elfmake.Object{
		Sections: []elfmake.Section{
			{Name: ".text", Flags: alloc | exec, Align: 4, Data: make([]byte, 16)},
			{Name: ".data.used", Flags: alloc | write, Align: 8, Data: make([]byte, 8), Relocs: word(1)},
			{Name: ".data.unused", Flags: alloc | write, Align: 8, Data: make([]byte, 8), Relocs: word(2)},
		},
		Symbols: []elfmake.Symbol{fn("mpy_init", 0, 0), undef("needed"), undef("needless"), {Name: "used", Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: 1}},
	}
	o.Sections[0].Relocs = []elfmake.Reloc{{Off: 8, Type: x64PC32, Sym: 3}}
	in := input(t, "x64", o)
	_, err := Checked(in)
	got := diag.Render("", err)
	needless, needed, both := strings.Cut(got, "undefined symbol: needed")
	if !both || !strings.Contains(needless, "undefined symbol: needless") || !strings.Contains(needless, note) || strings.Contains(needed, note) {
		t.Errorf("got %s", got)
	}
	in.Externs = map[string]linkmap.Extern{"needed": {Value: 16}}
	if _, err := Checked(in); !strings.Contains(diag.Render("", err), note) {
		t.Errorf("got %s", diag.Render("", err))
	}
	in.GCSections = true
	if _, err := Checked(in); err != nil {
		t.Errorf("with --gc-sections: %v", err)
	}
}
