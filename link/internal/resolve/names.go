package resolve

import (
	"cmp"
	"hash/maphash"

	"mpyld/elfload"
)

// Objects name most global symbols several times, and looking a name up costs more
// than anything else about a symbol. So each name of a link gets a number, and each
// object a list of the numbers of its symbols, once. All later passes go by number.
//
//	a.o: mpy_init, f    b.o: f, g        0 mpy_init, 1 f, 2 g        NameOf[b.o] = 1, 2

// names numbers the global symbols of a link, each name once, and has what is
// known of each.
type names struct {
	List []named

	// slots is an open hash table of numbers in list, plus one. Its length is a
	// power of two.
	slots []uint32
	seed  maphash.Seed // random, so that nobody can choose names that collide
}

// named is a global symbol.
type named struct {
	Name    string
	Def     Def
	hash    uint32
	number  int32 // in names
	Defined bool
	wanted  uint8 // the strongest want so far
	align   uint8 // the strictest alignment of its common symbols, as a power of two
}

const (
	wantedWeak uint8 = iota + 1
	wantedStrong
	wantedDefined // there is a common symbol, which gives way to a definition
)

// newNames returns an empty table. It has room for as many names as there are
// definitions, which is about what most links have, and it can become a list of
// as many names as there are symbols before that is copied.
func newNames(symbols, definitions int) *names {
	size := 16
	for size < 2*definitions {
		size *= 2
	}
	return &names{List: make([]named, 0, symbols), slots: make([]uint32, size), seed: maphash.MakeSeed()}
}

// find returns where in slots a name is or would be, and its hash.
func (t *names) find(name string) (at int, hash uint32) {
	hash = uint32(maphash.String(t.seed, name))
	for at = int(hash); ; at++ {
		at &= len(t.slots) - 1
		i := t.slots[at]
		if i == 0 {
			return at, hash
		}
		if n := &t.List[i-1]; n.hash == hash && n.Name == name {
			return at, hash
		}
	}
}

// number returns the number of a name, which is in the table from then on.
func (t *names) number(name string) int32 {
	at, hash := t.find(name)
	if i := t.slots[at]; i != 0 {
		return int32(i - 1)
	}
	t.List = append(t.List, named{Name: name, hash: hash, number: int32(len(t.List))})
	t.slots[at] = uint32(len(t.List))
	if 2*len(t.List) > len(t.slots) {
		t.grow()
	}
	return int32(len(t.List) - 1)
}

func (t *names) grow() {
	t.slots = make([]uint32, 2*len(t.slots))
	for i := range t.List {
		at := int(t.List[i].hash) & (len(t.slots) - 1)
		for t.slots[at] != 0 {
			at = (at + 1) & (len(t.slots) - 1)
		}
		t.slots[at] = uint32(i + 1)
	}
}

// Get returns the definition of a name, if there is one.
func (t *names) Get(name string) (Def, bool) {
	at, _ := t.find(name)
	if i := t.slots[at]; i != 0 {
		n := &t.List[i-1]
		return n.Def, n.Defined
	}
	return Def{}, false
}

// NotGlobal is the number of the names of local symbols.
const NotGlobal = -1

// numberNames returns the numbers of an object's names, by symbol. What it
// refers to may have another name (see wrappings).
func (t *names) numberNames(obj *elfload.Object, wrapped map[string]string) []int32 {
	of := make([]int32, len(obj.Symbols))
	for i := range obj.Locals {
		of[i] = NotGlobal
	}
	for i := obj.Locals; i < len(of); i++ {
		s := &obj.Symbols[i]
		if s.Local() {
			of[i] = NotGlobal
			continue
		}
		name := s.Name
		if len(wrapped) > 0 && s.Where == elfload.Undefined {
			name = cmp.Or(wrapped[name], name)
		}
		of[i] = t.number(name)
	}
	return of
}
