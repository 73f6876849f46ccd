package main

import (
	"strconv"

	"github.com/urfave/cli/v2"

	"mpyld/diag"
)

// reportOptions are the options about what a link tells, and whom.
type reportOptions struct {
	mapFile       string
	mapJSON       string
	debugELF      string
	cref          bool
	printGC       bool
	depFile       string
	fatalWarnings bool
	errorLimit    string
}

func (o *reportOptions) rows(rep *reporter) []cli.Flag {
	return []cli.Flag{
		&option{"Map", "", "FILE", "write into FILE what -v prints, and the symbols; also -Map FILE", setText(&o.mapFile)},
		&option{"map-json", "", "FILE", "write into FILE a map for programs, and for size and why: docs/JSON.md describes it", setText(&o.mapJSON)},
		&option{"debug-elf", "", "FILE", "write into FILE, for debuggers, the symbols and debug information of the objects (-g): docs/DEBUGGING.md", setText(&o.debugELF)},
		&option{"cref", "", "", "print which files name each global symbol, or add that to the file of -Map", setTrue(&o.cref)},
		&option{"print-gc-sections", "", "", "print the sections that are left out because nothing refers to them", setTrue(&o.printGC)},
		&option{"dependency-file", "", "FILE", "write into FILE, for make, what the module was made of", setText(&o.depFile)},
		&option{"fatal-warnings", "", "", "let warnings fail the link", setTrue(&o.fatalWarnings)},
		&option{"error-limit", "", "N", "show at most N errors; 0: all (default: " + strconv.Itoa(diag.Limit) + ")", setText(&o.errorLimit)},
		&option{"json", "", "", "print errors, warnings and notes as lines of JSON: docs/JSON.md describes them", func(string) {
			if !rep.json {
				rep.json, rep.limit = true, noLimit
			}
		}},
		&option{"no-demangle", "", "", "show names of C++ and Rust as they are in the objects", setTrue(&rep.mangled)},
	}
}

// check checks the options, and sets how errors are shown.
func (o *reportOptions) check(rep *reporter) error {
	if o.errorLimit == "" {
		return nil
	}
	n, err := strconv.ParseUint(o.errorLimit, 10, 31)
	if err != nil {
		return diag.New("", "--error-limit %s: is not a number", o.errorLimit).
			Note("it is how many errors to show; 0 shows all")
	}
	rep.limit = int(n)
	if n == 0 {
		rep.limit = noLimit
	}
	return nil
}
