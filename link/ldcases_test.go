package link_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"mpyld/fixtures/ldcases"
)

// storedCases is how many cases have a stored answer.
const storedCases = 400

const ldAnswers = "testdata/ld.txt"

// TestLikeLD: names mean what they mean to GNU ld, and the same archive members
// come in. The answers are GNU ld's; with -update, it is asked again.
func TestLikeLD(t *testing.T) {
	if flag.Lookup("update").Value.String() == "true" {
		askLD(t)
	}
	text, err := os.ReadFile(ldAnswers)
	if err != nil {
		t.Fatal(err)
	}
	answers := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(answers) != storedCases {
		t.Fatalf("%s has %d answers to %d cases", ldAnswers, len(answers), storedCases)
	}
	for i, want := range answers {
		c := ldcases.New(uint64(i))
		got, err := c.Ours("x64")
		if err != nil || got != want {
			t.Errorf("case %d\n%sGNU ld: %s\nmpyld:  %s %v", i, c, want, got, err)
		}
	}
}

func askLD(t *testing.T) {
	var b strings.Builder
	for i := range storedCases {
		answer, err := ldcases.Linkers[0].Ask(ldcases.New(uint64(i)), t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&b, answer)
	}
	if err := os.WriteFile(ldAnswers, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
}
