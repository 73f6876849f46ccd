// Package diag is what mpyld says when it cannot go on: errors as values with
// coordinates, so that every package can report all it finds and the command
// prints them once, sorted, with the remedies beside them.
//
// It stands apart because every other package needs it and it needs none of
// them. It must never print, and never decide an exit code.
package diag

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Limit is how many errors Render shows before it only counts the rest.
const Limit = 20

// Error is one thing that is wrong, with its coordinates and remedies.
type Error struct {
	Where  string // "a.o:(.text.f+0x1c)", "a.o", or "" for the whole link
	Place  Place  // the same, if that is a place; else zero
	Format string // what Text was made with, or the part of it that is the same for all errors of a kind
	Text   string // what is wrong, one line
	Notes  []Note

	args []any // of the format
}

// Note is what to do about an error, or where else to look.
type Note struct {
	Text  string // one line
	Place Place  // that Text names; zero: none
}

// New returns an Error at where: a Place, a Source, or other coordinates as a string.
func New(where any, format string, args ...any) *Error {
	e := &Error{Format: format, Text: fmt.Sprintf(format, args...), args: args}
	switch at := where.(type) {
	case Place:
		e.Where, e.Place = at.String(), at
	case Source:
		e.Where, e.Place.Source = at.String(), at
	case string:
		e.Where = at
	default:
		e.Where = fmt.Sprint(at)
	}
	return e
}

// Of says that the error is of the kind that a format makes, which is a part of its text.
func (e *Error) Of(format string) *Error {
	e.Format = format
	return e
}

// Note adds a remedy or a second coordinate and returns e. The first Place among
// args, or that of another error, is that of the note.
func (e *Error) Note(format string, args ...any) *Error {
	n := Note{Text: fmt.Sprintf(format, args...)}
	for _, arg := range args {
		switch at := arg.(type) {
		case Place:
			n.Place = at
		case *Error:
			n.Place = at.Place
		default:
			continue
		}
		break
	}
	e.Notes = append(e.Notes, n)
	return e
}

// NoteAt adds a note about a line of a source and returns e.
func (e *Error) NoteAt(at Source, format string, args ...any) *Error {
	e.Note(format, args...)
	e.Notes[len(e.Notes)-1].Place = Place{Source: at}
	return e
}

// NoteTexts are the texts of the notes.
func (e *Error) NoteTexts() []string {
	var texts []string
	for _, n := range e.Notes {
		texts = append(texts, n.Text)
	}
	return texts
}

func (e *Error) Error() string {
	if e.Where == "" {
		return e.Text
	}
	return e.Where + ": " + e.Text
}

// List collects the errors of one link. The zero value is ready to use.
type List []*Error

// maxKept is how many errors a List keeps. A hostile object can be wrong in as
// many ways as it has bytes, and each error takes hundreds.
const maxKept = 1000

// Add appends an error at where and returns it, for its notes.
func (l *List) Add(where any, format string, args ...any) *Error {
	e := New(where, format, args...)
	if !l.Full() {
		*l = append(*l, e)
	}
	return e
}

// Full reports whether the list keeps no more errors: looking for any is in vain.
func (l List) Full() bool { return len(l) >= maxKept }

// Join appends err: a List or an Error as it is, anything else as its text.
func (l *List) Join(err error) {
	if err == nil || l.Full() {
		return
	}
	var list List
	var one *Error
	switch {
	case errors.As(err, &list):
		*l = append(*l, list...)
	case errors.As(err, &one):
		*l = append(*l, one)
	default:
		*l = append(*l, &Error{Text: err.Error()})
	}
}

// Err returns the list sorted by place and text, or nil when it is empty.
// The order in which passes found the errors does not show, so the output of
// a failing link is the same on every run.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	slices.SortStableFunc(l, func(a, b *Error) int {
		aPlace, aOff := splitOffset(a.Where)
		bPlace, bOff := splitOffset(b.Where)
		return cmp.Or(cmp.Compare(aPlace, bPlace), cmp.Compare(aOff, bOff), cmp.Compare(a.Text, b.Text))
	})
	return l
}

// splitOffset splits the offset off coordinates, so that it sorts as a number.
func splitOffset(where string) (place string, off uint64) {
	i := strings.LastIndex(where, "+0x")
	if i < 0 {
		return where, 0
	}
	off, _ = strconv.ParseUint(strings.TrimSuffix(where[i+3:], ")"), 16, 64)
	return where[:i], off
}

func (l List) Error() string {
	texts := make([]string, len(l))
	for i, e := range l {
		texts[i] = e.Error()
	}
	return strings.Join(texts, "\n")
}

// Within puts a file's name in front of the places of errors found in it.
func Within(name string, err error) List {
	var list List
	list.Join(err)
	for _, e := range list {
		if e.Where == "" {
			e.Where = name
		} else {
			e.Where = name + ": " + e.Where
		}
	}
	return list
}
