package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/urfave/cli/v2"

	"mpyld"
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

// errNo is what verbs that answer a question return when the answer is no: it
// has been printed, and there is no more to say.
var errNo = errors.New("no")

// usage marks an error as a mistake in the command line.
func usage(err error) error { return &failure{exitUsage, err} }

// bug marks an error as a mistake in mpyld, and says what to do about it.
func bug(what string, err error) error {
	e := diag.New("", "%s", what).Of("internal error")
	var errs diag.List
	errs.Join(err)
	for i, detail := range errs {
		if i == maxDetails {
			e.Note("and %d more", len(errs)-i)
			break
		}
		e.Note("%s", detail)
	}
	return &failure{exitBug, e.Note("this is a mistake in mpyld, not in your files: please report it, with the command line and the input files")}
}

// maxDetails is how much of what is wrong a report of a bug shows: enough to
// recognise it, as whoever looks into it has the inputs.
const maxDetails = 5

// run is the whole program but for the process around it.
func run(argv []string, stdout, stderr io.Writer) int {
	opened.forget()
	rep := newReporter(stderr)
	return fenced(rep, func() error { return execute(argv, &console{Writer: stdout}, rep) })
}

// execute finds the action that a command line asks for and runs it.
func execute(argv []string, stdout io.Writer, rep *reporter) error {
	if len(argv) > 1 && argv[1] == completeVerb {
		return complete(newApp(stdout, rep), argv[2:])
	}
	argv, err := disk.ExpandArgs(argv)
	if err != nil {
		return usage(err)
	}
	app := func() *cli.App { return newApp(stdout, rep) }
	if words := argv[min(1, len(argv)):]; needsNoVerbs(words) {
		a := action{linkOptions: &linkOptions{}, stdout: stdout, rep: rep, app: app}
		a.help = func() error { return app().Run(argv) }
		return a.run(words, a.rows(rep))
	}
	return app().Run(argv)
}

// fenced runs f and reports its error. A panic becomes one line too: a stack
// trace tells users nothing, and those whom it tells something can have it.
func fenced(rep *reporter, f func() error) (code int) {
	defer func() {
		if p := recover(); p != nil {
			if os.Getenv("MPYLD_DEBUG") != "" {
				fmt.Fprintf(rep, "%s\n", debug.Stack())
			}
			code = report(rep, bug(fmt.Sprintf("internal error: %v", p), nil))
		}
	}()
	return report(rep, f())
}

// report prints an error and returns the exit code that goes with it.
func report(rep *reporter, err error) int {
	if err == nil {
		return exitOK
	}
	if err == errNo {
		return exitFailed
	}
	if e := (*mpyld.InternalError)(nil); errors.As(err, &e) {
		err = bug(e.What, e.Details)
	}
	rep.failed(err)
	if e := (*ended)(nil); errors.As(err, &e) {
		endBy(e.by)
	}
	var f *failure
	if errors.As(err, &f) {
		return f.code
	}
	return exitFailed
}
