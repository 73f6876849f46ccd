//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"mpyld"
	"mpyld/fixtures"
	"mpyld/target"
)

// The targets of time and memory, beside what was measured: whole processes that check what they
// link. Others are asked for ld -r, which is a part of the same work. Times are of the best runs, and
// all that are compared take turns.

// targetRow is a row: what was measured, in the unit of the format, and the most that it may be.
type targetRow struct {
	what, of string
	got      float64 // 0: it could not be measured
	most     float64
	format   string
}

func (r *targetRow) cells() []string {
	most := fmt.Sprintf(r.format, r.most)
	switch {
	case r.got == 0:
		return []string{r.what, r.of, "-", most, "-"}
	case r.got > r.most:
		return []string{r.what, r.of, fmt.Sprintf(r.format, r.got), most, "no"}
	}
	return []string{r.what, r.of, fmt.Sprintf(r.format, r.got), most, "yes"}
}

const inMs, inMiB, inTimes = "%.2f ms", "%.1f MiB", "%.2f x"

// targets prints the table.
func (b *bench) targets() error {
	var rows []targetRow
	for _, part := range []func() ([]targetRow, error){b.oneObject, b.libraries, b.tenAtOnce, b.bigModules} {
		more, err := part()
		if err != nil {
			return err
		}
		rows = append(rows, more...)
	}
	cells := [][]string{{"target", "measured as", "measured", "at most", "met"}}
	for i := range rows {
		cells = append(cells, rows[i].cells())
	}
	fmt.Println(markdown(cells))
	return nil
}

// oneObject: a small module, and what a Go program takes that does nothing.
func (b *bench) oneObject() ([]targetRow, error) {
	jobs, err := b.fixtureJobs()
	if err != nil {
		return nil, err
	}
	j := &jobs[1]
	costs, err := compare([]command{{argv: j.mpyld(b), output: j.output}}, 3*b.runs)
	if err != nil {
		return nil, err
	}
	return []targetRow{
		{"one object (" + j.name + ")", "time", inMillis(costs[0].best), 1.7, inMs},
		{"", "memory", float64(costs[0].memory) / 1024, 5, inMiB},
	}, nil
}

func (b *bench) libraries() ([]targetRow, error) {
	j, err := b.libraryJob()
	if j == nil || err != nil {
		return nil, err
	}
	costs, err := compare(b.commands(j), b.runs)
	if err != nil {
		return nil, err
	}
	return []targetRow{{j.name, "time / that of ld -r", times(costs[0].best, costs[2].best), 0.8, inTimes}}, nil
}

// tenAtOnce: one process that links a module for each architecture, and ten processes.
func (b *bench) tenAtOnce() ([]targetRow, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	one := command{argv: []string{self, togetherVerb}}
	var commands []command
	seen := map[string]bool{}
	for _, set := range fixtures.Sets() {
		if seen[set.Arch] || !strings.HasSuffix(set.Name, "-Os-fpic") {
			continue
		}
		seen[set.Arch] = true
		c, err := set.Case("hello")
		if err != nil {
			return nil, err
		}
		j, err := b.fixtureJob(&set, &c)
		if err != nil {
			return nil, err
		}
		one.argv = append(one.argv, set.Arch, j.output, j.qstrs, j.objects[0])
		commands = append(commands, command{argv: j.mpyld(b), output: j.output})
	}
	costs, err := compare(append([]command{one}, commands...), b.runs)
	if err != nil {
		return nil, err
	}
	sum := time.Duration(0)
	for _, c := range costs[1:] {
		sum += c.leastCPU
	}
	return []targetRow{{fmt.Sprintf("%d architectures in one process", len(commands)), "processor time / that of as many processes", times(costs[0].leastCPU, sum), 0.25, inTimes}}, nil
}

// togetherVerb as the first argument makes this program link modules of an object, as mpyld build
// does: for each the architecture, the output, the config header and the object.
const togetherVerb = "together"

func together(words []string) error {
	for len(words) > 3 {
		m, err := mpyld.Link(context.Background(), mpyld.Options{
			FS: os.DirFS("/"), QStrs: words[2][1:], Files: []string{words[3][1:]},
			SourceName: "module.mpy", Target: target.Options{Arch: words[0]},
		})
		if err != nil {
			return err
		}
		if err := os.WriteFile(words[1], m.Bytes, 0o666); err != nil {
			return err
		}
		words = words[4:]
	}
	return nil
}

// bigModules: modules of 16,000 functions beside mold's and GNU ld's, and of 64,000.
func (b *bench) bigModules() (rows []targetRow, err error) {
	for _, r := range recipes {
		most := 0.85
		if r.rela {
			most = 1
		}
		more, err := b.besideMold(r.arch, most)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
		for _, split := range []bool{false, true} {
			more, err := b.fourTimes(r, split)
			if err != nil {
				return nil, err
			}
			rows = append(rows, more...)
		}
	}
	return rows, nil
}

// besideMold: what a compiler makes, a section for the code of a file. Mold takes seconds and gigabytes
// for sections of their own.
func (b *bench) besideMold(arch string, most float64) ([]targetRow, error) {
	mold, err := exec.LookPath("mold")
	j, errJob := b.compiledJob(arch, 16000, 8)
	if errJob != nil {
		return nil, errJob
	}
	if err != nil || j == nil {
		return []targetRow{{what: arch + ": mold or a compiler is missing", of: "processor time / that of mold -r", most: most, format: inTimes}}, nil
	}
	// Of a child that mold forks nobody would know the time.
	out := filepath.Join(filepath.Dir(j.output), "mold.o")
	costs, err := compare([]command{
		{argv: j.mpyld(b), output: j.output},
		{argv: append([]string{mold, "--no-fork", "-r", "-o", out}, j.objects...), output: out},
	}, max(5, b.runs/2))
	if err != nil {
		return nil, err
	}
	return []targetRow{
		{j.name, "processor time / that of mold -r", times(costs[0].leastCPU, costs[1].leastCPU), most, inTimes},
		{"", "time / that of mold -r", times(costs[0].best, costs[1].best), 1, inTimes},
	}, nil
}

// fourTimes: a module, beside GNU ld's if it has many sections, and four times as much.
func (b *bench) fourTimes(r recipe, split bool) ([]targetRow, error) {
	j, err := b.bigJob(r, 16000, 8, split)
	if err != nil {
		return nil, err
	}
	four, err := b.bigJob(r, 64000, 8, split)
	if err != nil {
		return nil, err
	}
	commands := []command{{argv: j.mpyld(b), output: j.output}, {argv: four.mpyld(b), output: four.output}, {}}
	if split {
		commands[2] = b.commands(j)[2]
	}
	costs, err := compare(commands, max(5, b.runs/4))
	if err != nil {
		return nil, err
	}
	rows := []targetRow{
		{j.name, "processor time of 64000 / that of 16000", times(costs[1].leastCPU, costs[0].leastCPU), 4.4, inTimes},
		{"", "memory of 64000 / that of 16000", float64(costs[1].memory) / float64(costs[0].memory), 4.2, inTimes},
	}
	if split {
		rows = append(rows, targetRow{"", "processor time / that of ld -r", times(costs[0].leastCPU, costs[2].leastCPU), 0.2, inTimes})
	}
	return rows, nil
}

// times is how many times one time is another; 0: there is no other.
func times(a, b time.Duration) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

func inMillis(d time.Duration) float64 { return d.Seconds() * 1e3 }
