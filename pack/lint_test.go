package pack_test

import (
	"bytes"
	"maps"
	"strings"
	"testing"

	"mpyld/pack"
)

// TestLint breaks packages in every way that a client would trip over. Sums are
// made right again, so that it is the very thing that is noticed.
func TestLint(t *testing.T) {
	replace := func(name, old, with string) func(p *pack.Package) {
		return func(p *pack.Package) {
			if !strings.Contains(string(p.Files[name]), old) {
				t.Errorf("%s has no %q", name, old)
			}
			p.Files[name] = []byte(strings.Replace(string(p.Files[name]), old, with, 1))
		}
	}
	swap := func(a, b string) func(p *pack.Package) {
		return func(p *pack.Package) { p.Files[a], p.Files[b] = p.Files[b], p.Files[a] }
	}
	good := mustBuild(t, everything(t))
	for want, change := range map[string]func(p *pack.Package){
		"has 3 elements, and mip takes two":   replace("armv7m_6.3/package.json", `["hello.mpy", "hello.mpy"]`, `["hello.mpy", "hello.mpy", "armv7m"]`),
		`"../hello.mpy" is no place`:          replace("armv7m_6.3/package.json", `["hello.mpy",`, `["../hello.mpy",`),
		`"/hello.mpy" is no place`:            replace("armv7m_6.3/package.json", `["hello.mpy",`, `["/hello.mpy",`),
		"hallo.mpy is not there":              replace("armv7m_6.3/package.json", `, "hello.mpy"]`, `, "hallo.mpy"]`),
		"is in another directory":             replace("armv7m_6.3/package.json", `, "hello.mpy"]`, `, "../armv6m_6.3/hello.mpy"]`),
		"would be saved as hello.mpy":         replace("release/hello-mpy6.3-x64.json", "hello-1.2.0-mpy6.3-x64.mpy", "hello.pyi"),
		"is no JSON that mip reads":           replace("package.json", "{", "{,"),
		"armv6m_{MPX}/hello.mpy is not there": replace("viper/package.json", "../{ARCH}_{MPY}/hello.mpy", "../{ARCH}_{MPX}/hello.mpy"),
		"hello/_x64.mpy: is for armv7m":       swap("hello/_x64.mpy", "hello/_armv7m.mpy"),
		"armv6m_6.3/halo.mpy is not there":    replace("viper/package.json", "{MPY}/hello.mpy", "{MPY}/halo.mpy"),
		"x64_6.3/hello.mpy: is for armv7m":    swap("x64_6.3/hello.mpy", "armv7m_6.3/hello.mpy"),
		"with .mpy 6.3 for armv6m imports it": func(p *pack.Package) { p.Files["armv6m_6.3/hello.mpy"] = p.Files["armv6m_circuitpython-6.3/hello.mpy"] },
		"not an .mpy file":                    func(p *pack.Package) { p.Files["hello/_x64.mpy"] = []byte("no module") },
		"hello.pyi is not there, or not that": replace("release/hello.pyi", "str", "int"),
		"not every file is listed":            func(p *pack.Package) { p.Files["release/more"] = []byte("more") },
		"is not there, or not that file":      func(p *pack.Package) { p.Files["index/x64_6.3/file/47/47860129"] = []byte("other") },
		"zip: not a valid zip file":           func(p *pack.Package) { p.Files["circuitpython/hello-1.2.0-cp10-armv6m.zip"] = []byte("no archive") },
		"xz: invalid header magic bytes":      func(p *pack.Package) { p.Files["release/hello-1.2.0.tar.xz"] = bytes.Repeat([]byte("no archive"), 9) },
		"x64_6.3/hello.mpy is another file": func(p *pack.Package) {
			p.Files["x64_6.3/hello.mpy"] = append(bytes.Clone(p.Files["x64_6.3/hello.mpy"]), 0)
		},
	} {
		p := *good
		p.Files = maps.Clone(good.Files)
		change(&p)
		if err := p.Lint(onDisk(&p)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", want, err)
		}
	}
	files := onDisk(good)
	files["x64_6.3/hello.mpy"].Data[9] ^= 1
	delete(files, "hello.pyi")
	err := good.Lint(files)
	for _, want := range []string{"x64_6.3/hello.mpy: is not what was written", "79 files of 80 are there"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", want, err)
		}
	}
}
