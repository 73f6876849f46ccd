package debuginfo

// What reading will cost is measured before it is done. A table of abbreviations, or a list of ranges, is read for each
// that refers to it, or to a place in it:
//
//	.debug_info    10,000 units, each with its abbreviations at another byte of the same table    10,000 x half the table

// abbreviations is how many bytes of tables of abbreviations have to be read for all units.
func abbreviations(sections Sections) (size int) {
	seen := map[uint64]bool{}
	for c := (cursor{b: sections[".debug_info"]}); len(c.b) > 0 && size <= maxAbbrevs; {
		unit, offset := c.unit()
		h := cursor{b: unit}
		if h.number(2) >= 5 {
			h.number(2) // what it is, and the size of an address
		}
		at := h.number(offset)
		if table := sections[".debug_abbrev"]; !h.bad && !seen[at] && at < uint64(len(table)) {
			seen[at] = true
			size += abbreviationTable(table[at:])
		}
	}
	return size
}

const formImplicitConst = 0x21 // the only form whose value is among the abbreviations

// abbreviationTable is how many bytes the table at the start of b has (DWARF 5, section 7.5.3).
func abbreviationTable(b []byte) int {
	c := cursor{b: b}
	for c.uleb() != 0 {
		c.uleb()    // tag
		c.number(1) // children
		for !c.bad {
			attribute, form := c.uleb(), c.uleb()
			if form == formImplicitConst {
				c.sleb()
			}
			if attribute == 0 && form == 0 {
				break
			}
		}
	}
	return len(b) - len(c.b)
}

// listSize is at least how many bytes of a list of ranges are read, which an attribute of an entry has.
func (w *walk) listSize(list any) int {
	off := uint64(0)
	switch v := list.(type) {
	case int64:
		off = uint64(v)
	case uint64:
		off = v
	}
	size := 0
	for _, l := range []struct {
		section []byte
		length  func(c *cursor, word int)
	}{{w.sections[".debug_rnglists"], rangeList5}, {w.sections[".debug_ranges"], rangeList}} {
		if off < uint64(len(l.section)) {
			c := cursor{b: l.section[off:]}
			l.length(&c, w.word)
			size = max(size, len(l.section)-int(off)-len(c.b))
		}
	}
	return size
}

// rangeList passes over a list of versions up to 4 (DWARF 4, section 2.17.3).
func rangeList(c *cursor, word int) {
	for !c.bad {
		if low, high := c.number(word), c.number(word); low == 0 && high == 0 {
			return
		}
	}
}

// rangeList5 passes over a list of version 5 (DWARF 5, section 7.25).
func rangeList5(c *cursor, word int) {
	for !c.bad {
		switch c.number(1) {
		case 0:
			return
		case 1: // base_addressx
			c.uleb()
		case 2, 3, 4: // startx_endx, startx_length, offset_pair
			c.uleb()
			c.uleb()
		case 5: // base_address
			c.number(word)
		case 6: // start_end
			c.number(word)
			c.number(word)
		case 7: // start_length
			c.number(word)
			c.uleb()
		}
	}
}
