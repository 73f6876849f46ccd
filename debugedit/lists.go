package debugedit

import (
	"cmp"
	"debug/elf"
	"slices"

	"mpyld/edit"
)

// Lists say for extents of code what is so in them: that a variable is in a register, that a function has code
// there. Up to version 4 an entry is two words (.debug_ranges, .debug_loc), from 5 on a code with what that needs (.debug_rnglists,
// .debug_loclists). Lists may share their ends, so what has been moved is not moved again.
//
//	version 4    base .text+0: 4, 6, 1 byte: DW_OP_reg3; 0, 0         4, 4, ...; 0, 0
//	version 5    offset_pair 4, 6, 1 byte: DW_OP_reg3; end_of_list    offset_pair 4, 4, ...; end_of_list
//
// Two zeros are the end of a list in version 4, so what has become empty at zero is at one.

// again reports whether an entry of a list has been moved, for the same place that it counts from.
func (m *mover) again(at, base place) bool {
	was, seen := m.seen[at]
	if seen && was != base {
		m.fail("a list in %s at 0x%x is of two functions", m.raw.Sections[at.section].Name, at.off)
	}
	m.seen[at] = base
	return seen
}

// gone reports whether what an expression says of an extent is not so any more: it is about a register that holds
// something else.
func (m *mover) gone(u *compilation, at extent, expr expression) bool {
	if !at.known || m.editsOf(at.low) == nil {
		return false
	}
	held := m.elsewhere(at.low.section, at.low.off, at.low.off+at.length)
	return held != 0 && m.mentions(u, expr, held)
}

// list moves a list of versions 2 to 4 (DWARF 4, sections 2.6.2 and 2.17.3).
func (m *mover) list(u *compilation, at place, places bool) {
	data := m.raw.Sections[at.section].Data
	section, word, base := at.section, u.word, u.base
	for c := within(data, at.off, uint64(len(data))); m.err == nil; {
		off := c.at
		if m.again(place{section, off}, base) {
			return
		}
		low, high := c.number(word), c.number(word)
		from, to := m.target(section, off, low), m.target(section, off+uint64(word), high)
		if c.bad {
			m.fail("a list in %s at 0x%x has no end", m.raw.Sections[section].Name, at.off)
			return
		}
		if low == 1<<(8*word)-1 && from.section == noSection { // what follows counts from there
			base = to
			continue
		}
		if from.section == noSection && to.section == noSection && low == 0 && high == 0 {
			return
		}
		expr := expression{section: section}
		if places {
			n := c.number(2)
			expr.from = c.at
			c.bytes(n)
			expr.to = c.at
			if c.bad {
				continue
			}
		}
		switch {
		case from.section != noSection && to.section == from.section && from.off <= to.off:
			m.bothAddresses(section, off, word, from, m.gone(u, extent{from, to.off - from.off, true}, expr), to)
		case from.section == noSection && to.section == noSection && low <= high:
			start, end := m.length(base, low), m.length(base, high)
			if m.editsOf(base) != nil && m.gone(u, extent{place{base.section, base.off + low}, high - low, true}, expr) {
				end = start
			}
			if start == 0 && end == 0 {
				start, end = 1, 1
			}
			m.putNumber(section, off, word, low, start)
			m.putNumber(section, off+uint64(word), word, high, end)
		default:
			m.fail("an entry of %s at 0x%x is not understood", m.raw.Sections[section].Name, off)
		}
	}
}

// bothAddresses moves an extent that is said by two addresses: they follow by their relocations, unless it becomes
// empty, which must not look like the end of a list.
func (m *mover) bothAddresses(section int, off uint64, word int, from place, gone bool, to place) {
	l := m.editsOf(from)
	if l == nil || from == to || !gone && (l.Label(from.off) != 0 || l.Label(to.off) != 0) {
		return
	}
	for _, at := range [...]uint64{off, off + uint64(word)} {
		r, _ := m.reloc(section, at)
		if m.raw.Symbols[r.Sym].Type() != elf.STT_SECTION {
			m.fail("an entry of %s at 0x%x has become empty", m.raw.Sections[section].Name, off)
			return
		}
		m.putAddend(section, r, int64(len(l.From)))
		m.anywhere[place{section, at}] = true
	}
}

// The entries of lists of version 5 (section 7.7.3 and 7.25), and one of GNU's.
type listEntry uint8

const (
	endOfList listEntry = iota
	baseAddressx
	startxEndx
	startxLength
	offsetPair
	defaultLocation
	baseAddress
	startEnd
	startLength
	viewPair
	notKnown
)

var (
	rangeEntries = [...]listEntry{endOfList, baseAddressx, startxEndx, startxLength, offsetPair, baseAddress, startEnd, startLength}
	placeEntries = [...]listEntry{endOfList, baseAddressx, startxEndx, startxLength, offsetPair, defaultLocation, baseAddress, startEnd, startLength, viewPair}
)

// list5 moves a list of version 5.
func (m *mover) list5(u *compilation, at place, places bool) {
	data := m.raw.Sections[at.section].Data
	section, word, base := at.section, u.word, u.base
	entries := rangeEntries[:]
	if places {
		entries = placeEntries[:]
	}
	for c := within(data, at.off, uint64(len(data))); m.err == nil; {
		off := c.at
		if m.again(place{section, off}, base) {
			return
		}
		kind := notKnown
		if n := c.number(1); n < uint64(len(entries)) {
			kind = entries[n]
		}
		address := func() place {
			off := c.at
			return m.target(section, off, c.number(word))
		}
		var x extent
		var start, length unsigned // which say where its end is; start of a pair of offsets
		switch kind {
		case endOfList:
			if c.bad {
				m.fail("a list in %s at 0x%x has no end", m.raw.Sections[section].Name, at.off)
			}
			return
		case baseAddressx:
			base = m.indexed(u, c.uleb())
			continue
		case baseAddress:
			base = address()
			continue
		case viewPair:
			c.uleb()
			c.uleb()
			continue
		case defaultLocation:
		case startxEndx:
			low, high := m.indexed(u, c.uleb()), m.indexed(u, c.uleb())
			x = extent{low, high.off - low.off, low.section == high.section && low.off <= high.off}
		case startEnd:
			low, high := address(), address()
			x = extent{low, high.off - low.off, low.section == high.section && low.off <= high.off}
		case startxLength:
			x.low = m.indexed(u, c.uleb())
			length = c.unsigned()
			x.length, x.known = length.v, true
		case startLength:
			x.low = address()
			length = c.unsigned()
			x.length, x.known = length.v, true
		case offsetPair:
			start, length = c.unsigned(), c.unsigned()
			x = extent{place{base.section, base.off + start.v}, length.v - start.v, true}
			if length.v < start.v {
				c.bad = true
			}
		default:
			c.bad = true
		}
		expr := expression{section: section}
		if places {
			n := c.uleb()
			expr.from = c.at
			c.bytes(n)
			expr.to = c.at
		}
		if c.bad || m.err != nil {
			m.fail("an entry of %s at 0x%x is not understood", m.raw.Sections[section].Name, off)
			return
		}
		gone := m.gone(u, x, expr)
		switch {
		case kind == offsetPair:
			low, high := m.length(base, start.v), m.length(base, length.v)
			if gone {
				high = low
			}
			m.putUnsigned(section, start, low)
			m.putUnsigned(section, length, high)
		case length.size > 0:
			is := m.length(x.low, x.length)
			if gone {
				is = 0
			}
			m.putUnsigned(section, length, is)
		case kind == defaultLocation:
			m.expression(u, expr, &extent{})
		case gone:
			m.silence(u, expr)
		}
	}
}

// listTables corrects what tables of lists say of themselves (section 7.28 and 7.29), when all entries are moved.
func (m *mover) listTables(section int) {
	edits := m.edits[section]
	slices.SortStableFunc(edits, func(a, b edit.Edit) int { return cmp.Compare(a.Off, b.Off) })
	if added(edits) == 0 && !slices.ContainsFunc(edits, func(e edit.Edit) bool { return len(e.Ins) != int(e.Del) }) {
		return
	}
	data := m.raw.Sections[section].Data
	list := edit.New(data, slices.Clone(edits), 0)
	for c := within(data, 0, uint64(len(data))); c.more() && m.err == nil; {
		u := c.unit(section)
		c.number(4) // version, and the sizes of addresses and of segment selectors
		count := c.number(4)
		first := c.at
		if c.bad || count > (u.end-min(first, u.end))/uint64(u.offset) {
			m.fail("a table in %s at 0x%x is not understood", m.raw.Sections[section].Name, u.start)
			return
		}
		for range count {
			off := c.at
			was := c.number(u.offset)
			if was > u.end-first {
				m.fail("a table in %s at 0x%x is not understood", m.raw.Sections[section].Name, u.start)
				return
			}
			m.putNumber(section, off, u.offset, was, list.Label(first+was)-list.Label(first))
		}
		m.lengthened(&u, int64(list.Label(u.end)-list.Label(u.start))-int64(u.end-u.start))
		c.at = u.end
	}
}

// aranges moves the lengths in a table of what code units have (section 6.1.2).
func (m *mover) aranges(section int) {
	data := m.raw.Sections[section].Data
	word := m.raw.Machine().Word
	for c := within(data, 0, uint64(len(data))); c.more() && m.err == nil; {
		u := c.unit(section)
		version := c.number(2)
		c.number(u.offset)
		size, segment := c.number(1), c.number(1)
		if c.bad || version != 2 || int(size) != word || segment != 0 {
			m.fail("a table in .debug_aranges at 0x%x is not understood", u.start)
			return
		}
		if past := (c.at - u.start) % uint64(2*word); past != 0 {
			c.bytes(uint64(2*word) - past)
		}
		for !c.bad && c.at+uint64(2*word) <= u.end {
			off := c.at
			at := m.target(section, off, c.number(word))
			lengthOff := c.at
			length := c.number(word)
			m.putNumber(section, lengthOff, word, length, m.length(at, length))
		}
		c.at = u.end
	}
}
