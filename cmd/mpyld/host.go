package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"mpyld/diag"
	"mpyld/internal/host"
)

// thisHost is the system for builds. What Open opens counts as an input of the
// run, which no output may replace; ReadFile is for what a build has made itself.
type thisHost struct{ system }

func (thisHost) ReadFile(name string) ([]byte, error) { return os.ReadFile(name) }

func (thisHost) MkdirAll(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return diag.New(dir, "cannot make the directory: %s", reason(err))
	}
	return nil
}

func (h thisHost) WriteFile(name string, data []byte) error {
	if err := h.MkdirAll(filepath.Dir(name)); err != nil {
		return err
	}
	return writeOutput(name, data)
}

func (thisHost) Append(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return cannotWrite(name, err)
	}
	if _, err = f.Write(data); err != nil {
		f.Close()
		return cannotWrite(name, err)
	}
	return f.Close()
}

func (thisHost) Getenv(name string) string { return os.Getenv(name) }

func (thisHost) Abs(name string) string {
	if abs, err := filepath.Abs(name); err == nil {
		return abs
	}
	return name
}

func (thisHost) Find(program string) string {
	path, err := exec.LookPath(program)
	if err != nil {
		return ""
	}
	return path
}

// endTime is how long a program has to end after it was told to.
const endTime = 5 * time.Second

func (thisHost) Run(ctx context.Context, c host.Command) host.Result {
	start := time.Now()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, c.Argv[0], c.Argv[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.Dir, cmd.WaitDelay = c.Dir, endTime
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(c.Stdin), &stdout, &stderr
	if c.Here {
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if c.Stdin == "" {
			cmd.Stdin = os.Stdin
		}
	}
	if len(c.Env) > 0 {
		cmd.Env = append(os.Environ(), c.Env...)
	}
	err := cmd.Run()
	return host.Result{Stdout: stdout.String(), Stderr: stderr.String(), Err: err, Took: time.Since(start)}
}
