// Package readable shows names of C++ and Rust as their sources have them.
//
// It stands apart because mangled names come from objects, and can be made so that
// what they stand for is larger than memory: all work on them is bounded here.
// It must never change what a name means to a link.
package readable

import (
	"math"
	"strings"

	"github.com/ianlancetaylor/demangle"

	"mpyld/diag"
	"mpyld/internal/pattern"
)

// Errors returns errors with readable names in their texts. Places keep
// theirs: a section is called as it is.
func Errors(list diag.List) diag.List {
	out := make(diag.List, len(list))
	for i, e := range list {
		c := *e
		c.Text = Text(c.Text)
		c.Notes = nil
		for _, note := range e.Notes {
			c.Notes = append(c.Notes, diag.Note{Text: Text(note.Text), Place: note.Place})
		}
		out[i] = &c
	}
	return out
}

// mangledName matches what compilers of C++ and Rust call functions, with the
// character before it. It is compiled when there is an error to show.
var mangledName = pattern.Of(`(^|[^.\w$])(_Z|_R)[\w$.]*[\w$]`)

// Text replaces mangled names in a text by what they stand for, and keeps
// them in brackets: sources have the one, objects and messages the other.
// A name behind a dot is a section's, and stays.
func Text(text string) string {
	const longest = 64 << 10 // a name can hold others
	if !strings.Contains(text, "_Z") && !strings.Contains(text, "_R") || len(text) > longest {
		return text
	}
	return mangledName.Get().ReplaceAllStringFunc(text, func(match string) string {
		start := strings.Index(match, "_")
		before, name := match[:start], match[start:]
		if text := Name(name); text != name {
			return before + text + " (" + name + ")"
		}
		return match
	})
}

// A mangled name can stand for much more text than it has: S_ repeats what was
// there before, so that each level of
//
//	_Z1f1AIiiES_IS0_S0_ES_IS1_S1_E…
//
// doubles what is printed, and 60 levels would be more than there is memory
// for. Names come from objects, so all of it is bounded: what goes in, what comes
// out, and what the library does between.
const (
	maxMangled     = 2048 // bytes of a name; also bounds how deep the library recurses
	maxReadableLog = 12   // of the bytes of what it stands for: more is no help to anybody

	// maxExpansions is how many copies of its pattern the pack expansions in a
	// name may make. Each copies what it repeats, other expansions too.
	maxExpansions = 1 << 14
)

// Name is what a mangled name stands for, or the name itself if it stands
// for nothing, or for more than the bounds allow.
func Name(name string) (text string) {
	if len(name) > maxMangled || !boundedWork(name) {
		return name
	}
	defer func() {
		if recover() != nil { // the library's mistake is no reason to say nothing at all
			text = name
		}
	}()
	text = demangle.Filter(name, demangle.MaxLength(maxReadableLog))
	if len(text) >= 1<<maxReadableLog {
		return name
	}
	return text
}

// boundedWork reports whether the packs that a C++ name expands are few and small
// enough: 8 of 100 types within each other take 200 MiB.
func boundedWork(name string) bool {
	packs := 0
	for rest := name; rest != ""; {
		if strings.HasPrefix(rest, "Dp") || strings.HasPrefix(rest, "sp") {
			packs++
		}
		rest = rest[mangledToken(rest):]
	}
	// The most copies come from packs of equal size, as their sizes add up to
	// no more than the name has bytes.
	copies := 1.0
	if packs > 0 {
		copies = math.Pow(float64(len(name))/float64(packs), float64(packs))
	}
	return copies <= maxExpansions
}

// mangledToken is how many bytes the token at the start of a part of a mangled
// name has (Itanium C++ ABI, 5.1), where it matters that a token could be taken
// for another: in an identifier, everything could. It is 1 for the others, and
// where there is doubt, so that nothing is passed over that the library would read.
func mangledToken(s string) int {
	digits := func(from int) int {
		for from < len(s) && s[from] >= '0' && s[from] <= '9' {
			from++
		}
		return from
	}
	switch {
	case s[0] >= '0' && s[0] <= '9': // a length and an identifier
		end := digits(0)
		length := 0
		for _, c := range s[:end] {
			length = min(length*10+int(c-'0'), maxMangled)
		}
		if end < len(s) && s[end] != '_' && s[end] != 'E' && end+length <= len(s) {
			return end + length
		}
		return end
	case s[0] == 'S' || s[0] == 'T': // S_, S0_, SZ_, T_, T0_: something from before
		end := 1
		for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] >= 'A' && s[end] <= 'Z') {
			end++
		}
		if end < len(s) && s[end] == '_' {
			return end + 1
		}
	case s[0] == '_' && len(s) > 1 && s[1] != '_': // a discriminator
		return min(digits(1), 2)
	case s[0] == 'L' && len(s) > 1 && s[1] >= 'a' && s[1] <= 'z': // a literal of a builtin type
		end := 2
		for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] >= 'a' && s[end] <= 'f' || s[end] == 'n') {
			end++
		}
		if end < len(s) && s[end] == 'E' {
			return end
		}
		return 2
	case strings.HasPrefix(s, "fL"), strings.HasPrefix(s, "DF"): // of a parameter; a float of so many bits
		return digits(2)
	}
	return 1
}
