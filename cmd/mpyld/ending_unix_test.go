//go:build unix

package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"testing"
)

func init() { programs["ended"] = endedBy }

// endedBy is a program that gets a signal while it works.
func endedBy() {
	number, err := strconv.Atoi(os.Args[1])
	if err != nil {
		os.Exit(exitBug)
	}
	os.Exit(report(newReporter(os.Stderr), untilEnded(func(ctx context.Context) error {
		_ = syscall.Kill(os.Getpid(), syscall.Signal(number))
		<-ctx.Done()
		return ctx.Err()
	})))
}

// TestUntilEnded: what is told to end says so and ends by the signal; what is not, by itself.
func TestUntilEnded(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for s, want := range map[syscall.Signal]string{
		syscall.SIGINT: "mpyld: error: ended by a signal: interrupt\n", syscall.SIGTERM: "mpyld: error: ended by a signal: terminated\n",
	} {
		caught := make(chan os.Signal, 1) // as in TestSignals
		signal.Notify(caught, s)
		defer signal.Stop(caught)
		var stderr bytes.Buffer
		cmd := exec.Command(self)
		cmd.Args, cmd.Stderr = []string{"ended", strconv.Itoa(int(s))}, &stderr
		_ = cmd.Run()
		if status := cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != s || stderr.String() != want {
			t.Errorf("%v: it ends by %v and says %q", s, status, stderr.String())
		}
	}
	if err := untilEnded(func(context.Context) error { return errNo }); err != errNo {
		t.Errorf("without a signal the error is %v", err)
	}
}
