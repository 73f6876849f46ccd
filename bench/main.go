//go:build linux

// Command bench measures what a link costs, as make sees it: the time and
// memory of a whole process, side by side with others that do the same or less.
//
//	go run ./bench -mpyld bin/mpyld
//
// It prints Markdown tables. Numbers of different machines do not compare, but
// ratios do, so the programs take turns in one run: what disturbs one
// disturbs the other. docs/BENCHMARKS.md says what the tables mean. No test
// looks at the numbers.
//
// mpy_ld.py is the one beds/setup.sh unpacks, or that of -mpy_ld. GNU ld is what
// is on the PATH, and is asked for ld -r, which is a part of the same work.
// Without them their columns have dashes.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == probeVerb {
		probe(os.Args[2:])
		return
	}
	if len(os.Args) > 1 && os.Args[1] == togetherVerb {
		if err := together(os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	b := bench{}
	flag.IntVar(&b.runs, "n", 40, "runs of each program on a small module; big ones get fewer")
	flag.BoolVar(&b.slow, "slow", false, "let mpy_ld.py link the big modules too, and print what -growth does, which takes minutes")
	flag.BoolVar(&b.onlyGrowth, "growth", false, "only print what four times as much of one thing takes")
	flag.BoolVar(&b.onlySizes, "sizes", false, "only print how large modules are; it takes minutes, and the compilers and the MicroPython of beds/setup.sh, and ninja")
	flag.StringVar(&b.keep, "keep", "", "with -sizes: leave the modules in this directory, and use what is there")
	flag.BoolVar(&b.onlyTargets, "targets", false, "only print the targets beside what is measured")
	of := flag.String("of", "", "a regular expression: the things to print that of")
	flag.StringVar(&b.mpyld, "mpyld", "bin/mpyld", "the program to measure")
	flag.StringVar(&b.mpyLd, "mpy_ld", peer(), "the mpy_ld.py to measure, in its MicroPython tree")
	flag.StringVar(&b.python, "python", "/usr/bin/python3", "its interpreter, which must have elftools")
	flag.Parse()
	b.of = regexp.MustCompile(*of)
	if err := b.run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// peer is the mpy_ld.py that beds/setup.sh unpacked, if it has.
func peer() string {
	beds := os.Getenv("MPYLD_BEDS")
	if beds == "" {
		beds = "build/beds"
	}
	script := filepath.Join(beds, "src/micropython/tools/mpy_ld.py")
	if _, err := os.Stat(script); err != nil {
		return ""
	}
	return script
}

// bench is one run of this program.
type bench struct {
	runs                 int
	slow                 bool
	onlyGrowth           bool
	onlySizes            bool
	onlyTargets          bool
	mpyld, mpyLd, python string
	keep                 string
	of                   *regexp.Regexp
	dir                  string // of all files
}

func (b *bench) run() error {
	// Debian has no package of the module that mpy_ld.py reads archives with.
	// PYTHONPATH also tells where it keeps what it remembers of archives.
	stub, err := filepath.Abs("e2e/testdata/oracle")
	if err != nil {
		return err
	}
	os.Setenv("PYTHONPATH", stub)
	if b.dir, err = os.MkdirTemp("", "mpyld-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	os.Setenv("XDG_CACHE_HOME", filepath.Join(b.dir, "cache"))

	sections := []func() error{b.targets, b.modules, b.big, b.checks, b.hostile}
	switch {
	case b.onlySizes:
		sections = []func() error{b.sizes}
	case b.onlyTargets:
		sections = []func() error{b.targets}
	case b.onlyGrowth:
		sections = []func() error{b.growth}
	case b.slow:
		sections = append(sections, b.growth)
	}
	for _, section := range sections {
		if err := section(); err != nil {
			return err
		}
	}
	return nil
}

// modules prints what people link.
func (b *bench) modules() error {
	jobs, err := b.fixtureJobs()
	if err != nil {
		return err
	}
	lib, err := b.libraryJob()
	if err != nil {
		return err
	}
	if lib != nil {
		jobs = append(jobs, *lib)
	}
	t := newTable("module")
	for _, j := range jobs {
		costs, err := compare(b.commands(&j), b.runs)
		if err != nil {
			return err
		}
		t.add(j.name, j.size(), costs)
	}
	fmt.Println(t)
	return nil
}

// big prints modules far beyond any real one, by their best runs, and how the
// cost grows.
func (b *bench) big() error {
	const objects = 8
	t := newTable("module")
	growth := growthTable{}
	for _, r := range recipes {
		for _, make := range []func(functions int) (*job, error){
			func(functions int) (*job, error) { return b.bigJob(r, functions, objects, false) },
			func(functions int) (*job, error) { return b.bigJob(r, functions, objects, true) },
			func(functions int) (*job, error) { return b.compiledJob(r.arch, functions, objects) },
		} {
			var quarter []cost
			for _, functions := range []int{4000, 16000} {
				j, err := make(functions)
				if err != nil {
					return err
				}
				if j == nil {
					break // no compiler
				}
				costs, err := compare(b.commands(j), max(5, b.runs/2))
				if err != nil {
					return err
				}
				// A run that takes long meets something that disturbs it: the best
				// ones compare better than medians.
				for i := range costs {
					costs[i].time = costs[i].best
				}
				t.add(j.name, j.size(), costs)
				if quarter != nil {
					growth.add(j.name, quarter, costs)
				}
				quarter = costs
			}
		}
	}
	fmt.Println(t)
	fmt.Println(growth.String())
	return nil
}

// hostile prints what files cost that claim more than they hold.
func (b *bench) hostile() error {
	t := newTable("hostile file")
	for _, h := range hostileFiles() {
		j, err := b.hostileJob(h)
		if err != nil {
			return err
		}
		costs, err := compare([]command{{argv: j.mpyld(b), output: j.output, mayFail: true}}, max(5, b.runs/8))
		if err != nil {
			return err
		}
		t.add(j.name, j.size(), costs)
	}
	fmt.Println(t.only("mpyld"))
	return nil
}
