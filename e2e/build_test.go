//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// buildArchs are the architectures that there is a compiler and a bed for.
var buildArchs = []string{"x86", "x64", "armv6m", "armv7m", "armv7emsp", "armv7emdp", "xtensa", "xtensawin", "rv32imc", "rv64imc"}

// buildModule runs mpyld build in a directory.
func buildModule(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command(mpyld, append([]string{"build"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":"+filepath.Join(bedsDir(t), "bin"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("mpyld build %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// TestBuild: a source becomes a module for every architecture with one command, with
// the flags that make the smallest, and each works in its beds.
func TestBuild(t *testing.T) {
	dir := t.TempDir()
	must(t, os.CopyFS(dir, os.DirFS("testdata/build")))
	out := buildModule(t, dir, "--arch", "all", "-Iinclude", "wave.c", "table.c")
	if !strings.Contains(out, "built 10 of 10") || strings.Contains(out, "warning") {
		t.Errorf("printed\n%s", out)
	}
	for _, arch := range buildArchs {
		for _, b := range bedsRunning(t, arch) {
			t.Run(b.name+"/"+arch, func(t *testing.T) {
				got := b.run(t, filepath.Join(dir, "test.py"), filepath.Join(dir, "dist", arch+"_6.3"))
				if want := "42 7 wave [3, 1, 2] 150\n"; got != want {
					t.Errorf("printed %q, want %q", got, want)
				}
			})
		}
	}
	if again := buildModule(t, dir, "--arch", "all", "-Iinclude", "wave.c", "table.c"); strings.Count(again, "up to date") != 10 {
		t.Errorf("nothing has changed, but\n%s", again)
	}
}
