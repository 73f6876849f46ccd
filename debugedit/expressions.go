package debugedit

import "mpyld/internal/lazy"

import "mpyld/relocs"

// Where a variable is, is a program for a stack of numbers (section 2.5), which takes what registers hold. Compilers
// know that a slot of the GOT holds the address of something, and may say that a pointer is where r4 and r2 lead to.
// The module's r4 and r2 hold something else then: whoever evaluates that would be told something wrong.
//
//	breg4 0, breg2 0, plus, deref    nothing is said of that extent
//
// Registers have the numbers in it that instructions have.

// expression is one: its bytes in a section.
type expression struct {
	section  int
	from, to uint64
}

// isExpression reports whether the block that an attribute has is an expression.
func isExpression(f attrForm) bool { return f.form == formExprloc || isPlace(f.attr) }

// expression silences an expression of an entry if it is about registers that hold something else
// anywhere in the code that the entry is of.
func (m *mover) expression(u *compilation, x expression, of *extent) {
	if of.known {
		if m.gone(u, *of, x) {
			m.silence(u, x)
		}
		return
	}
	for si := range m.code.Sections { // of which code is not known
		if at := (place{section: si}); m.editsOf(at) != nil && m.gone(u, extent{at, uint64(len(m.editsOf(at).From)), true}, x) {
			m.silence(u, x)
			return
		}
	}
}

const opNop = 0x96

// silence has an expression say nothing.
func (m *mover) silence(u *compilation, x expression) {
	is := make([]byte, x.to-x.from)
	for i := range is {
		is[i] = opNop
		if _, ok := m.reloc(x.section, x.from+uint64(i)); ok {
			m.fail("an expression in %s at 0x%x cannot be followed", m.raw.Sections[x.section].Name, x.from)
			return
		}
	}
	m.put(x.section, x.from, len(is), is)
}

// mentions reports whether an expression is about one of some registers, or about what nobody knows.
func (m *mover) mentions(u *compilation, x expression, some relocs.Registers) bool {
	c := within(m.raw.Sections[x.section].Data, x.from, x.to)
	for c.more() {
		op := int(c.number(1))
		switch {
		case 0x50 <= op && op <= 0x6f: // reg0 to reg31
			if some.Has(op - 0x50) {
				return true
			}
		case 0x70 <= op && op <= 0x8f: // breg0 to breg31
			c.leb()
			if some.Has(op - 0x70) {
				return true
			}
		case op == 0x90 || op == 0x92 || op == 0xa5 || op == 0xf5: // regx, bregx, regval_type, GNU_regval_type
			if n := c.uleb(); n < 32 && some.Has(int(n)) {
				return true
			}
			if op != 0x90 {
				c.leb()
			}
		case op == 0x03: // addr
			c.number(u.word)
		case op == 0x9a || op == 0xa0 || op == 0xf2: // call_ref, implicit_pointer, GNU_implicit_pointer
			c.number(u.offset)
			if op != 0x9a {
				c.leb()
			}
		case op == 0xa4 || op == 0xf4: // const_type, GNU_const_type
			c.leb()
			c.bytes(c.number(1))
		case 0x30 <= op && op <= 0x4f: // lit0 to lit31
		default:
			c.operands(operands.Get(), op)
		}
	}
	return c.bad
}

// operands are those of the other operations (section 7.7.1, and what GNU has added). What a register had on entry (a3, f3) is a block: nothing
// of what matters here is passed to functions.
var operands = lazy.Value[map[int]string]{Make: func() map[int]string {
	return map[int]string{
		0x06: "", 0x08: "1", 0x09: "1", 0x0a: "2", 0x0b: "2", 0x0c: "4", 0x0d: "4", 0x0e: "8", 0x0f: "8", 0x10: "l", 0x11: "l",
		0x12: "", 0x13: "", 0x14: "", 0x15: "1", 0x16: "", 0x17: "", 0x18: "", 0x19: "", 0x1a: "", 0x1b: "", 0x1c: "", 0x1d: "", 0x1e: "", 0x1f: "",
		0x20: "", 0x21: "", 0x22: "", 0x23: "l", 0x24: "", 0x25: "", 0x26: "", 0x27: "", 0x28: "2", 0x29: "", 0x2a: "", 0x2b: "", 0x2c: "", 0x2d: "", 0x2e: "", 0x2f: "2",
		0x91: "l", 0x93: "l", 0x94: "1", 0x95: "1", 0x96: "", 0x97: "", 0x98: "2", 0x99: "4", 0x9b: "", 0x9c: "", 0x9d: "ll", 0x9e: "b", 0x9f: "",
		0xa1: "l", 0xa2: "l", 0xa3: "b", 0xa6: "1l", 0xa7: "1l", 0xa8: "l", 0xa9: "l", 0xe0: "", 0xf0: "", 0xf3: "b", 0xf6: "1l", 0xf7: "l", 0xf9: "l", 0xfa: "4", 0xfb: "l", 0xfc: "l", 0xfd: "4",
	}
}}
