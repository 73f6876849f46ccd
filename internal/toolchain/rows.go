package toolchain

import (
	"slices"

	"mpyld/internal/lazy"
)

// Kinds of compilers: what they have in common is flags.
const (
	gcc   = "gcc"
	clang = "clang"
)

// An arch is what compiling for an architecture takes.
type arch struct {
	name    string
	is      string   // what the preprocessor must find true: a compiler's own macros cannot lie
	float   string   // MICROPY_FLOAT_IMPL of py/dynruntime.mk
	machine []string // flags that choose the processor and its calling convention

	// Flags by kind of compiler, each to make the smallest module that works: measured with the modules
	// of fixtures/modules, linked with -O (docs/BENCHMARKS.md, "How large modules are").
	small byKind

	// Flags that py/dynruntime.mk of 1.29 has here, beside those for all.
	upstream []string

	candidates []candidate // in the order to try
	install    string      // row of installs
	hosted     bool        // the compiler's C library is an operating system's: of its libraries, only libgcc
	musl       []string    // where a C library is that does without an operating system
}

// byKind has flags for each kind of compiler.
type byKind struct{ gcc, clang []string }

// bothKinds are the same flags for all, with sections.
func bothKinds(flags []string) byKind {
	all := slices.Concat(sections, flags)
	return byKind{all, all}
}

func (b *byKind) of(kind string) []string {
	if kind == clang {
		return b.clang
	}
	return b.gcc
}

// A candidate is a compiler that may be there.
type candidate struct {
	command string
	kind    string
	args    []string // that make it one for the architecture
	more    []string // flags that only this one needs
}

// arches are the rows, in the order of the architectures' numbers. They are made when
// they are needed: links do not need them.
var arches = lazy.Value[[]arch]{Make: func() []arch {
	return []arch{
		{
			name: "x86", is: "defined(__i386__) && defined(__ELF__)", float: "double",
			upstream: []string{"-fno-stack-protector"}, machine: hostedFlags,
			small: bothKinds(intel),
			candidates: []candidate{
				{command: "i686-linux-gnu-gcc", kind: gcc},
				{command: "gcc", kind: gcc, args: []string{"-m32"}},
				{command: "x86_64-linux-gnu-gcc", kind: gcc, args: []string{"-m32"}},
				{command: "clang", kind: clang, args: []string{"--target=i686-linux-gnu"}},
				{command: "zig", kind: clang, args: []string{"cc", "-target", "x86-linux-gnu"}, more: zig},
			},
			install: "x86", hosted: true, musl: []string{"/usr/lib/i386-linux-musl"},
		},
		{
			name: "x64", is: "defined(__x86_64__) && defined(__ELF__) && !defined(__ILP32__)", float: "double",
			upstream: []string{"-fno-stack-protector"}, machine: hostedFlags,
			small: bothKinds(intel),
			candidates: []candidate{
				{command: "x86_64-linux-gnu-gcc", kind: gcc},
				{command: "gcc", kind: gcc},
				{command: "clang", kind: clang, args: []string{"--target=x86_64-linux-gnu"}},
				{command: "zig", kind: clang, args: []string{"cc", "-target", "x86_64-linux-gnu"}, more: zig},
			},
			install: "x64", hosted: true, musl: []string{"/usr/lib/x86_64-linux-musl", "/usr/lib/musl/lib"},
		},
		thumb("armv6m", "thumbv6m-none-eabi", "__ARM_ARCH == 6 && !defined(__ARM_FP)", "float", "-mcpu=cortex-m0"),
		thumb("armv7m", "thumbv7m-none-eabi", "__ARM_ARCH == 7 && !defined(__ARM_FP)", "float", "-mcpu=cortex-m3"),
		thumb("armv7emsp", "thumbv7em-none-eabihf", "__ARM_ARCH == 7 && defined(__ARM_FP) && defined(__ARM_PCS_VFP)", "float", "-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"),
		thumb("armv7emdp", "thumbv7em-none-eabihf", "__ARM_ARCH == 7 && defined(__ARM_FP) && defined(__ARM_PCS_VFP)", "double", "-mcpu=cortex-m7", "-mfpu=fpv5-d16", "-mfloat-abi=hard"),
		{
			// Code in the instruction RAM of the ESP8266 can only be read by words.
			name: "xtensa", is: "defined(__XTENSA__) && !defined(__XTENSA_WINDOWED_ABI__)", float: "none",
			upstream: []string{"-mforce-l32"}, machine: []string{"-mforce-l32"},
			small:      xtensa(),
			candidates: []candidate{{command: "xtensa-lx106-elf-gcc", kind: gcc}},
			install:    "xtensa",
		},
		{
			name: "xtensawin", is: "defined(__XTENSA__)", float: "float",
			small: xtensa(),
			candidates: []candidate{
				{command: "xtensa-esp32-elf-gcc", kind: gcc},
				{command: "xtensa-esp32s3-elf-gcc", kind: gcc},
				// Without a configuration it makes big-endian code (crosstool-NG of Espressif, issue 50).
				{command: "xtensa-esp-elf-gcc", kind: gcc, args: []string{"-mdynconfig=xtensa_esp32.so"}},
			},
			install: "xtensawin",
		},
		riscv("rv32imc", "32", "riscv32-unknown-elf", []string{"-march=rv32imac", "-mabi=ilp32"},
			"riscv64-unknown-elf-gcc", "riscv32-unknown-elf-gcc", "riscv32-esp-elf-gcc", "riscv-none-elf-gcc", "riscv64-elf-gcc"),
		riscv("rv64imc", "64", "riscv64-unknown-elf", []string{"-march=rv64imac", "-mabi=lp64"},
			"riscv64-unknown-elf-gcc", "riscv-none-elf-gcc", "riscv64-elf-gcc"),
	}
}}

var (
	// hostedFlags: a system's compiler may expect the start-up code of programs, which
	// sets up what the protector of stacks compares with and what CET checks.
	hostedFlags = []string{"-fno-stack-protector", "-fcf-protection=none", "-fno-asynchronous-unwind-tables"}

	// zig checks arithmetic at run time and has its own places for headers.
	zig = []string{"-fno-sanitize=undefined"}

	// intel: -Oz saves 1.9 % on x64 and 0.4 % on x86 over -Os, and sections for variables 0.5 and 0.3 %. Position-independent code is
	// what works: the loader relocates words, and 32 bits of a PC-relative place are none.
	intel = []string{"-fpic", "-Oz"}

	// absolute: the loader relocates any aligned word, literals among them, so code
	// needs no table of addresses. 8 to 9 % less of RAM than -fpic. GNU as makes instructions longer, and puts
	// bytes behind jumps, so that no branch leads to an instruction which is in two words of memory: without that (what LOOP
	// needs stays), 1.2 % less on xtensa and 1.4 % on xtensawin, of which -O leaves out most too (relocs.ShortForms).
	absolute = "-fno-pic"
	loose    = "-mno-target-align"
)

// thumb is the row of a core of Arm. Addresses are in literals, which the loader relocates:
// with -fno-pic 9 to 11 % less of RAM than with -fpic. clang would put them into pairs
// of instructions, for which the linker makes literals that are larger.
func thumb(name, triple, is, float string, machine ...string) arch {
	machine = append([]string{"-mthumb"}, machine...)
	return arch{
		name: name, is: "defined(__thumb__) && defined(__ELF__) && " + is, float: float, machine: machine, upstream: machine,
		small: byKind{slices.Concat(anchored, []string{"-fno-pic"}), slices.Concat(sections, []string{"-fno-pic", "-mno-movt"})},
		candidates: []candidate{
			{command: "arm-none-eabi-gcc", kind: gcc},
			{command: "clang", kind: clang, args: []string{"--target=" + triple}, more: bare},
			{command: "zig", kind: clang, args: []string{"cc", "-target", "thumb-freestanding-eabi"}, more: slices.Concat(bare, zig)},
		},
		install: "arm",
	}
}

// xtensa are the flags for either convention. clang has none for what lies where branches lead.
func xtensa() byKind {
	return byKind{slices.Concat(sections, []string{absolute, loose}), slices.Concat(sections, []string{absolute})}
}

// riscv is the row of a RISC-V.
func riscv(name, bits, triple string, machine []string, commands ...string) arch {
	a := arch{
		name: name, is: "defined(__riscv) && defined(__ELF__) && __riscv_xlen == " + bits, float: "none", machine: machine,
		upstream: append(slices.Clone(machine), "-mno-relax"),
		// -mrelax lets the linker shorten calls: 5.5 % less of RAM on rv32imc and 3.5 % on rv64imc.
		// -fno-pic is 7 to 9 % larger than -fpic here.
		small:   byKind{slices.Concat(anchored, []string{"-fpic", "-mrelax"}), slices.Concat(sections, []string{"-fpic", "-mrelax"})},
		install: "riscv",
	}
	for _, command := range commands {
		a.candidates = append(a.candidates, candidate{command: command, kind: gcc})
	}
	a.candidates = append(a.candidates, candidate{command: "clang", kind: clang, args: []string{"--target=" + triple}, more: bare})
	return a
}

// bare: clang for a machine without a system has no headers of a C library.
var bare = []string{"-ffreestanding"}

// Flags for all. -fno-common and -U_FORTIFY_SOURCE are py/dynruntime.mk's: the latter
// prevents the use of functions of glibc that check.
var (
	common = []string{"-Wall", "-DNDEBUG", "-fno-common", "-U_FORTIFY_SOURCE"}

	// sections lets the linker leave out, function by function and variable by variable, what
	// nothing refers to, and lay the rest out with the smallest gaps.
	sections = []string{"-ffunction-sections", "-fdata-sections"}

	// anchored are those where GCC reaches several variables of a file by one address and their distances
	// (-fsection-anchors, which -Os has on Arm and RISC-V): a section for each variable ends that,
	// and modules are 0.2 to 0.5 % larger in the mean, and up to 13 %. Tables that nobody uses
	// stay; who has such adds -fdata-sections.
	anchored = []string{"-ffunction-sections"}

	// headers are for MicroPython's own.
	headers = []string{"-DNO_QSTR", "-DMICROPY_ENABLE_DYNRUNTIME"}

	// upstreamCommon is py/dynruntime.mk's, less -Werror: a newer compiler warns of what the
	// author did not write.
	upstreamCommon = []string{"-std=c99", "-Os", "-Wall", "-DNDEBUG", "-fpic", "-fno-common", "-U_FORTIFY_SOURCE"}

	// Exceptions cannot work in a module, nor can what they are told apart by; destructors of
	// static variables never run, and nothing else runs while they are made.
	cxx = []string{"-std=c++17", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics"}
)
