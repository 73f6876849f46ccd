package pattern

import "strings"

const keywords = ` False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield `

// Keyword reports whether a word is one of Python's: no import statement can name such a module.
func Keyword(word string) bool { return strings.Contains(keywords, " "+word+" ") }
