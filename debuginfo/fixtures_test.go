package debuginfo_test

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"

	"mpyld"
	"mpyld/diag"
	"mpyld/fixtures"
	"mpyld/target"
)

// marked returns the lines of the sources of a case that comments mark: "refers to f" gives "f" lines.c:20.
func marked(t *testing.T, how string) map[string]string {
	t.Helper()
	marks := map[string]string{}
	for _, name := range []string{"lines.c", "lines.h", "other.c"} {
		text, err := fixtures.Source("lines/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(text), "\n") {
			if _, what, ok := strings.Cut(line, "// "+how+" "); ok {
				marks[what] = diag.Source{File: name, Line: i + 1}.Brief()
			}
		}
	}
	return marks
}

// errorsOf links objects that do not link.
func errorsOf(t *testing.T, set fixtures.Set) diag.List {
	t.Helper()
	c, err := set.DebugCase()
	if err != nil {
		t.Fatal(err)
	}
	_, err = mpyld.Link(context.Background(), mpyld.Options{
		FS: c.FS(), Files: c.Names(), QStrs: "config.h", SourceName: "lines.mpy", Target: target.Options{Arch: set.Arch},
	})
	var list diag.List
	if !errors.As(err, &list) {
		t.Fatalf("%v", err)
	}
	return list
}

// TestLines: what compilers of all architectures leave in objects says the line of each error, in code, in headers and macros, in
// constants between functions, in initialised data; and of functions that were inlined, where.
func TestLines(t *testing.T) {
	refers, inlines, defines := marked(t, "refers to"), marked(t, "inlines"), marked(t, "defines")
	if len(refers) != 7 || len(inlines) != 1 || len(defines) != 2 {
		t.Fatal(refers, inlines, defines)
	}
	undefined := regexp.MustCompile(`^(undefined|duplicate) symbol:? (\w+)`)
	for _, set := range fixtures.DebugSets() {
		t.Run(set.Name, func(t *testing.T) {
			seen := 0
			for _, e := range errorsOf(t, set) {
				m := undefined.FindStringSubmatch(e.Text)
				if m == nil {
					t.Fatal(e)
				}
				want := refers[m[2]]
				if m[1] == "duplicate" {
					want = defines[m[2]]
				}
				if want == "" {
					continue // of a library
				}
				seen++
				if got := e.Place.Source; strings.TrimPrefix(got.Brief(), "./") != want || got.Dir != "/src" {
					t.Errorf("%v: %v in %s, want %s", e, got, got.Dir, want)
				}
				for _, n := range e.Notes {
					if n.Text == "inlined is inlined here" && n.Place.Source.Brief() == inlines["inlined"] {
						seen++
					} else if n.Place.Source.Known() && m[1] == "undefined" && strings.TrimPrefix(n.Place.Source.Brief(), "./") != want {
						t.Errorf("%v: note: %s at %v", e, n.Text, n.Place.Source)
					}
				}
			}
			if all := len(refers) + len(inlines) + len(defines); seen != all {
				t.Errorf("%d errors and notes have the lines that they should have, of %d", seen, all)
			}
		})
	}
}
