package mpyld_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"mpyld/fixtures"
)

var update = flag.Bool("update", false, "rewrite examples from the fixtures")

// TestExample: examples/hello is the stored fixture and what it was made of.
func TestExample(t *testing.T) {
	_, c, err := fixtures.Stored("armv7m-gcc12.2-Os-fpic", "hello")
	if err != nil {
		t.Fatal(err)
	}
	example := map[string][]byte{"config.h": c.Config, "hello.o": c.Objects[0].Data}
	for name, source := range map[string]string{"hello.c": "hello/hello.c", "mpy.h": "mpy.h"} {
		if example[name], err = fixtures.Source(source); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range example {
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

// documents are the files that users read.
func documents(t *testing.T) []string {
	t.Helper()
	docs, err := filepath.Glob("docs/*.md")
	if err != nil || len(docs) == 0 {
		t.Fatalf("%d files in docs (%v)", len(docs), err)
	}
	return append([]string{"README.md"}, docs...)
}

// TestDocuments runs the commands of the console blocks in each document, in
// order, and compares what they print.
func TestDocuments(t *testing.T) {
	program := filepath.Join(t.TempDir(), "mpyld")
	if out, err := exec.Command("go", "build", "-o", program, "./cmd/mpyld").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	commands := map[string]int{}
	for _, doc := range documents(t) {
		dir := t.TempDir()
		if err := os.CopyFS(filepath.Join(dir, "examples"), os.DirFS("examples")); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range strings.Split(string(text), "```console\n")[1:] {
			block, _, _ = strings.Cut(block, "```")
			for _, part := range strings.Split(block, "$ ")[1:] {
				runDocumented(t, doc, program, dir, part)
				commands[doc]++
			}
		}
	}
	for doc, least := range map[string]int{"README.md": 5, "docs/VERBS.md": 6} {
		if commands[doc] < least {
			t.Errorf("%d commands in %s", commands[doc], doc)
		}
	}
}

// runDocumented runs a command line with, below it, what it prints.
func runDocumented(t *testing.T, doc, program, dir, part string) {
	t.Helper()
	line, want, _ := strings.Cut(part, "\n")
	args := strings.Fields(line)
	if len(args) < 3 || strings.Join(args[:3], " ") != "go run ./cmd/mpyld" {
		t.Errorf("%s: %q: not a command this test can run", doc, line)
		return
	}
	cmd := exec.Command(program, args[3:]...)
	cmd.Dir = dir
	got, err := cmd.CombinedOutput()
	if err != nil || string(got) != want {
		t.Errorf("%s: $ %s\ngot:\n%swant:\n%s%v", doc, line, got, want, err)
	}
}

// TestGoOfReadme compiles what README.md shows of the library.
func TestGoOfReadme(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, ok := strings.Cut(string(text), "```go\n")
	block, _, closed := strings.Cut(block, "```")
	if !ok || !closed {
		t.Fatal("README.md shows no Go")
	}
	dir := t.TempDir()
	file, overlay := filepath.Join(dir, "main.go"), filepath.Join(dir, "overlay.json")
	program := "package main\n\nimport (\n\"context\"\n\"os\"\n\n\"mpyld\"\n\"mpyld/target\"\n)\n\nfunc main() {\nctx := context.Background()\n" + block + "_, _ = m, err\n}\n"
	there, err := filepath.Abs("cmd/readme/main.go")
	if err != nil {
		t.Fatal(err)
	}
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{there: file}})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{file: []byte(program), overlay: replace} {
		if err := os.WriteFile(name, content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("go", "build", "-overlay", overlay, "-o", os.DevNull, "./cmd/readme").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestLinks: where a document points to a file, there is one.
func TestLinks(t *testing.T) {
	target := regexp.MustCompile(`\]\(([^)#:]+)[^)]*\)`)
	for _, doc := range append(documents(t), "CHANGELOG.md", "CONTRIBUTING.md") {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range target.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(doc), m[1])); err != nil {
				t.Errorf("%s: %v", doc, err)
			}
		}
	}
}
