package mpyld_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"mpyld"
	"mpyld/diag"
	"mpyld/fixtures"
	"mpyld/fixtures/elfmake"
	"mpyld/target"
)

// twoFiles is a fixture of two objects that need each other, as options that link
// it from memory.
func twoFiles(t *testing.T) (fstest.MapFS, mpyld.Options) {
	t.Helper()
	set, c, err := fixtures.Stored("armv7m-gcc12.2-Os-fpic", "twofiles")
	if err != nil {
		t.Fatal(err)
	}
	files := c.FS().(fstest.MapFS)
	return files, mpyld.Options{FS: files, Files: c.Names(), QStrs: "config.h", SourceName: "twofiles.mpy", Target: target.Options{Arch: set.Arch}}
}

// noReaderAt is a file system whose files can only be read from the front.
type noReaderAt struct{ fs.FS }

func (f noReaderAt) Open(name string) (fs.File, error) {
	file, err := f.FS.Open(name)
	if err != nil {
		return nil, err
	}
	return struct{ fs.File }{file}, nil
}

// TestLibraries: an archive in a directory, by its name, by a script, and in a
// file system of any kind, gives the module that its members give.
func TestLibraries(t *testing.T) {
	files, o := twoFiles(t)
	want, err := mpyld.Link(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	one, two := o.Files[0], o.Files[1]
	files["lib/libtwo.a"] = &fstest.MapFile{Data: elfmake.Dialects[1].Build([]elfmake.Member{{Name: two, Data: files[two].Data}})}
	files["lib/libscript.a"] = &fstest.MapFile{Data: []byte("/* GNU ld script */ GROUP ( -ltwo )\n")}
	files["lib/libagain.a"] = &fstest.MapFile{Data: []byte("INPUT ( libagain.a )\n")}
	o.Files, o.LibDirs = []string{one}, []string{"nowhere", "lib"}
	for _, lib := range []string{"two", "lib/libtwo.a", ":libtwo.a", "script"} {
		for _, fsys := range []fs.FS{files, noReaderAt{files}} {
			o.FS, o.Libs = fsys, []string{lib, "two"}
			got, err := mpyld.Link(context.Background(), o)
			if err != nil || !bytes.Equal(got.Bytes, want.Bytes) {
				t.Errorf("-l %s: %v", lib, err)
				continue
			}
			if n := len(got.Inputs); got.Inputs[n-1] != "lib/libtwo.a" && got.Inputs[n-2] != "lib/libtwo.a" {
				t.Errorf("-l %s: the inputs are %q", lib, got.Inputs)
			}
		}
	}
	o.Libs = []string{"again"}
	if _, err := mpyld.Link(context.Background(), o); err == nil || !strings.Contains(err.Error(), "name each other in a circle") {
		t.Errorf("a script that names itself: %v", err)
	}
	o.Libs = []string{"absent"}
	o.LibDirs = nil
	if _, err := mpyld.Link(context.Background(), o); err == nil || !strings.Contains(err.Error(), "file does not exist") {
		t.Errorf("a library that is not there: %v", err)
	}
}

// TestLinkStops: options that make no sense, and contexts that have ended, read
// nothing.
func TestLinkStops(t *testing.T) {
	_, o := twoFiles(t)
	ended, end := context.WithCancel(context.Background())
	end()
	closed := o
	closed.FS = fstest.MapFS{}
	if _, err := mpyld.Link(ended, closed); !errors.Is(err, context.Canceled) {
		t.Errorf("ended: %v", err)
	}
	in, err := mpyld.Read(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if _, err := in.Link(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("ended after reading: %v", err)
	}
	if _, err := in.Link(context.Background()); err != nil {
		t.Errorf("not linked before: %v", err)
	}
	if _, err := in.Link(context.Background()); err == nil {
		t.Error("linked twice")
	}
	for _, bad := range []struct {
		change func(o *mpyld.Options)
		want   string
	}{
		{func(o *mpyld.Options) { o.FS = nil }, "Options.FS is nil"},
		{func(o *mpyld.Options) { o.Target.Arch = "z80" }, "there is no such architecture"},
		{func(o *mpyld.Options) { o.Target.FloatABI = "hard" }, "passes floats in core registers"},
		{func(o *mpyld.Options) { o.Target.Release = "0.9" }, "--target"},
	} {
		o := o
		o.Files = []string{"not there"}
		bad.change(&o)
		var list diag.List
		if _, err := mpyld.Link(context.Background(), o); !errors.As(err, &list) && !strings.Contains(err.Error(), bad.want) || len(list) > 1 {
			t.Errorf("%v, want %s", err, bad.want)
		}
		if err := o.Check(); err == nil || !strings.Contains(err.Error(), bad.want) {
			t.Errorf("%v, want %s", err, bad.want)
		}
	}
}

// TestFailedLink: after an error of linking, the module tells what it did.
func TestFailedLink(t *testing.T) {
	_, o := twoFiles(t)
	o.Files, o.Trace = o.Files[1:], []string{"mpy_init"}
	m, err := mpyld.Link(context.Background(), o)
	var list diag.List
	if !errors.As(err, &list) || !strings.Contains(err.Error(), "undefined symbol: one_next") {
		t.Fatalf("%v", err)
	}
	if m == nil || m.Bytes != nil || len(m.Trace) == 0 || !slices.Equal(m.Inputs, []string{o.Files[0], "config.h"}) {
		t.Errorf("%+v", m)
	}
}

// TestLinksAtOnce: links share nothing that they write to.
func TestLinksAtOnce(t *testing.T) {
	_, o := twoFiles(t)
	want, err := mpyld.Link(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			o := o
			o.Target.Release = []string{"", "1.24"}[i%2]
			m, err := mpyld.Link(context.Background(), o)
			if err != nil || !bytes.Equal(m.Bytes, want.Bytes) {
				t.Errorf("another module: %v", err)
				return
			}
			f, err := mpyld.Parse("m.mpy", m.Bytes)
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := f.Verify(mpyld.VerifyOptions{}); err != nil {
				t.Error(err)
			}
			var text strings.Builder
			if err := f.Text(&text, mpyld.Tools{Find: func([]string) string { return "" }}); err != nil {
				t.Error(err)
			}
			if f.Inspect() == "" || text.Len() == 0 {
				t.Error("nothing to say")
			}
		})
	}
	all.Wait()
}
