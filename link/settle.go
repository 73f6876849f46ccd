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
	for moved := true; moved; {
		moved = false
		s.eachSection(func(oi int, sec *elfload.Section, piece int) {
			if h := s.homes[piece]; h == literal || h == refused {
				return
			}
			for r := range sec.Relocs {
				if r.Howto == nil || r.Howto.Kind != relocs.PCRel && r.Howto.Kind != relocs.FromGOT {
					continue
				}
				if s.settlePair(oi, piece, r) {
					moved = true
				}
			}
		})
	}
}

// settlePair moves the end of a fixed distance that can be moved into text,
// where the other one is, and reports whether there was one.
func (s *scanner) settlePair(oi, piece int, r elfload.Reloc) bool {
	idx := s.lookup(oi, int(r.Sym))
	if idx < 0 || s.refs[idx].Kind != RefPiece {
		return false
	}
	from, to := piece, s.refs[idx].Piece
	if r.Howto.Kind == relocs.FromGOT {
		from = s.got
	}
	for _, end := range [][2]int{{from, to}, {to, from}} {
		fixed, mover := &s.pieces[end[0]], &s.pieces[end[1]]
		if h := s.homes[end[1]]; fixed.Region == mpyfile.Text && mover.Region != mpyfile.Text && (h == zeroed || h == variable) {
			mover.Region = mpyfile.Text
			mover.Why = r.Howto.Name + " at " + at(s.pieces[piece].Object, s.pieces[piece].Name, uint64(r.Off))
			return true
		}
	}
	return false
}
