package mpyld_test

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mpyld/fixtures"
)

var update = flag.Bool("update", false, "rewrite examples from the fixtures")

// TestExample: the object in examples/hello is the stored fixture.
func TestExample(t *testing.T) {
	sets := fixtures.Sets()
	set := sets[slices.IndexFunc(sets, func(s fixtures.Set) bool { return s.Name == "armv7m-gcc12.2-Os-fpic" })]
	cases, err := set.Cases()
	if err != nil {
		t.Fatal(err)
	}
	c := cases[slices.IndexFunc(cases, func(c fixtures.Case) bool { return c.Name == "hello" })]
	for name, want := range map[string][]byte{"config.h": c.Config, "hello.o": c.Objects[0].Data} {
		file := filepath.Join("examples", "hello", name)
		if *update {
			if err := os.WriteFile(file, want, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not the fixture's: go test . -update (%v)", file, err)
		}
	}
}

// TestREADME runs the commands of the console blocks in README.md, in order,
// and compares what they print.
func TestREADME(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "examples"), os.DirFS("examples")); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "mpyld")
	if out, err := exec.Command("go", "build", "-o", program, "./cmd/mpyld").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	commands := 0
	for _, block := range strings.Split(string(text), "```console\n")[1:] {
		block, _, _ = strings.Cut(block, "```")
		for _, part := range strings.Split(block, "$ ")[1:] {
			line, want, _ := strings.Cut(part, "\n")
			args := strings.Fields(line)
			if len(args) < 3 || strings.Join(args[:3], " ") != "go run ./cmd/mpyld" {
				t.Errorf("%q: not a command this test can run", line)
				continue
			}
			cmd := exec.Command(program, args[3:]...)
			cmd.Dir = dir
			got, err := cmd.CombinedOutput()
			if err != nil || string(got) != want {
				t.Errorf("$ %s\ngot:\n%swant:\n%s%v", line, got, want, err)
			}
			commands++
		}
	}
	if commands < 2 {
		t.Errorf("%d commands in README.md", commands)
	}
}
