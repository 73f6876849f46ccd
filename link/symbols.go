package link

import (
	"cmp"
	"debug/elf"
	"fmt"

	"mpyld/elfload"
	"mpyld/linkmap"
)

// What the command line says about symbols: other names for references (--wrap),
// names that are wanted although no object asks (-u), and values (script.go).

// Extraction says why an archive member is in the link.
type Extraction struct {
	For    string // the object that named the symbol first, or the option
	Member string // "lib.a(m.o)"
	Symbol string
}

// means returns the name that a global symbol of an object is looked up by.
func (r *resolved) means(oi, si int) string {
	if n := r.nameOf[oi][si]; n != notGlobal {
		return r.globals.list[n].name
	}
	return r.objs[oi].Symbols[si].Name
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
func (r *resolved) reference(name string) string { return cmp.Or(r.wrapped[name], name) }

// wantOptions notes the names that options want, and the entry, which an archive
// may have as with GNU ld (ENTRY).
func (r *resolved) wantOptions() {
	r.wantName(entryName, "--entry")
	for _, name := range r.in.Undefined {
		r.wantName(name, "--undefined")
	}
	for _, script := range r.in.Scripts {
		for _, name := range script.Wanted {
			r.wantName(name, "EXTERN")
			r.wantValue(name)
		}
	}
	r.wantScript()
}

// final follows an alias.
func (r *resolved) final(name string) (target string, offset int64) {
	if a, ok := r.aliases[name]; ok {
		return a.symbol, a.offset
	}
	return name, 0
}

// checkAliases reports the aliases that mean nothing.
func (s *scanner) checkAliases() {
	for _, name := range sortedKeys(s.aliases) {
		if a := s.aliases[name]; !a.set.Provide && s.bindAlias(name) == missing {
			s.errs.Add(a.set.Where(), "undefined symbol: %s (in the value of %s)", a.symbol, name).
				Note("set %s to a number, or to a symbol that an object or archive defines", name)
		}
	}
}

// bindAlias makes the Ref of a symbol that is set to another, once.
func (s *scanner) bindAlias(name string) int32 {
	if idx, ok := s.aliasRef[name]; ok {
		return idx
	}
	idx := s.makeAlias(name)
	s.aliasRef[name] = idx
	return idx
}

func (s *scanner) makeAlias(name string) int32 {
	a := s.aliases[name]
	idx := s.bindName(a.symbol)
	if idx < 0 {
		return idx
	}
	ref := s.refs[idx]
	switch {
	case ref.Kind == linkmap.Supplied && a.offset != 0:
		s.errs.Add(a.set.Where(), "%s is supplied by the firmware: an offset from it leads nowhere", a.symbol).
			Note("set %s to %s itself", name, a.symbol)
		return unusable
	case ref.Kind == linkmap.Null:
		return missing
	}
	if ref.Kind != linkmap.Supplied {
		ref.Off += uint64(a.offset)
	}
	if ref.Kind == linkmap.Absolute && !s.fitsWord(name, ref.Off, a.set.Where()) {
		return unusable
	}
	ref.Name = name
	return s.add(ref)
}

// trace lists where the objects define and name symbols, in GNU ld's words.
func (r *resolved) trace() []string {
	if len(r.in.Trace) == 0 {
		return nil
	}
	var lines []string
	for oi, obj := range r.objs {
		for si := range obj.Symbols {
			s := &obj.Symbols[si]
			if s.Local() {
				continue
			}
			name := r.means(oi, si)
			if !r.in.Trace[name] && !r.in.Trace[s.Name] {
				continue
			}
			what := "definition of"
			switch {
			case s.Where == elfload.Undefined:
				what = "reference to"
			case s.Where == elfload.InSection && r.pieceOf[oi][s.Sect] == discarded:
				what = "discarded definition of"
			case s.Where == elfload.Common:
				what = "common definition of"
			case s.Weak():
				what = "weak definition of"
			}
			lines = append(lines, fmt.Sprintf("%s: %s %s", r.where(newDef(oi, si)), what, name))
		}
	}
	for _, name := range sortedKeys(r.in.Trace) {
		if e, ok := r.fixed(name); ok {
			lines = append(lines, fmt.Sprintf("%s: address of %s, 0x%x", cmp.Or(e.From, "--externs or --defsym"), name, e.Value))
		}
		if a, ok := r.aliases[name]; ok {
			lines = append(lines, fmt.Sprintf("%s: %s is %s%+d", a.set.Where(), name, a.symbol, a.offset))
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
