package diag

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Plain returns a text as it can stand in a line that people read. Names come
// from objects, files and command lines, and can hold anything: a line break
// that would make a line of its own of what follows, an escape sequence that a
// terminal obeys, a sign that turns the direction of writing. What is no
// printable character is shown as Go and C write it:
//
//	a name with an escape sequence and a line break  "x\x1b[2J\nerror: y"
//	in a line                                        x\x1b[2J\nerror: y
//
// All text that goes to a terminal or into a map passes through here, a line at
// a time, by those who put the line's end behind it. A backslash stays one, so
// what comes out is for people; programs read quoted names (linkmap).
func Plain(text string) string {
	bad := strings.IndexFunc(text, unprintable)
	if bad < 0 {
		return text
	}
	var b strings.Builder
	b.WriteString(text[:bad])
	for text = text[bad:]; text != ""; {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == utf8.RuneError && size == 1:
			b.WriteString(`\x` + strconv.FormatUint(uint64(text[0])|0x100, 16)[1:])
		case !strconv.IsPrint(r):
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		default:
			b.WriteString(text[:size])
		}
		text = text[size:]
	}
	return b.String()
}

// unprintable reports whether a character cannot stand in a line as it is. The
// one that decoding makes of what is no UTF-8 has to be looked at.
func unprintable(r rune) bool { return r == utf8.RuneError || !strconv.IsPrint(r) }

// maxWord is how many bytes of a word a message shows. Compilers make names of
// some hundred; the longest path has 4096.
const maxWord = 5000

// shortened returns a text with the middle of overlong words left out.
func shortened(text string) string {
	if len(text) <= maxWord {
		return text
	}
	words := strings.Split(text, " ")
	for i, w := range words {
		if len(w) > maxWord {
			const ends = 200
			words[i] = w[:ends] + "[" + strconv.Itoa(len(w)-2*ends) + " more]" + w[len(w)-ends:]
		}
	}
	return strings.Join(words, " ")
}

// Line is an error, a note or a warning as its line shows it.
func Line(text string) string { return shortened(Plain(text)) }

// Lines is text for people, made line by line: what a name holds cannot end one.
type Lines struct {
	bytes.Buffer
	line []byte // the last one
}

// Add adds a line.
func (l *Lines) Add(format string, args ...any) {
	l.line = fmt.Appendf(l.line[:0], format, args...)
	if bytes.IndexFunc(l.line, unprintable) < 0 {
		l.Write(l.line)
	} else {
		l.WriteString(Plain(string(l.line)))
	}
	l.WriteByte('\n')
}
