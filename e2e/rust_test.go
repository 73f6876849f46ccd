//go:build e2e

package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpyld/fixtures"
)

// rustTargets are the machines of which both Rust and the beds have one.
var rustTargets = []struct {
	arch, target string
	models       []string // ways of making addresses
	libgcc       []string // the compiler that has the functions LLVM calls
}{
	{"x64", "x86_64-unknown-linux-gnu", []string{"pic"}, []string{"gcc"}},
	{"x86", "i686-unknown-linux-gnu", []string{"pic"}, []string{"gcc", "-m32"}},
	{"armv6m", "thumbv6m-none-eabi", []string{"pic", "static"}, []string{"arm-none-eabi-gcc", "-mthumb", "-mcpu=cortex-m0"}},
	{"armv7m", "thumbv7m-none-eabi", []string{"pic", "static"}, []string{"arm-none-eabi-gcc", "-mthumb", "-mcpu=cortex-m3"}},
	{
		"armv7emsp", "thumbv7em-none-eabihf",
		[]string{"pic", "static"},
		[]string{"arm-none-eabi-gcc", "-mthumb", "-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"},
	},
	{
		"armv7emdp", "thumbv7em-none-eabihf",
		[]string{"pic", "static"},
		[]string{"arm-none-eabi-gcc", "-mthumb", "-mcpu=cortex-m7", "-mfpu=fpv5-d16", "-mfloat-abi=hard"},
	},
	{"rv32imc", "riscv32imc-unknown-none-elf", []string{"pic", "static"}, []string{"riscv64-unknown-elf-gcc", "-march=rv32imac", "-mabi=ilp32"}},
	{"rv64imc", "riscv64imac-unknown-none-elf", []string{"pic", "static"}, []string{"riscv64-unknown-elf-gcc", "-march=rv64imac", "-mabi=lp64"}},
}

// TestRust compiles Rust's core library from its source for all machines that Debian's compiler knows, and
// a module that uses it, and runs the module. Debian has the compiler and the
// source, in one version, and no library for bare machines.
func TestRust(t *testing.T) {
	for _, r := range rustTargets {
		t.Run(r.arch, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			compileCore(t, dir, r.target)
			libgcc := strings.TrimSpace(output1(t, dir, r.libgcc[0], append(r.libgcc[1:], "--print-libgcc-file-name")...))

			rustModule(t, dir)
			t.Run("new", func(t *testing.T) { newRust(t, r.arch, dir) })
			rustHeader(t, dir)
			t.Run("documented", func(t *testing.T) {
				modules := t.TempDir()
				must(t, os.WriteFile(filepath.Join(dir, "add.rs"), []byte(documented(t, "docs/VERBS.md", "rust")), 0o666))
				compileRust(t, dir, r.target, "pic", "--crate-type", "lib", "--emit", "obj", "-C", "codegen-units=1", "--crate-name", "add", "add.rs")
				link(t, "--arch", r.arch, "--gc-sections", "-l", filepath.Join(dir, "libcore.rlib"), "-l", libgcc, "-o", filepath.Join(modules, "add.mpy"), filepath.Join(dir, "add.o"))
				must(t, os.WriteFile(filepath.Join(modules, "run.py"), []byte("import add\nprint(add.add(40, 2))\n"), 0o666))
				for _, b := range bedsRunning(t, r.arch) {
					if got := b.run(t, filepath.Join(modules, "run.py"), modules); got != "42\n" {
						t.Errorf("bed %s printed %q", b.name, got)
					}
				}
			})
			for _, model := range r.models {
				t.Run("header "+model, func(t *testing.T) {
					modules := t.TempDir()
					compileRust(t, dir, r.target, model, "--crate-type", "lib", "--emit", "obj", "-D", "warnings", "-C", "codegen-units=1", "--crate-name", "every", "every.rs")
					link(t, "--arch", r.arch, "--gc-sections", "-l", filepath.Join(dir, "libcore.rlib"), "-l", libgcc,
						"-o", filepath.Join(modules, "every.mpy"), filepath.Join(dir, "every.o"))
					for _, b := range bedsRunning(t, r.arch) {
						if got := b.run(t, "testdata/header/rust.py", modules); got != "done\n" {
							t.Errorf("bed %s:\n%s", b.name, got)
						}
					}
				})
			}
			for _, model := range r.models {
				t.Run(model, func(t *testing.T) { runRust(t, debianRust, r.arch, r.target, model, dir, libgcc) })
			}
		})
	}
}

// TestNewerRust does the same with a compiler of today, for one machine of each kind.
func TestNewerRust(t *testing.T) {
	for _, r := range rustTargets {
		if !slices.Contains([]string{"x64", "armv6m", "armv7m", "armv7emdp", "rv32imc"}, r.arch) {
			continue
		}
		t.Run(r.arch, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			newerRust(t).core(t, dir, r.target)
			libgcc := strings.TrimSpace(output1(t, dir, r.libgcc[0], append(r.libgcc[1:], "--print-libgcc-file-name")...))
			rustModule(t, dir)
			for _, model := range r.models {
				t.Run(model, func(t *testing.T) { runRust(t, newerRust(t), r.arch, r.target, model, dir, libgcc) })
			}
		})
	}
}

// rustModule puts the source of a module into a directory, with where its qstrs are.
func rustModule(t *testing.T, dir string) {
	t.Helper()
	config := filepath.Join(dir, "config.h")
	link(t, "--preprocess", "-o", config, "testdata/rust/module.rs")
	rustQStrs(t, config, filepath.Join(dir, "qstr.rs"))
	copyFile(t, "testdata/rust/module.rs", filepath.Join(dir, "module.rs"))
}

// runRust compiles that module, links it with the core library in the directory and runs it.
func runRust(t *testing.T, r rustCompiler, arch, target, model, dir, libgcc string) {
	t.Helper()
	modules := t.TempDir()
	r.compile(t, dir, target, model, "2021", "--crate-type", "lib", "--emit", "obj", "-C", "codegen-units=1", "--crate-name", "rusty", "module.rs")
	link(t, "--arch", arch, "--qstrs", filepath.Join(dir, "config.h"), "--gc-sections", "-l", filepath.Join(dir, "libcore.rlib"), "-l", libgcc,
		"-o", filepath.Join(modules, "rusty.mpy"), filepath.Join(dir, "rusty.o"))
	want, err := os.ReadFile(r.prints)
	must(t, err)
	script := rustScript(t, dir)
	for _, b := range bedsRunning(t, arch) {
		if diff := cmp.Diff(string(want), b.run(t, script, modules)); diff != "" {
			t.Errorf("bed %s: - expected, + printed\n%s", b.name, diff)
		}
	}
}

// A rustCompiler is one with the source of its core library.
type rustCompiler struct {
	command     string
	coreEdition string
	prints      string // what the module's test prints: panics are worded as the library words them
}

// rustc is Debian's, which the rust-src of the same release is for.
const rustc = "/usr/bin/rustc"

var debianRust = rustCompiler{rustc, "2021", "testdata/rust/test.out"}

// newerRust is the one of beds/compilers.
func newerRust(t *testing.T) rustCompiler {
	return rustCompiler{filepath.Join(bedsDir(t), "bin/rustc-1.97"), "2024", "testdata/rust/newer.out"}
}

// core puts Rust's core library for a machine into a directory.
func (r rustCompiler) core(t *testing.T, dir, target string) {
	t.Helper()
	made := r.madeCore(t, target)
	for _, name := range []string{"libcore.rlib", "libcompiler_builtins.rlib"} {
		copyFile(t, filepath.Join(made, name), filepath.Join(dir, name))
	}
}

// cores are functions that return directories with the core library, by compiler and target.
var cores sync.Map

// madeCore returns a directory with the core library. It takes ten seconds to compile:
// once for all tests.
func (r rustCompiler) madeCore(t *testing.T, target string) string {
	t.Helper()
	once, _ := cores.LoadOrStore(r.command+" "+target, sync.OnceValue(func() string {
		dir, err := os.MkdirTemp(shared, target+"-")
		must(t, err)
		r.makeCore(t, dir, target)
		return dir
	}))
	return once.(func() string)()
}

// makeCore compiles it.
func (r rustCompiler) makeCore(t *testing.T, dir, target string) {
	t.Helper()
	core := filepath.Join(strings.TrimSpace(output1(t, dir, r.command, "--print", "sysroot")), "lib/rustlib/src/rust/library/core/src/lib.rs")
	r.compile(t, dir, target, "pic", r.coreEdition, "--crate-type", "rlib", "--crate-name", "core", "--cap-lints", "allow", core)
	// The compiler asks for this crate too. What would be in it is in libgcc.
	builtins := filepath.Join(dir, "builtins.rs")
	must(t, os.WriteFile(builtins, []byte("#![feature(compiler_builtins)]\n#![compiler_builtins]\n#![no_std]\n"), 0o666))
	r.compile(t, dir, target, "pic", "2021", "--crate-type", "rlib", "--crate-name", "compiler_builtins", builtins)
}

// compile runs rustc with its output in dir.
func (r rustCompiler) compile(t *testing.T, dir, target, model, edition string, args ...string) {
	t.Helper()
	output1(t, dir, r.command, append([]string{
		"--edition", edition, "--target", target, "--sysroot", dir, "-L", dir, "--out-dir", dir, // no library but ours
		"-C", "opt-level=s", "-C", "panic=abort", "-C", "relocation-model=" + model,
	}, args...)...)
}

func compileCore(t *testing.T, dir, target string) { debianRust.core(t, dir, target) }

func compileRust(t *testing.T, dir, target, model string, args ...string) {
	t.Helper()
	debianRust.compile(t, dir, target, model, "2021", args...)
}

// output1 runs a command, which must succeed, and returns what it prints on
// standard output.
func output1(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	// The library's source is for its own compiler only, which counts as unstable.
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "RUSTC_BOOTSTRAP=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, stderr.String())
	}
	return string(out)
}

var qstrLine = regexp.MustCompile(`(?m)^#define (MP_QSTR_\w+) \(mp_native_qstr_table\[(\d+)\]\)$`)

// rustQStrs says in Rust what config.h says in C: where the qstrs are.
func rustQStrs(t *testing.T, config, file string) {
	t.Helper()
	text, err := os.ReadFile(config)
	must(t, err)
	var b strings.Builder
	for _, m := range qstrLine.FindAllStringSubmatch(string(text), -1) {
		b.WriteString("const " + m[1] + ": usize = " + m[2] + ";\n")
	}
	must(t, os.WriteFile(file, []byte(b.String()), 0o666))
}

func rustScript(t *testing.T, dir string) string {
	t.Helper()
	prelude, err := fixtures.Source("prelude.py")
	must(t, err)
	test, err := os.ReadFile("testdata/rust/test.py")
	must(t, err)
	script := filepath.Join(dir, "run_rusty.py")
	must(t, os.WriteFile(script, append(prelude, test...), 0o666))
	return script
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	must(t, err)
	must(t, os.WriteFile(to, data, 0o666))
}
