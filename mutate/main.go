// Command mutate puts small mistakes into mpyld's own code, one at a time, and
// says who notices: the check that every link makes of itself, the tests, or
// nobody.
//
//	go run ./mutate [-of REGEXP] [-list FILE]
//
// A mistake that nobody notices is a test that is missing, or code that nothing
// needs. A proof that does not see a wrong link is no proof: what verify kills
// alone is counted apart.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func main() {
	of := flag.String("of", "", "a regular expression: only the mistakes in such files, or with such a description")
	list := flag.String("list", "mutate/mutants", "the file that lists the mistakes")
	flag.Parse()
	if err := run(*list, *of); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

func run(list, of string) error {
	wanted, err := regexp.Compile(of)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(list)
	if err != nil {
		return err
	}
	mutants, err := parse(string(text))
	if err != nil {
		return fmt.Errorf("%s:%w", list, err)
	}
	dir, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	lab := &lab{dir: dir}
	if lab.good, err = lab.links(""); err != nil {
		return err
	}
	var t tally
	for _, m := range mutants {
		if !wanted.MatchString(m.file + ": " + m.what) {
			continue
		}
		killer, err := lab.try(m)
		if err != nil {
			return fmt.Errorf("%s: %s: %w", m.file, m.what, err)
		}
		t.count(m, killer)
	}
	t.print()
	return nil
}

// lab is where mutants are tried.
type lab struct {
	dir  string
	good []byte // what the corpus prints without a mistake
}

// Killers, from the first to look to the last.
const (
	byVerify  = "verify"
	byTest    = "go test"
	byNobody  = "nobody"
	byNothing = "nothing: same links" // not even an output differs, and no test fails
)

// try returns who notices a mutant.
func (l *lab) try(m mutant) (string, error) {
	overlay, err := l.overlay(m)
	if err != nil {
		return "", err
	}
	out, err := l.links(overlay)
	if err != nil {
		return "", err
	}
	if regexp.MustCompile(`(?m)^caught `).Match(out) {
		return byVerify, nil
	}
	for _, packages := range [][]string{{"./" + filepath.Dir(m.file)}, {"./..."}} {
		if exec.Command("go", append([]string{"test", "-failfast", "-overlay", overlay}, packages...)...).Run() != nil {
			return byTest, nil
		}
	}
	if slices.Equal(out, l.good) {
		return byNothing, nil
	}
	return byNobody, nil
}

// overlay writes the mutated file, and for the go command what it stands for.
func (l *lab) overlay(m mutant) (string, error) {
	source, err := os.ReadFile(m.file)
	if err != nil {
		return "", err
	}
	mutated, err := m.apply(string(source))
	if err != nil {
		return "", err
	}
	path, err := filepath.Abs(m.file)
	if err != nil {
		return "", err
	}
	file, overlay := filepath.Join(l.dir, filepath.Base(m.file)), filepath.Join(l.dir, "overlay.json")
	if err := os.WriteFile(file, []byte(mutated), 0o666); err != nil {
		return "", err
	}
	data, err := json.Marshal(map[string]map[string]string{"Replace": {path: file}})
	if err != nil {
		return "", err
	}
	return overlay, os.WriteFile(overlay, data, 0o666)
}

// links builds the program that links the corpus, with the files that an overlay
// says in the place of others, and returns what it prints. One that panics has
// noticed by itself: that is a line too.
func (l *lab) links(overlay string) ([]byte, error) {
	program := filepath.Join(l.dir, "links")
	args := []string{"build", "-o", program}
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	if out, err := exec.Command("go", append(args, "./mutate/links")...).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	out, err := exec.Command(program).Output()
	if err != nil {
		out = append(out, "caught by a panic\n"...)
	}
	return out, nil
}

// tally counts who noticed.
type tally struct {
	harmless []mutant
	killed   map[string]int
	missed   []mutant
}

func (t *tally) count(m mutant, killer string) {
	fmt.Printf("%-20s %s: %s\n", killer, m.file, m.what)
	if m.harmless != "" {
		t.harmless = append(t.harmless, m)
		return
	}
	if t.killed == nil {
		t.killed = map[string]int{}
	}
	t.killed[killer]++
	if killer != byVerify && killer != byTest {
		t.missed = append(t.missed, m)
	}
}

// print ends with the two numbers.
func (t *tally) print() {
	if len(t.harmless) > 0 {
		fmt.Println("\nharmless:")
	}
	for _, m := range t.harmless {
		fmt.Printf("  %s: %s: %s\n", m.file, m.what, m.harmless)
	}
	if len(t.missed) > 0 {
		fmt.Println("\nnobody noticed:")
	}
	for _, m := range t.missed {
		fmt.Printf("  %s: %s\n", m.file, m.what)
	}
	all := 0
	for _, n := range t.killed {
		all += n
	}
	percent := func(n int) string {
		return fmt.Sprintf("%.1f %% (%d of %d)", 100*float64(n)/float64(max(all, 1)), n, all)
	}
	fmt.Printf("\nverify: %s\nall: %s\n", percent(t.killed[byVerify]), percent(t.killed[byVerify]+t.killed[byTest]))
}

// mutant is a mistake: text of a file, and what it says instead.
type mutant struct {
	file     string
	what     string
	old, new string
	harmless string // the reason, if no output can be wrong of it
}

// parse reads a list of mutants:
//
//	file link/internal/emit/emit.go
//
//	mutant an addend is off by 4
//	harmless REASON           (or not)
//	- S + A
//	+ S + A + 4
//
// Text of several lines has a - or + in front of each.
func parse(text string) (list []mutant, err error) {
	file := ""
	for i, line := range strings.Split(text, "\n") {
		word, rest, _ := strings.Cut(line, " ")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
			continue
		case word == "file":
			file = rest
			continue
		case word == "mutant":
			list = append(list, mutant{file: file, what: rest})
			continue
		case len(list) == 0:
			return nil, fmt.Errorf("%d: a mutant has to begin with the word mutant", i+1)
		}
		m := &list[len(list)-1]
		switch word {
		case "harmless":
			m.harmless = rest
		case "-":
			m.old += rest + "\n"
		case "+":
			m.new += rest + "\n"
		default:
			return nil, fmt.Errorf("%d: there are no lines that begin with %s", i+1, word)
		}
	}
	for i := range list {
		list[i].old, list[i].new = strings.TrimSuffix(list[i].old, "\n"), strings.TrimSuffix(list[i].new, "\n")
	}
	return list, nil
}

// apply puts the mistake into the file's text, which has to have the right text
// once.
func (m *mutant) apply(source string) (string, error) {
	if n := strings.Count(source, m.old); n != 1 || m.old == "" || m.old == m.new {
		return "", fmt.Errorf("the text is in the file %d times: %q", n, m.old)
	}
	return strings.Replace(source, m.old, m.new, 1), nil
}
