package ldscript

import (
	"slices"
	"strconv"

	"mpyld/diag"
)

// Scripts and options assign to symbols in turn, and an expression may name a symbol that
// is set before, after, or both. The value of a name is what was assigned to it last
// before the place that names it, or, if nothing was, what is assigned last of all: GNU ld
// evaluates everything in turn, again until nothing changes (ldlang.c,
// lang_do_assignments).
//
//	a = b; b = 1; c = b; b = 2;    a is 2 and c is 1

// Symbols are the assignments of several scripts and options, in their order.
//
// PROVIDE gives a value to what has none: a PROVIDE behind
// another assignment says nothing, nor does one of a name that an object defines
// or that a script sets without PROVIDE later.
type Symbols struct {
	list  []assignment
	last  map[string]int32
	named map[string]bool // by expressions: what a PROVIDE of that name is needed for

	reference func(string) string
}

const none = -1

// Clone returns a script that Join can be given too: Join replaces names in
// expressions.
func (s *Script) Clone() *Script {
	c := *s
	c.assignments = slices.Clone(s.assignments)
	for i := range c.assignments {
		c.assignments[i].value = c.assignments[i].value.clone()
	}
	return &c
}

func (e *expr) clone() *expr {
	c := *e
	c.args = make([]*expr, len(e.args))
	for i, a := range e.args {
		c.args[i] = a.clone()
	}
	return &c
}

// Join returns what scripts say one after the other. reference returns which
// symbol a name in an expression means.
func Join(scripts []*Script, reference func(string) string) *Symbols {
	n := 0
	for _, script := range scripts {
		n += len(script.assignments)
	}
	s := &Symbols{list: make([]assignment, 0, n), last: make(map[string]int32, n), named: map[string]bool{}, reference: reference}
	for _, script := range scripts {
		s.join(script)
	}
	return s
}

func (s *Symbols) join(script *Script) {
	for _, a := range script.assignments {
		s.resolve(a.value)
		if a.name != "" {
			last, again := s.last[a.name]
			if again && a.provide {
				continue
			}
			a.before = none
			if again {
				a.before = last
			}
			s.last[a.name] = int32(len(s.list))
		}
		s.list = append(s.list, a)
	}
}

// resolve notes which assignments the names in an expression mean.
func (s *Symbols) resolve(e *expr) {
	if e.op == opName || e.op == opDefined {
		e.name, e.before = s.reference(e.name), none
		if last, ok := s.last[e.name]; ok {
			e.before = last
		}
	}
	if e.op == opName {
		s.named[e.name] = true
	}
	for _, a := range e.args {
		s.resolve(a)
	}
}

// Sets reports whether a name is assigned to, and whether only by PROVIDE.
func (s *Symbols) Sets(name string) (provide, ok bool) {
	if name == "." {
		return false, false
	}
	i, ok := s.last[name]
	return ok && s.list[i].provide, ok
}

// Assigned returns the names that get a value whether somebody needs it or not.
func (s *Symbols) Assigned() []string {
	var names []string
	for i := range s.list {
		if a := &s.list[i]; a.name != "" && !a.provide && s.last[a.name] == int32(i) && (a.value.op != opNumber || a.before != none) {
			names = append(names, a.name)
		}
	}
	return names
}

// Names calls f with the names that scripts do not set, of those that the value
// of a name is made from, and with the coordinates of the assignment.
func (s *Symbols) Names(name string, f func(name, where string)) {
	s.names(name, f, map[string]bool{})
}

func (s *Symbols) names(name string, f func(name, where string), seen map[string]bool) {
	i, ok := s.last[name]
	if !ok || seen[name] || len(seen) > maxChain {
		return
	}
	seen[name] = true
	for ; i != none; i = s.list[i].before {
		a := &s.list[i]
		a.value.symbols(func(n string) {
			if _, set := s.last[n]; set {
				s.names(n, f, seen)
			} else {
				f(n, a.where())
			}
		})
	}
}

// Value is a number, or a symbol plus a number.
type Value struct {
	Symbol string
	Number uint64
}

// World is what else has symbols.
type World struct {
	// Lookup returns what a name means in objects and firmware: a number if that
	// is known, or the name itself. ok is false if it means nothing.
	Lookup func(name string) (v Value, ok bool)

	// Defined reports whether an object or firmware defines a name.
	Defined func(name string) bool

	// Needed reports whether an object refers to a name.
	Needed func(name string) bool
}

// Result is what a name was set to.
type Result struct {
	Name    string
	Value   Value
	Err     *diag.Error // instead of Value
	Provide bool        // PROVIDE: it is no error unless the name is needed

	from *assignment
}

// Where returns the coordinates of the assignment.
func (r *Result) Where() string { return r.from.where() }

// maxChain caps how far symbols may be set to symbols that are set later.
const maxChain = 100

// Evaluate returns the value of each name that gets one, in the order of their
// last assignments; assertions that fail have no name.
func (s *Symbols) Evaluate(w World) []Result {
	e := evaluator{Symbols: s, World: w, state: make([]state, len(s.list))}
	for i := range s.list {
		e.assignment(int32(i)) // in turn, so that chains backwards are short
	}
	var results []Result
	for i := range s.list {
		a, st := &s.list[i], &e.state[i]
		switch {
		case a.name == "" && st.err == nil, a.name == ".":
			continue
		case a.name != "" && (s.last[a.name] != int32(i) || e.elsewhere(int32(i))):
			continue
		}
		results = append(results, Result{a.name, st.value, st.err, a.provide, a})
	}
	return results
}

// evaluator evaluates each assignment once.
type evaluator struct {
	*Symbols
	World
	state []state
	depth int
}

type state struct {
	done, busy bool
	value      Value
	err        *diag.Error
}

// elsewhere reports whether an assignment is a PROVIDE of what an object has.
func (e *evaluator) elsewhere(i int32) bool {
	return e.list[i].provide && e.Defined(e.list[i].name)
}

// assignment returns the value of an assignment.
func (e *evaluator) assignment(i int32) (Value, *diag.Error) {
	st, a := &e.state[i], &e.list[i]
	switch {
	case st.done:
	case st.busy:
		return Value{}, diag.New(a.place(), "%s is set to what depends on itself", a.name).
			Note("set it to a number, or to a symbol that an object defines")
	case a.value.op == opNumber:
		st.done, st.value.Number = true, a.value.number
	case e.depth == maxChain:
		return Value{}, diag.New(a.place(), "%s depends on more than %d symbols that are set later", a.name, maxChain)
	default:
		st.busy = true
		e.depth++
		st.value, st.err = e.expr(a, a.value)
		e.depth--
		st.done, st.busy = true, false
	}
	return st.value, st.err
}

func (a *assignment) where() string { return a.from.where(int(a.at)) }

func (a *assignment) place() any { return a.from.place(int(a.at)) }

// expr returns the value of an expression in an assignment.
func (e *evaluator) expr(a *assignment, x *expr) (Value, *diag.Error) {
	switch x.op {
	case opNumber:
		return Value{Number: x.number}, nil
	case opName:
		return e.name(a, x)
	case opDefined:
		if e.defined(x) {
			return Value{Number: 1}, nil
		}
		return Value{}, nil
	}
	args := make([]Value, len(x.args))
	numbers := make([]uint64, len(x.args))
	for i, arg := range x.args {
		if x.op == "?" && i > 0 && (numbers[0] != 0) != (i == 1) {
			continue // what is not chosen may have no value
		}
		v, err := e.expr(a, arg)
		if err != nil {
			return Value{}, err
		}
		args[i], numbers[i] = v, v.Number
		if x.op == "?" && i == 0 && v.Symbol != "" {
			return Value{}, e.unknown(a, x, v)
		}
	}
	switch v, ok := symbolic(x.op, args); {
	case ok:
		return v, nil
	case x.op != "?":
		for _, v := range args {
			if v.Symbol != "" {
				return Value{}, e.unknown(a, x, v)
			}
		}
	case numbers[0] != 0:
		return args[1], nil
	default:
		return args[2], nil
	}
	n, why := compute(x.op, numbers)
	if why == "assertion" {
		return Value{}, diag.New(a.from.place(x.at), "the script's assertion fails: %s", strconv.Quote(x.name))
	}
	if why != "" {
		return Value{}, diag.New(a.from.place(x.at), "%s", why)
	}
	return Value{Number: n}, nil
}

// symbolic is what can be done with the address of a symbol before it is known.
func symbolic(op string, v []Value) (Value, bool) {
	switch {
	case op == "+" && v[1].Symbol == "":
		return Value{v[0].Symbol, v[0].Number + v[1].Number}, true
	case op == "+" && v[0].Symbol == "":
		return Value{v[1].Symbol, v[0].Number + v[1].Number}, true
	case op == "-" && v[1].Symbol == "":
		return Value{v[0].Symbol, v[0].Number - v[1].Number}, true
	case op == "-" && v[0].Symbol == v[1].Symbol:
		return Value{"", v[0].Number - v[1].Number}, true
	case op == "ABSOLUTE" || op == "+x":
		return v[0], true
	}
	return Value{}, false
}

// unknown is the error of an operator that needs an address as a number.
func (e *evaluator) unknown(a *assignment, x *expr, v Value) *diag.Error {
	if _, ok := e.Lookup(v.Symbol); !ok {
		return undefined(a, x.at, v.Symbol)
	}
	return diag.New(a.from.place(x.at), "the address of %s is known only after loading: numbers can be added to it and nothing else", v.Symbol)
}

func undefined(a *assignment, at int, name string) *diag.Error {
	of := "an assertion"
	if a.name != "" {
		of = "the value of " + a.name
	}
	return diag.New(a.from.place(at), "undefined symbol: %s (in %s)", name, of).
		Note("give the script that sets it too, or an object or archive that defines it")
}

// name returns the value of a name in an expression.
func (e *evaluator) name(a *assignment, x *expr) (Value, *diag.Error) {
	i := x.before
	if last, ok := e.last[x.name]; ok && x.name != "." && (i == none || e.list[i].provide) {
		i = last
	}
	switch {
	case i != none && !e.elsewhere(i):
		return e.assignment(i)
	case x.name == ".":
		return Value{}, nil // the location counter begins there
	}
	if v, ok := e.Lookup(x.name); ok {
		return v, nil
	}
	return Value{}, undefined(a, x.at, x.name)
}

// defined is DEFINED: of scripts, what goes before counts; a PROVIDE that
// nobody needs defines nothing.
func (e *evaluator) defined(x *expr) bool {
	if _, ok := e.Lookup(x.name); ok {
		return true
	}
	return x.before != none && (!e.list[x.before].provide || e.named[x.name] || e.Needed(x.name))
}
