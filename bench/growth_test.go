//go:build linux && e2e

package main

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestSteps: four times as much of anything takes at most 4.4 times the steps.
// They are counted, not timed: a program built with -cover counts how often each
// of its blocks runs, which is the same in every run, on every machine, but for
// the order of maps. Of Go's library it counts the packages whose loops do most
// for ours.
func TestSteps(t *testing.T) {
	program := filepath.Join(t.TempDir(), "mpyld")
	build := exec.Command("go", "build", "-cover", "-covermode=atomic", "-coverpkg=mpyld/...,slices,sort,strings,bytes", "-o", program, "../cmd/mpyld")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out, err := exec.Command("go", "tool", "-n", "covdata").Output()
	if err != nil {
		t.Fatal(err)
	}
	c := counter{program, strings.TrimSpace(string(out))}
	dependOnSources(t)
	for _, d := range dimensions() {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			quarter, whole := c.steps(t, d, d.n), c.steps(t, d, 4*d.n)
			if a, b := sum(quarter), sum(whole); float64(b) > maxGrowth*float64(a) {
				t.Errorf("%d take %d steps, %d take %d, which is %.1f times as many; most come from\n%s", d.n, a, 4*d.n, b, float64(b)/float64(a), worst(quarter, whole))
			} else {
				t.Logf("%.2f x: %d steps for %d, %d for %d", float64(b)/float64(a), a, d.n, b, 4*d.n)
			}
		})
	}
}

// dependOnSources looks at all that the program is built of, so that go test
// knows when an old result is of no use.
func dependOnSources(t *testing.T) {
	err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
			_, err = os.Stat(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func sum(blocks map[string]int) (steps int) {
	for _, n := range blocks {
		steps += n
	}
	return steps
}

// worst lists the blocks that grow most.
func worst(quarter, whole map[string]int) string {
	more := func(block string) int { return whole[block] - 4*quarter[block] }
	blocks := slices.SortedFunc(maps.Keys(whole), func(a, b string) int { return more(b) - more(a) })
	var b strings.Builder
	for _, block := range blocks[:min(6, len(blocks))] {
		fmt.Fprintf(&b, "%s: %d, %d\n", block, quarter[block], whole[block])
	}
	return b.String()
}

// counter counts the steps of a program.
type counter struct{ program, covdata string }

// steps runs the program on a sample and returns how often each block ran.
func (c *counter) steps(t *testing.T, d dimension, n int) map[string]int {
	t.Helper()
	dir, err := os.MkdirTemp("", "mpyld-steps-") // no comma, which separates directories of counters
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	s := d.make(n)
	for _, f := range s.all() {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	counters := filepath.Join(dir, "counters")
	if err := os.Mkdir(counters, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, args := range s.setup {
		c.run(dir, "GOCOVERDIR="+t.TempDir(), args)
	}
	said := c.run(dir, "GOCOVERDIR="+counters, s.argv(d.arch))
	text := filepath.Join(dir, "counters.txt")
	if out, err := exec.Command(c.covdata, "textfmt", "-i="+counters, "-o="+text).CombinedOutput(); err != nil {
		t.Fatalf("%s%v\n%s", said, err, out)
	}
	data, err := os.ReadFile(text)
	if err != nil {
		t.Fatal(err)
	}
	// "mpyld/link/place.go:73.44,75.19 2 1": two statements that ran once.
	blocks := map[string]int{}
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		if len(f) != 3 || f[2] == "0" {
			continue
		}
		count, err := strconv.Atoi(f[2])
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		blocks[f[0]] += count
	}
	return blocks
}

// run returns what the program says. Samples of what is wrong make it fail.
func (c *counter) run(dir, env string, args []string) []byte {
	cmd := exec.Command(c.program, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env)
	out, _ := cmd.CombinedOutput()
	return out
}
