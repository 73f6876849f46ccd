//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mpyld/fixtures"
)

// TestErrno: errno is one variable for a module and the C library it takes
// functions from, and newlib's structure of 1 KiB around it stays out unless
// one of these functions needs it.
func TestErrno(t *testing.T) {
	for _, tt := range []struct {
		set, flags string
		want       string
		impure     bool // newlib's structure is in
	}{
		{"armv6m-gcc12.2-Os-fpic", "", "11 1 -1 0\n", false},
		{"armv7m-gcc12.2-Os-fpic", "", "11 1 -1 0\n", false},
		{"armv7m-gcc12.2-Os-fpic", "-DSTRTOL", "11 1 11 1\n", true},
		{"armv7emsp-gcc12.2-Os-fpic", "", "11 1 -1 0\n", false},
		{"armv7emdp-gcc12.2-Os-fpic", "-DSTRTOL", "11 1 11 1\n", true},
		// picolibc's mathematics, as Debian builds it, leaves errno alone.
		{"rv32imc-gcc12.2-Os-fpic", "-DSTRTOL -ftls-model=local-exec", "1 0 11 1\n", false},
		{"rv64imc-gcc12.2-Os-fpic", "-DSTRTOL -ftls-model=local-exec", "1 0 11 1\n", false},
		{"xtensa-gcc12.2-Os-fpic", "-DSTRTOL", "1 0 11 1\n", false},
	} {
		t.Run(tt.set+tt.flags, func(t *testing.T) {
			t.Parallel()
			set := must1(fixtures.SetNamed(tt.set))(t)
			cc := compilerOf(t, set)
			dir := t.TempDir()
			const source = "testdata/errno/errnos.c"
			config, object, why := filepath.Join(dir, "config.h"), filepath.Join(dir, "errnos.o"), filepath.Join(dir, "why")
			link(t, "--preprocess", "-o", config, source)
			flags := slices.Concat(set.Flags, strings.Fields(tt.flags), []string{"-std=c99"})
			cc(append(flags, "-I", dir, "-I", filepath.Join(root, "fixtures/src"), "-o", object, "-c", source)...)
			libs := stock
			if rt, ok := runtimes[set.Arch]; ok {
				libs = rt.libs
			}
			args := []string{"--arch", set.Arch, "--qstrs", config, "--why-extract", why, "-o", filepath.Join(dir, "errnos.mpy"), object}
			for _, lib := range libs(t, cc) {
				args = append(args, "-l", lib)
			}
			link(t, args...)
			extracted, err := os.ReadFile(why)
			must(t, err)
			if impure := strings.Contains(string(extracted), "impure"); impure != tt.impure || !strings.Contains(string(extracted), "mpyld(errno.o)") {
				t.Errorf("newlib's structure is in: %v, want %v; members:\n%s", impure, tt.impure, extracted)
			}
			for _, b := range bedsRunning(t, set.Arch) {
				if got := b.run(t, "testdata/errno/test.py", dir); got != tt.want {
					t.Errorf("bed %s printed %q, want %q", b.name, got, tt.want)
				}
			}
		})
	}
}
