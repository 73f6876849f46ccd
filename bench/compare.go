//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// command is one program at work on one module.
type command struct {
	argv    []string // nil: not to be had
	output  string   // removed before each run, as in a clean build
	dir     string   // where to run it; "": here
	runs    int      // if not 0, fewer than the others
	mayFail bool     // a failure costs too
}

// compare lets commands take turns and returns the median cost of each; that
// of one that was not run is zero. The first must succeed; the others are
// left out from their first failure on, for older linkers fail on some modules.
func compare(commands []command, runs int) ([]cost, error) {
	all := make([][]cost, len(commands))
	for run := range runs + 1 {
		for i := range commands {
			c := &commands[i]
			if c.argv == nil || c.runs > 0 && run >= c.runs {
				continue
			}
			os.Remove(c.output)
			got, err := measure(*c)
			switch {
			case err != nil && i == 0:
				return nil, err
			case err != nil:
				c.argv, all[i] = nil, nil
				continue
			}
			if run > 0 || c.runs == 1 { // the first one warms the file cache
				all[i] = append(all[i], got)
			}
		}
	}
	medians := make([]cost, len(commands))
	for i := range all {
		if len(all[i]) > 0 {
			medians[i] = median(all[i])
		}
	}
	return medians, nil
}

func median(costs []cost) cost {
	var times, cpus []time.Duration
	var memory []int64
	for _, c := range costs {
		times, cpus, memory = append(times, c.time), append(cpus, c.cpu), append(memory, c.memory)
	}
	slices.Sort(times)
	slices.Sort(memory)
	return cost{time: times[len(times)/2], memory: memory[len(memory)/2], best: times[0], leastCPU: slices.Min(cpus), failed: costs[0].failed}
}

// measure runs a command under a probe: see there.
func measure(c command) (cost, error) {
	self, err := os.Executable()
	if err != nil {
		return cost{}, err
	}
	probe := exec.Command(self, append([]string{probeVerb}, c.argv...)...)
	probe.Dir = c.dir
	var stderr strings.Builder
	probe.Stderr = &stderr
	out, err := probe.Output()
	if err != nil && !c.mayFail {
		return cost{}, fmt.Errorf("%s: %w\n%s", strings.Join(c.argv, " "), err, stderr.String())
	}
	var got cost
	got.failed = err != nil
	_, err = fmt.Sscan(string(out), &got.time, &got.memory, &got.cpu)
	return got, err
}
