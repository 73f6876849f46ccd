package debugedit

import "mpyld/internal/lazy"

// How a function's frame changes from instruction to instruction is told in steps forward (section 6.4), of which short ones
// are in the opcode. What belongs together is padded to words, so an entry in which a step gets longer is too.
//
//	push {r4, lr}  2: sp is 8 lower    advance_loc 2; def_cfa_offset 8

// frameEntry is what entries take from the one that they have in common (CIE).
type frameEntry struct {
	unit       uint64 // bytes that steps are counted in
	understood bool
}

// frames moves what is told of frames in a section.
func (m *mover) frames(section int) {
	data := m.raw.Sections[section].Data
	common := map[uint64]*frameEntry{}
	for c := within(data, 0, uint64(len(data))); c.more() && m.err == nil; {
		u := c.unit(section)
		off := c.at
		id := c.number(u.offset)
		switch {
		case c.bad:
			m.fail("an entry of .debug_frame at 0x%x is not whole", u.start)
			return
		case id == 1<<(8*u.offset)-1: // is that
		default:
			at, _ := m.in(".debug_frame", section, off, id)
			cie := common[at.off]
			if cie == nil {
				cie = m.readCommon(at)
				common[at.off] = cie
			}
			m.frame(within(data, c.at, u.end), &u, cie)
		}
		c.at = u.end
	}
}

// readCommon reads an entry that others have in common.
func (m *mover) readCommon(at place) *frameEntry {
	data := m.raw.Sections[at.section].Data
	c := within(data, at.off, uint64(len(data)))
	u := c.unit(at.section)
	c.number(u.offset)
	version, augmentation := c.number(1), c.text()
	if version >= 4 {
		c.number(2) // the sizes of addresses and of segment selectors
	}
	e := &frameEntry{unit: c.uleb()}
	e.understood = !c.bad && len(augmentation) == 0 && e.unit > 0
	return e
}

// frame moves an entry that tells of code.
func (m *mover) frame(c cursor, u *unit, common *frameEntry) {
	section, word := u.section, m.raw.Machine().Word
	off := c.at
	at := m.target(section, off, c.number(word))
	lengthOff := c.at
	length := c.number(word)
	if c.bad || !common.understood {
		m.fail("an entry of .debug_frame at 0x%x is not understood", u.start)
		return
	}
	if m.editsOf(at) == nil {
		return
	}
	first := len(m.edits[section])
	m.putNumber(section, lengthOff, word, length, m.length(at, length))
	step := func(n uint64) uint64 {
		is := m.length(at, n*common.unit)
		at.off += n * common.unit
		if is%common.unit != 0 {
			m.fail("a step in .debug_frame at 0x%x is not a whole number of instructions", u.start)
		}
		return is / common.unit
	}
	for c.more() && m.err == nil {
		start := c.at
		op := int(c.number(1))
		switch op >> 6 {
		case 1: // advance_loc
			was := uint64(op & 0x3f)
			if is := step(was); is != was {
				m.put(section, start, 1, advanceLoc(is))
			}
			continue
		case 2: // offset
			c.leb()
			continue
		case 3: // restore
			continue
		}
		switch op {
		case 0x01: // set_loc
			off := c.at
			at = m.target(section, off, c.number(word))
			if m.editsOf(at) == nil {
				m.fail("an entry of .debug_frame at 0x%x tells of two sections", u.start)
			}
		case 0x02, 0x03, 0x04: // advance_loc1, 2, 4
			size := 1 << (op - 2)
			off := c.at
			was := c.number(size)
			if is := step(was); is != was {
				m.putNumber(section, off, size, was, is)
			}
		default:
			c.operands(frameOperands.Get(), op)
		}
	}
	if c.bad {
		m.fail("an entry of .debug_frame at 0x%x has an instruction that is not understood", u.start)
		return
	}
	more := added(m.edits[section][first:])
	if pad := -more & int64(word-1); more > 0 && pad > 0 {
		m.put(section, u.end, 0, make([]byte, pad)) // DW_CFA_nop
		more += pad
	}
	m.lengthened(u, more)
}

// advanceLoc returns the shortest instruction that goes so many steps forward.
func advanceLoc(n uint64) []byte {
	switch {
	case n < 1<<6:
		return []byte{0x40 | byte(n)}
	case n < 1<<8:
		return []byte{2, byte(n)}
	case n < 1<<16:
		return []byte{3, byte(n), byte(n >> 8)}
	}
	return le.AppendUint32([]byte{4}, uint32(n))
}

// Operands of opcodes, a letter each: l is a LEB128, b a block with its length in front, w an address, and a digit so many bytes.

// frameOperands are those of instructions of frames (section 7.24, and what GNU has added).
var frameOperands = lazy.Value[map[int]string]{Make: func() map[int]string {
	return map[int]string{
		0x00: "", 0x05: "ll", 0x06: "l", 0x07: "l", 0x08: "l", 0x09: "ll", 0x0a: "", 0x0b: "", 0x0c: "ll", 0x0d: "l", 0x0e: "l", 0x0f: "b",
		0x10: "lb", 0x11: "ll", 0x12: "ll", 0x13: "l", 0x14: "ll", 0x15: "ll", 0x16: "lb", 0x2d: "", 0x2e: "l", 0x2f: "ll",
	}
}}

// operands passes over the operands of an opcode. Of one that is not known, the cursor is bad.
func (c *cursor) operands(table map[int]string, op int) {
	letters, ok := table[op]
	if !ok {
		c.bad = true
	}
	for _, letter := range letters {
		switch letter {
		case 'l':
			c.leb()
		case 'b':
			c.bytes(c.uleb())
		default:
			c.bytes(uint64(letter - '0'))
		}
	}
}
