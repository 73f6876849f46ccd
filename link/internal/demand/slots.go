package demand

import (
	"slices"

	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// Code that goes through the GOT needs a word there that the firmware relocates. It is
// keyed by what it holds, S + A and the instruction set, and not by a name: sections of
// one name are not confused, local symbols may have slots, and names for one place share
// a slot.
//
//	a.o: x, at .data.x+0    b.o: y, an alias of x    one slot        f and f+4: two

// Slot is a word of the linker's table: it holds S + A, or just A.
type Slot struct {
	Target  uint32
	A       int64
	Literal bool // a plain number from a literal section
}

// SlotKey is what a slot holds, without any name: two symbols with one target
// share a slot. There may be many: it is kept at 32 bytes.
type SlotKey struct {
	A int64
	TargetKey
}

// TargetKey is what a Target points at, without its name.
type TargetKey struct {
	off     uint64
	section int32
	entry   int32
	kind    linkmap.TargetKind
	dest    mpyfile.DestKind
	mode    uint8
	literal bool // a number of a literal section
}

func KeyOf(r *linkmap.Target) TargetKey {
	return TargetKey{
		kind: r.Kind, section: r.Section, off: r.Off,
		dest: r.Dest.Kind, entry: r.Dest.Entry, mode: r.Mode,
	}
}

// slot returns the table index of the word S + A, making it on first use.
func (s *demander) slot(target uint32, a int64) int {
	return s.keyed(SlotKey{a, KeyOf(&s.bound.Targets[target])}, Slot{Target: target, A: a})
}

// slotOfNumber is slot for a word of a literal section that holds a number.
func (s *demander) slotOfNumber(n uint64) int {
	return s.keyed(SlotKey{int64(n), TargetKey{literal: true}}, Slot{A: int64(n), Literal: true})
}

func (s *demander) keyed(key SlotKey, new Slot) int {
	i, ok := s.SlotOf[key]
	if !ok {
		i = int32(len(s.Slots))
		s.SlotOf[key] = i
		s.Slots = append(s.Slots, new)
	}
	return int(i)
}

// slotOfSymbol is slot for a word that holds just S.
func (s *demander) slotOfSymbol(ref uint32) int {
	if int(ref) < len(s.SlotOfTarget) && s.SlotOfTarget[ref] > 0 {
		return int(s.SlotOfTarget[ref] - 1)
	}
	if int(ref) >= len(s.SlotOfTarget) {
		s.SlotOfTarget = slices.Grow(s.SlotOfTarget, len(s.bound.Targets)-len(s.SlotOfTarget))[:len(s.bound.Targets)]
	}
	i := s.slot(ref, 0)
	s.SlotOfTarget[ref] = int32(i + 1)
	return i
}

// legacySlot gives a symbol the slot that mpy_ld.py has for it, though no instruction loads
// from it.
func (s *demander) legacySlot(ref uint32) {
	if s.prog.In.Relax.Has(relocs.DeadSlots) {
		s.Dead = append(s.Dead, ref)
		return
	}
	s.slotOfSymbol(ref)
}
