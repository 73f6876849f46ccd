//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mpyld/relocs/machines"
)

// begun begins a module and returns its directory.
func begun(t *testing.T, language string) string {
	t.Helper()
	dir := t.TempDir()
	inDirectory(t, dir, nil, "new", "--lang", language, "wave")
	return filepath.Join(dir, "wave")
}

// inDirectory runs mpyld in a directory, where it must succeed.
func inDirectory(t *testing.T, dir string, env []string, args ...string) {
	t.Helper()
	argv := append(strings.Fields(mpyld), args...)
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("mpyld %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// passes runs the test script of a begun module in the beds of an architecture.
func passes(t *testing.T, dir, arch string) {
	t.Helper()
	for _, b := range bedsRunning(t, arch) {
		if got := b.run(t, filepath.Join(dir, "test.py"), filepath.Join(dir, "dist", arch+"_6.3")); got != "ok\n" {
			t.Errorf("%s in bed %s: %s", arch, b.name, got)
		}
	}
}

// everyRelease are all that a module can be for. Those of one ABI share a module.
const everyRelease = "1.12,1.13,1.14,1.15,1.16,1.17,1.18,1.19,1.20,1.21,1.22,1.23,1.24,1.25,1.26,1.27,1.28,1.29,1.30-preview," +
	"circuitpython-9.2,circuitpython-10.0,circuitpython-10.1,circuitpython-10.2,circuitpython-10.3,circuitpython-10.4"

// TestNew: a module that mpyld begins is built as it is, for all architectures and releases, and
// passes its test on each machine.
func TestNew(t *testing.T) {
	for _, language := range []string{"c", "c++"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			dir := begun(t, language)
			buildModule(t, dir, "--arch", "all")
			for _, arch := range machines.All() {
				passes(t, dir, arch.Name)
			}
			if out := buildModule(t, dir, "--arch", "all", "--target", everyRelease); !strings.Contains(out, "built 61 of 61 in ") {
				t.Errorf("for all releases:\n%s", out)
			}
		})
	}
}

// newRust is TestNew for Rust, with a core library that is compiled already.
func newRust(t *testing.T, arch, core string) {
	t.Helper()
	dir := begun(t, "rust")
	inDirectory(t, dir, []string{"PATH=" + fakeCargo(t, core) + string(os.PathListSeparator) + os.Getenv("PATH")}, "build", "--arch", arch)
	passes(t, dir, arch)
}

// fakeCargo returns a directory with a cargo that builds modules that mpyld began. Debian's is for another
// compiler than the core library's source, so a script does what it is for.
func fakeCargo(t *testing.T, core string) (bin string) {
	t.Helper()
	bin = t.TempDir()
	script := `#!/bin/sh -e
test "$*" = "build --release --target $4 --target-dir $6"
name=$(sed -n 's/^name = "\(.*\)"$/\1/p' Cargo.toml)
mkdir -p "$6/$4/release"
exec ` + rustc + ` --edition 2021 --target "$4" --sysroot '` + core + `' -L '` + core + `' --crate-type staticlib --crate-name "$name" -D warnings \
	-C panic=abort -C opt-level=s -C codegen-units=1 -C lto -o "$6/$4/release/lib$name.a" src/lib.rs
`
	must(t, os.WriteFile(filepath.Join(bin, "cargo"), []byte(script), 0o777))
	return bin
}
