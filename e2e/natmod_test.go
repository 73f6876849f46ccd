//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// natmodArchs are the archs upstream's examples are built for.
var natmodArchs = []natmodArch{
	{name: "x64"},
	{name: "x86"},
	{name: "armv6m"},
	{name: "armv7m"},
	{name: "armv7emsp"},
	{name: "armv7emdp"},
	{
		// The ESP8266's ROM is somewhere else in the bed.
		name: "xtensa",
		args: []string{"MICROPY_FLOAT_IMPL=float", "MPY_EXTERN_SYM_FILE=$MPYLD_BEDS/lib/xtensa/rom.ld"},
		// Not all of libm is in the toolchain's libm.a, and libc.a has calls that
		// do not reach the ROM, so the float routines must be in the module.
		features2: []string{"LIBM_NAME=libc.a", "LIBGCC_PATH=$MPYLD_BEDS/lib/xtensa/libgcc.a", "MPY_EXTERN_SYM_FILE="},
		// gcc 12's literals of qstrs have offsets, and mpy_ld.py allows none.
		noPeer: "AssertionError: ('mp_native_qstr_table+0x",
	},
	// Upstream leaves out libraries that Espressif's compiler does not need.
	{name: "xtensawin", args: []string{"LINK_RUNTIME=1"}},
	{name: "rv32imc", args: []string{"LINK_RUNTIME=1", "MICROPY_FLOAT_IMPL=float"}},
	{
		name:   "rv64imc", // not in MicroPython 1.26: see addRV64
		args:   []string{"LINK_RUNTIME=1", "MICROPY_FLOAT_IMPL=float", "MPY_CROSS_FLAGS="},
		noPeer: "KeyError: 'rv64imc'",
		// The module has a limit of its own for the stack, which gcc 12's code for
		// 64 bits exceeds; MicroPython 1.26 was not written for this arch.
		fails:  []string{"re_group", "re_groups", "re_span"},
		failed: "RuntimeError: maximum recursion depth exceeded",
	},
}

type natmodArch struct {
	name      string
	args      []string // of make
	features2 []string // more of them for this example
	noPeer    string   // what mpy_ld.py says to every example, if it cannot link any

	fails  []string // scripts that cannot pass
	failed string   // what they print then
}

// natmods are upstream's native examples with the number of test scripts that
// must pass and the names of those that skip themselves for what the example
// leaves out, so that one that gets lost is noticed. btree is missing: its
// library, Berkeley DB, is not in Debian's source package.
var natmods = []struct {
	name   string
	passes int
	skips  []string
}{
	// Scripts in testdata/natmod; upstream has no tests of these.
	{"features0", 1, nil},
	{"features1", 1, nil},
	{"features2", 1, nil},
	{"features3", 1, nil},
	{"features4", 1, nil},
	// Scripts in upstream's tests/extmod.
	{"deflate", 4, nil},
	{"framebuf", 12, nil},
	{"heapq", 1, nil},
	{"random", 3, []string{"random_seed_default"}}, // no default seed
	{"re", 11, []string{"re_debug", "re_sub", "re_sub_unmatched"}}, // no re.DEBUG, no sub
}

// startMarker is what a script prints between the import and the test.
const startMarker = "START TEST\n"

// pointer matches an address that features1 prints at import: it differs from run to run.
var pointer = regexp.MustCompile(`self=(0x)?[0-9a-f]+`)

// TestNatmods builds every example twice with MicroPython's own dynruntime.mk,
// once with mpyld and once with mpy_ld.py, and runs the same test scripts with
// both results. Each must print the expected text, and both the same. Where
// mpy_ld.py can link nothing, the expected text is all there is to compare with.
// No file of ours is larger than theirs.
func TestNatmods(t *testing.T) {
	for _, arch := range natmodArchs {
		t.Run(arch.name, func(t *testing.T) {
			t.Parallel()
			ours, theirs := newNatmodTree(t, arch, mpyld), newNatmodTree(t, arch, "")
			for _, natmod := range natmods {
				t.Run(natmod.name, func(t *testing.T) {
					buildNatmod(t, natmod.name, ours, theirs)
					compareSizes(t, natmod.name, ours, theirs)
					passes, skips := runNatmod(t, natmod.name, ours, theirs)
					t.Logf("%d scripts pass", passes)
					if passes != natmod.passes || !slices.Equal(skips, natmod.skips) {
						t.Errorf("%d pass and %q skip, want %d and %q",
							passes, skips, natmod.passes, natmod.skips)
					}
				})
			}
		})
	}
}

// buildNatmod builds one example in both trees. Ours must succeed; theirs must
// too, or fail for the known reason: if it stops failing, the row is wrong.
func buildNatmod(t *testing.T, module string, ours, theirs natmodTree) {
	t.Helper()
	log, err := theirs.make(module)
	switch known := theirs.arch.noPeer; {
	case known == "" && err != nil:
		t.Fatalf("build with mpy_ld.py: %v\n%s", err, log)
	case known != "" && err == nil:
		t.Fatal("mpy_ld.py is said to fail for this arch, but succeeds")
	case known != "" && !strings.Contains(log, known):
		t.Fatalf("mpy_ld.py is said to fail with %q, but fails for another reason:\n%s", known, log)
	}
	if log, err := ours.make(module); err != nil {
		t.Fatalf("build with mpyld: %v\n%s", err, log)
	}
}

// compareSizes compares what both linkers wrote, if theirs could link: with a part in
// Python, that is not yet the module, but a file to be merged.
func compareSizes(t *testing.T, module string, ours, theirs natmodTree) {
	t.Helper()
	if theirs.arch.noPeer != "" {
		return
	}
	var sizes [2]int64
	for i, tree := range []natmodTree{ours, theirs} {
		linked := filepath.Join(tree.moduleDir(module), "build", tree.importName(module)+".native.mpy")
		file, err := os.Stat(linked)
		if err != nil {
			file, err = os.Stat(filepath.Join(tree.moduleDir(module), tree.importName(module)+".mpy"))
		}
		must(t, err)
		sizes[i] = file.Size()
	}
	if sizes[0] > sizes[1] {
		t.Errorf("%d bytes, %d more than with mpy_ld.py", sizes[0], sizes[0]-sizes[1])
	}
}

// runNatmod runs a module's test scripts with both trees in every bed of the arch.
// It returns how many ran, and which skipped themselves, everywhere and for both.
func runNatmod(t *testing.T, module string, ours, theirs natmodTree) (passes int, skips []string) {
	t.Helper()
	scripts, list := natmodScripts(t, module), bedsRunning(t, ours.arch.name)
	skipped := map[string]int{}
	for _, b := range list {
		got := b.runWithNatmod(t, scripts, module, ours)
		if theirs.arch.noPeer == "" {
			peer := b.runWithNatmod(t, scripts, module, theirs)
			for _, script := range scripts {
				if diff := cmp.Diff(peer[script], got[script]); diff != "" {
					t.Errorf("%s in bed %s: - mpy_ld.py, + mpyld\n%s", filepath.Base(script), b.name, diff)
				}
			}
		}
		for _, script := range scripts {
			// Some examples print something at import, which is no test's output.
			_, body, _ := strings.Cut(got[script], startMarker)
			if body == "SKIP\n" {
				skipped[script]++
				continue
			}
			judgeNatmod(t, b, ours.arch, script, body)
		}
	}
	for _, script := range scripts {
		if skipped[script] == len(list) {
			skips = append(skips, scriptName(script))
		}
	}
	return len(scripts) - len(skips), skips
}

// judgeNatmod compares what a script printed with what it must print.
func judgeNatmod(t *testing.T, b bed, arch natmodArch, script, body string) {
	t.Helper()
	if slices.Contains(arch.fails, scriptName(script)) {
		if !strings.Contains(body, arch.failed) {
			t.Errorf("%s in bed %s is said to fail with %q, but prints\n%s", filepath.Base(script), b.name, arch.failed, body)
		}
		return
	}
	if diff := cmp.Diff(expectedOutput(t, script), body); diff != "" {
		t.Errorf("%s in bed %s: - expected, + mpyld\n%s", filepath.Base(script), b.name, diff)
	}
}

func scriptName(script string) string { return strings.TrimSuffix(filepath.Base(script), ".py") }

// natmodScripts finds a module's tests, for upstream's by the rule of
// tests/run-natmodtests.py: the name starts with the module's.
func natmodScripts(t *testing.T, module string) []string {
	t.Helper()
	pattern := filepath.Join(sourceTree(t), "tests/extmod", module+"*.py")
	if strings.HasPrefix(module, "features") {
		pattern = filepath.Join("testdata/natmod", module+".py")
	}
	scripts, err := filepath.Glob(pattern)
	must(t, err)
	return scripts
}

// runWithNatmod runs test scripts with the module they import replaced by the
// tree's native one, and returns all that each printed, its exit status included.
// They run together, and alone from the first on that does not come to its end.
func (b bed) runWithNatmod(t *testing.T, scripts []string, module string, tree natmodTree) map[string]string {
	t.Helper()
	prelude := fmt.Sprintf("import sys\nsys.modules[%q] = __import__(%q)\nprint(%q, end='')\n",
		module, tree.importName(module), startMarker)
	dir := t.TempDir()
	var cases []linkedCase
	for _, script := range scripts {
		body, err := os.ReadFile(script)
		must(t, err)
		// Not the script's own name: an import looks beside the script first.
		c := linkedCase{name: scriptName(script), dir: filepath.Join(dir, scriptName(script))}
		must(t, os.Mkdir(c.dir, 0o777))
		must(t, os.WriteFile(filepath.Join(c.dir, "test.py"), append([]byte(prelude), body...), 0o666))
		cases = append(cases, c)
	}
	texts := printedTogether(execTogether(t, b, dir, cases, tree.moduleDir(module)), cases)
	printed := map[string]string{}
	for i, c := range cases {
		if i == len(texts) {
			out := b.exec(filepath.Join(c.dir, "test.py"), tree.moduleDir(module))
			if out.err != nil {
				out.text += fmt.Sprintf("(%v)\n", out.err)
			}
			texts = append(texts, out.text)
		}
		printed[scripts[i]] = pointer.ReplaceAllString(texts[i], "self=...")
	}
	return printed
}
