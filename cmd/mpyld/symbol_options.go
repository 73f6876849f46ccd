package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"mpyld/diag"
	"mpyld/link"
)

// symbolOptions are the options about symbols and where they come from, with
// the meaning that GNU ld gives them.
type symbolOptions struct {
	libDirs       []string
	externs       []string
	firmware      []string
	defsyms       []string
	wrap          []string
	undefined     []string
	trace         []string
	whyExtract    string
	allowMultiple bool
	keywords      []string
}

func (o *symbolOptions) rows() []cli.Flag {
	ignore := func(string) {}
	return []cli.Flag{
		&option{"library-path", "L", "DIR", "look for the lib*.a of -l NAME in DIR; can be repeated", appendTo(&o.libDirs)},
		&option{"start-group", "(", "", "accepted; all archives are one group", ignore},
		&option{"end-group", ")", "", "accepted", ignore},
		&option{"externs", "e", "FILE", "take the addresses of symbols from a linker script; can be repeated", appendTo(&o.externs)},
		&option{"just-symbols", "R", "FILE", "take the addresses of symbols from a linked firmware (ELF); can be repeated", appendTo(&o.firmware)},
		&option{"defsym", "", "SYM=EXPR", "set a symbol to a number, a symbol, or a symbol plus a number", appendTo(&o.defsyms)},
		&option{"wrap", "", "SYM", "let references to SYM mean __wrap_SYM, and those to __real_SYM mean SYM", appendTo(&o.wrap)},
		&option{"undefined", "u", "SYM", "take the archive member that defines SYM although nothing refers to it", appendTo(&o.undefined)},
		&option{"allow-multiple-definition", "", "", "of several definitions of a symbol take the first; also -z muldefs", setTrue(&o.allowMultiple)},
		&option{"keyword", "z", "KEYWORD", "as in GNU ld: muldefs; others are ignored", appendTo(&o.keywords)},
		&option{"trace-symbol", "y", "SYM", "list which objects define SYM and refer to it", appendTo(&o.trace)},
		&option{"why-extract", "", "FILE", "write into FILE (-: the terminal) why each archive member is in", setText(&o.whyExtract)},
	}
}

func appendTo(list *[]string) func(string) {
	return func(value string) { *list = append(*list, value) }
}

// apply gives the link what the options say.
func (o *symbolOptions) apply(in *link.Input) error {
	in.Wrap, in.Undefined = o.wrap, o.undefined
	in.AllowMultiple = o.allowMultiple || slices.Contains(o.keywords, "muldefs")
	if len(o.trace) > 0 {
		in.Trace = map[string]bool{}
		for _, name := range o.trace {
			in.Trace[name] = true
		}
	}
	var errs diag.List
	for _, text := range o.defsyms {
		errs.Join(defsym(in, text))
	}
	return errs.Err()
}

// defsym reads SYM=EXPR.
func defsym(in *link.Input, text string) error {
	name, expr, ok := strings.Cut(text, "=")
	name, expr = strings.TrimSpace(name), strings.TrimSpace(expr)
	if !ok || name == "" || expr == "" {
		return badDefsym(text)
	}
	if n, ok := number(expr); ok {
		setNumber(in, name, n, text)
		return nil
	}
	a := link.Alias{Symbol: expr}
	if i := strings.LastIndexAny(expr, "+-"); i > 0 {
		n, ok := number(strings.TrimSpace(expr[i+1:]))
		if !ok {
			return badDefsym(text)
		}
		if expr[i] == '-' {
			n = -n
		}
		a = link.Alias{Symbol: strings.TrimSpace(expr[:i]), Offset: n}
		if base, ok := number(a.Symbol); ok {
			setNumber(in, name, base+n, text)
			return nil
		}
	}
	if strings.ContainsAny(a.Symbol, "+-*/()&|<>=!~? \t") || a.Symbol[0] >= '0' && a.Symbol[0] <= '9' {
		return badDefsym(text)
	}
	if in.Aliases == nil {
		in.Aliases = map[string]link.Alias{}
	}
	in.Aliases[name] = a
	return nil
}

// setNumber gives a symbol a value, as the option with text says.
func setNumber(in *link.Input, name string, value int64, text string) {
	if in.Externs == nil {
		in.Externs = map[string]link.Extern{}
	}
	in.Externs[name] = link.Extern{Value: uint64(value), Place: "--defsym " + text}
	delete(in.Aliases, name)
}

func badDefsym(text string) error {
	return diag.New("", "--defsym %s: cannot read it", text).
		Note("it is SYM=NUMBER, SYM=SYMBOL, SYM=SYMBOL+NUMBER or SYM=SYMBOL-NUMBER")
}

// number reads a number as C and GNU ld do: decimal, 0x or octal, of up to 64
// bits, negative or not.
func number(s string) (int64, bool) {
	digits, negative := strings.CutPrefix(s, "-")
	if digits == "" || digits[0] < '0' || digits[0] > '9' || strings.ContainsAny(digits, "_oObB") && !strings.HasPrefix(strings.ToLower(digits), "0x") {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 0, 64)
	if err != nil {
		return 0, false
	}
	if negative {
		n = -n
	}
	return int64(n), true
}
