//go:build linux

// Command bench measures what a link costs, as make sees it: the time and
// memory of a whole process, side by side with MicroPython's mpy_ld.py.
//
//	go run ./bench -mpyld bin/mpyld
//
// It prints a Markdown table. Numbers of different machines do not compare, but
// ratios do, so the linkers take turns in one run: what disturbs one
// disturbs the other. No test looks at the numbers.
//
// mpy_ld.py is the one beds/setup.sh unpacks, or that of -mpy_ld; without any
// there is only one column.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mpyld/fixtures"
)

// modules are what is linked: set and case of fixtures.
var modules = []struct{ set, name string }{
	{"x64-gcc12.2-Os-fpic", "hello"},
	{"armv7m-gcc12.2-Os-fpic", "hello"},
	{"armv7m-gcc12.2-Os-fpic", "tables"},
	{"armv7m-gcc12.2-Os-fpic", "twofiles"},
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == probeVerb {
		probe(os.Args[2:])
		return
	}
	runs := flag.Int("n", 40, "runs of each linker on each module; the median counts")
	mpyld := flag.String("mpyld", "bin/mpyld", "the program to measure")
	mpyLd := flag.String("mpy_ld", peer(), "the mpy_ld.py to measure, in its MicroPython tree")
	python := flag.String("python", "/usr/bin/python3", "its interpreter, which must have elftools")
	flag.Parse()
	linkers := []linker{{"mpyld", []string{*mpyld}}}
	if *mpyLd != "" {
		linkers = append(linkers, linker{"mpy_ld.py", []string{*python, *mpyLd}})
	}
	if err := bench(linkers, *runs); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type linker struct {
	name string
	argv []string
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

func bench(linkers []linker, runs int) error {
	// mpy_ld.py imports a package for archives even when it reads none.
	oracle, err := filepath.Abs("e2e/testdata/oracle")
	if err != nil {
		return err
	}
	os.Setenv("PYTHONPATH", oracle)

	dir, err := os.MkdirTemp("", "mpyld-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	var rows [][]string
	for _, m := range modules {
		args, err := unpack(dir, m.set, m.name)
		if err != nil {
			return err
		}
		costs, err := compare(linkers, args, runs)
		if err != nil {
			return err
		}
		arch, _, _ := strings.Cut(m.set, "-")
		rows = append(rows, row(arch+" "+m.name, costs))
	}
	fmt.Print(table(linkers, rows))
	return nil
}

// unpack writes the objects of a module and returns the arguments that link
// them.
func unpack(dir, setName, name string) ([]string, error) {
	for _, set := range fixtures.Sets() {
		if set.Name != setName {
			continue
		}
		cases, err := set.Cases()
		if err != nil {
			return nil, err
		}
		for _, c := range cases {
			if c.Name != name {
				continue
			}
			dir := filepath.Join(dir, setName, name)
			config := filepath.Join(dir, "config.h")
			args := []string{"--arch", set.Arch, "--qstrs", config, "-o", filepath.Join(dir, name+".mpy")}
			files := []fixtures.File{{Name: config, Data: c.Config}}
			for _, o := range c.Objects {
				object := filepath.Join(dir, o.Name)
				args = append(args, object)
				files = append(files, fixtures.File{Name: object, Data: o.Data})
			}
			return args, write(dir, files)
		}
	}
	return nil, fmt.Errorf("no fixture %s in %s", name, setName)
}

func write(dir string, files []fixtures.File) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for _, f := range files {
		if err := os.WriteFile(f.Name, f.Data, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// compare lets the linkers take turns and returns the median cost of each.
func compare(linkers []linker, args []string, runs int) ([]cost, error) {
	all := make([][]cost, len(linkers))
	for run := range runs + 1 {
		for i, l := range linkers {
			c, err := measure(append(slices.Clone(l.argv), args...))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", l.name, err)
			}
			if run > 0 { // the first one warms the file cache
				all[i] = append(all[i], c)
			}
		}
	}
	medians := make([]cost, len(linkers))
	for i := range all {
		medians[i] = median(all[i])
	}
	return medians, nil
}

func median(costs []cost) cost {
	var times []time.Duration
	var memory []int64
	for _, c := range costs {
		times, memory = append(times, c.time), append(memory, c.memory)
	}
	slices.Sort(times)
	slices.Sort(memory)
	return cost{times[len(times)/2], memory[len(memory)/2]}
}

// measure runs a command under a probe: see there.
func measure(argv []string) (cost, error) {
	self, err := os.Executable()
	if err != nil {
		return cost{}, err
	}
	var c cost
	out, err := exec.Command(self, append([]string{probeVerb}, argv...)...).CombinedOutput()
	if err != nil {
		return c, fmt.Errorf("%s: %w\n%s", strings.Join(argv, " "), err, out)
	}
	_, err = fmt.Sscan(string(out), &c.time, &c.memory)
	return c, err
}
