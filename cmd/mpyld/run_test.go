package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"mpyld"
	"mpyld/diag"
)

func TestExitCodes(t *testing.T) {
	plain := errors.New("plain")
	for _, test := range []struct {
		err  error
		code int
		text string
	}{
		{nil, 0, ""},
		{plain, 1, "mpyld: error: plain\n"},
		{diag.New("a.o", "bad").Note("good"), 1, "mpyld: error: a.o: bad\nmpyld: note: good\n"},
		{usage(plain), 2, "mpyld: error: plain\n"},
		{bug("wrong", plain), 3, "mpyld: error: wrong\nmpyld: note: plain\nmpyld: note: this is a mistake in mpyld, not in your files: please report it, with the command line and the input files\n"},
		{&mpyld.InternalError{What: "wrong", Details: plain}, 3, "mpyld: error: wrong\nmpyld: note: plain\nmpyld: note: this is a mistake in mpyld, not in your files: please report it, with the command line and the input files\n"},
	} {
		var stderr bytes.Buffer
		if code := fenced(newReporter(&stderr), func() error { return test.err }); code != test.code || stderr.String() != test.text {
			t.Errorf("%v: exit code %d and %q, want %d and %q", test.err, code, stderr.String(), test.code, test.text)
		}
	}
}

func TestPanic(t *testing.T) {
	index := func() error { _ = []int{}[len(t.Name())]; return nil }
	for _, debug := range []string{"", "1"} {
		t.Setenv("MPYLD_DEBUG", debug)
		var stderr bytes.Buffer
		if code := fenced(newReporter(&stderr), index); code != exitBug {
			t.Errorf("exit code %d, want %d", code, exitBug)
		}
		if !strings.Contains(stderr.String(), "mpyld: error: internal error: runtime error: index out of range") {
			t.Errorf("the panic does not show:\n%s", stderr.String())
		}
		if trace := strings.Contains(stderr.String(), "goroutine"); trace != (debug != "") {
			t.Errorf("MPYLD_DEBUG=%q: stack trace %v", debug, trace)
		}
	}
}
