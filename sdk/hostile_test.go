package sdk

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"hash/crc32"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ulikunitz/xz"

	"mpyld/diag"
)

// tarOf packs files below a top directory.
func tarOf(t *testing.T, top string, files map[string]string) []byte {
	t.Helper()
	var list []tar.Header
	for _, name := range slices.Sorted(maps.Keys(files)) {
		list = append(list, tar.Header{Name: top + name, Size: int64(len(files[name])), Mode: 0o644})
	}
	return tarred(t, list, func(h tar.Header) string { return files[strings.TrimPrefix(h.Name, top)] })
}

func tarred(t *testing.T, list []tar.Header, text func(tar.Header) string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range list {
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text(h))); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipOf(t *testing.T, top string, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, text := range files {
		f, err := w.Create(top + name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func xzipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := xz.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// withDictionary says that a .xz file's first block wants a dictionary of 4 GiB.
func withDictionary(t *testing.T, data []byte) []byte {
	t.Helper()
	data = slices.Clone(data)
	size := (int(data[12]) + 1) * 4
	header := data[12 : 12+size]
	at := bytes.Index(header, []byte{0x21, 1})
	if at < 0 {
		t.Fatal("no filter")
	}
	header[at+2] = 40
	binary.LittleEndian.PutUint32(header[size-4:], crc32.ChecksumIEEE(header[:size-4]))
	return data
}

// TestHostile: whatever an archive holds, it is an error that says what, and
// nothing else happens.
func TestHostile(t *testing.T) {
	files := sources("1.26.1", "6.3")
	whole := tarOf(t, "mp/", files)
	with := func(name, text string) map[string]string {
		more := maps.Clone(files)
		more[name] = text
		return more
	}
	one := func(h tar.Header) []byte { return tarred(t, []tar.Header{h}, func(tar.Header) string { return "" }) }
	big := strings.Repeat("\x00", maxFile+1)
	many := maps.Clone(files)
	for _, a := range "abcdefghijklmnopq" {
		many["py/"+string(a)+".h"] = big[:maxFile]
	}
	for name, tt := range map[string]struct {
		data []byte
		err  string
	}{
		"up":        {tarOf(t, "", with("mp/py/../../../x.h", "")), "leads out of the archive"},
		"absolute":  {tarOf(t, "", with("/etc/passwd", "")), "/etc/passwd leads out of the archive"},
		"backslash": {zipOf(t, "mp/", with(`py\..\..\x.h`, "")), "leads out of the archive"},
		"link":      {one(tar.Header{Name: "mp/py/obj.h", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}), "mp/py/obj.h is not a file"},
		"hard link": {one(tar.Header{Name: "mp/py/obj.h", Typeflag: tar.TypeLink, Linkname: "mp/x"}), "mp/py/obj.h is not a file"},
		"device":    {one(tar.Header{Name: "mp/py/obj.h", Typeflag: tar.TypeChar}), "mp/py/obj.h is not a file"},
		"twice":     {append(slices.Clone(whole[:len(whole)-1024]), whole...), "is in it twice"},
		"large":     {gzipped(t, tarOf(t, "mp/", with("py/big.h", big))), "mp/py/big.h is larger than 1 MiB"},
		"many":      {gzipped(t, tarOf(t, "mp/", many)), "its headers are larger than 16 MiB"},
		"large.zip": {zipOf(t, "mp/", with("py/big.h", big)), "mp/py/big.h is larger than 1 MiB"},
		"two":       {tarOf(t, "", joined("a/", files, joined("b/", files, nil))), "more than one MicroPython: in a/ and b/"},
		"memory":    {withDictionary(t, xzipped(t, whole)), "it asks for 4095 MiB of memory"},
		"short.tar": {whole[:len(whole)/2], "ends too early"},
		"short.tgz": {gzipped(t, whole)[:200], "ends too early"},
		"short.txz": {xzipped(t, whole)[:200], "ends too early"},
		"short.zip": {zipOf(t, "mp/", files)[:200], "is damaged"},
		"empty":     {nil, "is neither a directory nor an archive"},
		"text":      {[]byte("#include <stdio.h>\n"), "is neither a directory nor an archive"},
		"xz":        {xzipped(t, []byte("not a tar")), "bad: "},
		"no tar":    {gzipped(t, bytes.Repeat([]byte("text "), 200)), "is damaged"},
		"other.tgz": {gzipped(t, tarOf(t, "x/", map[string]string{"py/mpconfig.h": ""})), "there is no py/persistentcode.h, py/obj.h, py/nativeglue.h, py/dynruntime.h"},
	} {
		h, err := Open(fstest.MapFS{"bad": {Data: tt.data}}, "bad")
		if err == nil || !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: %v, %v; want %q", name, h, err, tt.err)
		}
	}
}

func joined(top string, files, more map[string]string) map[string]string {
	all := maps.Clone(more)
	if all == nil {
		all = map[string]string{}
	}
	for name, text := range files {
		all[top+name] = text
	}
	return all
}

// TestNoSources: a directory that is something else.
func TestNoSources(t *testing.T) {
	files := directory("mp", sources("1.26.1", "6.3"))
	for name, want := range map[string]string{
		"mp/py":     "note: give the directory above: mp",
		"mp/extmod": "extmod: these are not MicroPython's sources: there is no py/mpconfig.h, py/persistentcode.h",
		"none":      "none: cannot read: file does not exist",
	} {
		if _, err := Open(files, name); err == nil || !strings.Contains(diag.Render("", err), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	old := sources("1.11.0", "4")
	delete(old, "py/dynruntime.h")
	if _, err := Open(directory("mp", old), "mp"); err == nil || !strings.Contains(err.Error(), "native modules are there since 1.12") {
		t.Error(err)
	}
	odd := sources("1.26.1", "6.3")
	odd["py/mpconfig.h"] = "#define MICROPY_VERSION_MAJOR 1\n#define MICROPY_VERSION_MINOR x\n"
	if _, err := Open(directory("mp", odd), "mp"); err == nil || !strings.Contains(err.Error(), "mp/py/mpconfig.h: does not define MICROPY_VERSION_MINOR") {
		t.Error(err)
	}
}

// FuzzOpen: no file makes it panic or read without end.
func FuzzOpen(f *testing.F) {
	for _, seed := range [][]byte{[]byte("PK\x03\x04"), []byte("\x1f\x8b"), []byte("BZh9"), []byte("\xfd7zXZ\x00"), append(make([]byte, 257), "ustar"...)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var fsys fs.FS = fstest.MapFS{"x": {Data: data}}
		if h, err := Open(fsys, "x"); err == nil && h.Release == nil {
			t.Error("headers of no release")
		}
	})
}
