// Package intern numbers strings: each is kept once, and numbers take the place of
// it from there on.
//
// It stands apart because links ask for a name far more often than they make one:
// 16,000 functions that call each other are 120,000 questions, and Go's own map takes three
// times the memory. It must never know what the strings are.
package intern

import "hash/maphash"

// Table numbers strings from 0 on, in the order in which they come. The zero
// Table is not ready for use: see New.
type Table struct {
	entries []entry

	// slots is an open hash table of positions in entries, plus one. Its length is a
	// power of two.
	slots []uint32
	seed  maphash.Seed // random, so that nobody can choose strings that collide
}

type entry struct {
	name string
	hash uint32
}

// New returns a table with room for n strings. It may hold more, for which all it has is copied.
func New(n int) *Table {
	size := 16
	for size < 2*n {
		size *= 2
	}
	return &Table{entries: make([]entry, 0, n), slots: make([]uint32, size), seed: maphash.MakeSeed()}
}

// Len returns how many strings there are.
func (t *Table) Len() int { return len(t.entries) }

// Name returns the string with a number, which must be less than Len.
func (t *Table) Name(n int32) string { return t.entries[n].name }

// Find returns the number of a string, if it has one.
func (t *Table) Find(name string) (n int32, ok bool) {
	at, _ := t.slot(name)
	n = int32(t.slots[at]) - 1
	return n, n >= 0
}

// Number returns the number of a string, which is in the table from then on.
func (t *Table) Number(name string) int32 {
	at, hash := t.slot(name)
	if i := t.slots[at]; i != 0 {
		return int32(i - 1)
	}
	t.entries = append(t.entries, entry{name, hash})
	t.slots[at] = uint32(len(t.entries))
	if 2*len(t.entries) > len(t.slots) {
		t.grow()
	}
	return int32(len(t.entries) - 1)
}

// slot returns where in slots a string is or would be, and its hash.
func (t *Table) slot(name string) (at int, hash uint32) {
	hash = uint32(maphash.String(t.seed, name))
	for at = int(hash); ; at++ {
		at &= len(t.slots) - 1
		i := t.slots[at]
		if i == 0 {
			return at, hash
		}
		if e := &t.entries[i-1]; e.hash == hash && e.name == name {
			return at, hash
		}
	}
}

func (t *Table) grow() {
	t.slots = make([]uint32, 2*len(t.slots))
	for i := range t.entries {
		at := int(t.entries[i].hash) & (len(t.slots) - 1)
		for t.slots[at] != 0 {
			at = (at + 1) & (len(t.slots) - 1)
		}
		t.slots[at] = uint32(i + 1)
	}
}
