package debuginfo

import (
	"path"

	"mpyld/diag"
)

// table is the header of a line table.
type table struct {
	version   int
	word      int    // bytes of an address; 0: the machine's
	unit      uint64 // of addresses, in bytes
	lineBase  int
	lineRange int
	opcodes   int // number of the first special one
	lengths   []byte
	dirs      []name
	files     []file
	sections  Sections

	compDir string // where the compiler ran, of versions before 5, whose tables do not say it
}

// file is a name in a table.
type file struct {
	name
	dir uint64
}

// name is a string: here, or in another section.
type name struct {
	here    []byte
	section string
	off     uint64
}

func (n *name) in(sections Sections) string {
	switch {
	case n.section != "":
		return stringAt(sections[n.section], n.off)
	case len(n.here) > maxName:
		return ""
	}
	return string(n.here)
}

// readTable reads the header of a table and returns its program. Offsets in it have so many bytes.
func readTable(unit []byte, offset int, sections Sections) (t *table, program []byte, ok bool) {
	c := cursor{b: unit}
	t = &table{version: int(c.number(2)), sections: sections}
	if t.version < 2 || t.version > 5 {
		return nil, nil, false
	}
	if t.version >= 5 {
		t.word = int(c.number(1))
		if c.number(1) != 0 || t.word != 4 && t.word != 8 { // no machine has segments
			return nil, nil, false
		}
	}
	h := cursor{b: c.bytes(c.number(offset))}
	program = c.b
	t.unit = h.number(1)
	if t.version >= 4 && h.number(1) != 1 { // operations of an instruction
		return nil, nil, false
	}
	h.number(1) // default_is_stmt
	t.lineBase, t.lineRange, t.opcodes = int(int8(h.number(1))), int(h.number(1)), int(h.number(1))
	if c.bad || h.bad || t.lineRange == 0 || t.opcodes == 0 {
		return nil, nil, false
	}
	t.lengths = h.bytes(uint64(t.opcodes) - 1)
	for i, n := range t.lengths {
		if op := i + 1; op < len(operands) && n != operands[op] {
			return nil, nil, false
		}
	}
	if t.version >= 5 {
		t.readNames5(&h, offset)
	} else {
		t.readNames(&h)
	}
	return t, program, !h.bad
}

// readNames reads the names of a table of versions 2 to 4 (DWARF 4, section 6.2.4). The directories start with
// the one that the compiler ran in, which is not in it, the files with number 1.
func (t *table) readNames(h *cursor) {
	t.dirs = []name{{}}
	for {
		dir := h.text()
		if len(dir) == 0 {
			break
		}
		t.dirs = append(t.dirs, name{here: dir})
	}
	t.files = []file{{}}
	for {
		f := file{name: name{here: h.text()}}
		if len(f.here) == 0 {
			return
		}
		f.dir = h.uleb()
		h.uleb() // time
		h.uleb() // size
		t.files = append(t.files, f)
	}
}

// readNames5 reads the names of a table of version 5.
func (t *table) readNames5(h *cursor, offset int) {
	for _, f := range t.readList(h, offset) {
		t.dirs = append(t.dirs, f.name)
	}
	t.files = t.readList(h, offset)
}

// What an entry of a list says (DWARF 5, section 7.22), and in which form (section 7.5.6).
const (
	contentPath = 1
	contentDir  = 2

	formData2   = 0x05
	formData4   = 0x06
	formData8   = 0x07
	formString  = 0x08
	formBlock   = 0x09
	formData1   = 0x0b
	formStrp    = 0x0e
	formUdata   = 0x0f
	formStrx    = 0x1a
	formData16  = 0x1e
	formLineStr = 0x1f
	formStrx1   = 0x25
	formStrx4   = 0x28
)

// readList reads a list of directories or files. Each has a byte at least.
func (t *table) readList(h *cursor, offset int) (list []file) {
	type field struct{ content, form uint64 }
	fields := make([]field, h.number(1))
	for i := range fields {
		fields[i] = field{h.uleb(), h.uleb()}
	}
	count := h.uleb()
	if count > 0 && len(fields) == 0 {
		h.bad = true
	}
	for ; count > 0 && !h.bad; count-- {
		f := file{}
		for _, is := range fields {
			n, v := h.form(is.form, offset)
			switch is.content {
			case contentPath:
				f.name = n
			case contentDir:
				f.dir = v
			}
		}
		list = append(list, f)
	}
	return list
}

// form reads a value of a form: a string or a number.
func (c *cursor) form(form uint64, offset int) (n name, v uint64) {
	switch form {
	case formString:
		n.here = c.text()
	case formStrp:
		n = name{section: ".debug_str", off: c.number(offset)}
	case formLineStr:
		n = name{section: ".debug_line_str", off: c.number(offset)}
	case formData1:
		v = c.number(1)
	case formData2:
		v = c.number(2)
	case formData4:
		v = c.number(4)
	case formData8:
		v = c.number(8)
	case formData16:
		c.bytes(16)
	case formUdata, formStrx:
		v = c.uleb()
	case formBlock:
		c.bytes(c.uleb())
	default:
		if form < formStrx1 || form > formStrx4 {
			c.bad = true
			return n, 0
		}
		c.bytes(form - formStrx1 + 1)
	}
	return n, v
}

// source returns a line of a file of the table, by its number.
func (t *table) source(number, line, column uint64) diag.Source {
	const maxLine = 1 << 30
	if number >= uint64(len(t.files)) || line == 0 || line > maxLine {
		return diag.Source{}
	}
	f := &t.files[number]
	if f.dir >= uint64(len(t.dirs)) {
		return diag.Source{}
	}
	at := diag.Source{File: f.in(t.sections), Dir: t.compDir, Line: int(line)}
	if column < maxLine {
		at.Column = int(column)
	}
	if t.version >= 5 {
		at.Dir = t.dirs[0].in(t.sections)
	}
	dir := t.dirs[f.dir].in(t.sections)
	switch {
	case at.File == "" || f.dir > 0 && dir == "":
		return diag.Source{}
	case !path.IsAbs(at.File) && f.dir > 0 && dir != at.Dir:
		at.File = dir + "/" + at.File
	}
	return at
}
