//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpyld/fixtures"
)

// What the module prints: where there is no C library, the first part.
const (
	clibStart = `wrong 0 0 0 0
break 0
0
left 0
1
AssertionError ('clib.c:LINE: check: mpy_get_int(n) > 0',)
SystemExit (3,)
RuntimeError ('abort() called',)
`
	clibEnd = `7 held  1.75|line
<7>end
8 00000007
stdin 1
`
)

// TestCLibrary: a heap, assert, exit and, where there is a C library, printf
// work with nothing but the toolchain's archives, whoever else has an _sbrk.
func TestCLibrary(t *testing.T) {
	done := map[string]bool{}
	for _, set := range fixtures.Sets() {
		if done[set.Arch] {
			continue
		}
		done[set.Arch] = true
		t.Run(set.Arch, func(t *testing.T) {
			t.Parallel()
			want := clibStart + clibEnd
			dir := t.TempDir()
			rt, ok := runtimes[set.Arch]
			switch {
			case !ok:
				// libnosys has an _sbrk over the firmware's memory, and a _write that fails.
				rt.libs = func(t *testing.T, cc compiler) []string {
					return append(stock(t, cc), cc("--print-file-name=libnosys.a"))
				}
			case slices.Contains(rt.defines, "-DNO_LIBC"):
				want = clibStart
			}
			linkClib(t, set, dir, rt.defines, rt.libs(t, compilerOf(t, set)))
			for _, b := range bedsRunning(t, set.Arch) {
				runClib(t, b, dir, want)
			}
		})
	}
}

func runClib(t *testing.T, b bed, dir, want string) {
	t.Helper()
	got := b.run(t, withPrelude(t, dir, "testdata/clib/test.py"), dir)
	got = assertLine.ReplaceAllString(got, "'clib.c:LINE:")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("bed %s: - expected, + printed\n%s", b.name, diff)
	}
}

// TestOwnBreak: who has an _sbrk over an array has the C library's malloc on it.
func TestOwnBreak(t *testing.T) {
	for name, flags := range map[string]string{
		"armv7m-gcc12.2-Os-fpic":  "-DOWN=60000 -DBREAK=_sbrk",
		"rv32imc-gcc12.2-Os-fpic": "-DOWN=60000 -DBREAK=sbrk",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set := must1(fixtures.SetNamed(name))(t)
			dir := t.TempDir()
			linkClib(t, set, dir, strings.Fields(flags), libsOf(t, set))
			for _, b := range bedsRunning(t, set.Arch) {
				got := b.run(t, "testdata/clib/own.py", dir)
				if want := "own 1 7\n"; got != want {
					t.Errorf("bed %s printed %q, want %q", b.name, got, want)
				}
			}
		})
	}
}

// TestCLibrarySizes: the sizes in docs/C-LIBRARIES.md are true, give or take 3 %.
func TestCLibrarySizes(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join(root, "docs/C-LIBRARIES.md"))
	must(t, err)
	const arm, riscv = "armv7m-gcc12.2-Os-fpic", "rv32imc-gcc12.2-Os-fpic"
	for _, tt := range []struct{ row, set, flags, library string }{
		{"newlib, `libc.a`", arm, "", "libc.a"},
		{"newlib, `libc_nano.a`", arm, "", "libc_nano.a"},
		{"with a `static char table[20000]`", arm, "-DTABLE=20000", "libc_nano.a"},
		{"that, with `-fno-pic`", arm, "-DTABLE=20000 -fno-pic", "libc_nano.a"},
		{"picolibc for RISC-V", riscv, "", "/usr/lib/picolibc/riscv64-unknown-elf/lib/MULTI/libc.a"},
		{"picolibc for RISC-V, `release/`", riscv, "", "/usr/lib/picolibc/riscv64-unknown-elf/lib/release/MULTI/libc.a"},
	} {
		set := must1(fixtures.SetNamed(tt.set))(t)
		cc := compilerOf(t, set)
		library := strings.Replace(tt.library, "MULTI", cc("--print-multi-directory"), 1)
		if library == tt.library {
			library = cc("--print-file-name=" + library)
		}
		file := linkClib(t, set, t.TempDir(), strings.Fields(tt.flags), append([]string{library}, libgcc(t, cc)...))
		info, err := os.Stat(file)
		must(t, err)
		_, cell, _ := strings.Cut(string(doc), "| "+tt.row+" | ")
		cell, _, _ = strings.Cut(cell, " |")
		if said, err := strconv.Atoi(cell); err != nil || max(said, int(info.Size()))*100 > min(said, int(info.Size()))*103 {
			t.Errorf("%s: %d bytes, but the document says %q", tt.row, info.Size(), cell)
		}
	}
}

func libsOf(t *testing.T, set fixtures.Set) []string {
	if rt, ok := runtimes[set.Arch]; ok {
		return rt.libs(t, compilerOf(t, set))
	}
	return stock(t, compilerOf(t, set))
}

// linkClib compiles and links clib.c, and returns the module's name.
func linkClib(t *testing.T, set fixtures.Set, dir string, flags, libs []string) string {
	t.Helper()
	object, config := compileModule(t, set, compilerOf(t, set), dir, "testdata/clib/clib.c",
		slices.Concat(strings.Fields("-std=c99 -w -fno-builtin -D_GNU_SOURCE"), flags))
	module := filepath.Join(dir, "clib.mpy")
	args := []string{"--arch", set.Arch, "--qstrs", config, "-o", module, object}
	for _, lib := range libs {
		args = append(args, "-l", lib)
	}
	link(t, args...)
	return module
}

var assertLine = regexp.MustCompile(`'[^']*clib\.c:\d+:`)

// compileModule compiles a source of this package for a set.
func compileModule(t *testing.T, set fixtures.Set, cc compiler, dir, source string, flags []string) (object, config string) {
	t.Helper()
	config, object = filepath.Join(dir, "config.h"), filepath.Join(dir, "module.o")
	link(t, "--preprocess", "-o", config, source)
	cc(slices.Concat(set.Flags, flags,
		[]string{"-I", dir, "-I", filepath.Join(root, "fixtures/src"), "-o", object, "-c", source})...)
	return object, config
}

// withPrelude returns a script that starts with the fixtures' prelude.
func withPrelude(t *testing.T, dir, script string) string {
	t.Helper()
	prelude, err := fixtures.Source("prelude.py")
	must(t, err)
	body, err := os.ReadFile(script)
	must(t, err)
	name := filepath.Join(dir, "run_"+filepath.Base(script))
	must(t, os.WriteFile(name, append(prelude, body...), 0o666))
	return name
}
