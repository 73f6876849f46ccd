package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"mpyld"
	"mpyld/internal/build"
	"mpyld/internal/lazy"
	"mpyld/internal/manifest"
	"mpyld/sizetable"
	"mpyld/target"
)

// optionValues are the words that values of options may be, by option, or by verb and
// option where the same name means something else.
var optionValues = lazy.Value[map[string]func() []string]{Make: func() map[string]func() []string {
	return map[string]func() []string{
		"arch":        func() []string { return append(target.ArchNames(), target.BoardNames()...) },
		"build arch":  everyArch,
		"doctor arch": target.ArchNames,
		"board":       target.BoardNames,
		"target":      target.Names,
		"float-abi":   target.FloatABIs,
		"no-relax":    mpyld.Relaxations,
		"by":          sizetable.GroupingNames,
		"format":      sizetable.FormatNames,
		"new lang":    mpyld.NewLanguages,
		"lang":        func() []string { return []string{"c", "c++", "rust"} },
		"flags":       func() []string { return manifest.FlagSets },
		"float":       func() []string { return manifest.Floats },
		"progress":    func() []string { return []string{"auto", "plain", "none"} },
		"color":       func() []string { return []string{"auto", "always", "never"} },
		"keyword":     func() []string { return []string{"muldefs"} },
	}
}}

func everyArch() []string {
	return slices.Concat([]string{"all", "auto"}, target.ArchNames(), target.BoardNames())
}

// operandNames are the operands of verbs that are words.
var operandNames = lazy.Value[map[string]func(*cli.App) []string]{Make: func() map[string]func(*cli.App) []string {
	return map[string]func(*cli.App) []string{
		"completion": func(*cli.App) []string { return shells },
		"help":       verbNames,
	}
}}

func verbNames(app *cli.App) (names []string) {
	for _, verb := range app.Commands {
		names = append(names, verb.Name)
	}
	return names
}

// A candidate is what a word may become.
type candidate struct{ word, about string }

// A commandLine is one that is being written, up to the word that is to be completed.
type commandLine struct {
	app     *cli.App
	verb    string // "": none
	operand string // what help calls the operands
	flags   []cli.Flag
	words   []string // between the verb and the last
	last    string   // without kept
	kept    string   // what stays in front of what the last word becomes: --by=
	first   bool     // the last word may be a verb
	value   *option  // whose value the last word is, or nil
	ended   bool     // there was a --
}

// readLine finds out what the last word is.
func readLine(app *cli.App, words []string) *commandLine {
	words = joined(words)
	if len(words) == 0 {
		words = []string{""}
	}
	n := len(words) - 1
	l := &commandLine{app: app, operand: app.UsageText, flags: app.Flags, words: words[:n], last: words[n], first: n == 0}
	if l.last == `""` {
		l.last = ""
	}
	if n > 0 {
		if verb := app.Command(words[0]); verb != nil {
			l.verb, l.operand, l.flags, l.words = verb.Name, verb.UsageText, verb.Flags, words[1:n]
		}
	}
	for _, word := range l.words {
		l.ended = l.ended || word == "--" && l.value == nil
		if l.value != nil || l.ended {
			l.value = nil // of the word before
			continue
		}
		if o := l.option(word); o != nil && o.arg != "" {
			l.value = o
		}
	}
	if name, value, ok := strings.Cut(l.last, "="); ok && l.value == nil && !l.ended && strings.HasPrefix(name, "-") {
		if l.value = l.option(name); l.value != nil {
			l.kept, l.last = name+"=", value
		}
	}
	return l
}

// joined puts together what bash takes apart, so that all shells have the same: --by = s, of which
// the last word alone is to be completed, becomes --by s.
func joined(words []string) (all []string) {
	for i, word := range words {
		switch {
		case word != "=" || i == 0 || !strings.HasPrefix(words[i-1], "-"):
			all = append(all, word)
		case i == len(words)-1:
			all = append(all, "")
		}
	}
	return all
}

// options are the rows of options.
func (l *commandLine) options() (rows []*option) {
	for _, f := range l.flags[0].(optionRows)() {
		rows = append(rows, f.(*option))
	}
	return rows
}

// option returns the option that a word is, alone and whole.
func (l *commandLine) option(word string) *option {
	for _, o := range l.options() {
		if word == "--"+o.name || o.short != "" && word == "-"+o.short || word == "-Map" && o.name == "Map" {
			return o
		}
	}
	return nil
}

// candidates are all that the last word may become.
func (l *commandLine) candidates() (all []candidate) {
	add := func(word, about string) {
		if strings.HasPrefix(word, l.last) {
			all = append(all, candidate{word, about})
		}
	}
	switch {
	case l.value != nil:
		if values := l.values(); values != nil {
			// Of a list with commas the last is to be completed.
			comma := strings.LastIndex(l.last, ",") + 1
			l.kept, l.last = l.kept+l.last[:comma], l.last[comma:]
			for _, word := range values() {
				add(word, "")
			}
			return all
		}
		return files(l.last, l.value.arg)
	case strings.HasPrefix(l.last, "-") && !l.ended:
		for _, o := range l.options() {
			add("--"+o.name, o.usage)
		}
		return all
	case operandNames.Get()[l.verb] != nil:
		for _, word := range operandNames.Get()[l.verb](l.app) {
			add(word, "")
		}
		return all
	case l.first:
		for _, verb := range l.app.Commands {
			add(verb.Name, verb.Usage)
		}
		if l.last == "" {
			return all // a line hardly begins with a file
		}
	}
	return append(all, files(l.last, l.operands())...)
}

func (l *commandLine) values() func() []string {
	if values := optionValues.Get()[l.verb+" "+l.value.name]; values != nil {
		return values
	}
	return optionValues.Get()[l.value.name]
}

// operands is what the usage says that operands are, with all that builds take for sources, and
// links for objects.
func (l *commandLine) operands() string {
	inOption := regexp.MustCompile(`\(?-[^ |\])]*( [A-Za-z|.+]+)?`) // with its value
	switch usage := inOption.ReplaceAllString(l.operand, ""); {
	case l.verb == "build" || l.verb == "run":
		return usage + " FILE" + strings.Join(build.Suffixes(), " FILE")
	case l.verb != "":
		return usage
	case slices.Contains(l.words, "--preprocess"):
		return "FILE.c FILE.i"
	}
	return "FILE.o FILE.a"
}

// files are the files and directories that a word may become, of kinds that help names. If none of
// the right name is there, all are: names are habits.
func files(word, kinds string) (found []candidate) {
	// FILE.mpy, MAP.json, DIR
	fileKind := regexp.MustCompile(`\b(?:FILE|OLD|DIR|DIRECTORY|ARCHIVE|PATH|PROGRAM)\b(\.[A-Za-z.]*[A-Za-z])?|\b[A-Z]+(\.[A-Za-z.]*[A-Za-z])`)
	var suffixes []string
	all, none := false, true
	for _, m := range fileKind.FindAllStringSubmatch(kinds, -1) {
		switch none = false; {
		case m[1]+m[2] != "":
			suffixes = append(suffixes, m[1]+m[2])
		case !strings.HasPrefix(m[0], "DIR"):
			all = true
		}
	}
	if none {
		return nil
	}
	dir, base := filepath.Split(word)
	real := dir
	if home, err := os.UserHomeDir(); err == nil && strings.HasPrefix(dir, "~/") {
		real = home + dir[1:]
		dir = real
	}
	if real == "" {
		real = "."
	}
	entries, _ := os.ReadDir(real) // a directory that cannot be read has no files to offer
	list := func(all bool) {
		for _, e := range entries {
			name := e.Name()
			if !strings.HasPrefix(name, base) || strings.HasPrefix(name, ".") && base == "" || strings.ContainsAny(name, "\n\t") {
				continue
			}
			if info, err := os.Stat(filepath.Join(real, name)); err == nil && info.IsDir() {
				found = append(found, candidate{dir + name + "/", ""})
			} else if all || hasSuffix(name, suffixes...) {
				found = append(found, candidate{dir + name, ""})
			}
		}
	}
	if list(all); len(found) == 0 && len(suffixes) > 0 {
		list(true)
	}
	return found
}
