//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestWriteOutputMode: a new output has the permissions of any new file; one
// that replaces another has those of the other, but for the bits that would
// make somebody run it as its owner.
func TestWriteOutputMode(t *testing.T) {
	opened.forget() // a new file may have the number of one that a test before has read
	old := syscall.Umask(0o027)
	defer syscall.Umask(old)
	path := filepath.Join(t.TempDir(), "m.mpy")
	for _, mode := range []struct{ before, after fs.FileMode }{
		{0, 0o640},
		{0o600, 0o600},
		{0o666, 0o666}, // more than a new file would get
		{0o444, 0o444},
		{0o755 | fs.ModeSetuid | fs.ModeSetgid, 0o755},
	} {
		if mode.before != 0 {
			if err := os.Chmod(path, mode.before); err != nil {
				t.Fatal(err)
			}
		}
		text := mode.before.String()
		if err := writeOutput(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("%v: the file has %q, %v", mode.before, got, err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode() != mode.after {
			t.Errorf("%v: now %v, %v, want %v", mode.before, info.Mode(), err, mode.after)
		}
	}
}

// TestWriteOutputOwner: what replaces a file of somebody else is theirs. Who may not
// give files away has none of anybody else to replace.
func TestWriteOutputOwner(t *testing.T) {
	opened.forget() // a new file may have the number of one that a test before has read
	path := filepath.Join(t.TempDir(), "m.mpy")
	uid, gid := os.Geteuid(), os.Getegid()
	if uid == 0 {
		uid, gid = 12345, 23456
	}
	if err := errors.Join(os.WriteFile(path, nil, 0o666), os.Chown(path, uid, gid), writeOutput(path, []byte("new"))); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if st := info.Sys().(*syscall.Stat_t); int(st.Uid) != uid || int(st.Gid) != gid || st.Size != 3 {
		t.Errorf("%d bytes of %d:%d, want 3 of %d:%d", st.Size, st.Uid, st.Gid, uid, gid)
	}
}

// TestStandardOutput: an output that is the standard output, by whatever name, goes
// where the rest of that goes.
func TestStandardOutput(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	before := []byte("before\n")
	if err := os.WriteFile(filepath.Join(dir, "a.c"), []byte("MP_QSTR_a_name"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"out", "link", "/dev/stdout", "/proc/self/fd/1"} {
		path := filepath.Join(dir, "out")
		if err := errors.Join(os.RemoveAll(path), os.RemoveAll(filepath.Join(dir, "link")), os.Symlink("out", filepath.Join(dir, "link"))); err != nil {
			t.Fatal(err)
		}
		out, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := out.Write(before); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(self)
		cmd.Args = []string{"mpyld", "--preprocess", "-o", name, "a.c"}
		cmd.Dir, cmd.Stdout = dir, out
		if err := cmd.Run(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		got, err := os.ReadFile(path)
		if err != nil || !bytes.HasPrefix(got, before) || !bytes.Contains(got, []byte("MP_QSTR_a_name")) {
			t.Errorf("%s: the file has %q, %v", name, got, err)
		}
		out.Close()
		// And through a pipe.
		cmd = exec.Command(self)
		cmd.Args = []string{"mpyld", "--preprocess", "-o", name, "a.c"}
		cmd.Dir = dir
		if got, err := cmd.Output(); err != nil || bytes.Contains(got, []byte("MP_QSTR_a_name")) != strings.HasPrefix(name, "/") {
			t.Errorf("%s: the pipe has %q, %v", name, got, err)
		}
	}
}

// TestTwice: which files of a merge are one, by whatever names. A pipe is another
// each time that it is opened.
func TestTwice(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"a", "b"} {
		if err := os.WriteFile(name, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Unix(1e9, 0)
	if err := errors.Join(os.Chtimes("a", now, now), os.Chtimes("b", now, now), os.Link("a", "hard"), os.Symlink("b", "soft"), syscall.Mkfifo("fifo", 0o600)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ files, want string }{
		{"a b", ""},
		{"fifo fifo a", ""},
		{"none none", ""}, // reading them says what is wrong
		{"a b hard", "hard: is given twice: file 3 of the merge is file 1 too (a)"},
		{"b a soft ./b", "soft: is given twice: file 3 of the merge is file 1 too (b)\n./b: is given twice: file 4 of the merge is file 1 too (b)"},
	} {
		var got []string
		for _, e := range twice(strings.Fields(c.files)) {
			got = append(got, fmt.Sprintf("%s: %s", e.Where, e.Text))
		}
		if text := strings.Join(got, "\n"); text != c.want {
			t.Errorf("%s: got %q, want %q", c.files, text, c.want)
		}
	}
}

// TestWriteOutputBesideLeftover: a temporary file that a killed process left
// behind is in nobody's way, and a long name leaves room for one.
func TestWriteOutputBesideLeftover(t *testing.T) {
	opened.forget() // a new file may have the number of one that a test before has read
	dir := t.TempDir()
	left, err := createBeside(dir, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	defer left.Close()
	path := filepath.Join(dir, strings.Repeat("m", 251)+".mpy") // NAME_MAX
	if err := writeOutput(path, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "new" {
		t.Errorf("the file has %q, %v", got, err)
	}
}

// TestWriteOutputsLinks: links stay links, whether there is something at their
// end or not, and what they lead to is written.
func TestWriteOutputsLinks(t *testing.T) {
	opened.forget() // a new file may have the number of one that a test before has read
	dir := t.TempDir()
	in := func(names ...string) string { return filepath.Join(append([]string{dir}, names...)...) }
	err := errors.Join(
		os.MkdirAll(in("a", "b"), 0o777), os.MkdirAll(in("c"), 0o777),
		os.Symlink("target", in("dangling")),
		os.Symlink("dangling", in("chain")),
		os.Symlink(in("a", "b"), in("c", "dir")), // dir/.. is a, not c
		os.Symlink("dir/../up", in("c", "through")),
		os.Symlink("round", in("circle")), os.Symlink("circle", in("round")),
	)
	if err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{in("dangling"): in("target"), in("c", "through"): in("a", "up")} {
		for _, text := range []string{"one", "two"} {
			if err := writeOutput(link, []byte(text)); err != nil {
				t.Fatal(err)
			}
			info, err := os.Lstat(link)
			if err != nil || info.Mode()&fs.ModeSymlink == 0 {
				t.Errorf("%s is no link any more", link)
			}
			if got, err := os.ReadFile(target); err != nil || string(got) != text {
				t.Errorf("%s has %q, %v", target, got, err)
			}
		}
	}
	if err := writeOutput(in("circle"), nil); err == nil || !strings.Contains(err.Error(), "symbolic links") {
		t.Errorf("a circle of links: %v", err)
	}
	for _, pair := range [][]string{{"chain", "target"}, {"chain", "dangling"}, {"a/b/new", "c/dir/new"}, {"a/../new", "new"}} {
		if err := checkOutputs([]string{in(pair[0]), dir + "/" + pair[1]}); err == nil || !strings.Contains(err.Error(), "two outputs") {
			t.Errorf("%v: %v", pair, err)
		}
	}
	if err := checkOutputs([]string{in("one"), in("two"), in("a", "one")}); err != nil {
		t.Error(err)
	}
}

// TestWriteOutputsAll: if one of several files cannot be written, the others
// stay what they were.
func TestWriteOutputsAll(t *testing.T) {
	opened.forget() // a new file may have the number of one that a test before has read
	dir := t.TempDir()
	first := filepath.Join(dir, "first")
	if err := os.WriteFile(first, []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := writeOutputs([]output{{path: first, data: []byte("new")}, {path: dir}}); err == nil {
		t.Error("a directory was written to")
	}
	if got, err := os.ReadFile(first); err != nil || string(got) != "old" {
		t.Errorf("the file has %q, %v", got, err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("files left: %v", entries)
	}
}

// TestWriteOutputsNone: when one cannot be written after others have their names, those
// are taken away: a map of a module that is not there is of no use.
func TestWriteOutputsNone(t *testing.T) {
	opened.forget()      // a new file may have the number of one that a test before has read
	t.Chdir(t.TempDir()) // names of sockets are short
	s, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(s)
	if err := syscall.Bind(s, &syscall.SockaddrUnix{Name: "socket"}); err != nil {
		t.Fatal(err)
	}
	if err := writeOutputs([]output{{path: "m.map"}, {path: "m.d"}, {path: "socket"}}); err == nil {
		t.Error("a socket was opened as a file")
	}
	if entries, _ := os.ReadDir("."); len(entries) != 1 || entries[0].Name() != "socket" {
		t.Errorf("files left: %v", entries)
	}
}

// TestOverwrite: where no new file can be made, the old one is written to, and
// is as it was when that fails.
func TestOverwrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.mpy")
	for _, text := range []string{"a first text", "short", "a longer text than that"} {
		if text == "a first text" {
			if err := os.WriteFile(path, []byte("something"), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if err := overwrite(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("the file has %q, %v", got, err)
		}
	}
	err := limited(t, func() error { return overwrite(path, make([]byte, 2*fileLimit)) })
	if err == nil {
		t.Error("writing past the limit succeeded")
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "a longer text than that" {
		t.Errorf("the file has %q, %v", got, err)
	}
}

// TestPipes: what is no regular file is written to and stays what it is.
func TestPipes(t *testing.T) {
	opened.forget() // a new file may have the number of one that a test before has read
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	got := make(chan string)
	go func() {
		data, _ := os.ReadFile(path)
		got <- string(data)
	}()
	if err := writeOutput(path, []byte("through a pipe")); err != nil {
		t.Fatal(err)
	}
	if text := <-got; text != "through a pipe" {
		t.Errorf("got %q", text)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode()&fs.ModeNamedPipe == 0 {
		t.Errorf("the pipe is %v, %v", info.Mode(), err)
	}
}

// fileLimit is more than go test's own log of what a test reads, which is
// written at any time.
const fileLimit = 8 << 20

// limited runs f while no file may grow past fileLimit, as on a full disk.
func limited(t *testing.T, f func() error) error {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: fileLimit, Max: limit.Max}); err != nil {
		t.Fatal(err)
	}
	err := f()
	if e := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); e != nil {
		t.Fatal(e)
	}
	return err
}

// TestWriteOutputFails: what was there stays, and nothing else does.
func TestWriteOutputFails(t *testing.T) {
	opened.forget() // a new file may have the number of one that a test before has read
	dir := t.TempDir()
	path := filepath.Join(dir, "m.mpy")
	if err := os.WriteFile(path, []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	err := limited(t, func() error { return writeOutput(path, make([]byte, 2*fileLimit)) })
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

// TestWriteOutputMeanwhile: a file that somebody else makes while ours is being written is
// replaced, as it is by a program that renames. No other file is left.
func TestWriteOutputMeanwhile(t *testing.T) {
	opened.forget() // a new file may have the number of one that a test before has read
	for _, meanwhile := range []bool{false, true} {
		dir := t.TempDir()
		path := filepath.Join(dir, "m.mpy")
		o, g := output{path: path, data: []byte("ours")}, &tempGuard{}
		if err := o.prepare(g); err != nil {
			t.Fatal(err)
		}
		if left, err := os.ReadDir(dir); o.bare != nil && len(left) > 0 || err != nil {
			t.Errorf("before it is complete there is %v, %v", left, err)
		}
		if meanwhile {
			if err := os.WriteFile(path, []byte("theirs"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		err := o.commit(g)
		g.release()
		if got, errRead := os.ReadFile(path); string(got) != "ours" || errors.Join(err, errRead) != nil {
			t.Errorf("meanwhile %t: the file has %q, %v, %v", meanwhile, got, err, errRead)
		}
		if left, err := os.ReadDir(dir); len(left) != 1 {
			t.Errorf("meanwhile %t: there is %v, %v", meanwhile, left, err)
		}
		if o.remove(); exists(path) {
			t.Errorf("meanwhile %t: it cannot be taken away", meanwhile)
		}
		o.close()
	}
}
