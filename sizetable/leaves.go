package sizetable

import (
	"cmp"
	"slices"
	"strings"

	"mpyld/diag"
	"mpyld/mapjson"
)

// All tables, trees and pictures are made of one list: the smallest parts of a module that
// have a name, each with its bytes, which it alone has. Grouping them by one of their
// names is a table, by one after the other a tree.
//
//	.text of a.o, 40 bytes: f 24 at 0, alias g 24 at 0, h 12 at 24
//	leaves: f 24, h 12, and 4 bytes of a.o:(.text) that no symbol has

// A Leaf is a part of a module.
type Leaf struct {
	Segment string // text, rodata, bss, or of the file alone: relocs, qstrs, ...
	Archive string // "" without
	Object  string // "": the linker made it
	Section string
	Symbol  string // "": no symbol has it
	Source  string // the line where that is declared, if it is known: "wave.c:14"
	Size    int    // bytes, at least 1
}

// Segments that are not the module's own.
const (
	relocs  = "relocs"
	names   = "qstrs"
	objects = "objects"
	other   = "other"
	padding = "padding" // in memory alone
	code    = "bytecode"
)

// InFile reports whether a leaf takes room in the file.
func (l *Leaf) InFile() bool { return l.Segment != mapjson.BSS && l.Segment != padding }

// InRAM reports whether it takes memory.
func (l *Leaf) InRAM() bool {
	switch l.Segment {
	case mapjson.Text, mapjson.Rodata, mapjson.BSS, code, padding:
		return true
	}
	return false
}

// Leaves are all parts of a file: of a module without a map, one for each segment.
func (i *Item) Leaves() []Leaf {
	f, r := &i.File, &i.RAM
	list := i.mapped()
	if i.Map == nil {
		list = []Leaf{{Segment: mapjson.Text, Size: r.Text}, {Segment: code, Size: r.Bytecode}, {Segment: mapjson.Rodata, Size: r.Rodata}, {Segment: mapjson.BSS, Size: r.BSS}}
	}
	list = append(list, []Leaf{
		{Segment: padding, Size: r.Padding},
		{Segment: relocs, Section: "relocation records", Size: f.Relocs},
		{Segment: names, Section: "names", Size: f.QStrs},
		{Segment: objects, Section: "constants", Size: f.Objects},
		{Segment: other, Section: "header, counts, flags", Size: f.Bytes - f.Relocs - f.QStrs - f.Objects - r.Text - r.Rodata - r.Bytecode},
	}...)
	return slices.DeleteFunc(list, func(l Leaf) bool { return l.Size == 0 })
}

// mapped are the leaves of the segments of a module with a map.
func (i *Item) mapped() (list []Leaf) {
	if i.Map == nil {
		return nil
	}
	for k := range i.Map.Sections {
		s := &i.Map.Sections[k]
		in := &i.Map.Inputs[s.Input]
		list = append(list, split(s, Leaf{Segment: s.Segment, Archive: in.Archive, Object: in.Path, Section: s.Name})...)
	}
	for k := range i.Map.Made {
		p := &i.Map.Made[k]
		name := p.Name
		if name == "" {
			name = p.Kind
		}
		list = append(list, Leaf{Segment: p.Segment, Section: name, Size: p.Size})
	}
	return list
}

// split are the leaves of a section: a byte belongs to the first of the symbols that have it. One
// without a size, as of assembler, has what is before the next.
func split(s *mapjson.Section, rest Leaf) (list []Leaf) {
	symbols := slices.Clone(s.Symbols)
	slices.SortStableFunc(symbols, func(a, b mapjson.Symbol) int { return cmp.Compare(a.Offset, b.Offset) })
	at, none := 0, s.Size
	for i := range symbols {
		sym := &symbols[i]
		end := sym.Offset + sym.Size
		if sym.Size == 0 {
			end = s.Size
			if next := slices.IndexFunc(symbols[i:], func(n mapjson.Symbol) bool { return n.Offset > sym.Offset }); next >= 0 {
				end = symbols[i+next].Offset
			}
		}
		from := max(at, sym.Offset)
		if end = min(end, s.Size); end <= from {
			continue
		}
		leaf := rest
		leaf.Symbol, leaf.Size = sym.Name, end-from
		if sym.Demangled != "" {
			leaf.Symbol = sym.Demangled
		}
		if at := (diag.Source{File: sym.File, Line: sym.Line}); at.Known() {
			leaf.Source = at.Brief()
		}
		list = append(list, leaf)
		at, none = end, none-leaf.Size
	}
	rest.Size = none
	return append(list, rest)
}

// object is how a leaf's object is called where room is short.
func (l *Leaf) object() string {
	if l.Archive != "" {
		return base(l.Archive) + "(" + l.member() + ")"
	}
	return base(l.Object)
}

// member is that of an archive, or else the object.
func (l *Leaf) member() string {
	if member, ok := strings.CutPrefix(l.Object, l.Archive+"("); ok && l.Archive != "" {
		return strings.TrimSuffix(member, ")")
	}
	return base(l.Object)
}

// base is the last part of a path of any system.
func base(name string) string { return name[strings.LastIndexAny(name, `/\`)+1:] }
