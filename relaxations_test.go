package mpyld_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"mpyld"
	"mpyld/relocs"
)

// TestRelaxations: each row has a name that can be typed, a sentence, and its line in the document.
func TestRelaxations(t *testing.T) {
	doc, err := os.ReadFile("docs/SMALLER.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i := range relocs.Relaxations {
		row := &relocs.Relaxations[i]
		if row.Name == "" || seen[row.Name] || strings.ContainsAny(row.Name, ", =") {
			t.Errorf("row %d is called %q", i, row.Name)
		}
		seen[row.Name] = true
		if line := fmt.Sprintf("\n| `%s` | %s |\n", row.Name, row.Sentence); row.Sentence == "" || !strings.Contains(string(doc), line) {
			t.Errorf("docs/SMALLER.md has no line %q", line)
		}
		if r, ok := relocs.RelaxationOf(row.Name); !ok || int(r) != i || !relocs.EveryRelaxation.Has(r) || relocs.EveryRelaxation.Without(r).Has(r) {
			t.Errorf("%s is not relaxation %d", row.Name, i)
		}
	}
	if len(mpyld.Relaxations()) != len(seen) || relocs.EveryRelaxation>>len(seen) != 0 {
		t.Errorf("%d names of %d relaxations, in a set of all %b", len(mpyld.Relaxations()), len(seen), relocs.EveryRelaxation)
	}
}
