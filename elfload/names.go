package elfload

import "mpyld/internal/intern"

// Objects name most global symbols several times, and looking a name up costs more than
// anything else about a symbol. So each name of a link gets a number, and each object a
// list of the numbers of its symbols, once, for all who go by names.
//
//	a.o: mpy_init, f    b.o: f, g        0 mpy_init, 1 f, 2 g        Of(b.o) = 1, 2

// Names are the names of a link's global symbols as numbers, from 0 on, in the order in
// which they come.
type Names struct {
	*intern.Table
	of map[*Object][]int32
}

// NotGlobal is the number of the names of local symbols.
const NotGlobal = -1

// suppliedNames is about how many names a link has that its objects do not define.
const suppliedNames = 256

// NewNames returns an empty table. It has room for as many names as objects have
// definitions, which is about what most links have.
func NewNames(objects []*Object) *Names {
	definitions := suppliedNames
	for _, obj := range objects {
		definitions += obj.Defined
	}
	return &Names{Table: intern.New(definitions), of: make(map[*Object][]int32, len(objects))}
}

// Of returns the numbers of the names of an object's symbols, by symbol, or NotGlobal.
// The list is everybody's: who changes it takes a copy.
func (n *Names) Of(obj *Object) []int32 {
	list, ok := n.of[obj]
	if ok {
		return list
	}
	list = make([]int32, len(obj.Symbols))
	for i := range list {
		if s := &obj.Symbols[i]; i < obj.Locals || s.Local() {
			list[i] = NotGlobal
		} else {
			list[i] = n.Number(s.Name)
		}
	}
	n.of[obj] = list
	return list
}
