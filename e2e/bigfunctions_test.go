//go:build e2e

package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// bigFunction is a module with one function of many statements at random, which read,
// write and choose among variables, with and without conditions, call and loop. frame is
// how many bytes of the stack it takes.
func bigFunction(seed uint64, statements, frame int) string {
	rnd := rand.New(rand.NewPCG(seed, 1))
	var s strings.Builder
	s.WriteString("#include \"mpy.h\"\n")
	const variables = 60
	for i := range variables {
		fmt.Fprintf(&s, "unsigned g%d = %d; static unsigned h%d;\n", i, i*i+1, i)
	}
	s.WriteString("unsigned a[16]; const char *const names[] = {\"one\", \"two\", \"three\"};\n" +
		"__attribute__((noinline)) unsigned ext(unsigned *p, unsigned x) { return *p += x ^ a[x & 15]; }\n" +
		"__attribute__((noinline)) void fill(volatile char *p, unsigned n) { for (unsigned i = 0; i < n; i++) p[i] = (char)(i * 7); }\n" +
		"__attribute__((noinline)) unsigned big(unsigned s, unsigned t) {\n    unsigned *p = &g0;\n")
	fmt.Fprintf(&s, "    volatile char frame[%d];\n    fill(frame, sizeof frame);\n", frame)
	for i := range statements {
		g, h, k := rnd.IntN(variables), rnd.IntN(variables), rnd.IntN(1<<8)
		fmt.Fprintf(&s, "    %s\n", []string{
			fmt.Sprintf("if (s & %d) g%d = s;", 1<<rnd.IntN(8), g),
			fmt.Sprintf("s += g%d * %d;", g, i),
			fmt.Sprintf("if (s > t) s ^= h%d; else s += g%d;", g, h),
			fmt.Sprintf("p = s & 1 ? &g%d : &h%d; s += *p + frame[%d];", g, h, rnd.IntN(frame)),
			fmt.Sprintf("s += ext(&h%d, s);", g),
			fmt.Sprintf("for (unsigned i = 0; i < (s & 7); i++) s += a[i] ^ g%d;", g),
			fmt.Sprintf("if (s < %du) { g%d++; s -= h%d; a[s & 15] += s; }", k<<22, g, h),
			fmt.Sprintf("if ((s & 15) != %d) s += ext(&g%d, t) + names[s %% 3][0]; t = t * 5 + g%d;", k&15, h, g),
			fmt.Sprintf("g%d = ext(&h%d, g%d) + g%d + frame[%d];", g, h, g, g, rnd.IntN(frame)), // clang -O0 keeps half of the address of g over the call
		}[rnd.IntN(9)])
	}
	s.WriteString("    return s ^ t;\n}\n" +
		"static mpy_obj run(mpy_obj x) { unsigned n = (unsigned)mpy_get_int(x); return mpy_new_int((mpy_int)(big(n, n * 3) & 0xffffff)); }\n" +
		"static MPY_FUN_1(run_obj, run);\n" +
		"mpy_obj mpy_init(mpy_self *self, size_t n_args, size_t n_kw, mpy_obj *args) {\n    MPY_INIT_ENTRY\n    MPY_STORE(MP_QSTR_run, &run_obj);\n    MPY_INIT_EXIT\n}\n")
	return s.String()
}

// TestBigFunctions: functions of any size run when their addresses are in their
// instructions. The same source with -fpic says what is right.
func TestBigFunctions(t *testing.T) {
	const (
		clangThumb = "clang -mthumb -ffreestanding -fno-common --target=thumbv7em-none-"
		gccThumb   = "arm-none-eabi-gcc -mthumb -mslow-flash-data -fno-ipa-ra "
		clangRISCV = "clang -ffreestanding -fno-common -mno-relax --target=riscv"
		gccRISCV   = "riscv64-unknown-elf-gcc -ffreestanding -fno-common -mno-relax -mcmodel=medlow "
	)
	for _, tt := range []struct {
		arch, command     string
		flags             []string
		statements, frame int
	}{
		{"armv7m", clangThumb + "eabi -mcpu=cortex-m3", []string{"-O1", "-O2 -ffunction-sections", "-Os"}, 700, 64},
		{"armv7m", gccThumb + "-mcpu=cortex-m3", []string{"-O0 -ffunction-sections", "-O2"}, 500, 64},
		{"armv7emsp", clangThumb + "eabihf -mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=hard", []string{"-O0", "-O3"}, 700, 64},
		{"armv7emsp", gccThumb + "-mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=hard", []string{"-O0", "-O2"}, 700, 64},
		{"armv7emdp", clangThumb + "eabihf -mcpu=cortex-m7 -mfpu=fpv5-d16 -mfloat-abi=hard", []string{"-O2"}, 1000, 64},
		{"armv7emdp", gccThumb + "-mcpu=cortex-m7 -mfpu=fpv5-d16 -mfloat-abi=hard", []string{"-O2"}, 600, 64},
		// With frames that are larger than what an instruction adds to the stack pointer.
		{"rv32imc", clangRISCV + "32-unknown-elf -march=rv32imac -mabi=ilp32", []string{"-O0 -mcmodel=medlow", "-O0 -mcmodel=medlow -ffunction-sections", "-O2 -mcmodel=medlow"}, 600, 5000},
		{"rv64imc", clangRISCV + "64-unknown-elf -march=rv64imac -mabi=lp64", []string{"-O0 -mcmodel=medlow", "-O2 -mcmodel=medlow"}, 600, 5000},
		{"rv32imc", gccRISCV + "-march=rv32imac -mabi=ilp32", []string{"-O0", "-Os"}, 600, 5000},
		{"rv64imc", gccRISCV + "-march=rv64imac -mabi=lp64", []string{"-O0", "-O2"}, 600, 5000},
	} {
		t.Run(tt.arch+" "+tt.command, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			config, source := filepath.Join(dir, "config.h"), filepath.Join(dir, "big.c")
			must(t, os.WriteFile(source, []byte(bigFunction(uint64(tt.statements), tt.statements, tt.frame)), 0o666))
			link(t, "--preprocess", "-o", config, source)
			script := filepath.Join(dir, "run.py")
			must(t, os.WriteFile(script, []byte("import big\nprint([big.run(i * 77777) for i in range(20)])\n"), 0o666))
			run := func(flags string) string {
				modules := t.TempDir()
				object := filepath.Join(modules, "big.o")
				args := append(strings.Fields(tt.command), strings.Fields(flags)...)
				runCompiler(t, args[0], append(args[1:], "-I", dir, "-I", filepath.Join(root, "fixtures/src"), "-o", object, "-c", source)...)
				link(t, "--arch", tt.arch, "--qstrs", config, "-o", filepath.Join(modules, "big.mpy"), object)
				printed := ""
				for _, b := range bedsRunning(t, tt.arch) {
					printed += b.run(t, script, modules)
				}
				return printed
			}
			want := run("-O1 -fpic" + picOf(tt.command))
			for _, flags := range tt.flags {
				if got := run(flags + " -fno-pic"); got != want || !strings.Contains(got, ", ") {
					t.Errorf("%s: got %q, want %q", flags, got, want)
				}
			}
		})
	}
}

// picOf returns what a compiler's position-independent code takes more.
func picOf(command string) string {
	if strings.Contains(command, "-mslow-flash-data") {
		return " -mno-slow-flash-data"
	}
	return ""
}
