//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A linkedCase is a module that is ready to run: dir has it and test.py.
type linkedCase struct{ name, dir, want string }

// runAlone runs one module's script in an interpreter of its own.
func runAlone(t *testing.T, b bed, c linkedCase) (right bool) {
	t.Helper()
	out := b.exec(filepath.Join(c.dir, "test.py"), c.dir)
	diff := cmp.Diff(c.want, out.text)
	switch {
	case out.err != nil:
		t.Errorf("%s in bed %s: %v\n%s", c.name, b.name, out.err, out.text)
	case diff != "":
		t.Errorf("%s in bed %s: - expected, + printed\n%s", c.name, b.name, diff)
	default:
		return true
	}
	return false
}

// runTogether runs modules whose directories are dir/NAME one after another in one
// interpreter: to start it is most of what a small module costs. What is not as it
// must be, and all behind it, runs again alone: so each module is judged, and the
// message is about it. A module that is right alone and wrong behind others is a
// fault too: of it, or of one of them.
func runTogether(t *testing.T, b bed, dir string, cases []linkedCase) {
	t.Helper()
	out := execTogether(t, b, dir, cases)
	rest := wrongFrom(out, cases)
	for i, c := range rest {
		if runAlone(t, b, c) && i == 0 {
			t.Errorf("%s in bed %s is right alone, and wrong behind %d others: %v\n%s", c.name, b.name, len(cases)-len(rest), out.err, out.text)
		}
	}
}

// execTogether runs dir/NAME/test.py of each case, with testdata/together.py.
// What any of them may import is in moduleDirs.
func execTogether(t *testing.T, b bed, dir string, cases []linkedCase, moduleDirs ...string) output {
	t.Helper()
	text, err := os.ReadFile("testdata/together.py")
	must(t, err)
	var names []string
	for _, c := range cases {
		names = append(names, c.name)
	}
	script := filepath.Join(dir, b.name+".py")
	must(t, os.WriteFile(script, fmt.Appendf(nil, "CASES = %q\n%s", strings.Join(names, " "), text), 0o666))
	return b.exec(script, moduleDirs...)
}

// wrongFrom returns the first case whose output is not what it must be, and all
// behind it; all, if the interpreter failed with every output right.
func wrongFrom(out output, cases []linkedCase) []linkedCase {
	texts := printedTogether(out, cases)
	for i, c := range cases {
		if i == len(texts) || texts[i] != c.want {
			return cases[i:]
		}
	}
	return nil
}

// printedTogether returns what the cases up to the first that did not come to its
// end printed; nothing, if the interpreter failed behind all of them.
func printedTogether(out output, cases []linkedCase) (texts []string) {
	rest := out.text
	for _, c := range cases {
		body, ok := strings.CutPrefix(rest, "\x01begin "+c.name+"\n")
		text, behind, ended := strings.Cut(body, "\x01end "+c.name+"\n")
		if !ok || !ended {
			return texts
		}
		texts, rest = append(texts, text), behind
	}
	if rest != "" || out.err != nil {
		return nil
	}
	return texts
}

// TestTogether: whatever a script does, it is found, and what is in front of it is
// not blamed. Some of this is only wrong behind others: that is found too.
func TestTogether(t *testing.T) {
	const right = "import gc, sys\nprint(len(sys.path) > 0, 'shared' in globals())\nshared = 1\n"
	scripts := map[string]string{
		"output":    right + "print('more')\n",
		"nothing":   "",
		"exception": right + "undefined\n",
		"missing":   right + "import gone\n",
		"another's": right + "import module\n", // which the case in front imported
		"end":       right + "sys.exit(3)\n",
		"crash":     right + "import uctypes\nprint(uctypes.bytearray_at(8, 4)[0])\n",
	}
	for _, b := range allBeds(t) {
		for name, script := range scripts {
			t.Run(b.name+"/"+name, func(t *testing.T) {
				dir := t.TempDir()
				var cases []linkedCase
				for _, script := range [][2]string{{"first", "import module\n" + right}, {"bad", script}, {"last", right}} {
					c := linkedCase{script[0], filepath.Join(dir, script[0]), "True False\n"}
					must(t, os.Mkdir(c.dir, 0o777))
					must(t, os.WriteFile(filepath.Join(c.dir, "test.py"), []byte(script[1]), 0o666))
					cases = append(cases, c)
				}
				must(t, os.WriteFile(filepath.Join(dir, "first", "module.py"), nil, 0o666))
				if rest := wrongFrom(execTogether(t, b, dir, cases), cases); len(rest) != 2 {
					t.Errorf("%v is not as it must be, want the last two of %v", rest, cases)
				}
			})
		}
	}
}
