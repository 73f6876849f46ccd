//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// debuggingPrograms are those that docs/DEBUGGING.md takes for granted, in a directory, and the firmware's ELF file in another. The board is
// the bed of armv7m: what runs on it imports the module, says where its functions are, and calls one. By the ways that are for a module
// that is loaded, gdb comes to the board between the two.
func debuggingPrograms(t *testing.T, dir string) string {
	t.Helper()
	bin, run := t.TempDir(), filepath.Join(root, "beds/run")
	run, err := filepath.Abs(run)
	must(t, err)
	copyFile(t, filepath.Join(bedsDir(t), "home/armv7m/micropython"), filepath.Join(dir, "firmware.elf"))
	gdb, err := exec.LookPath("gdb-multiarch")
	must(t, err)
	const board = `
test -e ask.py || mpyld gdb dist/armv7m_6.3/wave.elf --repl > ask.py
cat ask.py > main.py
printf 'import gc\ngc.mem_free()\nm.add(40, 2)\n' >> main.py
export MICROPYPATH=dist/armv7m_6.3
`
	for name, script := range map[string]string{
		"mpyld":    "exec " + mpyld + ` "$@"`,
		"mpremote": "test \"$*\" = 'run ask.py'" + board + "exec " + run + " armv7m main.py",
		"gdb-multiarch": board + `
rm -f socket
QEMU_GDB=socket ` + run + ` armv7m main.py > /dev/null 2>&1 &
until test -e socket; do sleep 0.05; done
sleep 0.2
set -- "$@" END
while test "$1" != END; do
	case $1 in
	'target remote :3333') set -- "$@" 'target remote socket' ;;
	-x) if ! grep -q mp_emit_glue "$2"; then set -- "$@" -ex 'break *gc_info' -ex continue -ex delete; fi; set -- "$@" -x ;;
	*) set -- "$@" "$1" ;;
	esac
	shift
done
shift
` + gdb + ` -nx -ex 'set width 0' "$@"
wait
`,
	} {
		must(t, os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh -e\n"+script+"\n"), 0o777))
	}
	return bin
}

// TestDebugging does what docs/DEBUGGING.md says of gdb, and looks for what it shows in what is printed.
func TestDebugging(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	bin := debuggingPrograms(t, dir)
	printed, outputs := "", 0
	inSession := false
	for _, b := range blocksOf(t, "docs/DEBUGGING.md") {
		switch {
		case b.file == "wave.c":
			inSession = true
			must(t, os.WriteFile(filepath.Join(dir, b.file), []byte(b.text), 0o666))
		case inSession && b.kind == "sh":
			cmd := exec.Command("sh", "-c", b.text)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
			out, err := cmd.CombinedOutput()
			printed = bareOutput(string(out))
			if err != nil && !strings.Contains(b.text, "-batch firmware.elf") { // where gdb has no frames
				t.Fatalf("$ %s%v\n%s", b.text, err, printed)
			}
		case inSession && b.kind == "output":
			outputs++
			rest := printed
			for line := range strings.Lines(bareOutput(b.text)) {
				_, after, ok := strings.Cut(rest, line)
				if !ok {
					t.Errorf("%snot in, or not in this order:\n%s", line, printed)
				}
				rest = after
			}
		}
	}
	if outputs != 5 {
		t.Errorf("%d outputs compared", outputs)
	}
}

// bareOutput is what gdb printed without addresses and directories, and as few blanks as can be.
func bareOutput(text string) string {
	text = regexp.MustCompile(`0x[0-9a-f]{5,16} `).ReplaceAllString(text+"\n", "")
	text = regexp.MustCompile(`=?0x[0-9a-f]{5,16}`).ReplaceAllString(text, "0x0")
	text = regexp.MustCompile(`at \S*/wave\.c`).ReplaceAllString(text, "at wave.c")
	return regexp.MustCompile(` +`).ReplaceAllString(text, " ")
}
