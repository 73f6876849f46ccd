package audit

import (
	"mpyld/linkmap"
	"mpyld/mpyfile"
)

// What a name means is asked in this order: what scripts and linked firmware give
// it, the definition that binding chose, what the loader supplies, an end of a
// region; a reference that finds nothing is to the null address if it is weak, and
// a link with one that is not must fail.

// meaning is what a symbol means. There is one for each symbol of a big link, so it is kept at what
// Go has in registers: 32 bytes, in structs of no more than four fields.
type meaning struct {
	sort
	at     place  // isSection
	number int32  // isCommon, isEdgeOf, isTable: of the name; isSupplied: of the entry
	off    uint64 // bytes behind the place, or the value
}

// sort is the part of a meaning that is no place.
type sort struct {
	kind kind
	mode uint8            // the instruction-set bit
	code bool             // it is a function
	dest mpyfile.DestKind // isSupplied
}

type kind uint8

const (
	isNothing kind = iota
	isSection
	isCommon
	isSupplied
	isValue
	isNull
	isEdgeOf
	isTable // of the linker's own
)

// meaning returns what a name means.
func (a *audit) meaning(n int32) meaning {
	g := &a.globals[n]
	if len(a.fixed) > 0 || len(a.in.Externs) > 0 { // or the name is not worth looking at
		name := a.table.Name(n)
		if s := a.fixed[name]; s != nil {
			return a.set(s)
		}
		if e, ok := a.in.Externs[name]; ok && !a.ownBusiness(name) && (!e.Provide || g.is == undefined) {
			return meaning{sort: sort{kind: isValue}, off: e.Value}
		}
	}
	switch {
	case g.is == common:
		return meaning{sort: sort{kind: isCommon}, number: n}
	case g.is != undefined:
		return g.what.in(g.def.file)
	}
	name := a.table.Name(n)
	if p, ok := a.in.ABI.Provided.Get()[name]; ok {
		if a.isEmptyTable(p.Dest.Kind) {
			return meaning{}
		}
		return meaning{sort: sort{kind: isSupplied, dest: p.Dest.Kind, code: p.Code}, number: p.Dest.Entry}
	}
	if _, ok := a.madeTable(name); ok {
		return meaning{sort: sort{kind: isTable}, number: n}
	}
	if isEdge(name) && a.hasEdge(name) {
		return meaning{sort: sort{kind: isEdgeOf}, number: n}
	}
	if !g.wanted {
		return meaning{sort: sort{kind: isNull}}
	}
	return meaning{}
}

// gotName is the start of the global offset table (psABIs).
const gotName = "_GLOBAL_OFFSET_TABLE_"

// madeTable returns which table of the linker's own a name is the start of, and whether the module has it: the
// global offset table, or room for the numbers of names, or for the objects that they are.
func (a *audit) madeTable(name string) (kind linkmap.Kind, ok bool) {
	links := a.in.ABI.Names == mpyfile.NameLinks
	switch name {
	case gotName:
		return linkmap.GOT, true
	case mpyfile.QStrValsSymbol:
		return linkmap.QStrNumbers, links && len(a.m.QStrs) > 0
	case mpyfile.QStrObjsSymbol:
		return linkmap.QStrObjects, links && len(a.m.QStrObjs) > 0
	}
	return 0, false
}

// isEmptyTable reports whether a table is one of names, but the module has none: code
// that refers to it was compiled with another config header.
func (a *audit) isEmptyTable(table mpyfile.DestKind) bool {
	return table == mpyfile.ToQStrTable && len(a.m.QStrs) == 0 || table == mpyfile.ToObjTable && len(a.m.QStrObjs) == 0
}

// set returns what a script sets a symbol to. What depends on itself means nothing.
func (a *audit) set(s *setting) meaning {
	switch {
	case s.known:
	case s.to.Symbol == "":
		s.known, s.meant = true, meaning{sort: sort{kind: isValue}, off: s.to.Number}
	default:
		s.known = true
		m := a.meaning(a.number(s.to.Symbol))
		m.off += s.to.Number
		s.meant = m
	}
	return s.meant
}

// in returns what a definition of a file means.
func (d *definition) in(file int32) meaning {
	return meaning{sort: d.sort, at: place{file, d.section}, off: d.off}
}

// supplied returns which thing of the loader's it is.
func (m *meaning) supplied() mpyfile.Dest { return mpyfile.Dest{Kind: m.dest, Entry: m.number} }

// is reports whether a target of the map is what a symbol means.
func (a *audit) is(t *linkmap.Target, m *meaning) bool {
	switch m.kind {
	case isSection:
		return t.Kind == linkmap.InSection && a.from[t.Section] == m.at && t.Off == m.off && t.Mode == m.mode
	case isCommon:
		return t.Kind == linkmap.InSection && a.shared[a.globals[m.number].shared-1].section == t.Section+1 && t.Off == m.off
	case isSupplied:
		return t.Kind == linkmap.Supplied && t.Dest == m.supplied() && t.Code == m.code && m.off == 0
	case isValue:
		return t.Kind == linkmap.Absolute && a.wrap(t.Off|uint64(t.Mode)) == a.wrap(m.off|uint64(m.mode))
	case isNull:
		return t.Kind == linkmap.Null
	case isEdgeOf:
		return t.Kind == linkmap.InSection && a.isEdgeOf(t, m)
	case isTable:
		table, _ := a.madeTable(a.table.Name(m.number))
		return t.Kind == linkmap.InSection && a.m.Sections[t.Section].Kind == table && t.Off == m.off
	}
	return false
}

// wrap cuts a number to the machine's word.
func (a *audit) wrap(n uint64) uint64 {
	if a.in.Machine.Word == 4 {
		return uint64(uint32(n))
	}
	return n
}
