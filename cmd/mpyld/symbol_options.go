package main

import (
	"slices"

	"github.com/urfave/cli/v2"

	"mpyld/diag"
	"mpyld/ldscript"
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
		&option{"defsym", "", "SYM=EXPR", "set a symbol to an expression of GNU ld, such as a number or a symbol plus a number", appendTo(&o.defsyms)},
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
		script, err := ldscript.ParseDefsym(text)
		errs.Join(err)
		if err == nil {
			in.Scripts = append(in.Scripts, script)
		}
	}
	return errs.Err()
}
