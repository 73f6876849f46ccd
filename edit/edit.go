// Package edit says how the content of a section differs from what its object has,
// and where each of its bytes went.
//
// It stands apart because whoever reads, moves, writes or checks a section must
// mean the same by an offset. It must never know why a linker edits, or what an
// instruction is.
package edit

import (
	"slices"
	"sort"

	"mpyld/relocs"
)

// An object's section may have what the module does not want as it is: the padding
// of relaxable code is the most that it can take, a table of constructors is in
// the order in which they are called last. So a section has a list of edits:
//
//	0: c.ret   2: nop nop nop (6 bytes, R_RISCV_ALIGN to 8)   8: f
//	edit: of the 6 bytes at 2, none stay if 2 is aligned well enough
//	then  f, at 8 as the object counts, is at 2; and what is at 2 was at 8
//
// What is deleted has no place of its own: an offset in it is where it ended.

// Edit puts other bytes in the place of some.
type Edit struct {
	Off uint32 // as the object counts
	Del uint32 // how many of its bytes go
	Ins []byte
	For *relocs.Howto // the row of the relocation that asks for it
	To  *relocs.Howto // the row that this has then; nil: it has none any more
}

// List is the edits of one section. A nil list has none.
type List struct {
	From  []byte // what the object has
	Edits []Edit // in the order of their places, apart
	Word  int    // not 0: after them, words of so many bytes are put in the reverse order

	moved []int64 // by edit: how far what is in front of it has moved
	size  uint64  // of the result
}

// New returns a list of edits, which are in the order of their places and apart.
func New(from []byte, edits []Edit, word int) *List {
	l := &List{From: from, Edits: edits, Word: word, moved: make([]int64, len(edits)), size: uint64(len(from))}
	moved := int64(0)
	for i := range edits {
		l.moved[i] = moved
		moved += int64(len(edits[i].Ins)) - int64(edits[i].Del)
	}
	l.size += uint64(moved)
	return l
}

// Valid reports whether the edits are in the order of their places, apart, and
// inside the section, and its words are whole.
func (l *List) Valid() bool {
	at := uint64(0)
	for i := range l.Edits {
		e := &l.Edits[i]
		if uint64(e.Off) < at || uint64(e.Off)+uint64(e.Del) > uint64(len(l.From)) {
			return false
		}
		at = uint64(e.Off) + uint64(e.Del)
	}
	return l.Word >= 0 && (l.Word == 0 || l.size%uint64(l.Word) == 0)
}

// Bytes returns what the edits make of the object's bytes, in new memory.
func (l *List) Bytes() []byte {
	out := make([]byte, 0, l.size)
	at := uint32(0)
	for i := range l.Edits {
		e := &l.Edits[i]
		out = append(append(out, l.From[at:e.Off]...), e.Ins...)
		at = e.Off + e.Del
	}
	out = append(out, l.From[at:]...)
	if l.Word > 0 {
		slices.Reverse(out) // words and the bytes in them, ...
		for p := 0; p < len(out); p += l.Word {
			slices.Reverse(out[p : p+l.Word]) // ... of which those are put back
		}
	}
	return out
}

// At returns the edit that starts at an offset of the object's section, or nil.
func (l *List) At(off uint64) *Edit {
	if l == nil {
		return nil
	}
	i := sort.Search(len(l.Edits), func(i int) bool { return uint64(l.Edits[i].Off) >= off })
	if i == len(l.Edits) || uint64(l.Edits[i].Off) != off {
		return nil
	}
	return &l.Edits[i]
}

// Row returns the row that a relocation at an offset of the object's section has in what
// the edits make of it, and whether there still is one.
func (l *List) Row(off uint64, h *relocs.Howto) (row *relocs.Howto, ok bool) {
	if l == nil || h == nil {
		return h, true
	}
	if h.Near != nil {
		off -= uint64(h.Near.Before)
	}
	e := l.At(off)
	if e == nil || e.For != h || h.Formula == relocs.Align { // which only marks a place
		return h, true
	}
	return e.To, e.To != nil
}

// Out returns where the byte at an offset of the object's section is.
func (l *List) Out(off uint64) uint64 {
	if l == nil {
		return off
	}
	return l.turned(l.Label(off))
}

// Label returns where something is that refers to an offset of the object's section. A
// table that is turned around keeps its labels, which mark the whole of it, as with
// GNU ld.
func (l *List) Label(off uint64) uint64 {
	if l == nil {
		return off
	}
	i := sort.Search(len(l.Edits), func(i int) bool { return uint64(l.Edits[i].Off) > off })
	if i == 0 {
		return off
	}
	e := &l.Edits[i-1]
	return uint64(int64(e.Off)+l.moved[i-1]) + within(off-uint64(e.Off), uint64(e.Del), uint64(len(e.Ins)))
}

// In returns where the byte at an offset is in the object: the inverse of Out. What
// no byte of the object is at is where that was which it took the place of.
func (l *List) In(off uint64) uint64 {
	if l == nil {
		return off
	}
	off = l.turned(off)
	i := sort.Search(len(l.Edits), func(i int) bool { return uint64(int64(l.Edits[i].Off)+l.moved[i]) > off })
	if i == 0 {
		return off
	}
	e := &l.Edits[i-1]
	return uint64(e.Off) + within(off-uint64(int64(e.Off)+l.moved[i-1]), uint64(len(e.Ins)), uint64(e.Del))
}

// within maps an offset from the start of an edit: of what there was, or behind it,
// to what there is instead.
func within(off, was, is uint64) uint64 {
	if off >= was {
		return off - was + is
	}
	return min(off, is)
}

// turned returns where a byte is after words are put in the reverse order. To do it
// twice is to do nothing.
func (l *List) turned(off uint64) uint64 {
	word := uint64(l.Word)
	if word == 0 || off >= l.size {
		return off
	}
	return l.size - word - off + 2*(off%word)
}
