package corpus

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what comes out into testdata")

// TestOutputs: every link of stored objects gives the very bytes that it gave
// before. Whether those are right other tests say; this one, that they stay.
func TestOutputs(t *testing.T) {
	links, err := All(false)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	set := ""
	for _, l := range links {
		if l.Caught {
			t.Errorf("%s, %s: %s", l.Set, l.Case, l.Outcome)
		}
		if l.Set != set {
			set = l.Set
			fmt.Fprintf(&b, "%s\n", set)
		}
		fmt.Fprintf(&b, "  %s %s\n", l.Case, l.Outcome)
	}
	const file = "testdata/outputs"
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(b.String(), "\n")); diff != "" {
		t.Errorf("other bytes (-was +is):\n%s", diff)
	}
}
