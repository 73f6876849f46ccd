//go:build unix

package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestWriteOutputMode: an output has the permissions of any new file, also
// when it replaces one that had others.
func TestWriteOutputMode(t *testing.T) {
	old := syscall.Umask(0o027)
	defer syscall.Umask(old)
	path := filepath.Join(t.TempDir(), "m.mpy")
	for _, data := range []string{"one", "two"} {
		if err := writeOutput(path, []byte(data)); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != data {
			t.Errorf("the file has %q, %v", got, err)
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode() != fs.FileMode(0o640) {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
		if err := os.Chmod(path, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWriteOutputBesideLeftover: a temporary file that a killed process left
// behind is in nobody's way.
func TestWriteOutputBesideLeftover(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.mpy")
	left, err := createBeside(path)
	if err != nil {
		t.Fatal(err)
	}
	defer left.Close()
	if err := writeOutput(path, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "new" {
		t.Errorf("the file has %q, %v", got, err)
	}
}

// TestWriteOutputFails: what was there stays, and nothing else does.
func TestWriteOutputFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "m.mpy")
	if err := os.WriteFile(path, []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	// No file may grow past its limit, as on a full disk.
	var limit, none syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	none = syscall.Rlimit{Cur: 2, Max: limit.Max}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &none); err != nil {
		t.Fatal(err)
	}
	err := writeOutput(path, []byte("new content"))
	if e := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); e != nil {
		t.Fatal(e)
	}
	if err == nil {
		t.Error("writing past the limit succeeded")
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "old" {
		t.Errorf("the file has %q, %v", got, err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("files left: %v", entries)
	}
}
