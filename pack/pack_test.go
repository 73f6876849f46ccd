package pack_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"mpyld"
	"mpyld/fixtures"
	"mpyld/pack"
	"mpyld/target"
)

var update = flag.Bool("update", false, "write what is packed into testdata")

// families are what ends the names of the sets of fixtures for each ABI.
var families = map[string]string{"5": "@1.18", "6.1": "@1.21", "6.2": "@1.22", "6.3": "", "circuitpython-6.3": "@circuitpython"}

// link links a fixture for an architecture and an ABI.
func link(t *testing.T, arch, name, release string) []byte {
	t.Helper()
	family, ok := families[release]
	if !ok {
		t.Fatalf("no fixtures for %s", release)
	}
	_, c, err := fixtures.Stored(arch+"-gcc12.2-Os-fpic"+family, name)
	if err != nil {
		t.Fatal(err)
	}
	m, err := mpyld.Link(context.Background(), mpyld.Options{
		FS: c.FS(), Files: c.Names(), QStrs: "config.h", SourceName: name + ".mpy",
		Target: target.Options{Arch: arch, Release: release},
	})
	if err != nil {
		t.Fatal(err)
	}
	return m.Bytes
}

// dist is what a build for targets leaves: "armv7m_6.3 x64_6.2".
func dist(t *testing.T, name, targets string) []pack.Input {
	t.Helper()
	var list []pack.Input
	for _, dir := range strings.Fields(targets) {
		arch, abi, _ := strings.Cut(dir, "_")
		list = append(list, pack.Input{Name: "dist/" + dir + "/" + name + ".mpy", Data: link(t, arch, name, abi)})
	}
	return list
}

func mustBuild(t *testing.T, o pack.Options) *pack.Package {
	t.Helper()
	p, err := pack.Build(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Lint(onDisk(p)); err != nil {
		t.Errorf("what is packed is not in order: %v", err)
	}
	return p
}

// onDisk is a package as if it had been written.
func onDisk(p *pack.Package) fstest.MapFS {
	files := fstest.MapFS{pack.OwnedName: {Data: p.Owned().List()}}
	for name, data := range p.Files {
		files[name] = &fstest.MapFile{Data: bytes.Clone(data)}
	}
	return files
}

// everything is options for all layouts.
func everything(t *testing.T) pack.Options {
	return pack.Options{
		Name: "hello", Version: "1.2.0",
		Modules:     append(dist(t, "hello", "x64_6.3 armv6m_6.3 armv7m_6.3 armv7emsp_6.3 xtensawin_6.3 rv32imc_6.3"), dist(t, "hello", "armv6m_circuitpython-6.3")...),
		Beside:      []pack.Input{{Name: "src/hello.pyi", Data: []byte("def greet(name: str) -> str: ...\n")}},
		Description: "greets", Author: "A. U. Thor", License: "MIT",
		Deps: []pack.Dep{{Name: "github:org/other", Version: "v1.0"}, {Name: "logging"}},
		Fat:  true, Index: true, Release: true, Viper: true, CircuitPython: true,
	}
}

// TestLayouts compares every file of every layout with what is stored.
func TestLayouts(t *testing.T) {
	with := func(change func(o *pack.Options)) pack.Options {
		o := everything(t)
		change(&o)
		return o
	}
	for name, o := range map[string]pack.Options{
		"plain":      {Modules: dist(t, "hello", "x64_6.3 armv6m_6.3")},
		"everything": everything(t),
		"url":        with(func(o *pack.Options) { o.URL = "https://org.example/hello/{version}/" }),
		"release-url": with(func(o *pack.Options) {
			o.Fat, o.Index, o.Viper, o.CircuitPython = false, false, false, false
			o.URL, o.ReleaseURL = "github:org/hello", "https://github.com/org/hello/releases/download/v{version}"
		}),
		"floats": {Name: "floats", Modules: dist(t, "floats", "armv6m_6.3 armv7m_6.3 armv7emsp_6.3 armv7emdp_6.3"), Fat: true},
		"abis":   {Version: "2.0", Modules: dist(t, "hello", "armv6m_6.3 armv6m_6.2 x64_6.1 xtensa_5"), Fat: true, Index: true, Viper: true},
	} {
		t.Run(name, func(t *testing.T) {
			p := mustBuild(t, o)
			var b strings.Builder
			for _, w := range p.Warnings {
				fmt.Fprintf(&b, "warning: %v\n", w)
				for _, note := range w.NoteTexts() {
					fmt.Fprintf(&b, "note: %s\n", note)
				}
			}
			for _, name := range p.Paths() {
				data := p.Files[name]
				fmt.Fprintf(&b, "-- %s --\n", name)
				if utf8.Valid(data) && path.Ext(name) != ".mpy" {
					b.Write(data)
				} else {
					fmt.Fprintf(&b, "%d bytes\n", len(data))
				}
			}
			golden(t, name, b.String())
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (-update writes it again):\n%s", file, got)
	}
}

// TestReproducible: the order of the files given does not matter, and nothing
// else that changes does.
func TestReproducible(t *testing.T) {
	o := everything(t)
	want := mustBuild(t, o).Files
	slices.Reverse(o.Modules)
	got := mustBuild(t, o).Files
	if len(got) != len(want) {
		t.Errorf("%d files, then %d", len(want), len(got))
	}
	for name, data := range want {
		if !bytes.Equal(data, got[name]) {
			t.Errorf("%s differs", name)
		}
	}
}
