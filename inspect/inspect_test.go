package inspect

import (
	"testing"

	"mpyld/fixtures"
	"mpyld/mpyfile"
	"mpyld/mpytree"
)

func stored(t *testing.T, release, name string) *mpytree.File {
	t.Helper()
	list, err := fixtures.Compiled(release)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range list {
		if file.Name == name+".mpy" {
			f, err := mpytree.Parse(file.Data)
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
	}
	t.Fatalf("%s has no %s", release, name)
	return nil
}

// TestImporting: which releases import what each mpy-cross makes. Those with
// version 5 have ports with and without the map cache until 1.17.
func TestImporting(t *testing.T) {
	for _, c := range []struct{ release, name, first, last string }{
		{"1.12", "native-x64", "1.18", "1.18"}, // unix ports until 1.17 want the cache
		{"1.12", "native-armv7m", "1.12", "1.18"},
		{"1.17", "flow-cache", "1.12", "1.17"},
		{"1.18", "flow-O0", "1.12", "1.18"},
		{"1.19", "native-x64", "1.19", "1.19"},
		{"1.20", "native-armv7em", "1.20", "1.21"},
		{"1.22", "native-xtensa", "1.22", "1.22"},
		{"1.28", "native-armv6m", "1.23", "1.29-preview"},
		{"1.28", "native-rv32imc", "1.24", "1.29-preview"},
		{"1.19", "flow-O0", "1.19", "1.29-preview"},
	} {
		list := Inspect(stored(t, c.release, c.name)).Importing
		if len(list) == 0 || list[0].Name != c.first || list[len(list)-1].Name != c.last {
			t.Errorf("%s of %s: %v", c.name, c.release, list)
		}
	}
}

// TestBoards: somebody has each architecture.
func TestBoards(t *testing.T) {
	for _, a := range mpyfile.Archs {
		if boards[a.Name] == "" {
			t.Errorf("no boards with %s", a.Name)
		}
	}
}
