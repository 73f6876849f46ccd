//go:build e2e

package e2e

import (
	"bytes"
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures"
	"mpyld/fixtures/elfmake"
	linker "mpyld/link"
	"mpyld/mpyfile"
	"mpyld/mpywriter"
	"mpyld/relocs"
	"mpyld/relocs/machines"
	"mpyld/simload"
)

// TestEveryMember links every member of Debian's picolibc by itself, with
// variables for all that it does not define, so that every address in it must be
// rewritten, and verifies what comes out. Of thread-local variables there are
// only its own: others are left out with the member.
func TestEveryMember(t *testing.T) {
	for _, arch := range []string{"rv32imc", "rv64imc"} {
		t.Run(arch, func(t *testing.T) {
			t.Parallel()
			set := must1(fixtures.SetNamed(arch + "-gcc12.2-Os-fpic"))(t)
			for _, lib := range picolibc(t, compilerOf(t, set)) {
				// Its libm.a is one empty object, of another ABI; libc.a has all.
				if !strings.HasSuffix(lib, "libm.a") {
					everyMember(t, arch, lib)
				}
			}
		})
	}
}

func everyMember(t *testing.T, arch, lib string) {
	mach := machines.For(arch)
	dir := t.TempDir()
	ar := exec.Command("riscv64-unknown-elf-ar", "x", lib)
	ar.Dir = dir
	if out, err := ar.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", lib, err, out)
	}
	members, err := filepath.Glob(filepath.Join(dir, "*"))
	must(t, err)
	linked, rewritten, thunks := 0, 0, 0
	for _, file := range members {
		data, err := os.ReadFile(file)
		must(t, err)
		obj, err := elfload.Load(filepath.Base(file), data, mach)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		res, err := linker.Link(linker.Input{
			Objects: []*elfload.Object{obj, variablesFor(t, mach, obj)}, ABI: mpyfile.Latest, Arch: machines.For(arch), SourceName: "m.mpy",
		})
		if err != nil {
			t.Errorf("%s: %v", lib, err)
			continue
		}
		module, err := mpywriter.Write(res.File)
		must(t, err)
		if err := simload.Verify(module, res.Map); err != nil {
			t.Errorf("%s(%s): %v", lib, filepath.Base(file), err)
		}
		linked++
		for _, s := range res.Map.Sections {
			for _, b := range s.Relocs {
				switch {
				case b.By == nil:
				case b.By.Part == relocs.Lower:
					rewritten++
				case b.By.Needs == relocs.NeedThunk:
					thunks++
				}
			}
		}
	}
	t.Logf("%s: %d members, %d lower parts rewritten, %d thunks", lib, linked, rewritten, thunks)
	if linked == 0 || strings.Contains(lib, "rv32imac") && strings.HasSuffix(lib, "libc.a") && rewritten < 4000 {
		t.Errorf("%s: only %d members and %d lower parts", lib, linked, rewritten)
	}
}

// variablesFor makes an object that defines mpy_init and, as variables, what
// obj leaves undefined.
func variablesFor(t *testing.T, mach *relocs.Machine, obj *elfload.Object) *elfload.Object {
	o := elfmake.Object{
		Machine: mach.ELF, Class: mach.Class, RELA: true,
		Sections: []elfmake.Section{
			{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4, Data: bytes.Repeat([]byte{0x13, 0, 0, 0}, 4)},
			{Name: ".bss", Type: elf.SHT_NOBITS, Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: 16, Size: 64},
		},
		Symbols: []elfmake.Symbol{
			{Name: "mpy_init", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC},
			{Name: "__mpyld_start", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: 4}, // of our support library
		},
	}
	for i := range obj.Symbols {
		s := &obj.Symbols[i]
		if s.Where == elfload.Undefined && s.Name != "" {
			o.Symbols = append(o.Symbols, elfmake.Symbol{Name: s.Name, Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: 1})
		}
	}
	defined, err := elfload.Load("variables.o", o.Bytes(), mach)
	must(t, err)
	return defined
}
