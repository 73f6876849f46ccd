//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestClock: clock() of newlib works as docs/C-LIBRARIES.md says, and says what the
// module time does.
func TestClock(t *testing.T) {
	dir := t.TempDir()
	source, object, config := filepath.Join(dir, "tick.c"), filepath.Join(dir, "tick.o"), filepath.Join(dir, "tick.config.h")
	must(t, os.WriteFile(source, []byte(documented(t, "docs/C-LIBRARIES.md", "c")+`
static mp_obj_t now(void) { return mp_obj_new_int((mp_int_t)clock()); }
static MP_DEFINE_CONST_FUN_OBJ_0(now_obj, now);
static mp_obj_t per_second(void) { return mp_obj_new_int(CLOCKS_PER_SEC); }
static MP_DEFINE_CONST_FUN_OBJ_0(per_second_obj, per_second);
mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_now, MP_OBJ_FROM_PTR(&now_obj));
    mp_store_global(MP_QSTR_per_second, MP_OBJ_FROM_PTR(&per_second_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`), 0o666))
	link(t, "--preprocess", "-o", config, source)
	cc := strings.Fields(m3)
	header, err := filepath.Abs(sourceTree(t))
	must(t, err)
	runCompiler(t, cc[0], append(cc[1:], "-Os", "-fpic", "-w", "-DNO_QSTR", "-DMICROPY_ENABLE_DYNRUNTIME", "-DMP_CONFIGFILE=<tick.config.h>", "-I", dir, "-I", header, "-o", object, "-c", source)...)
	args := []string{"--arch", "armv7m", "--qstrs", config, "-o", filepath.Join(dir, "tick.mpy"), object}
	for _, option := range []string{"--print-file-name=libc.a", "--print-libgcc-file-name"} {
		args = append(args, "-l", strings.TrimSpace(runCompiler(t, cc[0], append(cc[1:], option)...)))
	}
	link(t, args...)
	script := filepath.Join(dir, "run.py")
	must(t, os.WriteFile(script, []byte(`import sys
class Time:
    @staticmethod
    def ticks_ms():
        return 123450
sys.modules["time"] = Time # the firmware of the bed has none
import tick
print(tick.per_second(), tick.now())
`), 0o666))
	for _, b := range bedsRunning(t, "armv7m") {
		if got := b.run(t, script, dir); got != "100 12345\n" {
			t.Errorf("%s: %s", b.name, got)
		}
	}
}
