package audit

import (
	"cmp"
	"debug/elf"
	"fmt"
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

// referrer compares the relocations of sections.
type referrer struct {
	*audit
	spare sure // of symbols that nothing is noted of
	in    elfload.RelocReader
	turn  inTurn
}

func newReferrer(a *audit) *referrer {
	locals := 0
	for i := range a.files {
		locals += a.files[i].Locals
	}
	seen := make([]sure, locals+len(a.globals))
	for i := range a.files {
		f := &a.files[i]
		f.seen, seen = seen[:f.Locals], seen[f.Locals:]
	}
	a.seen = seen
	return &referrer{audit: a}
}

// sure is the last target of the map that a symbol was compared with: its number plus one, and in the
// lowest bit that there is nothing else about it that any relocation could be wrong in.
type sure uint32

func sureOf(target uint32) sure { return sure(target+1)<<1 | 1 }

// compare compares the relocations of a section.
func (r *referrer) compare(p *linkmap.Section, at place) {
	f := &r.files[at.file]
	sec := &f.Sections[at.section]
	if len(p.Relocs) == 0 && sec.NumRelocs() == 0 {
		return
	}
	errs := len(r.errs)
	turn := r.begin(p, at, f)
	var b elfload.Reloc
	for r.in.Start(sec); r.in.Next(&b) && turn.next(&b); {
	}
	if turn.end() {
		return
	}
	// Objects may have them in any order.
	r.errs = r.errs[:errs]
	sorted := slices.Collect(sec.Relocs)
	slices.SortStableFunc(sorted, func(a, b elfload.Reloc) int { return cmp.Compare(a.Off, b.Off) })
	turn = r.begin(p, at, f)
	for i := range sorted {
		if b := &sorted[i]; !turn.next(b) {
			r.bad(title(p), "the object has a relocation %s at 0x%x, which the map does not have", howto(b.Howto), b.Off)
			return
		}
	}
	if !turn.end() {
		more := &p.Relocs[turn.k]
		r.bad(title(p), "the map has a relocation %s at 0x%x, which the object does not have", howto(more.Howto), more.Off)
	}
}

// inTurn compares the relocations of a section with those of the map, one after the other.
type inTurn struct {
	*referrer
	p    *linkmap.Section
	at   place
	f    *file
	k    int  // relocations of the map that are done
	lack bool // the map does not have one of the object
}

// begin starts with a section. There are tens of thousands, so it is the same one each time.
func (r *referrer) begin(p *linkmap.Section, at place, f *file) *inTurn {
	t := &r.turn
	t.referrer, t.p, t.at, t.f, t.k, t.lack = r, p, at, f, 0, false
	return t
}

// next takes a relocation of the object, and reports whether the map has it.
func (t *inTurn) next(b *elfload.Reloc) bool {
	if relocs := t.p.Relocs; t.k < len(relocs) && relocs[t.k].Off == b.Off && relocs[t.k].Howto == b.Howto {
		if m := &relocs[t.k]; m.A != b.A || *t.found(t.f, b.Sym) != sureOf(m.S) {
			t.reloc(t.p, t.at, t.f, b, m)
		}
		t.k++
		return true
	}
	t.lack = !idle(b.Howto)
	return !t.lack
}

// end reports whether the map and the object have the same relocations.
func (t *inTurn) end() bool { return !t.lack && t.k == len(t.p.Relocs) }

// idle reports whether relocations of a type say nothing about a value.
func idle(h *relocs.Howto) bool { return h != nil && (h.MarksOnly() || h.Formula == relocs.Align) }

// reloc compares a relocation of a file with that of the map.
func (r *referrer) reloc(p *linkmap.Section, at place, f *file, b *elfload.Reloc, m *linkmap.Reloc) {
	switch {
	case b.Howto == nil || b.Howto.Formula == relocs.GOTBaseRel || idle(b.Howto): // the formula has no S
		return
	case m.A != b.A:
		r.bad(p.At(uint64(b.Off)), "the map has %s with addend %d, the object with %d", b.Howto.Name, m.A, b.A)
		return
	case int(m.S) >= len(r.m.Targets):
		r.bad(p.At(uint64(b.Off)), "the map has no symbol %d", m.S)
		return
	case b.Howto.Branch && r.otherMode(&r.m.Targets[m.S], f, b.Sym):
		r.bad(p.At(uint64(b.Off)), "the map has a branch to %s for %s, which is of another instruction set", r.shown(&r.m.Targets[m.S]), r.m.Targets[m.S].Name)
		return
	case b.Howto.Formula == relocs.Abs && r.isBehind(&r.m.Targets[m.S], b.A):
		r.bad(p.At(uint64(b.Off)), "the map has %s+0x%x, which is behind its end", r.shown(&r.m.Targets[m.S]), b.A)
		return
	}
	if found := r.found(f, b.Sym); *found|1 != sureOf(m.S) {
		r.target(p, at, b, m.S, found)
	}
}

// found is where the last target of the map is noted that a symbol was compared with.
func (r *referrer) found(f *file, symbol uint32) *sure {
	n := int(symbol) - f.Locals
	if n < 0 {
		return &f.seen[symbol]
	}
	if number := f.names[n]; number >= 0 {
		return &r.seen[number]
	}
	r.spare = 0
	return &r.spare
}

// target compares what the map has for the symbol of a relocation with what it means. What
// is wrong is told once.
func (r *referrer) target(p *linkmap.Section, at place, b *elfload.Reloc, S uint32, found *sure) {
	t := &r.m.Targets[S]
	f := &r.files[at.file]
	s := &f.Symbols[b.Sym]
	m := r.symbolMeansIn(at.file, int32(b.Sym), s)
	byCopy := m.kind == isSection && m.at.file != at.file && int(b.Sym) < f.Locals // it stands for the symbol's own section
	if byCopy && !r.unwinds(p.Name) {
		r.bad(p.At(uint64(b.Off)), "the map has %s for %s, which is in a copy of a group that is left out: by the rules of groups, only tables for unwinders may refer to that", r.shown(t), cmp.Or(t.Name, s.Name))
		return
	}
	if m.kind == isNothing && s.Bind() == elf.STB_WEAK {
		m.kind = isNull // who needs it was left out; it is an error where others are not
	} else {
		*found = sureOf(S)
		if byCopy || r.inTable(t) || r.otherMode(t, f, b.Sym) {
			*found &^= 1 // it depends on the relocation
		}
	}
	if !r.is(t, &m) {
		r.bad(p.At(uint64(b.Off)), "the map has %s for %s, by ELF's rules it is %s", r.shown(t), cmp.Or(t.Name, s.Name, "no symbol"), r.told(&m))
	}
}

// symbolMeansIn returns what a symbol means where its file refers to it.
func (a *audit) symbolMeansIn(file, symbol int32, s *elfload.Symbol) meaning {
	f := &a.files[file]
	if n := int(symbol) - f.Locals; n >= 0 && f.names[n] >= 0 {
		return a.meaning(f.names[n])
	}
	return a.localMeans(file, symbol, s)
}

// localMeans returns what a local symbol means. The null symbol is the number 0 (gABI, "Relocation").
func (a *audit) localMeans(file, symbol int32, s *elfload.Symbol) meaning {
	if symbol == 0 {
		return meaning{sort: sort{kind: isValue}}
	}
	d := definitionOf(s)
	m := d.in(file)
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
		return a.m.Sections[t.Section].At(t.Off).String() + mode(t.Mode)
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
		return a.where(m.at, m.off).String() + mode(m.mode)
	case isCommon:
		return "the common symbol of that name"
	case isSupplied:
		return supplied(m.supplied(), m.code)
	case isValue:
		return fmt.Sprintf("the number 0x%x", m.off|uint64(m.mode))
	case isNull:
		return "the null address: it is weak and not defined"
	case isEdgeOf:
		return edgeOf(a.table.Name(m.number))
	case isTable:
		return "a table that the linker makes"
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
