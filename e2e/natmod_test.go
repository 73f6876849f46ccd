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
var natmodArchs = []string{"x64", "armv6m", "armv7m", "armv7emsp", "armv7emdp"}

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

// natmodWaivers are the builds, "arch/module", that mpyld cannot do yet, with
// what it says. A waived build that succeeds is an error: the row must go.
var natmodWaivers = map[string]string{
	// Debian's libm.a for amd64 is a linker script that names two archives.
	"x64/features2": "libm.a: is not an archive",
}

// startMarker is what a script prints between the import and the test.
const startMarker = "START TEST\n"

// pointer matches an address that features1 prints at import: it differs from run to run.
var pointer = regexp.MustCompile(`self=(0x)?[0-9a-f]+`)

// TestNatmods builds every example twice with MicroPython's own dynruntime.mk,
// once with mpyld and once with mpy_ld.py, and runs the same test scripts with
// both results. Each must print the expected text, and both the same.
func TestNatmods(t *testing.T) {
	for _, arch := range natmodArchs {
		t.Run(arch, func(t *testing.T) {
			t.Parallel()
			ours, theirs := newNatmodTree(t, arch, mpyld), newNatmodTree(t, arch, "")
			for _, natmod := range natmods {
				t.Run(natmod.name, func(t *testing.T) {
					if !buildNatmod(t, natmod.name, ours, theirs) {
						return
					}
					var passes int
					var skips []string
					for _, script := range natmodScripts(t, natmod.name) {
						if runNatmod(t, script, natmod.name, ours, theirs) {
							passes++
						} else {
							skips = append(skips, strings.TrimSuffix(filepath.Base(script), ".py"))
						}
					}
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

// buildNatmod builds one example in both trees, which must succeed. It returns
// false for an example that is waived.
func buildNatmod(t *testing.T, module string, ours, theirs natmodTree) bool {
	t.Helper()
	if log, err := theirs.make(module); err != nil {
		t.Fatalf("build with mpy_ld.py: %v\n%s", err, log)
	}
	log, err := ours.make(module)
	reason, waived := natmodWaivers[ours.arch+"/"+module]
	switch {
	case waived && err == nil:
		t.Fatal("this build is waived, but succeeds")
	case waived && !strings.Contains(log, reason):
		t.Fatalf("this build is waived because of %q, but fails for another reason:\n%s", reason, log)
	case waived:
		t.Logf("waived: %s", reason)
	case err != nil:
		t.Fatalf("build with mpyld: %v\n%s", err, log)
	}
	return !waived
}

// runNatmod runs a test script with both trees' modules in every bed of the
// arch. It returns false if the script skipped itself, everywhere and for both.
func runNatmod(t *testing.T, script, module string, ours, theirs natmodTree) bool {
	t.Helper()
	want := expectedOutput(t, script)
	skipped := 0
	list := bedsRunning(t, ours.arch)
	for _, b := range list {
		got := b.runWithNatmod(t, script, module, ours)
		peer := b.runWithNatmod(t, script, module, theirs)
		if diff := cmp.Diff(peer, got); diff != "" {
			t.Errorf("%s in bed %s: - mpy_ld.py, + mpyld\n%s", filepath.Base(script), b.name, diff)
		}
		// Some examples print something at import, which is no test's output.
		_, body, _ := strings.Cut(got, startMarker)
		if body == "SKIP\n" {
			skipped++
			continue
		}
		if diff := cmp.Diff(want, body); diff != "" {
			t.Errorf("%s in bed %s: - expected, + mpyld\n%s", filepath.Base(script), b.name, diff)
		}
	}
	return skipped != len(list)
}

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

// runWithNatmod runs a test script with the module it imports replaced by the
// tree's native one, and returns all it printed, its exit status included.
func (b bed) runWithNatmod(t *testing.T, script, module string, tree natmodTree) string {
	t.Helper()
	body, err := os.ReadFile(script)
	must(t, err)
	prelude := fmt.Sprintf("import sys\nsys.modules[%q] = __import__(%q)\nprint(%q, end='')\n",
		module, tree.importName(module), startMarker)
	// Not the script's own name: an import looks beside the script first.
	file := filepath.Join(t.TempDir(), "with_"+filepath.Base(script))
	must(t, os.WriteFile(file, append([]byte(prelude), body...), 0o666))
	out := b.exec(file, tree.moduleDir(module))
	if out.err != nil {
		out.text += fmt.Sprintf("(%v)\n", out.err)
	}
	return pointer.ReplaceAllString(out.text, "self=...")
}
