package build

import (
	"fmt"
	"strings"
	"time"

	"mpyld/diag"
	"mpyld/internal/table"
)

// Markdown is the result as pages of CI services show it: the table, and what is wrong.
func (r *Result) Markdown(took time.Duration) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n", table.Escaped(r.Name))
	b.WriteString(r.table().Markdown())
	fmt.Fprintf(&b, "\n%s\n", table.Escaped(r.Summary(took)))
	for _, g := range r.Errors() {
		fmt.Fprintf(&b, "\n%s:\n\n", table.Escaped(g.For()))
		// A block that is indented ends with what is not: no text in it can end it.
		for line := range strings.Lines(g.text()) {
			fmt.Fprintf(&b, "    %s\n", diag.Plain(strings.TrimRight(line, "\r\n")))
		}
	}
	b.WriteByte('\n')
	return b.String()
}

// text is what a failure says.
func (f Failure) text() string {
	text := f.Output
	if f.Err != nil {
		text = diag.Render("", diag.List{f.Err}) + text
	}
	return text
}
