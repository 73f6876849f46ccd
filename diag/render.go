package diag

import (
	"fmt"
	"strings"
)

// Errors are lines that start with a prefix, or, where the line of a source is known, with
// that in the form of compilers, from which editors jump there:
//
//	mpyld: error: a.o:(.text.f+0x1c): undefined symbol: sinf (in f)
//	wave.c:14: error: a.o:(.text.f+0x1c): undefined symbol: sinf (in f)
//	mpyld: note: it is in libm.a

// Render writes err as the lines a user sees: one "error:" line per Error, its "note:"
// lines below it, and a count of those past Limit.
func Render(prefix string, err error) string { return RenderUpTo(Limit, prefix, err) }

// RenderUpTo is Render with another limit.
func RenderUpTo(limit int, prefix string, err error) string {
	var list List
	list.Join(err)
	var b strings.Builder
	for i, e := range list {
		if i == limit {
			more := ""
			if list.Full() {
				more = "at least "
			}
			fmt.Fprintf(&b, "%serror: %s%d more errors not shown\n", prefix, more, len(list)-limit)
			break
		}
		e.render(&b, prefix, "error")
	}
	return b.String()
}

// RenderWarnings writes warnings as the lines a user sees.
func RenderWarnings(prefix string, list List) string {
	var b strings.Builder
	for _, e := range list {
		e.render(&b, prefix, "warning")
	}
	return b.String()
}

func (e *Error) render(b *strings.Builder, prefix, severity string) {
	in := prefix
	if e.Place.Object != "" { // else Where is the source
		in = e.Place.Source.prefix(prefix)
	}
	fmt.Fprintf(b, "%s%s: %s\n", in, severity, Line(e.Error()))
	for _, n := range e.Notes {
		fmt.Fprintf(b, "%snote: %s\n", n.Place.Source.prefix(prefix), Line(n.Text))
	}
}

// prefix is what a line starts with: the source, if one is known.
func (s Source) prefix(other string) string {
	if !s.Known() {
		return other
	}
	return Line(s.Brief()) + ": "
}
