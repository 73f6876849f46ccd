// Package ldscript reads the part of GNU ld's script language that inputs of
// native modules are written in: the values of symbols in a firmware or ROM,
// and the scripts that C libraries install in place of an archive
// (`GROUP ( /usr/lib/libm-2.36.a … )`).
//
// It stands apart because it is a language of its own. It must never open a
// file: names in a script are the caller's to resolve.
package ldscript

import (
	"fmt"
	"sort"
	"strings"

	"mpyld/diag"
	"mpyld/internal/lazy"
)

// Script is what a linker script says, in its order.
type Script struct {
	Inputs []string // files of INPUT, GROUP and STARTUP, as written
	Input  string   // where the first of them is named, as coordinates
	Wanted []string // symbols of EXTERN

	assignments []assignment
}

// assignment is `name = expression`, an assertion if it has no name.
type assignment struct {
	name    string
	value   *expr
	before  int32 // the assignment to name that goes before, or none
	at      int32
	from    *source
	provide bool // PROVIDE: only if it is needed and no object defines it
}

// source is where assignments are from.
type source struct {
	name   string
	src    string // tokens are parts of it
	option bool   // an option of the command line, which has no lines
	lines  []int  // where lines begin, made when first asked for
}

// where returns the coordinates of an offset, as text.
func (s *source) where(at int) string { return fmt.Sprint(s.place(at)) }

// place returns the coordinates of an offset: a diag.Source, or the name of an option.
func (s *source) place(at int) any {
	if s.option {
		return s.name
	}
	if s.lines == nil {
		s.lines = []int{0}
		for i, c := range s.src {
			if c == '\n' {
				s.lines = append(s.lines, i+1)
			}
		}
	}
	line := sort.SearchInts(s.lines, at+1)
	return diag.Source{File: s.name, Line: line, Column: at - s.lines[line-1] + 1}
}

// maxAssignments caps those of a script, each of which takes much more memory than
// "a=1;": the largest scripts of chips' ROMs have some thousands.
const maxAssignments = 1 << 15

// maxDepth caps the nesting of parentheses.
const maxDepth = 100

// Parse reads a script. The error is a *diag.Error with line and column.
// (GNU ld manual, chapter 3 "Linker Scripts")
func Parse(name string, data []byte) (*Script, error) {
	p := newParser(&source{name: name, src: string(data)})
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

// ParseDefsym reads a value of --defsym, which is one assignment (ldgram.y,
// defsym_expr).
func ParseDefsym(text string) (*Script, error) {
	p := newParser(&source{name: "--defsym " + text, src: text, option: true})
	name, _, ok := strings.Cut(text, "=")
	p.pos = len(name)
	p.next()
	switch name = strings.TrimSpace(name); {
	case name == "":
		p.fail("expected a symbol, found %s", p.found())
	case !ok:
		p.fail("expected =, found %s", p.found())
	}
	p.next()
	p.add(assignment{name: name, value: p.expression()}) // symbols of objects have any name
	if p.err == nil && p.tok != "" {
		p.fail("expected the end of the expression, found %s", p.found())
	}
	if p.err != nil {
		return nil, p.err
	}
	return p.script, nil
}

// parser is a recursive-descent parser with one token of look-ahead.
type parser struct {
	*source
	pos       int
	tok       string // the current token; "" at the end
	at        int    // where it begins
	quotedTok bool   // it is a name in quotes
	depth     int
	sections  bool             // inside SECTIONS
	regions   map[string]*expr // "NAME ORIGIN" and "NAME LENGTH", of MEMORY
	spare     *expr            // a number that went into a sum
	script    *Script
	err       error
}

func newParser(s *source) *parser {
	return &parser{source: s, regions: map[string]*expr{}, script: &Script{}}
}

// ignored are commands in parentheses that say nothing to a module.
var ignored = lazy.Value[map[string]bool]{Make: func() map[string]bool {
	return map[string]bool{
		"OUTPUT_FORMAT": true, "OUTPUT_ARCH": true, "OUTPUT": true, "TARGET": true, "ENTRY": true, "SEARCH_DIR": true,
		"NOCROSSREFS": true, "NOCROSSREFS_TO": true, "LD_FEATURE": true,
	}
}}

// passed are commands whose braces say nothing about the values of symbols.
var passed = lazy.Value[map[string]bool]{Make: func() map[string]bool {
	return map[string]bool{"PHDRS": true, "VERSION": true}
}}

// refused are commands that mean something mpyld does not do, and what to do
// instead.
var refused = lazy.Value[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		"INCLUDE":                 "give that file with an --externs of its own",
		"INSERT":                  "leave it out",
		"OVERLAY":                 "leave it out",
		"REGION_ALIAS":            "use the region itself",
		"FORCE_COMMON_ALLOCATION": "leave it out", "INHIBIT_COMMON_ALLOCATION": "leave it out", "FORCE_GROUP_ALLOCATION": "leave it out",
	}
}}

// statement parses the statement that begins with the current token.
func (p *parser) statement() {
	switch word := p.tok; {
	case word == ";" && !p.quotedTok:
	case p.quotedTok:
		p.assignmentStatement()
	case word == "INPUT" || word == "GROUP" || word == "STARTUP":
		p.script.Input = p.where(p.at)
		p.expectNext("(")
		p.files(&p.script.Inputs)
	case word == "EXTERN":
		p.expectNext("(")
		p.files(&p.script.Wanted)
	case word == "PROVIDE" || word == "PROVIDE_HIDDEN" || word == "HIDDEN":
		p.expectNext("(")
		p.next()
		p.assignment(word != "HIDDEN")
		p.expect(")")
	case word == "ASSERT":
		p.assertion()
	case ignored.Get()[word]:
		p.expectNext("(")
		p.files(nil)
	case word == "MEMORY":
		p.expectNext("{")
		p.memory()
	case word == "SECTIONS":
		p.expectNext("{")
		p.sectionsBlock()
	case passed.Get()[word]:
		p.expectNext("{")
		p.braces()
	case refused.Get()[word] != "":
		p.fail("%s: mpyld does not follow it", word)
		p.note("%s", refused.Get()[word])
	case isName(word):
		p.assignmentStatement()
	default:
		p.fail("expected a symbol or a command, found %s", p.quote(word))
	}
}

func (p *parser) assignmentStatement() {
	p.assignment(false)
	if p.err == nil && (p.quotedTok || p.tok != ";" && p.tok != ",") {
		p.fail("expected ; after the assignment, found %s", p.found())
	}
}

// assignment parses `name = expression`; the token after it is current.
func (p *parser) assignment(provide bool) {
	name, at := p.tok, p.at
	p.wantName("a symbol")
	p.next()
	op := compound(p.tok)
	switch {
	case p.err != nil:
		return
	case p.quotedTok || op == "" && p.tok != "=":
		if p.sections {
			p.failAt(at, "%s: mpyld places the sections of a module itself; only the assignments in SECTIONS are read", name)
			p.note("give the addresses of symbols without the sections: NAME = ADDRESS;")
			return
		}
		p.fail("expected =, found %s", p.found())
		return
	}
	opAt := p.at
	p.next()
	value := p.expression()
	if p.err != nil {
		return
	}
	if op != "" {
		value = &expr{op: op, at: opAt, args: []*expr{{op: opName, at: at, name: name}, value}}
	}
	p.add(assignment{name: name, value: value, at: int32(at), provide: provide})
}

func (p *parser) add(a assignment) {
	if len(p.script.assignments) == maxAssignments {
		p.fail("a script has more than %d assignments with this one", maxAssignments)
		return
	}
	a.from = p.source
	p.script.assignments = append(p.script.assignments, a)
}

// assertion parses the rest of `ASSERT ( expression , "message" )`.
func (p *parser) assertion() {
	at := p.at
	p.expectNext("(")
	value := p.call("ASSERT", at)
	if p.err != nil {
		return
	}
	p.add(assignment{value: value, at: int32(at)})
	p.pos = p.at // what follows is a statement, without ; or with it
}

// sectionsBlock parses the rest of `SECTIONS { … }`.
func (p *parser) sectionsBlock() {
	p.sections = true
	for p.next(); p.err == nil && !p.is("}"); p.next() {
		switch {
		case p.tok == "":
			p.fail("expected }, found the end of the file")
		case p.sectionsStatement():
			p.statement()
		default:
			p.fail("%s: mpyld places the sections of a module itself; only the assignments in SECTIONS are read", p.found())
			p.note("give the addresses of symbols without the sections: NAME = ADDRESS;")
		}
	}
	p.sections = false
}

// sectionsStatement reports whether the current token begins what may be in
// SECTIONS.
func (p *parser) sectionsStatement() bool {
	switch p.tok {
	case "SECTIONS", "MEMORY", "INPUT", "GROUP", "STARTUP", "PHDRS", "VERSION":
		return false
	}
	return p.tok == ";" || isName(p.tok)
}

// memory parses the rest of `MEMORY { name (attributes) : ORIGIN = expression,
// LENGTH = expression … }`.
func (p *parser) memory() {
	for p.next(); p.err == nil && !p.is("}"); {
		name := p.tok
		p.wantName("a memory region")
		if p.next(); p.is("(") {
			p.files(nil)
			p.next()
		}
		p.expect(":")
		p.next()
		p.regionPart(name, "ORIGIN", "org", "o")
		if p.is(",") {
			p.next()
		}
		p.regionPart(name, "LENGTH", "len", "l")
	}
}

// regionPart parses `ORIGIN = expression`, or the like.
func (p *parser) regionPart(region string, keys ...string) {
	ok := false
	for _, k := range keys {
		ok = ok || p.is(k)
	}
	if !ok {
		p.fail("expected %s, found %s", keys[0], p.found())
	}
	p.expectNext("=")
	p.next()
	at := p.at
	value := p.expression()
	if p.err == nil && value.op != opNumber {
		p.failAt(at, "%s of a memory region is a number", keys[0])
	}
	p.regions[region+" "+keys[0]] = value
}

// files parses the rest of `INPUT ( file, AS_NEEDED ( file ) … )` into list, if
// there is one.
func (p *parser) files(list *[]string) {
	for depth := 1; depth > 0 && p.err == nil; {
		p.fileName()
		switch {
		case p.tok == "":
			p.fail("expected ), found the end of the file")
		case p.is("("):
			depth++
		case p.is(")"):
			depth--
		case p.is("AS_NEEDED") || list == nil:
		default:
			*list = append(*list, p.tok)
		}
	}
}

// braces passes over a text in braces whose { is current.
func (p *parser) braces() {
	for depth := 1; depth > 0 && p.err == nil; {
		p.next()
		switch {
		case p.tok == "":
			p.fail("expected }, found the end of the file")
		case p.is("{"):
			depth++
		case p.is("}"):
			depth--
		}
	}
}

// is reports whether the current token is a sign or word, and no quoted name.
func (p *parser) is(tok string) bool { return p.tok == tok && !p.quotedTok }

// wantName reports a current token that is no name; what says what it is to name.
func (p *parser) wantName(what string) {
	if p.err == nil && !p.quotedTok && !isName(p.tok) {
		p.fail("expected %s, found %s", what, p.found())
	}
}

func (p *parser) expectNext(tok string) {
	p.next()
	p.expect(tok)
}

func (p *parser) expect(tok string) {
	if p.err == nil && !p.is(tok) {
		p.fail("expected %s, found %s", tok, p.found())
	}
}

// fail reports what is wrong at the current token.
func (p *parser) fail(format string, args ...any) { p.failAt(p.at, format, args...) }

func (p *parser) failAt(at int, format string, args ...any) {
	if p.err == nil {
		p.err = diag.New(p.place(at), format, args...)
	}
}

// note adds to the error.
func (p *parser) note(format string, args ...any) {
	if e, ok := p.err.(*diag.Error); ok && len(e.Notes) == 0 {
		e.Note(format, args...)
	}
}
