//go:build e2e

package e2e

import (
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strings"

	"mpyld/fixtures"
	"mpyld/fixtures/sources"
)

// A programCompiler is a compiler for an architecture, with what may vary: what code is
// optimised for, in which way it makes addresses, and more that linkers see.
type programCompiler struct {
	name    string // as in the table of the outcomes
	command string // and the machine's flags
	levels  []string
	models  []string
	more    []string
	cxx     bool // is one for C++, too
}

// A programFamily is what compilers of a kind have in common.
type programFamily struct {
	name   string // that of a compiler starts with it
	levels []string
	more   []string
	models []struct {
		arch  string // a pattern
		flags []string
	}
}

type archFlags = struct {
	arch  string
	flags []string
}

// programFamilies are the kinds of compilers. The models of an architecture are those of the first pattern.
var programFamilies = []programFamily{
	{
		"gcc", flagList("-O0 | -O1 | -O2 | -O3 | -Os | -Og"),
		append(flagList("-flto -ffat-lto-objects | -fno-section-anchors | -falign-functions=32 | -fno-toplevel-reorder | -fipa-pta"), moreFlags...),
		[]archFlags{
			{"x64", flagList("-fpic | -fPIC | -fpic -fno-plt | -fpic -mcmodel=large")},
			{"x86", flagList("-fpic | -fPIC | -fpic -fno-plt")},
			{"armv6m", flagList("-fpic | -fPIC | -fno-pic | -fno-pic | -fno-pic -mlong-calls")},
			{"arm*", flagList("-fpic | -fPIC | -fno-pic | -fno-pic | -fno-pic -mlong-calls | -fno-pic -mslow-flash-data")},
			{"rv32imc", flagList("-fpic | -fPIC | -fpic -mno-relax | -fno-pic -mcmodel=medlow | -fno-pic -mcmodel=medlow -mno-relax | -fno-pic -mcmodel=medany")},
			// Without jump tables, which would be of 32 bits where addresses have 64.
			{"rv64imc", flagList("-fpic | -fPIC | -fpic -mno-relax | -fno-pic -mcmodel=medlow -fno-jump-tables | -fno-pic -mcmodel=medlow -fno-jump-tables -mno-relax | -fno-pic -mcmodel=medany")},
			{"xtensa*", flagList("-fpic | -fPIC | -fno-pic | -fno-pic -mlongcalls | -fpic -mlongcalls | -fno-pic -mtext-section-literals | -fpic -mtext-section-literals | -fno-pic -mauto-litpools")},
		},
	},
	{
		"clang", flagList("-O0 | -O1 | -O2 | -O3 | -Os | -Oz"), moreFlags,
		[]archFlags{
			{"x??", flagList("-fpic | -fPIC | -fpic -fno-plt")},
			// GCC's enums, which the module around a program has.
			{"armv6m", flagList("-fpic -fshort-enums | -fPIC -fshort-enums | -fno-pic -fshort-enums | -fno-pic -mlong-calls -fshort-enums")},
			{"arm*", flagList("-fpic -fshort-enums | -fno-pic -fshort-enums | -fno-pic -fshort-enums -mno-movt | -fno-pic -fshort-enums -mlong-calls")},
			{"rv32imc", flagList("-fpic -mrelax | -fPIC -mno-relax | -fno-pic -mrelax | -fno-pic -mno-relax | -fno-pic -mcmodel=medany -mno-relax")},
			{"rv64imc", flagList("-fpic -mrelax | -fPIC -mno-relax | -fno-pic -fno-jump-tables -mrelax | -fno-pic -fno-jump-tables -mno-relax | -fno-pic -mcmodel=medany -mno-relax")},
		},
	},
}

// moreFlags are for both, a third of the files has none.
var moreFlags = flagList(" |  |  |  | -ffunction-sections -fdata-sections | -ffunction-sections | -fdata-sections | -fno-inline | -fvisibility=hidden | -fno-jump-tables | -fno-optimize-sibling-calls | -g | -fno-merge-constants | -funroll-loops")

func flagList(text string) []string { return strings.Split(text, "|") }

// firstCompiler is the one of all architectures whose libgcc is linked and whose ar makes
// archives.
const firstCompiler = "gcc12.2"

// programCompilers returns the compilers for an architecture, sorted by name.
func programCompilers(arch string) []programCompiler {
	var list []programCompiler
	known := fixtures.Compilers(arch)
	for _, name := range slices.Sorted(maps.Keys(known)) {
		for _, f := range programFamilies {
			for _, m := range f.models {
				if ok, err := path.Match(m.arch, arch); ok && err == nil && strings.HasPrefix(name, f.name) {
					// beds/parts/xtensawin.sh makes a compiler of C alone.
					list = append(list, programCompiler{name, known[name].Command + " " + known[name].Machine, f.levels, m.flags, f.more, name != firstCompiler || arch != "xtensawin"})
					break
				}
			}
		}
	}
	return list
}

// rustcFor is the compiler of Rust for an architecture: the rows of TestRust.
func rustcFor(arch string) (programCompiler, bool) {
	for _, r := range rustTargets {
		if r.arch == arch {
			c := programCompiler{name: "rustc", command: rustc + " --target " + r.target}
			c.levels = flagList("-C opt-level=0 | -C opt-level=1 | -C opt-level=2 | -C opt-level=3 | -C opt-level=s | -C opt-level=z")
			c.more = flagList("-C codegen-units=1 | -C codegen-units=3 | -C codegen-units=16")
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
	list := programCompilers(arch)
	c := list[r.IntN(len(list))]
	return c, c.cxx || language == sources.C
}

// languageFlags are those of a source file, by its suffix.
var languageFlags = map[string]string{
	".c":   "-w -std=gnu11",
	".cpp": "-w -std=gnu++17 -fno-exceptions -fno-rtti -fno-threadsafe-statics",
	".rs":  "--edition 2021 --cap-lints allow --crate-type lib --crate-name program -C panic=abort -C debug-assertions=off -C overflow-checks=off",
}
