//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// answers is a module as people write one: with MicroPython's own header, and
// a float.
const answers = `#include "py/dynruntime.h"

static mp_obj_t half(mp_obj_t x) { return mp_obj_new_float(mp_obj_get_float(x) / 2); }
static MP_DEFINE_CONST_FUN_OBJ_1(half_obj, half);

mp_obj_t mpy_init(mp_obj_fun_bc_t *self, size_t n_args, size_t n_kw, mp_obj_t *args) {
    MP_DYNRUNTIME_INIT_ENTRY
    mp_store_global(MP_QSTR_half, MP_OBJ_FROM_PTR(&half_obj));
    MP_DYNRUNTIME_INIT_EXIT
}
`

// TestMakefileOfReadme makes the module of the README's own makefile with
// nothing but make, and imports it.
func TestMakefileOfReadme(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	must(t, err)
	_, block, ok := strings.Cut(string(text), "```make\n")
	block, _, closed := strings.Cut(block, "```")
	if !ok || !closed {
		t.Fatal("no makefile in README.md")
	}
	dir := t.TempDir()
	// Division of floats is libgcc's on a core without an FPU.
	libgcc, err := exec.Command("arm-none-eabi-gcc", "-mthumb", "-mcpu=cortex-m3", "-print-libgcc-file-name").Output()
	must(t, err)
	block = strings.ReplaceAll(block, "\tmpyld --arch", "\t"+mpyld+" --arch")
	block = strings.ReplaceAll(block, "\tmpyld --preprocess", "\t"+mpyld+" --preprocess")
	block = strings.Replace(block, "-o $@ $^\nhello.o", "-l "+strings.TrimSpace(string(libgcc))+" -o $@ $^\nhello.o", 1)
	for name, content := range map[string]string{"Makefile": block, "hello.c": answers, "run.py": "import hello\nprint(hello.half(7))\n"} {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666))
	}
	source, err := filepath.Abs(sourceTree(t))
	must(t, err)
	if out, err := exec.Command("make", "-C", dir, "MPY_DIR="+source).CombinedOutput(); err != nil {
		t.Fatalf("make: %v\n%s", err, out)
	}
	for _, b := range bedsRunning(t, "armv7m") {
		if got := b.run(t, filepath.Join(dir, "run.py"), dir); got != "3.5\n" {
			t.Errorf("bed %s printed %q", b.name, got)
		}
	}
}

// documented returns the first block of a language in a document.
func documented(t *testing.T, document, language string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, document))
	must(t, err)
	_, block, ok := strings.Cut(string(text), "```"+language+"\n")
	block, _, closed := strings.Cut(block, "```")
	if !ok || !closed {
		t.Fatalf("%s has no %s", document, language)
	}
	return block
}

// TestHeaderOfVerbs makes the module in C of docs/VERBS.md with the commands below
// it, and imports it.
func TestHeaderOfVerbs(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs/VERBS.md"))
	must(t, err)
	_, commands, ok := strings.Cut(string(text), "```sh\nmpyld header -o mpyld.h\n")
	commands, _, closed := strings.Cut(commands, "```")
	if !ok || !closed {
		t.Fatal("docs/VERBS.md has no commands for its module in C")
	}
	dir := t.TempDir()
	for name, content := range map[string]string{"add.c": documented(t, "docs/VERBS.md", "c"), "run.py": "import add\nprint(add.add(40, 2))\n"} {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666))
	}
	cmd := exec.Command("sh", "-e", "-c", strings.ReplaceAll("mpyld header -o mpyld.h\n"+commands, "mpyld -", mpyld+" -"))
	cmd.Dir = dir
	cmd.Args[3] = strings.ReplaceAll(cmd.Args[3], "mpyld header", mpyld+" header")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, b := range bedsRunning(t, "armv7m") {
		if got := b.run(t, filepath.Join(dir, "run.py"), dir); got != "42\n" {
			t.Errorf("bed %s printed %q", b.name, got)
		}
	}
}

// TestDynruntimeInCxx is what docs/LANGUAGES.md says of MicroPython's header in
// C++: refused as it is, taken with -fpermissive, and out of the way in a C file
// of its own.
func TestDynruntimeInCxx(t *testing.T) {
	source, err := filepath.Abs(sourceTree(t))
	must(t, err)
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, []byte(content), 0o666))
		return path
	}
	cxx := strings.Replace(answers, "mp_obj_t mpy_init", `extern "C" mp_obj_t mpy_init`, 1)
	inCxx := file("whole.cpp", cxx)
	glue := file("glue.c", strings.Replace(answers, "static mp_obj_t half(mp_obj_t x) { return mp_obj_new_float(mp_obj_get_float(x) / 2); }",
		"double halved(double);\nstatic mp_obj_t half(mp_obj_t x) { return mp_obj_new_float(halved(mp_obj_get_float(x))); }", 1))
	part := file("part.cpp", `template <typename T> static T over2(T x) { return x / 2; }
extern "C" double halved(double x) { return over2(x); }
`)
	script := file("run.py", "import m\nprint(m.half(7))\n")
	config := filepath.Join(dir, "config.h")
	link(t, "--preprocess", "-o", config, inCxx, glue)
	compile := func(cc, file, object string, flags ...string) error {
		args := append(flags, "-m64", "-Os", "-fpic", "-fno-stack-protector", "-fno-exceptions", "-DNDEBUG", "-DNO_QSTR", "-DMICROPY_ENABLE_DYNRUNTIME",
			"-DMICROPY_FLOAT_IMPL=MICROPY_FLOAT_IMPL_DOUBLE", "-DMP_CONFIGFILE=<config.h>", "-I", dir, "-I", source, "-o", filepath.Join(dir, object), "-c", file)
		return exec.Command(cc, args...).Run()
	}
	if compile("g++", inCxx, "no.o") == nil {
		t.Error("py/dynruntime.h compiles as C++: docs/LANGUAGES.md says otherwise")
	}
	run := func(objects ...string) {
		t.Helper()
		args := []string{"--arch", "x64", "--qstrs", config, "-o", filepath.Join(dir, "m.mpy")}
		for _, o := range objects {
			args = append(args, filepath.Join(dir, o))
		}
		link(t, args...)
		for _, b := range bedsRunning(t, "x64") {
			if got := b.run(t, script, dir); got != "3.5\n" {
				t.Errorf("%v: bed %s printed %q", objects, b.name, got)
			}
		}
	}
	must(t, compile("g++", inCxx, "whole.o", "-fpermissive", "-w"))
	run("whole.o")
	must(t, compile("gcc", glue, "glue.o"))
	must(t, compile("g++", part, "part.o", "-fno-rtti"))
	run("glue.o", "part.o")
}
