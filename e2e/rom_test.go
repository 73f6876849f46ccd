//go:build e2e

package e2e

import (
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"mpyld/elfload"
	"mpyld/mpytree"
	"mpyld/relocs/machines"
	"mpyld/supportlib"
)

// romModule divides and computes with floats, for both of which the ESP8266's compiler calls its ROM.
const romModule = `#include "mpyld.h"
static mpy_obj div(mpy_obj a, mpy_obj b) {
    mpy_int x = mpy_get_int(a), y = mpy_get_int(b);
    volatile double d = x;
    volatile float f = y;
    long long z = (long long)x * x % y;
    return mpy_new_int(x / y * 1000 + (unsigned)x % (unsigned)y * 100 + (mpy_int)(d / f) * 10 + (mpy_int)z);
}
static MPY_FUN_2(div_obj, div);
mpy_obj mpy_init(mpy_self *self, size_t n_args, size_t n_kw, mpy_obj *args) {
    MPY_INIT_ENTRY
    MPY_STORE(MP_QSTR_div, &div_obj);
    MPY_INIT_EXIT
}
`

// TestROMAddresses: the support library has what MicroPython's own script has of libgcc.
func TestROMAddresses(t *testing.T) {
	text := must1(os.ReadFile(filepath.Join(sourceTree(t), "ports/esp8266/boards/eagle.rom.addr.v6.ld")))(t)
	want := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^(__\w+) = (0x\w+);`).FindAllStringSubmatch(string(text), -1) {
		want[m[1]] = m[2]
	}
	library, err := supportlib.Open(machines.For("xtensa"))
	must(t, err)
	got := map[string]string{}
	for name := range want {
		for member := range library.Definers(name) {
			for i := range member.Symbols {
				if s := &member.Symbols[i]; s.Where == elfload.Absolute && s.Name == name {
					got[name] = fmt.Sprintf("%#x", s.Value)
				}
			}
		}
	}
	if len(want) < 24 || !maps.Equal(got, want) {
		t.Errorf("the library has %v, MicroPython %v", got, want)
	}
}

// TestROM: a module for the ESP8266 takes from the chip's ROM what its compiler leaves out of libgcc.a. The
// emulator has nothing at the ROM's place, but stand-ins elsewhere: a module that uses those is the
// same but for that, and works.
func TestROM(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "rom.c"), []byte(romModule), 0o666))
	moved := filepath.Join(bedsDir(t), "lib/xtensa/rom.ld")
	buildModule(t, dir, "--arch", "xtensa", "-o", "chip", "rom.c")
	buildModule(t, dir, "--arch", "xtensa", "-o", "bed", "-e", moved, "rom.c")
	text := func(dist string) []byte {
		f, err := mpytree.Module(must1(os.ReadFile(filepath.Join(dir, dist, "xtensa_6.3/rom.mpy")))(t), nil)
		must(t, err)
		return f.Text
	}
	chip, bed := text("chip"), text("bed")
	inROM := 0
	for i := 0; i+4 <= min(len(chip), len(bed)); i += 4 {
		switch at, there := binary.LittleEndian.Uint32(chip[i:]), binary.LittleEndian.Uint32(bed[i:]); at {
		case there:
		case there + 0x20000000:
			inROM++
		default:
			t.Errorf("text+%#x: %#x on the chip, %#x in the emulator", i, at, there)
		}
	}
	if inROM < 10 || len(chip) != len(bed) {
		t.Errorf("%d words with addresses in ROM, %d bytes of text and %d", inROM, len(chip), len(bed))
	}
	script := filepath.Join(dir, "test.py")
	must(t, os.WriteFile(script, []byte("import rom\nprint(rom.div(100, 7), rom.div(9, 2))\n"), 0o666))
	want := fmt.Sprintln(100/7*1000+100%7*100+100/7*10+100*100%7, 9/2*1000+9%2*100+9/2*10+9*9%2)
	for _, b := range bedsRunning(t, "xtensa") {
		if got := b.run(t, script, filepath.Join(dir, "bed/xtensa_6.3")); got != want {
			t.Errorf("%s printed %q, want %q", b.name, got, want)
		}
	}
}
