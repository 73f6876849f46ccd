//go:build e2e

package e2e

import (
	"slices"
	"strings"
	"testing"

	"mpyld/fixtures"
)

// TestSmaller links every case of one set of each architecture with -O, and of those that have a section for
// each function with --gc-sections too, and runs its test script in every bed of the architecture.
func TestSmaller(t *testing.T) {
	t.Parallel()
	ran := map[string]bool{}
	for _, set := range fixtures.Sets() {
		whole, apart := strings.HasSuffix(set.Name, "gcc12.2-Os-fpic"), strings.HasSuffix(set.Name, "-sections")
		if !whole && !apart {
			continue
		}
		ran[set.Arch] = true
		t.Run(set.Name, func(t *testing.T) {
			t.Parallel()
			cases, err := set.Cases()
			must(t, err)
			dir := t.TempDir()
			var all []linkedCase
			for _, c := range cases {
				c.LDFlags = append(slices.Clip(c.LDFlags), "-O")
				if apart {
					c.LDFlags = append(c.LDFlags, "--gc-sections")
				}
				all = append(all, linkFixtureTo(t, dir, set.Arch, c))
			}
			for _, b := range bedsRunning(t, set.Arch) {
				runTogether(t, b, dir, all)
			}
		})
	}
	if len(ran) != 10 {
		t.Errorf("modules of %d architectures ran, not of 10", len(ran))
	}
}
