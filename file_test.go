package mpyld_test

import (
	"bytes"
	"context"
	"debug/elf"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/fstest"

	"mpyld"
	"mpyld/diag"
	"mpyld/fixtures"
	"mpyld/qstrlink"
	"mpyld/target"
)

// TestFileErrors: what callers can do wrong is an error, with the file's name
// where there is one, and no panic.
func TestFileErrors(t *testing.T) {
	files := fstest.MapFS{
		"cut.mpy":    {Data: []byte("M\x06\x00")},
		"table.bin":  {Data: []byte{0, 1, 2}},
		"dir/a.mpy":  {Data: []byte("?")},
		"source.elf": {Data: []byte("\x7fELF")},
	}
	for _, c := range []struct {
		name string
		do   func() error
		want string
	}{
		{"no such file", func() error { _, err := mpyld.ReadFile(files, "none.mpy"); return err }, "none.mpy: cannot read: file does not exist"},
		{"no file system", func() error { _, err := mpyld.ReadFile(nil, "a.mpy"); return err }, "a.mpy: cannot read: there is no file system"},
		{"a directory", func() error { _, err := mpyld.ReadFile(files, "dir"); return err }, "dir: is a directory"},
		{"a name that no fs.FS takes", func() error { _, err := mpyld.ReadFile(files, "../a.mpy"); return err }, "../a.mpy: cannot read: "},
		{"cut", func() error { _, err := mpyld.ReadFile(files, "cut.mpy"); return err }, "cut.mpy: "},
		{"cut, as bytes", func() error { return mpyld.Hexdump(io.Discard, "x.mpy", []byte("M"), false) }, "x.mpy: "},
		{"a table that is none", func() error { _, err := mpyld.ReadFunTable(files, "table.bin"); return err }, "table.bin: is not text"},
		{"sources without a file system", func() error {
			_, err := mpyld.Preprocess(mpyld.PreprocessOptions{Files: []string{"a.c"}})
			return err
		}, "a.c: cannot read: there is no file system"},
		{"an object for a source", func() error {
			_, err := mpyld.Preprocess(mpyld.PreprocessOptions{FS: files, Files: []string{"source.elf"}})
			return err
		}, "source.elf: is an ELF file, not a source"},
		{"nothing to merge", func() error { _, err := mpyld.Merge(nil, mpyld.MergeOptions{}); return err }, "there are no files to merge"},
	} {
		err := c.do()
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
			continue
		}
		var list diag.List
		if list.Join(err); len(list) != 1 {
			t.Errorf("%s: %d errors", c.name, len(list))
		}
	}
}

// TestNothingLinked: what failed to link has an empty listing.
func TestNothingLinked(t *testing.T) {
	_, o := twoFiles(t)
	o.Files = o.Files[1:]
	m, err := mpyld.Link(context.Background(), o)
	if err == nil || m == nil {
		t.Fatalf("%v, %v", m, err)
	}
	if l := m.Listing(2); len(l.Sections) != 0 {
		t.Errorf("%+v", l)
	}
}

// TestListingAsShown: a listing for a verbosity shows the same as one with everything,
// and for sizes alone, which most links show, it makes nothing of symbols and relocations.
func TestListingAsShown(t *testing.T) {
	_, o := twoFiles(t)
	o.Symbols = true
	m, err := mpyld.Link(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	all := m.Listing(2)
	if len(all.Sections) == 0 || len(all.Symbols) == 0 || len(all.Relocs) == 0 {
		t.Fatalf("nothing to show: %+v", all)
	}
	for verbosity := range 4 {
		if got, want := m.Listing(verbosity).Text(verbosity), all.Text(verbosity); got != want {
			t.Errorf("at %d:\n%s\nwant\n%s", verbosity, got, want)
		}
	}
	if n := testing.AllocsPerRun(10, func() { m.Listing(0) }); n > 2 {
		t.Errorf("%v allocations for sizes", n)
	}
}

// TestTextWithoutTools: code that no library disassembles is shown in digits.
func TestTextWithoutTools(t *testing.T) {
	var text strings.Builder
	if err := linkHello("hello.mpy").Text(&text, mpyld.Tools{}); err != nil || !strings.Contains(text.String(), "armv7m") {
		t.Errorf("got %s, %v", &text, err)
	}
}

// TestPartsForTools: with a map, an objdump gets each part of the code that has instructions, and none that is
// empty, of which it would print nothing. Code of -fno-pic has words that the firmware relocates side by side.
func TestPartsForTools(t *testing.T) {
	set, c, err := fixtures.Stored("armv7m-gcc12.2-Os-fno-pic", "globals")
	if err != nil {
		t.Fatal(err)
	}
	m, err := mpyld.Link(t.Context(), mpyld.Options{FS: c.FS(), Files: c.Names(), QStrs: "config.h", SourceName: "globals.mpy", Target: target.Options{Arch: set.Arch}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := mpyld.Parse("globals.mpy", m.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	f.Map = m.Listing(2)
	parts := 0
	err = f.Text(io.Discard, mpyld.Tools{
		Find: func([]string) string { return "objdump" },
		Run: func(_ string, _ []string, file []byte) (string, error) {
			read, err := elf.NewFile(bytes.NewReader(file))
			if err != nil {
				return "", err
			}
			for _, s := range read.Sections {
				if s.Name == ".text" {
					parts++
					if s.Size == 0 {
						t.Errorf("a part at %#x is empty", s.Addr)
					}
				}
			}
			return "", nil
		},
	})
	if err != nil || parts < 5 {
		t.Errorf("%d parts, %v", parts, err)
	}
}

// TestManyNames: firmware numbers names in 16 bits, so a module has no more.
func TestManyNames(t *testing.T) {
	var most strings.Builder
	for i := range qstrlink.MaxNames {
		fmt.Fprintf(&most, "MP_QSTR_n%d ", i)
	}
	for _, c := range []struct {
		sources []string
		target  target.Options
		want    string
	}{
		{[]string{most.String()}, target.Options{}, ""},
		{[]string{most.String(), "MP_QSTR_n0"}, target.Options{}, ""},
		{[]string{most.String() + "MP_QSTR_other"}, target.Options{}, "0.c: more than 65536 names"},
		{[]string{most.String(), "MP_QSTR_other"}, target.Options{}, "0.c, 1.c: more than 65536 names"},
		{
			[]string{strings.NewReplacer("MP_QSTR", "MP_OBJ_NEW_QSTR(MP_QSTR", " ", ") ").Replace(most.String()) + "MP_OBJ_NEW_QSTR(MP_QSTR_other)"},
			target.Options{Release: "1.18", Arch: "armv7m"},
			"0.c: more than 65536 names",
		},
	} {
		o := mpyld.PreprocessOptions{FS: fstest.MapFS{}, Target: c.target}
		for i, text := range c.sources {
			o.Files = append(o.Files, fmt.Sprintf("%d.c", i))
			o.FS.(fstest.MapFS)[o.Files[i]] = &fstest.MapFile{Data: []byte(text)}
		}
		header, err := mpyld.Preprocess(o)
		switch {
		case c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)):
			t.Errorf("%d bytes and %v, want %s", len(header), err, c.want)
		case c.want == "" && (err != nil || !strings.Contains(string(header), "MP_QSTR_n65535 (")):
			t.Errorf("%d bytes and %v", len(header), err)
		}
	}
}
