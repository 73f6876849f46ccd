package bind

import (
	"mpyld/link/internal/resolve"
	"mpyld/linkmap"
)

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
