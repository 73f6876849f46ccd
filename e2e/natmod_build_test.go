//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// micropythonVersion is the release whose tests the tables here count.
const micropythonVersion = "1.26.1"

// python is Debian's own, which has the elftools package that mpy_ld.py needs.
const python = "/usr/bin/python3"

// sourceTree is MicroPython's source as beds/setup.sh unpacked it.
func sourceTree(t *testing.T) string {
	t.Helper()
	src := filepath.Join(bedsDir(t), "src")
	version, err := os.ReadFile(filepath.Join(src, "version"))
	if err != nil {
		t.Fatalf("no MicroPython source, run beds/setup.sh: %v", err)
	}
	if !strings.HasPrefix(string(version), micropythonVersion) {
		t.Fatalf("the tables are for MicroPython %s, this is %s", micropythonVersion, version)
	}
	return filepath.Join(src, "micropython")
}

// A natmodTree is MicroPython's tree with its own copy of examples/natmod, so
// that builds for several archs and with several linkers do not meet.
type natmodTree struct {
	dir    string
	arch   string
	linker string // make's MPY_LD; "" is what dynruntime.mk uses itself, mpy_ld.py
}

// newNatmodTree copies only the examples; everything else, dynruntime.mk
// included, is linked to and read as upstream wrote it.
func newNatmodTree(t *testing.T, arch, linker string) natmodTree {
	t.Helper()
	src, tree := sourceTree(t), natmodTree{dir: t.TempDir(), arch: arch, linker: linker}
	entries, err := os.ReadDir(src)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if entry.Name() != "examples" {
			must(t, os.Symlink(filepath.Join(src, entry.Name()), filepath.Join(tree.dir, entry.Name())))
		}
	}
	const examples = "examples/natmod"
	must(t, os.CopyFS(filepath.Join(tree.dir, examples), os.DirFS(filepath.Join(src, examples))))
	return tree
}

// moduleDir is where an example is, and where its .mpy file is left.
func (tree natmodTree) moduleDir(module string) string {
	return filepath.Join(tree.dir, "examples/natmod", module)
}

// importName is the name of an example's .mpy file: those that MicroPython
// also has built in carry their arch in it.
func (tree natmodTree) importName(module string) string {
	if strings.HasPrefix(module, "features") {
		return module
	}
	return module + "_" + tree.arch
}

// make builds one example and returns what make printed.
func (tree natmodTree) make(module string) (log string, err error) {
	argv := []string{"-C", tree.moduleDir(module), "ARCH=" + tree.arch, "PYTHON=" + python}
	if tree.linker != "" {
		argv = append(argv, "MPY_LD="+tree.linker)
	}
	oracleModules, err := filepath.Abs("testdata/oracle")
	if err != nil {
		return "", err
	}
	cmd := exec.Command("make", argv...)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+oracleModules, "PYTHONDONTWRITEBYTECODE=1")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// expectedOutput is upstream's rule: the .exp file beside the test, or else
// what CPython prints.
func expectedOutput(t *testing.T, test string) string {
	t.Helper()
	exp, err := os.ReadFile(test + ".exp")
	if err == nil {
		return string(exp)
	}
	out, err := cpython(test)
	if err != nil {
		t.Fatalf("CPython on %s: %v\n%s", test, err, out)
	}
	return out
}

var cpythonResults sync.Map // test → output; each test is asked for once per arch

func cpython(test string) (string, error) {
	if out, ok := cpythonResults.Load(test); ok {
		return out.(string), nil
	}
	out, err := exec.Command(python, test).CombinedOutput()
	if err == nil {
		cpythonResults.Store(test, string(out))
	}
	return string(out), err
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
