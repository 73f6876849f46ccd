//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"mpyld/size"
)

// TestBlocks: of modules that differ in the size of their variables, each takes as many more blocks of the
// firmware's heap than another as mpyld size says. (Their files are of one size and have names of one length, so that
// all else that an import takes is the same. Code is not on the heap of the unix port.)
func TestBlocks(t *testing.T) {
	t.Parallel()
	const source = `#include "mpyld.h"
unsigned char zeros[ZEROS];
unsigned char data[DATA] = {1};
static mpy_obj get(void) { return mpy_new_int(zeros[0] + data[0]); }
static MPY_FUN_0(get_obj, get);
mpy_obj mpy_init(mpy_self *self, size_t n_args, size_t n_kw, mpy_obj *args) {
    MPY_INIT_ENTRY
    MPY_STORE(MP_QSTR_get, &get_obj);
    MPY_INIT_EXIT
}
`
	const script = `import gc
gc.collect()
gc.disable()
before = gc.mem_alloc()
import room
print(gc.mem_alloc() - before, room.get())
`
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "room.c"), []byte(source), 0o666))
	must(t, os.WriteFile(filepath.Join(dir, "test.py"), []byte(script), 0o666))
	for _, arch := range []string{"x64", "armv7m", "rv32imc"} {
		t.Run(arch, func(t *testing.T) { blocks(t, dir, arch) })
	}
}

// blocks compares modules for an architecture.
func blocks(t *testing.T, dir, arch string) {
	t.Helper()
	b := bedsRunning(t, arch)[0]
	var took, said []int
	for _, zeros := range []int{128, 129, 135, 136, 137, 151, 153, 1000, 4093} {
		out := filepath.Join(dir, fmt.Sprintf("%s-%04d", arch, zeros))
		inDirectory(t, dir, nil, "build", "--arch", arch, "-o", out, "--build-dir", out+".build", "-D", fmt.Sprintf("ZEROS=%d", zeros), "-D", "DATA=5", "room.c")
		module := filepath.Join(out, arch+"_6.3", "room.mpy")
		line := ours(t, dir, nil, "size", "--format", "json", module)
		var m size.Module
		if line.err != nil || json.Unmarshal([]byte(line.text), &m) != nil || m.RAM.BSS < zeros {
			t.Fatalf("%v %s", line.err, line.text)
		}
		text := (m.RAM.Text + m.RAM.BlockSize - 1) / m.RAM.BlockSize
		said = append(said, (m.RAM.Blocks-text)*m.RAM.BlockSize)
		used, got, _ := strings.Cut(b.run(t, filepath.Join(dir, "test.py"), filepath.Dir(module)), " ")
		bytes, err := strconv.Atoi(used)
		if err != nil || got != "1\n" {
			t.Fatalf("%s: %v %s %s", b.name, err, used, got)
		}
		took = append(took, bytes)
	}
	for i := range took {
		if took[i]-took[0] != said[i]-said[0] {
			t.Errorf("%s: module %d takes %d bytes more than the first, size says %d", arch, i, took[i]-took[0], said[i]-said[0])
		}
	}
}
