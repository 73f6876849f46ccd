//go:build e2e

package e2e

import (
	"bytes"
	"debug/elf"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mpyld/fixtures"
)

// debugModule compiles sources, which include wave's, for debuggers, links them with options, and returns the companion and the objects.
func debugModule(t *testing.T, set fixtures.Set, flags, options string, sources ...string) (companion string, objects []string) {
	t.Helper()
	dir := t.TempDir()
	config := filepath.Join(dir, "config.h")
	link(t, "--preprocess", "-o", config, sources[0])
	companion = filepath.Join(dir, "wave.elf")
	for _, source := range sources {
		objects = append(objects, compileSource(t, set, dir, source, strings.Fields(flags)...))
	}
	args := slices.Concat([]string{"--arch", set.Arch, "--qstrs", config, "--gc-sections", "-o", filepath.Join(dir, "wave.mpy"), "--debug-elf", companion}, strings.Fields(options), objects)
	link(t, args...)
	return companion, objects
}

// TestDebugForms: debug information in all the forms in which compilers write it.
func TestDebugForms(t *testing.T) {
	c, cxx := []string{"testdata/debug/wave.c", "testdata/debug/form.c"}, []string{"testdata/gdb/wave.cpp"}
	forms := []struct {
		name, flags string
		sources     []string
	}{
		{"64 bits", "-gdwarf-5 -gdwarf64", c},
		{"64 bits of version 4", "-gdwarf-4 -gdwarf64 -ffunction-sections", c},
		{"old compression", "-g -gz=zlib-gnu", c},
		{"macros", "-g3", c},
		{"types in groups", "-gdwarf-4 -fdebug-types-section", c},
		{"c++", "-g -ffunction-sections", cxx},
		{"c++, not optimised", "-g3 -O0", cxx},
	}
	for _, set := range oneSetPerArch() {
		for i, form := range forms {
			if i%2 == 0 && set.Arch != "armv7m" && set.Arch != "x64" {
				continue
			}
			if set.Arch == "xtensawin" && slices.Equal(form.sources, cxx) {
				continue // its package has no C++
			}
			t.Run(set.Arch+"/"+form.name, func(t *testing.T) {
				t.Parallel()
				companion, objects := debugModule(t, set, form.flags, "", form.sources...)
				validDebug(t, companion)
				sameFrames(t, companion)
				sameAbout(t, companion, objects[0])
				out, err := exec.Command("readelf", "--debug-dump=macro", companion).CombinedOutput()
				must(t, err)
				if strings.Contains(string(out), "offset : 0xffff") {
					t.Error("macros are looked for where there are none")
				}
				if form.name == "macros" && !strings.Contains(string(out), "DW_MACRO_import") {
					t.Error("no macro is shared: the test tests nothing")
				}
			})
		}
	}
}

// sameAbout: the companion says of its code what the first object says.
func sameAbout(t *testing.T, companion, object string) {
	t.Helper()
	names := map[string]bool{".ARM.attributes": true, ".riscv.attributes": true, ".xtensa.info": true}
	content := func(file string) []byte {
		f, err := elf.Open(file)
		must(t, err)
		defer f.Close()
		for _, s := range f.Sections {
			if names[s.Name] {
				data, err := s.Data()
				must(t, err)
				return append(data, byte(s.Type))
			}
		}
		return nil
	}
	if want := content(object); !bytes.Equal(content(companion), want) {
		t.Errorf("the companion is for another machine than its object")
	}
}

// TestDebugSplit: of debug information that compilers keep in files of its own, the companion has what belongs into a link: lines, and
// where the rest is.
func TestDebugSplit(t *testing.T) {
	for _, set := range oneSetPerArch() {
		if set.Arch != "x64" && set.Arch != "armv7m" {
			continue
		}
		for _, flags := range []string{"-g -gsplit-dwarf", "-gdwarf-4 -gsplit-dwarf"} {
			t.Run(set.Arch+"/"+flags, func(t *testing.T) {
				companion, _ := debugModule(t, set, flags, "", "testdata/debug/wave.c", "testdata/debug/form.c")
				out, _ := exec.Command("llvm-dwarfdump", "--verify", companion).CombinedOutput()
				if strings.Contains(string(out), "error:") || strings.Contains(string(out), "warning:") {
					t.Errorf("llvm-dwarfdump: %s", out)
				}
				for line := range strings.Lines(link(t, "addr2line", "--text", "0", companion, text(t, companion, "helper"), text(t, companion, "form"))) {
					if !regexp.MustCompile(`(helper at .*wave\.c|form at .*form\.c):\d+$`).MatchString(strings.TrimSpace(line)) {
						t.Errorf("addr2line: %s", line)
					}
				}
				f, err := elf.Open(companion)
				must(t, err)
				defer f.Close()
				for _, s := range f.Sections {
					if strings.HasSuffix(s.Name, ".dwo") {
						t.Errorf("the companion has %s, which is not for links", s.Name)
					}
				}
				if gdb, err := exec.Command("gdb-multiarch", "-nx", "-batch", "-ex", "info line wave.c:11", "-ex", "ptype helper", companion).CombinedOutput(); err != nil ||
					!strings.Contains(string(gdb), "Line 11") || !strings.Contains(string(gdb), "int (int, int)") {
					t.Errorf("gdb does not find what the compiler split off: %v\n%s", err, gdb)
				}
			})
		}
	}
}

// text returns the address of a function in a companion.
func text(t *testing.T, companion, function string) string {
	t.Helper()
	out, err := exec.Command("nm", companion).Output()
	must(t, err)
	at := regexp.MustCompile(`(?m)^(\w+) [tT] ` + function + `$`).FindSubmatch(out)
	if at == nil {
		t.Fatalf("no function %s in\n%s", function, out)
	}
	return string(at[1])
}

// TestDebugCompilers: what newer compilers write.
func TestDebugCompilers(t *testing.T) {
	must(t, fixtures.UseBeds(root))
	seen := map[string]bool{}
	for _, set := range fixtures.NewerSets() {
		compiler := set.Compiler()
		newest := regexp.MustCompile(`gcc15|gcc16|clang22`).MatchString(set.Name)
		if !strings.HasSuffix(set.Name, "-Os-fpic-sections") || seen[compiler.Command] && !newest {
			continue
		}
		seen[compiler.Command] = true
		t.Run(set.Name, func(t *testing.T) {
			t.Parallel()
			companion, objects := debugModule(t, set, "-g", "-O --defsym=__aeabi_uidiv=0x101", "testdata/debug/wave.c", "testdata/debug/form.c")
			sameFrames(t, companion)
			sameAbout(t, companion, objects[0])
			var complaints strings.Builder
			cmd := exec.Command("readelf", "-aW", "--debug-dump", companion)
			cmd.Stderr = &complaints
			must(t, cmd.Run())
			if complaints.Len() > 0 {
				t.Errorf("readelf: %s", complaints.String())
			}
		})
	}
}

// TestDebugShortened: where a link makes code shorter, lines follow: functions have the same lines in the same order.
func TestDebugShortened(t *testing.T) {
	for _, set := range fixtures.Sets() {
		if !strings.HasSuffix(set.Name, "-relax") {
			continue
		}
		t.Run(set.Name, func(t *testing.T) {
			t.Parallel()
			const flags = "-g -ffunction-sections"
			sources := []string{"testdata/debug/wave.c", "testdata/debug/form.c"}
			before, _ := debugModule(t, set, flags, "", sources...)
			after, _ := debugModule(t, set, flags, "-O", sources...)
			validDebug(t, after)
			sameFrames(t, after)
			size := func(file string) uint64 {
				f, err := elf.Open(file)
				must(t, err)
				defer f.Close()
				return f.Section(".text").Size
			}
			if size(after) >= size(before) {
				t.Errorf("text has %d bytes, and had %d: the test tests nothing", size(after), size(before))
			}
			was, is := linesOf(t, before), linesOf(t, after)
			for _, name := range []string{"mpy_init", "add", "helper", "form"} {
				if got, want := inOrder(is[name]), inOrder(was[name]); got != want || got == "" {
					t.Errorf("%s has the lines\n%swant\n%s", name, got, want)
				}
			}
		})
	}
}

// inOrder leaves out of the lines of a function where in it they are.
func inOrder(lines string) string {
	return regexp.MustCompile(`(?m)^\+\d+ `).ReplaceAllString(lines, "")
}
