package mpyld_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestBeforeMain: every run pays for what packages make before main, and a page of code for each
// that makes anything. Only the rows of machines and of releases are made then, which every link needs;
// all else is made when it is asked for (package lazy).
func TestBeforeMain(t *testing.T) {
	program := filepath.Join(t.TempDir(), "mpyld")
	if out, err := exec.Command("go", "build", "-o", program, "./cmd/mpyld").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command(program, "--version")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	const most = 180 // allocations
	rows := regexp.MustCompile(`^mpyld/(mpyfile|relocs/[a-z0-9]+)$`)
	line := regexp.MustCompile(`(?m)^init (mpyld/\S+|main) .* ([0-9]+) bytes, ([0-9]+) allocs$`)
	total, packages := 0, 0
	for _, m := range line.FindAllStringSubmatch(string(out), -1) {
		n, err := strconv.Atoi(m[3])
		if err != nil {
			t.Fatal(err)
		}
		if n > 0 && !rows.MatchString(m[1]) {
			t.Errorf("package %s allocates %d times (%s bytes) before main: make it a lazy.Value", m[1], n, m[2])
		}
		total, packages = total+n, packages+1
	}
	if packages < 5 || total > most {
		t.Errorf("%d packages allocate %d times before main\n%s", packages, total, out)
	}
}

// TestNothingHeavy: what is linked into the program costs time and memory at each start, whether it is
// used or not.
func TestNothingHeavy(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "./cmd/mpyld").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := strings.Fields(string(out))
	if !slices.Contains(packages, "mpyld/link") {
		t.Fatalf("the program has no linker: %v", packages)
	}
	for _, heavy := range []string{"net", "net/http", "crypto/tls", "crypto/x509", "html/template", "go/types", "testing", "log/slog", "encoding/gob"} {
		if slices.Contains(packages, heavy) {
			t.Errorf("the program has package %s", heavy)
		}
	}
}
