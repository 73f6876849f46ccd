//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpyld/fixtures"
)

// TestTwoPaths imports one file under two names: each import has variables of
// its own, in RAM and in text, which survive the collector and do not meet.
func TestTwoPaths(t *testing.T) {
	prelude, err := fixtures.Source("prelude.py")
	must(t, err)
	body, err := os.ReadFile("testdata/paths/test.py")
	must(t, err)
	want, err := os.ReadFile("testdata/paths/test.out")
	must(t, err)
	done := map[string]bool{}
	for _, set := range fixtures.Sets() {
		if done[set.Arch] {
			continue
		}
		done[set.Arch] = true
		t.Run(set.Arch, func(t *testing.T) {
			t.Parallel()
			c := must1(set.Case("variables"))(t)
			module, err := os.ReadFile(filepath.Join(linkFixture(t, set.Arch, c), "variables.mpy"))
			must(t, err)
			dir := t.TempDir()
			for _, path := range []string{"one", "two"} {
				must(t, os.Mkdir(filepath.Join(dir, path), 0o777))
				must(t, os.WriteFile(filepath.Join(dir, path, "variables.mpy"), module, 0o666))
			}
			script := filepath.Join(dir, "test.py")
			must(t, os.WriteFile(script, append(prelude, body...), 0o666))
			for _, b := range bedsRunning(t, set.Arch) {
				if diff := cmp.Diff(string(want), b.run(t, script, dir)); diff != "" {
					t.Errorf("bed %s: - expected, + printed\n%s", b.name, diff)
				}
			}
		})
	}
}
