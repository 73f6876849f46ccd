//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	system "runtime"
	"strings"
	"testing"
)

// TestRelease: a release that is made of the same sources in another directory, with nothing that Go
// has kept, is the same, and what is in it works.
func TestRelease(t *testing.T) {
	platform := system.GOOS + "/" + system.GOARCH
	sums := make([]string, 2)
	made := make([]string, 2)
	for i := range made {
		sources := filepath.Join(t.TempDir(), "sources")
		copySources(t, sources)
		made[i] = filepath.Join(t.TempDir(), "release")
		cmd := exec.Command("go", "run", "./release", "-only", platform, "-o", made[i])
		cmd.Dir, cmd.Env = sources, os.Environ()
		if i > 0 {
			cmd.Env = append(cmd.Env, "GOCACHE="+t.TempDir())
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		text, err := os.ReadFile(filepath.Join(made[i], "SHA256SUMS"))
		if err != nil {
			t.Fatal(err)
		}
		sums[i] = string(text)
	}
	if sums[0] != sums[1] {
		t.Errorf("two releases of the same sources:\n%s%s", sums[0], sums[1])
	}
	check := exec.Command("sh", "-c", "sha256sum -c SHA256SUMS && tar -xf *.tar.xz && mv mpyld-*/ unpacked && "+
		"cd unpacked && test -s LICENSES && man -l mpyld.1 >/dev/null && ./mpyld man | cmp - mpyld.1 && "+
		"./mpyld completion bash | cmp - completion/mpyld.bash && ./mpyld --version")
	check.Dir = made[0]
	if out, err := check.CombinedOutput(); err != nil || !strings.Contains(string(out), "for MicroPython") {
		t.Errorf("%v\n%s", err, out)
	}
}

// copySources copies what the repository keeps, without its history.
func copySources(t *testing.T, to string) {
	t.Helper()
	script := `mkdir -p "$1" && git ls-files -z --cached --others --exclude-standard | xargs -0 tar -cf - | tar -xf - -C "$1"`
	cmd := exec.Command("sh", "-c", script, "sh", to)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
