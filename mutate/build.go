package main

import (
	"bytes"
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
	"sync"
)

// build is programs made of sources with mistakes: the one that links the corpus,
// and the tests of packages. They are made when they are asked for.
type build struct {
	dir     string            // for what is made
	overlay map[string]string // files, and what stands for them; absolute paths

	linker func() (string, error)
	tests  map[string]func() (*tests, error) // by directory of a package
}

// newBuild makes a build in a new directory.
func (l *lab) newBuild() (*build, error) {
	dir, err := os.MkdirTemp(l.dir, "build")
	if err != nil {
		return nil, err
	}
	b := &build{dir: dir, overlay: map[string]string{}, tests: map[string]func() (*tests, error){}}
	b.linker = sync.OnceValues(func() (string, error) {
		file := filepath.Join(b.dir, "links")
		return file, b.goMake(file, "./mutate/links", "build", "-ldflags=-s -w")
	})
	for _, p := range l.packages {
		b.tests[p.dir] = sync.OnceValues(func() (*tests, error) {
			t := &tests{program: filepath.Join(b.dir, strings.ReplaceAll(p.dir, "/", "-")+".test"), dir: p.path}
			err := b.goMake(t.program, "./"+p.dir, "test", "-c", "-vet=off")
			if err == nil && b == l.all {
				err = l.trace(t)
			}
			return t, err
		})
	}
	return b, nil
}

// goMake has the go command make a program of a package.
func (b *build) goMake(file, pkg string, args ...string) error {
	overlay, err := b.overlayFile()
	if err != nil {
		return err
	}
	out, err := exec.Command("go", append(args, "-overlay", overlay, "-o", file, pkg)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w\n%s", args[0], pkg, err, out)
	}
	return nil
}

// overlayFile writes the list of files for the go command.
func (b *build) overlayFile() (string, error) {
	name := filepath.Join(b.dir, "overlay.json")
	data, err := json.Marshal(map[string]any{"Replace": b.overlay})
	if err != nil {
		return "", err
	}
	if is, err := os.ReadFile(name); err == nil && bytes.Equal(is, data) {
		return name, nil // somebody else may be reading it
	}
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

// link links the corpus with a mistake, and returns what comes of it. One
// that panics has noticed by itself, and one that takes too long differs: those are lines too.
func (l *lab) link(b *build, mutant int) (o outcome, err error) {
	linker, err := b.linker()
	if err != nil {
		return o, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), l.linkTime)
	defer cancel()
	out, err := l.command(ctx, mutant, linker, "-first").Output()
	switch {
	case ctx.Err() != nil:
		out = append(out, "it does not end\n"...)
	case err != nil:
		out = append(out, "caught by a panic\n"...)
	}
	return newOutcome(out), nil
}

const module = "mpyld"

// compileError is a line of the compiler's.
var compileError = func() *regexp.Regexp { return regexp.MustCompile(`(?m)^(\S+\.go):(\d+):\d+: (.*)$`) }

// together makes one build of all mistakes that are inside of functions. Those that
// do not compile are reported, and left out.
func (l *lab) together() (*build, error) {
	b, err := l.newBuild()
	if err != nil {
		return nil, err
	}
	of := map[string]*variants{}
	for i := range l.mutants {
		m := &l.mutants[i]
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
		if err != nil {
			return nil, err
		}
		if len(broken) == 0 {
			break
		}
		numbers := map[int]bool{}
		for number, why := range broken {
			numbers[number], l.broken[number] = true, why
		}
		for _, v := range of {
			v.without(numbers)
		}
	}
	for _, v := range of {
		v.functions(l.function)
	}
	return b, nil
}

// compile writes the files of a build and makes its program. It returns the mistakes that do not
// compile, and why.
func (l *lab) compile(b *build, of map[string]*variants) (broken map[int]string, err error) {
	clear(b.overlay)
	where := map[string][]lines{}
	for file, v := range of {
		text, places := v.write()
		name, err := b.replace(file, text)
		if err != nil {
			return nil, err
		}
		where[name] = places
		if _, err := b.replace(path.Join(path.Dir(file), "zz_mutant.go"), chosen(v.file.Name.Name, l.dir)); err != nil {
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
		return nil, errors.Join(failed, errors.New(string(out)))
	}
	return broken, nil
}
