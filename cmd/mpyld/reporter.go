package main

import (
	"fmt"
	"io"
	"math"
	"regexp"
	"strings"
	"sync"

	"mpyld/diag"
)

// reporter writes errors and warnings for people to read.
type reporter struct {
	io.Writer
	limit   int  // of errors to show
	mangled bool // names as the objects have them
}

func newReporter(w io.Writer) *reporter { return &reporter{Writer: w, limit: diag.Limit} }

const noLimit = math.MaxInt

// errors prints an error, or a list of them.
func (r *reporter) errors(err error) {
	fmt.Fprint(r, diag.RenderUpTo(r.limit, "mpyld: ", r.readable(err)))
}

// warn prints what is worth knowing but no error.
func (r *reporter) warn(warnings diag.List) {
	for _, w := range r.readable(warnings) {
		fmt.Fprintf(r, "mpyld: warning: %s\n", diag.Line(w.Error()))
		for _, note := range w.Notes {
			fmt.Fprintf(r, "mpyld: note: %s\n", diag.Line(note))
		}
	}
}

// readable returns errors with the names in their texts as sources have them.
// Places keep theirs: a section is called as it is.
func (r *reporter) readable(err error) diag.List {
	var list diag.List
	list.Join(err)
	if r.mangled {
		return list
	}
	out := make(diag.List, len(list))
	for i, e := range list {
		c := *e
		c.Text = demangled(c.Text)
		c.Notes = nil
		for _, note := range e.Notes {
			c.Notes = append(c.Notes, demangled(note))
		}
		out[i] = &c
	}
	return out
}

// mangledName matches what compilers of C++ and Rust call functions, with the
// character before it. It is compiled when there is an error to show.
var mangledName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(^|[^.\w$])(_Z|_R)[\w$.]*[\w$]`)
})

// demangled replaces mangled names in a text by what they stand for, and keeps
// them in brackets: sources have the one, objects and this command the other.
// A name behind a dot is a section's, and stays.
func demangled(text string) string {
	const longest = 64 << 10 // a name can hold others
	if !strings.Contains(text, "_Z") && !strings.Contains(text, "_R") || len(text) > longest {
		return text
	}
	return mangledName().ReplaceAllStringFunc(text, func(match string) string {
		start := strings.Index(match, "_")
		before, name := match[:start], match[start:]
		if readable := demangledName(name); readable != name {
			return before + readable + " (" + name + ")"
		}
		return match
	})
}
