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
	"testing"

	"mpyld/fixtures"
)

// directForms are ways to compile for debuggers code that loads addresses directly when it is linked with -O.
var directForms = []string{
	"-Os -gdwarf-5",
	"-O2 -gdwarf-4 -ffunction-sections",
	"-O1 -gdwarf-5 -gdwarf64 -ffunction-sections",
	"-O0 -g3",
	"-O3 -gdwarf-5 -gz=zlib -funroll-loops",
	"-Os -gdwarf-3",
	"-O2 -gdwarf-2",
	"-O2 -gdwarf-4 -fdebug-types-section",
}

// TestDebugDirect: with -O, Arm code of -fpic loads addresses directly with a companion as without, of all compilers. The
// companion is in order, and says of functions and of each of their instructions what it says of code as compilers made it.
func TestDebugDirect(t *testing.T) {
	must(t, fixtures.UseBeds(root))
	newer := slices.DeleteFunc(fixtures.NewerSets(), func(s fixtures.Set) bool { return !strings.HasSuffix(s.Name, "-Os-fpic-sections") })
	sets := 0
	for _, set := range append(slices.DeleteFunc(fixtures.Sets(), func(s fixtures.Set) bool { return !strings.HasSuffix(s.Name, "gcc12.2-Os-fpic") }), newer...) {
		if !strings.HasPrefix(set.Arch, "armv") {
			continue
		}
		sets++
		for i, form := range directForms {
			if i > 3 && set.Arch != "armv7m" || clang.MatchString(set.Name) && strings.Contains(form, "gdwarf64") {
				continue
			}
			t.Run(set.Name+"/"+form, func(t *testing.T) {
				t.Parallel()
				options := "-O"
				if set.Arch == "armv6m" {
					options += " --defsym=__aeabi_uidiv=0x101"
				}
				sources := []string{"testdata/debug/wave.c", "testdata/debug/form.c"}
				is, objects := debugModule(t, set, form, options, sources...)
				was, _ := debugModule(t, set, form, options+" --no-relax=direct", sources...)
				without := filepath.Join(t.TempDir(), "wave.mpy")
				link(t, slices.Concat([]string{"--arch", set.Arch, "--qstrs", filepath.Join(filepath.Dir(is), "config.h"), "--gc-sections", "-o", without}, strings.Fields(options), objects)...)
				if !bytes.Equal(content(t, without), content(t, filepath.Join(filepath.Dir(is), "wave.mpy"))) {
					t.Error("the companion makes another module")
				}
				if !clang.MatchString(set.Name) && bytes.Equal(content(t, is), content(t, was)) { // clang may have no need of the GOT
					t.Error("no code loads addresses directly: the test tests nothing")
				}
				followed(t, is, was)
				sameFrames(t, is)
			})
		}
	}
	if sets < 8 {
		t.Errorf("%d sets", sets)
	}
}

var clang = regexp.MustCompile("clang|zig")

// TestDebugDirectRust: so it is in Rust.
func TestDebugDirectRust(t *testing.T) {
	is, was := t.TempDir(), t.TempDir()
	debuggedModule(t, is, "armv7m", "rust", "-O", "testdata/gdb/wave.rs")
	debuggedModule(t, was, "armv7m", "rust", "-O --no-relax=direct", "testdata/gdb/wave.rs")
	if bytes.Equal(content(t, filepath.Join(is, "wave.mpy")), content(t, filepath.Join(was, "wave.mpy"))) {
		t.Error("no code loads addresses directly: the test tests nothing")
	}
	followed(t, filepath.Join(is, "wave.elf"), filepath.Join(was, "wave.elf"))
}

func content(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	must(t, err)
	return data
}

// followed compares a companion with that of the same objects whose code is as compilers made it.
func followed(t *testing.T, is, was string) {
	t.Helper()
	known := complaints(t, was) // about what compilers write, whoever links it
	for complaint := range complaints(t, is) {
		if !known[complaint] {
			t.Errorf("%s", complaint)
		}
	}
	a, b := linesOf(t, is), linesOf(t, was)
	for name := range b {
		if got, want := inOrder(a[name]), inOrder(b[name]); got != want {
			t.Errorf("%s has the lines\n%swant\n%s", name, got, want)
		}
	}
	if got, want := dumped(t, "frames", is), dumped(t, "frames", was); got != want {
		t.Errorf("frames are\n%swant\n%s", got, want)
	}
	compared := 0
	x, y := instructions(t, is), instructions(t, was)
	for name := range y {
		pairs := alike(x[name], y[name])
		compared += len(pairs)
		if len(pairs) == 0 {
			continue
		}
		var at, from []string
		for _, p := range pairs {
			at, from = append(at, p[0]), append(from, p[1])
		}
		got, want := placesOf(t, is, at), placesOf(t, was, from)
		for i := range pairs {
			if got[i] != want[i] {
				t.Errorf("%s: %s is %s, and %s was %s", name, at[i], got[i], from[i], want[i])
			}
		}
	}
	if compared < 30 {
		t.Errorf("only %d instructions are compared", compared)
	}
}

// complaints are those of readelf and llvm-dwarfdump about a file, without addresses.
func complaints(t *testing.T, file string) map[string]bool {
	t.Helper()
	var text strings.Builder
	cmd := exec.Command("readelf", "-aW", "--debug-dump", file)
	cmd.Stderr = &text
	must(t, cmd.Run())
	out, _ := exec.Command("llvm-dwarfdump", "--verify", file).CombinedOutput()
	if !strings.Contains(string(out), "Verifying unit: 1") {
		t.Errorf("llvm-dwarfdump has verified nothing: %s", out)
	}
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "error:") || strings.Contains(line, "warning:") {
			text.WriteString(line)
		}
	}
	all := map[string]bool{}
	for line := range strings.Lines(regexp.MustCompile(`0x[0-9a-f]+`).ReplaceAllString(text.String(), "")) {
		all[line] = true
	}
	return all
}

// dumped is what readelf says of a part of debug information, without addresses and offsets.
func dumped(t *testing.T, part, file string) string {
	t.Helper()
	out, err := exec.Command("readelf", "--debug-dump="+part, file).Output()
	must(t, err)
	text := regexp.MustCompile(`(DW_CFA_advance_loc)\d?: .*`).ReplaceAllString(string(out), "$1")
	text = regexp.MustCompile(`(?m) *DW_CFA_nop\n`).ReplaceAllString(text, "")
	return regexp.MustCompile(`(?m)^[0-9a-f]{8}.*( [CF]DE| CIE).*$|^\w+ \w+ \w+ (CIE|FDE).*$`).ReplaceAllString(text, "entry")
}

// placesOf asks LLVM for the functions and lines of addresses.
func placesOf(t *testing.T, file string, addrs []string) []string {
	t.Helper()
	out, err := exec.Command("llvm-addr2line", append([]string{"-f", "-i", "-a", "-e", file}, addrs...)...).Output()
	must(t, err)
	list := regexp.MustCompile(`(?m)^0x[0-9a-f]+\n`).Split(string(out), -1)[1:]
	if len(list) != len(addrs) {
		t.Fatalf("%d places of %d addresses", len(list), len(addrs))
	}
	for i := range list {
		list[i] = regexp.MustCompile(` \(discriminator.*\)|(?m)^/.*/`).ReplaceAllString(list[i], "")
	}
	return list
}

// instructions returns the address and text of those of each function that are for something else than to get at addresses.
func instructions(t *testing.T, file string) map[string][][2]string {
	t.Helper()
	out, err := exec.Command("arm-none-eabi-objdump", "-d", "--no-show-raw-insn", file).Output()
	must(t, err)
	all := map[string][][2]string{}
	function := ""
	start, line := regexp.MustCompile(`^[0-9a-f]+ <(.*)>:$`), regexp.MustCompile(`^ *([0-9a-f]+):\t([a-z].*)$`)
	target := regexp.MustCompile(`(\b[0-9a-f]+ )?<.*|[;@].*|\.[nw]\b`)
	for text := range strings.Lines(string(out)) {
		text = strings.TrimRight(text, "\n")
		if m := start.FindStringSubmatch(text); m != nil {
			function = m[1]
		} else if m := line.FindStringSubmatch(text); m != nil && !strings.Contains(text, "pc, #") && !strings.Contains(text, "nop") && !strings.Contains(text, "r8, r8") {
			all[function] = append(all[function], [2]string{"0x" + m[1], target.ReplaceAllString(m[2], "")})
		}
	}
	return all
}

// alike pairs the addresses of instructions with the same text, as many as possible in order.
func alike(a, b [][2]string) (pairs [][2]string) {
	longest := make([][]int, len(a)+1)
	for i := range longest {
		longest[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			if a[i][1] == b[j][1] {
				longest[i][j] = max(longest[i][j], longest[i+1][j+1]+1)
			}
		}
	}
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i][1] == b[j][1] && longest[i][j] == longest[i+1][j+1]+1:
			pairs = append(pairs, [2]string{a[i][0], b[j][0]})
			i, j = i+1, j+1
		case longest[i+1][j] >= longest[i][j+1]:
			i++
		default:
			j++
		}
	}
	return pairs
}
