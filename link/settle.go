package link

import (
	"fmt"

	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// Variables have two homes. In the RAM the firmware allocates they are
// reached through words that it relocates. Code that reaches a variable
// PC-relative, as compilers do for static ones, fixes its distance: such a
// variable goes into text, which is writable RAM on most architectures.

// settle moves the variables into text that something in text has a fixed
// distance to. What it moves may itself have a fixed distance to others.
func (s *scanner) settle() {
	movable := false
	for i := range s.pieces {
		movable = movable || isVariable(s.pieces[i].Class)
	}
	if !movable || !s.in.Arch.WritableText || s.in.NoWritableText {
		return
	}
	// A variable outside text whose distance to another one outside text is
	// fixed waits for that one: nothing is looked at again but what waits.
	var ties []tie
	waiting := map[int32][]int32{} // by piece, indexes into ties
	var moved []int32
	for piece := range s.pieces {
		if s.pieces[piece].Class == linkmap.Literal {
			continue
		}
		rs := s.pieces[piece].Relocs
		for i := range rs {
			t, ok := s.tie(piece, &rs[i])
			switch {
			case !ok:
			case s.pieces[t.from].Region != mpyfile.Text && s.pieces[t.to].Region != mpyfile.Text:
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
		if from := &s.pieces[t.from]; !s.together(from.Region, s.pieces[t.to].Region) && isVariable(s.pieces[t.from].Class) && isVariable(s.pieces[t.to].Class) {
			moved = s.moveToText(int(t.from), s.why(t), moved)
			follow()
		}
	}
}

// tie is a fixed distance between two pieces, and the relocation that asks
// for it.
type tie struct {
	from, to int32
	piece    int32
	off      uint32
	howto    *relocs.Howto
}

// tie returns the pieces that a relocation fixes the distance of, if it does
// and one of them can be moved.
func (s *scanner) tie(piece int, b *linkmap.Reloc) (tie, bool) {
	k := b.Howto.Kind
	if to := b.Howto.Rewrite; to != nil && k != relocs.PCRel {
		k = to.Kind
	}
	if k != relocs.PCRel && k != relocs.FromGOT && k != relocs.UpperRel {
		return tie{}, false
	}
	ref := &s.refs[b.S]
	if ref.Kind != linkmap.InSection {
		return tie{}, false
	}
	from := piece
	if k == relocs.FromGOT {
		from = s.got
	}
	if int32(from) == ref.Section || !isVariable(s.pieces[from].Class) && !isVariable(s.pieces[ref.Section].Class) {
		return tie{}, false
	}
	return tie{int32(from), ref.Section, int32(piece), b.Off, b.Howto}, true
}

// isVariable: variables can live in text.
func isVariable(c linkmap.Class) bool { return c == linkmap.Zeroed || c == linkmap.Data }

// settleTie moves the end of a tie that can be moved into text, where the
// other one is, and appends it to moved.
func (s *scanner) settleTie(t tie, moved []int32) []int32 {
	for _, end := range [2][2]int32{{t.from, t.to}, {t.to, t.from}} {
		fixed, mover := &s.pieces[end[0]], &s.pieces[end[1]]
		if fixed.Region == mpyfile.Text && mover.Region != mpyfile.Text && isVariable(s.pieces[end[1]].Class) {
			return s.moveToText(int(end[1]), s.why(&t), moved)
		}
	}
	return moved
}

// moveToText moves a piece to text, and with it those that must be in one
// region with it.
func (s *scanner) moveToText(piece int, why string, moved []int32) []int32 {
	p := &s.pieces[piece]
	p.Region, p.Why = mpyfile.Text, why
	moved = append(moved, int32(piece))
	for _, mate := range s.mates[piece] {
		if s.pieces[mate].Region != mpyfile.Text {
			moved = s.moveToText(mate, why, moved)
		}
	}
	return moved
}

// why says which relocation makes a tie.
func (s *scanner) why(t *tie) string {
	return t.howto.Name + " at " + s.pieces[t.piece].At(uint64(t.off))
}

// manyZeros is from how many bytes on zeros in text are worth a word: a small
// module has fewer.
const manyZeros = 1024

// zerosInText tells of zero-initialised variables that take up text, and the
// file, since code reaches them relative to itself. Nothing else shows them.
func zerosInText(pieces []linkmap.Section, advice *relocs.Advice) []string {
	var total, largest uint64
	var p *linkmap.Section
	for i := range pieces {
		if q := &pieces[i]; q.Why != "" && q.Data == nil {
			total += q.Size
			if q.Size > largest {
				p, largest = q, q.Size
			}
		}
	}
	if total < manyZeros {
		return nil
	}
	how := "declare them without static"
	if advice.RAM != "" {
		how += ", or compile with " + advice.RAM
	}
	return []string{fmt.Sprintf("%d bytes of zero-initialised variables are in text, and so in the file, since code reaches them relative to itself (%s: %s:(%s)); %s to have them in RAM",
		total, p.Why, p.Object, p.Name, how)}
}
