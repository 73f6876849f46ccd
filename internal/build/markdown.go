package build

import (
	"fmt"
	"strings"
	"time"

	"mpyld/diag"
)

// Markdown is the result as pages of CI services show it: the table, and what is wrong.
func (r *Result) Markdown(took time.Duration) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n", escaped(r.Name))
	for i, row := range r.table() {
		for k, cell := range row {
			row[k] = escaped(cell)
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			b.WriteString("|:--" + strings.Repeat("|--:", len(row)-1) + "|\n")
		}
	}
	fmt.Fprintf(&b, "\n%s\n", escaped(r.Summary(took)))
	for _, g := range r.Errors() {
		fmt.Fprintf(&b, "\n%s:\n\n", escaped(g.For()))
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

// escaped is text in which nothing means anything to Markdown.
func escaped(text string) string {
	var b strings.Builder
	for _, c := range diag.Plain(text) {
		if strings.ContainsRune("\\`*_{}[]<>()#+!|~&", c) {
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	return b.String()
}
