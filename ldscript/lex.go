package ldscript

import (
	"math"
	"strconv"
	"strings"
)

// What is one token depends on where it stands: in an expression a minus is an operator,
// in a list of files it is part of a name. The parser says which it expects; a token is a
// part of the text, and nothing is copied.
//
//	a = b-c;              a, =, b, -, c, ;
//	INPUT(lib-c.a)        INPUT, (, lib-c.a, )

func (p *parser) quote(tok string) string {
	switch {
	case tok == "" && p.option:
		return "the end"
	case tok == "":
		return "the end of the file"
	}
	return strconv.Quote(tok)
}

// found is the current token, for messages.
func (p *parser) found() string { return p.quote(p.tok) }

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
		case strings.IndexByte(" \t\r\n\f", rest[0]) >= 0:
			p.pos++
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest, "*/")
			if end < 0 {
				p.failAt(p.pos, "the comment has no end")
				p.pos = len(p.src)
				return
			}
			p.pos += end + 2
		case strings.HasPrefix(rest, "//"):
			end := strings.IndexByte(rest, '\n')
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
	p.tok, p.at, p.quotedTok = "", p.pos, false
	if p.err != nil || p.pos == len(p.src) {
		return
	}
	start := p.pos
	for p.pos < len(p.src) && isNameByte(p.src[p.pos]) {
		p.pos++
	}
	if p.pos > start {
		p.tok = p.src[start:p.pos]
		return
	}
	if p.src[start] == '"' {
		p.quoted()
		return
	}
	for n := min(3, len(p.src)-start); n > 0; n-- {
		if sign := p.src[start : start+n]; n == 1 || precedence(sign) > 0 || compound(sign) != "" {
			p.tok, p.pos = sign, start+n
			return
		}
	}
}

// fileName reads the next token of a list of files, where nearly everything
// can be in a name.
func (p *parser) fileName() {
	p.space()
	for p.pos < len(p.src) && p.src[p.pos] == ',' {
		p.pos++
		p.space()
	}
	p.tok, p.at, p.quotedTok = "", p.pos, false
	if p.err != nil || p.pos == len(p.src) {
		return
	}
	start := p.pos
	switch p.src[start] {
	case '(', ')':
		p.pos++
		p.tok = p.src[start:p.pos]
		return
	case '"':
		p.quoted()
		return
	}
	for p.pos < len(p.src) && !strings.ContainsRune("(), \t\r\n", rune(p.src[p.pos])) {
		p.pos++
	}
	p.tok = p.src[start:p.pos]
}

// quoted reads a name in double quotes.
func (p *parser) quoted() {
	end := strings.IndexByte(p.src[p.pos+1:], '"')
	if end <= 0 {
		p.failAt(p.pos, "the quoted name has no end, or no characters")
		return
	}
	p.tok = p.src[p.pos+1 : p.pos+1+end]
	p.pos += end + 2
	p.quotedTok = true
}

// isNumber reports whether a token is a number. Names begin with no digit; $
// begins a number if hexadecimal digits follow, as in GNU ld.
func isNumber(tok string) bool {
	if tok == "" {
		return false
	}
	if rest, ok := strings.CutPrefix(tok, "$"); ok {
		rest = strings.TrimRight(rest, "kKmM")
		return rest != "" && strings.Trim(rest, "0123456789abcdefABCDEF") == ""
	}
	return tok[0] >= '0' && tok[0] <= '9'
}

// baseOf is the base that a last letter gives a number; 0: none.
func baseOf(last byte) int {
	switch last {
	case 'h', 'x':
		return 16
	case 'o':
		return 8
	case 'b':
		return 2
	case 'd':
		return 10
	}
	return 0
}

// number reads numbers as GNU ld spells them (ldlex.l): 16, 020, 0x10, $10, 10h,
// 20o, 10000b and 16d, and with K and M thousands and millions of 1024.
func number(tok string) (uint64, bool) {
	tok = strings.ToLower(tok)
	digits, base, scale := tok, 0, uint64(1)
	last := tok[len(tok)-1]
	switch hex, isHex := strings.CutPrefix(strings.TrimPrefix(tok, "$"), "0x"); {
	case last == 'k':
		digits, scale = tok[:len(tok)-1], 1<<10
	case last == 'm':
		digits, scale = tok[:len(tok)-1], 1<<20
	case isHex || tok[0] == '$' || baseOf(last) == 0 || hex == "":
	default:
		digits, base = tok[:len(tok)-1], baseOf(last)
	}
	if hex, ok := strings.CutPrefix(digits, "$"); ok {
		digits, base = hex, 16
	}
	if base == 0 {
		if strings.Contains(digits, "_") || strings.HasPrefix(digits, "0o") || strings.HasPrefix(digits, "0b") {
			return 0, false // Go's own
		}
	}
	v, err := strconv.ParseUint(digits, base, 64)
	return v * scale, err == nil && v <= math.MaxUint64/scale
}
