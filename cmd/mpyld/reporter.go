package main

import (
	"fmt"
	"io"
	"math"
	"os"

	"mpyld"
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
