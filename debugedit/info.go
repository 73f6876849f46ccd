package debugedit

import "mpyld/elfload"

// The tree of what a source has says of extents how long they are, behind a field with the address of their start, and
// refers to lists (sections 2.17 and 7.5). Nothing in it gets longer: what refers from one entry to another has no relocation.

// compilation is a unit of .debug_info and what its entries take from its first one.
type compilation struct {
	unit
	version        uint64
	word           int
	base           place // which offsets in lists count from
	addrs          place // the table of addresses
	loclists, rngs place // tables of offsets of lists
	abbreviations  map[uint64]*abbreviation
}

// attribute is a value as far as it matters, and where it is.
type attribute struct {
	form uint64
	unsigned
}

// info moves the entries of a section.
func (m *mover) info(section int) {
	data := m.raw.Sections[section].Data
	tables, budget := map[place]map[uint64]*abbreviation{}, 0
	for i := range m.raw.Sections {
		if m.raw.Sections[i].Name == ".debug_abbrev" {
			budget += mostAbbreviations * len(m.raw.Sections[i].Data)
		}
	}
	for c := within(data, 0, uint64(len(data))); c.more() && m.err == nil; {
		u := compilation{unit: c.unit(section)}
		u.version = c.number(2)
		kind := uint64(1)
		if u.version >= 5 {
			kind, u.word = c.number(1), int(c.number(1))
		}
		off := c.at
		at, ok := m.in(".debug_abbrev", section, off, c.number(u.offset))
		if u.version < 5 {
			u.word = int(c.number(1))
		}
		if c.bad || !ok || u.version < 2 || u.version > 5 || u.word != m.raw.Machine().Word {
			m.fail("a unit of .debug_info at 0x%x has a header that is not understood", u.start)
			return
		}
		switch kind {
		case 1, 3: // compile, partial
			if tables[at] == nil {
				tables[at] = m.abbreviations(at, &budget)
			}
			u.abbreviations = tables[at]
			c.b = data[:u.end]
			m.compilation(&c, &u)
			c.b = data
		case 2: // type, which has no code
		default: // skeleton
			m.fail("some of its debug information is in a file of its own (-gsplit-dwarf)")
		}
		c.at = u.end
	}
}

// compilation moves the entries of a unit.
func (m *mover) compilation(c *cursor, u *compilation) {
	u.base, u.addrs, u.loclists, u.rngs = place{noSection, 0}, place{noSection, 0}, place{noSection, 0}, place{noSection, 0}
	depth, first := 0, true
	scopes := []extent{{}} // by depth: what code an entry is of
	for c.more() && m.err == nil {
		start := c.at
		code := c.uleb()
		if code == 0 {
			if depth = depth - 1; depth <= 0 {
				break // what follows is padding
			}
			continue
		}
		a := u.abbreviations[code]
		if a == nil || c.bad {
			m.fail("an entry of .debug_info at 0x%x has no abbreviation", start)
			return
		}
		e := &entry{mover: m, u: u}
		for _, f := range a.attrs {
			e.read(c, f)
		}
		if c.bad {
			m.fail("an entry of .debug_info at 0x%x is not understood", start)
			return
		}
		if first {
			e.bases()
			first = false
		}
		scopes = append(scopes[:depth+1], scopes[depth])
		scope := &scopes[depth+1]
		e.extent(scope)
		e.lists()
		for _, x := range e.expressions {
			m.expression(u, x, scope)
		}
		if a.children {
			depth++
		} else if depth == 0 {
			break
		}
	}
}

// extent is what code an entry is of.
type extent struct {
	low    place
	length uint64
	known  bool
}

// entry is one of the tree.
type entry struct {
	*mover
	u           *compilation
	low, high   attribute
	entryPC     attribute
	ranges      []attribute
	places      []attribute
	expressions []expression
	addrBase    attribute
	loclists    attribute
	rngs        attribute
}

// read reads an attribute, and keeps what matters.
func (e *entry) read(c *cursor, f attrForm) {
	for f.form == formIndirect && !c.bad {
		f.form = c.uleb()
	}
	v := attribute{form: f.form}
	size, fixed := formSizes.Get()[f.form]
	switch size {
	case -1:
		size = e.u.offset
		if f.form == 0x10 && e.u.version == 2 { // ref_addr
			size = e.u.word
		}
	case -2:
		size = e.u.word
	}
	switch v.off = c.at; {
	case fixed && size <= 8:
		v.v, v.size = c.number(size), size
	case fixed:
		c.bytes(uint64(size))
	default:
		switch f.form {
		case 0x03: // block2
			c.bytes(c.number(2))
		case 0x04: // block4
			c.bytes(c.number(4))
		case 0x08: // string
			c.text()
		case 0x09, 0x0a, formExprloc: // block, block1
			n := uint64(0)
			if f.form == 0x0a {
				n = c.number(1)
			} else {
				n = c.uleb()
			}
			from := c.at
			if c.bytes(n); isExpression(f) && !c.bad {
				e.expressions = append(e.expressions, expression{e.u.section, from, c.at})
			}
		case formSdata:
			v.off = c.at
			c.leb()
			v.size = int(c.at - v.off)
			v.v = uint64(c.b[v.off] & 0x7f)
			for i := 1; i < min(v.size, 9) && !c.bad; i++ {
				v.v |= uint64(c.b[v.off+uint64(i)]&0x7f) << (7 * i)
			}
		case formUdata, 0x15, 0x1a, formAddrx, formLoclistx, formRnglistx, formGNUAddrIndex, 0x1f02: // ref_udata, strx, GNU_str_index
			v.unsigned = c.unsigned()
		default:
			c.bad = true
		}
	}
	switch {
	case f.attr == attrLowPC:
		e.low = v
	case f.attr == attrHighPC:
		e.high = v
	case f.attr == attrEntryPC:
		e.entryPC = v
	case f.attr == attrRanges || f.attr == attrStartScope:
		e.ranges = append(e.ranges, v)
	case f.attr == attrAddrBase || f.attr == attrGNUAddrBase:
		e.addrBase = v
	case f.attr == attrLoclistsBase:
		e.loclists = v
	case f.attr == attrRnglistsBase:
		e.rngs = v
	case f.attr == attrDwoName || f.attr == attrGNUDwoName:
		e.fail("some of its debug information is in a file of its own (-gsplit-dwarf)")
	case isPlace(f.attr):
		e.places = append(e.places, v)
	}
}

// bases takes from the first entry of a unit what others count from.
func (e *entry) bases() {
	at := func(name string, v attribute, to *place) {
		if v.form == 0 {
			return
		}
		p, ok := e.in(name, e.u.section, v.off, v.v)
		if !ok {
			e.fail("a unit of .debug_info at 0x%x refers to no place in %s", e.u.start, name)
			return
		}
		*to = p
	}
	at(".debug_addr", e.addrBase, &e.u.addrs)
	at(".debug_loclists", e.loclists, &e.u.loclists)
	at(".debug_rnglists", e.rngs, &e.u.rngs)
	if e.low.form != 0 {
		e.u.base = e.address(e.low)
	}
}

// address returns the place that an attribute means.
func (e *entry) address(v attribute) place {
	switch v.form {
	case formAddr:
		return e.target(e.u.section, v.off, v.v)
	case formAddrx, formAddrx1, formAddrx2, formAddrx3, formAddrx4, formGNUAddrIndex:
		return e.indexed(e.u, v.v)
	}
	e.fail("an address in .debug_info at 0x%x is not understood", v.off)
	return place{noSection, 0}
}

// indexed returns an address of a unit's table.
func (m *mover) indexed(u *compilation, n uint64) place {
	at := u.addrs
	if at.section == noSection || n > uint64(len(m.raw.Sections[at.section].Data)) {
		m.fail("a unit of .debug_info at 0x%x has no address %d", u.start, n)
		return place{noSection, 0}
	}
	off := at.off + n*uint64(u.word)
	c := within(m.raw.Sections[at.section].Data, off, uint64(len(m.raw.Sections[at.section].Data)))
	return m.target(at.section, off, c.number(u.word))
}

// extent moves how long an entry's code is, and tells what code that is if it is one extent.
func (e *entry) extent(scope *extent) {
	if len(e.ranges) > 0 {
		*scope = extent{}
	}
	for _, v := range [...]attribute{e.high, e.entryPC} {
		switch {
		case v.form == 0:
			continue
		case v.form == formAddr || v.form == formAddrx || v.form >= formAddrx1:
			if v == e.high {
				*scope = e.between(v)
			}
			continue
		}
		if e.low.form == 0 {
			e.fail("an entry of .debug_info at 0x%x counts from no address", v.off)
			return
		}
		low := e.address(e.low)
		is := e.length(low, v.v)
		switch v.form {
		case formUdata:
			e.putUnsigned(e.u.section, v.unsigned, is)
		case formSdata:
			if is != v.v {
				b := appendPadded(nil, is, v.size)
				if len(b) > v.size || b[len(b)-1]&0x40 != 0 {
					e.fail("an entry of .debug_info at 0x%x has no room for %d", v.off, is)
				}
				e.put(e.u.section, v.off, v.size, b)
			}
		case formData1, formData2, formData4, formData8:
			e.putNumber(e.u.section, v.off, v.size, v.v, is)
		default:
			e.fail("a length in .debug_info at 0x%x is not understood", v.off)
		}
		if v == e.high {
			*scope = extent{low, v.v, true}
		}
	}
}

// between is the extent of an entry that says its end by an address.
func (e *entry) between(high attribute) extent {
	if e.low.form == 0 {
		return extent{}
	}
	low, end := e.address(e.low), e.address(high)
	return extent{low, end.off - low.off, low.section == end.section && low.off <= end.off}
}

// lists moves the lists that an entry refers to.
func (e *entry) lists() {
	name := func(v attribute, old, is string) string {
		if e.u.version < 5 {
			return old
		}
		return is
	}
	for k, all := range [...][]attribute{e.ranges, e.places} {
		for _, v := range all {
			section, table, x := name(v, ".debug_ranges", ".debug_rnglists"), e.u.rngs, uint64(formRnglistx)
			if k == 1 {
				section, table, x = name(v, ".debug_loc", ".debug_loclists"), e.u.loclists, formLoclistx
			}
			var at place
			ok := true
			switch {
			case v.form == x:
				at, ok = e.listAt(table, v.v)
			case v.form == formSecOffset || e.isReference(v):
				at, ok = e.in(section, e.u.section, v.off, v.v)
			default:
				continue // an expression or a number
			}
			if !ok {
				e.fail("an entry of .debug_info at 0x%x refers to no list", v.off)
				return
			}
			if e.u.version < 5 {
				e.list(e.u, at, k == 1)
			} else {
				e.list5(e.u, at, k == 1)
			}
		}
	}
}

// isReference reports whether a number refers to a list, as in versions 2 and 3.
func (e *entry) isReference(v attribute) bool {
	if v.form != formData4 && v.form != formData8 {
		return false
	}
	p := e.target(e.u.section, v.off, 0)
	return p.section != noSection && elfload.IsDebug(e.raw.Sections[p.section].Name)
}

// listAt returns the list with a number in a table of offsets.
func (e *entry) listAt(table place, n uint64) (place, bool) {
	if table.section == noSection || n > uint64(len(e.raw.Sections[table.section].Data)) {
		return place{}, false
	}
	data := e.raw.Sections[table.section].Data
	c := within(data, table.off+n*uint64(e.u.offset), uint64(len(data)))
	if c.at > uint64(len(data)) {
		return place{}, false
	}
	at := place{table.section, table.off + c.number(e.u.offset)}
	return at, !c.bad && at.off <= uint64(len(data))
}
