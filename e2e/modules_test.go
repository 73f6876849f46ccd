//go:build e2e

package e2e

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mpyld/fixtures/modules"
	"mpyld/size"
)

var everyModule = flag.Bool("every-module", false, "TestModules: all modules, with all flags, optimised and not; it takes half an hour of processor time")

// waysToMake are flags and options of a build, the first is what others are compared with.
var waysToMake = []struct {
	name string
	args []string
	some bool // also without -every-module
}{
	{"upstream", []string{"--flags", "upstream"}, true},
	{"upstream-optimised", []string{"--flags", "upstream", "-O"}, true},
	{"small", []string{"--no-optimize"}, false},
	{"small-optimised", nil, true},
}

// TestModules: modules of all kinds, those whose sizes docs/BENCHMARKS.md has, do the same however they were
// compiled and linked, in every bed, and are no larger with -O. Other tests say that it is right.
func TestModules(t *testing.T) {
	list, err := modules.All(modules.Places{
		Repository: absolute(t, root), MicroPython: sourceTree(t), Beds: bedsDir(t), RustCore: filepath.Join(shared, "modules-core"),
	})
	must(t, err)
	dir := t.TempDir()
	var made []modules.Module
	for _, m := range list {
		if *everyModule || m.Some {
			must(t, m.Write(filepath.Join(dir, m.Name)))
			made = append(made, m)
		}
	}
	t.Run("build", func(t *testing.T) {
		for _, m := range made {
			t.Run(m.Name, func(t *testing.T) {
				t.Parallel()
				for _, way := range waysToMake {
					if way.some || *everyModule {
						buildWay(t, filepath.Join(dir, m.Name), way.name, way.args)
					}
				}
			})
		}
	})
	for _, arch := range modules.Archs {
		t.Run(arch, func(t *testing.T) {
			t.Parallel()
			var names []string
			for _, m := range made {
				if slices.Contains(m.Archs, arch) {
					names = append(names, m.Name)
				}
			}
			for _, name := range names {
				noLarger(t, filepath.Join(dir, name), name, arch)
			}
			for _, b := range bedsRunning(t, arch) {
				var want map[string]string
				for _, way := range waysToMake {
					if !way.some && !*everyModule {
						continue
					}
					got := b.runModules(t, dir, names, arch, way.name)
					if want == nil {
						want = got
					}
					for _, name := range names {
						if diff := cmp.Diff(want[name], got[name]); diff != "" || got[name] == "" {
							t.Errorf("%s in bed %s: - %s, + %s\n%s", name, b.name, waysToMake[0].name, way.name, diff)
						}
					}
				}
			}
		})
	}
}

// noLarger compares what a module takes when it is optimised with what it takes in the first way.
func noLarger(t *testing.T, dir, name, arch string) {
	t.Helper()
	measure := func(way string) size.Module {
		data, err := os.ReadFile(filepath.Join(dir, "dist-"+way, arch+"_6.3", name+".mpy"))
		must(t, err)
		m, err := size.Of(data)
		must(t, err)
		return m
	}
	first := measure(waysToMake[0].name)
	for _, way := range waysToMake {
		if !strings.HasSuffix(way.name, "optimised") {
			continue
		}
		is := measure(way.name)
		if is.RAM.Bytes > first.RAM.Bytes || is.File.Bytes > first.File.Bytes {
			t.Errorf("%s for %s, %s: %d bytes of memory and %d in the file, %s %d and %d", name, arch, way.name, is.RAM.Bytes, is.File.Bytes, waysToMake[0].name, first.RAM.Bytes, first.File.Bytes)
		}
	}
}

// buildWay builds a module in its directory in one way, for all its architectures. Objects of one
// set of flags are made once.
func buildWay(t *testing.T, dir, way string, args []string) {
	t.Helper()
	flags, _, _ := strings.Cut(way, "-")
	cmd := exec.Command(mpyld, slices.Concat([]string{"build", "--build-dir", "build-" + flags, "-o", "dist-" + way}, args)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":"+filepath.Join(bedsDir(t), "bin"),
		"MPY_CROSS="+filepath.Join(bedsDir(t), "src/micropython/mpy-cross/build/mpy-cross"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", way, err, out)
	}
}

// runModules runs the scripts of modules, and returns what each printed. They run together, and
// alone from the first on that does not come to its end.
func (b bed) runModules(t *testing.T, dir string, names []string, arch, way string) map[string]string {
	t.Helper()
	runs := t.TempDir()
	var cases []linkedCase
	for _, name := range names {
		c := linkedCase{name: name, dir: filepath.Join(runs, name)}
		must(t, os.Mkdir(c.dir, 0o777))
		// Beside the script: itself and what it reads, not the parts in Python.
		scripts, err := filepath.Glob(filepath.Join(dir, name, "run_*.py"))
		must(t, err)
		for _, script := range append(scripts, filepath.Join(dir, name, modules.Script)) {
			to := filepath.Join(c.dir, filepath.Base(script))
			if filepath.Base(script) == modules.Script {
				to = filepath.Join(c.dir, "test.py")
			}
			copyFile(t, script, to)
		}
		copyFile(t, filepath.Join(dir, name, "dist-"+way, arch+"_6.3", name+".mpy"), filepath.Join(c.dir, name+".mpy"))
		cases = append(cases, c)
	}
	texts := printedTogether(execTogether(t, b, runs, cases), cases)
	printed := map[string]string{}
	for i, c := range cases {
		if i == len(texts) {
			out := b.exec(filepath.Join(c.dir, "test.py"), c.dir)
			if out.err != nil {
				t.Errorf("%s, %s, in bed %s: %v\n%s", c.name, way, b.name, out.err, out.text)
			}
			texts = append(texts, out.text)
		}
		text := pointer.ReplaceAllString(texts[i], "self=...")
		printed[c.name] = assertLine.ReplaceAllString(text, "'clib.c:LINE:")
	}
	return printed
}
