// Command mutate puts small mistakes into mpyld's own code, one at a time, and
// says who notices: the check that every link makes of itself, the tests, or
// nobody.
//
//	go run ./mutate [-of REGEXP] [-list DIR] [-results FILE]
//
// A mistake that nobody notices is a test that is missing, or code that nothing
// needs. A proof that does not see a wrong link is no proof: what verify kills
// alone is counted apart.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"mpyld/parallel"
)

func main() {
	of := flag.String("of", "", "a regular expression: only the mistakes in such files, or with such a description")
	list := flag.String("list", filepath.Join("mutate", "mutants"), "the directory with the lists of mistakes")
	results := flag.String("results", "", "a file to add what comes out to: what it has is not tried again")
	flag.Parse()
	survivors, err := run(*list, *of, *results)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
	}
	if err != nil || survivors > 0 {
		os.Exit(1)
	}
}

func run(dir, of, results string) (survivors int, err error) {
	wanted, err := regexp.Compile(of)
	if err != nil {
		return 0, err
	}
	mutants, err := readAll(dir)
	if err != nil {
		return 0, err
	}
	mutants = slices.DeleteFunc(mutants, func(m mutant) bool { return !wanted.MatchString(m.title()) })
	known, err := openNotes(results)
	if err != nil {
		return 0, err
	}
	defer known.close()
	houses, err := newHouses()
	if err != nil {
		return 0, err
	}
	lab, err := newLab(mutants, houses)
	if err != nil {
		return 0, err
	}
	defer lab.close()
	verdicts, errs := make([]verdict, len(mutants)), make([]error, len(mutants))
	parallel.Each(len(mutants), func(i int) {
		m := &mutants[i]
		v, ok := known.has(m)
		if !ok {
			v, errs[i] = lab.try(i + 1)
		}
		if errs[i] == nil && !ok {
			errs[i] = known.add(m, v)
		}
		if errs[i] != nil {
			errs[i] = fmt.Errorf("%s: %w", m.title(), errs[i])
			return
		}
		verdicts[i] = v
		said := v.String()
		if m.harmless != "" && v.who != byVerify {
			said = "harmless"
		}
		fmt.Printf("%-20s %s\n", said, m.title())
	})
	t := newTally(houses)
	for i := range mutants {
		if errs[i] == nil {
			t.count(mutants[i], verdicts[i])
		}
	}
	fmt.Print(t.String())
	return len(t.missed), errors.Join(errs...)
}
