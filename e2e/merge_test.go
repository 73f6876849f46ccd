//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mpyld/fixtures"
)

// compile runs MicroPython's own mpy-cross on one of fixtures/python.
func compile(t *testing.T, dir, source, output string, flags ...string) string {
	t.Helper()
	text, err := fixtures.PythonSource(source)
	must(t, err)
	file := filepath.Join(t.TempDir(), source)
	must(t, os.WriteFile(file, text, 0o666))
	out := filepath.Join(dir, output+".mpy")
	cross := filepath.Join(sourceTree(t), "mpy-cross/build/mpy-cross")
	args := append(slices.Clone(flags), "-s", source, "-o", out, file)
	if msg, err := exec.Command(cross, args...).CombinedOutput(); err != nil {
		t.Fatalf("mpy-cross %s: %v\n%s", strings.Join(args, " "), err, msg)
	}
	return out
}

// linkCase links a fixture into dir and returns the module's file.
func linkCase(t *testing.T, set fixtures.Set, name, dir string) string {
	t.Helper()
	c := must1(set.Case(name))(t)
	objects := t.TempDir()
	config := filepath.Join(objects, "config.h")
	must(t, os.WriteFile(config, c.Config, 0o666))
	out := filepath.Join(dir, name+".mpy")
	args := []string{"--arch", set.Arch, "--qstrs", config, "-o", out}
	for _, object := range c.Objects {
		file := filepath.Join(objects, object.Name)
		must(t, os.WriteFile(file, object.Data, 0o666))
		args = append(args, file)
	}
	link(t, args...)
	return out
}

// mergeCheck compares what merged modules do with what each does alone.
const mergeCheck = `
def check():
    for name, module in (("merged", merged), ("shared", shared)):
        for part in PARTS.split():
            results = part.rstrip("s") + "_results"
            together, alone = getattr(module, results)(), getattr(__import__(part), results)()
            if together != alone:
                print(name, part, together, alone)
        print(name, module.language, module.own()[120:122], module.fixed()[1], module.uses("names"))


twice(check)


def trace(module):
    for call in (lambda: module.else_clauses("x"), lambda: module.with_return([5])):
        try:
            call()
        except Exception as e:
            sys.print_exception(e, sys.stdout)


import flow, sys

for module in (flow, merged, shared):
    print("TRACEBACKS")
    trace(module)
`

// sourceFile is what differs between tracebacks: all of a merged module has one
// source file's name.
var sourceFile = regexp.MustCompile(`File "[^"]*"`)

// TestMerge imports modules merged of bytecode, two linked modules, and
// functions that mpy-cross compiled to machine code, on every architecture.
func TestMerge(t *testing.T) {
	prelude, err := fixtures.Source("prelude.py")
	must(t, err)
	done := map[string]bool{}
	for _, set := range fixtures.Sets() {
		if done[set.Arch] || !strings.HasSuffix(set.Name, "-gcc12.2-Os-fpic") {
			continue
		}
		done[set.Arch] = true
		t.Run(set.Arch, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			flow := compile(t, dir, "flow.py", "flow")
			functions := compile(t, dir, "functions.py", "functions", "-O2")
			constants := compile(t, dir, "constants.py", "constants", "-O3")
			hello, qstrs := linkCase(t, set, "hello", dir), linkCase(t, set, "qstrs", dir)
			files := []string{flow, hello, functions, qstrs, constants}
			parts := "flow functions constants"
			if set.Arch != "rv64imc" { // mpy-cross 1.26 does not know it
				files = append(files, compile(t, dir, "native.py", "native", "-march="+set.Arch))
				parts += " native"
			}
			link(t, append([]string{"merge", "-o", filepath.Join(dir, "merged.mpy")}, files...)...)
			link(t, append([]string{"merge", "--share-names", "--merge", "-o", filepath.Join(dir, "shared.mpy")}, files...)...)
			script := filepath.Join(dir, "check.py")
			text := string(prelude) + "import merged\nimport shared\n" + fmt.Sprintf("PARTS = %q\n", parts) + mergeCheck
			must(t, os.WriteFile(script, []byte(text), 0o666))
			want := strings.Repeat("merged C ('q120', 'q121') len NAMES\nshared C ('q120', 'q121') len NAMES\n", 2)
			for _, b := range bedsRunning(t, set.Arch) {
				parts := strings.Split(sourceFile.ReplaceAllString(b.run(t, script, dir), "File"), "TRACEBACKS\n")
				if parts[0] != want {
					t.Errorf("bed %s printed\n%swant\n%s", b.name, parts[0], want)
				}
				// Line numbers stay.
				if len(parts) != 4 || strings.Count(parts[1], "line") < 4 || parts[2] != parts[1] || parts[3] != parts[1] {
					t.Errorf("bed %s: tracebacks %q", b.name, parts[1:])
				}
			}
		})
	}
	if len(done) != 10 {
		t.Errorf("%d architectures", len(done))
	}
}

// TestMergeOne: a module merged with nothing is that module.
func TestMergeOne(t *testing.T) {
	dir := t.TempDir()
	file := compile(t, dir, "flow.py", "flow")
	out := filepath.Join(dir, "one.mpy")
	link(t, "merge", "--merge", "-o", out, file)
	a, err := os.ReadFile(file)
	must(t, err)
	b, err := os.ReadFile(out)
	must(t, err)
	if string(a) != string(b) {
		t.Error("another file")
	}
}
