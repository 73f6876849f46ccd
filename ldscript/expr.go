package ldscript

// Values in scripts are expressions as in C. What is a number at once becomes one while it
// is read, so that long sums take no memory; the rest is a tree, evaluated when symbols
// are known.
//
//	a = 2 + 3 * 4;          the number 14
//	b = 2 + c * 4 << 1;     << (+ (2, * (c, 4)), 1): * binds closer than +, and + than <<

// expr is an expression whose value the script alone does not tell.
type expr struct {
	op     string // an operator, a function, opName or opDefined
	at     int    // byte offset in the script
	name   string // opName, opDefined
	before int32  // opName, opDefined: the assignment to name that goes before, or none
	number uint64 // opNumber
	args   []*expr
	height int // of the tree below
}

// symbols calls f with the names in an expression.
func (e *expr) symbols(f func(name string)) {
	if e.op == opName && e.name != "." {
		f(e.name)
	}
	for _, a := range e.args {
		a.symbols(f)
	}
}

const (
	opNumber  = "number"
	opName    = "name"
	opDefined = "DEFINED"
	opMinus   = "-x" // the sign
)

// precedence is that of a binary operator, as in C; 0 if it is none.
func precedence(op string) int {
	switch op {
	case "||":
		return 1
	case "&&":
		return 2
	case "|":
		return 3
	case "^":
		return 4
	case "&":
		return 5
	case "==", "!=":
		return 6
	case "<", "<=", ">", ">=":
		return 7
	case "<<", ">>":
		return 8
	case "+", "-":
		return 9
	case "*", "/", "%":
		return 10
	}
	return 0
}

// unary is what a sign is in a tree, "" if it is none; signs bind closest.
func unary(sign string) string {
	switch sign {
	case "-":
		return opMinus
	case "+":
		return "+x"
	case "~", "!":
		return sign
	}
	return ""
}

// compound is the operator of an assignment that begins with the old value, "" of others.
func compound(op string) string {
	switch op {
	case "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "|=", "^=":
		return op[:len(op)-1]
	}
	return ""
}

// arguments is how many a function has; 0 if it is not known.
func arguments(function string) int {
	switch function {
	case "ABSOLUTE", "LOG2CEIL", "ORIGIN", "LENGTH":
		return 1
	case "MAX", "MIN", "ALIGN", "ASSERT":
		return 2
	}
	return 0
}

// placed is what a function asks the place of, "" if it asks for none.
func placed(function string) string {
	switch function {
	case "ADDR", "LOADADDR", "SIZEOF", "ALIGNOF", "BLOCK":
		return "sections"
	case "SIZEOF_HEADERS":
		return "headers"
	case "CONSTANT":
		return "pages"
	case "SEGMENT_START", "DATA_SEGMENT_ALIGN", "DATA_SEGMENT_END", "DATA_SEGMENT_RELRO_END":
		return "segments"
	case "NEXT":
		return "memory"
	}
	return ""
}

// expression parses an expression that starts at the current token; the token
// after it is current then.
func (p *parser) expression() *expr {
	if p.depth++; p.depth > maxDepth {
		p.fail("the expression is nested too deeply")
	}
	defer func() { p.depth-- }()
	cond := p.binary(0)
	if p.err != nil || !p.is("?") {
		return cond
	}
	at := p.at
	p.next()
	yes := p.expression()
	p.expect(":")
	p.next()
	return p.tree(&expr{op: "?", at: at, args: []*expr{cond, yes, p.expression()}})
}

// binary parses operators of more than a precedence.
func (p *parser) binary(least int) *expr {
	left := p.operand()
	for p.err == nil && !p.quotedTok {
		op, at := p.tok, p.at
		level := precedence(op)
		if level <= least {
			break
		}
		p.next()
		left = p.pair(op, at, left, p.binary(level))
	}
	return left
}

// pair returns the tree of a binary operator. That of two numbers is one, and takes no
// more memory, however many there are in a row.
func (p *parser) pair(op string, at int, left, right *expr) *expr {
	if p.err == nil && left.op == opNumber && right.op == opNumber {
		if n, why := compute(op, []uint64{left.number, right.number}); why == "" {
			*left = expr{op: opNumber, at: at, number: n}
			p.spare = right
			return left
		}
	}
	return p.tree(&expr{op: op, at: at, args: []*expr{left, right}})
}

// numeral returns a number that nothing else refers to.
func (p *parser) numeral(at int, n uint64) *expr {
	e := p.spare
	if p.spare = nil; e == nil {
		e = new(expr)
	}
	*e = expr{op: opNumber, at: at, number: n}
	return e
}

// maxHeight caps how many operators in a row depend on each other.
const maxHeight = 1000

// tree returns a tree, or its value if that is a number already.
func (p *parser) tree(e *expr) *expr {
	if p.err != nil {
		return e
	}
	numbers := make([]uint64, len(e.args))
	known := true
	for i, a := range e.args {
		known = known && a.op == opNumber
		numbers[i] = a.number
		e.height = max(e.height, a.height+1)
	}
	if e.height > maxHeight {
		p.failAt(e.at, "the expression has more than %d operators", maxHeight)
	}
	if !known {
		return e
	}
	n, why := compute(e.op, numbers)
	if why != "" {
		return e // an error if it is needed
	}
	return &expr{op: opNumber, at: e.at, number: n}
}

// operand parses a number, a symbol, a function, a sign or parentheses.
func (p *parser) operand() *expr {
	if p.err != nil {
		return &expr{op: opNumber}
	}
	if p.depth++; p.depth > maxDepth {
		p.fail("the expression is nested too deeply")
	}
	defer func() { p.depth-- }()
	tok, at := p.tok, p.at
	switch {
	case p.quotedTok:
		p.next()
		return &expr{op: opName, at: at, name: tok}
	case tok == "(":
		p.next()
		e := p.expression()
		p.expect(")")
		p.next()
		return e
	case unary(tok) != "":
		p.next()
		return p.tree(&expr{op: unary(tok), at: at, args: []*expr{p.operand()}})
	case isNumber(tok):
		n, ok := number(tok)
		if !ok {
			p.fail("%s is not a number of 64 bits", p.quote(tok))
		}
		p.next()
		return p.numeral(at, n)
	case isName(tok):
		p.next()
		if p.is("(") {
			return p.call(tok, at)
		}
		if what := placed(tok); what != "" {
			p.failAt(at, "%s: mpyld lays out a module itself, scripts cannot ask where %s are", tok, what)
		}
		return &expr{op: opName, at: at, name: tok}
	}
	p.fail("expected a number, found %s", p.quote(tok))
	return &expr{op: opNumber}
}

// call parses the arguments of a function, whose ( is current.
func (p *parser) call(name string, at int) *expr {
	n := arguments(name)
	switch what := placed(name); {
	case what != "":
		p.failAt(at, "%s: mpyld lays out a module itself, scripts cannot ask where %s are", name, what)
	case name == opDefined:
		p.next()
		e := &expr{op: opDefined, at: at, name: p.tok}
		p.wantName("a symbol")
		p.next()
		p.expect(")")
		p.next()
		return e
	case n == 0:
		p.failAt(at, "%s is not a function that mpyld knows", name)
	case name == "ORIGIN" || name == "LENGTH":
		return p.region(name, at)
	}
	e := &expr{op: name, at: at}
	for p.next(); p.err == nil; p.next() {
		if name == "ASSERT" && len(e.args) == 1 {
			e.name = p.tok
			p.next()
		} else {
			e.args = append(e.args, p.expression())
		}
		if !p.is(",") {
			break
		}
	}
	p.expect(")")
	p.next()
	switch {
	case p.err != nil:
	case name == "ALIGN" && len(e.args) == 1: // of the location counter
		e.args = append([]*expr{{op: opName, at: at, name: "."}}, e.args...)
	case name == "ASSERT" && len(e.args) == 1 && e.name != "":
	case len(e.args) != n:
		p.failAt(at, "%s takes %d arguments", name, n)
	}
	return p.tree(e)
}

// region returns what MEMORY says of a region.
func (p *parser) region(function string, at int) *expr {
	p.next()
	name := p.tok
	p.wantName("a memory region")
	p.next()
	p.expect(")")
	p.next()
	e := p.regions[name+" "+function]
	if e == nil {
		p.failAt(at, "%s: MEMORY of this script has no region %s", function, name)
		return &expr{op: opNumber}
	}
	return p.numeral(e.at, e.number)
}

// compute applies an operator or function to numbers, or says why it cannot.
// Division is signed, comparison is not, as in GNU ld (ldexp.c, fold_binary).
func compute(op string, args []uint64) (n uint64, why string) {
	a, b := args[0], args[len(args)-1]
	truth := func(b bool) (uint64, string) {
		if b {
			return 1, ""
		}
		return 0, ""
	}
	switch op {
	case "?":
		if a != 0 {
			return args[1], ""
		}
		return b, ""
	case "||":
		return truth(a != 0 || b != 0)
	case "&&":
		return truth(a != 0 && b != 0)
	case "==":
		return truth(a == b)
	case "!=":
		return truth(a != b)
	case "<":
		return truth(a < b)
	case "<=":
		return truth(a <= b)
	case ">":
		return truth(a > b)
	case ">=":
		return truth(a >= b)
	case "!":
		return truth(a == 0)
	}
	return arithmetic(op, a, b)
}

// arithmetic is compute for operators that are no conditions.
func arithmetic(op string, a, b uint64) (n uint64, why string) {
	switch op {
	case "|":
		n = a | b
	case "^":
		n = a ^ b
	case "&":
		n = a & b
	case "<<":
		n = a << b
	case ">>":
		n = a >> b
	case "+":
		n = a + b
	case "-":
		n = a - b
	case "*":
		n = a * b
	case "/", "%":
		if b == 0 {
			return 0, "division by zero"
		}
		if n = uint64(int64(a) / int64(b)); op == "%" {
			n = a - n*b
		}
	case "~":
		n = ^a
	case opMinus:
		n = -a
	case "+x", "ABSOLUTE":
		n = a
	case "MAX":
		n = max(a, b)
	case "MIN":
		n = min(a, b)
	case "LOG2CEIL":
		for n = 0; n < 64 && uint64(1)<<n < a; n++ {
		}
	case "ALIGN":
		if n = a; b > 1 {
			n = (a + b - 1) / b * b
		}
	case "ASSERT":
		if n = a; a == 0 {
			return 0, "assertion"
		}
	}
	return n, ""
}
