package resolve

import (
	"cmp"
	"debug/elf"
	"fmt"

	"mpyld/elfload"
)

// The command line may change what names mean: references get another name (--wrap),
// names are wanted although no object asks (-u), symbols have values (script.go). All of
// it concerns references: what an object defines keeps its name.
//
//	--wrap malloc    a reference to malloc means __wrap_malloc, one to __real_malloc means malloc

// Means returns the name that a global symbol of an object is looked up by.
func (r *Program) Means(oi, si int) string {
	if n := r.NameOf[oi][si]; n != NotGlobal {
		return r.Globals.Name(n)
	}
	return r.Objects[oi].Symbols[si].Name
}

// wrappings says which names references mean instead of their own: to a wrapped
// symbol, its wrapper, and to __real_SYM, SYM. What an object defines keeps its
// name (GNU ld manual, --wrap).
func wrappings(names []string) map[string]string {
	if len(names) == 0 {
		return nil
	}
	to := make(map[string]string, 2*len(names))
	for _, name := range names {
		to[name] = "__wrap_" + name
		to["__real_"+name] = name
	}
	return to
}

// reference returns what a reference to a name means. Names in expressions are
// references too.
func (r *Program) reference(name string) string { return cmp.Or(r.wrapped[name], name) }

// wantOptions notes the names that options want, and the entry, which an archive
// may have as with GNU ld (ENTRY).
func (r *Program) wantOptions() {
	r.wantName(entryName, "--entry")
	for _, name := range r.In.Undefined {
		r.wantName(name, "--undefined")
	}
	for _, script := range r.In.Scripts {
		for _, name := range script.Wanted {
			r.wantName(name, "EXTERN")
			r.wantValue(name)
		}
	}
	r.wantScript()
}

// final follows an alias.
func (r *Program) final(name string) (target string, offset int64) {
	if a, ok := r.Aliases[name]; ok {
		return a.Symbol, a.Offset
	}
	return name, 0
}

// Trace lists where the objects define and name symbols, in GNU ld's words.
func (r *Program) Trace() []string {
	if len(r.In.Trace) == 0 {
		return nil
	}
	var lines []string
	for oi, obj := range r.Objects {
		for si := range obj.Symbols {
			s := &obj.Symbols[si]
			if s.Local() {
				continue
			}
			name := r.Means(oi, si)
			if !r.In.Trace[name] && !r.In.Trace[s.Name] {
				continue
			}
			what := "definition of"
			switch {
			case s.Where == elfload.Undefined:
				what = "reference to"
			case s.Where == elfload.InSection && r.SectionOf[oi][s.Sect] == Discarded:
				what = "discarded definition of"
			case s.Where == elfload.Common:
				what = "common definition of"
			case s.Weak():
				what = "weak definition of"
			}
			lines = append(lines, fmt.Sprintf("%s: %s %s", r.Where(NewDef(oi, si)), what, name))
		}
	}
	for _, name := range SortedKeys(r.In.Trace) {
		if e, ok := r.Fixed(name); ok {
			lines = append(lines, fmt.Sprintf("%s: address of %s, 0x%x", cmp.Or(e.From, "--externs or --defsym"), name, e.Value))
		}
		if a, ok := r.Aliases[name]; ok {
			lines = append(lines, fmt.Sprintf("%s: %s is %s%+d", a.Set.Where(), name, a.Symbol, a.Offset))
		}
	}
	return lines
}

// kindOf says what kind of thing a symbol is, for a message.
func kindOf(s *elfload.Symbol) string {
	if s.Type() == elf.STT_FUNC {
		return "function"
	}
	return "variable"
}
