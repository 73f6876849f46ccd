package debugedit

// A line table is a program that moves an address forward, and makes a row of what it has (section 6.2). An instruction
// for that may move the line too, in one byte, and has no room for any distance: where the distance changes, the instruction may
// become two.
//
//	special: address +4, line +1      what was 4 bytes is 2      special: address +2, line +1
//	special: address +16, line +1     what was 16 is 18          advance_pc 18, special: address +0, line +1
//
// Each is moved by itself, so that rows are right whatever instructions lead to them.

// The opcodes that matter (section 7.22).
const (
	opExtended       = 0
	opAdvancePC      = 2
	opConstAddPC     = 8
	opFixedAdvancePC = 9
	standardOpcodes  = 12

	extEndSequence = 1
	extSetAddress  = 2
)

// lineHeader is what a program depends on.
type lineHeader struct {
	least     uint64 // bytes of an instruction, which distances are counted in
	base      int    // the least that a special opcode adds to the line
	lineRange int    // how many different numbers it may add
	opcodes   int    // the first special one
	lengths   []byte // operands of the standard ones
	program   uint64 // where it starts
}

// lines moves the line tables of a section.
func (m *mover) lines(section int) {
	data := m.raw.Sections[section].Data
	for c := within(data, 0, uint64(len(data))); c.more() && m.err == nil; {
		u := c.unit(section)
		h, ok := readLineHeader(&c, &u)
		if c.bad || !ok {
			m.fail("a line table at 0x%x has a header that is not understood", u.start)
			return
		}
		first := len(m.edits[section])
		m.program(&u, &h)
		m.lengthened(&u, added(m.edits[section][first:]))
		c.at = u.end
	}
}

// readLineHeader reads what is behind the length of a table (section 6.2.4).
func readLineHeader(c *cursor, u *unit) (h lineHeader, ok bool) {
	version := c.number(2)
	if version >= 5 {
		c.number(2) // the sizes of addresses and of segment selectors
	}
	length := c.number(u.offset)
	if length > u.end-min(c.at, u.end) {
		return h, false
	}
	h.program = c.at + length
	h.least = c.number(1)
	if version >= 4 {
		c.number(1) // operations in an instruction
	}
	c.number(1) // default_is_stmt
	h.base, h.lineRange, h.opcodes = int(int8(c.number(1))), int(c.number(1)), int(c.number(1))
	h.lengths = c.bytes(uint64(max(h.opcodes-1, 0)))
	return h, version >= 2 && version <= 5 && h.least > 0 && h.lineRange > 0 && h.opcodes > opFixedAdvancePC && c.at <= h.program
}

// program moves the addresses of a program.
func (m *mover) program(u *unit, h *lineHeader) {
	section := u.section
	at, known := place{noSection, 0}, false
	// step moves the address, and returns how far it is now instead.
	step := func(n uint64) uint64 {
		if !known || at.section == noSection {
			return n
		}
		is := m.length(at, n)
		at.off += n
		return is
	}
	c := within(m.raw.Sections[section].Data, h.program, u.end)
	for c.more() && m.err == nil {
		start := c.at
		op := int(c.number(1))
		switch {
		case op >= h.opcodes:
			was := h.least * uint64((op-h.opcodes)/h.lineRange)
			if is := step(was); is != was {
				m.put(section, start, 1, h.special(is, (op-h.opcodes)%h.lineRange))
			}
		case op == opExtended:
			n := c.uleb()
			body := c.at
			switch ext := c.number(1); {
			case n == 0 || n > u.end-min(body, u.end):
				c.bad = true
			case ext == extEndSequence:
				known = false
			case ext == extSetAddress:
				at, known = m.target(section, body+1, 0), true
			}
			c.at = body + n
		case op == opAdvancePC:
			v := c.unsigned()
			if is := step(h.least * v.v); is != h.least*v.v {
				if is%h.least != 0 {
					m.put(section, start, 1+v.size, h.advance(is))
					continue
				}
				m.putUnsigned(section, v, is/h.least)
			}
		case op == opConstAddPC:
			was := h.least * uint64((255-h.opcodes)/h.lineRange)
			if is := step(was); is != was {
				m.put(section, start, 1, h.advance(is))
			}
		case op == opFixedAdvancePC:
			off := c.at
			was := c.number(2)
			m.putNumber(section, off, 2, was, step(was))
		default:
			for range h.lengths[op-1] {
				c.leb()
			}
		}
	}
	if c.bad {
		m.fail("a line table at 0x%x has an instruction that is not whole", u.start)
	}
}

// special returns instructions that move an address, and the line as a special opcode does that has this
// number, counted from the first that leaves the address alone.
func (h *lineHeader) special(addr uint64, line int) []byte {
	if addr%h.least == 0 && addr/h.least <= 255 {
		if op := int(addr/h.least)*h.lineRange + line + h.opcodes; op <= 255 {
			return []byte{byte(op)}
		}
	}
	return append(h.advance(addr), byte(line+h.opcodes))
}

// advance returns an instruction that moves an address.
func (h *lineHeader) advance(addr uint64) []byte {
	if addr%h.least == 0 {
		return appendPadded([]byte{opAdvancePC}, addr/h.least, 1)
	}
	return []byte{opFixedAdvancePC, byte(addr), byte(addr >> 8)}
}
