//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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
	beds   string // bedsDir
	arch   natmodArch
	linker string // make's MPY_LD; "" is what dynruntime.mk uses itself, mpy_ld.py
}

// newNatmodTree copies only the examples; everything else, dynruntime.mk
// included, is linked to and read as upstream wrote it.
func newNatmodTree(t *testing.T, arch natmodArch, linker string) natmodTree {
	t.Helper()
	src := sourceTree(t)
	tree := natmodTree{dir: t.TempDir(), beds: bedsDir(t), arch: arch, linker: linker}
	linkAll(t, src, tree.dir, "examples")
	const examples = "examples/natmod"
	must(t, os.CopyFS(filepath.Join(tree.dir, examples), os.DirFS(filepath.Join(src, examples))))
	if arch.name == "rv64imc" {
		addRV64(t, src, tree.dir)
	}
	return tree
}

// linkAll makes symbolic links in dir to all that is in src but one.
func linkAll(t *testing.T, src, dir, but string) {
	t.Helper()
	entries, err := os.ReadDir(src)
	must(t, err)
	for _, entry := range entries {
		if entry.Name() != but {
			must(t, os.Symlink(filepath.Join(src, entry.Name()), filepath.Join(dir, entry.Name())))
		}
	}
}

// addRV64 gives a tree the dynruntime.mk of MicroPython 1.28, as far as it is
// about rv64imc: a section like that of rv32imc.
func addRV64(t *testing.T, src, dir string) {
	t.Helper()
	const mk, otherwise = "dynruntime.mk", "else\n$(error "
	text, err := os.ReadFile(filepath.Join(src, "py", mk))
	must(t, err)
	before, after, ok := strings.Cut(string(text), otherwise)
	start := strings.Index(before, "else ifeq ($(ARCH),rv32imc)")
	if !ok || start < 0 {
		t.Fatalf("%s is not as this test knows it", mk)
	}
	section := strings.NewReplacer("rv32", "rv64", "ilp32", "lp64").Replace(before[start:])
	py := filepath.Join(dir, "py")
	must(t, os.Remove(py))
	must(t, os.Mkdir(py, 0o777))
	linkAll(t, filepath.Join(src, "py"), py, mk)
	must(t, os.WriteFile(filepath.Join(py, mk), []byte(before+section+otherwise+after), 0o666))
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
	return module + "_" + tree.arch.name
}

// make builds one example and returns what make printed.
func (tree natmodTree) make(module string) (log string, err error) {
	argv := []string{"-C", tree.moduleDir(module), "ARCH=" + tree.arch.name, "PYTHON=" + python}
	args := tree.arch.args
	if module == "features2" {
		args = slices.Concat(args, tree.arch.features2) // of two, make takes the last
	}
	for _, arg := range args {
		argv = append(argv, strings.ReplaceAll(arg, "$MPYLD_BEDS", tree.beds))
	}
	if tree.linker != "" {
		argv = append(argv, "MPY_LD="+tree.linker)
		if os.Getenv("MPYLD_BIN") == "" {
			// Modules with a .py part are merged by mpyld too, without Python.
			argv = append(argv, "MPY_TOOL="+tree.linker+" merge")
		}
	}
	oracleModules, err := filepath.Abs("testdata/oracle")
	if err != nil {
		return "", err
	}
	cmd := exec.Command("make", argv...)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+oracleModules, "PYTHONDONTWRITEBYTECODE=1",
		"PATH="+filepath.Join(tree.beds, "bin")+":"+os.Getenv("PATH"))
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
