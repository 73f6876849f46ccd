package diag

import (
	_ "embed"
	"strconv"
	"strings"

	"mpyld/internal/lazy"
)

// Programs tell errors by codes, and people by texts, which change. All errors of a kind are made with one format, so
// that is what has a code: a row of a table, and no word where an error is made.
//
//	undefined-symbol 0 undefined symbol: %s     the code, and which argument is the symbol in question

//go:embed codes
var codesText string

// codeRow is a row of the table.
type codeRow struct {
	code   string
	symbol int // number of the argument; -1: none
	format string
	begins bool // all formats that begin so
}

// codeRows is the table, read when somebody asks.
var codeRows = lazy.Value[[]codeRow]{Make: func() (rows []codeRow) {
	for line := range strings.Lines(codesText) {
		words := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", 3)
		if len(words) < 3 || words[0] == "#" {
			continue
		}
		row := codeRow{code: words[0], symbol: -1}
		if n, err := strconv.Atoi(words[1]); err == nil {
			row.symbol = n
		}
		row.format, row.begins = strings.CutSuffix(words[2], "...")
		rows = append(rows, row)
	}
	return rows
}}

func (r *codeRow) fits(format string) bool {
	return format == r.format || r.begins && strings.HasPrefix(format, r.format)
}

// CodeOf returns the code of what is made with a format; "" if it has none.
func CodeOf(format string) string {
	if r := rowOf(format); r != nil {
		return r.code
	}
	return ""
}

func rowOf(format string) *codeRow {
	rows := codeRows.Get()
	for i := range rows {
		if rows[i].fits(format) {
			return &rows[i]
		}
	}
	return nil
}

// Code returns the code of an error, and the symbol that it is about; "" of what has none.
func (e *Error) Code() (code, symbol string) {
	r := rowOf(e.Format)
	if r == nil {
		return "", e.Place.Symbol
	}
	if symbol = e.Place.Symbol; r.symbol >= 0 && r.symbol < len(e.args) {
		if s, ok := e.args[r.symbol].(string); ok {
			symbol = s
		}
	}
	return r.code, symbol
}
