package main

import (
	"strconv"
	"strings"

	"mpyld/diag"
)

// lines is text for people, made line by line: what a name holds cannot end one.
type lines struct{ diag.Lines }

func (l *lines) add(format string, args ...any) { l.Add(format, args...) }

// mapName is a name as a map has it: as it is, or quoted, where it could be taken
// for something else when the map is read back. Names that the linker makes
// have spaces in them, but nothing that separates them from what follows.
func mapName(name string) string {
	plain := name != "" && name[0] != '"' && strings.TrimSpace(name) == name && diag.Plain(name) == name
	for _, sep := range []string{sizeSep, destSep} {
		plain = plain && !strings.Contains(name+" ", sep)
	}
	if plain {
		return name
	}
	return strconv.Quote(name)
}

// What follows names in a map.
const (
	sizeSep = " size="
	destSep = " -> "
)

// cutMapName takes a name and what separates it from the rest off a map's line.
// The end of the line is a separator too.
func cutMapName(line, sep string) (name, rest string, ok bool) {
	// Names in other quotes, which Go has too, are written as they are.
	if quoted, err := strconv.QuotedPrefix(line); err == nil && line[0] == '"' {
		name, err = strconv.Unquote(quoted)
		rest, ok = strings.CutPrefix(line[len(quoted):], sep)
		return name, rest, err == nil && ok
	}
	if sep == "" {
		return line, "", line != ""
	}
	return strings.Cut(line, sep)
}
