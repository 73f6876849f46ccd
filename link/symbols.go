package link

import (
	"cmp"
	"debug/elf"
	"fmt"

	"mpyld/elfload"
)

// What the command line says about symbols: other names for references (--wrap),
// names that are wanted although no object asks (-u), and values (--defsym).

// Alias is what --defsym sets a symbol to: another symbol plus a number.
type Alias struct {
	Symbol string
	Offset int64
}

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

// wantOptions notes the names that options want.
func (r *resolved) wantOptions() {
	for _, name := range r.in.Undefined {
		r.wantName(name, "--undefined")
	}
	for _, name := range sortedKeys(r.in.Aliases) {
		r.wantName(r.reference(r.in.Aliases[name].Symbol), "--defsym "+name)
	}
}

// maxAliases caps how far symbols may be set to symbols that are set.
const maxAliases = 100

// final follows aliases from a name to one that is none. ok is false when
// they lead in a circle.
func (r *resolved) final(name string) (target string, offset int64, ok bool) {
	for range maxAliases {
		a, is := r.in.Aliases[name]
		if !is {
			return name, offset, true
		}
		name, offset = r.reference(a.Symbol), offset+a.Offset
	}
	return name, offset, false
}

// checkAliases reports the aliases that mean nothing.
func (s *scanner) checkAliases() {
	for _, name := range sortedKeys(s.in.Aliases) {
		idx := s.bindAlias(name)
		if idx == missing {
			target, _, _ := s.final(name)
			s.errs.Add("", "undefined symbol: %s (in --defsym %s)", target, name).
				Note("set %s to a number, or to a symbol that an object or archive defines", name)
		}
	}
}

// bindAlias makes the Ref of a symbol that --defsym sets, once.
func (s *scanner) bindAlias(name string) int32 {
	if idx, ok := s.aliasRef[name]; ok {
		return idx
	}
	idx := s.makeAlias(name)
	s.aliasRef[name] = idx
	return idx
}

func (s *scanner) makeAlias(name string) int32 {
	target, offset, ok := s.final(name)
	if !ok {
		s.errs.Add("", "--defsym %s: the symbols are set to each other in a circle", name).
			Note("set one of them to a number, or to a symbol that an object defines")
		return unusable
	}
	idx := s.bindName(target)
	if idx < 0 {
		return idx
	}
	ref := s.refs[idx]
	switch {
	case ref.Kind == RefDest && offset != 0:
		s.errs.Add("", "--defsym %s: %s is supplied by the firmware, an offset from it leads nowhere", name, target).
			Note("set %s to %s itself", name, target)
		return unusable
	case ref.Kind == RefZero:
		return missing
	}
	if ref.Kind != RefDest {
		ref.Off += uint64(offset)
	}
	if ref.Kind == RefAbs && !s.fitsWord(name, ref.Off, "--defsym "+name) {
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
		if a, ok := r.in.Aliases[name]; ok {
			lines = append(lines, fmt.Sprintf("--defsym: %s is %s%+d", name, a.Symbol, a.Offset))
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
