package mapjson

import (
	"slices"
	"strings"

	"mpyld/diag"
	"mpyld/internal/lazy"
	"mpyld/internal/readable"
	"mpyld/linkmap"
)

// reasons are why a section is a root, as people are told.
var reasons = lazy.Value[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		"entry":     "runs when the module is imported",
		"undefined": "-u asks for it",
		"alias":     "a script or --defsym gives it another name",
		"kept":      "is kept: constructors, or marked so (SHF_GNU_RETAIN)",
		"unwind":    "--keep-unwind",
		"object":    "is of an object, which stays whole without --gc-sections",
	}
}}

// absences are why a section was removed.
var absences = lazy.Value[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		"gc":          "nothing refers to it",
		"unreachable": "nothing refers to it, and it is of an archive member",
		"comdat":      "an earlier object has the same",
		"overridden":  "a fixed address replaces it",
		"discarded":   "nothing needs it at run time",
	}
}}

// Why says why what a name means is in the module: the way from where everything starts. The name is
// that of a symbol, as objects or sources have it, of a section or of an input. What is
// not in the module is not an error; what the map does not know is one.
func (m *Map) Why(name string) (text string, isIn bool, err error) {
	var b diag.Lines
	paths := m.Paths()
	for i := range m.Sections {
		s := &m.Sections[i]
		if symbol, ok := s.has(name, m.Inputs[s.Input].Path); ok {
			if isIn {
				b.Add("")
			}
			isIn = true
			paths.tell(&b, s, symbol)
		}
	}
	if isIn {
		return b.String(), true, nil
	}
	for i := range m.Removed {
		r := &m.Removed[i]
		if in := m.Inputs[r.Input].Path; r.Name == name || in == name || slices.Contains(r.Symbols, name) {
			b.Add("%s is not in the module: %s, %d bytes, was removed: %s", diag.Plain(name), paths.input(r.Input)+":("+diag.Plain(r.Name)+")", r.Size, absences.Get()[r.Reason])
		}
	}
	if b.Len() > 0 {
		return b.String(), false, nil
	}
	return "", false, m.unknown(name)
}

// unknown is the error about a name that the map does not have.
func (m *Map) unknown(name string) error {
	var names []string
	for i := range m.Sections {
		for k := range m.Sections[i].Symbols {
			names = append(names, m.Sections[i].Symbols[k].Name)
		}
	}
	for i := range m.Removed {
		names = append(names, m.Removed[i].Symbols...)
	}
	e := diag.New("", "%s: no object of the link defines that", diag.Plain(name))
	if like := diag.Closest(name, names); like != "" {
		return e.Note("did you mean %s?", like)
	}
	return e.Note("what the firmware supplies is not in a module: mpyld inspect names that")
}

// has reports whether a name means a section or something in it, and which symbol; nil: all of it.
func (s *Section) has(name, input string) (*Symbol, bool) {
	for i := range s.Symbols {
		if sym := &s.Symbols[i]; sym.Name == name || sym.Demangled == name {
			return sym, true
		}
	}
	return nil, s.Name == name || input == name
}

// tell prints the way to a section, of which a symbol is meant, or all.
func (p *Paths) tell(b *diag.Lines, s *Section, symbol *Symbol) {
	in := &p.m.Inputs[s.Input]
	what, size := p.title(s.ID), s.Size
	if symbol != nil {
		what, size = called(symbol.Name)+" in "+what, symbol.Size
	}
	declared := ""
	if symbol != nil {
		declared = line(symbol.File, symbol.Line)
	}
	b.Add("%s, %d bytes%s", what, size, declared)
	root, steps := p.To(s.ID)
	if symbol != nil {
		root, steps = p.ToSymbol(s.ID, symbol.Name)
	}
	if root == nil {
		b.Add("  nothing in the map refers to it")
		return
	}
	width := 0
	for i := range steps {
		width = max(width, len([]rune(p.name(&steps[i]))))
	}
	for i := range steps {
		arrow, because := "  ", reasons.Get()[root.Why]
		if i > 0 {
			arrow, because = "->", p.because(&steps[i])
		}
		b.Add("  %s %-*s  %s", arrow, width, p.name(&steps[i]), because)
	}
	if last := p.name(&steps[len(steps)-1]); symbol != nil && last != called(symbol.Name) && s.several() {
		b.Add("  %s comes with %s: they are in one section, and -ffunction-sections -fdata-sections give each its own", called(symbol.Name), last)
	}
	if in.Why != nil {
		b.Add("  %s is in the link because %s refers to %s", p.input(s.Input), p.file(in.Why.For), called(in.Why.Symbol))
	}
}

// several reports whether a section has more than one symbol with a size.
func (s *Section) several() bool {
	n := 0
	for i := range s.Symbols {
		if s.Symbols[i].Size > 0 {
			n++
		}
	}
	return n > 1
}

// because says what refers to a part.
func (p *Paths) because(step *Step) string {
	from, r := p.title(step.From), step.Ref
	switch r.Type {
	case "group":
		return "is of one group with " + from
	case "describes":
		return "describes " + from
	case "ends":
		return "is what " + from + " is an end of"
	}
	text := diag.Plain(r.Type) + " at " + p.site(step)
	if r.In != "" {
		text += " in " + called(r.In)
	}
	if r.Via != "" {
		text += " (as " + diag.Plain(r.Via) + ")"
	}
	return text + line(r.File, r.Line)
}

// line is that of a source, if one is known, behind other things.
func line(file string, n int) string {
	if file == "" || n <= 0 {
		return ""
	}
	return ", " + diag.Plain(diag.Source{File: file, Line: n}.Brief())
}

// site is the coordinates of a reference.
func (p *Paths) site(step *Step) string {
	if s, ok := p.sections[step.From]; ok {
		return diag.Plain(linkmap.At(p.input(s.Input), s.Name, uint64(max(step.Ref.At, 0))).String())
	}
	return p.title(step.From)
}

// input is what an object is called: of an archive's member without the directories.
func (p *Paths) input(i int) string {
	in := &p.m.Inputs[i]
	if in.Archive != "" && strings.HasPrefix(in.Path, in.Archive) {
		return diag.Plain(in.Path[strings.LastIndexAny(in.Archive, `/\`)+1:])
	}
	return diag.Plain(in.Path)
}

// file is what an input of a path is called; an option is as it is.
func (p *Paths) file(path string) string {
	if i := slices.IndexFunc(p.m.Inputs, func(in Input) bool { return in.Path == path }); i >= 0 {
		return p.input(i)
	}
	return diag.Plain(path)
}

// called is what sources call a symbol.
func called(symbol string) string { return diag.Plain(readable.Name(symbol)) }

// title is what a part is called: a section as messages do, what the linker made by its name.
func (p *Paths) title(id int) string {
	if s, ok := p.sections[id]; ok {
		return p.input(s.Input) + ":(" + diag.Plain(s.Name) + ")"
	}
	return diag.Plain(p.made[id])
}

// name is what a part is called on the way to it: after the symbol by which it is reached, or the
// only one that it has.
func (p *Paths) name(step *Step) string {
	symbol := ""
	if step.Ref != nil {
		symbol = step.Ref.Symbol
	} else {
		symbol = p.roots[step.ID].Symbol
	}
	if symbol != "" && symbol[0] != '.' {
		return called(symbol)
	}
	if s := p.sections[step.ID]; s != nil && !s.several() && len(s.Symbols) > 0 {
		return called(s.Symbols[0].Name)
	}
	return p.title(step.ID)
}
