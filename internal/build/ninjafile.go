package build

import (
	"fmt"
	"path/filepath"
	"strings"
)

// ninjaWriter writes edges.
type ninjaWriter struct {
	text    strings.Builder
	goals   []string        // what is made by default: modules, and what is written when they are in order
	written []string        // files that the file itself is written with
	header  string          // mpyld.h, "" without
	seen    map[string]bool // modules and steps
}

// An edge is a step of ninja's graph.
type edge struct {
	rule, what string
	output     string
	more       []string // that it writes too
	inputs     []string
	implicit   []string // what it reads without naming it
	ordered    []string // what has to be there before
	cmd        []string // a command line, and
	dir        string   // where it runs; or
	options    []string // words of the rule's
	depfile    string   // where the rule does not say it
	pool       string   // in place of the rule's
}

func (w *ninjaWriter) edge(e edge) {
	line := "build " + ninjaPaths([]string{e.output})
	for _, part := range []struct {
		before string
		paths  []string
	}{{" | ", e.more}, {": " + e.rule + " ", e.inputs}, {" | ", e.implicit}, {" || ", e.ordered}} {
		if len(part.paths) > 0 || part.before[0] == ':' {
			line += strings.TrimRight(part.before+ninjaPaths(part.paths), " ")
		}
	}
	w.text.WriteString(line + "\n")
	for _, v := range []struct{ name, value string }{{"cmd", ShellLine(e.dir, e.cmd)}, {"options", ShellWords(e.options)}, {"deps_in", e.depfile}, {"pool", e.pool}, {"what", e.what}} {
		if v.value != "" {
			fmt.Fprintf(&w.text, "  %s = %s\n", v.name, ninjaText(v.value))
		}
	}
}

// ninjaPaths are paths of a build line.
func ninjaPaths(paths []string) string {
	quoted := make([]string, len(paths))
	for i, path := range paths {
		if quoted[i] = path; path != "$mpyld" {
			quoted[i] = strings.NewReplacer("$", "$$", " ", "$ ", ":", "$:", "\n", "").Replace(filepath.ToSlash(path))
		}
	}
	return strings.Join(quoted, " ")
}

// ninjaText is the value of a variable.
func ninjaText(text string) string {
	return strings.NewReplacer("$", "$$", "\n", " ").Replace(text)
}

// ShellLine is a command line for a shell that runs in a directory, "" is its own.
func ShellLine(dir string, words []string) string {
	if dir == "" {
		return ShellWords(words)
	}
	return "cd " + ShellWords([]string{dir}) + " && " + ShellWords(words)
}

// ShellWords is a command line that a shell takes apart into the words again.
func ShellWords(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = word
		if word == "" || strings.ContainsAny(word, " \t\n\"'\\$`*?[]<>|&;(){}~#!") {
			quoted[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}
