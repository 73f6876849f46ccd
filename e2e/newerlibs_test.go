//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"mpyld/fixtures"
)

// TestNewerLibraries links the C libraries that come with newer compilers, and runs
// what TestRuntime and TestCLibrary run. picolibc's errno is thread-local.
func TestNewerLibraries(t *testing.T) {
	host := hostResults(t)
	for _, tt := range []struct{ set, flags string }{
		{"armv6m-gcc14-Os-fpic", ""}, // newlib 4.5
		{"armv7emsp-gcc14-Os-fpic", ""},
		{"armv6m-gcc15-Os-fpic", ""}, // picolibc 1.8.12; Debian has no newlib beside this compiler
		{"armv7m-gcc15-O2-fno-pic", ""},
		{"armv7emdp-gcc15-Os-fpic", "-ftls-model=initial-exec"},
	} {
		t.Run(tt.set, func(t *testing.T) {
			t.Parallel()
			set := must1(fixtures.SetNamed(tt.set))(t)
			flags, libs := strings.Fields(tt.flags), stock(t, compilerOf(t, set))
			runRuntime(t, set, flags, libs, host)
			dir := t.TempDir()
			linkClib(t, set, dir, flags, libs)
			for _, b := range bedsRunning(t, set.Arch) {
				runClib(t, b, dir, clibStart+clibEnd)
			}
		})
	}
}
