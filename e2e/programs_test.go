//go:build e2e

package e2e

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mpyld/fixtures"
	"mpyld/fixtures/sources"
	"mpyld/parallel"
	"mpyld/relocs/machines"
)

// How many random programs, from which number on, and of which seed. The default is what CI has time for.
var (
	programCount = flag.Int("programs", 20, "how many random programs")
	firstProgram = flag.Int("programs-from", 0, "the number of the first random program")
	programArchs = flag.String("programs-arch", strings.Join(buildArchs, ","), "for which architectures")
	programSeed  = flag.Uint64("programs-seed", 1, "the seed of random programs and of their flags")
)

// together is how many programs run in one interpreter.
const together = 40

// TestPrograms makes programs at random (fixtures/sources, csmith), compiles them for all architectures
// with compilers and flags at random, links and executes them: they print what they print on the host.
// docs/TESTING.md has the command for many, and what came out.
func TestPrograms(t *testing.T) {
	end := *firstProgram + *programCount
	withRust := false
	for number := *firstProgram; number < end; number++ {
		withRust = withRust || languageOf(number) == sources.Rust
	}
	w := newWorkshop(t, *programSeed, strings.Split(*programArchs, ","), withRust)
	all := tally{}
	for first := *firstProgram; first < end; first += together {
		w.batch(t, first, min(first+together, end), all)
		if *programCount > together {
			t.Logf("up to program %d:\n%s", min(first+together, end)-1, all)
		}
	}
	t.Logf("seed %d, programs %d to %d:\n%s", *programSeed, *firstProgram, end-1, all)
}

// An attempt is a program on an architecture.
type attempt struct {
	program  *madeProgram
	arch     string
	compiler string
	dir      string
	commands [][]string // that made it
	outcome  outcome
	detail   string
}

// outcome is what became of an attempt.
type outcome int

const (
	notRun outcome = iota
	asOnHost
	skipped   // the host does not say what is right, or there is no compiler
	limit     // refused, as docs/LIMITS.md says
	different // anything else
)

// batch makes programs and tries them on all architectures.
func (w *workshop) batch(t *testing.T, first, end int, all tally) {
	made := make([]*madeProgram, end-first)
	failed := make([]error, len(made))
	parallel.Each(len(made), func(i int) { made[i], failed[i] = w.makeProgram(first + i) })
	for _, err := range failed {
		if err != nil {
			t.Errorf("a program cannot be made: %v", err)
		}
	}
	var attempts []*attempt
	for i, p := range made {
		for _, arch := range w.archs {
			if failed[i] == nil {
				attempts = append(attempts, &attempt{program: p, arch: arch})
			}
		}
	}
	parallel.Each(len(attempts), func(i int) { w.link(attempts[i]) })
	parallel.Each(len(w.archs), func(i int) {
		var ready []*attempt
		for _, a := range attempts {
			if a.arch == w.archs[i] && a.outcome == notRun {
				ready = append(ready, a)
			}
		}
		beds := bedsRunning(t, w.archs[i])
		w.execute(t, beds[first/together%len(beds)], ready)
	})
	for _, a := range attempts {
		all.add(a)
		if a.outcome == different {
			t.Errorf("program %d in %s for %s: %s", a.program.number, a.program.language, a.arch, a.detail)
			w.keep(t, a)
		}
		if err := os.RemoveAll(filepath.Join(w.dir, a.arch, a.program.name)); err != nil {
			t.Error(err)
		}
	}
	if err := os.RemoveAll(filepath.Join(w.dir, "src")); err != nil {
		t.Error(err)
	}
}

// link compiles and links a program for an architecture.
func (w *workshop) link(a *attempt) {
	p := a.program
	r := rand.New(rand.NewPCG(w.seed, uint64(p.number)<<8|uint64(machines.For(a.arch).Code)))
	language := p.language
	if language == fromCsmith {
		language = sources.C
	}
	c, ok := compilerOfProgram(a.arch, language, r)
	a.compiler = c.name
	switch {
	case !ok:
		a.outcome, a.detail = skipped, fmt.Sprintf("no compiler of %s for %s", p.language, a.arch)
		return
	case p.skipped != "":
		a.outcome, a.detail = skipped, string(p.language)+": "+p.skipped
		return
	}
	a.dir = filepath.Join(w.dir, a.arch, p.name)
	command := strings.Fields(c.command)
	libs := w.libs[a.arch]
	of := func(f sources.File) []string { return w.cc(p, f, command, c.variant(r)) }
	if language == sources.Rust {
		target := command[len(command)-1]
		of = func(f sources.File) []string { return w.rustc(p, f, command, target, c.variant(r)) }
		libs = slices.Concat([]string{"-l", filepath.Join(w.cores[target], "libcore.rlib")}, libs)
	}
	inputs, commands, err := w.compile(p, a.dir, archiver(a.arch), of)
	a.commands = commands
	if err != nil {
		a.outcome, a.detail = different, "cannot be compiled: "+err.Error()
		return
	}
	if language == sources.Rust {
		inputs = append([]string{"-l"}, inputs...) // an archive
	}
	argv := slices.Concat(strings.Fields(mpyld), []string{"--arch", a.arch, "-o", "program.mpy"}, w.module[a.arch])
	if n := a.program.number; (n+n/10)%2 == 1 { // of ten, each is of another kind
		argv = append(argv, "-O")
	}
	if r.IntN(2) == 0 || language == sources.Rust {
		argv = append(argv, "--gc-sections")
	}
	argv = slices.Concat(argv, inputs, libs)
	a.commands = append(a.commands, argv)
	if out, err := w.command(a.dir, argv); err != nil {
		a.outcome, a.detail = different, "cannot be linked: "+err.Error()
		if name := limitOf(out); name != "" {
			a.outcome, a.detail = limit, name
		}
		return
	}
	if err := os.WriteFile(filepath.Join(a.dir, "test.py"), []byte(w.script), 0o666); err != nil {
		a.outcome, a.detail = different, err.Error()
	}
}

// archiver is the ar of an architecture's first compiler.
func archiver(arch string) string {
	return strings.TrimSuffix(fixtures.Compilers(arch)[firstCompiler].Command, "gcc") + "ar"
}

// programLimits are the errors of docs/LIMITS.md that random programs meet: the name of each, and what it says.
var programLimits = map[string]*regexp.Regexp{
	"half-changed":         regexp.MustCompile(`R_ARM_THM_MOV\w+ against \S+: half of the address is \w+ before the other half is there`),
	"pool-too-far":         regexp.MustCompile(`R_ARM_THM_MOV\w+ \(as LDR\) against \S+: -?\d+ is outside \[-4092, 4092\]`),
	"literal-out-of-reach": regexp.MustCompile(`R_XTENSA_SLOT0_OP against \S+: -?\d+ is outside \[-262144, -4\]`),
}

// limitOf names the limit that an error message is about.
func limitOf(message string) string {
	for name, said := range programLimits {
		if said.MatchString(message) {
			return name
		}
	}
	return ""
}

// TestProgramLimits: what counts as a limit is said to be one.
func TestProgramLimits(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "docs/LIMITS.md"))
	must(t, err)
	for name, said := range programLimits {
		_, block, ok := strings.Cut(string(text), "```error "+name+".txt\n")
		block, _, _ = strings.Cut(block, "```")
		if !ok || !said.MatchString(block) {
			t.Errorf("docs/LIMITS.md does not say of %s: %s", name, said)
		}
	}
}

// execute runs modules of an architecture in one interpreter. What is not as on the host runs again
// alone, and what is behind it together again.
func (w *workshop) execute(t *testing.T, b bed, attempts []*attempt) {
	var cases []linkedCase
	for _, a := range attempts {
		a.outcome = asOnHost
		cases = append(cases, linkedCase{a.program.name, a.dir, a.program.want[machines.For(a.arch).Word]})
	}
	for len(cases) > 0 {
		out := execTogether(t, b, filepath.Join(w.dir, attempts[0].arch), cases)
		cases = wrongFrom(out, cases)
		if len(cases) == 0 {
			return
		}
		i := slices.IndexFunc(attempts, func(a *attempt) bool { return a.program.name == cases[0].name })
		a, alone := attempts[i], b.exec(filepath.Join(cases[0].dir, "test.py"), cases[0].dir)
		switch right := alone.err == nil && alone.text == cases[0].want; {
		case !right:
			a.outcome, a.detail = different, fmt.Sprintf("in bed %s it prints\n%swant\n%s%v", b.name, alone.text, cases[0].want, alone.err)
		case !errors.Is(out.err, context.DeadlineExceeded): // of all together, which a busy machine may have no time for
			a.outcome, a.detail = different, fmt.Sprintf("in bed %s it is right alone, and wrong behind other programs", b.name)
		}
		cases = cases[1:]
	}
}

// keep moves a program to where it outlives the test, with the commands that made it.
func (w *workshop) keep(t *testing.T, a *attempt) {
	dir, err := os.MkdirTemp("", fmt.Sprintf("mpyld-program-%d-%s-", a.program.number, a.arch))
	must(t, err)
	must(t, os.CopyFS(filepath.Join(dir, "src"), os.DirFS(filepath.Join(w.dir, "src", a.program.name))))
	must(t, os.CopyFS(filepath.Join(dir, "made"), os.DirFS(a.dir)))
	var text strings.Builder
	fmt.Fprintf(&text, "# in the directory made; on the host it prints %q\n", a.program.want[machines.For(a.arch).Word])
	for _, argv := range a.commands {
		text.WriteString(strings.ReplaceAll(strings.Join(argv, " "), filepath.Join(w.dir, "src", a.program.name), "../src") + "\n")
	}
	must(t, os.WriteFile(filepath.Join(dir, "commands"), []byte(text.String()), 0o666))
	t.Logf("kept in %s, made by\n%s", dir, text.String())
}

// tally counts outcomes, by architecture and by compiler, and details of skipped and refused ones.
type tally map[string]int

func (c tally) add(a *attempt) {
	compiler := a.compiler
	if compiler == "" {
		compiler = "none"
	}
	c[fmt.Sprintf("architecture %s %d", a.arch, a.outcome)]++
	c[fmt.Sprintf("compiler %s %d", compiler, a.outcome)]++
	if a.outcome == skipped || a.outcome == limit {
		c["- "+a.detail]++
	}
}

// String is the tables for docs/TESTING.md.
func (c tally) String() string {
	var b strings.Builder
	for _, by := range []string{"architecture", "compiler"} {
		fmt.Fprintf(&b, "\n| %s | as on the host | refused | skipped | different |\n|---|---|---|---|---|\n", by)
		rows := map[string]bool{}
		for key := range c {
			if word := strings.Fields(key); word[0] == by {
				rows[word[1]] = true
			}
		}
		for _, row := range slices.Sorted(maps.Keys(rows)) {
			fmt.Fprintf(&b, "| %s |", row)
			for _, o := range []outcome{asOnHost, limit, skipped, different} {
				fmt.Fprintf(&b, " %d |", c[fmt.Sprintf("%s %s %d", by, row, o)])
			}
			b.WriteString("\n")
		}
	}
	b.WriteString("\n")
	for _, key := range slices.Sorted(maps.Keys(c)) {
		if strings.HasPrefix(key, "- ") {
			fmt.Fprintf(&b, "%s: %d\n", key, c[key])
		}
	}
	return b.String()
}
