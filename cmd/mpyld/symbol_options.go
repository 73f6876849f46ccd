package main

import (
	"github.com/urfave/cli/v2"

	"mpyld"
)

// symbolRows are the options about symbols and where they come from, with the
// meaning that GNU ld gives them.
func symbolRows(o *mpyld.Options, whyExtract *string) []cli.Flag {
	return []cli.Flag{
		&option{"library-path", "L", "DIR", "look for the lib*.a of -l NAME in DIR; can be repeated", appendTo(&o.LibDirs)},
		&option{"start-group", "(", "", "accepted; all archives are one group", func(string) {}},
		&option{"end-group", ")", "", "accepted", func(string) {}},
		&option{"externs", "e", "FILE", "take the addresses of symbols from a linker script; can be repeated", appendTo(&o.Externs)},
		&option{"just-symbols", "R", "FILE", "take the addresses of symbols from a linked firmware (ELF); can be repeated", appendTo(&o.JustSymbols)},
		&option{"defsym", "", "SYM=EXPR", "set a symbol to an expression of GNU ld, such as a number or a symbol plus a number", appendTo(&o.Defsyms)},
		&option{"wrap", "", "SYM", "let references to SYM mean __wrap_SYM, and those to __real_SYM mean SYM", appendTo(&o.Wrap)},
		&option{"undefined", "u", "SYM", "take the archive member that defines SYM although nothing refers to it", appendTo(&o.Undefined)},
		&option{"allow-multiple-definition", "", "", "of several definitions of a symbol take the first; also -z muldefs", setTrue(&o.AllowMultiple)},
		&option{"keyword", "z", "KEYWORD", "as in GNU ld: muldefs; others are ignored", func(word string) {
			o.AllowMultiple = o.AllowMultiple || word == "muldefs"
		}},
		&option{"trace-symbol", "y", "SYM", "list which objects define SYM and refer to it", appendTo(&o.Trace)},
		&option{"why-extract", "", "FILE", "write into FILE (-: the terminal) why each archive member is in", setText(whyExtract)},
	}
}

func funTableOption(p *string) *option {
	return &option{"fun-table", "", "FILE", "the firmware adds entries to mp_fun_table: its py/nativeglue.h, or a list of their names", setText(p)}
}
