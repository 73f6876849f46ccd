package mpyld

import (
	"fmt"
	"strings"

	"mpyld/diag"
	"mpyld/internal/readable"
	"mpyld/linkmap"
	"mpyld/mapjson"
)

// Listing is what its Text shows at a verbosity: sizes at 0, what lies where at 1,
// relocations at 2. Of a module that was not linked, it is nothing.
func (m *Module) Listing(verbosity int) *linkmap.Listing {
	if m.Map == nil {
		return &linkmap.Listing{}
	}
	return linkmap.List(m.Map, m.File, verbosity)
}

// MapJSON is the map for programs, which docs/JSON.md describes, of a link with
// Options.Symbols and Options.Reasons.
func (m *Module) MapJSON() (string, error) {
	lines := newSourceLines(m.Sources)
	doc, err := mapjson.Make(&mapjson.Link{
		Map: m.Map, File: m.File, Data: m.Bytes, SourceName: m.SourceName, Tool: Version(), Declared: lines.declared, Source: lines.source,
	})
	if err != nil {
		return "", &InternalError{"the map of the module is wrong", err}
	}
	return doc.JSON()
}

// GarbageSections is what GNU ld's --print-gc-sections prints: a line for each section that is
// not in the module because nothing refers to it. Those of archive members are never kept for
// nothing; those of objects are with GCSections alone left out.
func (m *Module) GarbageSections() string {
	var b diag.Lines
	for i := range m.Map.Unused {
		u := &m.Map.Unused[i]
		b.Add("removing unused section '%s' in file '%s'", diag.Plain(u.Section), diag.Plain(u.Object))
	}
	return b.String()
}

// CrossReference is the table of GNU ld's --cref: each global symbol, and the files that
// name it, those that define it first. It is of a link with Options.Reasons.
func (m *Module) CrossReference() string {
	const column = 50
	var b diag.Lines
	b.Add("")
	b.Add("Cross Reference Table")
	b.Add("")
	b.Add("%-*sFile", column, "Symbol")
	for _, mention := range m.Map.Reasons.Mentions {
		name := mention.Symbol
		for _, file := range mention.Files {
			b.Add("%s", strings.TrimRight(fmt.Sprintf("%-*s %s", column-1, diag.Plain(name), diag.Plain(m.Map.Reasons.Files[file].Name)), " "))
			name = ""
		}
	}
	return b.String()
}

// Readable returns errors or warnings with names of C++ and Rust as sources have
// them; the names that objects have stay beside them.
func Readable(list diag.List) diag.List { return readable.Errors(list) }

// Dependencies is a rule of make: an output from the inputs of the module, and a
// rule without commands for each of those, so that make goes on when one is gone.
// It is an error if make can have no file of such a name.
func (m *Module) Dependencies(output string) (string, error) {
	for _, name := range append(m.Inputs[:len(m.Inputs):len(m.Inputs)], output) {
		if diag.Plain(name) != name || strings.ContainsAny(name, ";=|") || strings.HasSuffix(name, `\`) || strings.HasSuffix(name, "&") {
			return "", diag.New("", "--dependency-file: make cannot have a file called %q", name).
				Note("rename it, or leave --dependency-file out")
		}
	}
	var b strings.Builder
	b.WriteString(makeTarget(output) + ":")
	for _, name := range m.Inputs {
		b.WriteString(" \\\n  " + makeName(name))
	}
	b.WriteString("\n")
	for _, name := range m.Inputs {
		b.WriteString("\n" + makeTarget(name) + ":\n")
	}
	return b.String(), nil
}

// makeName quotes a file name for make, where files are found by patterns too
// (GNU make manual, "Rule Syntax" and "Using Wildcard Characters in File Names").
// Backslashes in front of what gets one count, and no others.
func makeName(name string) string { return makeQuoted(name, " #:*?[") }

// makeTarget quotes a name in front of a rule's colon, where a percent sign makes
// a pattern of the rule.
func makeTarget(name string) string { return makeQuoted(name, " #:*?[%") }

func makeQuoted(name, special string) string {
	var b strings.Builder
	backslashes := 0
	for _, c := range []byte(name) {
		if strings.IndexByte(special, c) >= 0 {
			b.WriteString(strings.Repeat(`\`, backslashes+1))
		}
		if c == '$' {
			b.WriteByte(c)
		}
		b.WriteByte(c)
		if backslashes++; c != '\\' {
			backslashes = 0
		}
	}
	return b.String()
}

// WhyExtract is the table that lld's --why-extract writes.
func (m *Module) WhyExtract() string {
	var b strings.Builder
	b.WriteString("reference\textracted\tsymbol\n")
	for _, e := range m.Extracted {
		b.WriteString(diag.Plain(e.For) + "\t" + diag.Plain(e.Member) + "\t" + diag.Plain(e.Symbol) + "\n")
	}
	return b.String()
}
