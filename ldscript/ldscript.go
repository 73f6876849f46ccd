// Package ldscript reads the small part of GNU ld's script language that
// inputs of native modules are written in: the addresses of symbols in a
// firmware or ROM, and the scripts that C libraries install in place of an
// archive (`GROUP ( /usr/lib/libm-2.36.a … )`).
//
// It stands apart because it is a language of its own. It must never open a
// file: names in a script are the caller's to resolve.
package ldscript

import "mpyld/diag"

// Script is what a linker script says, in its order.
type Script struct {
	Inputs  []string // files of INPUT and GROUP, as written
	Symbols []Symbol
}

// Symbol is an assignment.
type Symbol struct {
	Name    string
	Value   uint64
	Provide bool // PROVIDE: only if no object defines it
	Line    int
}

// maxDepth caps the nesting of parentheses.
const maxDepth = 100

// Parse reads a script. The error is a *diag.Error with the line.
// (GNU ld manual, chapter 3 "Linker Scripts")
func Parse(name string, data []byte) (*Script, error) {
	p := &parser{name: name, src: data, line: 1, values: map[string]uint64{}, script: &Script{}}
	for p.err == nil {
		p.next()
		if p.tok == "" {
			break
		}
		p.statement()
	}
	if p.err != nil {
		return nil, p.err
	}
	return p.script, nil
}

// parser is a recursive-descent parser with one token of look-ahead.
type parser struct {
	name   string
	src    []byte
	pos    int
	line   int
	tok    string // "" at the end
	depth  int
	values map[string]uint64
	script *Script
	err    error
}

// ignored are commands in parentheses that say nothing to a module.
var ignored = map[string]bool{
	"OUTPUT_FORMAT": true, "OUTPUT_ARCH": true, "TARGET": true, "ENTRY": true,
	"SEARCH_DIR": true, "ASSERT": true, "EXTERN": true, "NOCROSSREFS": true,
}

// layout are commands that place sections.
var layout = map[string]bool{"SECTIONS": true, "MEMORY": true, "PHDRS": true, "VERSION": true}

// statement parses the statement that begins with the current token.
func (p *parser) statement() {
	switch word := p.tok; {
	case word == ";":
	case word == "INPUT" || word == "GROUP":
		p.expectNext("(")
		p.files()
	case word == "PROVIDE" || word == "PROVIDE_HIDDEN" || word == "HIDDEN":
		p.expectNext("(")
		p.next()
		p.assignment(word != "HIDDEN")
		p.expect(")")
	case ignored[word]:
		p.expectNext("(")
		p.skip()
	case layout[word]:
		p.fail("%s: mpyld places the sections of a module itself; only assignments, PROVIDE, INPUT and GROUP are read", word)
	case isName(word):
		p.assignment(false)
		if p.err == nil && p.tok != ";" {
			p.fail("expected ; after the assignment, found %s", quote(p.tok))
		}
	default:
		p.fail("expected a symbol or a command, found %s", quote(word))
	}
}

// assignment parses `name = expression`; the token after it is current.
func (p *parser) assignment(provide bool) {
	name, line := p.tok, p.line
	if !isName(name) {
		p.fail("expected a symbol, found %s", quote(name))
		return
	}
	p.expectNext("=")
	p.next()
	v := p.expression(0)
	if p.err != nil {
		return
	}
	if _, twice := p.values[name]; twice {
		p.line = line
		p.fail("symbol %s is assigned twice", name)
		return
	}
	p.values[name] = v
	p.script.Symbols = append(p.script.Symbols, Symbol{name, v, provide, line})
}

// files parses the rest of `INPUT ( file, AS_NEEDED ( file ) … )`.
func (p *parser) files() {
	for depth := 1; depth > 0 && p.err == nil; {
		p.fileName()
		switch p.tok {
		case "":
			p.fail("the list of files has no end")
		case "(":
			depth++
		case ")":
			depth--
		case "AS_NEEDED":
		default:
			p.script.Inputs = append(p.script.Inputs, p.tok)
		}
	}
}

// skip passes over a parenthesised text whose ( is current.
func (p *parser) skip() {
	for depth := 1; depth > 0 && p.err == nil; {
		p.fileName()
		switch p.tok {
		case "":
			p.fail("expected ), found the end of the file")
		case "(":
			depth++
		case ")":
			depth--
		}
	}
}

func (p *parser) expectNext(tok string) {
	p.next()
	p.expect(tok)
}

func (p *parser) expect(tok string) {
	if p.err == nil && p.tok != tok {
		p.fail("expected %s, found %s", tok, quote(p.tok))
	}
}

func (p *parser) fail(format string, args ...any) {
	if p.err == nil {
		p.err = diag.New(p.name+":"+itoa(p.line), format, args...)
	}
}
