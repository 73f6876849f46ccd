package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// build is programs made of sources with mistakes: the one that links the corpus,
// and the tests of packages. They are made when they are asked for.
type build struct {
	dir      string            // for what is made
	overlay  map[string]string // files, and what stands for them; absolute paths
	packages []testPackage

	linker string
	tests  map[string]string // by directory of a package: its tests

	right  *build          // of all mistakes, that without any is right; nil: this one
	passes map[string]bool // packages whose tests pass without a mistake
}

// testPackage is a package with tests.
type testPackage struct{ dir, path string }

// overlayFile writes the list of files for the go command.
func (b *build) overlayFile() (string, error) {
	data, err := json.Marshal(map[string]any{"Replace": b.overlay})
	if err != nil {
		return "", err
	}
	name := filepath.Join(b.dir, "overlay.json")
	return name, os.WriteFile(name, data, 0o666)
}

// replace has some text stand for a file.
func (b *build) replace(file, text string) (string, error) {
	name := filepath.Join(b.dir, strconv.Itoa(len(b.overlay)), filepath.Base(file))
	path, err := filepath.Abs(file)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(name), 0o777)
	}
	if err != nil {
		return "", err
	}
	b.overlay[path] = name
	return name, os.WriteFile(name, []byte(text), 0o666)
}

// makeLinker builds the program that links the corpus.
func (b *build) makeLinker() error {
	overlay, err := b.overlayFile()
	if err != nil {
		return err
	}
	b.linker = filepath.Join(b.dir, "links")
	out, err := exec.Command("go", "build", "-ldflags=-s -w", "-overlay", overlay, "-o", b.linker, "./mutate/links").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}

// linkTime is far more than the corpus takes: mistakes make endless loops too.
// Without a mistake it may take as long as a busy machine needs.
const (
	linkTime = 5 * time.Minute
	goodTime = time.Hour
)

// link links the corpus with a mistake, and returns what the program prints. One
// that panics has noticed by itself, and one that takes too long differs: those are lines too.
func (b *build) link(mutant int, limit time.Duration) ([]byte, error) {
	if b.linker == "" {
		if err := b.makeLinker(); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := limited(ctx, mutant, b.linker, "-first")
	out, err := cmd.Output()
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		out = append(out, "it does not end\n"...)
	case err != nil:
		out = append(out, "caught by a panic\n"...)
	}
	return out, nil
}

// limited is a program that is to run with a mistake, which may make it take all memory
// that there is: 8 GiB of addresses is more than any needs.
func limited(ctx context.Context, mutant int, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "sh", append([]string{"-c", `ulimit -v 8388608; exec "$0" "$@"`, program}, args...)...)
	cmd.Env = append(os.Environ(), variable+"="+strconv.Itoa(mutant))
	return cmd
}

// fails reports whether tests fail with a mistake: those of all packages that a
// choice takes, until the first. That is asked first the next time: what noticed one
// mistake may well notice others of the kind.
func (b *build) fails(mutant int, choice func(dir string) bool) (bool, error) {
	for i, p := range b.packages {
		if !choice(p.dir) {
			continue
		}
		program, err := b.test(p)
		if err != nil {
			return false, err
		}
		if passes(program, mutant, p.path) {
			continue
		}
		copy(b.packages[1:i+1], b.packages[:i])
		b.packages[0] = p
		right := b.right
		if right == nil {
			right = b
		}
		return true, right.checkTests(p)
	}
	return false, nil
}

// passes runs tests with a mistake, or without one.
func passes(program string, mutant int, dir string) bool {
	cmd := limited(context.Background(), mutant, program, "-test.failfast", "-test.timeout=10m")
	cmd.Dir = dir
	return cmd.Run() == nil
}

// checkTests returns an error if a package's tests fail without a mistake too.
func (b *build) checkTests(p testPackage) error {
	if b.passes[p.dir] {
		return nil
	}
	program, err := b.test(p)
	if err != nil {
		return err
	}
	if !passes(program, noMistake, p.path) {
		return fmt.Errorf("tests of %s fail without a mistake", cmp.Or(p.dir, "the root"))
	}
	b.passes[p.dir] = true
	return nil
}

// noMistake is the number of the mistake that there is not.
const noMistake = 0

// test returns the tests of a package as a program.
func (b *build) test(p testPackage) (string, error) {
	if program, ok := b.tests[p.dir]; ok {
		return program, nil
	}
	overlay, err := b.overlayFile()
	if err != nil {
		return "", err
	}
	program := filepath.Join(b.dir, strings.ReplaceAll(p.dir, "/", "-")+".test")
	out, err := exec.Command("go", "test", "-c", "-vet=off", "-overlay", overlay, "-o", program, "./"+p.dir).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("tests of %s: %w\n%s", p.dir, err, out)
	}
	b.tests[p.dir] = program
	return program, nil
}

// testPackages lists the packages with tests.
func testPackages() (list []testPackage, err error) {
	out, err := exec.Command("go", "list", "-f", "{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}} {{.Dir}}{{end}}", "./...").Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	for line := range strings.Lines(string(out)) {
		if pkg, dir, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " "); ok {
			list = append(list, testPackage{strings.TrimPrefix(strings.TrimPrefix(pkg, module), "/"), dir})
		}
	}
	return list, nil
}

const module = "mpyld"

// compileError is a line of the compiler's.
var compileError = func() *regexp.Regexp { return regexp.MustCompile(`(?m)^(\S+\.go):(\d+):\d+: (.*)$`) }

// together makes one build of all mistakes that are inside of functions. Those that
// do not compile are reported, and left out.
func (l *lab) together(mutants []mutant) (*build, error) {
	b, err := l.newBuild()
	if err != nil {
		return nil, err
	}
	of := map[string]*variants{}
	for i := range mutants {
		m := &mutants[i]
		source, err := os.ReadFile(m.file)
		if err != nil {
			return nil, err
		}
		mutated, err := m.apply(string(source))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.title(), err)
		}
		if of[m.file] == nil {
			if of[m.file], err = newVariants(m.file, string(source)); err != nil {
				return nil, err
			}
		}
		l.alone[i+1] = !of[m.file].add(i+1, mutated)
	}
	for {
		broken, err := l.compile(b, of)
		if err != nil || len(broken) == 0 {
			return b, err
		}
		numbers := map[int]bool{}
		for number, why := range broken {
			numbers[number], l.broken[number] = true, why
		}
		for _, v := range of {
			v.without(numbers)
		}
	}
}

// compile writes the files of a build and makes its program. It returns the mistakes that do not
// compile, and why.
func (l *lab) compile(b *build, of map[string]*variants) (broken map[int]string, err error) {
	b.overlay = map[string]string{}
	where := map[string][]lines{}
	for file, v := range of {
		text, places := v.write()
		name, err := b.replace(file, text)
		if err != nil {
			return nil, err
		}
		where[name] = places
		if _, err := b.replace(path.Join(path.Dir(file), "zz_mutant.go"), chosen(v.file.Name.Name)); err != nil {
			return nil, err
		}
	}
	broken = map[int]string{}
	overlay, err := b.overlayFile()
	if err != nil {
		return nil, err
	}
	args := []string{"build", "-overlay", overlay}
	for file := range of {
		args = append(args, "./"+path.Dir(file))
	}
	out, failed := exec.Command("go", args...).CombinedOutput()
	if failed == nil {
		return nil, nil
	}
	for _, m := range compileError().FindAllStringSubmatch(string(out), -1) {
		line, _ := strconv.Atoi(m[2])
		for _, place := range where[m[1]] {
			if place.from <= line && line <= place.to {
				broken[place.number] = m[3]
			}
		}
	}
	if len(broken) == 0 {
		return nil, fmt.Errorf("%w\n%s", failed, out)
	}
	return broken, nil
}
