package debugedit

import (
	"bytes"
	"encoding/binary"

	"mpyld/edit"
)

// cursor reads a section. Behind the end of what it may read it reads zeros, and is bad.
type cursor struct {
	b   []byte // of the section
	at  uint64
	bad bool
}

// within returns a cursor of a section's bytes up to an end.
func within(b []byte, at, end uint64) cursor { return cursor{b: b[:end], at: at} }

// more reports whether there is something left to read.
func (c *cursor) more() bool { return !c.bad && c.at < uint64(len(c.b)) }

// bytes reads n bytes.
func (c *cursor) bytes(n uint64) []byte {
	if c.bad || c.at > uint64(len(c.b)) || n > uint64(len(c.b))-c.at {
		c.bad = true
		return nil
	}
	c.at += n
	return c.b[c.at-n : c.at]
}

// number reads a number of up to 8 bytes.
func (c *cursor) number(size int) (v uint64) {
	for i, b := range c.bytes(uint64(size)) {
		v |= uint64(b) << (8 * i)
	}
	return v
}

// unsigned is a ULEB128 and where it is.
type unsigned struct {
	v    uint64
	off  uint64
	size int
}

// unsigned reads a ULEB128.
func (c *cursor) unsigned() unsigned {
	if !c.more() {
		c.bad = true
		return unsigned{}
	}
	v, n := binary.Uvarint(c.b[c.at:])
	if n <= 0 {
		c.bad = true
		return unsigned{}
	}
	c.at += uint64(n)
	return unsigned{v, c.at - uint64(n), n}
}

func (c *cursor) uleb() uint64 { return c.unsigned().v }

// leb passes over a LEB128 of either kind.
func (c *cursor) leb() {
	for c.number(1)&0x80 != 0 {
	}
}

// text passes over a string and its zero byte, and returns it.
func (c *cursor) text() []byte {
	if !c.more() {
		c.bad = true
		return nil
	}
	n := bytes.IndexByte(c.b[c.at:], 0)
	if n < 0 {
		c.bad = true
		return nil
	}
	return c.bytes(uint64(n) + 1)[:n]
}

// unit is a part of a section that says its own length.
type unit struct {
	section    int
	start, end uint64
	offset     int // bytes of offsets in it: 4, or 8 in the 64-bit format
}

// unit reads the length of a unit: the cursor stands at what is in it. The unit's end is not
// behind the section's.
func (c *cursor) unit(section int) unit {
	u := unit{section: section, start: c.at, offset: 4}
	n := c.number(4)
	if n == 0xffff_ffff {
		n, u.offset = c.number(8), 8
	}
	if c.bad || n > uint64(len(c.b))-c.at {
		c.bad = true
	}
	u.end = c.at + n
	return u
}

// lengthened corrects the length of a unit by what its edits add: all of them are there.
func (m *mover) lengthened(u *unit, more int64) {
	if more == 0 {
		return
	}
	at, was := u.start, uint64(0)
	data := m.raw.Sections[u.section].Data
	switch u.offset {
	case 8:
		at += 4
		was = le.Uint64(data[at:])
	default:
		was = uint64(le.Uint32(data[at:]))
	}
	m.putNumber(u.section, at, u.offset, was, was+uint64(more))
}

// added is how much longer edits make a section.
func added(edits []edit.Edit) (n int64) {
	for i := range edits {
		n += int64(len(edits[i].Ins)) - int64(edits[i].Del)
	}
	return n
}
