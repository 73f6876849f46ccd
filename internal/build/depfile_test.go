package build

import (
	"slices"
	"testing"
)

func TestDepfile(t *testing.T) {
	for text, want := range map[string][]string{
		"x: a.c\n":                           {"a.c"},
		"x: a.c \\\n  dir/b.h \\\n c.h\n":    {"a.c", "dir/b.h", "c.h"},
		"x: a\\ b.c \\\r\n c$$.h\r\n":        {"a b.c", "c$.h"},
		"x: \\#a.c C:\\dir\\b.h\n":           {"#a.c", `C:\dir\b.h`},
		"x: a.c a.c\n":                       {"a.c"},
		"x:\n":                               nil,
		"x: welle/größe.h \\\n a,b;c(d).h\n": {"welle/größe.h", "a,b;c(d).h"},
	} {
		if got := parseDepfile(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestIDs(t *testing.T) {
	for path, want := range map[string]string{
		"a.c": "a.c", "./src/../a.c": "a.c", "../a.c": "_up/a.c", "/x/a.c": "_root/x/a.c", "src/a b.c": "src/a b.c",
	} {
		if got := idOf(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}
