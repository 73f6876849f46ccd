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

func openNotes(name string) (*notes, error) {
	n := &notes{seen: map[string]verdict{}}
	if name == "" {
		return n, nil
	}
	text, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for line := range bytes.Lines(text) {
		said, title, _ := strings.Cut(strings.TrimSuffix(string(line), "\n"), "\t")
		v, ok := parseVerdict(said)
		if !ok {
			return nil, fmt.Errorf("%s has a line that is no result: %q", name, line)
		}
		n.seen[title] = v
	}
	n.file, err = os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	return n, err
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
