//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mpyld/fixtures"
	"mpyld/relocs/machines"
)

// TestFloatsAnswer: every Cortex-M firmware imports modules for every core that
// is no richer. The floats of some are wrong there, and mpyld check says of
// which.
func TestFloatsAnswer(t *testing.T) {
	number := filepath.Join(t.TempDir(), "number.py")
	must(t, os.WriteFile(number, []byte("import sys; print(sys.implementation._mpy)"), 0o666))
	right, wrong := 0, 0
	for _, set := range oneSetPerArch() {
		if !strings.HasPrefix(set.Arch, "armv") {
			continue
		}
		c := must1(set.Case("floats"))(t)
		dir := linkFixture(t, set.Arch, c)
		for _, b := range append(bedsRunning(t, set.Arch), bedsLoading(t, set.Arch)...) {
			device := strings.TrimSpace(b.run(t, number))
			argv := append(strings.Fields(mpyld), "check", "--device", device, filepath.Join(dir, "floats.mpy"))
			answer, _ := exec.Command(argv[0], argv[1:]...).CombinedOutput()
			_, says, _ := strings.Cut(string(answer), "floats.mpy: ")
			switch out := b.exec(filepath.Join(dir, "test.py"), dir); {
			case out.err == nil && out.text == c.TestOut && strings.HasPrefix(says, "yes: "):
				right++
			case out.text != c.TestOut && strings.HasPrefix(says, "no: ") && strings.Contains(says, "its floats are wrong"):
				wrong++
			default:
				t.Errorf("%s in bed %s: printed %q, and the answer is %s", set.Arch, b.name, out.text, answer)
			}
		}
	}
	if right < 5 || wrong < 4 {
		t.Errorf("only %d are right, and %d wrong", right, wrong)
	}
}

// TestSoftFP: a module that is linked for softfp firmware uses the unit, and
// gets floats in core registers. No bed is built so, but the one for Cortex-M3
// passes floats in that way and runs on a processor with a unit: it takes the
// file when its header says armv7m.
func TestSoftFP(t *testing.T) {
	set := must1(fixtures.SetNamed("armv7emsp-gcc12.2-Os-fpic"))(t)
	c := must1(set.Case("floats"))(t)
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	must(t, os.WriteFile(in("config.h"), c.Config, 0o666))
	must(t, os.WriteFile(in("test.py"), []byte(c.TestPy), 0o666))
	compilerOf(t, set)(slices.Concat(set.Flags, []string{
		"-mfloat-abi=softfp", "-std=c99", "-I", dir, "-I", filepath.Join(root, "fixtures/src"),
		"-o", in("floats.o"), "-c", filepath.Join(root, "fixtures/src/floats/floats.c"),
	})...)
	args := []string{"--arch", "armv7emsp", "--qstrs", in("config.h"), "-o", in("floats.mpy"), in("floats.o")}
	argv := append(strings.Fields(mpyld), args...)
	if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err == nil || !strings.Contains(string(out), "link for that with --float-abi softfp") {
		t.Errorf("without --float-abi: %v\n%s", err, out)
	}
	link(t, append(args, "--float-abi", "softfp")...)

	data, err := os.ReadFile(in("floats.mpy"))
	must(t, err)
	const archShift = 2
	data[2] = data[2]&3 | machines.For("armv7m").Code<<archShift
	must(t, os.WriteFile(in("floats.mpy"), data, 0o666))
	for _, b := range bedsRunning(t, "armv7m") {
		if got := b.run(t, in("test.py"), dir); got != c.TestOut {
			t.Errorf("bed %s printed %q, want %q", b.name, got, c.TestOut)
		}
	}
}
