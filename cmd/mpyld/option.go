package main

import (
	"flag"
	"fmt"
	"strings"
	"sync"

	"github.com/urfave/cli/v2"
)

// An option is a command-line flag as a row of data.
//
// It is a cli.Flag, from which the library makes help. The library's own carry
// surprises for a drop-in: they pass values between the names of one flag (a list
// of file names through JSON, which damages names that are not UTF-8), split lists
// at commas, trim spaces, and count from -1.
type option struct {
	name  string // --name
	short string // -n, or ""
	arg   string // what help calls the value; "" when there is none
	usage string // for help, in one line
	set   func(value string)
}

// Names is part of cli.Flag.
func (o *option) Names() []string { return []string{o.name} }

// IsSet is part of cli.Flag: whether the environment set it. That is never so.
func (o *option) IsSet() bool { return false }

// Apply is part of cli.Flag: parseArgs sets options, not a set of Go's flags.
func (o *option) Apply(*flag.FlagSet) error { return nil }

// helpColumn is how much room the help text has for the names of an option.
const helpColumn = 26

// String is part of cli.Flag: the line in the help text.
func (o *option) String() string {
	names := "    --" + o.name
	if o.short != "" {
		names = "-" + o.short + ", --" + o.name
	}
	names = strings.TrimRight(names+" "+o.arg, " ")
	if len(names) > helpColumn {
		names += "\n  " + strings.Repeat(" ", helpColumn)
	}
	return fmt.Sprintf("  %-*s %s", helpColumn, names, o.usage)
}

// optionRows are the options of a verb, which are made when somebody asks for them: a
// run asks for those of one. In the library's list of flags they are one.
type optionRows func() []cli.Flag

// laterRows returns the rows that make returns.
func laterRows(make func() []cli.Flag) optionRows { return sync.OnceValue(make) }

// Names is part of cli.Flag.
func (rows optionRows) Names() (names []string) {
	for _, f := range rows() {
		names = append(names, f.Names()...)
	}
	return names
}

// IsSet is part of cli.Flag.
func (optionRows) IsSet() bool { return false }

// Apply is part of cli.Flag.
func (optionRows) Apply(*flag.FlagSet) error { return nil }

// String is part of cli.Flag: the lines in the help text.
func (rows optionRows) String() string {
	var lines []string
	for _, f := range rows() {
		lines = append(lines, f.String())
	}
	return strings.Join(lines, "\n")
}

// setText returns an option's set function that stores the last value given.
func setText(p *string) func(string) { return func(value string) { *p = value } }

// setTrue returns the set function of an option without a value.
func setTrue(p *bool) func(string) { return func(string) { *p = true } }

// appendTo returns the set function of an option that can be given often.
func appendTo(list *[]string) func(string) {
	return func(value string) { *list = append(*list, value) }
}

func helpOption(p *bool) *option { return &option{"help", "h", "", "print this", setTrue(p)} }
