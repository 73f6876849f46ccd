package main

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const original = `package p

import "fmt"

type list struct{ of []int }

var first = 1

// at has a comment.
func (l *list) at(i int, _ string) (n int, err error) {
	if i < 0 {
		return 0, fmt.Errorf("%d", i)
	}
	return l.of[i], nil
}

func sum(more bool, a, b int, of ...int) int {
	for _, n := range of {
		a += n
	}
	return a + b
}

func (list) nothing() { first++ }

func any[T int | string](t T) T { return t + t }
`

// TestVariants: copies of functions, and who chooses among them.
func TestVariants(t *testing.T) {
	v, err := newVariants("p.go", original)
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		old, new string
		ok       bool
	}{
		{"i < 0", "i <= 0", true},
		{"a += n", "a -= n", true},
		{"first++", "first--", true},
		{"return a + b", "return a - b", true},
		{"first = 1", "first = 2", false},                   // no function
		{"return t + t", "return t", false},                 // of types
		{"i < 0", "i << 0 {", false},                        // no Go
		{"func sum", "func total", false},                   // another function
		{"first++ }", "first-- }\n\nvar second int", false}, // more than a function
	} {
		if ok := v.add(i+1, strings.Replace(original, c.old, c.new, 1)); ok != c.ok {
			t.Errorf("%s: %v", c.new, ok)
		}
	}
	text, places := v.write()
	fset := token.NewFileSet()
	if _, err := parser.ParseFile(fset, "p.go", text, 0); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	for _, want := range []string{
		"func (l *list) at_mutant0(i int, _ string) (n int, err error) {\n\tif i < 0 {",
		"func (l *list) at_mutant1(i int, _ string) (n int, err error) {\n\tif i <= 0 {",
		"func (self *list) at(p0 int, p1 string) (n int, err error) {\n\tswitch mutant {\n\tcase -1:\n\t\tmutantCalls(1)\n\tcase 1:\n\t\treturn self.at_mutant1(p0, p1)\n\t}\n\treturn self.at_mutant0(p0, p1)\n}",
		"func sum(p0 bool, p1 int, p2 int, p3 ...int) int {\n\tswitch mutant {\n\tcase -1:\n\t\tmutantCalls(2)\n\tcase 2:\n\t\treturn sum_mutant2(p0, p1, p2, p3...)\n\tcase 4:\n\t\treturn sum_mutant4(p0, p1, p2, p3...)\n\t}\n\treturn sum_mutant0(p0, p1, p2, p3...)\n}",
		"func (self list) nothing() {\n\tswitch mutant {\n\tcase -1:\n\t\tmutantCalls(3)\n\tcase 3:\n\t\tself.nothing_mutant3()\n\t\treturn\n\t}\n\tself.nothing_mutant0()\n}",
	} {
		if strings.Count(text, want) != 1 {
			t.Errorf("there is no\n%s\nin\n%s", want, text)
		}
	}
	for _, p := range places {
		list := strings.Split(text, "\n")[p.from-1 : p.to]
		if !strings.HasPrefix(list[0], "func ") || list[len(list)-1] != "}" && len(list) > 1 || !strings.Contains(list[0], "_mutant") {
			t.Errorf("mistake %d is said to be at\n%s", p.number, strings.Join(list, "\n"))
		}
	}
	of := map[int]int{}
	v.functions(of)
	if diff := cmp.Diff(map[int]int{1: 1, 2: 2, 3: 3, 4: 2}, of); diff != "" {
		t.Error(diff)
	}
	v.without(map[int]bool{1: true, 2: true, 3: true, 4: true})
	if text, _ := v.write(); strings.TrimSpace(text) != strings.TrimSpace(original) {
		t.Errorf("without all:\n%s", text)
	}
}

// linked are import paths.
func linked(dirs ...string) map[string]bool {
	all := map[string]bool{}
	for _, dir := range dirs {
		all[module+"/"+dir] = true
	}
	return all
}

// TestTally: what is counted, and the last two lines.
func TestTally(t *testing.T) {
	all := newTally(&houses{links: linked("link", "mpywriter", "elfload"), checker: linked("elfload", "audit")})
	at := func(file string) mutant { return mutant{file: file, what: "x"} }
	for _, c := range []struct {
		file string
		v    verdict
	}{
		{"link/a.go", verdict{byVerify, false}},
		{"link/b.go", verdict{byGoTest, true}},
		{"link/c.go", verdict{byGoTest, false}},
		{"link/d.go", verdict{byNobody, false}},
		{"elfload/e.go", verdict{byVerify, false}},
		{"elfload/i.go", verdict{byVerify, false}},
		{"audit/f.go", verdict{byOwnTests, false}},
	} {
		all.count(at(c.file), c.v)
	}
	all.count(mutant{file: "mpywriter/g.go", what: "x", harmless: "nobody asks"}, verdict{byNobody, false})
	all.count(mutant{file: "mpywriter/h.go", what: "x", right: "it is only larger"}, verdict{byGoTest, false})
	got := all.String()
	for _, want := range []string{
		"harmless:\n  mpywriter/g.go: x: nobody asks\n", "nobody noticed:\n  link/d.go: x\n",
		"of no module that comes out:\n  mpywriter/h.go: x: it is only larger\n",
		"| **the linker** | 6 | 1 | 5 | 1 | 0 | 3 | 1 |\n| link | 4 | 0 | 4 | 1 | 0 | 2 | 1 |\n| mpywriter | 2 | 1 | 1 | 0 | 0 | 1 | 0 |\n",
		"Of these 5, 1\nonly refuse good links, and 1 are of no module that comes out. Counted with all\nthese, and with what is shared, verify notices 42.9 % (3 of 7).\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %q in\n%s", want, got)
		}
	}
	if want := "\nverify: 33.3 % (1 of 3)\nall: 87.5 % (7 of 8)\n"; !strings.HasSuffix(got, want) {
		t.Errorf("the end is not %q:\n%s", want, got)
	}
}

// TestVerdict: what is noted is read again.
func TestVerdict(t *testing.T) {
	for _, k := range killers {
		for _, refuses := range []bool{false, true} {
			v := verdict{k, refuses}
			if got, ok := parseVerdict(v.String()); !ok || got != v {
				t.Errorf("%v: %v %v", v, got, ok)
			}
		}
	}
	if v, ok := parseVerdict("somebody"); ok {
		t.Errorf("somebody: %v", v)
	}
}
