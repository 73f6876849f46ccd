package scaffold

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"

	"mpyld/diag"
)

// TestFiles: each language has a source, a manifest that names it, and a test; all of our files
// are used, and no name is left to fill in.
func TestFiles(t *testing.T) {
	used := map[string]bool{}
	for _, l := range languages {
		files, err := Files("wave", l.name)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for i, f := range files {
			names = append(names, f.Name)
			if strings.Contains(string(f.Data), "NAME") && path.Base(f.Name) != "mpyld.rs" || len(f.Data) == 0 {
				t.Errorf("%s: %s is not filled in", l.name, f.Name)
			}
			used[slices.Concat(l.rows, common)[i].from] = true
		}
		for _, want := range []string{"mpyld.toml", "test.py", ".gitignore", ".github/workflows/build.yml"} {
			if !slices.Contains(names, want) {
				t.Errorf("%s has no %s: %q", l.name, want, names)
			}
		}
	}
	list, err := fs.ReadDir(files, "files")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		if !used[f.Name()] {
			t.Errorf("no module has %s", f.Name())
		}
	}
}

// TestNames: what cannot be a name is refused, with one that could where that is known.
func TestNames(t *testing.T) {
	for name, want := range map[string]string{
		"wave": "", "_w2": "", "Wave": "", "match": "", "testing": "",
		"": "wave", "my-wave": "my_wave", "Wave.c": "wave", "2d": "_2d", "a b": "a_b", "é": "wave", "wave.mpy": "wave", "-": "wave",
		"class": "class_", "None": "None_", "a/b": "give the name alone", `a\b`: "give the name alone", "..": "wave", "/": "give the name alone",
		"sys": "my_sys", "_thread": "my_thread", "test": "my_test", "in-": "wave",
	} {
		_, err := Files(name, "c")
		if (err == nil) != (want == "") {
			t.Errorf("%q: %v", name, err)
		}
		if err == nil {
			continue
		}
		if got := diag.Render("", err); !strings.Contains(got, want) {
			t.Errorf("%q: %s\nwant advice with %s", name, got, want)
		}
	}
	for _, name := range []string{"match", "crate", "core"} {
		if _, err := Files(name, "rust"); err == nil {
			t.Errorf("a crate is called %s", name)
		}
	}
}
