package link

import (
	"slices"

	"mpyld/linkmap"
	"mpyld/mpyfile"
)

// slot is a word of the linker's table: it holds S + A.
type slot struct {
	ref     uint32
	a       int64
	literal bool // a plain number from a literal section
}

// slotKey is what a slot holds, without any name: two symbols with one target
// share a slot. There may be many: it is kept at 32 bytes.
type slotKey struct {
	a int64
	targetKey
}

// target is what a Ref points at.
type targetKey struct {
	off     uint64
	piece   int32
	entry   int32
	kind    linkmap.TargetKind
	dest    mpyfile.DestKind
	mode    uint8
	literal bool // a number of a literal section
}

func targetOf(r *linkmap.Target) targetKey {
	return targetKey{
		kind: r.Kind, piece: r.Section, off: r.Off,
		dest: r.Dest.Kind, entry: int32(r.Dest.Entry), mode: r.Mode,
	}
}

// slot returns the table index of the word S + A, making it on first use.
func (s *scanner) slot(ref uint32, a int64, literal bool) int {
	key := slotKey{a, targetOf(&s.refs[ref])}
	key.literal = literal
	i, ok := s.slotOf[key]
	if !ok {
		i = int32(len(s.slots))
		s.slotOf[key] = i
		s.slots = append(s.slots, slot{ref, a, literal})
	}
	return int(i)
}

// slotOfSymbol is slot for a word that holds just S.
func (s *scanner) slotOfSymbol(ref uint32) int {
	if int(ref) < len(s.slotOfRef) && s.slotOfRef[ref] > 0 {
		return int(s.slotOfRef[ref] - 1)
	}
	if int(ref) >= len(s.slotOfRef) {
		s.slotOfRef = slices.Grow(s.slotOfRef, len(s.refs)-len(s.slotOfRef))[:len(s.refs)]
	}
	i := s.slot(ref, 0, false)
	s.slotOfRef[ref] = int32(i + 1)
	return i
}
