// Package host is what a build asks of the system it runs on: files, programs
// and the environment.
//
// It stands apart because packages that decide what to build must not touch the
// system themselves: the command gives them one Host, tests another. It must
// never decide anything.
package host

import (
	"context"
	"io/fs"
	"time"
)

// Host is a system. Names of files are the system's own, relative ones from the
// directory it runs programs in.
type Host interface {
	fs.StatFS

	ReadFile(name string) ([]byte, error)

	// WriteFile gives a file its content, or leaves what was there. It makes the
	// directory of the file.
	WriteFile(name string, data []byte) error

	// Append adds to the end of a file, which may not be there yet.
	Append(name string, data []byte) error

	MkdirAll(dir string) error

	// TryLock takes a file that one process has at a time, until it releases the file or
	// ends, and makes it. release is nil while another has it. A file that cannot be made,
	// or for which the system has no locks, is everybody's.
	TryLock(name string) (release func())

	Getenv(name string) string

	// Abs is a name that means the same in any directory.
	Abs(name string) string

	// Find returns the path of a program as a command line names it, or "".
	Find(program string) string

	Run(ctx context.Context, c Command) Result
}

// Command is a program to run.
type Command struct {
	Argv  []string
	Dir   string   // where it runs; "": where this program does
	Env   []string // what is set beside the system's own: NAME=VALUE
	Stdin string

	// Here, it writes where this program does, and without Stdin reads what this
	// program would; its Result has no output.
	Here bool
}

// Result is what a program did.
type Result struct {
	Stdout, Stderr string
	Err            error // it could not run, or its exit status is not 0
	Took           time.Duration
}
