package audit

import (
	"cmp"
	"debug/elf"
	"fmt"
	"iter"
	"slices"

	"mpyld/elfload"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// Each relocation of a section that is in the module must be in the map, at its
// place, with its type and addend, and with the definition that its symbol means.
// A symbol of a file means the same for all its relocations, and so do targets of the map:
// what was compared once need not be again.
//
// For example
//
//	a.o:  bl f      f is number 7 of a.o's symbols, undefined; b.o defines it at .text+0x20
//	map:  R_ARM_THM_CALL at 0x0, target 12: b.o's .text+0x20, Thumb

// references compares the relocations of all sections.
func (a *audit) references() {
	r := referrer{audit: a}
	for i := range a.m.Sections {
		if at := a.from[i]; at.section >= 0 {
			r.compare(&a.m.Sections[i], at)
		}
	}
}

// referrer is the state of references.
type referrer struct {
	*audit
	of     int32   // the file that found is about, plus one
	found  []int32 // by symbol: the last target of the map that it was found to mean, plus one
	sorted []elfload.Reloc
}

// compare compares the relocations of a section.
func (r *referrer) compare(p *linkmap.Section, at place) {
	f := &r.files[at.file]
	sec := &f.Sections[at.section]
	if len(p.Relocs) == 0 && sec.NumRelocs() == 0 {
		return
	}
	if r.of != at.file+1 {
		r.of = at.file + 1
		r.found = slices.Grow(r.found[:0], len(f.Symbols))[:len(f.Symbols)]
		clear(r.found)
	}
	errs := len(r.errs)
	if why := r.inTurn(p, at, sec.Relocs); why == "" {
		return
	}
	// Objects may have them in any order.
	r.errs = r.errs[:errs]
	r.sorted = slices.AppendSeq(r.sorted[:0], sec.Relocs)
	slices.SortStableFunc(r.sorted, func(a, b elfload.Reloc) int { return cmp.Compare(a.Off, b.Off) })
	if why := r.inTurn(p, at, slices.Values(r.sorted)); why != "" {
		r.bad(title(p), "%s", why)
	}
}

// inTurn compares the relocations of a section with those of the map, one after the other, and
// says what the one has and the other has not.
func (r *referrer) inTurn(p *linkmap.Section, at place, relocs iter.Seq[elfload.Reloc]) string {
	k := 0
	for b := range relocs {
		if k < len(p.Relocs) && p.Relocs[k].Off == b.Off && p.Relocs[k].Howto == b.Howto {
			r.reloc(p, at, &b, &p.Relocs[k])
			k++
		} else if !idle(b.Howto) {
			return fmt.Sprintf("the object has a relocation %s at 0x%x, which the map does not have there", howto(b.Howto), b.Off)
		}
	}
	if k < len(p.Relocs) {
		return fmt.Sprintf("the map has a relocation %s at 0x%x, which the object does not have", howto(p.Relocs[k].Howto), p.Relocs[k].Off)
	}
	return ""
}

// idle reports whether relocations of a type say nothing about a value.
func idle(h *relocs.Howto) bool { return h != nil && (h.MarksOnly() || h.Formula == relocs.Align) }

// reloc compares a relocation of a file with that of the map.
func (r *referrer) reloc(p *linkmap.Section, at place, b *elfload.Reloc, m *linkmap.Reloc) {
	switch {
	case b.Howto == nil || b.Howto.Formula == relocs.GOTBaseRel || idle(b.Howto): // the formula has no S
	case m.A != b.A:
		r.bad(p.At(uint64(b.Off)), "the map has %s with addend %d, the object with %d", b.Howto.Name, m.A, b.A)
	case int(m.S) >= len(r.m.Targets):
		r.bad(p.At(uint64(b.Off)), "the map has no symbol %d", m.S)
	case r.found[b.Sym] != int32(m.S)+1:
		r.found[b.Sym] = int32(m.S) + 1 // what is wrong is told once
		r.target(p, at, b, m.S)
	}
}

// target compares what the map has for the symbol of a relocation with what it means.
func (r *referrer) target(p *linkmap.Section, at place, b *elfload.Reloc, S uint32) {
	t := &r.m.Targets[S]
	f := &r.files[at.file]
	s := &f.Symbols[b.Sym]
	var m meaning
	if n := int(b.Sym) - f.Locals; n < 0 || f.names[n] < 0 {
		m = r.localMeans(at.file, int32(b.Sym), s)
	} else if r.globals[f.names[n]].target == int32(S)+1 {
		return
	} else {
		m = r.meaning(f.names[n])
		if m.kind == isNothing && s.Bind() == elf.STB_WEAK {
			m.kind = isNull // only sections that are left out need it
		} else if r.is(t, &m) {
			r.globals[f.names[n]].target = int32(S) + 1
			return
		}
	}
	if !r.is(t, &m) {
		r.bad(p.At(uint64(b.Off)), "the map has %s for %s, by ELF's rules it is %s", r.shown(t), cmp.Or(t.Name, s.Name, "no symbol"), r.told(&m))
	}
}

// localMeans returns what a local symbol means. The null symbol is the number 0 (gABI, "Relocation").
func (a *audit) localMeans(file, symbol int32, s *elfload.Symbol) meaning {
	if symbol == 0 {
		return meaning{kind: isValue}
	}
	m := a.symbolMeans(symbolAt{file, symbol})
	if f := &a.files[file]; m.kind == isSection && f.gone != nil && f.gone[m.at.section] {
		if kept, ok := a.twin(file, m.at.section); ok {
			m.at = kept
		}
	}
	return m
}

// shown says where a target of the map is.
func (a *audit) shown(t *linkmap.Target) string {
	switch t.Kind {
	case linkmap.InSection:
		if t.Section < 0 || int(t.Section) >= len(a.m.Sections) {
			return fmt.Sprintf("section %d, which there is not", t.Section)
		}
		return a.m.Sections[t.Section].At(t.Off) + mode(t.Mode)
	case linkmap.Supplied:
		return supplied(t.Dest, t.Code)
	case linkmap.Absolute:
		return fmt.Sprintf("the number 0x%x", t.Off|uint64(t.Mode))
	}
	return "the null address"
}

// told says what a symbol means.
func (a *audit) told(m *meaning) string {
	switch m.kind {
	case isSection:
		return a.where(m.at, m.off) + mode(m.mode)
	case isCommon:
		return "the common symbol of that name"
	case isSupplied:
		return supplied(m.dest, m.code)
	case isValue:
		return fmt.Sprintf("the number 0x%x", m.off|uint64(m.mode))
	case isNull:
		return "the null address: it is weak and not defined"
	case isEdgeOf:
		return edgeOf(a.globals[m.number].name)
	case isNames:
		return "the room that the loader stores names in"
	}
	return "undefined"
}

func mode(bits uint8) string {
	if bits == 0 {
		return ""
	}
	return fmt.Sprintf(" (instruction set %d)", bits)
}

func howto(h *relocs.Howto) string {
	if h == nil {
		return "of unknown type"
	}
	return h.Name
}

// supplied names what the loader gives.
func supplied(d mpyfile.Dest, code bool) string {
	switch d.Kind {
	case mpyfile.ToQStrTable:
		return "the table of qstrs"
	case mpyfile.ToObjTable:
		return "the table of objects"
	case mpyfile.ToFunTable:
		return "mp_fun_table"
	case mpyfile.ToFunEntry:
		if code {
			return fmt.Sprintf("the function mp_fun_table[%d]", d.Entry)
		}
		return fmt.Sprintf("mp_fun_table[%d]", d.Entry)
	}
	return "a region"
}
