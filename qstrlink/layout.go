package qstrlink

import (
	"bytes"
	"fmt"
	"slices"
)

// How C code gets at its qstrs changed twice: the tables' names, the number of the
// first entry, whether objects have a table. A Layout is what the headers of some releases
// have, as data.
//
//	1.12 to 1.18    #define MP_QSTR_a (mp_native_qstr_val_table[0])
//	since 1.19      #define MP_QSTR_a (mp_native_qstr_table[1])

// Layout is how the headers of some MicroPython releases get at the qstrs of a
// native module: what a config header for them looks like.
type Layout struct {
	Releases string // for messages
	since    string // in records

	head   string // the first lines
	table  string // the C table of numbers
	first  int    // index of the module's first name in it
	decl   string // its declaration, which shows that a header is complete
	object string // the C table of qstr objects, "" when they are the result of a call
	tail   string // its declaration
}

// QStrs are the qstrs that a module's sources want: as numbers, and as objects.
type QStrs struct{ Values, Objects []string }

// Join returns the names of both.
func (n QStrs) Join(more QStrs) QStrs {
	n.Values, n.Objects = slices.Concat(n.Values, more.Values), slices.Concat(n.Objects, more.Objects)
	for _, list := range []*[]string{&n.Values, &n.Objects} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return n
}

// oldHead is mpy_ld.py's up to 1.28; MicroPython up to 1.26 needs the types.
const oldHead = "#include <stdint.h>\n" +
	"typedef uintptr_t mp_uint_t;\n" +
	"typedef intptr_t mp_int_t;\n" +
	"typedef uintptr_t mp_off_t;\n"

var (
	// Links is for MicroPython 1.12 to 1.18.
	Links = Layout{
		Releases: "MicroPython 1.12 to 1.18", since: "1.12", head: oldHead,
		table: "mp_native_qstr_val_table", decl: "extern const uint16_t mp_native_qstr_val_table[];",
		object: "mp_native_qstr_obj_table", tail: "extern const mp_uint_t mp_native_qstr_obj_table[];",
	}

	// WideLinks is the same where code can only be read by words.
	WideLinks = Layout{
		Releases: "MicroPython 1.12 to 1.18 on xtensawin", since: "1.12-wide", head: oldHead,
		table: "mp_native_qstr_val_table", decl: "extern const uint32_t mp_native_qstr_val_table[];",
		object: "mp_native_qstr_obj_table", tail: "extern const mp_uint_t mp_native_qstr_obj_table[];",
	}

	// Tables is for MicroPython 1.19 and 1.20. Entry 0 of the table of numbers is the
	// name of the source file.
	Tables = Layout{
		Releases: "MicroPython 1.19 or 1.20", since: "1.19", head: oldHead,
		table: "mp_native_qstr_table", first: 1, decl: tableDecl,
		object: "mp_native_obj_table", tail: "extern const mp_uint_t mp_native_obj_table[];",
	}

	// Table is for MicroPython 1.21 and later, and CircuitPython.
	Table = Layout{
		Releases: "MicroPython 1.21 or later", since: "1.21", head: configHead,
		table: "mp_native_qstr_table", first: 1, decl: tableDecl,
		tail: "extern const uintptr_t mp_native_obj_table[];",
	}

	layouts = []*Layout{&Links, &WideLinks, &Tables, &Table}
)

// objectDefine begins the lines that give objects their places.
const objectDefine = "#define MP_OBJ_NEW_QSTR_MP_QSTR_"

// Config returns the config header that numbers names in the order given,
// without records of them.
func (l *Layout) Config(names QStrs) []byte {
	var b bytes.Buffer
	b.WriteString(l.head)
	for i, name := range static {
		fmt.Fprintf(&b, "%s%s (%d)\n", define, word(Escape(name)), i+1)
	}
	for i, name := range names.Values {
		fmt.Fprintf(&b, "%s%s (%s[%d])\n", define, word(name), l.table, i+l.first)
	}
	for i, name := range names.Objects {
		fmt.Fprintf(&b, "%s%s ((mp_obj_t)%s[%d])\n", objectDefine, name, l.object, i)
	}
	b.WriteString(l.decl + "\n" + l.tail + "\n")
	return b.Bytes()
}

// Preprocess returns the config header for sources: what `--preprocess` writes.
func (l *Layout) Preprocess(sources ...[]byte) []byte {
	return l.Header(l.Names(sources...))
}

// Expanded is Names of what a compiler's preprocessor made of a source with
// Config of no names: static names are numbers in it, and the headers of releases
// where objects have a table have made one word of MP_OBJ_NEW_QSTR(MP_QSTR_x).
func (l *Layout) Expanded(text []byte) QStrs {
	if l.object == "" {
		return l.Names(text)
	}
	pasted := bytes.TrimPrefix([]byte(objectDefine), []byte(define))
	var apart []byte
	for {
		before, after, found := bytes.Cut(text, pasted)
		apart = append(apart, before...)
		if !found {
			return l.Names(apart)
		}
		n := wordLen(after)
		apart = fmt.Appendf(apart, "MP_OBJ_NEW_QSTR(%s%s)", prefix, after[:n])
		text = after[n:]
	}
}

// Header returns the config header that numbers names, with records of them.
func (l *Layout) Header(names QStrs) []byte { return append(l.Config(names), l.records(names)...) }

// Names returns the names that sources need, each kind sorted by its bytes: too
// many, if one of them has too many.
// Where objects have a table of their own, the argument of each
// MP_OBJ_NEW_QSTR(MP_QSTR_x) is one and does not count as a number, but a
// static name can be one.
func (l *Layout) Names(sources ...[]byte) QStrs {
	if l.object == "" {
		return QStrs{Values: numbers(sources...)}
	}
	var n QStrs
	rest := make([][]byte, len(sources))
	for i, src := range sources {
		rest[i] = n.takeObjects(src)
	}
	n.Values = numbers(rest...)
	slices.Sort(n.Objects)
	n.Objects = slices.Compact(n.Objects)
	return n
}

// takeObjects appends the objects that src mentions and returns src without
// them.
func (n *QStrs) takeObjects(src []byte) []byte {
	open := []byte("MP_OBJ_NEW_QSTR(" + prefix)
	var rest []byte
	for {
		i := bytes.Index(src, open)
		if i < 0 || len(n.Objects) > MaxNames {
			return append(rest, src...)
		}
		name := src[i+len(open):]
		end := wordLen(name)
		if end == len(name) || name[end] != ')' {
			rest, src = append(rest, src[:i+len(open)-len(prefix)]...), src[i+len(open)-len(prefix):]
			continue
		}
		n.Objects = append(n.Objects, string(name[:end]))
		rest, src = append(rest, src[:i]...), name[end+1:]
	}
}
