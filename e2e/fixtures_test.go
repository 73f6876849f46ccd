//go:build e2e

package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpyld/fixtures"
)

// TestFixtures links every case of every fixture set and runs its test script
// in every bed that accepts the set's arch.
func TestFixtures(t *testing.T) {
	sets := fixtures.Sets()
	if len(sets) == 0 {
		t.Fatal("no fixture sets")
	}
	for _, set := range sets {
		t.Run(set.Name, func(t *testing.T) {
			t.Parallel()
			cases, err := set.Cases()
			must(t, err)
			if len(cases) == 0 {
				t.Fatal("no cases")
			}
			floats := casesWithFloats(t, set)
			for _, c := range cases {
				t.Run(c.Name, func(t *testing.T) {
					beds := bedsRunning(t, set.Arch)
					if !floats[c.Name] {
						beds = append(beds, bedsLoading(t, set.Arch)...)
					}
					runFixture(t, set.Arch, c, beds)
				})
			}
		})
	}
}

// runFixture links one case and expects the same, right output in all beds.
func runFixture(t *testing.T, arch string, c fixtures.Case, beds []bed) {
	t.Helper()
	dir := linkFixture(t, arch, c)
	for _, b := range beds {
		if diff := cmp.Diff(c.TestOut, b.run(t, filepath.Join(dir, "test.py"), dir)); diff != "" {
			t.Errorf("bed %s: - expected, + printed\n%s", b.name, diff)
		}
	}
}

// linkFixture links one case and returns a directory with the module and
// test.py.
func linkFixture(t *testing.T, arch string, c fixtures.Case) string {
	t.Helper()
	scriptDir, moduleDir := t.TempDir(), t.TempDir()
	script := filepath.Join(moduleDir, "test.py")
	config := filepath.Join(scriptDir, "config.h")
	must(t, os.WriteFile(script, []byte(c.TestPy), 0o666))
	must(t, os.WriteFile(config, c.Config, 0o666))
	args := []string{"--arch", arch, "--qstrs", config, "-o", filepath.Join(moduleDir, c.Name+".mpy")}
	args = append(args, c.LDFlags...)
	for _, object := range c.Objects {
		file := filepath.Join(scriptDir, object.Name)
		must(t, os.WriteFile(file, object.Data, 0o666))
		args = append(args, file)
	}
	link(t, args...)
	return moduleDir
}

// bedsLoading returns the beds that accept modules of an arch whose way of
// passing floats is not theirs.
func bedsLoading(t *testing.T, arch string) []bed {
	t.Helper()
	return slices.DeleteFunc(slices.Clone(allBeds(t)), func(b bed) bool {
		return !slices.Contains(b.loads, arch)
	})
}

// casesWithFloats names the cases that might pass floats to the interpreter:
// their source mentions them.
func casesWithFloats(t *testing.T, set fixtures.Set) map[string]bool {
	t.Helper()
	recipes, err := set.Recipes()
	must(t, err)
	floats := map[string]bool{}
	for _, recipe := range recipes {
		for _, source := range recipe.Sources {
			if bytes.Contains(source.Data, []byte("float")) || bytes.Contains(source.Data, []byte("double")) {
				floats[recipe.Name] = true
			}
		}
	}
	return floats
}
