package diag

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
)

// JSON is a value for programs, a line for each field. What is not printable is
// written as an escape, which changes no value: JSON has such characters in strings
// alone. The encoder escapes up to U+001F, and terminals obey more.
func JSON(v any) (string, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return escapeHidden(b.String()), err
}

func escapeHidden(text string) string {
	hidden := func(r rune) bool { return r != '\n' && !strconv.IsPrint(r) }
	if !strings.ContainsFunc(text, hidden) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if !hidden(r) {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}
