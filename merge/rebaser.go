package merge

import (
	"encoding/binary"
	"slices"

	"mpyld/diag"
	"mpyld/mpyfile"
	"mpyld/mpytree"
)

// When the tables of several files become one, each file's part has a base. Bytecode is
// put together anew (bytecode.go); linked code has the tables' addresses in words that
// the firmware relocates, whose addends grow; code of a compiler has indices in its
// instructions, which nobody can find, so its file's base must be 0.
//
//	a word with the addend 6 (entry 3 of 2 bytes), behind 10 names: 6 + 10*2 = 26

// rebaser rewrites the code of a module whose tables have moved.
type rebaser struct {
	in    *Input
	qstrs []uint64 // where each qstr is now
	base  uint64   // where the first is, if they are all in a row
	objs  uint64   // where the first object is
	errs  *diag.List

	still bool // nothing has moved
}

// nothingMoved reports whether all of the tables are where they were.
func (m *rebaser) nothingMoved() bool {
	for i, q := range m.qstrs {
		if q != uint64(i) {
			return false
		}
	}
	return m.objs == 0
}

// code returns c with its references to the tables moved.
func (m *rebaser) code(c *mpytree.Code) *mpytree.Code {
	if m.still {
		return c
	}
	moved := *c
	switch {
	case c.Kind == mpytree.Bytecode:
		body, err := m.bytecode(c)
		if err != nil {
			m.errs.Add(m.in.Name, "%s", err)
			return c
		}
		moved.Body = body
	case m.in.File.Linked(c):
		m.words(&moved)
	}
	moved.Children = nil
	for _, child := range c.Children {
		moved.Children = append(moved.Children, m.code(child))
	}
	return &moved
}

// words raises the addends of the words that point into the tables.
func (m *rebaser) words(c *mpytree.Code) {
	word := m.in.File.Word()
	if word == 0 {
		m.errs.Add(m.in.Name, "architecture %d is unknown, so its words cannot be relocated", m.in.File.ArchCode())
		return
	}
	c.Body, c.Rodata = slices.Clone(c.Body), slices.Clone(c.Rodata)
	for _, w := range m.in.File.Loaded(c) {
		var by uint64
		switch w.Dest.Kind {
		case mpyfile.ToQStrTable:
			by = m.base * 2 // of uint16_t (py/bc.h, qstr_short_t)
		case mpyfile.ToObjTable:
			by = m.objs * uint64(word)
		}
		data := c.Body
		if w.Region == mpyfile.Rodata {
			data = c.Rodata
		}
		if word == 8 {
			binary.LittleEndian.PutUint64(data[w.Off:], w.Addend+by)
		} else {
			binary.LittleEndian.PutUint32(data[w.Off:], uint32(w.Addend+by))
		}
	}
}
