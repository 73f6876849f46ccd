package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A fakePython is a MicroPython whose scripts import modules and print texts. It is what
// FAKE_MPY and FAKE_MACHINE in the environment say.
type fakePython struct{ path []string }

// runFakePython is a program of the system: with a script, or one on the standard input.
func runFakePython() {
	p := &fakePython{path: filepath.SplitList(os.Getenv("MICROPYPATH"))}
	if len(os.Args) > 1 {
		p.path = append([]string{filepath.Dir(os.Args[1])}, p.path...)
		p.run(readOrPanic(os.Args[1]))
		return
	}
	code, err := io.ReadAll(os.Stdin)
	if err != nil {
		panic(err)
	}
	p.run(string(code))
}

// runFakeMpremote talks to a board that is there.
func runFakeMpremote() {
	words := os.Args[1:]
	if len(words) < 4 || words[0] != "connect" {
		panic(fmt.Sprint(words))
	}
	if words[1] != "auto" {
		fmt.Fprintln(os.Stderr, "mpremote: failed to access "+words[1])
		os.Exit(1)
	}
	words = words[2:]
	p := &fakePython{path: []string{""}}
	if words[0] == "mount" {
		p.path[0], words = words[1], words[2:]
	}
	if words[0] == "run" {
		words = []string{"exec", readOrPanic(words[1])}
	}
	p.run(words[1])
}

func readOrPanic(name string) string {
	data, err := os.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return string(data)
}

func (p *fakePython) run(code string) {
	if strings.Contains(code, "mpyld_interpreter") {
		fmt.Println("hello from boot.py")
		fmt.Println("mpyld_interpreter micropython 1.26.1", os.Getenv("FAKE_MPY"), os.Getenv("FAKE_MACHINE"))
		return
	}
	for line := range strings.Lines(code) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case word == "import":
			p.load(rest)
		case word == "raise":
			fmt.Fprintln(os.Stderr, "Traceback: "+rest)
			os.Exit(1)
		default:
			fmt.Println(strings.TrimSpace(line))
		}
	}
}

// load finds a module where import would.
func (p *fakePython) load(name string) {
	dir := slices.IndexFunc(p.path, func(dir string) bool { return exists(filepath.Join(dir, name+".mpy")) })
	if dir < 0 {
		fmt.Fprintf(os.Stderr, "ImportError: no module named '%s'\n", name)
		os.Exit(1)
	}
	fmt.Println(name, "from", filepath.ToSlash(p.path[dir]))
}
