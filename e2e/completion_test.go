//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// mpyldAlone is a directory for the path that has mpyld, as users have it: under its name.
func mpyldAlone(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	script := "#!/bin/sh\nexec " + mpyld + " \"$@\"\n"
	if err := os.WriteFile(filepath.Join(dir, "mpyld"), []byte(script), 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestCompletion: each shell, on a terminal, completes a verb, values of options and the name of a
// file, and runs what came out.
func TestCompletion(t *testing.T) {
	const keys = "mpyld --arch armv7emd\t--version\nmpyld size --by symb\t--help\nmpyld help siz\t\nmpyld verify wit\t\nexit\n"
	ran := []string{"for MicroPython 1.", "usage: mpyld size", "say what takes how much room", "with blank.mpy: "}
	for _, shell := range []struct {
		name, start, keys string
		want              []string
	}{
		{"bash", "bash --norc --noprofile -i", "source SCRIPT\n" + keys, ran},
		{"zsh", "zsh -f -i", "source SCRIPT\n" + keys, ran},
		{"fish", "fish --no-config", `source SCRIPT
complete -C 'mpyld --arch armv7emd'
complete -C 'mpyld size --by sy'
complete -C 'mpyld siz'
complete -C 'mpyld verify wit'
`, []string{"\narmv7emdp\n", "\nsymbol\n", "\nsize\tsay what takes how much room", "\nwith blank.mpy\n"}},
	} {
		t.Run(shell.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "with blank.mpy"), []byte("no module"), 0o666); err != nil {
				t.Fatal(err)
			}
			script := filepath.Join(t.TempDir(), "script")
			text, err := exec.Command(mpyld, "completion", shell.name).Output()
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(script, text, 0o666); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command("script", "-qec", shell.start, os.DevNull)
			if shell.name == "fish" {
				cmd = exec.Command("fish", "--no-config") // which completes without a terminal
			}
			cmd.Dir, cmd.Stdin = dir, strings.NewReader(strings.ReplaceAll(shell.keys, "SCRIPT", script))
			cmd.Env = append(os.Environ(), "PATH="+mpyldAlone(t)+":"+os.Getenv("PATH"), "HOME="+dir, "TERM=dumb", "COLUMNS=200")
			out, err := cmd.CombinedOutput()
			shown := "\n" + strings.ReplaceAll(string(out), "\r", "")
			for _, want := range shell.want {
				if !strings.Contains(shown, want) {
					t.Errorf("there is no %q in what %s shows (%v):\n%s", want, shell.name, err, shown)
				}
			}
		})
	}
}

// TestManualPage: the page is shown without a complaint, and has what options mean.
func TestManualPage(t *testing.T) {
	page, err := exec.Command(mpyld, "man").Output()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "mpyld.1")
	if err := os.WriteFile(file, page, 0o666); err != nil {
		t.Fatal(err)
	}
	show := exec.Command("man", "--warnings", "-l", file)
	show.Env = append(os.Environ(), "MANWIDTH=100", "MAN_KEEP_FORMATTING=", "LC_ALL=C.UTF-8")
	var complaints strings.Builder
	show.Stderr = &complaints
	shown, err := show.Output()
	if err != nil || complaints.Len() > 0 {
		t.Errorf("man: %v\n%s", err, complaints.String())
	}
	for _, want := range []string{"mpyld - links ELF objects", "--gc-sections\n", "-o, --output FILE\n", "mpyld size [OPTIONS] FILE.mpy|FILE.json...\n", "say what takes how much room"} {
		if !strings.Contains(string(shown), want) {
			t.Errorf("the page shows no %q:\n%s", want, shown)
		}
	}
	// There is no date, so that a version has one page.
	lint, _ := exec.Command("mandoc", "-Tlint", file).CombinedOutput()
	for line := range strings.Lines(string(lint)) {
		if !strings.Contains(line, "missing date") {
			t.Errorf("%s", line)
		}
	}
}
