package qstrlink

import (
	"fmt"
	"strings"
)

// A qstr may be any text, but in C its name is part of an identifier. MicroPython writes
// each character that cannot be in one by its name or number.
//
//	<module>    MP_QSTR__lt_module_gt_        \n    MP_QSTR__0x0a_

// Escape returns text as it appears in a C identifier after MP_QSTR_: each
// character that cannot be part of one becomes _name_, or _0xNN_ when it has no
// name (qstr_escape in py/makeqstrdata.py; HTML entity names plus a few more).
//
// There is no way back: "_lt_" may also be meant literally. A native module's
// own names are therefore identifiers as they stand and only static qstrs are
// escaped. Characters above ASCII take the numeric form here, since
// no static qstr has one.
func Escape(text string) string {
	if wordLen(text) == len(text) {
		return text
	}
	var b strings.Builder
	for _, c := range text {
		switch {
		case c < 0x80 && isWord(byte(c)):
			b.WriteRune(c)
		case int(c) < len(escapes) && escapes[c] != "":
			b.WriteString("_" + escapes[c] + "_")
		default:
			fmt.Fprintf(&b, "_0x%02x_", c)
		}
	}
	return b.String()
}

// escapes are names of characters, by their number.
var escapes = [...]string{
	' ': "space", '!': "bang", '"': "quot", '#': "hash", '$': "dollar", '%': "percent",
	'&': "amp", '\'': "squot", '(': "paren_open", ')': "paren_close", '*': "star",
	'+': "plus", ',': "comma", '-': "hyphen", '.': "dot", '/': "slash", ':': "colon",
	';': "semicolon", '<': "lt", '=': "equals", '>': "gt", '?': "question",
	'@': "at_sign", '[': "bracket_open", '\\': "backslash", ']': "bracket_close",
	'^': "caret", '{': "brace_open", '|': "pipe", '}': "brace_close", '~': "tilde",
}
