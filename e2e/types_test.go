//go:build e2e

package e2e

import (
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// typeSources has the assembly for each architecture: functions that return
// numbers, written with the relocation types that are in no fixture.
var typeSources = map[string]string{
	"x64": "x64.S", "x86": "x86.S", "armv6m": "arm.S", "armv7m": "arm.S", "armv7emsp": "arm.S", "armv7emdp": "arm.S",
	"xtensa": "xtensa.S", "xtensawin": "xtensa.S", "rv32imc": "riscv.S", "rv64imc": "riscv.S",
}

var (
	typeTest = regexp.MustCompile(`FUNC\((\w+)\):.* // = (\d+)`)
	typeUse  = regexp.MustCompile(`(\w+)\((\d+|\w+), \w`)
)

// TestRareTypes links and runs code with the relocation types that no fixture has,
// after which every row of every machine has been executed. The assemblers here do not know all of them: TYPE(n, symbol) in a
// source is assembled as R_*_NONE, and given its number in the object.
func TestRareTypes(t *testing.T) {
	for _, set := range oneSetPerArch() {
		t.Run(set.Arch, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			source := filepath.Join("testdata/types", typeSources[set.Arch])
			// What the preprocessor leaves of it says which tests there are.
			text, err := os.ReadFile(source)
			must(t, err)
			tests, want := rareTests(string(text), set.Arch)
			config := filepath.Join(dir, "config.h")
			link(t, "--preprocess", "-o", config, "testdata/types/main.c")
			code := compileSource(t, set, dir, source)
			numberTypes(t, code, string(text))
			everyRowRuns(t, set.Arch, code)
			main := compileSource(t, set, dir, "testdata/types/main.c", "-DTESTS="+tests)
			link(t, "--arch", set.Arch, "--qstrs", config, "--defsym", "defsym77=77", "--defsym", "defsymbig=0x12345f78",
				"-o", filepath.Join(dir, "main.mpy"), main, code)
			for _, b := range bedsRunning(t, set.Arch) {
				if got := b.run(t, "testdata/types/test.py", dir); got != want+want {
					t.Errorf("bed %s: printed %q, want %q twice", b.name, got, want)
				}
			}
		})
	}
}

// rareTests returns the tests of a source as the module lists them, and what one
// run prints. Tests between #if and #endif are for the more capable machines.
func rareTests(text, arch string) (list, want string) {
	lacks := map[string]bool{"armv6m": true, "xtensa": true}[arch]
	inside := false
	var numbers []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#if") {
			inside = true
		} else if strings.HasPrefix(line, "#endif") {
			inside = false
		}
		if m := typeTest.FindStringSubmatch(line); m != nil && !(inside && lacks) {
			list += "T(" + m[1] + ")"
			numbers = append(numbers, m[2])
		}
	}
	return list, "[" + strings.Join(numbers, ", ") + "]\n"
}

// numberTypes gives the R_*_NONE relocations of an object the types that its
// source says, if it does, in their order: by section, then by place.
func numberTypes(t *testing.T, object, text string) {
	t.Helper()
	var types []uint64
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#define ULEB") {
			continue
		}
		if strings.Contains(line, "ULEB(") {
			types = append(types, 60, 61)
		}
		for _, m := range typeUse.FindAllStringSubmatch(line, -1) {
			if n, err := strconv.ParseUint(m[2], 10, 32); err == nil && m[1] == "TYPE" {
				types = append(types, n)
			}
		}
	}
	data, err := os.ReadFile(object)
	must(t, err)
	f, err := elf.Open(object)
	must(t, err)
	defer f.Close()
	if len(types) == 0 {
		return // R_*_NONE is meant
	}
	n := 0
	for _, s := range f.Sections {
		if s.Type != elf.SHT_RELA && s.Type != elf.SHT_REL {
			continue
		}
		for off := s.Offset; off < s.Offset+s.Size; off += s.Entsize {
			// The type is the low half of r_info, or the low byte of a small one.
			info, size := data[off+8:], 4
			if f.Class == elf.ELFCLASS32 {
				info, size = data[off+4:], 1
			}
			if binary.LittleEndian.Uint32(info)&(1<<(8*size)-1) != 0 {
				continue
			}
			if n == len(types) {
				t.Fatalf("%s has more R_*_NONE than TYPE()", object)
			}
			for i := range size {
				info[i] = byte(types[n] >> (8 * i))
			}
			n++
		}
	}
	if n != len(types) {
		t.Fatalf("%s: %d R_*_NONE, but %d TYPE()", object, n, len(types))
	}
	must(t, os.WriteFile(object, data, 0o666))
}
