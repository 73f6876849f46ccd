package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// full is a file on a full disk.
type full struct{}

func (full) Write([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.ENOSPC}
}

// TestFullConsole: what cannot be printed is an error of every verb; when the
// module is written by then, that is said too.
func TestFullConsole(t *testing.T) {
	in, err := scriptInputs()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, name := range []string{"hello.o", "config.h"} {
		if err := os.WriteFile(at(name), in["x64/hello/"+name], 0o666); err != nil {
			t.Fatal(err)
		}
	}
	link := []string{"--qstrs", at("config.h"), "-o", at("m.mpy"), at("hello.o")}
	call := func(stdout io.Writer, args ...string) (int, string) {
		var stderr bytes.Buffer
		code := run(append([]string{"mpyld"}, args...), stdout, &stderr)
		return code, stderr.String()
	}
	const failed = "mpyld: error: standard output: cannot write: no space left on device\n"
	if code, text := call(full{}, link...); code != exitFailed || text != failed+"mpyld: note: the link is done: "+at("m.mpy")+" is complete\n" {
		t.Errorf("link: exit code %d and %q", code, text)
	}
	written, err := os.ReadFile(at("m.mpy"))
	if err != nil {
		t.Fatal(err)
	}
	if code, text := call(io.Discard, link...); code != exitOK || text != "" {
		t.Fatalf("exit code %d and %q", code, text)
	}
	if again, err := os.ReadFile(at("m.mpy")); err != nil || !bytes.Equal(again, written) {
		t.Error("what was written then is not the module")
	}
	if err := os.Remove(at("m.mpy")); err != nil {
		t.Fatal(err)
	}
	for _, first := range [][]string{{"--trace-symbol", "mpy_init"}, {"--why-extract", "-"}} {
		if code, text := call(full{}, append(first, link...)...); code != exitFailed || text != failed {
			t.Errorf("%v: exit code %d and %q", first, code, text)
		}
		if exists(at("m.mpy")) {
			t.Errorf("%v: it is written all the same", first)
		}
	}
	if err := os.WriteFile(at("m.mpy"), written, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"verify", at("m.mpy")},
		{"inspect", at("m.mpy")},
		{"dump", at("m.mpy")},
		{"dump", "--json", at("m.mpy")},
		{"dump", "-x", at("m.mpy")},
		{"check", "--target", "latest", at("m.mpy")},
		{"diff", at("m.mpy"), at("other.mpy")},
		{"targets"},
		{"help"},
		{"--version"},
	} {
		if args[0] == "diff" {
			if code, text := call(io.Discard, "--qstrs", at("config.h"), "--source-name", "x", "-o", at("other.mpy"), at("hello.o")); code != exitOK {
				t.Fatalf("exit code %d and %q", code, text)
			}
		}
		if code, text := call(full{}, args...); code != exitFailed || text != failed {
			t.Errorf("%v: exit code %d and %q", args, code, text)
		}
	}
}
