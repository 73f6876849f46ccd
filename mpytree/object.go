package mpytree

import (
	"fmt"
	"strconv"
	"strings"

	"mpyld/internal/lazy"
)

// object6 reads a constant object of version 6 (py/persistentcode.c, load_obj).
func (r *reader) object6() Object {
	start := r.off
	t := ObjectType(r.rawByte("type"))
	o := Object{Type: t}
	switch {
	case r.err != nil:
		return o
	case t <= ObjEllipsis:
	case t == ObjTuple:
		n := r.rawUint("n_items")
		if r.err == nil && n > r.left() {
			r.fail(start, "n_items", "%d items, but only %d bytes left", n, r.left())
			return o
		}
		if !r.promise(start, "n_items", n) {
			return o
		}
		r.note(Consts, start, "", func() string { return fmt.Sprintf("tuple of %d", n) })
		if r.depth++; r.depth > maxDepth {
			r.fail(start, "", "tuples nest more than %d deep", maxDepth)
		}
		for i := range n {
			if r.err != nil {
				return o
			}
			r.push("items", int(i))
			o.Items = append(o.Items, r.object6())
			r.pop()
		}
		r.depth--
		return o
	case t <= ObjComplex:
		o.Text = string(r.rawBytes(r.rawUint("length"), "text"))
		if t <= ObjBytes {
			r.nul()
		}
	default:
		r.fail(start, "type", "object type %d is unknown", t)
		return o
	}
	r.note(Consts, start, "", o.String)
	return o
}

// letters are the types of version 5, by ObjectType.
var letters = lazy.Value[map[byte]ObjectType]{Make: func() map[byte]ObjectType {
	return map[byte]ObjectType{'e': ObjEllipsis, 's': ObjStr, 'b': ObjBytes, 'i': ObjInt, 'f': ObjFloat, 'c': ObjComplex}
}}

// Letter is the byte that stands for an object type in version 5, or 0.
func (t ObjectType) Letter() byte {
	for letter, u := range letters.Get() {
		if t == u {
			return letter
		}
	}
	return 0
}

// object5 reads a constant object of version 5.
func (r *reader) object5() Object {
	start := r.off
	letter := r.rawByte("type")
	t, ok := letters.Get()[letter]
	if r.err == nil && !ok {
		r.fail(start, "type", "object type 0x%02x is unknown", letter)
	}
	o := Object{Type: t}
	if r.err == nil && t != ObjEllipsis {
		o.Text = string(r.rawBytes(r.rawUint("length"), "text"))
	}
	r.note(Consts, start, "", o.String)
	return o
}

// String is the object as Python would write it.
func (o Object) String() string {
	switch o.Type {
	case ObjStr:
		return strconv.Quote(o.Text)
	case ObjBytes:
		return "b" + quoteBytes(o.Text)
	case ObjInt, ObjFloat, ObjComplex:
		return o.Text
	case ObjTuple:
		items := make([]string, len(o.Items))
		for i := range o.Items {
			items[i] = o.Items[i].String()
		}
		if len(items) == 1 {
			return "(" + items[0] + ",)"
		}
		return "(" + strings.Join(items, ", ") + ")"
	}
	return o.Type.String()
}

// quoteBytes quotes a string byte by byte.
func quoteBytes(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
