//go:build e2e

package e2e

import (
	"math/rand/v2"
	"strings"

	"mpyld/fixtures/sources"
)

// A programCompiler is a compiler for an architecture, with what may vary: in which way code
// makes addresses, what it is optimised for, and more that linkers see.
type programCompiler struct {
	name    string // as in the table of the outcomes
	command string // and the machine's flags
	models  []string
	more    []string
	levels  []string
	cxx     bool // is one for C++, too
}

var (
	rustLevels = strings.Split("-C opt-level=0,-C opt-level=1,-C opt-level=2,-C opt-level=3,-C opt-level=s,-C opt-level=z", ",")
	rustUnits  = strings.Split("-C codegen-units=1,-C codegen-units=3,-C codegen-units=16", ",")

	gccLevels   = []string{"-O0", "-O1", "-O2", "-O3", "-Os", "-Og"}
	clangLevels = []string{"-O0", "-O1", "-O2", "-O3", "-Os", "-Oz"}

	moreAll = []string{
		"", "", "", "-ffunction-sections -fdata-sections", "-ffunction-sections", "-fdata-sections", "-fno-inline", "-fvisibility=hidden",
		"-fno-jump-tables", "-fno-optimize-sibling-calls", "-fomit-frame-pointer", "-g", "-fno-merge-constants", "-funroll-loops",
	}
	moreGCC = append([]string{"-flto -ffat-lto-objects", "-fno-section-anchors", "-falign-functions=32", "-fno-toplevel-reorder", "-fipa-pta", "-fno-reorder-functions"}, moreAll...)

	thumbModels      = []string{"-fpic", "-fPIC", "-fno-pic", "-fno-pic", "-fno-pic -mlong-calls"}
	thumbClangModels = []string{"-fpic", "-fPIC", "-fno-pic", "-fno-pic -mno-movt", "-fno-pic -mlong-calls"}
	intelModels      = []string{"-fpic", "-fPIC", "-fpic -fno-plt"}
	riscvModels      = []string{
		"-fpic", "-fPIC", "-fpic -mno-relax", "-fno-pic -mcmodel=medlow", "-fno-pic -mcmodel=medlow -mno-relax",
		"-fno-pic -mcmodel=medany", "-fno-pic -mcmodel=medany -mno-relax",
	}
	riscvClangModels = []string{"-fpic -mrelax", "-fPIC -mno-relax", "-fno-pic -mrelax", "-fno-pic -mno-relax", "-fno-pic -mcmodel=medany -mno-relax"}
	xtensaModels     = []string{"-fpic", "-fPIC", "-fno-pic", "-fno-pic -mlongcalls", "-fpic -mlongcalls", "-fno-pic -mtext-section-literals", "-fpic -mtext-section-literals", "-fno-pic -mauto-litpools"}
)

func gccFor(command string, models []string) programCompiler {
	return programCompiler{"gcc", command, models, moreGCC, gccLevels, true}
}

func clangFor(command string, models []string) programCompiler {
	return programCompiler{"clang", command, models, moreAll, clangLevels, true}
}

func thumbCompilers(flags, triple string, models ...string) []programCompiler {
	flags = "-mthumb " + flags
	return []programCompiler{
		gccFor("arm-none-eabi-gcc "+flags, append(models, thumbModels...)),
		clangFor("clang --target="+triple+" -fshort-enums "+flags, thumbClangModels),
	}
}

func riscvCompilers(machine, triple string) []programCompiler {
	return []programCompiler{
		gccFor("riscv64-unknown-elf-gcc "+machine, riscvModels),
		clangFor("clang --target="+triple+" "+machine, riscvClangModels),
	}
}

const intelFlags = " -fno-stack-protector -fcf-protection=none"

// programCompilers by architecture: those that beds/setup.sh installs. The first one's libgcc
// is linked.
var programCompilers = map[string][]programCompiler{
	"x64": {
		gccFor("gcc -m64"+intelFlags, append([]string{"-fpic -mcmodel=large", "-fpic -mno-red-zone"}, intelModels...)),
		clangFor("clang --target=x86_64-linux-gnu"+intelFlags, intelModels),
	},
	"x86":       {gccFor("gcc -m32"+intelFlags, intelModels), clangFor("clang --target=i686-linux-gnu"+intelFlags, intelModels)},
	"armv6m":    thumbCompilers("-mcpu=cortex-m0", "thumbv6m-none-eabi"),
	"armv7m":    thumbCompilers("-mcpu=cortex-m3", "thumbv7m-none-eabi", "-fno-pic -mslow-flash-data"),
	"armv7emsp": thumbCompilers("-mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=hard", "thumbv7em-none-eabihf", "-fno-pic -mslow-flash-data"),
	"armv7emdp": thumbCompilers("-mcpu=cortex-m7 -mfpu=fpv5-d16 -mfloat-abi=hard", "thumbv7em-none-eabihf", "-fno-pic -mslow-flash-data"),
	"xtensa":    {gccFor("xtensa-lx106-elf-gcc -mforce-l32", xtensaModels)},
	"xtensawin": {{"gcc", "xtensa-esp32-elf-gcc", xtensaModels, moreGCC, gccLevels, false}},
	"rv32imc":   riscvCompilers("-march=rv32imac -mabi=ilp32", "riscv32-unknown-elf"),
	"rv64imc":   riscvCompilers("-march=rv64imac -mabi=lp64", "riscv64-unknown-elf"),
}

// rustcFor is the compiler of Rust for an architecture: the rows of TestRust.
func rustcFor(arch string) (programCompiler, bool) {
	for _, r := range rustTargets {
		if r.arch == arch {
			c := programCompiler{name: "rustc", command: rustc + " --target " + r.target, levels: rustLevels, more: rustUnits}
			for _, model := range r.models {
				c.models = append(c.models, "-C relocation-model="+model)
			}
			return c, true
		}
	}
	return programCompiler{}, false
}

// variant returns flags for one file of a program.
func (c *programCompiler) variant(r *rand.Rand) []string {
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	return strings.Fields(pick(c.levels) + " " + pick(c.models) + " " + pick(c.more))
}

// compilerOfProgram draws a compiler for a program; none, if no compiler for the architecture
// knows the language.
func compilerOfProgram(arch string, language sources.Language, r *rand.Rand) (programCompiler, bool) {
	if language == sources.Rust {
		return rustcFor(arch)
	}
	list := programCompilers[arch]
	c := list[r.IntN(len(list))]
	return c, c.cxx || language == sources.C
}

// languageFlags are those of a source file, by its suffix.
var languageFlags = map[string]string{
	".c":   "-w -std=gnu11",
	".cpp": "-w -std=gnu++17 -fno-exceptions -fno-rtti -fno-threadsafe-statics",
	".rs":  "--edition 2021 --cap-lints allow --crate-type lib --crate-name program -C panic=abort -C debug-assertions=off -C overflow-checks=off",
}
