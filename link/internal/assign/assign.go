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
	InText []bool         // by target: it is in a section in text
}

// assigner carries the state of the pass.
type assigner struct {
	prog  *resolve.Program
	bound *bind.Bindings
	Placement
}

// Regions finds the region of each section. Behind it, no section changes region.
func Regions(prog *resolve.Program, bound *bind.Bindings) *Placement {
	s := &assigner{prog, bound, Placement{make([]mpyfile.Region, len(prog.Sections)), map[int]string{}, make([]bool, len(bound.Targets))}}
	for i := range s.Region {
		s.Region[i] = prog.Sections[i].UsualRegion
	}
	s.findTargets()
	if s.moveVariables(); len(s.Why) > 0 {
		s.findTargets()
	}
	return &s.Placement
}

// findTargets finds the targets that are in text. Most relocations of code go from there to there,
// and this is all that has to be known of them.
func (s *assigner) findTargets() {
	for i := range s.bound.Targets {
		t := &s.bound.Targets[i]
		s.InText[i] = t.Kind == linkmap.InSection && s.Region[t.Section] == mpyfile.Text
	}
}

// moveVariables moves the variables into text that something in text has a fixed
// distance to. What it moves may itself have a fixed distance to others.
func (s *assigner) moveVariables() {
	movable := false
	for i := range s.prog.Sections {
		movable = movable || isVariable(s.prog.Sections[i].Class)
	}
	if !movable || !s.prog.In.Arch.WritableText || s.prog.In.NoWritableText {
		return
	}
	// A variable outside text whose distance to another one outside text is
	// fixed waits for that one: nothing is looked at again but what waits.
	var distances []fixedDistance
	waiting := map[int32][]int32{} // by section, indexes into distances
	var moved []int32
	for section := range s.prog.Sections {
		if s.prog.Sections[section].Class == linkmap.Literal {
			continue
		}
		rs := s.bound.Relocs[section]
		for i := range rs {
			d, ok := s.distance(section, &rs[i])
			switch {
			case !ok:
			case s.Region[d.from] != mpyfile.Text && s.Region[d.to] != mpyfile.Text:
				for _, end := range [2]int32{d.from, d.to} {
					waiting[end] = append(waiting[end], int32(len(distances)))
				}
				distances = append(distances, d)
			default:
				moved = s.keepDistance(&d, moved)
			}
		}
	}
	follow := func() {
		for len(moved) > 0 {
			last := moved[len(moved)-1]
			moved = moved[:len(moved)-1]
			for _, i := range waiting[last] {
				moved = s.keepDistance(&distances[i], moved)
			}
		}
	}
	follow()
	// Where bss and rodata are blocks of their own, text is the one place in which
	// variables of both can keep a distance.
	for i := range distances {
		d := &distances[i]
		if !s.prog.SameBlock(s.Region[d.from], s.Region[d.to]) && isVariable(s.prog.Sections[d.from].Class) && isVariable(s.prog.Sections[d.to].Class) {
			moved = s.moveToText(int(d.from), s.why(d), moved)
			follow()
		}
	}
}

// fixedDistance is a distance between two sections that must not change, and the
// relocation that asks for it.
type fixedDistance struct {
	from, to int32
	section  int32
	off      uint32
	howto    *relocs.Howto
}

// distance returns the distance that a relocation fixes, if it does and one of the
// two sections can be moved.
func (s *assigner) distance(section int, b *linkmap.Reloc) (fixedDistance, bool) {
	k := b.Howto.Formula
	rewrites := b.Howto.Rewrites
	if k != relocs.PCRel && k != relocs.FromGOT && (len(rewrites) == 0 || rewrites[0].Part != relocs.Upper) {
		return fixedDistance{}, false
	}
	from := section
	if k == relocs.FromGOT {
		from = s.prog.Got
	}
	if s.InText[b.S] && s.Region[from] == mpyfile.Text { // neither has to be moved
		return fixedDistance{}, false
	}
	ref := &s.bound.Targets[b.S]
	if ref.Kind != linkmap.InSection {
		return fixedDistance{}, false
	}
	if int32(from) == ref.Section || !isVariable(s.prog.Sections[from].Class) && !isVariable(s.prog.Sections[ref.Section].Class) {
		return fixedDistance{}, false
	}
	return fixedDistance{int32(from), ref.Section, int32(section), b.Off, b.Howto}, true
}

// isVariable: variables can live in text.
func isVariable(c linkmap.Class) bool { return c == linkmap.Zeroed || c == linkmap.Data }

// keepDistance moves the section at one end of a fixed distance into text, where
// the other one is, if it can be moved, and appends it to moved.
func (s *assigner) keepDistance(d *fixedDistance, moved []int32) []int32 {
	for _, end := range [2][2]int32{{d.from, d.to}, {d.to, d.from}} {
		fixed, other := s.Region[end[0]], s.Region[end[1]]
		if fixed == mpyfile.Text && other != mpyfile.Text && isVariable(s.prog.Sections[end[1]].Class) {
			return s.moveToText(int(end[1]), s.why(d), moved)
		}
	}
	return moved
}

// moveToText moves a section to text, and with it those that must be in one
// region with it.
func (s *assigner) moveToText(section int, why string, moved []int32) []int32 {
	s.Region[section], s.Why[section] = mpyfile.Text, why
	moved = append(moved, int32(section))
	for _, other := range s.prog.Together[section] {
		if s.Region[other] != mpyfile.Text {
			moved = s.moveToText(other, why, moved)
		}
	}
	return moved
}

// why says which relocation fixes a distance.
func (s *assigner) why(d *fixedDistance) string {
	return d.howto.Name + " at " + s.prog.Sections[d.section].At(uint64(d.off)).String()
}
