//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// runNinja runs ninja in a directory, where it must succeed, and returns what it printed.
func runNinja(t *testing.T, dir string, env []string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "ninja", args...)
	cmd.Dir = dir
	cmd.Env = slices.Concat(os.Environ(), []string{"PATH=" + os.Getenv("PATH") + ":" + filepath.Join(bedsDir(t), "bin")}, env)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("ninja: %v\n%s", err, out)
	}
	return string(out)
}

// sameFiles compares the files of two directories.
func sameFiles(t *testing.T, a, b string) (n int) {
	t.Helper()
	must(t, filepath.WalkDir(a, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rest, err := filepath.Rel(a, name)
		must(t, err)
		one, err := os.ReadFile(name)
		must(t, err)
		if other, err := os.ReadFile(filepath.Join(b, rest)); err != nil || !bytes.Equal(one, other) {
			t.Errorf("%s differs (%v)", rest, err)
		}
		n++
		return nil
	}))
	return n
}

// mixed is a module of everything: C, assembler, a step, a part in Python, a header.
func mixed(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"wave.c":     "#include \"mpyld.h\"\n#include \"wave.h\"\nint made(void), forty(void);\nstatic mpy_obj get(void) { return mpy_new_int(forty() + made() + ZERO); }\nstatic MPY_FUN_0(get_obj, get);\nmpy_obj mpy_init(mpy_self *self, size_t n_args, size_t n_kw, mpy_obj *args) {\n    MPY_INIT_ENTRY\n    MPY_STORE(MP_QSTR_get, &get_obj);\n    MPY_INIT_EXIT\n}\n",
		"wave.h":     "#define ZERO 0\n",
		"forty.c":    "int forty(void) { return 40; }\n",
		"part.py":    "def twice(x):\n    return 2 * x\n",
		"input.txt":  "int made(void) { return 2; }\n",
		"test.py":    "import wave\nprint(wave.get(), wave.twice(21))\n",
		"mpyld.toml": "name = \"wave\"\nsources = [\"wave.c\", \"forty.c\", \"{out}/made.c\", \"part.py\"]\narch = [\"x64\", \"armv7m\"]\ntest = \"test.py\"\n[[step]]\nrun = [\"cp\", \"input.txt\", \"{out}/made.c\"]\ninputs = [\"input.txt\"]\noutputs = [\"{out}/made.c\"]\n",
	} {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
	return dir
}

// TestNinja: ninja does what a build does, to the byte, and as little of it again.
func TestNinja(t *testing.T) {
	t.Parallel()
	dir := mixed(t)
	cross := []string{"MPY_CROSS=" + filepath.Join(bedsDir(t), "src/micropython/mpy-cross/build/mpy-cross")}
	edit := func(name, text string) {
		t.Helper()
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
	if out := ours(t, dir, cross, "build", "-o", "want"); out.err != nil {
		t.Fatalf("%v\n%s", out.err, out.text)
	}
	must(t, os.RemoveAll(filepath.Join(dir, "build")))
	if out := ours(t, dir, cross, "build", "--ninja", "build.ninja"); out.err != nil {
		t.Fatalf("%v\n%s", out.err, out.text)
	}
	runNinja(t, dir, cross)
	if n := sameFiles(t, filepath.Join(dir, "want"), filepath.Join(dir, "dist")); n != 2 {
		t.Errorf("%d modules", n)
	}
	for _, b := range bedsRunning(t, "armv7m") {
		if got := b.run(t, filepath.Join(dir, "test.py"), filepath.Join(dir, "dist/armv7m_6.3")); got != "42 42\n" {
			t.Errorf("%s: %s", b.name, got)
		}
	}
	steps := func(want string, not ...string) {
		t.Helper()
		out := runNinja(t, dir, cross, "-v")
		for _, word := range strings.Fields(want) {
			if !strings.Contains(out, word) {
				t.Errorf("no %s in\n%s", word, out)
			}
		}
		for _, word := range not {
			if strings.Contains(out, word) {
				t.Errorf("%s in\n%s", word, out)
			}
		}
	}
	const nothing = "ninja: no work to do."
	steps(nothing)
	// No name changes: the config header stays, and of objects one is made.
	edit("forty.c", "int forty(void) { return 20 + 20; }\n")
	steps("obj/forty.c.i obj/forty.c.o --preprocess wave.native.mpy", "obj/wave.c.o -MF", "made.c.o -MF")
	steps(nothing)
	// A header, a name, what a step reads, a part in Python, the manifest.
	edit("wave.h", "#define ZERO 0 // again\n")
	steps("obj/wave.c.o", "obj/forty.c.i -MF")
	edit("forty.c", "#include \"mpyld.h\"\nint forty(void) { return 40 + 0 * MP_QSTR_another; }\n")
	steps("obj/forty.c.o obj/wave.c.o", "-march=")
	edit("input.txt", "int made(void) { return 3; }\n")
	steps("cp made.c.o merge", "obj/wave.c.o -MF")
	edit("part.py", "def twice(x):\n    return x + x\n")
	steps("mpy-cross merge", "obj/wave.c.o -MF")
	edit("mpyld.toml", "name = \"wave\"\nsources = [\"wave.c\", \"forty.c\", \"input.c\"]\narch = [\"x64\"]\n")
	edit("input.c", "int made(void) { return 4; }\n")
	steps("--ninja obj/input.c.o")
	steps(nothing)
	// What the file was written with is written again.
	must(t, os.RemoveAll(filepath.Join(dir, "build")))
	steps("--ninja obj/input.c.o obj/wave.c.o")
	// An error is the compiler's own, and the module stays as it was.
	edit("input.c", "#error no\n")
	cmd := exec.Command("ninja")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "input.c:1:2: error: #error no") {
		t.Errorf("%v\n%s", err, out)
	}
}

// distccd starts a server of distcc on the loopback interface and returns its name for clients, and
// what it says.
func distccd(t *testing.T) (host string, said func() string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	port := l.Addr().(*net.TCPAddr).Port
	must(t, l.Close())
	// Which compilers it may start does not matter to who may start programs here anyway.
	cmd := exec.Command("distccd", "--no-detach", "--daemon", "--listen", "127.0.0.1", "--port", strconv.Itoa(port), "--allow", "127.0.0.1",
		"--jobs", "2", "--enable-tcp-insecure", "--log-stderr", "--log-level", "info")
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	must(t, err)
	cmd.Stdout, cmd.Stderr = file, file
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
		file.Close()
	})
	for range 1000 {
		if c, err := net.Dial("tcp", l.Addr().String()); err == nil {
			c.Close()
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	return fmt.Sprintf("127.0.0.1:%d/2", port), func() string {
		text, err := os.ReadFile(file.Name())
		must(t, err)
		return string(text)
	}
}

// TestScale is docs/SCALE.md with fewer modules: ninja compiles on two servers by way of distcc, and
// the second time takes everything from ccache. The modules are those of a build.
func TestScale(t *testing.T) {
	t.Parallel()
	dir, state := t.TempDir(), t.TempDir()
	var manifests []string
	for i := range 4 {
		name := fmt.Sprintf("m%d", i)
		inDirectory(t, dir, nil, "new", name)
		manifests = append(manifests, name+"/mpyld.toml")
		if out := ours(t, dir, nil, "build", "--manifest", manifests[i], "--arch", "x64,armv7m,xtensa", "--build-dir", "build/"+name, "-o", "want"); out.err != nil {
			t.Fatalf("%v\n%s", out.err, out.text)
		}
	}
	one, saidOne := distccd(t)
	two, saidTwo := distccd(t)
	env := []string{
		"CCACHE_DIR=" + filepath.Join(state, "ccache"), "CCACHE_PREFIX=distcc", "DISTCC_DIR=" + state,
		"DISTCC_HOSTS=--randomize " + one + " " + two, "DISTCC_FALLBACK=0",
	}
	must(t, os.RemoveAll(filepath.Join(dir, "build")))
	if out := ours(t, dir, env, append([]string{"build", "--ninja", "build.ninja", "--arch", "x64,armv7m,xtensa", "--launcher", "ccache"}, manifests...)...); out.err != nil {
		t.Fatalf("%v\n%s", out.err, out.text)
	}
	runNinja(t, dir, env, "-j", "4")
	compiled := strings.Count(saidOne(), "COMPILE_OK") + strings.Count(saidTwo(), "COMPILE_OK")
	if compiled != 12 || !strings.Contains(saidOne(), "COMPILE_OK") || !strings.Contains(saidTwo(), "COMPILE_OK") {
		t.Errorf("%d objects of 12 were compiled on servers\n%s\n%s", compiled, saidOne(), saidTwo())
	}
	if n := sameFiles(t, filepath.Join(dir, "want"), filepath.Join(dir, "dist")); n != 12 {
		t.Errorf("%d modules", n)
	}
	for _, made := range []string{"dist", "build"} {
		must(t, os.RemoveAll(filepath.Join(dir, made)))
	}
	runNinja(t, dir, env, "-j", "4")
	if again := strings.Count(saidOne(), "COMPILE_OK") + strings.Count(saidTwo(), "COMPILE_OK"); again != compiled {
		t.Errorf("%d objects were compiled the second time", again-compiled)
	}
	if n := sameFiles(t, filepath.Join(dir, "want"), filepath.Join(dir, "dist")); n != 12 {
		t.Errorf("%d modules", n)
	}
}

// TestNinjaChecks: the manifest's limits and its test are ninja's too: a module that is too large, or
// fails its test, fails ninja and stays; what has passed is not done again.
func TestNinjaChecks(t *testing.T) {
	t.Parallel()
	dir := begun(t, "c")
	manifest := filepath.Join(dir, "mpyld.toml")
	text, err := os.ReadFile(manifest)
	must(t, err)
	limited := func(limit string) {
		t.Helper()
		must(t, os.WriteFile(manifest, append(slices.Clip(text), "\n[limits]\n"+limit+"\n"...), 0o666))
	}
	limited(`ram = "8K"`)
	args := []string{"build", "--ninja", "build.ninja", "--arch", "x64,armv7m,armv6m"}
	for _, arch := range []string{"armv7m", "x64"} {
		args = append(args, "--bed", bedCommand(t, bedsRunning(t, arch)[0]))
	}
	if out := ours(t, dir, nil, args...); out.err != nil {
		t.Fatalf("%v\n%s", out.err, out.text)
	}
	runNinja(t, dir, nil)
	printed, err := filepath.Glob(filepath.Join(dir, "build/*/wave.test-*"))
	must(t, err)
	tested := map[string]bool{}
	for _, name := range printed {
		said, err := os.ReadFile(name)
		must(t, err)
		if len(said) == 0 {
			t.Errorf("%s: the test prints nothing", name)
		}
		tested[filepath.Base(filepath.Dir(name))] = true
	}
	if !tested["armv7m_6.3"] || !tested["armv6m_6.3"] || !tested["x64_6.3"] || len(printed) != 3 {
		t.Errorf("tested: %v", printed)
	}
	if out := runNinja(t, dir, nil); !strings.Contains(out, "no work to do") {
		t.Errorf("the second time:\n%s", out)
	}

	fails := func(want ...string) {
		t.Helper()
		must(t, os.RemoveAll(filepath.Join(dir, "dist/armv7m_6.3")))
		cmd := exec.Command("ninja", "-k", "0")
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err == nil {
			t.Errorf("ninja succeeds:\n%s", out)
		}
		for _, text := range want {
			if !strings.Contains(string(out), text) {
				t.Errorf("no %q in\n%s", text, out)
			}
		}
		if _, err := os.Stat(filepath.Join(dir, "dist/armv7m_6.3/wave.mpy")); err != nil {
			t.Error(err)
		}
	}
	limited(`text = 100`)
	fails("dist/x64_6.3/wave.mpy: is over the limit: text ", "dist/armv7m_6.3/wave.mpy: is over the limit: text ", " of 100")
	limited(`ram = "8K"`)
	script := filepath.Join(dir, "test.py")
	good, err := os.ReadFile(script)
	must(t, err)
	must(t, os.WriteFile(script, []byte("import wave\nraise ValueError('wrong')\n"), 0o666))
	fails("ValueError: wrong", "test.py fails in ")
	must(t, os.WriteFile(script, good, 0o666))
	runNinja(t, dir, nil)
}
