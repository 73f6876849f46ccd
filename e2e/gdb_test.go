//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// debugged are modules that gdb is to see into: each has a function add, which calls one that has a local variable
// sum and adds that to a static one.
var debugged = []struct {
	name, source string
	more         []string // objects of other sources
	line         string   // where sum is known
	function     string   // that it is in, with its arguments
	static       string   // the variable
	calls        string   // the frame that called it
}{
	{"c", "testdata/debug/wave.c", []string{"testdata/debug/form.c"}, "wave.c:11", `helper \(.*a=.*40, b=.*2\)`, "counter", `add \(x=.*wave\.c:20`},
	{"c++", "testdata/gdb/wave.cpp", nil, "wave.cpp:11", `waves::Counter::add \(.*a=.*40, b=.*2\)`, "waves::counter.total", `add \(x=.*wave\.cpp:20`},
	{"rust", "testdata/gdb/wave.rs", nil, "wave.rs:12", `wave::helper \(.*\)`, "wave::COUNTER", `wave::add \(.*wave\.rs:16`},
}

// debuggers are where gdb runs modules.
var debuggers = []struct {
	arch, bed string
	native    bool // gdb runs the firmware itself, else an emulator serves it
	options   string
}{
	{"armv7m", "armv7m", false, ""},
	{"armv7m", "armv7m", false, "-O"}, // code loads addresses directly
	{"rv32imc", "rv32imc", false, ""},
	{"x64", "x64symbols", true, ""},
}

// TestGDB: gdb stops at a line of a source, shows locals, static variables and the frames up to the firmware's, by
// each way to find a module, from C, C++ and Rust.
func TestGDB(t *testing.T) {
	for _, d := range debuggers {
		for _, m := range debugged {
			t.Run(d.arch+d.options+"/"+m.name, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				debuggedModule(t, dir, d.arch, m.name, d.options, append([]string{m.source}, m.more...)...)
				g := &gdb{dir: dir, bed: d.bed, native: d.native, firmware: filepath.Join(bedsDir(t), "home", d.bed, "micropython")}
				g.script(t)
				look := []string{
					"break " + m.line, "continue", "echo == frames\\n", "backtrace 4", "echo == locals\\n", "info locals",
					"echo == finish\\n", "finish", "echo == static\\n", "print " + m.static, "continue",
				}
				check := func(t *testing.T, out string) {
					t.Helper()
					for part, want := range map[string]string{
						"frames": `(?m)^#0 +(?:0x\w+ in )?` + m.function + ` at .*` + m.line + `(?:.*\n)#1 .* in ` + m.calls + `\n#2 .* in (fun_builtin_2_call|mp_execute_bytecode) \(\)`,
						"locals": `(?m)^sum = 42$`,
						"static": `(?m)= 42$`,
						"finish": `(?m)^Value returned is .* = 84$`,
					} {
						if got := section(out, part); !regexp.MustCompile(want).MatchString(got) {
							t.Errorf("%s are\n%s\nwant %s", part, got, want)
						}
					}
					if t.Failed() {
						t.Logf("gdb:\n%s", out)
					}
				}
				var text string
				t.Run("firmware", func(t *testing.T) {
					must(t, os.WriteFile(filepath.Join(dir, "firmware.gdb"), []byte(link(t, "gdb", filepath.Join(dir, "wave.elf"), "--firmware", g.visible(t))), 0o666))
					out := g.run(t, append([]string{"source firmware.gdb"}, look...)...)
					check(t, out)
					if at := regexp.MustCompile(`text is at (0x\w+)`).FindStringSubmatch(out); at != nil {
						text = at[1]
					}
				})
				stop := []string{"break *gc_info", "continue", "delete"}
				t.Run("repl", func(t *testing.T) {
					asked := "shell " + strings.Fields(mpyld)[0] + " gdb wave.elf $(grep -- '--object add=' printed) > asked.gdb"
					check(t, g.run(t, append(append(stop, asked, "source asked.gdb"), look...)...))
				})
				t.Run("given", func(t *testing.T) {
					must(t, os.WriteFile(filepath.Join(dir, "given.gdb"), []byte(link(t, "gdb", filepath.Join(dir, "wave.elf"), "--text", text)), 0o666))
					out := g.run(t, append(append([]string{"source given.gdb"}, append(stop, "source given.gdb")...), look...)...)
					if !strings.Contains(out, "what is at this address is not wave.mpy") {
						t.Error("the script adds symbols before the module is there")
					}
					check(t, out)
				})
			})
		}
	}
}

// section is what gdb printed behind a mark.
func section(out, mark string) string {
	_, out, _ = strings.Cut(out, "== "+mark+"\n")
	out, _, _ = strings.Cut(out, "== ")
	return out
}

// debuggedModule makes wave.mpy and wave.elf of sources in a directory, which is linked with options.
func debuggedModule(t *testing.T, dir, arch, language, options string, sources ...string) {
	t.Helper()
	args := slices.Concat([]string{"--arch", arch, "--gc-sections", "-o", filepath.Join(dir, "wave.mpy"), "--debug-elf", filepath.Join(dir, "wave.elf")}, strings.Fields(options))
	if language == "rust" {
		for _, r := range rustTargets {
			if r.arch == arch {
				compileCore(t, dir, r.target)
				link(t, "header", "--lang", "rust", "-o", filepath.Join(dir, "mpyld.rs"))
				copyFile(t, sources[0], filepath.Join(dir, "wave.rs"))
				compileRust(t, dir, r.target, "pic", "--crate-type", "lib", "--emit", "obj", "-g", "-C", "codegen-units=1", "--crate-name", "wave", "wave.rs")
				link(t, append(args, "-l", filepath.Join(dir, "libcore.rlib"), filepath.Join(dir, "wave.o"))...)
			}
		}
		return
	}
	config := filepath.Join(dir, "config.h")
	link(t, "--preprocess", "-o", config, sources[0])
	args = append(args, "--qstrs", config)
	for _, set := range oneSetPerArch() {
		if set.Arch == arch {
			for _, source := range sources {
				args = append(args, compileSource(t, set, dir, source, "-g", "-Os"))
			}
		}
	}
	link(t, args...)
}

// gdb runs a firmware that imports wave.
type gdb struct {
	dir, bed, firmware string
	native             bool
	runs               int
}

// script writes what the firmware runs: it asks the device as mpyld gdb --repl says, and calls add.
func (g *gdb) script(t *testing.T) {
	t.Helper()
	ask := link(t, "gdb", filepath.Join(g.dir, "wave.elf"), "--repl")
	must(t, os.WriteFile(filepath.Join(g.dir, "run.py"), []byte(ask+"import gc\ngc.mem_free()\nprint(m.add(40, 2))\n"), 0o666))
}

// visible returns a copy of the firmware without the section that its heap is in, as mpyld gdb says.
func (g *gdb) visible(t *testing.T) string {
	t.Helper()
	if script := link(t, "gdb", filepath.Join(g.dir, "wave.elf"), "--firmware", g.firmware); !strings.Contains(script, "objcopy --remove-section=.bss "+g.firmware) {
		t.Errorf("nothing is said of the heap in .bss:\n%s", script)
	}
	out := filepath.Join(g.dir, "visible.elf")
	if output, err := exec.Command("llvm-objcopy", "--remove-section=.bss", g.firmware, out).CombinedOutput(); err != nil {
		t.Fatalf("objcopy: %v\n%s", err, output)
	}
	return out
}

// run runs the firmware under gdb, which executes commands, and returns what gdb printed.
func (g *gdb) run(t *testing.T, commands ...string) string {
	t.Helper()
	g.runs++
	ctx, cancel := context.WithTimeout(context.Background(), scriptTimeout)
	defer cancel()
	words := []string{"set pagination off", "set width 0", "set debuginfod enabled off", "file visible.elf"}
	if g.native {
		words = append(words, "exec-file "+g.firmware, "set environment MICROPYPATH "+g.dir, "break *_start", "run run.py > printed", "delete")
	} else {
		socket := filepath.Join(g.dir, fmt.Sprint("gdb", g.runs))
		cmd := startForGDB(t, ctx, g.bed, g.dir, socket)
		defer cmd.Wait()
		defer cancel()
		words = append(words, "target remote "+socket)
	}
	args := []string{"-nx", "-q", "-batch"}
	for _, word := range append(words, commands...) {
		args = append(args, "-ex", word)
	}
	cmd := exec.CommandContext(ctx, "gdb-multiarch", args...)
	cmd.Dir = g.dir
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		t.Fatalf("gdb does not end: %v\n%s", err, out)
	}
	return string(out)
}
