//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mpyld/fixtures"
)

// importAll prints what the device says of itself, and how importing each module
// ends.
const importAll = `import sys
print(sys.implementation._mpy)
for name in NAMES.split():
    try:
        __import__(name)
        print(name, "yes")
    except ValueError as e:
        print(name, "no: ValueError: %s" % e)
`

// TestCheck asks every interpreter, and mpyld check with the number that it
// says of itself, about modules of all architectures and of other versions. The
// answers are the same, to the word.
func TestCheck(t *testing.T) {
	dir := t.TempDir()
	var names []string
	add := func(name string, data []byte) {
		must(t, os.WriteFile(filepath.Join(dir, name+".mpy"), data, 0o666))
		names = append(names, name)
	}
	for _, set := range fixtures.Sets() {
		if arch, ok := strings.CutSuffix(set.Name, "-gcc12.2-Os-fpic"); ok {
			data, err := os.ReadFile(linkCase(t, set, "hello", t.TempDir()))
			must(t, err)
			add("hello_"+arch, data)
		}
	}
	for _, release := range []string{"1.12", "1.18", "1.19", "1.22", "1.23", "1.28"} {
		list, err := fixtures.Compiled(release)
		must(t, err)
		for _, f := range list {
			name := strings.TrimSuffix(f.Name, ".mpy")
			if slices.Contains([]string{"flow-O0", "flow-smallint", "native-armv7em", "native-x86", "native-x64", "native-armv7m"}, name) {
				add(strings.NewReplacer("-", "_", ".", "_").Replace(name+"_"+release), f.Data)
			}
		}
	}
	large := slices.Clone(must1(os.ReadFile(filepath.Join(dir, "flow_O0_1_28.mpy")))(t))
	large[3] = 40 // small ints that only machines with 64 bits have
	add("large", large)
	script := filepath.Join(dir, "all.py")
	must(t, os.WriteFile(script, fmt.Appendf(nil, "NAMES = %q\n%s", strings.Join(names, " "), importAll), 0o666))
	yes := 0
	for _, b := range allBeds(t) {
		device, answers, _ := strings.Cut(b.run(t, script, dir), "\n")
		for _, name := range names {
			argv := append(strings.Fields(mpyld), "check", "--device", device, filepath.Join(dir, name+".mpy"))
			out, err := exec.Command(argv[0], argv[1:]...).Output()
			_, answer, _ := bytes.Cut(out, []byte(".mpy: "))
			want := ""
			for line := range strings.Lines(answers) {
				if n, says, _ := strings.Cut(strings.TrimSpace(line), " "); n == name {
					want = says
				}
			}
			if want == "" || !strings.HasPrefix(string(answer), want+":") || (err == nil) != (want == "yes") {
				t.Errorf("bed %s (%s), %s: it says %q, mpyld check %q (%v)", b.name, device, name, want, answer, err)
			}
			if want == "yes" {
				yes++
			}
		}
	}
	if yes < 50 {
		t.Errorf("only %d are imported", yes)
	}
}

// must1 is must for calls with a result.
func must1[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		must(t, err)
		return v
	}
}
