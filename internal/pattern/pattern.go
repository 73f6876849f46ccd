// Package pattern is regular expressions that cost nothing until they are asked for:
// to compile those of one package takes as long as a tenth of the program's start,
// and most runs need none.
package pattern

import (
	"regexp"
	"sync"
)

// Of returns a function that compiles a regular expression the first time it is
// called. An expression that is wrong panics then.
func Of(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}
