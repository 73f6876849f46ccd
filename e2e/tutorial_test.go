//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A block is one of a document: commands, a file, or what the commands before it print.
type block struct{ kind, file, text string }

func blocksOf(t *testing.T, document string) []block {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, document))
	must(t, err)
	var list []block
	for i, part := range strings.Split("\n"+string(text), "\n```") {
		if i%2 == 0 {
			continue
		}
		info, body, _ := strings.Cut(part, "\n")
		kind, file, _ := strings.Cut(info, " ")
		list = append(list, block{kind, file, body + "\n"})
	}
	return list
}

// tutorialPrograms are those that the tutorial takes for granted, in a directory: an interpreter
// for this machine, a board, cargo, and a sudo that sees that the packages of an installation are there.
func tutorialPrograms(t *testing.T, core string) string {
	t.Helper()
	bin := fakeCargo(t, core)
	x64 := bedsRunning(t, "x64")[0]
	port := board(t, x64, t.TempDir())
	python := filepath.Join(bedsDir(t), "home", "mpremote-sid", "usr/lib/python3/dist-packages")
	for name, script := range map[string]string{
		"micropython": "exec " + bedCommand(t, x64) + ` "$@"`,
		"mpremote":    "test \"$1 $2\" = 'connect auto'\nshift 2\nPYTHONPATH='" + python + "' exec /usr/bin/python3 -m mpremote connect " + port + ` "$@"`,
		"sudo":        "test \"$1 $2 $3\" = 'apt-get install -y'\nshift 3\nexec dpkg-query -W \"$@\" >/dev/null",
		"mpyld":       "exec " + mpyld + ` "$@"`,
	} {
		must(t, os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh -e\n"+script+"\n"), 0o777))
	}
	return bin
}

// TestTutorial does what docs/TUTORIAL.md says, in an empty directory, and compares what it shows. Then the
// modules are built for every machine, as it says how, and pass their tests there.
func TestTutorial(t *testing.T) {
	t.Parallel()
	core := t.TempDir()
	compileCore(t, core, "thumbv7m-none-eabi")
	bin, dir := tutorialPrograms(t, core), t.TempDir()
	const mark = "@@ block "
	script := ""
	blocks := blocksOf(t, "docs/TUTORIAL.md")
	for i, b := range blocks {
		script += fmt.Sprintf("echo '%s%d'\n", mark, i)
		switch {
		case b.kind == "sh":
			script += b.text
		case b.file != "":
			script += "cat > " + b.file + " <<'END OF FILE'\n" + b.text + "END OF FILE\n"
		case b.kind != "output":
			t.Errorf("a block of %s: how to run it?\n%s", b.kind, b.text)
		}
	}
	cmd := exec.Command("sh", "-e", "-c", "exec 2>&1\n"+script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "PATH="+bin+":"+os.Getenv("PATH")+":"+filepath.Join(bedsDir(t), "bin"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	printed := map[int]string{}
	for _, part := range strings.Split(string(out), mark)[1:] {
		var i int
		n, text, _ := strings.Cut(part, "\n")
		_, err := fmt.Sscan(n, &i)
		must(t, err)
		printed[i] = text
	}
	compared := 0
	for i, b := range blocks {
		if b.kind != "output" {
			continue
		}
		compared++
		if got, want := withoutTimes(printed[i-1]), withoutTimes(b.text); got != want {
			t.Errorf("$ %sgot:\n%swant:\n%s", blocks[i-1].text, got, want)
		}
	}
	if compared < 6 || !strings.Contains(printed[len(blocks)-1], "built 1 of 1") {
		t.Errorf("%d outputs compared, and the last block printed\n%s", compared, printed[len(blocks)-1])
	}
	if !strings.Contains(string(out), "\n100\n") {
		t.Errorf("what was installed did not run:\n%s", out)
	}
	passes(t, filepath.Join(dir, "foam"), "armv7m")
	for name, want := range map[string]string{"wave": "a step is 1 to 255\n", "tide": "ok\n"} {
		module := filepath.Join(dir, name)
		buildModule(t, module)
		for _, arch := range buildArchs {
			for _, b := range bedsRunning(t, arch) {
				if got := b.run(t, filepath.Join(module, "test.py"), filepath.Join(module, "dist", arch+"_6.3")); got != want {
					t.Errorf("%s, %s in bed %s: %s", name, arch, b.name, got)
				}
			}
		}
	}
}

var timeShown = regexp.MustCompile(` *\d+ ms| *time`)

// withoutTimes is a text without times, and the blanks that align them.
func withoutTimes(text string) string { return timeShown.ReplaceAllString(text, " -") }
