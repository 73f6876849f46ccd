package main

import (
	"fmt"
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
	ofBoth     part = "shared with the check" // readers and rows, which both use
	ofVerifier part = "the check itself"      // it cannot doubt itself
	ofOthers   part = "what no link needs"    // other verbs
)

var parts = []part{ofLinker, ofBoth, ofVerifier, ofOthers}

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
	harmless []mutant
	right    []mutant // in the linker: there is no wrong module for verify to see
	missed   []mutant
	of       map[part]map[killer]int
	refuses  int // mistakes of the linker that only refuse
}

func (t *tally) count(m mutant, of part, v verdict) {
	if m.harmless != "" {
		t.harmless = append(t.harmless, m)
		return
	}
	if t.of == nil {
		t.of = map[part]map[killer]int{}
		for _, p := range parts {
			t.of[p] = map[killer]int{}
		}
	}
	t.of[of][v.who]++
	switch {
	case of != ofLinker || v.who == byVerify:
	case m.right != "":
		t.right = append(t.right, m)
	case v.refuses:
		t.refuses++
	}
	if v.who == byNobody {
		t.missed = append(t.missed, m)
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
	fmt.Fprintf(&b, "\n%-24s%10s", "mistakes in", "harmful")
	for _, k := range killers {
		fmt.Fprintf(&b, "%11s", k)
	}
	b.WriteByte('\n')
	all, missed := 0, 0
	for _, p := range parts {
		n := 0
		for _, k := range killers {
			n += t.of[p][k]
		}
		all += n
		missed += t.of[p][byNobody]
		fmt.Fprintf(&b, "%-24s%10d", p, n)
		for _, k := range killers {
			fmt.Fprintf(&b, "%11d", t.of[p][k])
		}
		b.WriteByte('\n')
	}
	linker := 0
	for _, n := range t.of[ofLinker] {
		linker += n
	}
	fmt.Fprintf(&b, `
verify counts what is in the linker alone: the check cannot notice mistakes of
its own, and what it shares with the linker it may believe. Of these %d, %d
only refuse good links, and %d are of no module that comes out.

`, linker, t.refuses, len(t.right))
	percent := func(n, of int) string {
		return fmt.Sprintf("%.1f %% (%d of %d)", 100*float64(n)/float64(max(of, 1)), n, of)
	}
	fmt.Fprintf(&b, "verify: %s\nall: %s\n", percent(t.of[ofLinker][byVerify], linker-t.refuses-len(t.right)), percent(all-missed, all))
	return b.String()
}
