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
	"strings"
	"time"
)

// lab is where mutants are tried.
type lab struct {
	dir     string
	good    []byte          // what the corpus prints without a mistake
	links   map[string]bool // packages that the corpus is linked with
	checker map[string]bool // and those that the check is made of
}

func newLab() (l *lab, err error) {
	l = &lab{}
	if l.links, err = packagesOf("./mutate/links"); err != nil {
		return nil, err
	}
	if l.checker, err = packagesOf("./simload", "./audit"); err != nil {
		return nil, err
	}
	if l.dir, err = os.MkdirTemp("", "mutate"); err != nil {
		return nil, err
	}
	if l.good, err = l.link(""); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (l *lab) close() { os.RemoveAll(l.dir) }

// packagesOf returns what some packages are made of, by import path.
func packagesOf(packages ...string) (map[string]bool, error) {
	out, err := exec.Command("go", append([]string{"list", "-deps"}, packages...)...).Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	all := map[string]bool{}
	for name := range strings.FieldsSeq(string(out)) {
		all[name] = true
	}
	return all, nil
}

func (l *lab) partOf(m *mutant) part {
	pkg := "mpyld"
	if dir := path.Dir(m.file); dir != "." {
		pkg += "/" + dir
	}
	switch {
	case pkg == "mpyld/simload", pkg == "mpyld/audit":
		return ofVerifier
	case l.checker[pkg]:
		return ofBoth
	case l.links[pkg]:
		return ofLinker
	}
	return ofOthers
}

// try returns who notices a mutant. Who is asked first depends on what it is in:
// the links of the corpus are made fast, and tests of the linker are not.
func (l *lab) try(m *mutant) (v verdict, err error) {
	overlay, err := l.overlay(m)
	if err != nil {
		return v, err
	}
	of := l.partOf(m)
	if of == ofVerifier || of == ofOthers {
		if fails(overlay, own(m.file)) {
			return verdict{who: byOwnTests}, nil
		}
	}
	differs := false
	if of != ofOthers {
		out, err := l.link(overlay)
		if err != nil {
			return v, err
		}
		is := newOutcome(out)
		if is.caught && of != ofVerifier { // whose mistakes only cry wolf
			return verdict{who: byVerify}, nil
		}
		differs, v.refuses = is.differs(newOutcome(l.good))
	}
	switch {
	case of == ofLinker && differs: // it fails the test of the corpus' outputs
		v.who = byGoTest
	case (of == ofLinker || of == ofBoth) && fails(overlay, own(m.file)):
		v.who = byOwnTests
	case differs, fails(overlay, "./..."):
		v.who = byGoTest
	default:
		v.who = byNobody
	}
	return v, nil
}

// own returns the packages that a file's tests are in. Those of packages inside
// another one are in that.
func own(file string) string {
	dir, _, _ := strings.Cut(path.Dir(file), "/")
	if dir == "." {
		return "."
	}
	return "./" + dir + "/..."
}

// fails reports whether tests of packages fail.
func fails(overlay, packages string) bool {
	return exec.Command("go", "test", "-failfast", "-vet=off", "-timeout=5m", "-overlay", overlay, packages).Run() != nil
}

// overlay writes the mutated file, and for the go command what it stands for.
func (l *lab) overlay(m *mutant) (string, error) {
	source, err := os.ReadFile(m.file)
	if err != nil {
		return "", err
	}
	mutated, err := m.apply(string(source))
	if err != nil {
		return "", err
	}
	path, err := filepath.Abs(m.file)
	if err != nil {
		return "", err
	}
	file, overlay := filepath.Join(l.dir, filepath.Base(m.file)), filepath.Join(l.dir, "overlay.json")
	if err := os.WriteFile(file, []byte(mutated), 0o666); err != nil {
		return "", err
	}
	data, err := json.Marshal(map[string]map[string]string{"Replace": {path: file}})
	if err != nil {
		return "", err
	}
	return overlay, os.WriteFile(overlay, data, 0o666)
}

// linkTime is far more than the corpus takes: mistakes make endless loops too.
const linkTime = 3 * time.Minute

// link builds the program that links the corpus, with the files that an overlay
// says in the place of others, and returns what it prints. One that panics has
// noticed by itself: that is a line too.
func (l *lab) link(overlay string) ([]byte, error) {
	program := filepath.Join(l.dir, "links")
	args := []string{"build", "-ldflags=-s -w", "-o", program}
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	if out, err := exec.Command("go", append(args, "./mutate/links")...).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	ctx, cancel := context.WithTimeout(context.Background(), linkTime)
	defer cancel()
	out, err := exec.CommandContext(ctx, program, "-first").Output()
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		out = append(out, "it does not end\n"...)
	case err != nil:
		out = append(out, "caught by a panic\n"...)
	}
	return out, nil
}

// outcome is what the program that links the corpus prints.
type outcome struct {
	lines  [][]byte
	caught bool // a link failed its own check
}

func newOutcome(out []byte) outcome {
	o := outcome{lines: bytes.Split(out, []byte("\n"))}
	for _, line := range o.lines {
		o.caught = o.caught || bytes.HasPrefix(line, []byte("caught "))
	}
	return o
}

// differs reports whether anything else came out than before, and whether that
// is no more than that links are refused.
func (o outcome) differs(before outcome) (differs, refusals bool) {
	if len(o.lines) != len(before.lines) {
		return true, false
	}
	others := false
	for i, line := range o.lines {
		if !bytes.Equal(line, before.lines[i]) {
			differs = true
			others = others || !bytes.HasSuffix(line, []byte(" refused"))
		}
	}
	return differs, differs && !others
}
