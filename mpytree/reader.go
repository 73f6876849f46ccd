package mpytree

import (
	"fmt"
	"strconv"

	"mpyld/diag"
)

// Class is what part of a file a field belongs to. Hexdumps colour by it.
type Class uint8

const (
	Meta   Class = iota // header, sizes, flags
	Names               // qstrs
	Consts              // constant objects
	Info                // preludes: names of arguments, line numbers, cells
	Opcodes
	Machine // machine code
	Data    // rodata
	Relocations
)

// Field is some bytes of a file and what they are. The fields of a file follow
// each other without gaps.
type Field struct {
	Off, Size int
	Path      string // "code.children[0].kind"
	Class     Class
	Value     string // what the bytes say, for people
}

// reader walks the bytes of a file. The first failure sticks: from then on
// every read gives zero, so callers check err once per step and before loops.
type reader struct {
	data  []byte
	off   int
	err   *diag.Error
	path  []step
	each  func(Field) // takes the fields; nil: nobody wants them
	depth int
	parts uint64 // that counts promise
	text  []byte // of a path, to be used again

	window []string // last qstrs of version 5, most recent first
}

// step is a part of a field's path: a name, or a name with an index.
type step struct {
	name  string
	index int // -1: none
}

func (r *reader) push(name string, index int) { r.path = append(r.path, step{name, index}) }
func (r *reader) pop()                        { r.path = r.path[:len(r.path)-1] }

// at returns the path of a field of what is being read.
func (r *reader) at(name string) string {
	b := r.text[:0]
	part := func(s step) {
		if len(b) > 0 && s.name != "" {
			b = append(b, '.')
		}
		b = append(b, s.name...)
		if s.index >= 0 {
			b = append(strconv.AppendInt(append(b, '['), int64(s.index), 10), ']')
		}
	}
	for _, s := range r.path {
		part(s)
	}
	part(step{name, -1})
	r.text = b
	return string(b)
}

// note says that the bytes from start to here are a field. Its value is
// made only when somebody wants it.
func (r *reader) note(class Class, start int, name string, value func() string) {
	if r.each != nil && r.err == nil && r.off > start {
		r.each(Field{start, r.off - start, r.at(name), class, value()})
	}
}

// fail records what is wrong with a field at byte offset at, unless something
// already is.
func (r *reader) fail(at int, name, format string, args ...any) *diag.Error {
	if r.err == nil {
		r.err = diag.New(fmt.Sprintf("0x%x %s", at, r.at(name)), format, args...)
	}
	return r.err
}

func (r *reader) left() uint64 { return uint64(len(r.data) - r.off) }

// rawByte reads one byte of a field.
func (r *reader) rawByte(name string) byte {
	if r.err != nil || r.left() == 0 {
		r.fail(r.off, name, "truncated: the file ends here")
		return 0
	}
	r.off++
	return r.data[r.off-1]
}

// rawBytes reads n bytes of a field, as a part of the file's own data.
func (r *reader) rawBytes(n uint64, name string) []byte {
	if r.err != nil || n > r.left() {
		r.fail(r.off, name, "truncated: %d bytes, but the file has %d left", n, r.left())
		return nil
	}
	start := r.off
	r.off += int(n)
	return r.data[start:r.off:r.off]
}

// rawUint reads a number: groups of 7 bits, most significant first, bit 7 set
// on all bytes but the last. The firmware reads on for as long as bit 7 is set
// and forgets the bits that do not fit; here both are errors, and so is a
// leading empty group, which no writer makes.
func (r *reader) rawUint(name string) uint64 {
	start := r.off
	var v uint64
	for {
		b := r.rawByte(name)
		switch {
		case r.err != nil:
			return 0
		case b == 0x80 && r.off == start+1:
			r.fail(start, name, "the number is not in its shortest form")
			return 0
		case v>>57 != 0:
			r.fail(start, name, "the number does not fit 64 bits")
			return 0
		}
		v = v<<7 | uint64(b&0x7f)
		if b < 0x80 {
			return v
		}
	}
}

// byte, uint and bytes read a field of their own.

func (r *reader) byte(class Class, name string, value func(byte) string) byte {
	start := r.off
	b := r.rawByte(name)
	if r.each != nil {
		r.note(class, start, name, func() string { return value(b) })
	}
	return b
}

func (r *reader) uint(name string) uint64 {
	start := r.off
	v := r.rawUint(name)
	if r.each != nil {
		r.note(Meta, start, name, func() string { return strconv.FormatUint(v, 10) })
	}
	return v
}

func (r *reader) bytes(class Class, n uint64, name string) []byte {
	start := r.off
	b := r.rawBytes(n, name)
	r.note(class, start, name, func() string { return fmt.Sprintf("%d bytes", n) })
	return b
}

// maxParts is how many names, objects and functions a file has at most: firmware
// numbers names with 16 bits. What a name of one byte takes in memory here is a
// hundred times as much, so that a file of nothing else must not be read.
const maxParts = 1 << 16

// promise counts what a number of something promises, and reports whether it is
// not too much of all.
func (r *reader) promise(start int, name string, n uint64) bool {
	if r.parts += n; r.err == nil && r.parts > maxParts {
		r.fail(start, name, "%d of them: with these the file has %d names, objects and functions, more than %d", n, r.parts, maxParts)
	}
	return r.err == nil
}

// count reads how many of something follow, each of which takes at least one
// byte.
func (r *reader) count(name string) int {
	start := r.off
	n := r.uint(name)
	if r.err == nil && n > r.left() {
		r.fail(start, name, "%d of them, but only %d bytes left", n, r.left())
		return 0
	}
	if !r.promise(start, name, n) {
		return 0
	}
	return int(n)
}
