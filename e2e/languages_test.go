//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBuildLanguages: a module in C, C++ and assembler is built by GCC for every machine and by clang for
// those it knows, and works there.
func TestBuildLanguages(t *testing.T) {
	dir := t.TempDir()
	must(t, os.CopyFS(dir, os.DirFS("testdata/languages")))
	clang := []string{"x86", "x64", "armv6m", "armv7m", "armv7emsp", "armv7emdp", "rv32imc", "rv64imc"}
	for _, build := range []struct {
		name  string
		archs []string
		args  []string
	}{
		{"gcc", buildArchs, nil},
		{"upstream", buildArchs, []string{"--flags", "upstream"}},
		{"clang", clang, chosen(clang, "clang")},
	} {
		t.Run(build.name, func(t *testing.T) {
			t.Parallel()
			dist := filepath.Join(dir, build.name)
			args := append([]string{"--arch", strings.Join(build.archs, ","), "-o", dist, "--build-dir", filepath.Join(dir, "build-"+build.name)}, build.args...)
			if out := buildModule(t, dir, args...); strings.Contains(out, "warning") {
				t.Errorf("%s", out)
			}
			for _, arch := range build.archs {
				for _, b := range bedsRunning(t, arch) {
					if got := b.run(t, filepath.Join(dir, "test.py"), filepath.Join(dist, arch+"_6.3")); got != "ok\n" {
						t.Errorf("%s in bed %s: %s", arch, b.name, got)
					}
				}
			}
		})
	}
}

// chosen are the options that choose a compiler for architectures.
func chosen(archs []string, compiler string) []string {
	var args []string
	for _, arch := range archs {
		args = append(args, "--cc", arch+"="+compiler)
	}
	return args
}
