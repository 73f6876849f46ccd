//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestClangFloat: clang without -fpic mixes MOVW and MOVT with floating-point
// instructions, whose fields look like core registers. The same source with
// -fpic says what is right.
func TestClangFloat(t *testing.T) {
	for arch, machine := range map[string]string{
		"armv7emsp": "-mcpu=cortex-m4 -mfpu=fpv4-sp-d16",
		"armv7emdp": "-mcpu=cortex-m7 -mfpu=fpv5-d16",
	} {
		t.Run(arch, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			config, source := filepath.Join(dir, "config.h"), filepath.Join(dir, "floats.c")
			copyFile(t, "testdata/clangfloat/floats.c", source)
			link(t, "--preprocess", "-o", config, source)
			script := filepath.Join(dir, "run.py")
			must(t, os.WriteFile(script, []byte("import floats\nprint(floats.run(3), floats.run(9))\n"), 0o666))
			run := func(flags string) string {
				modules := t.TempDir()
				object := filepath.Join(modules, "floats.o")
				args := strings.Fields("--target=thumbv7em-none-eabihf -mfloat-abi=hard -ffreestanding -fno-common " + machine + " " + flags)
				runCompiler(t, "clang", append(args, "-I", dir, "-I", filepath.Join(root, "fixtures/src"), "-o", object, "-c", source)...)
				link(t, "--arch", arch, "--qstrs", config, "-o", filepath.Join(modules, "floats.mpy"), object)
				printed := ""
				for _, b := range bedsRunning(t, arch) {
					printed += b.run(t, script, modules)
				}
				return printed
			}
			want := run("-O2 -fpic")
			for _, flags := range []string{"-O1", "-O2", "-O3", "-Os"} {
				for _, sections := range []string{"", " -ffunction-sections"} {
					if got := run(flags + sections); got != want || !strings.Contains(got, "\n") {
						t.Errorf("%s%s: got %q, want %q", flags, sections, got, want)
					}
				}
			}
		})
	}
}
