package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"mpyld/diag"
)

// parseArgs sets the options in the words of a command line, in order, and
// returns the operands.
//
// It takes words as Python's argparse does, which is what users of mpy_ld.py
// write: options after operands, values glued (-oX, -o=X, --output=X) or apart,
// single letters in one word (-vo X), unambiguous beginnings of long names
// (--out), and "--". Of these, urfave/cli refuses or misreads every one.
func parseArgs(words []string, flags []cli.Flag) (operands []string, err error) {
	s := argScanner{rest: words, options: make([]*option, len(flags))}
	for i, f := range flags {
		s.options[i] = f.(*option) // all of ours are
	}
	err = s.scan()
	return s.operands, err
}

const unsetVariable = "perhaps it is a variable of a Makefile that is not set"

// argScanner takes a command line apart.
type argScanner struct {
	rest    []string // not looked at yet
	options []*option

	operands []string
}

func (s *argScanner) scan() error {
	for len(s.rest) > 0 {
		word := s.rest[0]
		s.rest = s.rest[1:]
		var err error
		switch {
		case word == "--":
			s.operands = append(s.operands, s.rest...)
			return nil
		case strings.HasPrefix(word, "--"):
			err = s.long(word)
		case strings.HasPrefix(word, "-") && word != "-":
			err = s.letters(word)
		case word == "":
			err = diag.New("", "a file name is empty").Note(unsetVariable)
		default:
			s.operands = append(s.operands, word)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// long takes --name, --name=value, and beginnings of them.
func (s *argScanner) long(word string) error {
	name, value, glued := strings.Cut(word[2:], "=")
	if name == "library" { // of GNU ld, where it is no beginning of --library-path
		name = "libs"
	}
	var found []*option
	for _, o := range s.options {
		if o.name == name {
			found = []*option{o}
			break
		}
		if strings.HasPrefix(o.name, name) {
			found = append(found, o)
		}
	}
	if len(found) > 1 {
		found = preferOld(found)
	}
	switch {
	case len(found) == 0:
		return s.unknown("--"+name, name)
	case len(found) > 1:
		return diag.New("", "--%s could be %s", name, strings.Join(spellings(found), " or "))
	case found[0].arg == "" && glued:
		return diag.New("", "--%s takes no value", found[0].name)
	}
	return s.add(found[0], "--"+found[0].name, value, glued)
}

// preferOld returns the only option of mpy_ld.py among several that a name
// begins, if there is one: what is unambiguous there stays so.
func preferOld(found []*option) []*option {
	old := slices.DeleteFunc(slices.Clone(found), func(o *option) bool {
		return !slices.Contains([]string{
			"verbose", "arch", "arch-flags", "preprocess", "qstrs", "libs", "output", "externs", "source-name",
		}, o.name)
	})
	if len(old) == 1 {
		return old
	}
	return found
}

// letters takes -v, -vv, -oX, -o=X, -o X, -vo X.
func (s *argScanner) letters(word string) error {
	// GNU ld's -Map has one dash as often as two.
	if name, _, _ := strings.Cut(word[1:], "="); name == "Map" {
		return s.long("-" + word)
	}
	// argparse reads -output as -o utput, which nobody ever meant.
	if slices.ContainsFunc(s.options, func(o *option) bool { return o.name == word[1:] }) {
		return s.unknown(word, word[1:])
	}
	for i, letter := range word[1:] {
		k := slices.IndexFunc(s.options, func(o *option) bool { return o.short == string(letter) })
		if k < 0 {
			return s.unknown(word, word[1:])
		}
		o := s.options[k]
		if o.arg == "" {
			o.set("")
			continue
		}
		value := word[1+i+1:]
		return s.add(o, "-"+o.short, strings.TrimPrefix(value, "="), value != "")
	}
	return nil
}

// add sets an option, with the next word as its value if it needs one and has
// none glued to it.
func (s *argScanner) add(o *option, spelling, value string, glued bool) error {
	switch {
	case o.arg == "":
		o.set("")
		return nil
	case glued:
	case len(s.rest) == 0 || strings.HasPrefix(s.rest[0], "-") && s.rest[0] != "-":
		err := diag.New("", "%s needs a value: %s %s", spelling, spelling, o.arg)
		if len(s.rest) > 0 && len(o.short) == 0 {
			err.Note("one that begins with - is written --%s=%s", o.name, s.rest[0])
		}
		return err
	default:
		value, s.rest = s.rest[0], s.rest[1:]
	}
	if value == "" && !o.mayBeEmpty() {
		what := "value"
		if strings.HasPrefix(o.arg, "FILE") {
			what = "file name"
		}
		return diag.New("", "the %s of --%s is empty", what, o.name).Note(unsetVariable)
	}
	o.set(value)
	return nil
}

// mayBeEmpty reports whether an empty value says something: no flags, no text.
func (o *option) mayBeEmpty() bool {
	return slices.Contains([]string{"FLAGS", "COMMAND", "TEXT", "CODE"}, o.arg) || o.name == "source-name"
}

// unknown is the error about an option that does not exist, or not so.
func (s *argScanner) unknown(word, name string) error {
	err := diag.New("", "unknown option %s", word)
	if s.adviseForeign(err, word) {
		return err
	}
	var names []string
	for _, o := range s.options {
		names = append(names, o.name)
	}
	if like := diag.Closest(name, names); like != "" {
		err.Note("did you mean --%s?", like)
	}
	return err
}

func spellings(options []*option) []string {
	var words []string
	for _, o := range options {
		words = append(words, "--"+o.name)
	}
	return words
}
