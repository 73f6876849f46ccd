package ldscript

import (
	"bytes"
	"math/bits"
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

func quote(tok string) string {
	if tok == "" {
		return "the end of the file"
	}
	return strconv.Quote(tok)
}

// isNameByte reports whether a byte can be in a symbol name.
func isNameByte(c byte) bool {
	return c == '_' || c == '.' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func isName(tok string) bool {
	return tok != "" && isNameByte(tok[0]) && (tok[0] < '0' || tok[0] > '9')
}

// space skips white space and comments.
func (p *parser) space() {
	for p.pos < len(p.src) {
		rest := p.src[p.pos:]
		switch {
		case rest[0] == '\n':
			p.line++
			p.pos++
		case rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\r':
			p.pos++
		case bytes.HasPrefix(rest, []byte("/*")):
			end := bytes.Index(rest, []byte("*/"))
			if end < 0 {
				p.fail("the comment has no end")
				p.pos = len(p.src)
				return
			}
			p.line += bytes.Count(rest[:end], []byte("\n"))
			p.pos += end + 2
		case bytes.HasPrefix(rest, []byte("//")):
			end := bytes.IndexByte(rest, '\n')
			if end < 0 {
				end = len(rest)
			}
			p.pos += end
		default:
			return
		}
	}
}

// next reads the next token: a name or number, a quoted name, or a sign.
func (p *parser) next() {
	p.space()
	p.tok = ""
	if p.err != nil || p.pos == len(p.src) {
		return
	}
	start := p.pos
	for p.pos < len(p.src) && isNameByte(p.src[p.pos]) {
		p.pos++
	}
	if p.pos > start {
		p.tok = string(p.src[start:p.pos])
		return
	}
	if p.src[start] == '"' {
		p.quoted()
		return
	}
	p.pos++
	if two := p.src[start:min(start+2, len(p.src))]; string(two) == "<<" || string(two) == ">>" {
		p.pos++
	}
	p.tok = string(p.src[start:p.pos])
}

// fileName reads the next token of a list of files, where nearly everything
// can be in a name.
func (p *parser) fileName() {
	p.space()
	for p.pos < len(p.src) && p.src[p.pos] == ',' {
		p.pos++
		p.space()
	}
	p.tok = ""
	if p.err != nil || p.pos == len(p.src) {
		return
	}
	start := p.pos
	switch p.src[start] {
	case '(', ')':
		p.pos++
		p.tok = string(p.src[start:p.pos])
		return
	case '"':
		p.quoted()
		return
	}
	for p.pos < len(p.src) && !strings.ContainsRune("(), \t\r\n", rune(p.src[p.pos])) {
		p.pos++
	}
	p.tok = string(p.src[start:p.pos])
}

// quoted reads a name in double quotes.
func (p *parser) quoted() {
	end := bytes.IndexByte(p.src[p.pos+1:], '"')
	if end <= 0 {
		p.fail("the quoted name has no end, or no characters")
		return
	}
	p.tok = string(p.src[p.pos+1 : p.pos+1+end])
	p.pos += end + 2
}

// precedence of binary operators, as in C.
var precedence = map[string]int{"|": 1, "&": 2, "<<": 3, ">>": 3, "+": 4, "-": 4, "*": 5}

// expression parses operators of at least a precedence, starting at the
// current token; the token after the expression is current then.
func (p *parser) expression(least int) uint64 {
	if p.depth++; p.depth > maxDepth {
		p.fail("the expression is nested too deeply")
	}
	defer func() { p.depth-- }()
	v := p.operand()
	for p.err == nil {
		op := p.tok
		level := precedence[op]
		if level == 0 || level <= least {
			break
		}
		p.next()
		v = apply(op, v, p.expression(level))
	}
	return v
}

func apply(op string, a, b uint64) uint64 {
	switch op {
	case "|":
		return a | b
	case "&":
		return a & b
	case "<<":
		return a << min(b, bits.UintSize)
	case ">>":
		return a >> min(b, bits.UintSize)
	case "+":
		return a + b
	case "-":
		return a - b
	}
	return a * b
}

// operand parses a number, a symbol assigned before, a sign or parentheses.
func (p *parser) operand() uint64 {
	if p.err != nil {
		return 0
	}
	switch tok := p.tok; {
	case tok == "(":
		p.next()
		v := p.expression(0)
		p.expect(")")
		p.next()
		return v
	case tok == "-" || tok == "~":
		p.next()
		v := p.expression(precedence["*"])
		if tok == "-" {
			return -v
		}
		return ^v
	case isName(tok):
		v, ok := p.values[tok]
		if !ok {
			p.fail("%s has no value here: only numbers and symbols assigned before can be used", tok)
		}
		p.next()
		return v
	case tok != "" && tok[0] >= '0' && tok[0] <= '9':
		v, ok := number(tok)
		if !ok {
			p.fail("%s is not a number of 64 bits", quote(tok))
		}
		p.next()
		return v
	}
	p.fail("expected a number, found %s", quote(p.tok))
	return 0
}

// number reads decimal, octal and hexadecimal numbers with an optional K or M.
func number(tok string) (uint64, bool) {
	scale := uint64(1)
	if !strings.HasPrefix(tok, "0x") && !strings.HasPrefix(tok, "0X") || strings.ContainsAny(tok[len(tok)-1:], "KkMm") {
		switch tok[len(tok)-1] {
		case 'K', 'k':
			scale = 1 << 10
		case 'M', 'm':
			scale = 1 << 20
		}
	}
	if scale > 1 {
		tok = tok[:len(tok)-1]
	}
	v, err := strconv.ParseUint(tok, 0, 64)
	return v * scale, err == nil && !strings.Contains(tok, "_") && (scale == 1 || v <= ^uint64(0)/scale)
}
