package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// A mistake can only fail the tests that run the function that it is in, and there are
// mostly few. So each test is run once by itself without a mistake, and the functions that have
// mistakes write down that they were called: those tests are run with a mistake, the quick ones
// first. For example, of the mistake 8 in a function that TestAll and TestOne call:
//
//	TestOne and 3 other quick ones of the package run together
//	TestAll, which takes ten seconds, runs if they pass
//
// What a test starts is part of it: the programs of a process group have one mistake.

// testPackage is a package with tests.
type testPackage struct {
	dir, path string
	deps      map[string]bool // what its tests are made of, by import path
	noticed   *atomic.Int32   // mistakes that its tests noticed
}

// tests are a package's tests.
type tests struct {
	program, dir string
	list         []test // by time
}

// test is a test, as it was without a mistake.
type test struct {
	name  string
	time  time.Duration
	calls map[int]bool // the functions with mistakes, by number
}

// quick is how long tests may take that are run together.
const quick = time.Second / 2

// trace lists the tests of a package of the build of all mistakes, and runs each without one.
func (l *lab) trace(t *tests) error {
	out, err := l.command(context.Background(), noMistake, t.program, "-test.list", ".").Output()
	if err != nil {
		return fmt.Errorf("%s: %w", t.dir, err)
	}
	for name := range strings.FieldsSeq(string(out)) {
		if strings.HasPrefix(name, "Benchmark") {
			continue
		}
		one := test{name: name}
		start := time.Now()
		cmd := l.run(context.Background(), tracing, t, name)
		out, err := cmd.CombinedOutput()
		if err != nil {
			return fmt.Errorf("%s of %s fails without a mistake: %w\n%s", name, t.dir, err, out)
		}
		one.time = time.Since(start)
		if one.calls, err = l.calls(cmd.Process.Pid); err != nil {
			return err
		}
		t.list = append(t.list, one)
	}
	slices.SortStableFunc(t.list, func(a, b test) int { return int(a.time - b.time) })
	return nil
}

// calls returns which functions were called in a process group.
func (l *lab) calls(group int) (map[int]bool, error) {
	names, err := filepath.Glob(filepath.Join(l.dir, strconv.Itoa(group)+calledFile+"*"))
	if err != nil {
		return nil, err
	}
	calls := map[int]bool{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		for word := range bytes.FieldsSeq(text) {
			n, err := strconv.Atoi(string(word))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			calls[n] = true
		}
		if err := os.Remove(name); err != nil { // the next group may have the same number
			return nil, err
		}
	}
	return calls, nil
}

// The numbers of the mistake that there is not.
const (
	noMistake = 0
	tracing   = -1 // and functions write down that they were called
)

// command is a program that is to run with a mistake, which may make it take all memory
// that there is: 8 GiB of addresses is more than any needs. If it is to end early, all that
// it has started does.
func (l *lab) command(ctx context.Context, mutant int, program string, args ...string) *exec.Cmd {
	script := fmt.Sprintf(`ulimit -v 8388608; echo %d >%s/$$; exec "$0" "$@"`, mutant, l.dir)
	cmd := exec.CommandContext(ctx, "sh", append([]string{"-c", script, program}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	return cmd
}

// run is a command that runs some tests, or all.
func (l *lab) run(ctx context.Context, mutant int, t *tests, names ...string) *exec.Cmd {
	args := []string{"-test.timeout=0"}
	if len(names) > 0 {
		args = append(args, "-test.run", "^("+strings.Join(names, "|")+")$")
	}
	cmd := l.command(ctx, mutant, t.program, args...)
	cmd.Dir = t.dir
	return cmd
}

// noticed is what tests noticed of a mistake.
type noticed struct {
	failed bool // some do
	caught bool // because a link fails its check
}

// checkFailed are what the errors of links say that fail their check: those of the tool, and those of the linker's
// tests, which link with its check too.
var checkFailed = []string{"the linked module fails mpyld's own check", "the link is not what its inputs ask for", "the link fails its check", "the link fails its second look"}

// test runs tests with a mistake, in far more time than they take without.
func (l *lab) test(mutant int, t *tests, some []test) (n noticed) {
	limit := time.Minute
	var names []string
	for _, one := range some {
		limit += 20 * one.time
		names = append(names, one.name)
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	out, err := l.run(ctx, mutant, t, names...).CombinedOutput()
	n.failed = err != nil
	n.caught = n.failed && slices.ContainsFunc(checkFailed, func(text string) bool { return bytes.Contains(out, []byte(text)) })
	return n
}

// ask asks the tests of the packages that a choice takes about a mistake, until some fail; or, if it is the linker's, until a
// link fails its check. What noticed most mistakes so far is asked first, or at the start what most are in.
func (l *lab) ask(t *trial, choice func(dir string) bool) (n noticed, err error) {
	pkg := importPath(l.mutants[t.number-1].file)
	var chosen []*testPackage
	for i := range l.packages {
		if p := &l.packages[i]; choice(p.dir) && p.deps[pkg] {
			chosen = append(chosen, p)
		}
	}
	slices.SortStableFunc(chosen, func(p, q *testPackage) int { return int(q.noticed.Load() - p.noticed.Load()) })
	for _, p := range chosen {
		in, err := l.askIn(p, t)
		if err != nil {
			return n, err
		}
		if in.failed {
			p.noticed.Add(1)
		}
		if n.add(in); n.enough(t) {
			break
		}
	}
	return n, nil
}

func (n *noticed) add(more noticed) {
	n.failed = n.failed || more.failed
	n.caught = n.caught || more.caught
}

// enough reports whether there is no more to learn.
func (n *noticed) enough(t *trial) bool { return n.caught || n.failed && t.of != ofLinker }

// askIn asks the tests of a package: those that call the function that the mistake is in, or all.
func (l *lab) askIn(p *testPackage, t *trial) (n noticed, err error) {
	program, err := l.all.tests[p.dir]()
	if err != nil {
		return n, err
	}
	some := slices.Clone(program.list)
	if t.build != l.all {
		program, err = t.build.tests[p.dir]()
	} else if function, ok := l.function[t.number]; ok {
		some = slices.DeleteFunc(some, func(one test) bool { return !one.calls[function] })
	}
	if err != nil {
		return n, err
	}
	for len(some) > 0 && !n.enough(t) {
		many := 1
		for total := some[0].time; many < len(some) && total < quick; many++ {
			total += some[many].time
		}
		n.add(l.test(t.mutant, program, some[:many]))
		some = some[many:]
	}
	return n, nil
}

// testPackages lists the packages with tests. Those of the corpus are left out: the program that
// links it says the same.
func testPackages() (list []testPackage, err error) {
	dirs := map[string]string{}
	out, err := exec.Command("go", "list", "-f", "{{.ImportPath}} {{.Dir}}", "./...").Output()
	for line := range strings.Lines(string(out)) {
		pkg, dir, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		dirs[pkg] = dir
	}
	if err == nil {
		out, err = exec.Command("go", "list", "-test", "-f", `{{.ImportPath}} {{join .Deps " "}}`, "./...").Output()
	}
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		pkg, is := strings.CutSuffix(words[0], ".test")
		if !is || pkg == module+"/mutate/corpus" {
			continue
		}
		p := testPackage{dir: strings.TrimPrefix(strings.TrimPrefix(pkg, module), "/"), path: dirs[pkg], deps: map[string]bool{}, noticed: new(atomic.Int32)}
		for _, dep := range words[1:] {
			p.deps[dep] = true
		}
		list = append(list, p)
	}
	return list, nil
}

// importPath returns that of the package that a file is in.
func importPath(file string) string { return path.Join(module, path.Dir(file)) }
