//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A stumble is a program that does not link at first, and what the notes of its
// errors say. Whoever follows them, again and again, must get to a module.
type stumble struct {
	name   string
	arch   string
	cc     string   // compiler, with the flags for the processor
	flags  string   // others
	source string   // "DYNRUNTIME" stands for MicroPython's header
	notes  []string // parts of notes that must have been read on the way
}

const initOf = "int mpy_init(int a, int b) { return %s; }\n"

const (
	m3     = "arm-none-eabi-gcc -mthumb -mcpu=cortex-m3"
	rv32   = "riscv64-unknown-elf-gcc -march=rv32imac -mabi=ilp32"
	rv64   = "riscv64-unknown-elf-gcc -march=rv64imac -mabi=lp64"
	lx106  = "xtensa-lx106-elf-gcc"
	native = "gcc -m64 -fno-stack-protector"
)

func stumbles() []stumble {
	maths := "float sinf(float), atan2f(float, float);\n" + fmt.Sprintf(initOf, "(int)(sinf(a) * 100 + atan2f(a, b) / b)")
	long := "long long v = 3;\n" + fmt.Sprintf(initOf, "(int)(v * a / (b | 1))")
	strerror := "#include <string.h>\n" + fmt.Sprintf(initOf, "strerror(a)[b & 1]")
	table := "extern int tab[4]; int tab[4] = {1, 2, 3, 4};\n" + fmt.Sprintf(initOf, "tab[a & 3]")
	return []stumble{
		{"libgcc", "armv7m", m3, "-Os -fpic", long, []string{"--print-libgcc-file-name"}},
		{"libgcc", "rv32imc", rv32, "-Os -fpic", long, []string{"--print-libgcc-file-name"}},
		{"libm", "xtensa", lx106, "-Os -fpic", maths, []string{"--print-libgcc-file-name", "--print-file-name=libc.a"}},
		{"libm", "armv7m", m3, "-Os -fpic", maths, []string{"--print-file-name=libm.a", "--print-libgcc-file-name"}},
		{"libm", "rv32imc", rv32, "-Os -fpic", maths, []string{"picolibc-riscv64-unknown-elf"}},
		{"libm", "x64", native, "-Os -fpic", maths, []string{"x86_64-linux-musl"}},
		{"libc", "armv7m", m3, "-Os -fpic", "char *strtok(char *, const char *);\n" + fmt.Sprintf(initOf, `(int)strtok((char *)"a b", " ")`), []string{"--print-file-name=libc.a"}},
		{"strerror", "armv7m", m3, "-Os -fpic", strerror, []string{"--print-file-name=libc.a"}},
		{"strerror", "rv32imc", rv32 + " --specs=picolibc.specs", "-Os -fpic", strerror, []string{"picolibc-riscv64-unknown-elf", "--print-libgcc-file-name"}},
		{"absolute", "x86", "gcc -m32 -fno-stack-protector", "-Os -fno-pic -fno-pie", table, []string{"compile with -fpic"}},
		{"absolute", "x64", native, "-Os -fno-pic -fno-pie", table, []string{"compile with -fpic"}},
		{"jump table", "rv64imc", rv64, "-Os -fno-pic -mcmodel=medlow", "int v;\nint mpy_init(int a, int b) { switch (a) { case 0: v = b; case 1: return v * 3; case 2: v += 5; break; case 3: return b; case 4: v ^= 77; break; case 5: v -= 2; return b; case 6: return v; } return v * b; }\n", []string{"-fno-jump-tables"}},
		{"fortify", "x64", native, "-O2 -fpic -D_FORTIFY_SOURCE=2", "#include <string.h>\nchar x[8];\n" + fmt.Sprintf(initOf, "(memset(x, b, (unsigned)a), x[0])"), []string{"-U_FORTIFY_SOURCE"}},
		{"protector", "x64", "gcc -m64", "-Os -fpic -fstack-protector-all", "void g(char *);\nvoid g(char *p) { *p = 1; }\n" + "int mpy_init(int a, int b) { char x[64]; g(x); return x[a & 7]; }\n", []string{"-fno-stack-protector"}},
		{"floats", "rv32imc", rv32 + " --specs=picolibc.specs", "-Os -fpic -DMICROPY_FLOAT_IMPL=MICROPY_FLOAT_IMPL_NONE", "DYNRUNTIME" + fmt.Sprintf(initOf, "(int)mp_obj_new_float(mp_obj_get_float(a) * 2)"), []string{"-DMICROPY_FLOAT_IMPL=MICROPY_FLOAT_IMPL_FLOAT"}},
	}
}

// TestFollowNotes does what the notes say, and nothing else, until there is a
// module.
func TestFollowNotes(t *testing.T) {
	for _, s := range stumbles() {
		t.Run(s.name+" "+s.arch, func(t *testing.T) {
			t.Parallel()
			s.follow(t)
		})
	}
}

func (s stumble) follow(t *testing.T) {
	dir := t.TempDir()
	source, object, module := filepath.Join(dir, "m.c"), filepath.Join(dir, "m.o"), filepath.Join(dir, "m.mpy")
	text := strings.Replace(s.source, "DYNRUNTIME", "#include \"py/dynruntime.h\"\n", 1)
	must(t, os.WriteFile(source, []byte(text), 0o666))
	config := filepath.Join(dir, "m.config.h")
	link(t, "--preprocess", "-o", config, source)
	header, err := filepath.Abs(sourceTree(t))
	must(t, err)
	flags := append(strings.Fields(s.flags), "-w", "-DNO_QSTR", "-DMICROPY_ENABLE_DYNRUNTIME", "-DMP_CONFIGFILE=<m.config.h>", "-I", dir, "-I", header)
	var libs []string
	var read strings.Builder
	for range 6 {
		cc := strings.Fields(s.cc)
		if out, err := exec.Command(cc[0], slices.Concat(cc[1:], flags, []string{"-o", object, "-c", source})...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		argv := slices.Concat(strings.Fields(mpyld), []string{"--arch", s.arch, "--qstrs", config, "-o", module, object}, libs)
		out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput()
		if err == nil {
			for _, note := range s.notes {
				if !strings.Contains(read.String(), note) {
					t.Errorf("no note said %q:\n%s", note, read.String())
				}
			}
			return
		}
		read.Write(out)
		more, compile := advised(t, s, string(out), header)
		before := len(libs) + len(flags)
		for _, lib := range more {
			if !slices.Contains(libs, lib) {
				libs = append(libs, lib)
			}
		}
		for _, flag := range compile {
			if !slices.Contains(flags, flag) {
				flags = append(flags, flag)
			}
		}
		if len(libs)+len(flags) == before {
			t.Fatalf("nothing new to do:\n%s", out)
		}
	}
	t.Fatalf("no end of notes:\n%s", read.String())
}

var (
	asksCompiler = regexp.MustCompile(`pass -l with the path that CC (--print-\S+) prints`)
	namesFile    = regexp.MustCompile(`pass -l (/(?:\$\(CC \S+\)|\S)+)`)
	substitution = regexp.MustCompile(`\$\(CC (\S+)\)`)
	namesScript  = regexp.MustCompile(`pass -e with (ports/\S+) of MicroPython's source`)
	namesFlag    = regexp.MustCompile(`compile with (-\S*[^\s,:;])`)
)

// advised is what the notes of a link say to pass to the linker and to the
// compiler.
func advised(t *testing.T, s stumble, out, tree string) (libs, flags []string) {
	t.Helper()
	cc := strings.Fields(s.cc)
	ask := func(option string) string {
		path, err := exec.Command(cc[0], append(slices.Clone(cc[1:]), option)...).Output()
		must(t, err)
		return strings.TrimSpace(string(path))
	}
	for _, line := range strings.Split(out, "\n") {
		note, ok := strings.CutPrefix(line, "mpyld: note: ")
		if !ok {
			continue
		}
		if m := asksCompiler.FindStringSubmatch(note); m != nil {
			libs = append(libs, "-l"+ask(m[1]))
		}
		if m := namesFile.FindStringSubmatch(note); m != nil {
			libs = append(libs, "-l"+substitution.ReplaceAllStringFunc(m[1], func(text string) string { // as a shell would
				return ask(substitution.FindStringSubmatch(text)[1])
			}))
		}
		if m := namesScript.FindStringSubmatch(note); m != nil {
			libs = append(libs, "-e"+filepath.Join(tree, m[1]))
		}
		if m := namesFlag.FindStringSubmatch(note); m != nil {
			flags = append(flags, m[1])
		}
	}
	return libs, flags
}
