package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path"
	"strings"
	"time"
)

// lab is where mutants are tried.
type lab struct {
	dir      string
	mutants  []mutant // their numbers are their positions, from 1
	houses   *houses
	packages []testPackage

	all      *build         // of the mistakes inside of functions
	function map[int]int    // by number of a mistake there: that of its function
	alone    map[int]bool   // mistakes that need a build of their own
	broken   map[int]string // mistakes that do not compile

	good     outcome       // what the corpus prints without a mistake
	linkTime time.Duration // far more than that takes: mistakes make endless loops too
}

func newLab(mutants []mutant, h *houses) (l *lab, err error) {
	l = &lab{mutants: mutants, houses: h, function: map[int]int{}, alone: map[int]bool{}, broken: map[int]string{}, linkTime: time.Hour}
	if l.packages, err = testPackages(); err != nil {
		return nil, err
	}
	for i := range mutants {
		own := ownTests(mutants[i].file)
		for k := range l.packages {
			if own(l.packages[k].dir) {
				l.packages[k].noticed.Add(1)
			}
		}
	}
	if l.dir, err = os.MkdirTemp("", "mutate"); err != nil {
		return nil, err
	}
	if l.all, err = l.together(); err == nil {
		start := time.Now()
		l.good, err = l.link(l.all, noMistake)
		l.linkTime = time.Minute + 20*time.Since(start)
	}
	if err == nil && l.good.caught {
		err = errors.New("the corpus does not link without a mistake")
	}
	if err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

func (l *lab) close() { os.RemoveAll(l.dir) }

// buildOf returns the build that a mutant is tried with, and its number there.
func (l *lab) buildOf(number int) (*build, int, error) {
	if why, ok := l.broken[number]; ok {
		return nil, 0, fmt.Errorf("it does not compile: %s", why)
	}
	if !l.alone[number] {
		return l.all, number, nil
	}
	b, err := l.newBuild()
	if err != nil {
		return nil, 0, err
	}
	m := &l.mutants[number-1]
	source, err := os.ReadFile(m.file)
	if err != nil {
		return nil, 0, err
	}
	mutated, err := m.apply(string(source))
	if err == nil {
		_, err = b.replace(m.file, mutated)
	}
	return b, noMistake, err
}

// try returns who notices the mutant with a number.
func (l *lab) try(number int) (v verdict, err error) {
	b, mutant, err := l.buildOf(number)
	if err != nil {
		return v, err
	}
	if b != l.all {
		defer os.RemoveAll(b.dir)
	}
	m := &l.mutants[number-1]
	t := &trial{lab: l, build: b, mutant: mutant, number: number, of: l.houses.partOf(m)}
	if m.harmless != "" {
		return t.harmless()
	}
	return t.harmful(ownTests(m.file))
}

// trial is a mistake in a build.
type trial struct {
	*lab
	build          *build
	mutant, number int // in the build, and in the lists
	of             part
}

// harmless says whether verify notices all the same. Tests of what bytes come out notice it too.
func (t *trial) harmless() (v verdict, err error) {
	v.who = byNobody
	if t.of == ofOthers || t.of == ofVerifier {
		return v, nil
	}
	is, err := t.link(t.build, t.mutant)
	if is.caught {
		v.who = byVerify
	}
	return v, err
}

// harmful returns who notices. The links of the corpus are made fast, and tests of the linker are not;
// of the check and of other verbs it is the other way round.
func (t *trial) harmful(own func(dir string) bool) (v verdict, err error) {
	differs := false
	if t.of == ofLinker || t.of == ofBoth {
		is, err := t.link(t.build, t.mutant)
		if is.caught || err != nil {
			return verdict{who: byVerify}, err
		}
		differs, v.refuses = is.differs(t.good)
	}
	if v.who, err = t.asked(own, byOwnTests); v.who != byNobody || err != nil {
		v.refuses = v.refuses && v.who != byVerify
		return v, err
	}
	if t.of == ofVerifier {
		is, err := t.link(t.build, t.mutant)
		if err != nil {
			return v, err
		}
		differs, v.refuses = is.differs(t.good)
	}
	if v.who = byGoTest; !differs {
		v.who, err = t.asked(func(dir string) bool { return !own(dir) }, byGoTest)
	}
	return v, err
}

// asked returns who notices of the tests of some packages, which are: verify, if a link of theirs fails its check
// for a mistake of the linker.
func (t *trial) asked(choice func(dir string) bool, are killer) (killer, error) {
	switch n, err := t.ask(t, choice); {
	case n.caught && (t.of == ofLinker || t.of == ofBoth): // else it only cries wolf
		return byVerify, err
	case n.failed:
		return are, err
	default:
		return byNobody, err
	}
}

// ownTests takes the packages that a file's tests are in: its own, and those of the same
// directory at the top.
func ownTests(file string) func(dir string) bool {
	top, _, _ := strings.Cut(path.Dir(file), "/")
	return func(dir string) bool {
		d, _, _ := strings.Cut(dir, "/")
		return d == top || dir == "" && top == "."
	}
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
