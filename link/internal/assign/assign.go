// Package assign chooses the region of each section. Most have the one of their
// class; variables that code reaches at a fixed distance go where the code is.
//
// It stands apart because it is constraint propagation over all relocations: what
// moves may pull others. It must never choose an address.
package assign

import (
	"mpyld/link/internal/bind"
	"mpyld/link/internal/resolve"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// Variables may be in two places. In the RAM the firmware allocates they are
// reached through words that it relocates. Code that reaches a variable
// PC-relative, as compilers do for static ones, fixes its distance: such a
// variable goes into text, which is writable RAM on most architectures.
//
//	lea counter(%rip), %rax        counter, of .bss, moves to text
//	.data: .long other - .         behind it, other does too, if this .data did

// Placement is the region of each section.
type Placement struct {
	Region []mpyfile.Region
	Why    map[int]string // of those that are moved to text: what fixes their distance to the code
}

// assigner carries the state of the pass.
type assigner struct {
	prog  *resolve.Program
	bound *bind.Bindings
	Placement
}

// Regions finds the region of each section. Behind it, no section changes region.
func Regions(prog *resolve.Program, bound *bind.Bindings) *Placement {
	s := &assigner{prog, bound, Placement{make([]mpyfile.Region, len(prog.Sections)), map[int]string{}}}
	for i := range s.Region {
		s.Region[i] = prog.Sections[i].UsualRegion
	}
	s.settle()
	return &s.Placement
}

// settle moves the variables into text that something in text has a fixed
// distance to. What it moves may itself have a fixed distance to others.
func (s *assigner) settle() {
	movable := false
	for i := range s.prog.Sections {
		movable = movable || isVariable(s.prog.Sections[i].Class)
	}
	if !movable || !s.prog.In.Arch.WritableText || s.prog.In.NoWritableText {
		return
	}
	// A variable outside text whose distance to another one outside text is
	// fixed waits for that one: nothing is looked at again but what waits.
	var ties []tie
	waiting := map[int32][]int32{} // by section, indexes into ties
	var moved []int32
	for section := range s.prog.Sections {
		if s.prog.Sections[section].Class == linkmap.Literal {
			continue
		}
		rs := s.bound.Relocs[section]
		for i := range rs {
			t, ok := s.tie(section, &rs[i])
			switch {
			case !ok:
			case s.Region[t.from] != mpyfile.Text && s.Region[t.to] != mpyfile.Text:
				for _, end := range [2]int32{t.from, t.to} {
					waiting[end] = append(waiting[end], int32(len(ties)))
				}
				ties = append(ties, t)
			default:
				moved = s.settleTie(t, moved)
			}
		}
	}
	follow := func() {
		for len(moved) > 0 {
			last := moved[len(moved)-1]
			moved = moved[:len(moved)-1]
			for _, i := range waiting[last] {
				moved = s.settleTie(ties[i], moved)
			}
		}
	}
	follow()
	// Where bss and rodata are blocks of their own, text is the one place in which
	// variables of both can keep a distance.
	for i := range ties {
		t := &ties[i]
		if !s.prog.SameBlock(s.Region[t.from], s.Region[t.to]) && isVariable(s.prog.Sections[t.from].Class) && isVariable(s.prog.Sections[t.to].Class) {
			moved = s.moveToText(int(t.from), s.why(t), moved)
			follow()
		}
	}
}

// tie is a fixed distance between two sections, and the relocation that asks
// for it.
type tie struct {
	from, to int32
	section  int32
	off      uint32
	howto    *relocs.Howto
}

// tie returns the sections that a relocation fixes the distance of, if it does
// and one of them can be moved.
func (s *assigner) tie(section int, b *linkmap.Reloc) (tie, bool) {
	k := b.Howto.Formula
	rewrites := b.Howto.Rewrites
	if k != relocs.PCRel && k != relocs.FromGOT && (len(rewrites) == 0 || rewrites[0].Part != relocs.Upper) {
		return tie{}, false
	}
	ref := &s.bound.Targets[b.S]
	if ref.Kind != linkmap.InSection {
		return tie{}, false
	}
	from := section
	if k == relocs.FromGOT {
		from = s.prog.Got
	}
	if int32(from) == ref.Section || !isVariable(s.prog.Sections[from].Class) && !isVariable(s.prog.Sections[ref.Section].Class) {
		return tie{}, false
	}
	return tie{int32(from), ref.Section, int32(section), b.Off, b.Howto}, true
}

// isVariable: variables can live in text.
func isVariable(c linkmap.Class) bool { return c == linkmap.Zeroed || c == linkmap.Data }

// settleTie moves the end of a tie that can be moved into text, where the
// other one is, and appends it to moved.
func (s *assigner) settleTie(t tie, moved []int32) []int32 {
	for _, end := range [2][2]int32{{t.from, t.to}, {t.to, t.from}} {
		fixed, mover := s.Region[end[0]], s.Region[end[1]]
		if fixed == mpyfile.Text && mover != mpyfile.Text && isVariable(s.prog.Sections[end[1]].Class) {
			return s.moveToText(int(end[1]), s.why(&t), moved)
		}
	}
	return moved
}

// moveToText moves a section to text, and with it those that must be in one
// region with it.
func (s *assigner) moveToText(section int, why string, moved []int32) []int32 {
	s.Region[section], s.Why[section] = mpyfile.Text, why
	moved = append(moved, int32(section))
	for _, mate := range s.prog.Together[section] {
		if s.Region[mate] != mpyfile.Text {
			moved = s.moveToText(mate, why, moved)
		}
	}
	return moved
}

// why says which relocation makes a tie.
func (s *assigner) why(t *tie) string {
	return t.howto.Name + " at " + s.prog.Sections[t.section].At(uint64(t.off))
}
