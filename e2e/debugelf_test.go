//go:build e2e

package e2e

import (
	"debug/dwarf"
	"debug/elf"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mpyld/fixtures"
)

// debugVariants are ways to compile for debuggers that differ in what the linker sees.
var debugVariants = []struct{ name, flags string }{
	{"dwarf5", "-gdwarf-5 -ffunction-sections"},
	{"dwarf4", "-gdwarf-4 -ffunction-sections -fdata-sections"},
	{"packed", "-g3 -gz=zlib -ffunction-sections -O2"},
}

// TestDebugELF links with --debug-elf what the compilers make for debuggers, for each architecture. readelf and
// llvm-dwarfdump must find nothing wrong with the companion, and each function must have the very
// lines that it has in what GNU ld makes of the same objects.
func TestDebugELF(t *testing.T) {
	sets := oneSetPerArch()
	for _, set := range fixtures.Sets() {
		if strings.Contains(set.Name, "clang14-O") || strings.HasSuffix(set.Name, "-relax") || strings.HasSuffix(set.Name, "textlits") {
			sets = append(sets, set)
		}
	}
	for _, set := range sets {
		for _, v := range debugVariants {
			t.Run(set.Name+"/"+v.name, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				config := filepath.Join(dir, "config.h")
				link(t, "--preprocess", "-o", config, "testdata/debug/wave.c")
				flags := strings.Fields(v.flags)
				wave := compileSource(t, set, dir, "testdata/debug/wave.c", flags...)
				form := compileSource(t, set, dir, "testdata/debug/form.c", flags...)
				companion := filepath.Join(dir, "wave.elf")
				link(t, "--arch", set.Arch, "--qstrs", config, "--gc-sections", "-o", filepath.Join(dir, "wave.mpy"), "--debug-elf", companion, wave, form)
				validDebug(t, companion)
				sameFrames(t, companion)
				sameLines(t, linesOf(t, companion), linesOf(t, withLD(t, set, dir, wave, form)))
			})
		}
	}
}

// sameFrames asks mpyld and LLVM what is at each address of text. Where there is a line they must agree, on inlined
// functions too; elsewhere LLVM guesses a file.
func sameFrames(t *testing.T, companion string) {
	t.Helper()
	f, err := elf.Open(companion)
	must(t, err)
	defer f.Close()
	var addrs []string
	for at := uint64(0); at < f.Section(".text").Size; at += 2 {
		addrs = append(addrs, fmt.Sprintf("%#x", at))
	}
	got := strings.Split(link(t, append([]string{"addr2line", "--text", "0", companion}, addrs...)...), "\n")
	out, err := exec.Command("llvm-addr2line", append([]string{"-C", "-f", "-i", "-p", "-a", "-e", companion}, addrs...)...).Output()
	must(t, err)
	want := strings.Split(string(out), "\n")
	if len(got) != len(want) {
		t.Fatalf("%d lines of addr2line, LLVM's has %d", len(got), len(want))
	}
	compared := 0
	for i := range want {
		if strings.HasSuffix(want[i], ":0") || strings.HasSuffix(want[i], ":?") || want[i] == "" {
			continue
		}
		compared++
		line, _, _ := strings.Cut(want[i], " (discriminator") // which of several ways to it
		if bare(got[i]) != bare(line) {
			t.Errorf("addr2line: %s, LLVM's: %s", got[i], want[i])
		}
	}
	if compared < 20 {
		t.Errorf("only %d addresses have a line", compared)
	}
}

// bare is a line of addr2line without directories of a file, which have several names, and the arguments of a function
// of C++, which LLVM takes from symbols.
func bare(line string) string {
	return arguments.ReplaceAllString(directories.ReplaceAllString(line, " at "), "$1 at ")
}

var (
	directories = regexp.MustCompile(` at .*/`)
	arguments   = regexp.MustCompile(`(\w)\([^()]*\) at `)
)

// withLD links objects with the GNU ld of the set's compiler, or of the one that has an ld.
func withLD(t *testing.T, set fixtures.Set, dir string, objects ...string) string {
	t.Helper()
	out := filepath.Join(dir, "ld.elf")
	for _, s := range oneSetPerArch() {
		if s.Arch == set.Arch {
			set = s
		}
	}
	args := slices.Concat(strings.Fields(set.Compiler().Machine), []string{
		"-nostdlib", "-no-pie", "-Wl,--unresolved-symbols=ignore-all", "-Wl,--no-relax", "-Wl,-e,mpy_init", "-Wl,--gc-sections", "-Wl,--no-warn-mismatch", "-o", out,
	}, objects)
	runCompiler(t, set.Compiler().Command, args...)
	return out
}

// known are complaints of llvm-dwarfdump about what GCC writes, whoever links it.
var known = regexp.MustCompile(`Call site entry nested within|DIE address ranges are not contained|Unit.*DW_FORM_line_strp`)

// validDebug fails the test unless the tools find the companion in order.
func validDebug(t *testing.T, file string) {
	t.Helper()
	var complaints strings.Builder
	cmd := exec.Command("readelf", "-aW", "--debug-dump", file)
	cmd.Stderr = &complaints
	must(t, cmd.Run())
	if complaints.Len() > 0 {
		t.Errorf("readelf: %s", complaints.String())
	}
	out, _ := exec.Command("llvm-dwarfdump", "--verify", file).CombinedOutput()
	if !strings.Contains(string(out), "Verifying unit: 1") {
		t.Errorf("llvm-dwarfdump has verified nothing: %s", out)
	}
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "error:") && !known.MatchString(line) || strings.Contains(line, "warning:") {
			t.Errorf("llvm-dwarfdump: %s", line)
		}
	}
}

// linesOf returns the lines of each function: where in it which line of which file begins.
func linesOf(t *testing.T, file string) map[string]string {
	t.Helper()
	f, err := elf.Open(file)
	must(t, err)
	defer f.Close()
	info, err := f.DWARF()
	must(t, err)
	syms, err := f.Symbols()
	must(t, err)
	lines := map[string]string{}
	r := info.Reader()
	for {
		e, err := r.Next()
		must(t, err)
		if e == nil {
			break
		}
		if e.Tag != dwarf.TagCompileUnit {
			continue
		}
		lr, err := info.LineReader(e)
		must(t, err)
		var entry dwarf.LineEntry
		for lr.Next(&entry) != io.EOF {
			for _, s := range syms {
				start := s.Value
				if f.Machine == elf.EM_ARM {
					start &^= 1
				}
				if elf.ST_TYPE(s.Info) == elf.STT_FUNC && start <= entry.Address && entry.Address < start+s.Size && !entry.EndSequence {
					lines[s.Name] += fmt.Sprintf("+%d %s:%d\n", entry.Address-start, filepath.Base(entry.File.Name), entry.Line)
				}
			}
		}
		r.SkipChildren()
	}
	return lines
}

// sameLines compares the lines of functions.
func sameLines(t *testing.T, got, want map[string]string) {
	t.Helper()
	for _, name := range []string{"mpy_init", "add", "helper", "form"} {
		if want[name] == "" || got[name] != want[name] {
			t.Errorf("%s has the lines\n%swant\n%s", name, got[name], want[name])
		}
	}
	if got["unused"] != "" {
		t.Errorf("unused, which is not in the module, has the lines\n%s", got["unused"])
	}
}

// TestDumpDebug: a dump has the lines of the source between instructions; where there is no source, their numbers.
func TestDumpDebug(t *testing.T) {
	for _, arch := range []string{"armv7m", "rv32imc", "x64", "xtensa"} {
		t.Run(arch, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			source := filepath.Join(dir, "wave.c")
			copyFile(t, "testdata/debug/wave.c", source)
			debuggedModule(t, dir, arch, "c", "", source, "testdata/debug/form.c")
			args := []string{"dump", "--debug", filepath.Join(dir, "wave.elf"), filepath.Join(dir, "wave.mpy")}
			_, helper, _ := strings.Cut(link(t, args...), "\n    helper:\n")
			helper, _, _ = strings.Cut(helper, "\n    add:\n")
			for _, want := range []string{"wave.c:10:     counter += sum;\n", "wave.c:12: }\n"} {
				if !strings.Contains(helper, want) {
					t.Errorf("helper is\n%s\nwant %s", helper, want)
				}
			}
			must(t, os.Remove(source))
			if text := link(t, args...); !strings.Contains(text, "wave.c:10:\n") || strings.Contains(text, "counter +=") {
				t.Errorf("without its source:\n%s", text)
			}
		})
	}
}
