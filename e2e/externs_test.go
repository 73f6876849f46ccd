//go:build e2e

package e2e

import (
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mpyld/fixtures"
)

// TestExterns links a module against an address in the interpreter that runs
// it. The port beds are linked at fixed addresses, like firmware; the Debian
// binaries are not, and x86 and x64 have only those.
func TestExterns(t *testing.T) {
	const symbol = "utf8_charlen"
	done := map[string]bool{}
	for _, set := range fixtures.Sets() {
		if done[set.Arch] || set.Arch == "x86" || set.Arch == "x64" {
			continue
		}
		done[set.Arch] = true
		t.Run(set.Arch, func(t *testing.T) {
			t.Parallel()
			program := filepath.Join(bedsDir(t), "home", set.Arch, "micropython")
			dir := t.TempDir()
			script := filepath.Join(dir, "rom.ld")
			text := fmt.Sprintf("/* in the interpreter */ PROVIDE ( %s = %#x );\n", symbol, addressIn(t, program, symbol))
			must(t, os.WriteFile(script, []byte(text), 0o666))
			bed := allBeds(t)[slices.IndexFunc(allBeds(t), func(b bed) bool { return b.name == set.Arch })]
			for _, pic := range callStyles(set.Arch) {
				object, config := compileExterns(t, set, dir, pic)
				link(t, "--arch", set.Arch, "--externs", script, "--qstrs", config, "-o", filepath.Join(dir, "externs.mpy"), object)
				if got, want := bed.run(t, "testdata/externs/test.py", dir), "11 11 10\n"; got != want {
					t.Errorf("%s: printed %q, want %q", pic, got, want)
				}
			}
		})
	}
	if len(done) < 8 {
		t.Errorf("only %d architectures", len(done))
	}
}

// callStyles returns the flags with which a compiler calls other files in
// different ways: Xtensa code has literals for them only if it is -fpic.
func callStyles(arch string) []string {
	if strings.HasPrefix(arch, "xtensa") {
		return []string{"-fpic", "-fno-pic"}
	}
	return []string{"-fpic"}
}

// addressIn returns a symbol's value in an ELF program.
func addressIn(t *testing.T, program, symbol string) uint64 {
	t.Helper()
	f, err := elf.Open(program)
	must(t, err)
	defer f.Close()
	syms, err := f.Symbols()
	must(t, err)
	for _, s := range syms {
		if s.Name == symbol {
			return s.Value
		}
	}
	t.Fatalf("%s has no symbol %s", program, symbol)
	return 0
}

// compileExterns compiles the module with the set's compiler and flags.
func compileExterns(t *testing.T, set fixtures.Set, dir, pic string) (object, config string) {
	t.Helper()
	config, object = filepath.Join(dir, "config.h"), filepath.Join(dir, "externs.o")
	const source = "testdata/externs/externs.c"
	link(t, "--preprocess", "-o", config, source)
	cc := set.Compiler()
	args := append(set.Args(source), pic, "-I", dir, "-I", filepath.Join(root, "fixtures/src"), "-o", object, "-c", source)
	cmd := exec.Command(cc.Command, args...)
	cmd.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":"+filepath.Join(bedsDir(t), "bin"))
	if cmd.Err != nil { // not on our own PATH
		cmd = exec.Command(filepath.Join(bedsDir(t), "bin", cc.Command), args...)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cc.Command, err, out)
	}
	return object, config
}
