//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// root is the repository; go test starts in the package's directory.
const root = ".."

// scriptTimeout is generous: a script takes about 0.1 s, but a module that
// was linked wrongly may well loop for ever.
const scriptTimeout = 60 * time.Second

// A bed is one interpreter that beds/setup.sh installed.
type bed struct {
	name  string
	kind  string   // "debian" or "port"
	runs  []string // archs whose modules must behave correctly here
	loads []string // archs it accepts, but exchanges floats with wrongly

	prefix []string // command that runs it; nil: none
}

// beds returns the rows of `beds/run --list`.
var beds = sync.OnceValues(func() ([]bed, error) {
	out, err := exec.Command(filepath.Join(root, "beds/run"), "--list").Output()
	if err != nil {
		return nil, fmt.Errorf("beds/run --list: %w", err)
	}
	archs := func(field string) []string {
		if field == "-" {
			return nil
		}
		return strings.Split(field, ",")
	}
	var list []bed
	for line := range strings.Lines(string(out)) {
		field := strings.Split(strings.TrimSpace(line), "\t")
		if len(field) != 5 {
			return nil, fmt.Errorf("beds/run --list: cannot read %q", line)
		}
		list = append(list, bed{name: field[0], kind: field[1], runs: archs(field[3]), loads: archs(field[4])})
	}
	return list, nil
})

func allBeds(t *testing.T) []bed {
	t.Helper()
	list, err := beds()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// bedsRunning returns the beds in which modules of an arch must behave
// correctly. That there is none is a failure, like a bed that is not built.
func bedsRunning(t *testing.T, arch string) []bed {
	t.Helper()
	var list []bed
	for _, b := range allBeds(t) {
		if slices.Contains(b.runs, arch) {
			list = append(list, b)
		}
	}
	if len(list) == 0 {
		t.Fatalf("no bed runs %s modules", arch)
	}
	return list
}

// output is what a script printed, stdout and stderr as one, and how it ended.
type output struct {
	text string
	err  error
}

// exec runs a script with the directories of its modules on the import path.
func (b bed) exec(script string, moduleDirs ...string) output {
	ctx, cancel := context.WithTimeout(context.Background(), scriptTimeout)
	defer cancel()
	argv := append(slices.Clone(b.prefix), filepath.Join(root, "beds/run"), b.name, script)
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), "MICROPYPATH="+strings.Join(moduleDirs, ":"))
	var both bytes.Buffer
	cmd.Stdout, cmd.Stderr = &both, &both
	err := cmd.Run()
	return output{text: both.String(), err: errors.Join(err, context.Cause(ctx))}
}

// run is exec for a script that must succeed; it returns what it printed.
func (b bed) run(t *testing.T, script string, moduleDirs ...string) string {
	t.Helper()
	out := b.exec(script, moduleDirs...)
	if out.err != nil {
		t.Fatalf("%s in bed %s: %v\n%s", script, b.name, out.err, out.text)
	}
	return out.text
}

// bedsDir is where beds/setup.sh installs, by the same rule as there.
func bedsDir(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("MPYLD_BEDS")
	if dir == "" {
		dir = filepath.Join(root, "build/beds")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestBedsWork runs beds/smoke.py everywhere, so that a broken bed is told
// from a broken module.
func TestBedsWork(t *testing.T) {
	for _, b := range allBeds(t) {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			if got := b.run(t, filepath.Join(root, "beds/smoke.py")); got != "ok\n" {
				t.Errorf("smoke.py printed %q, want ok", got)
			}
		})
	}
}
