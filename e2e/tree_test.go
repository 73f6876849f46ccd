//go:build e2e

package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mpyld/fixtures"
	"mpyld/mpytree"
	"mpyld/mpywriter"
)

// TestCompiled: whatever MicroPython's own mpy-cross makes, read and written
// again, is the same file, and each byte of it has a meaning.
func TestCompiled(t *testing.T) {
	dir := t.TempDir()
	files := 0
	for _, c := range fixtures.Compilations() {
		// -mcache-lookup-bc was an option until 1.17, and 1.28 is the first with an
		// assembler for xtensawin.
		if strings.HasSuffix(c.Name, "-cache") || c.Name == "xtensa-xtensawin" {
			continue
		}
		file := compile(t, dir, c.Source, c.Name, c.Flags...)
		want, err := os.ReadFile(file)
		must(t, err)
		total := 0
		tree, err := mpytree.ParseFields(want, func(f mpytree.Field) { total += f.Size })
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		if got, err := mpywriter.WriteTree(tree); err != nil || !bytes.Equal(got, want) || total != len(want) {
			t.Errorf("%s: another file (%v), %d of %d bytes have a meaning", c.Name, err, total, len(want))
		}
		files++
	}
	if files < 55 {
		t.Errorf("only %d files", files)
	}
}

// TestMergedByPython: what mpy-tool.py merges reads and writes the same too.
func TestMergedByPython(t *testing.T) {
	dir := t.TempDir()
	set := must1(fixtures.SetNamed("armv7m-gcc12.2-Os-fpic"))(t)
	out := filepath.Join(dir, "merged.mpy")
	args := []string{
		filepath.Join(sourceTree(t), "tools/mpy-tool.py"), "--merge", "-o", out,
		compile(t, dir, "constants.py", "constants"), linkCase(t, set, "qstrs", dir), compile(t, dir, "functions.py", "functions"),
	}
	if msg, err := exec.Command(python, args...).CombinedOutput(); err != nil {
		t.Fatalf("mpy-tool.py: %v\n%s", err, msg)
	}
	want, err := os.ReadFile(out)
	must(t, err)
	tree, err := mpytree.Parse(want)
	must(t, err)
	if got, err := mpywriter.WriteTree(tree); err != nil || !bytes.Equal(got, want) {
		t.Errorf("another file (%v)", err)
	}
}

// TestDisassembly: machine code of architectures without a library is shown by
// the toolchain's objdump.
func TestDisassembly(t *testing.T) {
	t.Setenv("PATH", filepath.Join(bedsDir(t), "bin")+":"+os.Getenv("PATH"))
	for arch, want := range map[string][]string{
		"armv7m":    {"push {r", "blx r", "ldr.w"},
		"armv6m":    {"push {r", "blx r"},
		"xtensa":    {"l32r a", "callx0 a", "addi"},
		"xtensawin": {"entry a1", "callx8 a", "retw.n"},
	} {
		set := must1(fixtures.SetNamed(arch + "-gcc12.2-Os-fpic"))(t)
		argv := append(strings.Fields(mpyld), "dump", linkCase(t, set, "hello", t.TempDir()))
		out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput()
		must(t, err)
		for _, insn := range want {
			if !strings.Contains(string(out), insn) {
				t.Errorf("%s: no %s in\n%s", arch, insn, out)
			}
		}
	}
}
