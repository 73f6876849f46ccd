package link

import (
	"hash/maphash"

	"mpyld/elfload"
)

// names numbers the global symbols of a link, each name once, and has what is
// known of each. Objects name most symbols several times: looking a name up,
// which costs more than anything else about a symbol, is done once for each
// object that has it (resolved.nameOf).
type names struct {
	list []named

	// slots is an open hash table: numbers in list plus one, with the upper half
	// of the name's hash above them. Its length is a power of two.
	slots []uint64
	seed  maphash.Seed // random, so that nobody can choose names that collide
}

// named is a global symbol.
type named struct {
	name    string
	def     def
	defined bool
	wanted  uint8 // the strongest want so far
}

const (
	wantedWeak uint8 = iota + 1
	wantedStrong
)

// newNames returns an empty table with room for n names.
func newNames(n int) *names {
	size := 16
	for size < 2*n {
		size *= 2
	}
	return &names{list: make([]named, 0, n), slots: make([]uint64, size), seed: maphash.MakeSeed()}
}

// find returns where in slots a name is or would be, and the upper half of its
// hash.
func (t *names) find(name string) (at, tag uint64) {
	hash := maphash.String(t.seed, name)
	tag = hash &^ (1<<32 - 1)
	for at = hash; ; at++ {
		at &= uint64(len(t.slots) - 1)
		s := t.slots[at]
		if s == 0 || s^tag < 1<<32 && t.list[uint32(s)-1].name == name {
			return at, tag
		}
	}
}

// number returns the number of a name, which is in the table from then on.
func (t *names) number(name string) int32 {
	at, tag := t.find(name)
	if s := t.slots[at]; s != 0 {
		return int32(uint32(s) - 1)
	}
	t.list = append(t.list, named{name: name})
	t.slots[at] = tag | uint64(len(t.list))
	if 2*len(t.list) > len(t.slots) {
		t.grow()
	}
	return int32(len(t.list) - 1)
}

func (t *names) grow() {
	t.slots = make([]uint64, 2*len(t.slots))
	for i := range t.list {
		at, tag := t.find(t.list[i].name)
		t.slots[at] = tag | uint64(i+1)
	}
}

// get returns the definition of a name, if there is one.
func (t *names) get(name string) (def, bool) {
	at, _ := t.find(name)
	if s := t.slots[at]; s != 0 {
		n := &t.list[uint32(s)-1]
		return n.def, n.defined
	}
	return def{}, false
}

// notGlobal is the number of the names of local symbols.
const notGlobal = -1

// numberNames returns the numbers of an object's names, by symbol.
func (t *names) numberNames(obj *elfload.Object) []int32 {
	of := make([]int32, len(obj.Symbols))
	for i := range of {
		of[i] = notGlobal
		if s := &obj.Symbols[i]; !s.Local() {
			of[i] = t.number(s.Name)
		}
	}
	return of
}
