package corpus

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpyld/relocs/machines"
)

var update = flag.Bool("update", false, "write what comes out into testdata")

// TestSmaller: with -O no module is larger than without, in memory or in the file, and the map
// says where all the memory was saved.
func TestSmaller(t *testing.T) {
	links, err := all()
	if err != nil {
		t.Fatal(err)
	}
	was, smaller := map[string]Link{}, map[string]int{}
	for _, l := range links {
		set, is := strings.CutSuffix(l.Set, Smaller)
		key := set + ", " + l.Case
		if !is {
			was[key] = l
			continue
		}
		if wrong := l.Larger(was[key]); wrong != "" {
			t.Errorf("%s: %s", key, wrong)
		}
		if l.File < was[key].File {
			smaller[strings.SplitN(set, "-", 2)[0]]++
		}
	}
	for _, m := range machines.All() {
		if m.Howtos != nil && smaller[m.Name] == 0 {
			t.Errorf("-O makes no module for %s smaller", m.Name)
		}
	}
}

// all links all, once.
var all = sync.OnceValues(func() ([]Link, error) { return All(false) })

// TestOutputs: every link of stored objects gives the very bytes that it gave
// before. Whether those are right other tests say; this one, that they stay.
func TestOutputs(t *testing.T) {
	links, err := all()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	set := ""
	for _, l := range links {
		if l.Caught {
			t.Errorf("%s, %s: %s", l.Set, l.Case, l.Outcome)
		}
		if strings.HasSuffix(l.Set, Smaller) {
			continue // each new way to be smaller makes other bytes of most
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
