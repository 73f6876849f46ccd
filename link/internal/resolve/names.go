package resolve

import (
	"cmp"

	"mpyld/elfload"
	"mpyld/internal/intern"
)

// Objects name most global symbols several times, and looking a name up costs more
// than anything else about a symbol. So each name of a link gets a number, and each
// object a list of the numbers of its symbols, once. All later passes go by number.
//
//	a.o: mpy_init, f    b.o: f, g        0 mpy_init, 1 f, 2 g        NameOf[b.o] = 1, 2

// names are the global symbols of a link, each name once, with what is known of
// each.
type names struct {
	*intern.Table
	List []named // by number
}

// named is a global symbol.
type named struct {
	Def     Def
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

// suppliedNames is about how many names a link has that its objects do not define.
const suppliedNames = 256

// newNames returns an empty table. It has room for as many names as there are
// definitions, which is about what most links have, and the list can become one of
// as many names as there are symbols before it is copied.
func newNames(symbols, definitions int) *names {
	return &names{Table: intern.New(definitions + suppliedNames), List: make([]named, 0, symbols)}
}

// Get returns the definition of a name, if there is one.
func (t *names) Get(name string) (Def, bool) {
	if i, ok := t.Find(name); ok {
		return t.List[i].Def, t.List[i].Defined
	}
	return Def{}, false
}

// number returns the number of a name, which is in the table from then on.
func (t *names) number(name string) int32 {
	i := t.Number(name)
	if int(i) == len(t.List) {
		t.List = append(t.List, named{number: i})
	}
	return i
}

// NotGlobal is the number of the names of local symbols.
const NotGlobal = -1

// refers reports whether a symbol of an object, whose sections are of the output or not, is a
// reference: one that is defined in a group that an earlier object has is one, too.
func refers(s *elfload.Symbol, of []int32) bool {
	return s.Where == elfload.Undefined || s.Where == elfload.InSection && of[s.Sect] == Discarded
}

// numberNames returns the numbers of an object's names, by symbol. What it
// refers to may have another name (see wrappings).
func (t *names) numberNames(obj *elfload.Object, of []int32, wrapped map[string]string) []int32 {
	list := make([]int32, len(obj.Symbols))
	for i := range obj.Locals {
		list[i] = NotGlobal
	}
	for i := obj.Locals; i < len(list); i++ {
		s := &obj.Symbols[i]
		if s.Local() {
			list[i] = NotGlobal
			continue
		}
		name := s.Name
		if len(wrapped) > 0 && refers(s, of) {
			name = cmp.Or(wrapped[name], name)
		}
		list[i] = t.number(name)
	}
	return list
}
