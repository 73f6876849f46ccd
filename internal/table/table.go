// Package table writes rows of text as people and programs read them: in columns, as
// CSV, as Markdown.
//
// It stands apart because several verbs have tables. It must never know what is in
// one.
package table

import (
	"encoding/csv"
	"fmt"
	"strings"

	"mpyld/diag"
)

// Table is rows of cells, the names of the columns first. All are as long as that.
type Table [][]string

// Text makes columns, the first to the left and the others, numbers, to the right.
func (t Table) Text() string {
	widths := make([]int, len(t[0]))
	for _, row := range t {
		for i, cell := range row {
			widths[i] = max(widths[i], len([]rune(diag.Plain(cell))))
		}
	}
	var b diag.Lines
	for _, row := range t {
		line := fmt.Sprintf("%-*s", widths[0], diag.Plain(row[0]))
		for k, cell := range row[1:] {
			line += fmt.Sprintf("  %*s", widths[k+1], diag.Plain(cell))
		}
		b.Add("%s", strings.TrimRight(line, " "))
	}
	return b.String()
}

// CSV is the table for spreadsheets (RFC 4180, with lines that end as elsewhere).
func (t Table) CSV() string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	_ = w.WriteAll(t) // to memory
	return b.String()
}

// Markdown is the table for pages.
func (t Table) Markdown() string {
	var b strings.Builder
	for i, row := range t {
		cells := make([]string, len(row))
		for k, cell := range row {
			cells[k] = Escaped(cell)
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
		if i == 0 {
			b.WriteString("|:--" + strings.Repeat("|--:", len(row)-1) + "|\n")
		}
	}
	return b.String()
}

// Escaped is text in which nothing means anything to Markdown.
func Escaped(text string) string {
	var b strings.Builder
	for _, c := range diag.Plain(text) {
		if strings.ContainsRune("\\`*_{}[]<>()#+!|~&", c) {
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	return b.String()
}
