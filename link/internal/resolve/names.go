package resolve

import (
	"cmp"

	"mpyld/elfload"
	"mpyld/mpyfile"
)

// names are the global symbols of a link, each name once, with what is known of
// each.
type names struct {
	*elfload.Names
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

// newNames returns the names of a link's objects, with room for some more. Where references
// may have other names than symbols have, none is in the list yet.
func newNames(in *Input) *names {
	t := &names{Names: in.Names}
	if t.Names == nil {
		t.Names = elfload.NewNames(in.Objects)
	}
	room := 0
	for _, obj := range in.Objects {
		if len(in.Wrap) == 0 {
			t.Of(obj)
		} else {
			room += len(obj.Symbols) - obj.Locals
		}
	}
	t.List = make([]named, 0, room+t.Len()+suppliedNames)
	return t
}

// suppliedNames is about how many names come in that no object has.
const suppliedNames = 16

// numbersOf reports for each name, by number, whether the firmware supplies something of it.
func (t *names) numbersOf(abi *mpyfile.ABI) []bool {
	provided := make([]bool, t.Len())
	for name := range abi.Provided.Get() {
		if n, ok := t.Find(name); ok {
			provided[n] = true
		}
	}
	return provided
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
	t.listAll()
	return i
}

// listAll puts all names into the list that are not yet.
func (t *names) listAll() {
	for i := len(t.List); i < t.Len(); i++ {
		t.List = append(t.List, named{number: int32(i)})
	}
}

// NotGlobal is the number of the names of local symbols.
const NotGlobal = elfload.NotGlobal

// refers reports whether a symbol of an object, whose sections are of the output or not, is a
// reference: one that is defined in a group that an earlier object has is one, too.
func refers(s *elfload.Symbol, of []int32) bool {
	return s.Where == elfload.Undefined || s.Where == elfload.InSection && of[s.Sect] == Discarded
}

// numberNames returns the numbers of an object's names, by symbol. What it
// refers to may have another name (see wrappings).
func (t *names) numberNames(obj *elfload.Object, of []int32, wrapped map[string]string) []int32 {
	if len(wrapped) == 0 {
		list := t.Of(obj)
		t.listAll()
		return list
	}
	list := make([]int32, len(obj.Symbols))
	for i := range list {
		s := &obj.Symbols[i]
		if i < obj.Locals || s.Local() {
			list[i] = NotGlobal
			continue
		}
		name := s.Name
		if refers(s, of) {
			name = cmp.Or(wrapped[name], name)
		}
		list[i] = t.number(name)
	}
	return list
}
