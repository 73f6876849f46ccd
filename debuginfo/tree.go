package debuginfo

import (
	"bytes"
	"debug/dwarf"
	"slices"

	"mpyld/diag"
)

// What functions and variables there are is a tree of entries (DWARF 5, chapter 2), which debug/dwarf reads. It is read
// once, in order, and what is wanted of it is kept: where something with an address is declared, and where functions were inlined.
//
//	compile_unit       comp_dir /home/x, its line table
//	  subprogram       add, 0x10000 to 0x10040, declared at wave.c:20
//	    inlined        helper, 0x10008 to 0x10010, called at wave.c:22
//	  variable         counter, at 0x20000 (DW_OP_addr), declared at wave.c:3
//
// A small file can ask for much work: entries of many attributes and no bytes, each of which names a long string. So what there
// is of both is bounded in front, and attributes are counted.

// tree is what the entries say.
type tree struct {
	declared map[uint64]diag.Source // by address of a function or variable
	inlined  []inlined              // each in front of those in it
	scopes   []scope                // of those who ask for functions: each in front of those in it
	whole    bool                   // all entries were read
}

// inlined is a place where a function was inlined.
type inlined struct {
	ranges [][2]uint64
	Call
}

// calls returns the places where the functions that an address is in were inlined, from the innermost.
func (t *tree) calls(addr uint64) (list []Call) {
	const deepest = 8
	for _, f := range slices.Backward(t.inlined) {
		for _, r := range f.ranges {
			if r[0] <= addr && addr < r[1] && len(list) < deepest {
				list = append(list, f.Call)
				break
			}
		}
	}
	return list
}

// readTree reads the entries, as far as they can be read.
func readTree(sections Sections, l *lines, word int, functions bool) *tree {
	t := &tree{declared: map[uint64]diag.Source{}}
	info, err := openTree(sections)
	if err != nil {
		return t
	}
	w := walk{tree: t, info: info, sections: sections, lines: l, word: word, units: unitsOf(sections[".debug_info"]), functions: functions}
	w.budget = 4*len(sections[".debug_info"]) + 1000
	for r := info.Reader(); w.budget > 0; {
		e, err := r.Next()
		if err != nil || e == nil {
			t.whole = err == nil
			break
		}
		w.budget -= len(e.Field)
		w.enter(e)
		w.entry(e)
		switch {
		case e.Tag == 0:
			w.depth--
		case e.Children:
			w.depth++
		}
	}
	return t
}

// Bounds of what debug/dwarf reads more than once.
const (
	maxAbbrevs = 64 << 20 // bytes of tables of abbreviations, of each that a unit has
	maxRanges  = 64 << 20 // bytes of lists of ranges, for each entry that has one
	maxString  = 1023     // bytes of a string, for each use is a copy; longer ones are cut, and not used
)

// openTree prepares reading entries.
func openTree(sections Sections) (*dwarf.Data, error) {
	if abbreviations(sections) > maxAbbrevs {
		return nil, dwarf.DecodeError{Name: "abbrev", Err: "too much"}
	}
	info, err := dwarf.New(sections[".debug_abbrev"], nil, nil, sections[".debug_info"], nil, nil, sections[".debug_ranges"], cut(sections[".debug_str"]))
	if err != nil {
		return nil, err
	}
	for _, name := range []string{".debug_addr", ".debug_line_str", ".debug_str_offsets", ".debug_rnglists"} {
		data := sections[name]
		if name == ".debug_line_str" {
			data = cut(data)
		}
		if err := info.AddSection(name, data); err != nil {
			return nil, err
		}
	}
	return info, nil
}

// unitsOf returns where units end, and what is behind the last.
func unitsOf(info []byte) (ends []int) {
	for c := (cursor{b: info}); len(c.b) > 0; {
		c.unit()
		ends = append(ends, len(info)-len(c.b))
	}
	return ends
}

// cut returns strings of which none is longer than maxString.
func cut(section []byte) []byte {
	out := section
	for at := 0; at < len(section); {
		n := bytes.IndexByte(section[at:], 0)
		if n < 0 {
			n = len(section) - at
		}
		if n > maxString && &out[0] == &section[0] {
			out = bytes.Clone(section)
		}
		for k := maxString; k < n; k += maxString + 1 {
			out[at+k] = 0
		}
		at += n + 1
	}
	return out
}

// walk is on its way through the entries.
type walk struct {
	*tree
	info     *dwarf.Data
	sections Sections
	lines    *lines
	word     int
	budget   int
	units    []int // where they end in .debug_info
	end      int   // of the unit that it is in
	first    int   // attributes of the unit's first entry

	functions bool // are wanted
	depth     int  // of the next entry

	table    *table // of the unit
	addrBase int64  // of the unit, in .debug_addr
	ranges   int    // bytes of lists of ranges that may have been read
}

// enter notes what unit an entry is in.
func (w *walk) enter(e *dwarf.Entry) {
	if int(e.Offset) >= w.end {
		at, _ := slices.BinarySearch(w.units, int(e.Offset)+1)
		w.end, w.first = w.units[at], len(e.Field)
	}
}

func (w *walk) entry(e *dwarf.Entry) {
	switch e.Tag {
	case dwarf.TagCompileUnit:
		w.table, w.addrBase = nil, 0
		if off, ok := e.Val(dwarf.AttrStmtList).(int64); ok {
			w.table = w.lines.tables[uint64(off)]
		}
		if dir, ok := e.Val(dwarf.AttrCompDir).(string); ok && w.table != nil && len(dir) < maxString {
			w.table.compDir = dir
		}
		if base, ok := e.Val(dwarf.AttrAddrBase).(int64); ok {
			w.addrBase = base
		}
	case dwarf.TagTypeUnit, dwarf.TagPartialUnit, dwarf.TagSkeletonUnit:
		w.table = nil
	case dwarf.TagSubprogram:
		if low, ok := e.Val(dwarf.AttrLowpc).(uint64); ok {
			w.declare(low, e)
		}
		w.scope(e, w.rangesIf(w.functions, e), diag.Source{})
	case dwarf.TagVariable:
		if addr, ok := w.location(e); ok {
			w.declare(addr, e)
		}
	case dwarf.TagInlinedSubroutine:
		at, ranges := w.source(e, dwarf.AttrCallFile, dwarf.AttrCallLine), w.rangesOf(e)
		if at.Known() && len(ranges) > 0 {
			w.inlined = append(w.inlined, inlined{ranges, Call{w.name(e), at}})
		}
		w.scope(e, ranges, at)
	}
}

// rangesOf returns the addresses of an entry. To read a list of them, debug/dwarf reads the unit's first entry again.
func (w *walk) rangesOf(e *dwarf.Entry) [][2]uint64 {
	if list := e.Val(dwarf.AttrRanges); list != nil {
		w.budget -= w.first
		if w.ranges += w.listSize(list); w.ranges > maxRanges {
			w.budget = 0
			return nil
		}
	}
	ranges, err := w.info.Ranges(e)
	if err != nil {
		w.budget = 0
		return nil
	}
	w.budget -= len(ranges)
	return ranges
}

// declare notes where what is at an address is declared. Two that differ are none.
func (w *walk) declare(addr uint64, e *dwarf.Entry) {
	var at diag.Source
	w.origin(e, func(e *dwarf.Entry) bool {
		at = w.source(e, dwarf.AttrDeclFile, dwarf.AttrDeclLine)
		return at.Known()
	})
	if was, ok := w.declared[addr]; ok && was != at {
		at = diag.Source{}
	}
	w.declared[addr] = at
}

// source is a line that attributes of an entry say.
func (w *walk) source(e *dwarf.Entry, file, line dwarf.Attr) diag.Source {
	f, ok1 := e.Val(file).(int64)
	n, ok2 := e.Val(line).(int64)
	if !ok1 || !ok2 || f < 0 || n < 0 || w.table == nil {
		return diag.Source{}
	}
	return w.table.source(uint64(f), uint64(n), 0)
}

// name returns the name of a function.
func (w *walk) name(e *dwarf.Entry) (name string) {
	w.origin(e, func(e *dwarf.Entry) bool {
		name, _ = e.Val(dwarf.AttrName).(string)
		return name != ""
	})
	if len(name) >= maxString {
		return ""
	}
	return name
}

// origin calls f with an entry, then with those that it is a copy of or completes, until f is content.
func (w *walk) origin(e *dwarf.Entry, f func(*dwarf.Entry) bool) {
	unit, _ := slices.BinarySearch(w.units, int(e.Offset)+1)
	w.chain(e, func(e *dwarf.Entry) bool {
		at, _ := slices.BinarySearch(w.units, int(e.Offset)+1)
		return at != unit || f(e) // files have other numbers in other units
	})
}

// chain is origin, in whatever unit an entry is.
func (w *walk) chain(e *dwarf.Entry, f func(*dwarf.Entry) bool) {
	const most = 8 // of references, which can lead to each other
	for range most {
		if f(e) {
			return
		}
		next, ok := e.Val(dwarf.AttrAbstractOrigin).(dwarf.Offset)
		if !ok {
			next, ok = e.Val(dwarf.AttrSpecification).(dwarf.Offset)
		}
		if !ok {
			return
		}
		r := w.info.Reader()
		r.Seek(next)
		var err error
		if e, err = r.Next(); err != nil || e == nil {
			return
		}
		w.budget -= len(e.Field)
	}
}

// Expressions that are an address and nothing else (DWARF 5, section 7.7.1).
const (
	locAddr  = 0x03
	locAddrx = 0xa1
)

// location returns the address of a variable that has one.
func (w *walk) location(e *dwarf.Entry) (addr uint64, ok bool) {
	loc, _ := e.Val(dwarf.AttrLocation).([]byte)
	c := cursor{b: loc}
	switch op := c.number(1); {
	case len(loc) == 1+w.word && op == locAddr:
		return c.number(w.word), true
	case len(loc) > 1 && op == locAddrx:
		index := c.uleb()
		list := w.sections[".debug_addr"]
		if c.bad || len(c.b) > 0 || w.addrBase < 0 || w.addrBase > int64(len(list)) || index >= uint64(len(list)/w.word) {
			return 0, false
		}
		c = cursor{b: list[w.addrBase:]}
		c.bytes(index * uint64(w.word))
		addr = c.number(w.word)
		return addr, !c.bad
	}
	return 0, false
}
