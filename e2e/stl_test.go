//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpyld/fixtures"
)

// TestSTL runs templates of libstdc++, whose headers come with the host's
// compiler, without the library: what they throw becomes exceptions of Python.
func TestSTL(t *testing.T) {
	const source, errors = "testdata/stl/stl.cpp", "IndexError\nValueError\nMemoryError\n8 OverflowError\n"
	for _, tt := range []struct{ name, flag, more string }{
		{"x64-gcc12.2-Os-fpic", "-U_GLIBCXX_ASSERTIONS", ""},
		{"x64-gcc12.2-O0-fpic", "-U_GLIBCXX_ASSERTIONS", ""},
		// As GCC 15 and later have it by themselves.
		{"x64-gcc12.2-O0-fpic", "-D_GLIBCXX_ASSERTIONS", "AssertionError\n"},
		{"x64-gcc12.2-Os-fpic", "-D_GLIBCXX_ASSERTIONS", "AssertionError\n"},
		{"x64-gcc16-Os-fpic", "-O3", ""},
		{"x64-gcc16-Os-fpic", "-O0", "AssertionError\n"},
	} {
		want := "1 2 3 10 30 71\n" + errors + tt.more + "4 5 6 10 20 71\n" + errors + tt.more
		t.Run(tt.name+tt.flag, func(t *testing.T) {
			set := must1(fixtures.SetNamed(tt.name))(t)
			cc := compilerOf(t, set)
			dir, modules := t.TempDir(), t.TempDir()
			config, object := filepath.Join(dir, "config.h"), filepath.Join(dir, "stl.o")
			link(t, "--preprocess", "-o", config, source)
			cc(slices.Concat(set.Args(source), []string{tt.flag, "-I", dir, "-I", filepath.Join(root, "fixtures/src"), "-o", object, "-c", source})...)
			link(t, "--arch", set.Arch, "--qstrs", config, "-o", filepath.Join(modules, "stl.mpy"), object)
			prelude, err := fixtures.Source("prelude.py")
			must(t, err)
			test, err := os.ReadFile("testdata/stl/test.py")
			must(t, err)
			script := filepath.Join(dir, "run_stl.py")
			must(t, os.WriteFile(script, append(prelude, test...), 0o666))
			for _, b := range bedsRunning(t, set.Arch) {
				if diff := cmp.Diff(want, b.run(t, script, modules)); diff != "" {
					t.Errorf("bed %s: - expected, + printed\n%s", b.name, diff)
				}
			}
		})
	}
}
