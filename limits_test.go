package mpyld_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// limitGoldens are the directories with what mpyld prints in tests. The tests
// there keep the files true; here docs/LIMITS.md is compared with them.
var limitGoldens = []string{"link/testdata/errors", "cmd/mpyld/testdata/script"}

// TestLimits: each error in docs/LIMITS.md is one that a test has seen, whole,
// in the file that its block names.
func TestLimits(t *testing.T) {
	text, err := os.ReadFile("docs/LIMITS.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(text), "```error ")[1:]
	for _, block := range blocks {
		name, rest, _ := strings.Cut(block, "\n")
		quoted, _, ok := strings.Cut(rest, "```")
		if !ok || !strings.HasPrefix(quoted, "mpyld: error: ") {
			t.Errorf("%s: the block does not begin with an error, or has no end", name)
			continue
		}
		golden := limitGolden(t, name)
		// A quotation ends where the error does: its notes belong to it.
		at := strings.Index("\n"+golden, "\n"+quoted)
		if at < 0 {
			t.Errorf("docs/LIMITS.md quotes what %s does not have:\n%s", name, quoted)
		} else if strings.HasPrefix(golden[at+len(quoted):], "mpyld: note: ") {
			t.Errorf("docs/LIMITS.md leaves out a note of %s:\n%s", name, quoted)
		}
	}
	if len(blocks) < 15 {
		t.Errorf("only %d errors in docs/LIMITS.md", len(blocks))
	}
}

// limitGolden returns the contents of a golden file, as the command prints it.
func limitGolden(t *testing.T, name string) string {
	for _, dir := range limitGoldens {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			continue
		}
		lines := strings.SplitAfter(string(data), "\n")
		for i, line := range lines {
			if strings.HasPrefix(line, "error: ") || strings.HasPrefix(line, "note: ") {
				lines[i] = "mpyld: " + line // packages below the command have no prefix
			}
		}
		return strings.Join(lines, "")
	}
	t.Errorf("docs/LIMITS.md: there is no %s in %s", name, strings.Join(limitGoldens, " or "))
	return ""
}
