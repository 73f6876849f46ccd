package build

import (
	"slices"
	"strings"
)

// parseDepfile returns the files that a rule of make depends on, as GCC and clang
// write rules for -MD: the target, a colon, and names with blanks, # and $ quoted.
//
//	x: a\ b.c \
//	  c$$.h            a b.c, c$.h
func parseDepfile(text string) []string {
	_, text, _ = strings.Cut(text, ":")
	var names []string
	var name strings.Builder
	end := func() {
		if name.Len() > 0 && !slices.Contains(names, name.String()) {
			names = append(names, name.String())
		}
		name.Reset()
	}
	for i := 0; i < len(text); i++ {
		next := byte(0)
		if i+1 < len(text) {
			next = text[i+1]
		}
		switch b := text[i]; {
		case b == '\\' && (next == '\n' || next == '\r'):
			end()
		case b == '\\' && (next == ' ' || next == '#'), b == '$' && next == '$':
			name.WriteByte(next)
			i++
		case strings.IndexByte(" \t\r\n", b) >= 0:
			end()
		default:
			name.WriteByte(b)
		}
	}
	end()
	return names
}
