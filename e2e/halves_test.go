//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// halves is a module whose functions look at half of an address, copy it, and complete it under conditions: GCC
// does so with -mslow-flash-data. Each is compared with what literal pools hold.
const halves = `#include "mpy.h"

#define HALF(name, code) int name(int); __asm__(".pushsection .text\n.thumb\n.thumb_func\n.type " #name ",%function\n.global " #name "\n" #name ":\n" code "bx lr\n.size " #name ", .-" #name "\n.popsection\n")

int x[4] = {3, 5, 7, 11}, y[4];

HALF(low, "movw r0, #:lower16:x\n");
HALF(looked, "movw r3, #:lower16:x\nadds r2, r3, #0\nmovt r3, #:upper16:x\nlsrs r0, r3, #16\nlsls r0, r0, #16\norrs r0, r2\n");
HALF(copied, "movw r0, #:lower16:x\nmov r2, r0\nmovt r2, #:upper16:x\nmovt r0, #:upper16:x\nsubs r0, r2\n");
HALF(chosen, "cmp r0, #9\nite ne\nmovwne r0, #:lower16:x\nmovweq r0, #:lower16:y\nmov r3, r1\nite ne\nmovtne r0, #:upper16:x\nmovteq r0, #:upper16:y\n");

static mpy_obj f_halves(void) {
    unsigned px = (unsigned)(void *)x, py = (unsigned)(void *)y;
    return mpy_new_int((low(0) == (int)(px & 0xffff)) | (looked(0) == (int)px) << 1 | (copied(0) == 0) << 2 | (chosen(0) == (int)px) << 3 | (chosen(9) == (int)py) << 4);
}
static MPY_FUN_0(halves_obj, f_halves);

mpy_obj mpy_init(mpy_self *self, size_t n_args, size_t n_kw, mpy_obj *args) {
    MPY_INIT_ENTRY
    MPY_STORE(MP_QSTR_halves, &halves_obj);
    MPY_INIT_EXIT
}
`

// TestSplitHalves runs that, also where no pool of addresses is near.
func TestSplitHalves(t *testing.T) {
	for _, set := range oneSetPerArch() {
		if !slices.Contains([]string{"armv7m", "armv7emsp", "armv7emdp"}, set.Arch) {
			continue
		}
		for _, gap := range []string{"", `__asm__(".pushsection .text\n.space 9000\n.popsection\n");`} {
			dir := t.TempDir()
			source, config, object := filepath.Join(dir, "halves.c"), filepath.Join(dir, "config.h"), filepath.Join(dir, "halves.o")
			must(t, os.WriteFile(source, []byte(gap+"\n"+halves+gap), 0o666))
			link(t, "--preprocess", "-o", config, source)
			runCompiler(t, set.Compiler().Command, append(set.Args(source), "-fno-pic", "-fno-toplevel-reorder", "-I", dir, "-I", filepath.Join(root, "fixtures/src"), "-o", object, "-c", source)...)
			link(t, "--arch", set.Arch, "--qstrs", config, "-o", filepath.Join(dir, "halves.mpy"), object)
			script := filepath.Join(dir, "run.py")
			must(t, os.WriteFile(script, []byte("import halves\nprint(halves.halves())\n"), 0o666))
			for _, b := range bedsRunning(t, set.Arch) {
				if got := b.run(t, script, dir); got != "31\n" {
					t.Errorf("%s: %q", b.name, got)
				}
			}
		}
	}
}
