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
	const source, want = "testdata/stl/stl.cpp", `1 2 3 10 30 71
IndexError
ValueError
MemoryError
4 5 6 10 20 71
IndexError
ValueError
MemoryError
`
	for _, name := range []string{"x64-gcc12.2-Os-fpic", "x64-gcc12.2-O0-fpic"} {
		t.Run(name, func(t *testing.T) {
			sets := fixtures.Sets()
			set := sets[slices.IndexFunc(sets, func(s fixtures.Set) bool { return s.Name == name })]
			cc := compilerOf(t, set)
			dir, modules := t.TempDir(), t.TempDir()
			config, object := filepath.Join(dir, "config.h"), filepath.Join(dir, "stl.o")
			link(t, "--preprocess", "-o", config, source)
			cc(slices.Concat(set.Args(source), []string{"-I", dir, "-I", filepath.Join(root, "fixtures/src"), "-o", object, "-c", source})...)
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
