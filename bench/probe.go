//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// probeVerb as the first argument makes this program run one command and print
// what it cost.
//
// That takes a process of its own because Linux counts into the peak memory of
// a process what its parent had when it was forked (getrusage(2), exec's
// hiwater_rss): measured from a process full of fixtures, every program
// seems as big as that. A fresh one is smaller than anything measured here.
const probeVerb = "probe"

// cost is what one process took, from its start until it was gone.
type cost struct {
	time   time.Duration
	memory int64 // peak resident set, in KiB

	cpu    time.Duration // of processors
	failed bool

	best, leastCPU time.Duration // the least of several runs
}

func probe(argv []string) {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stderr = os.Stderr
	start := time.Now()
	err := cmd.Run()
	elapsed := time.Since(start)
	if cmd.ProcessState != nil {
		fmt.Println(int64(elapsed), cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss, int64(cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
