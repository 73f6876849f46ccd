// Package pattern is regular expressions that cost nothing until they are asked for:
// to compile those of one package takes as long as a tenth of the program's start,
// and most runs need none.
package pattern

import (
	"regexp"
	"sync"
)

// Identifier matches what C and Python can call something, and import a module.
var Identifier = Of(`^[A-Za-z_][A-Za-z0-9_]*$`)

// Of returns a function that compiles a regular expression the first time it is
// called. An expression that is wrong panics then.
func Of(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}
