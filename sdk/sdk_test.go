package sdk

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"mpyld/mpyfile"
)

// sources are what a MicroPython of a version has that matters here, and more.
func sources(version, mpy string) map[string]string {
	parts := strings.Split(strings.TrimSuffix(version, "-preview"), ".")
	config := "#define MICROPY_VERSION_MAJOR " + parts[0] + "\n#define MICROPY_VERSION_MINOR " + parts[1] + "\n#define MICROPY_VERSION_MICRO " + parts[2] + "\n"
	if strings.HasSuffix(version, "-preview") {
		config += "#define MICROPY_VERSION_PRERELEASE 1\n"
	}
	number, sub, has := strings.Cut(mpy, ".")
	persistent := "// The current version\n#define MPY_VERSION " + number + "\n"
	if has {
		persistent += "#define MPY_SUB_VERSION " + sub + " // of native code\n"
	}
	return map[string]string{
		"LICENSE":                   "do what you like\n",
		"py/mpconfig.h":             config,
		"py/persistentcode.h":       persistent,
		"py/obj.h":                  "typedef void *mp_obj_t;\n",
		"py/nativeglue.h":           "struct table;\n",
		"py/dynruntime.h":           "#include \"py/obj.h\"\n",
		"py/obj.c":                  "int not_needed;\n",
		"extmod/modx.c":             "#include \"lib/uzlib/uz.h\"\n  #  include <extmod/font.h>\n",
		"extmod/font.h":             "1, 2, 3\n",
		"extmod/mody.c":             "int not_needed;\n",
		"lib/uzlib/uz.h":            "#include \"more.h\"\n",
		"lib/uzlib/more.h":          "#include \"uz.h\"\n",
		"lib/other/big.h":           "int not_looked_at;\n",
		"examples/natmod/x/x.c":     "#include \"extmod/modx.c\"\n#include \"own.h\"\n",
		"examples/natmod/x/own.h":   "int of_the_example;\n",
		"ports/unix/mpconfigport.h": "int not_needed;\n",
	}
}

var neededNames = []string{
	"LICENSE", "extmod/font.h", "extmod/modx.c", "lib/uzlib/more.h", "lib/uzlib/uz.h", "py/dynruntime.h", "py/mpconfig.h",
	"py/nativeglue.h", "py/obj.h", "py/persistentcode.h",
}

// directory returns files below a directory.
func directory(dir string, files map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[path.Join(dir, name)] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

func mustOpen(t *testing.T, fsys fs.FS, name string) *Headers {
	t.Helper()
	h, err := Open(fsys, name)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func mustPack(t *testing.T, h *Headers) []byte {
	t.Helper()
	data, err := h.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestForms: a release's headers are the same whatever form they come in, and so
// is the SDK file made of them.
func TestForms(t *testing.T) {
	files := sources("1.26.1", "6.3")
	fsys := directory("checkout", files)
	checkout := mustOpen(t, fsys, "checkout")
	var names []string
	for _, f := range checkout.files {
		names = append(names, f.Name)
	}
	if !slices.Equal(names, neededNames) {
		t.Errorf("needed are %q\nnot %q", names, neededNames)
	}
	if checkout.Dir != "checkout" || checkout.Release.Name != "1.26" || checkout.String() != "MicroPython 1.26.1" || checkout.Name() != "micropython-1.26.1" {
		t.Errorf("%+v", checkout)
	}
	want := mustPack(t, checkout)
	for name, data := range map[string][]byte{
		"a.tar":     tarOf(t, "micropython-1.26.1/", files),
		"a.tar.gz":  gzipped(t, tarOf(t, "micropython-1.26.1/", files)),
		"a.tar.xz":  xzipped(t, tarOf(t, "mp/", files)),
		"plain.txz": xzipped(t, tarOf(t, "", files)),
		"dot.tgz":   gzipped(t, tarOf(t, "./", files)),
		"a.zip":     zipOf(t, "micropython-1.26.1/", files),
		"sdk":       want,
	} {
		h := mustOpen(t, fstest.MapFS{name: {Data: data}}, name)
		if got := mustPack(t, h); !bytes.Equal(got, want) {
			t.Errorf("the SDK file of %s is another", name)
		}
		if h.Dir != "" || h.Key() != checkout.Key() {
			t.Errorf("%s: directory %q, key %s, not %s", name, h.Dir, h.Key(), checkout.Key())
		}
	}
	files["py/obj.h"] += "\n"
	if h := mustOpen(t, directory("", files), "."); h.Key() == checkout.Key() {
		t.Error("other headers have the same key")
	}
}

// TestReleases: headers say whose they are.
func TestReleases(t *testing.T) {
	for _, tt := range []struct{ version, mpy, release, err string }{
		{"1.12.0", "5", "1.12", ""},
		{"1.18.0", "5", "1.18", ""},
		{"1.19.1", "6", "1.19", ""},
		{"1.20.0", "6.1", "1.20", ""},
		{"1.22.2", "6.2", "1.22", ""},
		{"1.28.0", "6.3", "1.28", ""},
		{"1.29.0-preview", "6.3", "1.29", ""},
		{"1.35.0-preview", "6.3", "1.30-preview", ""},
		{"2.1.0", "6.3", "1.30-preview", ""},
		{"1.23.0-preview", "6.3", "", "MicroPython 1.23.0-preview's, for which mpyld cannot link"},
		{"1.11.0", "4", "", "MicroPython 1.11.0's, for which mpyld cannot link"},
		{"1.35.0", "6.4", "", "says .mpy version 6.4, but MicroPython 1.30-preview has 6.3"},
		{"1.22.0", "6.3", "", "says .mpy version 6.3, but MicroPython 1.22 has 6.2"},
		{"1.18.0", "6", "", "says .mpy version 6, but MicroPython 1.18 has 5"},
	} {
		h, err := Open(directory("mp", sources(tt.version, tt.mpy)), "mp")
		switch {
		case err != nil && (tt.err == "" || !strings.Contains(err.Error(), tt.err)):
			t.Errorf("%s: %v", tt.version, err)
		case err == nil && (tt.err != "" || h.Release.Name != tt.release || h.Version != tt.version):
			t.Errorf("%s: is %s (%s), want %s%s", tt.version, h.Release.Name, h.Version, tt.release, tt.err)
		}
	}
	files := sources("1.24.1", "6.3")
	files[circuitMark] = ""
	if h := mustOpen(t, directory("cp", files), "cp"); h.Release.System() != "CircuitPython" || h.Name() != "circuitpython-1.24.1" {
		t.Errorf("is %s", h)
	}
}

// TestAgree: headers are for the releases with their ABI, as far as the config
// header is the same.
func TestAgree(t *testing.T) {
	for _, tt := range []struct{ version, mpy, target, err string }{
		{"1.26.1", "6.3", "1.23", ""},
		{"1.26.1", "6.3", "latest", ""},
		{"1.18.0", "5", "1.12", ""},
		{"1.26.1", "6.3", "1.22", "mp: the headers are MicroPython 1.26.1's (.mpy 6.3), and the module is to be for MicroPython 1.22 (.mpy 6.2)"},
		{"1.26.1", "6.3", "circuitpython-10.2", "and the module is to be for CircuitPython 10.2 (.mpy 6.3)"},
		{"1.21.0", "6.1", "1.20", "the headers are MicroPython 1.21.0's (.mpy 6.1), and the module is to be for MicroPython 1.20 (.mpy 6.1)"},
	} {
		to, err := mpyfile.ParseTarget(tt.target)
		if err != nil {
			t.Fatal(err)
		}
		err = mustOpen(t, directory("mp", sources(tt.version, tt.mpy)), "mp").Agree(to)
		if (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s for %s: %v", tt.version, tt.target, err)
		}
	}
}

// memory is a disk that may be full.
type memory struct {
	fstest.MapFS
	room int // files that it still takes
}

func (m *memory) Stat(name string) (fs.FileInfo, error) { return fs.Stat(m.MapFS, name) }

func (m *memory) WriteFile(name string, data []byte) error {
	if m.room--; m.room < 0 {
		return errors.New("no space left")
	}
	m.MapFS[name] = &fstest.MapFile{Data: data}
	return nil
}

// TestInto: what was begun and not ended is not taken for whole.
func TestInto(t *testing.T) {
	h := mustOpen(t, directory("mp", sources("1.26.1", "6.3")), "mp")
	disk := &memory{MapFS: fstest.MapFS{}, room: h.Len()}
	if _, err := h.Into(disk, "cache"); err == nil {
		t.Fatal("a full disk is no error")
	}
	disk.room = h.Len() + 1
	dir, err := h.Into(disk, "cache")
	if err != nil {
		t.Fatal(err)
	}
	if dir != "cache/micropython-1.26.1-"+h.Key()[:16] {
		t.Errorf("the directory is %s", dir)
	}
	again := mustOpen(t, disk, dir)
	if again.Key() != h.Key() {
		t.Error("what was written is not what was read")
	}
	disk.room = 0
	if d, err := h.Into(disk, "cache"); err != nil || d != dir {
		t.Errorf("not taken from the cache: %s, %v", d, err)
	}
}
