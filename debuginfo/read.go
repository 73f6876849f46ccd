package debuginfo

import (
	"bytes"
	"encoding/binary"
)

var le = binary.LittleEndian

// Sections are those of debug information, by name, relocated.
type Sections map[string][]byte

// cursor reads from the start of bytes. Behind their end it reads zeros, and is bad.
type cursor struct {
	b   []byte
	bad bool
}

// bytes reads n bytes.
func (c *cursor) bytes(n uint64) []byte {
	if n > uint64(len(c.b)) {
		c.b, c.bad = nil, true
		return nil
	}
	b := c.b[:n]
	c.b = c.b[n:]
	return b
}

// number reads a number of up to 8 bytes.
func (c *cursor) number(size int) (v uint64) {
	for i, b := range c.bytes(uint64(size)) {
		v |= uint64(b) << (8 * i)
	}
	return v
}

// uleb reads an unsigned LEB128.
func (c *cursor) uleb() uint64 {
	v, n := binary.Uvarint(c.b)
	if n <= 0 {
		c.b, c.bad = nil, true
		return 0
	}
	c.b = c.b[n:]
	return v
}

// sleb reads a signed LEB128.
func (c *cursor) sleb() (v int64) {
	for shift := 0; shift < 64; shift += 7 {
		b := c.number(1)
		v |= int64(b&0x7f) << shift
		if b&0x80 == 0 {
			if b&0x40 != 0 && shift < 57 {
				v |= -1 << (shift + 7)
			}
			return v
		}
	}
	c.bad = true
	return 0
}

// text reads a string and its zero byte.
func (c *cursor) text() []byte {
	n := bytes.IndexByte(c.b, 0)
	if n < 0 {
		c.b, c.bad = nil, true
		return nil
	}
	return c.bytes(uint64(n) + 1)[:n]
}

// unit reads the length of a unit and returns what is in it; offsets in it have so many bytes.
func (c *cursor) unit() (unit []byte, offset int) {
	length := c.number(4)
	if length == 0xffff_ffff { // the 64-bit format
		return c.bytes(c.number(8)), 8
	}
	return c.bytes(length), 4
}

// maxName is how long a name of a file or function may be. Linux takes paths of 4095 bytes.
const maxName = 4095

// stringAt returns the string at an offset of a section of strings; "" if there is none, or a longer one.
func stringAt(section []byte, off uint64) string {
	if off >= uint64(len(section)) {
		return ""
	}
	b := section[off:min(uint64(len(section)), off+maxName+1)]
	n := bytes.IndexByte(b, 0)
	if n < 0 {
		return ""
	}
	return string(b[:n])
}
