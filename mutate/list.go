package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// mutant is a mistake: text of a file, and what it says instead.
type mutant struct {
	file     string
	what     string
	old, new string
	harmless string // the reason, if nothing can be wrong of it
	right    string // the reason, if something is, but no module that comes out
}

func (m *mutant) title() string { return m.file + ": " + m.what }

// readAll reads the lists in a directory, by name.
func readAll(dir string) (all []mutant, err error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		name := filepath.Join(dir, f.Name())
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		list, err := parse(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s:%w", name, err)
		}
		all = append(all, list...)
	}
	return all, nil
}

// parse reads a list of mutants:
//
//	file link/internal/emit/emit.go
//
//	mutant an addend is off by 4
//	harmless REASON           (or not)
//	right REASON              (or not)
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
		case "right":
			m.right = rest
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
