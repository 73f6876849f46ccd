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

// Pattern is a regular expression that is compiled at most once.
type Pattern struct {
	text     string
	once     sync.Once
	compiled *regexp.Regexp
}

// Of returns a pattern. The compiler writes it down as data, as it does for those of package lazy.
func Of(text string) *Pattern { return &Pattern{text: text} }

// Get compiles the pattern the first time it is called. An expression that is wrong panics then.
func (p *Pattern) Get() *regexp.Regexp {
	p.once.Do(func() { p.compiled = regexp.MustCompile(p.text) })
	return p.compiled
}
