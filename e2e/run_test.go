//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// ours is mpyld in a directory, with the compilers of beds on the path.
func ours(t *testing.T, dir string, env []string, args ...string) output {
	t.Helper()
	argv := append(strings.Fields(mpyld), args...)
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = dir
	cmd.Env = slices.Concat(os.Environ(), []string{"PATH=" + os.Getenv("PATH") + ":" + filepath.Join(bedsDir(t), "bin")}, env)
	text, err := cmd.CombinedOutput()
	return output{string(text), err}
}

// bedCommand is what starts a bed from any directory.
func bedCommand(t *testing.T, b bed) string {
	t.Helper()
	return absolute(t, filepath.Join(root, "beds/run")) + " " + b.name
}

// TestRun: a module that was just begun runs its test on every machine with one command,
// and again when its source was edited.
func TestRun(t *testing.T) {
	t.Parallel()
	dir := begun(t, "c")
	source := filepath.Join(dir, "wave.c")
	for i, edited := range []bool{false, true} {
		if edited {
			text, err := os.ReadFile(source)
			must(t, err)
			must(t, os.WriteFile(source, []byte(strings.Replace(string(text), "mpy_get_int(b));", "mpy_get_int(b) + 1);", 1)), 0o666))
		}
		for _, b := range allBeds(t) {
			out := ours(t, dir, nil, "run", "--bed", bedCommand(t, b))
			if passed := out.err == nil && out.text == "ok\n"; passed == edited || edited && !strings.Contains(out.text, "AssertionError") {
				t.Errorf("time %d, %s: %v\n%s", i, b.name, out.err, out.text)
			}
		}
	}
}

// TestRunOnBoard: mpremote takes the module to a board, and the script runs there.
func TestRunOnBoard(t *testing.T) {
	t.Parallel()
	dir := begun(t, "c")
	for _, name := range []string{"x64", "armhf"} {
		b := allBeds(t)[slices.IndexFunc(allBeds(t), func(b bed) bool { return b.name == name })]
		for _, suite := range []string{"trixie", "sid"} {
			port := board(t, b, t.TempDir())
			env := []string{"PYTHONPATH=" + filepath.Join(bedsDir(t), "home", "mpremote-"+suite, "usr/lib/python3/dist-packages"), "HOME=" + t.TempDir()}
			args := []string{"run", "--mpremote", "/usr/bin/python3 -m mpremote", "--connect", port}
			if out := ours(t, dir, env, args...); out.err != nil || !strings.HasSuffix(strings.ReplaceAll(out.text, "\r", ""), "mounted at /remote\nok\n") {
				t.Errorf("%s, mpremote of %s: %v\n%s", name, suite, out.err, out.text)
			}
			if out := ours(t, dir, env, append(args, "-c", "import wave; wave.peak(b'')")...); out.err == nil || !strings.Contains(out.text, "ValueError: there is no data") {
				t.Errorf("%s, mpremote of %s: %v\n%s", name, suite, out.err, out.text)
			}
		}
	}
}

// TestBuildTests: the module for each target is tested in a bed that runs it. A module whose test fails on
// one machine alone is a failure there.
func TestBuildTests(t *testing.T) {
	t.Parallel()
	dir := begun(t, "c")
	args := []string{"build", "--arch", "all", "--test"}
	for _, b := range allBeds(t) {
		args = append(args, "--bed", bedCommand(t, b))
	}
	out := ours(t, dir, nil, args...)
	if out.err != nil || strings.Count(out.text, "passed") != 10 {
		t.Errorf("%v\n%s", out.err, out.text)
	}
	text, err := os.ReadFile(filepath.Join(dir, "wave.c"))
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "wave.c"), []byte(strings.Replace(string(text), "mpy_get_int(b));", "mpy_get_int(b) + (sizeof(void *) == 8));", 1)), 0o666))
	out = ours(t, dir, nil, args...)
	if out.err == nil || strings.Count(out.text, "passed") != 8 || !strings.Contains(out.text, "on x64_6.3:\nmpyld: error: test.py: fails in ") {
		t.Errorf("%v\n%s", out.err, out.text)
	}
}

// TestSnippet runs mpyld's lines of the workflow that a new module has.
func TestSnippet(t *testing.T) {
	t.Parallel()
	dir, bin := begun(t, "c"), t.TempDir()
	x64 := bedsRunning(t, "x64")[0]
	must(t, os.WriteFile(filepath.Join(bin, "micropython"), []byte("#!/bin/sh\nexec "+bedCommand(t, x64)+" \"$@\"\n"), 0o777))
	workflow, err := os.ReadFile(filepath.Join(dir, ".github/workflows/build.yml"))
	must(t, err)
	ran := 0
	for line := range strings.Lines(string(workflow)) {
		command, ok := strings.CutPrefix(strings.TrimSpace(line), "- run: mpyld ")
		if !ok {
			continue
		}
		command, _, _ = strings.Cut(command, "#")
		command, _, mayFail := strings.Cut(command, "|| true")
		out := ours(t, dir, []string{"PATH=" + bin + ":" + os.Getenv("PATH")}, strings.Fields(command)...)
		if out.err != nil && !mayFail {
			t.Errorf("mpyld %s: %v\n%s", command, out.err, out.text)
		}
		ran++
	}
	if ran != 3 {
		t.Errorf("%d lines with mpyld:\n%s", ran, workflow)
	}
}
