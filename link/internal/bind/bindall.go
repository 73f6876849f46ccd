package bind

import (
	"mpyld/elfload"
	"mpyld/link/internal/resolve"
	"mpyld/linkmap"
	"mpyld/parallel"
	"mpyld/relocs"
)

// A big link has a hundred thousand relocations, and binding each on one processor is a
// good part of its time. What makes them depend on each other is that a symbol's Target
// is made on first use. So the Targets of all symbols are made first, and then
// goroutines bind the relocations, an object each.
//
//	a.o: 70,000 relocations, 900 symbols    first 900 Targets, then 70,000 lookups beside b.o's

// bindSections binds the relocations of all sections. Sections in which something
// is wrong are left to the usual way, which knows what to say about it.
func (s *binder) bindSections() {
	total := 0 // in such sections
	s.eachBound(func(_ int, sec *elfload.Section, _ int) {
		if n := sec.NumRelocs(); n >= MinRelocations {
			total += n
		}
	})
	if total >= ManyRelocations && total > 0 {
		s.eachBound(func(oi int, sec *elfload.Section, _ int) {
			if sec.NumRelocs() >= MinRelocations {
				s.bindSymbols(oi, sec)
			}
		})
		addresses := make([]int, len(s.prog.Objects))
		parallel.Each(len(s.prog.Objects), func(oi int) {
			for si := range s.prog.Objects[oi].Sections {
				if section := int(s.prog.SectionOf[oi][si]); section >= 0 && s.binds(section) {
					addresses[oi] += s.bindQuickly(oi, &s.prog.Objects[oi].Sections[si], section)
				}
			}
		})
		for _, n := range addresses {
			s.Addresses += n
		}
	}
	s.eachBound(func(oi int, sec *elfload.Section, section int) {
		if s.Relocs[section] == nil {
			s.bindSection(oi, sec, section)
		}
	})
}

// ManyRelocations is from where on several goroutines pay.
var ManyRelocations = 10_000 // but for tests

// MinRelocations is how many a section has whose relocations are bound so: for a
// handful it does not pay to look at them twice.
var MinRelocations = 64 // but for tests

// binds reports whether a section's relocations are to be bound.
func (s *binder) binds(section int) bool {
	return s.prog.Sections[section].Class != linkmap.Literal && s.prog.Sections[section].Class != linkmap.Refused
}

// eachBound calls f for every section whose relocations are to be bound.
func (s *binder) eachBound(f func(oi int, sec *elfload.Section, section int)) {
	s.eachSection(func(oi int, sec *elfload.Section, section int) {
		if s.binds(section) {
			f(oi, sec, section)
		}
	})
}

// bindSymbols binds the symbols that a section's relocations name.
func (s *binder) bindSymbols(oi int, sec *elfload.Section) {
	of := s.targetOf[oi]
	for in := sec.ReadRelocs(); ; {
		h, sym, ok := in.NextSymbol()
		switch {
		case !ok:
			return
		case h == nil || h.Formula == relocs.Refused || resolve.MarksOnly(h):
			continue
		}
		if sym = symbolOf(h, sym); of[sym] != unbound {
			continue
		}
		if s.errs.Full() {
			return
		}
		s.lookup(oi, int(sym))
	}
}

// bindQuickly binds a section's relocations, if nothing is wrong with any, and
// returns how many may be of words that hold an address. It changes nothing but
// those relocations.
func (s *binder) bindQuickly(oi int, sec *elfload.Section, section int) (addresses int) {
	n := sec.NumRelocs()
	if n == 0 || n < MinRelocations {
		return 0
	}
	p, inCode := &s.prog.Sections[section], s.prog.Sections[section].Class == linkmap.Code
	list, of := make([]linkmap.Reloc, 0, n), s.targetOf[oi]
	var r elfload.Reloc
	for in := sec.ReadRelocs(); in.Next(&r); {
		h := r.Howto
		if resolve.MarksOnly(h) {
			continue
		}
		if h == nil || s.refuses(h, p, r.Off, inCode) {
			return 0
		}
		ref := of[symbolOf(h, r.Sym)]
		if ref < 0 {
			return 0
		}
		if h.Branch && s.other[ref] || s.isBeyondTable(&s.Targets[ref], &r) || s.isTwin(ref, p) {
			return 0
		}
		list = appendReloc(list, &r, ref)
		if h.Formula == relocs.Abs {
			addresses++
		}
	}
	s.Relocs[section] = list
	return addresses
}

// symbolOf returns the number of the symbol that a relocation refers to: none, where
// the formula has no S.
func symbolOf(h *relocs.Howto, sym uint32) uint32 {
	if h.Formula == relocs.GOTBaseRel {
		return 0
	}
	return sym
}

// refuses reports whether the bytes at a place are not for a relocation.
func (s *binder) refuses(h *relocs.Howto, p *linkmap.Origin, off uint32, inCode bool) bool {
	return h.Formula == relocs.Refused || inCode && off > 0 && h.NotAfter.Refuses(p.Data[off-1]) != "" || h.Size(p.Data[off:]) == 0
}

// otherMode reports whether a branch may change the instruction set by going to
// a symbol.
func (s *binder) otherMode(to *linkmap.Target) bool {
	switch to.Kind {
	case linkmap.Absolute:
		return uint8(to.Off)&s.prog.Machine.ModeBits != s.prog.Machine.ModeBits
	case linkmap.InSection:
		return s.prog.Machine.ModeBits != 0 && to.Mode == 0
	}
	return false
}
