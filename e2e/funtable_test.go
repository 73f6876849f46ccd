//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFunTable runs modules that use what a firmware adds to the end of
// mp_fun_table, as that of the port beds does (beds/port/Makefile): a function and
// an object, from code and from data. A list names them, or the firmware's header.
func TestFunTable(t *testing.T) {
	glue, err := os.ReadFile(filepath.Join(sourceTree(t), "py/nativeglue.h"))
	must(t, err)
	const end = "} mp_fun_table_t;"
	before, after, ok := strings.Cut(string(glue), end)
	if !ok {
		t.Fatal("py/nativeglue.h is not as this test knows it")
	}
	header := before + "    int (*bed_twice)(int);\n    const int *bed_number;\n" + end + after
	for _, set := range oneSetPerArch() {
		if set.Arch == "x86" || set.Arch == "x64" {
			continue // the beds are Debian's
		}
		t.Run(set.Arch, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			config, extended := filepath.Join(dir, "config.h"), filepath.Join(dir, "nativeglue.h")
			must(t, os.WriteFile(extended, []byte(header), 0o666))
			link(t, "--preprocess", "-o", config, "testdata/funtable/own.c")
			object := compileSource(t, set, dir, "testdata/funtable/own.c")
			b, release := bedNamed(t, set.Arch), "1.26"
			if set.Arch == "rv64imc" {
				release = "1.28" // the first that loads it; the bed's 1.26 is taught to, and their tables are the same
			}
			for _, table := range []string{"testdata/funtable/entries", extended} {
				link(t, "--arch", set.Arch, "--target", release, "--fun-table", table, "--qstrs", config, "-o", filepath.Join(dir, "own.mpy"), object)
				if got, want := b.run(t, "testdata/funtable/test.py", dir), "[42, 1234567, 2469134]\n"; got != want {
					t.Errorf("named by %s: printed %q, want %q", filepath.Base(table), got, want)
				}
			}
		})
	}
}
