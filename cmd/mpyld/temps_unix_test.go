//go:build unix

package main

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"testing"
)

func init() { programs["signalled"] = signalled }

// signalled is a program that gets a signal when its output is not yet complete.
func signalled() {
	number, err := strconv.Atoi(os.Args[1])
	if len(os.Args) > 2 { // what nohup does
		signal.Ignore(syscall.Signal(number))
	}
	g := guardTemps()
	if len(os.Args) > 2 && !signal.Ignored(syscall.Signal(number)) {
		os.Exit(exitBug)
	}
	f, errCreate := g.create(".", 0o666)
	if errors.Join(err, errCreate) != nil {
		os.Exit(exitBug)
	}
	if _, err := os.Stat(f.Name()); err != nil {
		os.Exit(exitUsage)
	}
	_ = syscall.Kill(os.Getpid(), syscall.Signal(number))
	if len(os.Args) > 2 {
		g.release()
		os.Exit(exitOK)
	}
	select {}
}

// TestSignals: a signal ends the program as it ends any, and leaves nothing
// behind; one that is ignored is ignored.
func TestSignals(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		// Tests may run where the signal is ignored (nohup, a job in the background),
		// which children inherit. What is caught here, they have as usual.
		caught := make(chan os.Signal, 1)
		signal.Notify(caught, s)
		defer signal.Stop(caught)
		for _, extra := range [][]string{nil, {"ignored"}} {
			cmd := exec.Command(self)
			cmd.Dir = t.TempDir()
			cmd.Args = append([]string{"signalled", strconv.Itoa(int(s))}, extra...)
			err := cmd.Run()
			status := cmd.ProcessState.Sys().(syscall.WaitStatus)
			if extra == nil && (!status.Signaled() || status.Signal() != s) || extra != nil && err != nil {
				t.Errorf("%v %v: it ended by %v", s, extra, err)
			}
			if left, _ := os.ReadDir(cmd.Dir); len(left) != 0 {
				t.Errorf("%v %v: files left: %v", s, extra, left)
			}
		}
	}
}
