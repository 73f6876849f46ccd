//go:build e2e

package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

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
			dir, floats := t.TempDir(), casesWithFloats(t, set)
			var all, withoutFloats []linkedCase
			for _, c := range cases {
				t.Run(c.Name, func(t *testing.T) {
					linked := linkFixtureTo(t, dir, set.Arch, c)
					all = append(all, linked)
					if !floats[c.Name] {
						withoutFloats = append(withoutFloats, linked)
					}
				})
			}
			for _, b := range bedsRunning(t, set.Arch) {
				runTogether(t, b, dir, all)
			}
			for _, b := range bedsLoading(t, set.Arch) {
				runTogether(t, b, dir, withoutFloats)
			}
		})
	}
}

// runFixture links one case and expects the same, right output in all beds.
func runFixture(t *testing.T, arch string, c fixtures.Case, beds []bed) {
	t.Helper()
	linked := linkFixtureTo(t, t.TempDir(), arch, c)
	for _, b := range beds {
		runAlone(t, b, linked)
	}
}

// linkFixture links one case and returns a directory with the module and
// test.py.
func linkFixture(t *testing.T, arch string, c fixtures.Case) string {
	t.Helper()
	return linkFixtureTo(t, t.TempDir(), arch, c).dir
}

// linkFixtureTo links one case in a directory of its name in dir.
func linkFixtureTo(t *testing.T, dir, arch string, c fixtures.Case) linkedCase {
	t.Helper()
	scriptDir, moduleDir := t.TempDir(), filepath.Join(dir, c.Name)
	must(t, os.Mkdir(moduleDir, 0o777))
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
	return linkedCase{c.Name, moduleDir, c.TestOut}
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
