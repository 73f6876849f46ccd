//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mpyld/fixtures"
)

// header writes mpyld.h, a config header and a source into a directory.
func header(t *testing.T, dir, source, target string) (file, config string) {
	t.Helper()
	file, config = filepath.Join(dir, filepath.Base(source)), filepath.Join(dir, "config-"+target+".h")
	link(t, "header", "-o", filepath.Join(dir, "mpyld.h"))
	link(t, "--preprocess", "--target", target, "-o", config, source)
	if file != source {
		copyFile(t, source, file)
	}
	return file, config
}

// strict is all that compilers have to say.
var strict = []string{"-Wall", "-Wextra", "-Wpedantic", "-Werror"}

// TestHeaderIsClean: each compiler takes the header in each of its standards, for each ABI, and
// what it makes links.
func TestHeaderIsClean(t *testing.T) {
	dir := t.TempDir()
	for target, number := range map[string]string{
		"1.12": "112", "1.18": "118", "1.19": "119", "1.20": "120", "1.21": "121", "1.22": "122", "1.23": "123", "latest": "130",
		"circuitpython-9.2": "10902", "circuitpython": "11004",
	} {
		file, config := header(t, dir, "testdata/header/every.c", target)
		for _, c := range []struct{ command, language string }{
			{"gcc", "c99"},
			{"gcc", "c11"},
			{"gcc", "gnu17"},
			{"clang", "c99"},
			{"clang", "c11"},
			{"g++", "c++11"},
			{"g++", "c++20"},
			{"clang++", "c++11"},
			{"clang++", "c++17"},
		} {
			t.Run(target+" "+c.command+" "+c.language, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				object := filepath.Join(dir, "every.o")
				args := append([]string{"-std=" + c.language, "-DMPYLD_TARGET=" + number, `-DMP_CONFIGFILE="` + config + `"`, "-Os", "-fpic", "-fno-common", "-fno-stack-protector"}, strict...)
				if strings.HasSuffix(c.command, "++") {
					args = append(args, "-fno-exceptions", "-fno-rtti", "-x", "c++")
				}
				runCompiler(t, c.command, append(args, "-c", "-o", object, file)...)
				link(t, "--arch", "x64", "--target", target, "--qstrs", config, "-o", filepath.Join(dir, "every.mpy"), object)
			})
		}
	}
}

// moduleLanguages are how the one source is compiled.
var moduleLanguages = map[string][]string{
	"gcc": {"-std=c99"},
	"g++": {"-std=c++17", "-fno-exceptions", "-fno-rtti", "-x", "c++"},
}

// TestHeader runs a module with calls of every kind on every machine, in C and C++.
func TestHeader(t *testing.T) {
	for _, set := range oneSetPerArch() {
		for language, flags := range moduleLanguages {
			if set.Arch == "xtensawin" && language == "g++" {
				continue // there is no such compiler here
			}
			t.Run(set.Arch+" "+language, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				file, config := header(t, dir, "testdata/header/every.c", "latest")
				object := compileWith(t, set, language, file, config, append(flags, strict...)...)
				link(t, append([]string{"--arch", set.Arch, "--qstrs", config, "--gc-sections", "-o", filepath.Join(dir, "every.mpy"), object}, libraries(t, set, "libgcc.a")...)...)
				for _, b := range bedsRunning(t, set.Arch) {
					if got := b.run(t, "testdata/header/test.py", dir); got != "done\n" {
						t.Errorf("bed %s:\n%s", b.name, got)
					}
				}
			})
		}
	}
}

// compileWith compiles a source beside it, with a set's compiler for a language.
func compileWith(t *testing.T, set fixtures.Set, language, file, config string, flags ...string) string {
	t.Helper()
	cc := set.Compiler()
	object := strings.TrimSuffix(file, filepath.Ext(file)) + ".o"
	args := slices.Concat(strings.Fields(cc.Machine), set.Flags, flags,
		[]string{"-fno-common", "-ffunction-sections", "-fdata-sections", `-DMP_CONFIGFILE="` + config + `"`, "-c", "-o", object, file})
	runCompiler(t, strings.Replace(cc.Command, "gcc", language, 1), args...)
	return object
}

// libraries are the options for libraries beside a set's compiler. Those that xtensawin's names
// are another machine's.
func libraries(t *testing.T, set fixtures.Set, names ...string) []string {
	t.Helper()
	if set.Arch == "xtensawin" {
		return nil
	}
	cc := set.Compiler()
	var options []string
	for _, name := range names {
		options = append(options, "-l", strings.TrimSpace(runCompiler(t, cc.Command, append(strings.Fields(cc.Machine), "-print-file-name="+name)...)))
	}
	return options
}

// TestHeaderAliases: upstream's examples, which are written for py/dynruntime.h, do what they
// do when that line alone is another.
func TestHeaderAliases(t *testing.T) {
	examples := filepath.Join(bedsDir(t), "src/micropython/examples/natmod")
	for _, set := range oneSetPerArch() {
		for _, name := range []string{"features0", "features1", "features2", "features3", "features4"} {
			if name == "features2" && !strings.HasPrefix(set.Arch, "arm") {
				continue // it wants roundf, which only Arm's compiler has beside it for sure
			}
			t.Run(set.Arch+" "+name, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				sources, err := filepath.Glob(filepath.Join(examples, name, "*.c"))
				must(t, err)
				config := filepath.Join(dir, "config.h")
				link(t, "header", "-o", filepath.Join(dir, "mpyld.h"))
				link(t, append([]string{"--preprocess", "-o", config}, sources...)...)
				args := []string{"--arch", set.Arch, "--qstrs", config, "-o", filepath.Join(dir, name+".mpy")}
				headers, err := filepath.Glob(filepath.Join(examples, name, "*.h"))
				must(t, err)
				for _, h := range headers {
					copyFile(t, h, filepath.Join(dir, filepath.Base(h)))
				}
				for _, source := range sources {
					text, err := os.ReadFile(source)
					must(t, err)
					changed := strings.ReplaceAll(string(text), `"py/dynruntime.h"`, `"mpyld.h"`)
					file := filepath.Join(dir, filepath.Base(source))
					must(t, os.WriteFile(file, []byte(changed), 0o666))
					args = append(args, compileWith(t, set, "gcc", file, config, "-std=c99", "-Wall", "-Werror"))
				}
				wanted := []string{"libgcc.a"}
				if name == "features2" {
					wanted = append(wanted, "libm.a")
				}
				link(t, append(args, libraries(t, set, wanted...)...)...)
				want, err := os.ReadFile(filepath.Join("testdata/natmod", name+".py.exp"))
				must(t, err)
				script := filepath.Join(dir, "test.py") // another name: its own would be imported
				copyFile(t, filepath.Join("testdata/natmod", name+".py"), script)
				for _, b := range bedsRunning(t, set.Arch) {
					got := b.run(t, script, dir)
					if strings.HasPrefix(got, "initialising") {
						_, got, _ = strings.Cut(got, "\n") // has an address in it
					}
					if got != string(want) {
						t.Errorf("bed %s printed %q, want %q", b.name, got, want)
					}
				}
			})
		}
	}
}

// TestHeaderRustHost: mpyld.rs has nothing to be warned of, with a compiler for this machine.
func TestHeaderRustHost(t *testing.T) {
	dir := t.TempDir()
	rustHeader(t, dir)
	for _, target := range []string{"112", "118", "119", "121", "122", "123", "130", "11002"} {
		cmd := exec.Command(rustc, "--edition", "2021", "--crate-type", "lib", "--emit", "obj", "-D", "warnings", "-C", "panic=abort", "-C", "opt-level=s",
			"-C", "relocation-model=pic", "-o", filepath.Join(dir, "every-"+target+".o"), filepath.Join(dir, "every.rs"))
		cmd.Env = append(os.Environ(), "MPYLD_TARGET="+target)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("for %s: %v\n%s", target, err, out)
		}
	}
}

// rustHeader writes mpyld.rs and the module that uses it into a directory.
func rustHeader(t *testing.T, dir string) {
	t.Helper()
	link(t, "header", "--lang", "rust", "-o", filepath.Join(dir, "mpyld.rs"))
	copyFile(t, "testdata/header/every.rs", filepath.Join(dir, "every.rs"))
}
