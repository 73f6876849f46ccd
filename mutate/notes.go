package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// notes are what came out so far, in a file: a run takes an hour, and may be
// made in parts. A line has who noticed and, behind a tab, a mutant's title.
type notes struct {
	file *os.File // nil: nothing is noted
	seen map[string]verdict
}

func openNotes(name string) (n *notes, err error) {
	n = &notes{}
	if name == "" {
		return n, nil
	}
	if n.seen, err = readNotes(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	n.file, err = os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	return n, err
}

// readNotes returns what a file has of mutants, by title.
func readNotes(name string) (map[string]verdict, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	seen := map[string]verdict{}
	for line := range bytes.Lines(text) {
		said, title, _ := strings.Cut(strings.TrimSuffix(string(line), "\n"), "\t")
		v, ok := parseVerdict(said)
		if !ok {
			return nil, fmt.Errorf("%s has a line that is no result: %q", name, line)
		}
		seen[title] = v
	}
	return seen, nil
}

func (n *notes) has(m *mutant) (verdict, bool) {
	v, ok := n.seen[m.title()]
	return v, ok
}

func (n *notes) add(m *mutant, v verdict) error {
	if n.file == nil {
		return nil
	}
	_, err := fmt.Fprintf(n.file, "%s\t%s\n", v, m.title())
	return err
}

func (n *notes) close() {
	if n.file != nil {
		n.file.Close()
	}
}
