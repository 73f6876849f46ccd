package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"mpyld"
	"mpyld/diag"
)

// reporter writes errors and warnings for people to read, or for programs, a line of JSON for each.
type reporter struct {
	io.Writer
	json    bool
	limit   int  // of errors to show
	mangled bool // names as the objects have them
}

func newReporter(w io.Writer) *reporter { return &reporter{Writer: w, limit: diag.Limit} }

const noLimit = math.MaxInt

// failed prints what the program ends with.
func (r *reporter) failed(err error) {
	if f := (*failure)(nil); r.json && errors.As(err, &f) && f.code == exitUsage {
		r.lines("error", "usage", r.readable(err))
		return
	}
	r.errors(err)
}

// errors prints an error, or a list of them.
func (r *reporter) errors(err error) {
	if r.json {
		r.lines("error", "", r.readable(err))
		return
	}
	fmt.Fprint(r, diag.RenderUpTo(r.limit, "mpyld: ", r.readable(err)))
}

// lines prints errors or warnings for programs. Those without a code get one.
func (r *reporter) lines(severity, code string, list diag.List) {
	for i, e := range list {
		if i == r.limit {
			return
		}
		d := e.Diagnostic(severity)
		d.Code = cmp.Or(d.Code, code)
		io.WriteString(r, d.Line())
	}
}

// notes prints what the user should know of a link that worked, if programs read it.
func (r *reporter) notes(texts []string) {
	for _, text := range texts {
		io.WriteString(r, diag.Diagnostic{Severity: "note", Message: text}.Line())
	}
}

// warn prints what is worth knowing but no error.
func (r *reporter) warn(warnings diag.List) {
	if r.json {
		r.lines("warning", "", r.readable(warnings))
		return
	}
	fmt.Fprint(r, diag.RenderWarnings("mpyld: ", r.readable(warnings)))
}

// readable returns errors with the names in their texts as sources have them, and sources as they are found from here.
func (r *reporter) readable(err error) diag.List {
	var list diag.List
	list.Join(err)
	if here, err := os.Getwd(); err == nil {
		list = list.Seen(here)
	}
	if r.mangled {
		return list
	}
	return mpyld.Readable(list)
}
