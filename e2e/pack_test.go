//go:build e2e

package e2e

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mpyld/fixtures"
)

// greeting is what tells that an installed module works.
const greeting = `import sys
sys.path.insert(0, "lib")
import hello
print("installed:", hello.greet("pack"), hello.language)
`

const greeted = "Hello, pack!\ninstalled: 1 C\n"

// A client installs a package in the directory of a board: from a URL, or from
// an index by name.
type client struct {
	name     string
	relative bool // it takes relative URLs
	install  func(t *testing.T, b bed, dir string, from source) output
}

// source is where a package is.
type source struct {
	url   string // of package.json, with or without that name
	index string // or of the index that has it
}

// clients are mpremote of two Debian suites, and mip on the board.
func clients(t *testing.T) []client {
	return []client{
		{"mpremote before 1.25", false, mpremote(t, "trixie")},
		{"mpremote", true, mpremote(t, "sid")},
		{"mip before 0.4", false, mip("import mip\nmip.install(%q, index=%q, target='lib')\n", false)},
		{"mip as of 0.4", true, mip("import mip04\nmip04.install(%q, 'lib')\n", true)},
	}
}

// mip installs on the board itself, as a user of its REPL would.
func mip(script string, onlyURL bool) func(t *testing.T, b bed, dir string, from source) output {
	return func(t *testing.T, b bed, dir string, from source) output {
		name := from.url
		if from.index != "" {
			name = "hello"
		}
		text := fmt.Sprintf(script, name, from.index)
		if onlyURL {
			text = fmt.Sprintf(script, name)
		} else if from.index == "" {
			text = strings.Replace(text, `, index=""`, "", 1)
		}
		return b.in(t, dir, text+greeting)
	}
}

// in runs a script in a directory.
func (b bed) in(t *testing.T, dir, script string) output {
	t.Helper()
	file := filepath.Join(t.TempDir(), "script.py")
	must(t, os.WriteFile(file, []byte(script), 0o666))
	ctx, cancel := context.WithTimeout(context.Background(), scriptTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, absolute(t, filepath.Join(root, "beds/run")), b.name, file)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "MICROPYPATH=.frozen:"+absolute(t, "testdata/board"))
	text, err := cmd.CombinedOutput()
	return output{string(text), err}
}

func absolute(t *testing.T, name string) string {
	t.Helper()
	name, err := filepath.Abs(name)
	must(t, err)
	return name
}

// mpremote installs through the board's serial port.
func mpremote(t *testing.T, suite string) func(t *testing.T, b bed, dir string, from source) output {
	t.Helper()
	python := filepath.Join(bedsDir(t), "home", "mpremote-"+suite, "usr/lib/python3/dist-packages")
	return func(t *testing.T, b bed, dir string, from source) output {
		port := board(t, b, dir)
		args := []string{"-m", "mpremote", "connect", port, "mip", "install", "--target", "lib"}
		if from.index != "" {
			args = append(args, "--index", from.index, "hello")
		} else {
			args = append(args, from.url)
		}
		ctx, cancel := context.WithTimeout(context.Background(), scriptTimeout)
		defer cancel()
		cmd := exec.CommandContext(ctx, "/usr/bin/python3", append(args, "+", "exec", greeting)...)
		cmd.Env = append(os.Environ(), "PYTHONPATH="+python, "HOME="+t.TempDir())
		text, err := cmd.CombinedOutput()
		return output{strings.ReplaceAll(string(text), "\r\n", "\n"), err}
	}
}

// board starts a bed as a board with a directory as its file system, and
// returns the name of its serial port.
func board(t *testing.T, b bed, dir string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "/usr/bin/python3", absolute(t, "testdata/board/board.py"), absolute(t, filepath.Join(root, "beds/run")), b.name, absolute(t, "testdata/board/repl.py"))
	cmd.Dir = dir
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() {
		cancel() // the interpreter ends with its terminal
		_ = cmd.Wait()
	})
	port, err := bufio.NewReader(out).ReadString('\n')
	must(t, err)
	return strings.TrimSpace(port)
}

// packInto packs the module of a fixture for architectures.
func packInto(t *testing.T, out, module, archs string, options ...string) string {
	t.Helper()
	dist := t.TempDir()
	for _, arch := range strings.Fields(archs) {
		set := must1(fixtures.SetNamed(arch + "-gcc12.2-Os-fpic"))(t)
		dir := filepath.Join(dist, arch+"_6.3")
		must(t, os.Mkdir(dir, 0o777))
		linkCase(t, set, module, dir)
	}
	return link(t, append([]string{"pack", "-o", out, "--version", "1.2.0"}, append(options, dist)...)...)
}

// TestPackInstalled installs every layout with every client that takes it on two
// boards, and calls what was installed there.
func TestPackInstalled(t *testing.T) {
	served := t.TempDir()
	server := httptest.NewServer(http.FileServer(http.Dir(served)))
	t.Cleanup(server.Close)
	const archs = "x64 armv6m armv7m armv7emsp armv7emdp"
	layouts := []string{"--fat", "--index", "--release"}
	packInto(t, filepath.Join(served, "relative"), "hello", archs, layouts...)
	packInto(t, filepath.Join(served, "absolute"), "hello", archs, append(layouts, "--url", server.URL+"/absolute")...)
	for _, board := range []struct{ bed, target, asset string }{
		{"x64", "x64_6.3", "hello-mpy6.3-x64.json"},
		{"armhf", "armv7emdp_6.3", "hello-mpy6.3-armv7emdp.json"},
	} {
		b := allBeds(t)[slices.IndexFunc(allBeds(t), func(b bed) bool { return b.name == board.bed })]
		for _, c := range clients(t) {
			for _, base := range []string{"relative", "absolute"} {
				at := server.URL + "/" + base + "/"
				for layout, from := range map[string]source{
					"directory": {url: at + board.target + "/"},
					"fat":       {url: at},
					"release":   {url: at + "release/" + board.asset},
					"index":     {index: at + "index/" + board.target},
					"local":     {url: filepath.Join(served, base, board.target, "package.json")},
				} {
					if c.name == "mip as of 0.4" && layout == "index" || layout == "local" && (c.name != "mpremote" || base == "absolute") {
						continue // mip04.py has nothing of its own for an index, and only mpremote sees the host's files
					}
					works := layout == "index" || base == "absolute" || c.relative
					t.Run(strings.Join([]string{b.name, c.name, base, layout}, "/"), func(t *testing.T) {
						t.Parallel()
						dir := t.TempDir()
						got := c.install(t, b, dir, from)
						if worked := got.err == nil && strings.HasSuffix(got.text, greeted); worked != works {
							t.Errorf("installed: %v, it should be %v: %v\n%s", worked, works, got.err, got.text)
						}
						installed, err := os.ReadFile(filepath.Join(dir, "lib", "hello.mpy"))
						if layout != "fat" && works && (err != nil || !strings.HasPrefix(string(installed), "M\x06")) {
							t.Errorf("lib/hello.mpy: %v", err)
						}
					})
				}
			}
		}
	}
}

// TestPackFat imports one package on every bed: each finds its part.
func TestPackFat(t *testing.T) {
	dir := t.TempDir()
	archs := "x64 x86 armv6m armv7m armv7emsp armv7emdp xtensa xtensawin rv32imc rv64imc"
	packInto(t, filepath.Join(dir, "hello"), "hello", archs, "--fat")
	packInto(t, filepath.Join(dir, "floats"), "floats", archs, "--fat")
	packInto(t, filepath.Join(dir, "soft"), "floats", "armv6m armv7m x64", "--fat")
	script := filepath.Join(t.TempDir(), "fat.py") // whose directory is the first that is looked in
	must(t, os.WriteFile(script, []byte(`import sys, hello
print(hello.greet("fat"), [m for m in sys.modules if m.startswith("hello._")])
try:
    import floats
    print(floats.through_float(1.5), floats.entry(2), floats.poly(10.5))
except ImportError as e:
    print(e)
`), 0o666))
	parts := map[string]string{"armhf": "armv7emdp", "x64symbols": "x64"} // a bed is called like what it is, but for these
	for _, b := range allBeds(t) {
		part := parts[b.name]
		if part == "" {
			part = b.name
		}
		want := fmt.Sprintf("Hello, fat!\n1 ['hello._%s']\n", part)
		if got := b.run(t, script, filepath.Join(dir, "hello"), filepath.Join(dir, "floats")); got != want+"1.5 (-3.75, -3.75) 265.25\n" {
			t.Errorf("%s: %s", b.name, got)
		}
		// Only parts that pass floats in core registers: of those, hard-float firmware gets none.
		switch got := b.run(t, script, filepath.Join(dir, "hello"), filepath.Join(dir, "soft")); {
		case slices.Contains([]string{"armv6m", "armv7m", "x64"}, part):
			if got != want+"1.5 (-3.75, -3.75) 265.25\n" {
				t.Errorf("%s, parts without hard floats: %s", b.name, got)
			}
		case !strings.Contains(got, "no part for this firmware (_mpy ") || !strings.HasSuffix(got, "): there is none for it\n"):
			t.Errorf("%s, parts without hard floats: %s", b.name, got)
		}
	}
}

// TestPackChoice runs the code of fat packages as other firmware would, and
// sees which parts it tries.
func TestPackChoice(t *testing.T) {
	dir := t.TempDir()
	packInto(t, filepath.Join(dir, "pkg"), "floats", "x64 armv6m armv7m armv7emsp armv7emdp rv32imc", "--fat")
	script := filepath.Join(dir, "choice.py")
	must(t, os.WriteFile(script, []byte(`with open("`+filepath.Join(dir, "pkg/floats/__init__.py")+`") as f:
    source = f.read()

class Firmware:
    pass

def tried(mpy, machine, version, name="micropython", fails=ImportError):
    # The parts in turn, as each is not there, or not for this firmware.
    sys = Firmware()
    sys.implementation = i = Firmware()
    i._mpy, i._machine, i.version, i.name = mpy, machine, version, name
    parts = []
    def load(name, *args):
        parts.append(name)
        raise fails("no")
    try:
        exec(source.replace("import sys\n", ""), {"sys": sys, "__name__": "floats", "__import__": load})
    except ImportError as e:
        return " ".join(parts).replace("floats._", "") or str(e)

V = (1, 26, 1)
for case in (
    (2822, "linux", V), (4870, "Raspberry Pi Pico with RP2040", V), (5894, "", V), (6918, "NUCLEO-WL55 with STM32WL55JC", V),
    (7942, "PYBv1.1 with STM32F405RG", V), (8966, "Teensy 4.0 with MIMXRT1062DVJ6A", V),
    (7942, "Raspberry Pi Pico 2 with RP2350", V), (7942, "Raspberry Pi Pico 2 with RP2350", (1, 29, 0, "")), (7942, "Raspberry Pi Pico 2 with RP2350", (1, 31, 0)),
    (7942, "i.MX RT1010 EVK with MIMXRT1011DAE5A", V), (11 << 10 | 0x306, "Raspberry Pi Pico 2 with RP2350-RISCV", V), (7942, "x", V, "micropython", ValueError),
    (9990, "ESP8266", V), (6, "no native code", V), (7942 & ~0x300 | 0x200, "old", (1, 22, 0)), (7942, "Raspberry Pi Pico 2 with rp2350a", (10, 0, 0), "circuitpython"),
):
    print(case[0], tried(*case))
`), 0o666))
	const want = `2822 x64
4870 armv6m
5894 armv7m armv6m
6918 armv7m armv6m
7942 armv7emsp
8966 armv7emdp armv7emsp
7942 armv7m armv6m
7942 armv7m armv6m
7942 armv7emsp
7942 armv7m armv6m
12038 rv32imc
7942 armv7emsp
9990 floats 1.2.0 has x64_6.3, armv6m_6.3, armv7m_6.3, armv7emsp_6.3, armv7emdp_6.3, rv32imc_6.3, no part for this firmware (_mpy 9990): there is none for it
6 floats 1.2.0: this firmware loads no native code
7686 floats 1.2.0 is for .mpy 6.3, this firmware has 6.2
7942 floats 1.2.0 is for MicroPython, not for circuitpython
`
	for _, name := range []string{"x64", "armv7m"} {
		b := allBeds(t)[slices.IndexFunc(allBeds(t), func(b bed) bool { return b.name == name })]
		if got := b.run(t, script); got != want {
			t.Errorf("%s:\n%s", name, got)
		}
	}
}
