package debuginfo

import (
	"cmp"
	"debug/dwarf"
	"slices"
	"sort"

	"mpyld/diag"
)

// A linked file has addresses, and its debug information says of each which functions it is in. Functions
// that the compiler has inlined are in others, and say where they were called.
//
//	scopes    add 0x10 to 0x50    helper 0x18 to 0x20, called at wave.c:22    sub 0x50 to 0x60
//	0x1c      helper, which is in add

// Image is what the debug information of a linked file says.
type Image struct {
	lines *lines
	tree  *tree
	tops  []span // where functions are that are in no other, by address, apart
}

// span is where a function is, or a part of it.
type span struct {
	low, high uint64
	scope     int
}

// scope is a function, or a place where one was inlined.
type scope struct {
	ranges  [][2]uint64
	name    string // as linkers have it
	call    diag.Source
	inlined bool
	depth   int
}

func (s *scope) has(addr uint64) bool {
	return slices.ContainsFunc(s.ranges, func(r [2]uint64) bool { return r[0] <= addr && addr < r[1] })
}

// OfImage reads the debug information of a linked file, whose sections those are and whose addresses have so many bytes. What
// is damaged says nothing: functions are known only if all entries can be read.
func OfImage(sections Sections, word int) *Image {
	i := &Image{lines: readLines(sections, word)}
	i.readFunctions(sections, word)
	return i
}

func (i *Image) readFunctions(sections Sections, word int) {
	defer func() {
		if recover() != nil { // debug/dwarf on what is none
			i.tops = nil
		}
	}()
	i.tree = readTree(sections, i.lines, word, true)
	if i.tree.whole {
		i.index()
	}
}

// index prepares At.
func (i *Image) index() {
	for n := range i.tree.scopes {
		if s := &i.tree.scopes[n]; !s.inlined {
			for _, r := range s.ranges {
				i.tops = append(i.tops, span{r[0], r[1], n})
			}
		}
	}
	slices.SortStableFunc(i.tops, func(a, b span) int { return cmp.Compare(a.low, b.low) })
	i.tops = separate(i.tops)
}

// separate leaves out what lies over one another, of extents that are sorted: nobody knows which of them it is.
func separate(list []span) []span {
	var out []span
	for i := 0; i < len(list); {
		high, n := list[i].high, i+1
		for n < len(list) && list[n].low < high {
			high = max(high, list[n].high)
			n++
		}
		if n == i+1 && list[i].low < high {
			out = append(out, list[i])
		}
		i = n
	}
	return out
}

// Within is a function that code is in.
type Within struct {
	Function string      // as linkers have it; "" if nobody knows
	At       diag.Source // where the code is in it; unknown if nobody knows
}

// At returns what functions the code at an address is in, the innermost first. Without any, the line alone.
func (i *Image) At(addr uint64) []Within {
	at := i.lines.at(addr)
	n := sort.Search(len(i.tops), func(n int) bool { return i.tops[n].low > addr }) - 1
	if n < 0 || addr >= i.tops[n].high {
		if at.Known() {
			return []Within{{At: at}}
		}
		return nil
	}
	list := []Within{} // the outermost first, each with where it was called
	top := i.tops[n].scope
	outer := &i.tree.scopes[top]
	list = append(list, Within{Function: outer.name})
	depth := outer.depth
	for k := top + 1; k < len(i.tree.scopes) && i.tree.scopes[k].depth > outer.depth; k++ {
		s := &i.tree.scopes[k]
		if !s.inlined { // a function of its own
			for k+1 < len(i.tree.scopes) && i.tree.scopes[k+1].depth > s.depth {
				k++
			}
			continue
		}
		if s.depth > depth && s.has(addr) {
			list = append(list, Within{s.name, s.call})
			depth = s.depth
		}
	}
	for k := range list[:len(list)-1] {
		list[k].At = list[k+1].At
	}
	list[len(list)-1].At = at
	slices.Reverse(list)
	return list
}

// scope notes a function, if functions are wanted.
func (w *walk) scope(e *dwarf.Entry, ranges [][2]uint64, call diag.Source) {
	if !w.functions || len(ranges) == 0 {
		return
	}
	name := ""
	w.chain(e, func(e *dwarf.Entry) bool {
		for _, attr := range []dwarf.Attr{dwarf.AttrLinkageName, dwarf.AttrName} {
			if text, ok := e.Val(attr).(string); ok && len(text) < maxString {
				name = text
				break
			}
		}
		return name != ""
	})
	w.scopes = append(w.scopes, scope{ranges, name, call, e.Tag == dwarf.TagInlinedSubroutine, w.depth})
}

// rangesIf returns the addresses of an entry, if they are wanted.
func (w *walk) rangesIf(wanted bool, e *dwarf.Entry) [][2]uint64 {
	if !wanted {
		return nil
	}
	return w.rangesOf(e)
}
