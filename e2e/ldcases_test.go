//go:build e2e

package e2e

import (
	"math/rand/v2"
	"testing"

	"mpyld/fixtures/ldcases"
)

// casesPerLinker is how many random links each GNU ld is asked about.
const casesPerLinker = 60

// TestLikeLD compares what names mean, and which archive members come in, with
// GNU ld, of every machine there is one for, in links nobody has seen.
func TestLikeLD(t *testing.T) {
	for _, l := range ldcases.Linkers {
		t.Run(l.Arch, func(t *testing.T) {
			t.Parallel()
			for range casesPerLinker {
				c := ldcases.New(rand.Uint64())
				want, err := l.Ask(c, t.TempDir())
				must(t, err)
				got, err := c.Ours(l.Arch)
				if err != nil || got != want {
					t.Fatalf("seed %d\n%sGNU ld: %s\nmpyld:  %s %v", c.Seed, c, want, got, err)
				}
			}
		})
	}
}
