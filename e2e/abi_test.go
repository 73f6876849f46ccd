//go:build e2e

package e2e

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mpyld/elfload"
	"mpyld/relocs/machines"
)

// TestABIOfCompilers compiles one source in many ways. Each object links for
// the architectures that can run it and is refused for the others.
func TestABIOfCompilers(t *testing.T) {
	const arm, riscv, all = "armv6m armv7m armv7emsp armv7emdp", "rv32imc rv64imc", "x86 x64"
	tests := []struct {
		compiler, flags string
		asked, fit      string // architectures to link for, and those that must work
		says            string // in each refusal
	}{
		{"arm-none-eabi-gcc", "-mthumb -mcpu=cortex-m0", arm, "armv6m armv7m", "float"},
		{"arm-none-eabi-gcc", "-mthumb -mcpu=cortex-m0plus", arm, "armv6m armv7m", "float"},
		{"arm-none-eabi-gcc", "-mthumb -mcpu=cortex-m3", arm, "armv7m", ""},
		{"arm-none-eabi-gcc", "-mthumb -mcpu=cortex-m4", arm, "", ""},
		{"arm-none-eabi-gcc", "-mthumb -mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=softfp", arm, "", ""},
		{"arm-none-eabi-gcc", "-mthumb -mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=hard", arm, "armv7emsp armv7emdp", "floats in FPU registers"},
		{"arm-none-eabi-gcc", "-mthumb -mcpu=cortex-m7 -mfpu=fpv5-sp-d16 -mfloat-abi=hard", arm, "armv7emdp", "FPv5-D16"},
		{"arm-none-eabi-gcc", "-mthumb -mcpu=cortex-m7 -mfpu=fpv5-d16 -mfloat-abi=hard", arm, "armv7emdp", "FPv5-D16"},
		{"arm-none-eabi-gcc", "-mthumb -mcpu=cortex-m4 -mfpu=vfpv4-d16 -mfloat-abi=hard", arm, "armv7emdp", ""},
		{"arm-none-eabi-gcc", "-mthumb -mcpu=cortex-m33", arm, "", "Armv8-M Mainline"},
		{"arm-none-eabi-gcc", "-mthumb -mcpu=cortex-m23", arm, "", "Armv8-M Baseline"},
		{"arm-none-eabi-gcc", "-mthumb -mcpu=cortex-a7", arm, "", "Armv7-A"},
		{"arm-none-eabi-gcc", "-mthumb -mcpu=cortex-r5 -mfloat-abi=soft", arm, "", "Armv7-R"},
		{"arm-none-eabi-gcc", "-marm -march=armv4t", arm, "", "ARM state"},
		{"arm-none-eabi-gcc", "", arm, "", "ARM state"}, // its default
		{"arm-none-eabi-gcc", "-mthumb", arm, "armv6m armv7m", "float"},
		{"clang", "--target=thumbv6m-none-eabi", arm, "armv6m armv7m", "float"},
		{"clang", "--target=thumbv7em-none-eabihf -mcpu=cortex-m4", arm, "armv7emsp armv7emdp", ""},
		{"clang", "--target=thumbv7em-none-eabi -mcpu=cortex-m7", arm, "", ""},
		{"riscv64-unknown-elf-gcc", "-march=rv32imac -mabi=ilp32", riscv, "rv32imc", "32-bit"},
		{"riscv64-unknown-elf-gcc", "-march=rv32imc -mabi=ilp32", riscv, "rv32imc", "32-bit"},
		{"riscv64-unknown-elf-gcc", "-march=rv32imac_zba_zbb -mabi=ilp32", "rv32imc", "", "(zbb)"},
		{"riscv64-unknown-elf-gcc", "-march=rv32imafc -mabi=ilp32", "rv32imc", "", "(f)"},
		{"riscv64-unknown-elf-gcc", "-march=rv32imafc -mabi=ilp32f", "rv32imc", "", "FPU registers"},
		{"riscv64-unknown-elf-gcc", "-march=rv32gc -mabi=ilp32d", "rv32imc", "", "(f, d)"},
		{"riscv64-unknown-elf-gcc", "-march=rv32ec -mabi=ilp32e", "rv32imc", "", "16 registers"},
		{"riscv64-unknown-elf-gcc", "-march=rv64imac -mabi=lp64", riscv, "rv64imc", "64-bit"},
		{"riscv64-unknown-elf-gcc", "-march=rv64gc -mabi=lp64d", riscv, "", ""},
		{"clang", "--target=riscv32-unknown-elf -march=rv32imac -mabi=ilp32", riscv, "rv32imc", "32-bit"},
		{"clang", "--target=riscv64-unknown-elf -march=rv64gcv -mabi=lp64d", riscv, "", ""},
		{"xtensa-lx106-elf-gcc", "", "xtensa xtensawin", "xtensa", "call0"},
		{"xtensa-esp32-elf-gcc", "", "xtensa xtensawin", "xtensawin", "windowed"},
		{"gcc", "-m64", all, "x64", "64-bit"},
		{"gcc", "-m32", all, "x86", "32-bit"},
		{"gcc", "-mx32 -fno-pic", all, "", "EM_X86_64 (32-bit)"},
	}
	for _, test := range tests {
		t.Run(test.compiler+" "+test.flags, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			object := filepath.Join(dir, "abi.o")
			args := append(strings.Fields(test.flags), "-Os", "-ffreestanding", "-fno-common", "-o", object, "-c", "testdata/abi/abi.c")
			runCompiler(t, test.compiler, args...)
			for _, arch := range strings.Fields(test.asked) {
				argv := append(strings.Fields(mpyld), "--arch", arch, "-o", filepath.Join(dir, "abi.mpy"), object)
				out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput()
				refused := strings.Contains(string(out), "abi.o:") && strings.Contains(string(out), "note: compile ")
				switch fit := slices.Contains(strings.Fields(test.fit), arch); {
				case fit && err != nil:
					t.Errorf("refused for %s:\n%s", arch, out)
				case !fit && (err == nil || !refused || !strings.Contains(string(out), test.says)):
					t.Errorf("for %s: not refused with %q:\n%s", arch, test.says, out)
				}
			}
		})
	}
}

// TestABIOfToolchains: every member of the libraries that go with the flags of
// py/dynruntime.mk is fit for the architecture.
func TestABIOfToolchains(t *testing.T) {
	total := 0
	for _, set := range oneSetPerArch() {
		cc := set.Compiler()
		if set.Arch == "xtensawin" {
			continue // a compiler for it is all there is: the libraries it prints are for xtensa
		}
		for _, name := range []string{"libgcc.a", "libm.a", "libc.a"} {
			args := append(strings.Fields(cc.Machine), "--print-file-name="+name)
			path := strings.TrimSpace(runCompiler(t, cc.Command, args...))
			if !filepath.IsAbs(path) { // py/dynruntime.mk looks there too, for picolibc
				path = filepath.Join("/usr/lib/picolibc/riscv64-unknown-elf/lib", map[string]string{"rv32imc": "rv32imac/ilp32", "rv64imc": "rv64imac/lp64"}[set.Arch], name)
			}
			total += checkMembers(t, set.Arch, path)
		}
	}
	if total < 5000 {
		t.Errorf("only %d members", total)
	}
}

// checkMembers counts the objects in an archive, after looking at each.
func checkMembers(t *testing.T, arch, path string) int {
	t.Helper()
	f, err := os.Open(path)
	must(t, err)
	defer f.Close()
	magic := make([]byte, 8)
	_, err = io.ReadFull(f, magic)
	must(t, err)
	if string(magic) != "!<arch>\n" {
		return 0 // glibc's libm.a is a script
	}
	dir := t.TempDir()
	abs, err := filepath.Abs(path)
	must(t, err)
	ar := exec.Command("ar", "x", abs) // of members with one name the last: enough here
	ar.Dir = dir
	if out, err := ar.CombinedOutput(); err != nil {
		t.Fatalf("ar x %s: %v\n%s", path, err, out)
	}
	files, err := os.ReadDir(dir)
	must(t, err)
	mach := machines.For(arch)
	n := 0
	for _, file := range files {
		if file.Name() == "empty.c.o" {
			continue // fills picolibc's libm.a: compiled for another core, and with no symbol that could bring it in
		}
		data, err := os.ReadFile(filepath.Join(dir, file.Name()))
		must(t, err)
		obj, err := elfload.Load(file.Name(), data, mach)
		if err != nil {
			t.Errorf("%s: %s: %v", arch, path, err)
			continue
		}
		n++
		if obj.OtherISA.Sect != 0 {
			t.Errorf("%s: %s(%s) has code of another instruction set", arch, path, file.Name())
		}
		if mach.ABI.Incompatible == nil {
			continue
		}
		if what := mach.ABI.Incompatible(&obj.Facts, nil); len(what) > 0 {
			t.Errorf("%s: %s(%s) is compiled %s", arch, path, file.Name(), strings.Join(what, ", "))
		}
	}
	return n
}
