//go:build e2e

package e2e

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mpyld/fixtures"
)

// A runtime is what of testdata/runtime/calls.h an architecture can link, and
// from where. The libraries are those the toolchain's packages bring.
type runtime struct {
	defines []string
	libs    func(t *testing.T, cc compiler) []string
}

// compiler runs a set's compiler with the flags that choose the machine.
type compiler func(args ...string) string

// runtimes are by architecture; the rest has newlib, which the compiler finds.
var runtimes = map[string]runtime{
	"rv32imc": {libs: picolibc},
	"rv64imc": {libs: picolibc},
	// Debian's libgcc leaves out what the ESP8266's ROM has; beds/setup.sh builds it.
	"xtensa": {libs: func(t *testing.T, cc compiler) []string {
		return append(stock(t, cc), filepath.Join(bedsDir(t), "lib/xtensa/libgcc.a"))
	}},
	// The libraries for Xtensa that Debian has are for calls without register
	// windows; there is the libgcc that beds/setup.sh builds.
	"xtensawin": {[]string{"-DNO_LIBM", "-DNO_LIBC"}, libgcc},
	// glibc's functions are IFUNCs or have a thread-local errno: see TestGlibc.
	// The x87 unit would compute with more bits than asked for.
	"x86": {[]string{"-DNO_LIBM", "-DNO_LIBC", "-msse2", "-mfpmath=sse"}, libgcc},
	"x64": {[]string{"-DNO_LIBM", "-DNO_LIBC"}, libgcc},
}

func stock(t *testing.T, cc compiler) []string {
	return append([]string{cc("--print-file-name=libm.a"), cc("--print-file-name=libc.a")}, libgcc(t, cc)...)
}

func libgcc(_ *testing.T, cc compiler) []string { return []string{cc("--print-libgcc-file-name")} }

// picolibc: its specs file names a directory that the compiler does not search
// when it is asked.
func picolibc(t *testing.T, cc compiler) []string {
	dir := filepath.Join(filepath.Dir(cc("--print-file-name=picolibc.specs")), "lib/release", cc("--print-multi-directory"))
	if _, err := os.Stat(filepath.Join(dir, "libc.a")); err != nil {
		dir = filepath.Join("/usr/lib/picolibc/riscv64-unknown-elf/lib/release", cc("--print-multi-directory"))
	}
	return append([]string{filepath.Join(dir, "libm.a"), filepath.Join(dir, "libc.a")}, libgcc(t, cc)...)
}

// calls.h: the calls below firstExact are transcendental, for which IEEE 754
// asks no more than care; all others have one right result. Those from
// firstLibc on and below firstArithmetic need a library that not all have.
const (
	firstExact, firstArithmetic, firstLibc = 7, 9, 22
	maxULP                                 = 2
)

// TestRuntime links a module with the stock libraries of each toolchain and
// compares what they compute, in every bed, with what the host does.
func TestRuntime(t *testing.T) {
	host := hostResults(t)
	done := map[string]bool{}
	for _, set := range fixtures.Sets() {
		if done[set.Arch] {
			continue
		}
		done[set.Arch] = true
		t.Run(set.Arch, func(t *testing.T) {
			t.Parallel()
			rt, ok := runtimes[set.Arch]
			if !ok {
				rt.libs = stock
			}
			runRuntime(t, set, rt.defines, rt.libs(t, compilerOf(t, set)), host)
		})
	}
}

// runRuntime compiles the module with more flags, links it with libraries and compares
// what it computes with the host's results.
func runRuntime(t *testing.T, set fixtures.Set, flags, libs []string, host map[[2]int]uint64) {
	t.Helper()
	dir := t.TempDir()
	object, config := compileRuntime(t, set, compilerOf(t, set), dir, flags)
	args := []string{"--arch", set.Arch, "--qstrs", config, "-o", filepath.Join(dir, "runtime.mpy"), object}
	for _, lib := range libs {
		args = append(args, "-l", lib)
	}
	link(t, args...)
	for _, b := range bedsRunning(t, set.Arch) {
		compareResults(t, b.name, b.run(t, "testdata/runtime/test.py", dir), host, slices.Contains(flags, "-DNO_LIBC"))
	}
}

func compilerOf(t *testing.T, set fixtures.Set) compiler {
	return func(args ...string) string {
		t.Helper()
		cc := set.Compiler()
		cmd := exec.Command(cc.Command, append(strings.Fields(cc.Machine), args...)...)
		cmd.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":"+filepath.Join(bedsDir(t), "bin"))
		if cmd.Err != nil { // not on our own PATH
			cmd = exec.Command(filepath.Join(bedsDir(t), "bin", cc.Command), cmd.Args[1:]...)
		}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %v: %v\n%s", cc.Command, args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
}

func compileRuntime(t *testing.T, set fixtures.Set, cc compiler, dir string, defines []string) (object, config string) {
	t.Helper()
	const source = "testdata/runtime/runtime.c"
	config, object = filepath.Join(dir, "config.h"), filepath.Join(dir, "runtime.o")
	link(t, "--preprocess", "-o", config, source)
	cc(slices.Concat(strings.Fields(fixtures.Common), set.Flags, defines,
		[]string{"-fno-builtin", "-I", dir, "-I", filepath.Join(root, "fixtures/src"), "-o", object, "-c", source})...)
	return object, config
}

// hostResults compiles the calls for the host and runs them.
func hostResults(t *testing.T, defines ...string) map[[2]int]uint64 {
	t.Helper()
	program := filepath.Join(t.TempDir(), "host")
	args := append(defines, "-std=c99", "-O1", "-fno-builtin", "-o", program, "testdata/runtime/host.c", "-lm")
	if out, err := exec.Command("gcc", args...).CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	out, err := exec.Command(program).Output()
	must(t, err)
	return parseResults(t, string(out))
}

func parseResults(t *testing.T, text string) map[[2]int]uint64 {
	t.Helper()
	results := map[[2]int]uint64{}
	for line := range strings.Lines(text) {
		var which, arg int
		var bits uint64
		if _, err := fmt.Sscanf(line, "%d %d %x", &which, &arg, &bits); err != nil {
			t.Fatalf("cannot read %q of\n%s", line, text)
		}
		results[[2]int{which, arg}] = bits
	}
	return results
}

func compareResults(t *testing.T, bed, text string, host map[[2]int]uint64, arithmeticOnly bool) {
	t.Helper()
	got := parseResults(t, text)
	if len(got) != len(host) || len(host) < 400 {
		t.Fatalf("bed %s: %d results, the host has %d", bed, len(got), len(host))
	}
	worst := int64(0)
	for call, want := range host {
		which := call[0]
		if arithmeticOnly && (which < firstArithmetic || which >= firstLibc) {
			continue
		}
		limit := int64(0)
		if which < firstExact {
			limit = maxULP
		}
		ulp := distanceULP(got[call], want, which < firstExact)
		if ulp > limit {
			t.Errorf("bed %s: call %d of argument %d gives %x, the host %x", bed, which, call[1], got[call], want)
		}
		worst = max(worst, ulp)
	}
	t.Logf("bed %s: at most %d ulp off", bed, worst)
}

// distanceULP returns how many numbers lie from one single-precision number to
// the other, or for other results whether they differ.
func distanceULP(a, b uint64, single bool) int64 {
	if a == b {
		return 0
	}
	if !single || a>>32 != 0 || math.IsNaN(float64(math.Float32frombits(uint32(a)))) || math.IsNaN(float64(math.Float32frombits(uint32(b)))) {
		return math.MaxInt32
	}
	order := func(bits uint64) int64 {
		if n := int64(int32(bits)); n < 0 {
			return math.MinInt32 - n
		}
		return int64(bits)
	}
	return max(order(a)-order(b), order(b)-order(a))
}

// TestGlibc: what cannot come from glibc is refused by name, with a remedy.
func TestGlibc(t *testing.T) {
	for _, arch := range []string{"x64", "x86"} {
		t.Run(arch, func(t *testing.T) {
			set := must1(fixtures.SetNamed(arch + "-gcc12.2-Os-fpic"))(t)
			cc := compilerOf(t, set)
			dir := t.TempDir()
			object, config := compileRuntime(t, set, cc, dir, []string{"-DNO_LIBC"})
			output := filepath.Join(dir, "runtime.mpy")
			argv := append(strings.Fields(mpyld), "--arch", set.Arch, "--qstrs", config, "-o", output, object,
				"-l", cc("--print-file-name=libm.a"), "-l", cc("--print-libgcc-file-name"))
			cmd := exec.Command(argv[0], argv[1:]...)
			out, err := cmd.CombinedOutput()
			if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != 1 {
				t.Errorf("it ended with %v", err)
			}
			for _, want := range []string{
				"(s_sinf.o):(.text", "sinf is an IFUNC", "use a C library built for microcontrollers, or provide a plain sinf",
				"(w_sqrtf.o):(.text", "against errno cannot be linked", "thread-local storage", "or use a C library built for microcontrollers",
			} {
				if !strings.Contains(string(out), want) {
					t.Errorf("the output does not have %q", want)
				}
			}
			if _, err := os.Stat(output); err == nil {
				t.Error("there is an output file")
			}
			if t.Failed() {
				t.Logf("%s", out)
			}
		})
	}
}

// TestGlibcPlain links functions of glibc that are neither IFUNCs nor have a
// thread-local errno.
func TestGlibcPlain(t *testing.T) {
	host := hostResults(t, "-DPLAIN")
	for _, arch := range []string{"x64", "x86"} {
		t.Run(arch, func(t *testing.T) {
			set := must1(fixtures.SetNamed(arch + "-gcc12.2-Os-fpic"))(t)
			cc := compilerOf(t, set)
			dir := t.TempDir()
			object, config := compileRuntime(t, set, cc, dir, []string{"-DPLAIN", "-msse2", "-mfpmath=sse"})
			args := []string{"--arch", set.Arch, "--qstrs", config, "-o", filepath.Join(dir, "runtime.mpy"), object}
			for _, lib := range stock(t, cc) {
				args = append(args, "-l", lib)
			}
			link(t, args...)
			for _, b := range bedsRunning(t, set.Arch) {
				got := parseResults(t, b.run(t, "testdata/runtime/test.py", dir))
				if len(got) != len(host) || len(host) < 100 {
					t.Fatalf("bed %s: %d results, the host has %d", b.name, len(got), len(host))
				}
				for call, want := range host {
					const firstATan, lastATan = 1, 2
					if d := distanceULP(got[call], want, true); d > maxULP || d > 0 && (call[0] < firstATan || call[0] > lastATan) {
						t.Errorf("bed %s: call %d of argument %d gives %x, the host %x", b.name, call[0], call[1], got[call], want)
					}
				}
			}
		})
	}
}
