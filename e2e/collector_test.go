//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"mpyld/fixtures"
)

// TestPressure is the test of a test: fixtures/src/prelude.py claims that the
// collector runs all the time while modules are imported, and that churn()
// overwrites memory which the collector lost sight of. The collector is
// conservative, so a little garbage may stay.
func TestPressure(t *testing.T) {
	prelude, err := fixtures.Source("prelude.py")
	must(t, err)
	body, err := os.ReadFile("testdata/churn.py")
	must(t, err)
	script := filepath.Join(t.TempDir(), "churn.py")
	must(t, os.WriteFile(script, append(prelude, body...), 0o666))
	for _, b := range allBeds(t) {
		var piled, before, left int
		printed := b.run(t, script)
		if _, err := fmt.Sscan(printed, &piled, &before, &left); err != nil || piled > 10 || before < 50 || left > before/4 {
			t.Errorf("bed %s: garbage of the import, and before and after churn(): %q, want nearly 0, 60 and nearly 0", b.name, printed)
		}
	}
}
