//go:build e2e

package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBuildDependencies: whatever a module is made of is edited, and the next build makes
// what one from nothing makes.
func TestBuildDependencies(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"wave.c": `#include "mpyld.h"
#include <system.h>
#define FILE_NAME "one.bin"
__asm__(".section .rodata.one,\"a\"\n.globl one\none: .incbin \"" FILE_NAME "\"\n.previous");
extern const char one[], two[];
static mpy_obj number(void) { return mpy_new_int(SYSTEM + one[0] + two[0]); }
static MPY_FUN_0(number_obj, number);
mpy_obj mpy_init(mpy_self *self, size_t n_args, size_t n_kw, mpy_obj *args) {
    MPY_INIT_ENTRY
    MPY_STORE(MP_QSTR_number, &number_obj);
    MPY_INIT_EXIT
}
`,
		"two.S":           ".section .rodata.two,\"a\"\n.globl two\ntwo: .incbin \"two.bin\"\n",
		"system/system.h": "#define SYSTEM 1\n",
		"data/two.bin":    "2",
		"one.bin":         "1",
	} {
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777))
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
	for _, compilers := range [][]string{nil, {"--cc", "x64=clang", "--cc", "armv7m=clang", "--cc", "rv32imc=clang"}} {
		args := append([]string{"--arch", "x64,armv7m,rv32imc", "--cflags=-isystem system", "-Idata", "wave.c", "two.S"}, compilers...)
		buildModule(t, dir, args...)
		for name, text := range map[string]string{"system/system.h": "#define SYSTEM 2\n", "one.bin": "3", "data/two.bin": "4"} {
			old, err := os.ReadFile(filepath.Join(dir, name))
			must(t, err)
			must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
			buildModule(t, dir, args...)
			if out := buildModule(t, dir, args...); strings.Count(out, "up to date") != 3 {
				t.Errorf("%s: nothing has changed since, but\n%s", name, out)
			}
			buildModule(t, dir, append([]string{"--build-dir", t.TempDir(), "-o", "clean"}, args...)...)
			for _, target := range []string{"x64_6.3", "armv7m_6.3", "rv32imc_6.3"} {
				got, err := os.ReadFile(filepath.Join(dir, "dist", target, "wave.mpy"))
				must(t, err)
				want, err := os.ReadFile(filepath.Join(dir, "clean", target, "wave.mpy"))
				must(t, err)
				if !bytes.Equal(got, want) {
					t.Errorf("%v: %s for %s is made of the old %s", compilers, "wave.mpy", target, name)
				}
			}
			must(t, os.WriteFile(filepath.Join(dir, name), old, 0o666))
			buildModule(t, dir, args...)
		}
	}
}
