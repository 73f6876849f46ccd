//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// mpyld is the command line of the linker under test, as make's MPY_LD wants
// it: the binary that TestMain built, or $MPYLD_BIN. The latter may contain
// arguments, and be any linker with mpy_ld.py's command line.
var mpyld string

// shared is a directory for what tests make once for all of them.
var shared string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "mpyld-e2e-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		shared = dir
		mpyld = os.Getenv("MPYLD_BIN")
		if mpyld == "" {
			mpyld = filepath.Join(dir, "mpyld")
			build := exec.Command("go", "build", "-o", mpyld, "./cmd/mpyld")
			build.Dir = root
			if out, err := build.CombinedOutput(); err != nil {
				fmt.Fprintf(os.Stderr, "building mpyld: %v\n%s", err, out)
				return 1
			}
		}
		return m.Run()
	}())
}

// link runs mpyld, which must succeed, and returns what it printed.
func link(t *testing.T, args ...string) string {
	t.Helper()
	argv := append(strings.Fields(mpyld), args...)
	out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("mpyld %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}
