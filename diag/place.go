package diag

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Place is a byte of a section of an object, as the object has it: where people and
// tools can look at it.
//
//	a.o:(.text.f+0x1c)    compiled from line 14 of wave.c
type Place struct {
	Object  string // the file or archive member; "" of what the linker made
	Section string
	Off     uint64 // in bytes
	Whole   bool   // it is the section, or without one the object, and no byte of it
	Symbol  string // that is defined there; "": it is about something else
	Source  Source // where the byte is from; zero: nobody knows
}

// String is the coordinates in the object.
func (p Place) String() string {
	text := "(" + p.Section
	switch {
	case p.Section == "":
		return p.Object
	case !p.Whole:
		text += "+0x" + strconv.FormatUint(p.Off, 16)
	}
	if p.Object != "" {
		text = p.Object + ":" + text
	}
	return text + ")"
}

// Source is a line of a source.
type Source struct {
	File   string // as the compiler was given it, or found it
	Dir    string // the directory that it ran in; "" if nobody knows
	Line   int    // from 1; 0: there is none
	Column int    // from 1, in bytes; 0: nobody knows
}

// Known reports whether there is one.
func (s Source) Known() bool { return s.Line > 0 && s.File != "" }

// Seen is the source as it is found from a directory: the name stays as the compiler was
// given it if it ran there.
//
//	from /home/x/wave    src/wave.c, compiled in /home/x/wave    src/wave.c
//	from /home/x         the same                                wave/src/wave.c
func (s Source) Seen(from string) Source {
	if s.File == "" || path.IsAbs(s.File) || !path.IsAbs(s.Dir) || path.Clean(s.Dir) == path.Clean(from) {
		return s
	}
	s.File = path.Join(s.Dir, s.File)
	if below, ok := strings.CutPrefix(s.File, strings.TrimSuffix(path.Clean(from), "/")+"/"); ok && path.IsAbs(from) {
		s.File = below
	}
	return s
}

// Seen returns the errors with their sources as they are found from a directory.
func (l List) Seen(from string) List {
	out := make(List, len(l))
	for i, e := range l {
		c := *e
		c.Place.Source = c.Place.Source.Seen(from)
		c.Notes = slices.Clone(c.Notes)
		for n := range c.Notes {
			c.Notes[n].Place.Source = c.Notes[n].Place.Source.Seen(from)
		}
		out[i] = &c
	}
	return out
}

// String is the source in the form of compilers: "wave.c:14:9".
func (s Source) String() string {
	if s.Column == 0 {
		return s.Brief()
	}
	return fmt.Sprintf("%s:%d", s.Brief(), s.Column)
}

// Brief is the source without the column: "wave.c:14".
func (s Source) Brief() string { return fmt.Sprintf("%s:%d", s.File, s.Line) }
