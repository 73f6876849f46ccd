package main

import (
	"bytes"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	got, err := parse("# a comment\nfile a/b.go\n\nmutant one\n- x\n+ y\n\nmutant two lines\nharmless nobody asks\n- \tx\n- \n- z\n+ \ty\nmutant three\nright it is the same\n- a\n+ b")
	want := []mutant{
		{file: "a/b.go", what: "one", old: "x", new: "y"},
		{file: "a/b.go", what: "two lines", old: "\tx\n\nz", new: "\ty", harmless: "nobody asks"},
		{file: "a/b.go", what: "three", old: "a", new: "b", right: "it is the same"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(mutant{})); diff != "" || err != nil {
		t.Error(err, diff)
	}
	for _, text := range []string{"- x", "mutant one\nother x"} {
		if list, err := parse(text); err == nil {
			t.Errorf("%q: %v", text, list)
		}
	}
}

// TestMutants: each mistake of the lists can be made in the code as it is now, once,
// and has a name of its own.
func TestMutants(t *testing.T) {
	list, err := readAll("mutants")
	if err != nil || len(list) < 300 {
		t.Fatalf("%d mutants: %v", len(list), err)
	}
	titles := map[string]bool{}
	for _, m := range list {
		if titles[m.title()] {
			t.Errorf("there are two %s", m.title())
		}
		titles[m.title()] = true
		source, err := os.ReadFile(filepath.Join("..", m.file))
		if err != nil {
			t.Error(err)
			continue
		}
		mutated, err := m.apply(string(source))
		if err == nil {
			_, err = parser.ParseFile(token.NewFileSet(), m.file, mutated, parser.SkipObjectResolution)
		}
		if err != nil {
			t.Errorf("%s: %v", m.title(), err)
		}
	}
}

// TestCheckFailed: the texts by which the check is known to have noticed something are those of the errors.
func TestCheckFailed(t *testing.T) {
	var sources []byte
	for _, file := range []string{"../check.go", "../link/export_test.go"} {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, source...)
	}
	for _, text := range checkFailed {
		if !bytes.Contains(sources, []byte(text)) {
			t.Errorf("no error says %q", text)
		}
	}
}
