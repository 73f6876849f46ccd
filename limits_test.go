package mpyld_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// errorGoldens are the directories with what mpyld prints in tests. The tests
// there keep the files true; here the documents are compared with them.
var errorGoldens = []string{"link/testdata/errors", "cmd/mpyld/testdata/script"}

// TestLimits: each error in docs/LIMITS.md and the other documents is one that a
// test has seen, whole, in the file that its block names.
func TestLimits(t *testing.T) {
	blocks := 0
	for _, doc := range documents(t) {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range strings.Split(string(text), "```error ")[1:] {
			blocks++
			checkErrorBlock(t, doc, block)
		}
	}
	if blocks < 15 {
		t.Errorf("only %d errors in the documents", blocks)
	}
}

// firstError matches the start of an error: of the program, or of a line of a source.
var firstError = regexp.MustCompile(`^(mpyld|[^\s:]+:\d+): error: `)

func checkErrorBlock(t *testing.T, doc, block string) {
	name, rest, _ := strings.Cut(block, "\n")
	quoted, _, ok := strings.Cut(rest, "```")
	if !ok || !firstError.MatchString(quoted) {
		t.Errorf("%s: %s: the block does not begin with an error, or has no end", doc, name)
		return
	}
	golden := errorGolden(t, doc, name)
	// A quotation ends where the error does: its notes belong to it.
	at := strings.Index("\n"+golden, "\n"+quoted)
	if at < 0 {
		t.Errorf("%s quotes what %s does not have:\n%s", doc, name, quoted)
	} else if strings.HasPrefix(golden[at+len(quoted):], "mpyld: note: ") {
		t.Errorf("%s leaves out a note of %s:\n%s", doc, name, quoted)
	}
}

// errorGolden returns the contents of a golden file, as the command prints it.
func errorGolden(t *testing.T, doc, name string) string {
	for _, dir := range errorGoldens {
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
	t.Errorf("%s: there is no %s in %s", doc, name, strings.Join(errorGoldens, " or "))
	return ""
}
