// Package direct makes code shorter that goes a long way for addresses: it gets them in
// the words that it loads (relocs.Direct).
//
// It stands apart because it takes code apart and puts it together again. What it makes are objects
// that are shorter (elfload.Object.Shrink), so no other pass need know of it. It must never
// change a section that it does not understand to the last byte.
//
// Example: of Thumb code as gcc -fpic makes it,
//
//	ldr r3, 1f; ldr r2, 2f; 0: add r3, pc; ldr r3, [r3, r2]    becomes    ldr r3, 2f
//	1: .word GOT - (0b + 4)                                                goes
//	2: .word G                                                             2: .word x
package direct

import (
	"slices"

	"mpyld/edit"
	"mpyld/elfload"
	"mpyld/link/internal/resolve"
	"mpyld/linkmap"
	"mpyld/relocs"
)

// Found is what takes the place of what.
type Found struct {
	Objects map[int]*elfload.Object                  // by number in the program
	Held    map[linkmap.SourceSection][]linkmap.Held // for those who ask for sources
}

// Find returns objects that take the place of some of a program. The map is of its code as it is.
func Find(prog *resolve.Program, m *linkmap.Map) (found Found) {
	if prog.Machine.Direct == nil || prog.In.KeepUnwind { // unwinders are told of the code as compilers made it
		return found
	}
	f := &finder{prog: prog, m: m, refused: map[place]bool{}}
	for oi := range prog.Objects {
		f.object(oi)
	}
	if len(f.found) == 0 {
		return found
	}
	f.assemble()
	for f.refuse() { // who refers to it may stay, too
	}
	cuts, held := map[int]elfload.Cuts{}, map[linkmap.SourceSection][]linkmap.Held{}
	for _, c := range f.found {
		if f.refused[c.place] {
			continue
		}
		if cuts[c.object] == nil {
			cuts[c.object] = elfload.Cuts{}
		}
		cuts[c.object][c.section] = c.edits
		if prog.In.Sources {
			held[linkmap.SourceSection{Object: c.object, Section: c.section}] = c.uses.held()
		}
	}
	found = Found{map[int]*elfload.Object{}, held}
	for oi, cuts := range cuts {
		if obj, err := prog.Objects[oi].Shrink(cuts); err == nil { // it has been read before
			found.Objects[oi] = obj
		}
	}
	return found
}

// place is a section of an object.
type place struct{ object, section int }

// candidate is a section that is understood.
type candidate struct {
	place
	uses  *uses
	edits []edit.Edit
}

// finder carries the state of the pass.
type finder struct {
	prog    *resolve.Program
	m       *linkmap.Map
	passed  *passed // nil until somebody asks
	found   []candidate
	refused map[place]bool // what is referred to in a way that is not understood
}

// object finds the sections of an object that may be shorter.
func (f *finder) object(oi int) {
	obj := f.prog.Objects[oi]
	var found []candidate
	for si := range obj.Sections {
		sec := &obj.Sections[si]
		n := f.prog.SectionOf[oi][si]
		if n < 0 || f.prog.Sections[n].Class != linkmap.Code || f.prog.Sections[n].Size == 0 || sec.Edits != nil || sec.Align != uint32(f.prog.In.Arch.Word) || !usesPlaces(sec) {
			continue
		}
		s := &section{how: f.prog.Machine.Direct, mach: f.prog.Machine, obj: obj, number: si, Section: sec, words: map[uint32]*word{}, tables: map[uint32]*table{}}
		if !s.understand() || !s.findEntries() {
			continue
		}
		if f.passed == nil {
			f.passed = newPassed(f.m)
		}
		s.passed, s.linked = f.passed, n
		if slices.ContainsFunc(s.insns, func(in insn) bool { return s.passed.countsFrom(n, &in) }) {
			continue
		}
		u := findUses(newFlow(s))
		if u.shared {
			return // who else counts on the table is not known
		}
		found = append(found, candidate{place: place{oi, si}, uses: u})
	}
	f.found = append(f.found, found...)
}

// usesPlaces reports whether a section has words of the kinds that can be other ones.
func usesPlaces(sec *elfload.Section) bool {
	for h := range sec.RelocSymbols {
		if h != nil && (h.Direct != 0 || h.Formula == relocs.GOTBaseRel) {
			return true
		}
	}
	return false
}

// assemble makes the edits, and leaves sections out that there are none of: what these refer to by a distance is known of
// others alone, in which the words are other ones.
func (f *finder) assemble() {
	list := f.found[:0]
	for _, c := range f.found {
		if c.edits = assemble(c.uses); c.edits != nil {
			list = append(list, c)
		}
	}
	f.found = list
}

// refuse finds what is referred to by a number of bytes that nobody can tell from where: with a
// symbol and an addend, or with an addend that has the place in it; and what something has the address of a place in, that is the start of
// no function (findEntries), also in another object. What names mean is what they are bound to. It reports whether there are sections
// that it has found before to have other code.
func (f *finder) refuse() bool {
	uses := map[place]*uses{}
	for _, c := range f.found {
		if !f.refused[c.place] {
			uses[c.place] = c.uses
		}
	}
	from := map[int32]place{}
	for oi, of := range f.prog.SectionOf {
		for si, n := range of {
			if n >= 0 {
				from[n] = place{oi, si}
			}
		}
	}
	for i := range f.m.Targets {
		t := &f.m.Targets[i]
		if a, ok := f.prog.Aliases[t.Name]; ok && !t.Local && t.Kind == linkmap.InSection && a.Offset != 0 {
			f.refused[from[t.Section]] = true
		}
	}
	for n := range f.m.Sections {
		s := &f.m.Sections[n]
		u := uses[from[int32(n)]]
		for k := range s.Relocs {
			b := &s.Relocs[k]
			t := &f.m.Targets[b.S]
			if t.Kind != linkmap.InSection || b.Howto == nil || b.Howto.MarksOnly() {
				continue
			}
			if section := isStart(f.m, t); !f.follows(u, b, section) || !b.Howto.Branch && !section && t.Mode == 0 {
				f.refused[from[t.Section]] = true
			}
		}
	}
	return slices.ContainsFunc(f.found, func(c candidate) bool { return uses[c.place] != nil && f.refused[c.place] })
}

// isStart reports whether a target is the start of a section, from which places in it are counted.
func isStart(m *linkmap.Map, t *linkmap.Target) bool {
	return t.Kind == linkmap.InSection && t.Local && t.Off == 0 && t.Mode == 0 && t.Name == m.Sections[t.Section].Name
}

// follows reports whether a relocation means the same when what it refers to has moved. Objects follow with
// offsets from a section's start (elfload), and of other symbols without an addend.
func (f *finder) follows(u *uses, r *linkmap.Reloc, section bool) bool {
	switch {
	case r.Howto.Branch:
		return section || r.A == f.prog.Machine.BranchA
	case r.Howto.Formula == relocs.Abs:
		return section || r.A == 0
	case r.Howto.Formula == relocs.GOTBaseRel || r.Howto.Formula.NeedsSlot():
		return true // about the table
	case u != nil:
		w := u.words[r.Off]
		if w == nil || kindOf(w) != distance {
			return false
		}
		return len(u.places[w]) == 1 && (u.offset(w) == 0 || section && !u.keep[w])
	}
	return !section && r.A == 0
}
