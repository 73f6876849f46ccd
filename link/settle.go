package link

import (
	"mpyld/elfload"
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
	for _, h := range s.homes {
		movable = movable || h == zeroed || h == variable
	}
	if !movable || !s.in.Arch.WritableText || s.in.NoWritableText {
		return
	}
	// A variable outside text whose distance to another one outside text is
	// fixed waits for that one: nothing is looked at again but what waits.
	var ties []tie
	waiting := map[int32][]int32{} // by piece, indexes into ties
	var moved []int32
	s.eachSection(func(oi int, sec *elfload.Section, piece int) {
		if h := s.homes[piece]; h == literal || h == refused {
			return
		}
		for r := range sec.Relocs {
			if r.Howto == nil || r.Howto.Kind != relocs.PCRel && r.Howto.Kind != relocs.FromGOT {
				continue
			}
			t, ok := s.tie(oi, piece, r)
			switch {
			case !ok || t.from == t.to:
			case s.pieces[t.from].Region != mpyfile.Text && s.pieces[t.to].Region != mpyfile.Text:
				for _, end := range [2]int32{t.from, t.to} {
					waiting[end] = append(waiting[end], int32(len(ties)))
				}
				ties = append(ties, t)
			default:
				moved = s.settleTie(t, moved)
			}
		}
	})
	for len(moved) > 0 {
		last := moved[len(moved)-1]
		moved = moved[:len(moved)-1]
		for _, i := range waiting[last] {
			moved = s.settleTie(ties[i], moved)
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

// tie returns the pieces that a relocation fixes the distance of, if it does.
func (s *scanner) tie(oi, piece int, r elfload.Reloc) (tie, bool) {
	idx := s.lookup(oi, int(r.Sym))
	if idx < 0 || s.refs[idx].Kind != RefPiece {
		return tie{}, false
	}
	from := piece
	if r.Howto.Kind == relocs.FromGOT {
		from = s.got
	}
	return tie{int32(from), int32(s.refs[idx].Piece), int32(piece), r.Off, r.Howto}, true
}

// settleTie moves the end of a tie that can be moved into text, where the
// other one is, and appends it to moved.
func (s *scanner) settleTie(t tie, moved []int32) []int32 {
	for _, end := range [2][2]int32{{t.from, t.to}, {t.to, t.from}} {
		fixed, mover := &s.pieces[end[0]], &s.pieces[end[1]]
		if h := s.homes[end[1]]; fixed.Region == mpyfile.Text && mover.Region != mpyfile.Text && (h == zeroed || h == variable) {
			mover.Region = mpyfile.Text
			mover.Why = t.howto.Name + " at " + at(s.pieces[t.piece].Object, s.pieces[t.piece].Name, uint64(t.off))
			return append(moved, end[1])
		}
	}
	return moved
}
