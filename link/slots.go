package link

import (
	"slices"

	"mpyld/linkmap"
	"mpyld/mpyfile"
)

// slot is a word of the linker's table: it holds S + A, or just A.
type slot struct {
	target  uint32
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
	section int32
	entry   int32
	kind    linkmap.TargetKind
	dest    mpyfile.DestKind
	mode    uint8
	literal bool // a number of a literal section
}

func keyOf(r *linkmap.Target) targetKey {
	return targetKey{
		kind: r.Kind, section: r.Section, off: r.Off,
		dest: r.Dest.Kind, entry: int32(r.Dest.Entry), mode: r.Mode,
	}
}

// slot returns the table index of the word S + A, making it on first use.
func (s *demander) slot(target uint32, a int64) int {
	return s.keyed(slotKey{a, keyOf(&s.bound.targets[target])}, slot{target: target, a: a})
}

// slotOfNumber is slot for a word of a literal section that holds a number.
func (s *demander) slotOfNumber(n uint64) int {
	return s.keyed(slotKey{int64(n), targetKey{literal: true}}, slot{a: int64(n), literal: true})
}

func (s *demander) keyed(key slotKey, new slot) int {
	i, ok := s.slotOf[key]
	if !ok {
		i = int32(len(s.slots))
		s.slotOf[key] = i
		s.slots = append(s.slots, new)
	}
	return int(i)
}

// slotOfSymbol is slot for a word that holds just S.
func (s *demander) slotOfSymbol(ref uint32) int {
	if int(ref) < len(s.slotOfTarget) && s.slotOfTarget[ref] > 0 {
		return int(s.slotOfTarget[ref] - 1)
	}
	if int(ref) >= len(s.slotOfTarget) {
		s.slotOfTarget = slices.Grow(s.slotOfTarget, len(s.bound.targets)-len(s.slotOfTarget))[:len(s.bound.targets)]
	}
	i := s.slot(ref, 0)
	s.slotOfTarget[ref] = int32(i + 1)
	return i
}
