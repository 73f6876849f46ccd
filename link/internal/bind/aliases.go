package bind

import (
	"mpyld/link/internal/resolve"
	"mpyld/linkmap"
)

// A script or --defsym may set a symbol to another one plus a number. What the other one
// means is known only here: a place in a section, a fixed address, or something of the
// firmware's, from which no offset leads anywhere. The alias is a Target of its own,
// made of the other's.
//
//	b = a + 4;       a is .data.a+0x10: b is .data.a+0x14
//	b = memset;      b is the firmware's memset; memset + 4 would be an error

// checkAliases reports the aliases that mean nothing.
func (s *binder) checkAliases() {
	for _, name := range resolve.SortedKeys(s.prog.Aliases) {
		if a := s.prog.Aliases[name]; !a.Set.Provide && s.bindAlias(name) == missing {
			s.errs.Add(a.Set.Where(), "undefined symbol: %s (in the value of %s)", a.Symbol, name).
				Note("set %s to a number, or to a symbol that an object or archive defines", name)
		}
	}
}

// bindAlias makes the Target of a symbol that is set to another, once.
func (s *binder) bindAlias(name string) int32 {
	if idx, ok := s.aliasTarget[name]; ok {
		return idx
	}
	idx := s.makeAlias(name)
	s.aliasTarget[name] = idx
	return idx
}

func (s *binder) makeAlias(name string) int32 {
	a := s.prog.Aliases[name]
	idx := s.bindName(a.Symbol)
	if idx < 0 {
		return idx
	}
	ref := s.Targets[idx]
	switch {
	case ref.Kind == linkmap.Supplied && a.Offset != 0:
		s.errs.Add(a.Set.Where(), "%s is supplied by the firmware: an offset from it leads nowhere", a.Symbol).
			Note("set %s to %s itself", name, a.Symbol)
		return unusable
	case ref.Kind == linkmap.Null:
		return missing
	}
	if ref.Kind != linkmap.Supplied {
		ref.Off += uint64(a.Offset)
	}
	if ref.Kind == linkmap.Absolute && !s.fitsWord(name, ref.Off, a.Set.Where()) {
		return unusable
	}
	ref.Name = name
	return s.add(ref)
}

// unvalued reports the name of a PROVIDE that is needed but has no value.
func (s *binder) unvalued(name string) bool {
	err, ok := s.prog.NoValue[name]
	if ok && !s.noValue[name] {
		s.errs.Join(err)
		s.noValue[name] = true // once
	}
	return ok
}
