package main

import (
	"fmt"
	"maps"
	"os/exec"
	"path"
	"slices"
	"strings"
)

// killer is who notices a mistake.
type killer string

// From the first to look to the last.
const (
	byVerify   killer = "verify"    // a link of the corpus fails its own check, or panics
	byOwnTests killer = "own tests" // those of the mutated package
	byGoTest   killer = "go test"   // others, that of the corpus' outputs among them
	byNobody   killer = "nobody"
)

var killers = []killer{byVerify, byOwnTests, byGoTest, byNobody}

// part is what a mistake is in, which decides whether verify can notice it.
type part string

const (
	ofLinker   part = "the linker"            // what the check has no code of
	ofBoth     part = "shared with the check" // readers and rows, which both use, and what both are given
	ofVerifier part = "the check itself"      // it cannot doubt itself
	ofOthers   part = "what no link needs"    // other verbs
)

var parts = []part{ofLinker, ofBoth, ofVerifier, ofOthers}

// houses are the packages that decide what part something is of, by import path.
type houses struct {
	links   map[string]bool // what the corpus is linked with
	checker map[string]bool // and what the check is made of
}

func newHouses() (h *houses, err error) {
	h = &houses{}
	if h.links, err = packagesOf(module + "/mutate/links"); err == nil {
		h.checker, err = packagesOf(module+"/simload", module+"/audit")
	}
	return h, err
}

// packagesOf returns what some packages are made of.
func packagesOf(packages ...string) (map[string]bool, error) {
	out, err := exec.Command("go", append([]string{"list", "-deps"}, packages...)...).Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	all := map[string]bool{}
	for name := range strings.FieldsSeq(string(out)) {
		all[name] = true
	}
	return all, nil
}

func (h *houses) partOf(m *mutant) part {
	switch pkg := importPath(m.file); {
	case pkg == module+"/simload", pkg == module+"/audit", pkg == module+"/diff":
		return ofVerifier
	case h.checker[pkg], pkg == module, pkg == module+"/internal/inputs":
		return ofBoth
	case h.links[pkg]:
		return ofLinker
	}
	return ofOthers
}

// verdict is what came of a mutant.
type verdict struct {
	who     killer
	refuses bool // all that differs in the corpus is that good links fail: there is no module to check
}

const refusals = ", refusals"

func (v verdict) String() string {
	if v.refuses {
		return string(v.who) + refusals
	}
	return string(v.who)
}

func parseVerdict(s string) (v verdict, ok bool) {
	s, v.refuses = strings.CutSuffix(s, refusals)
	for _, k := range killers {
		if v.who = k; s == string(k) {
			return v, true
		}
	}
	return v, false
}

// tally counts who noticed.
type tally struct {
	houses *houses

	harmless []mutant
	right    []mutant // in the linker: there is no wrong module for verify to see
	missed   []mutant
	refuses  int // mistakes of the linker that only refuse

	parts    map[part]*row
	packages map[part]map[string]*row // by directory
}

// row is what is counted of a part, or of a package.
type row struct {
	harmless int
	by       map[killer]int // of the harmful ones
}

func (r *row) harmful() (n int) {
	for _, k := range r.by {
		n += k
	}
	return n
}

func newTally(h *houses) *tally {
	t := &tally{houses: h, parts: map[part]*row{}, packages: map[part]map[string]*row{}}
	for _, p := range parts {
		t.parts[p], t.packages[p] = &row{by: map[killer]int{}}, map[string]*row{}
	}
	return t
}

// rows returns the rows that a mistake counts for.
func (t *tally) rows(m *mutant, of part) []*row {
	dir := path.Dir(m.file)
	if t.packages[of][dir] == nil {
		t.packages[of][dir] = &row{by: map[killer]int{}}
	}
	return []*row{t.parts[of], t.packages[of][dir]}
}

// count counts a mistake. What verify notices is neither harmless nor right, whatever
// the list says.
func (t *tally) count(m mutant, v verdict) {
	of := t.houses.partOf(&m)
	for _, r := range t.rows(&m, of) {
		if m.harmless != "" && v.who != byVerify {
			r.harmless++
		} else {
			r.by[v.who]++
		}
	}
	switch {
	case v.who == byVerify:
		return
	case m.harmless != "":
		t.harmless = append(t.harmless, m)
		return
	case v.who == byNobody:
		t.missed = append(t.missed, m)
	}
	switch {
	case of != ofLinker:
	case m.right != "":
		t.right = append(t.right, m)
	case v.refuses:
		t.refuses++
	}
}

// String ends with the two numbers.
func (t *tally) String() string {
	var b strings.Builder
	list := func(title string, mutants []mutant) {
		if len(mutants) > 0 {
			fmt.Fprintf(&b, "\n%s:\n", title)
		}
		for _, m := range mutants {
			fmt.Fprintf(&b, "  %s", m.title())
			if why := m.harmless + m.right; why != "" {
				fmt.Fprintf(&b, ": %s", why)
			}
			b.WriteByte('\n')
		}
	}
	list("harmless", t.harmless)
	list("of no module that comes out", t.right)
	list("nobody noticed", t.missed)
	b.WriteString("\n" + t.table())
	linker, both := t.parts[ofLinker], t.parts[ofBoth]
	fmt.Fprintf(&b, `
verify counts what is in the linker alone: the check cannot notice mistakes of
its own, and what it shares with the linker it may believe. Of these %d, %d
only refuse good links, and %d are of no module that comes out. Counted with all
these, and with what is shared, verify notices %s.

`, linker.harmful(), t.refuses, len(t.right), percent(linker.by[byVerify]+both.by[byVerify], linker.harmful()+both.harmful()))
	return b.String() + t.lastLines()
}

// byVerify returns how many mistakes verify notices, of those of the linker that make a wrong module.
func (t *tally) byVerify() (n, of int) {
	linker := t.parts[ofLinker]
	return linker.by[byVerify], linker.harmful() - t.refuses - len(t.right)
}

// lastLines are the two numbers.
func (t *tally) lastLines() string {
	all, missed := 0, 0
	for _, p := range parts {
		all += t.parts[p].harmful()
		missed += t.parts[p].by[byNobody]
	}
	return fmt.Sprintf("verify: %s\nall: %s\n", percent(t.byVerify()), percent(all-missed, all))
}

func percent(n, of int) string {
	return fmt.Sprintf("%.1f %% (%d of %d)", 100*float64(n)/float64(max(of, 1)), n, of)
}

// table has a row for each part, and under it one for each package.
func (t *tally) table() string {
	var b strings.Builder
	b.WriteString("| mistakes in | all | harmless | harmful |")
	for _, k := range killers {
		fmt.Fprintf(&b, " %s |", k)
	}
	b.WriteString("\n|---|" + strings.Repeat("---:|", 3+len(killers)) + "\n")
	line := func(name string, r *row) {
		fmt.Fprintf(&b, "| %s | %d | %d | %d |", name, r.harmless+r.harmful(), r.harmless, r.harmful())
		for _, k := range killers {
			fmt.Fprintf(&b, " %d |", r.by[k])
		}
		b.WriteByte('\n')
	}
	for _, p := range parts {
		line("**"+string(p)+"**", t.parts[p])
		for _, dir := range slices.Sorted(maps.Keys(t.packages[p])) {
			line(dir, t.packages[p][dir])
		}
	}
	return b.String()
}
