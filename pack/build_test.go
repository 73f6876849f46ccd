package pack_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"mpyld/diag"
	"mpyld/fixtures"
	"mpyld/pack"
)

func notes(err error) []string {
	var one *diag.Error
	if errors.As(err, &one) {
		return one.NoteTexts()
	}
	return nil
}

// bytecode is what mpy-cross of a release made.
func bytecode(t *testing.T, release string) []byte {
	t.Helper()
	files, err := fixtures.Compiled(release)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.Name == "flow-O0.mpy" {
			return f.Data
		}
	}
	t.Fatal("no such file")
	return nil
}

// TestBytecode: a module without native code is for every target that loads it.
func TestBytecode(t *testing.T) {
	o := pack.Options{Modules: append(dist(t, "hello", "x64_6.3 armv6m_6.3"), pack.Input{Name: "flow.mpy", Data: bytecode(t, "1.28")}), Fat: true, Viper: true}
	p := mustBuild(t, o)
	for _, name := range []string{"x64_6.3/flow.mpy", "armv6m_6.3/flow.mpy", "flow.mpy", "hello/_x64.mpy"} {
		if p.Files[name] == nil {
			t.Errorf("no %s in %v", name, p.Paths())
		}
	}
	if p.Files["flow/__init__.py"] != nil {
		t.Error("bytecode needs nobody to choose it")
	}
	o.Modules[2].Data = bytecode(t, "1.18")
	if _, err := pack.Build(o); err == nil || !strings.Contains(err.Error(), "flow.mpy: is bytecode of mpy version 5, which no target of the other files loads") {
		t.Error(err)
	}
	o.Modules = o.Modules[2:]
	if _, err := pack.Build(o); err == nil || !strings.Contains(err.Error(), "has no native code") {
		t.Error(err)
	}
}

// TestSeveral: modules that are packed together keep their names.
func TestSeveral(t *testing.T) {
	o := pack.Options{Name: "tools", Modules: append(dist(t, "hello", "x64_6.3 armv6m_6.3"), dist(t, "floats", "x64_6.3")...), Fat: true}
	p := mustBuild(t, o)
	for _, name := range []string{"x64_6.3/floats.mpy", "hello/_armv6m.mpy", "floats/_x64.mpy", "floats/__init__.py"} {
		if p.Files[name] == nil {
			t.Errorf("no %s in %v", name, p.Paths())
		}
	}
	o.Fat, o.Viper = false, true
	if _, err := pack.Build(o); err == nil || !strings.Contains(err.Error(), "have different files") {
		t.Error(err)
	}
}

// TestExtensions: code that needs extensions is for a target of its own, and the
// first choice where there are any.
func TestExtensions(t *testing.T) {
	plain := link(t, "rv32imc", "hello", "6.3")
	zba := append([]byte{plain[0], plain[1], plain[2] | 0x40, plain[3], 1}, plain[4:]...)
	p := mustBuild(t, pack.Options{Version: "1", Modules: []pack.Input{{Name: "rv32imc_6.3/hello.mpy", Data: plain}, {Name: "rv32imc-zba_6.3/hello.mpy", Data: zba}}, Fat: true, Release: true, Viper: true})
	if init := string(p.Files["hello/__init__.py"]); !strings.Contains(init, `11: ("rv32imc_zba", "rv32imc")`) {
		t.Error(init)
	}
	for _, name := range []string{"rv32imc-zba_6.3/package.json", "release/hello-1-mpy6.3-rv32imc-zba.mpy", "hello/_rv32imc_zba.mpy"} {
		if p.Files[name] == nil {
			t.Errorf("no %s in %v", name, p.Paths())
		}
	}
	if viper := string(p.Files["viper/package.json"]); strings.Count(viper, "rv32imc") != 1 {
		t.Error(viper)
	}
}

// TestBig: a fat package warns of its size.
func TestBig(t *testing.T) {
	for size, want := range map[int]bool{1 << 10: false, 65 << 10: true} {
		p := mustBuild(t, pack.Options{Modules: dist(t, "hello", "x64_6.3"), Beside: []pack.Input{{Name: "data.bin", Data: make([]byte, size)}}, Fat: true})
		if got := strings.Contains(fmt.Sprint(p.Warnings), "which each of them has to have room for"); got != want {
			t.Errorf("%d bytes: %v", size, p.Warnings)
		}
	}
}

// TestCircup: what circup will show as the version.
func TestCircup(t *testing.T) {
	in := dist(t, "hello", "armv6m_circuitpython-6.3")
	for text, want := range map[string]string{
		"": "will show no version", "1.2.3\x00": "", "v\x001.2.4\x00": "will show version 1.2.4 of it, not 1.2.3",
	} {
		const greeting = "Hello, %s!\n\x00"
		data := strings.Replace(string(in[0].Data), greeting, greeting[:len(greeting)-len(text)]+text, 1)
		if (data == string(in[0].Data)) != (text == "") {
			t.Fatalf("no %q in the module", greeting)
		}
		p := mustBuild(t, pack.Options{Version: "1.2.3", Modules: []pack.Input{{Name: in[0].Name, Data: []byte(data)}}, CircuitPython: true})
		if got := fmt.Sprint(p.Warnings); !strings.Contains(got, want) || want == "" && len(p.Warnings) > 0 {
			t.Errorf("%q: %s", text, got)
		}
	}
}

// TestChange: a directory becomes another package's, and what is not the packer's
// stays.
func TestChange(t *testing.T) {
	before := mustBuild(t, pack.Options{Modules: dist(t, "hello", "x64_6.3 armv6m_6.3")})
	after := mustBuild(t, pack.Options{Version: "2", Modules: dist(t, "hello", "x64_6.3 armv7m_6.3")})
	files := onDisk(before)
	files["CNAME"] = &fstest.MapFile{Data: []byte("example.org\n")}
	c, err := after.Change(files)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(c.Remove, " "); got != "armv6m_6.3/hello.mpy armv6m_6.3/package.json" {
		t.Errorf("removed: %s", got)
	}
	if got := strings.Join(c.Write, " "); got != strings.Join(after.Paths(), " ") {
		t.Errorf("written: %s", got)
	}
	// A packer that is killed in between leaves some of each; the next one goes on.
	files[pack.OwnedName].Data = c.Between.List()
	for i, name := range c.Write {
		if i%2 == 0 {
			files[name] = &fstest.MapFile{Data: after.Files[name]}
		}
	}
	if again, err := after.Change(files); err != nil || len(again.Remove) != 2 {
		t.Errorf("%+v %v", again, err)
	}
	files["armv7m_6.3"] = &fstest.MapFile{Data: []byte("a file")}
	files["INSTALL.md"].Data = []byte("changed")
	delete(files, "armv7m_6.3/hello.mpy")
	delete(files, "armv7m_6.3/package.json")
	_, err = after.Change(files)
	for _, want := range []string{"armv7m_6.3: is there, and is not a directory", "INSTALL.md: is there, and mpyld pack did not write it"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	files[pack.OwnedName].Data = []byte("0  ../x\n")
	if _, err := after.Change(files); err == nil || !strings.Contains(err.Error(), "is not a list that mpyld pack wrote") {
		t.Error(err)
	}
}
