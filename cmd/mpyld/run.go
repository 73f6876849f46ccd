package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"mpyld/diag"
)

// Exit codes. Make and CI scripts tell them apart.
const (
	exitOK     = 0
	exitFailed = 1 // the inputs cannot be linked, or a file cannot be read or written
	exitUsage  = 2 // the command line makes no sense
	exitBug    = 3 // mpyld itself is wrong
)

// A failure is an error that exits with another code than exitFailed.
type failure struct {
	code int
	err  error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// usage marks an error as a mistake in the command line.
func usage(err error) error { return &failure{exitUsage, err} }

// bug marks an error as a mistake in mpyld, and says what to do about it.
func bug(text string) error {
	return &failure{exitBug, diag.New("", "%s", text).
		Note("this is a mistake in mpyld, not in your files: please report it, with the command line and the input files")}
}

// run is the whole program but for the process around it.
func run(argv []string, stdout, stderr io.Writer) int {
	return fenced(stderr, func() error { return execute(argv, stdout) })
}

// execute finds the action that a command line asks for and runs it.
func execute(argv []string, stdout io.Writer) error {
	app := newApp(stdout)
	argv, err := normalizeArgs(argv, app)
	if err != nil {
		return usage(err)
	}
	return app.Run(argv)
}

// fenced runs f and reports its error. A panic becomes one line too: a stack
// trace tells users nothing, and those whom it tells something can have it.
func fenced(stderr io.Writer, f func() error) (code int) {
	defer func() {
		if p := recover(); p != nil {
			if os.Getenv("MPYLD_DEBUG") != "" {
				fmt.Fprintf(stderr, "%s\n", debug.Stack())
			}
			code = report(stderr, bug(fmt.Sprintf("internal error: %v", p)))
		}
	}()
	return report(stderr, f())
}

// report prints an error and returns the exit code that goes with it.
func report(stderr io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	fmt.Fprint(stderr, diag.Render("mpyld: ", err))
	var f *failure
	if errors.As(err, &f) {
		return f.code
	}
	return exitFailed
}
