package elfload

import (
	"bytes"
	"encoding/binary"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"mpyld/diag"
	"mpyld/relocs"
)

// Archive is a static library. Members are read when something needs them:
// a toolchain's libgcc.a is thousands of times larger than what a module uses.
//
// The format is that of ar(5) in its System V and BSD dialects: a magic, then
// members behind 60-byte headers, each starting at an even offset. The first
// member may be an index from symbol to member (the armap).
type Archive struct {
	Name string

	r     io.ReaderAt
	size  int64
	mach  *relocs.Machine
	names []byte             // GNU long-name table
	index map[string]int64   // symbol to header offset; the first definition
	more  map[string][]int64 // the further ones, which few symbols have
	taken map[int64]*Object  // members given out, by header offset
	seen  map[int64]looked   // those that were looked at and not given out
}

// looked is what a look at a member found.
type looked struct {
	obj     *Object // nil after an error, and of one for another machine
	err     error
	other   bool
	machine string // other: that it is for, if it is an ELF file
}

const (
	arMagic      = "!<arch>\n"
	arThinMagic  = "!<thin>\n"
	arHeaderSize = 60
)

// Bounds of what an archive may make the linker read and keep, each several times
// what the largest libraries have. A file can be as large as it likes and take no
// room on disk, and sizes in it are a few digits.
const (
	maxSymbols    = 1 << 18   // of an index: libstdc++.a has 6,000
	maxIndexSize  = 64 << 20  // bytes of an index, or of the long names
	maxMemberSize = 256 << 20 // bytes
	maxMemberName = 4096      // bytes: PATH_MAX
)

// member is a decoded member header.
type member struct {
	name string
	off  int64 // of the content
	size int64
	next int64 // offset of the next header
}

// OpenArchive reads the index of the archive in r. The error is a *diag.Error.
func OpenArchive(name string, r io.ReaderAt, size int64, m *relocs.Machine) (*Archive, error) {
	a := &Archive{Name: name, r: r, size: size, mach: m, taken: map[int64]*Object{}}
	magic, err := a.read(0, min(int64(len(arMagic)), size))
	switch {
	case err != nil:
		return nil, err
	case string(magic) == arThinMagic:
		return nil, diag.New(name, "is a thin archive: it holds the names of objects, not the objects").
			Note("pass the objects themselves, or make the archive without ar's T option")
	case string(magic) != arMagic:
		return nil, diag.New(name, "is not an archive")
	}
	if err := a.readIndex(); err != nil {
		return nil, err
	}
	return a, nil
}

// Has reports whether some member defines a symbol.
func (a *Archive) Has(symbol string) bool {
	_, ok := a.index[symbol]
	return ok
}

// Extract returns the first member with a definition of a symbol that will do,
// or nil when there is none, or every one was extracted before. A member that
// cannot be read is an error; but where not any definition will do, it is passed
// over, for nothing says that it has one.
func (a *Archive) Extract(symbol string, willDo func(*Symbol) bool) (*Object, error) {
	for off := range a.definers(symbol) {
		if a.taken[off] != nil {
			continue
		}
		m := a.look(off)
		switch {
		case m.other, willDo != nil && (m.err != nil || !m.obj.defines(symbol, willDo)):
			continue
		case m.err == nil:
			a.taken[off] = m.obj
			delete(a.seen, off)
		}
		return m.obj, m.err
	}
	return nil, nil
}

// Definers yields the members that the index has for a symbol, whether they were given
// out or not. Those that cannot be read or are for another machine are passed over.
func (a *Archive) Definers(symbol string) iter.Seq[*Object] {
	return func(yield func(*Object) bool) {
		for off := range a.definers(symbol) {
			obj := a.taken[off]
			if obj == nil {
				obj = a.look(off).obj
			}
			if obj != nil && !yield(obj) {
				return
			}
		}
	}
}

// definers yields the members that the index has for a symbol.
func (a *Archive) definers(symbol string) iter.Seq[int64] {
	return func(yield func(int64) bool) {
		if first, ok := a.index[symbol]; !ok || !yield(first) {
			return
		}
		for _, off := range a.more[symbol] {
			if !yield(off) {
				return
			}
		}
	}
}

// defines reports whether an object has a definition of a name that will do.
func (o *Object) defines(name string, willDo func(*Symbol) bool) bool {
	return slices.ContainsFunc(o.Symbols[o.Locals:], func(s Symbol) bool {
		return s.Name == name && !s.Local() && s.Where != Undefined && willDo(&s)
	})
}

// look reads the member at an offset. One for another machine is no error: ld
// skips such members too.
func (a *Archive) look(off int64) looked {
	m, ok := a.seen[off]
	if !ok {
		m = a.readMember(off)
		if a.seen == nil {
			a.seen = map[int64]looked{}
		}
		a.seen[off] = m
	}
	return m
}

func (a *Archive) readMember(off int64) looked {
	m, err := a.header(off)
	if err != nil {
		return looked{err: err}
	}
	data, err := a.content(&m)
	if err != nil {
		return looked{err: err}
	}
	if isBitcode(data) {
		err := diag.New(a.Name+"("+m.name+")", "is LLVM bitcode, not an ELF object").
			Note("compile the library without -flto (rustc: -C linker-plugin-lto), or with -ffat-lto-objects")
		return looked{err: err}
	}
	if a.forOtherMachine(data) {
		h, err := readHeader(a.Name, data)
		if err != nil {
			return looked{other: true}
		}
		return looked{other: true, machine: machineText(h.machine, h.class)}
	}
	obj, err := Load(a.Name+"("+m.name+")", data, a.mach)
	return looked{obj: obj, err: err}
}

// addSymbol enters a symbol of the member at an offset into the index.
func (a *Archive) addSymbol(name string, off int64) {
	if _, dup := a.index[name]; !dup {
		a.index[name] = off
		return
	}
	if a.more == nil {
		a.more = map[string][]int64{}
	}
	a.more[name] = append(a.more[name], off)
}

// Symbols calls yield with each symbol that a member defines, in no order.
func (a *Archive) Symbols(yield func(string) bool) {
	for symbol := range a.index {
		if !yield(symbol) {
			return
		}
	}
}

// OtherMachine returns the machine that the member with a symbol is for, when
// Extract has passed over it for that; else "".
func (a *Archive) OtherMachine(symbol string) string {
	for off := range a.definers(symbol) {
		if m := a.seen[off]; m.machine != "" {
			return m.machine
		}
	}
	return ""
}

// forOtherMachine reports whether a member is for another machine, or no ELF at all.
func (a *Archive) forOtherMachine(data []byte) bool {
	const machineOff = 18 // e_machine
	return len(data) < machineOff+2 || string(data[:4]) != "\x7fELF" ||
		data[4] != byte(a.mach.Class) || le.Uint16(data[machineOff:]) != uint16(a.mach.ELF)
}

func (a *Archive) errorf(format string, args ...any) error {
	return diag.New(a.Name, "malformed archive: "+format, args...)
}

// read returns n bytes at off, both checked against the file's size.
func (a *Archive) read(off, n int64) ([]byte, error) {
	if off < 0 || n < 0 || off > a.size || n > a.size-off {
		return nil, a.errorf("%d bytes at offset %d lie outside the file of %d bytes", n, off, a.size)
	}
	b := make([]byte, n)
	if _, err := a.r.ReadAt(b, off); err != nil && n > 0 {
		return nil, diag.New(a.Name, "%v", err)
	}
	return b, nil
}

// content reads a member; of one for another machine, no more than what says so.
func (a *Archive) content(m *member) ([]byte, error) {
	const elfHeader = 64 // the longer of the two kinds
	b, err := a.read(m.off, min(m.size, elfHeader))
	if err != nil || a.forOtherMachine(b) {
		return b, err
	}
	if m.size > maxMemberSize {
		return nil, a.errorf("member %s has %d bytes, more than any object", m.name, m.size)
	}
	return a.read(m.off, m.size)
}

// header decodes the member header at off.
func (a *Archive) header(off int64) (member, error) {
	h, err := a.read(off, arHeaderSize)
	if err != nil {
		return member{}, err
	}
	if string(h[58:60]) != "`\n" {
		return member{}, a.errorf("no member header at offset %d", off)
	}
	size, err := strconv.ParseInt(strings.TrimRight(string(h[48:58]), " "), 10, 64)
	if err != nil || size < 0 || size > a.size-off-arHeaderSize {
		return member{}, a.errorf("the member at offset %d has size %q", off, strings.TrimRight(string(h[48:58]), " "))
	}
	m := member{name: strings.TrimRight(string(h[:16]), " "), off: off + arHeaderSize, size: size}
	m.next = m.off + size + size&1
	return m, a.longName(&m)
}

// longName resolves a name that does not fit the header: "/123" is an offset
// into the GNU name table, "#1/12" says that 12 bytes of name precede the
// content (BSD).
func (a *Archive) longName(m *member) error {
	switch {
	case strings.HasPrefix(m.name, "#1/"):
		n, err := strconv.ParseInt(m.name[3:], 10, 64)
		if err != nil || n < 0 || n > m.size || n > maxMemberName {
			return a.errorf("member name %q", m.name)
		}
		b, err := a.read(m.off, n)
		if err != nil {
			return err
		}
		m.name = string(bytes.TrimRight(b, "\x00"))
		m.off, m.size = m.off+n, m.size-n
	case len(m.name) > 1 && m.name[0] == '/' && m.name[1] >= '0' && m.name[1] <= '9':
		n, err := strconv.ParseUint(m.name[1:], 10, 63)
		if err != nil || n >= uint64(len(a.names)) {
			return a.errorf("member name %q is outside the name table", m.name)
		}
		name, _, ok := bytes.Cut(a.names[n:min(n+maxMemberName, uint64(len(a.names)))], []byte("\n"))
		if !ok && n+maxMemberName < uint64(len(a.names)) {
			return a.errorf("member name %q has no end", m.name)
		}
		m.name = strings.TrimSuffix(string(name), "/")
	case len(m.name) > 1 && !isIndexName(m.name):
		m.name = strings.TrimSuffix(m.name, "/")
	}
	return nil
}

func isIndexName(name string) bool {
	return name == "/" || name == "//" || name == "/SYM64/" || strings.HasPrefix(name, "__.SYMDEF")
}

// readIndex reads the armap and the name table, which come first, and makes
// an index by looking at every member when there is no armap.
func (a *Archive) readIndex() error {
	off := int64(len(arMagic))
	for off < a.size {
		m, err := a.header(off)
		if err != nil {
			return err
		}
		if !isIndexName(m.name) {
			break
		}
		if m.size > maxIndexSize {
			return a.errorf("member %s has %d bytes, more than any index", m.name, m.size)
		}
		b, err := a.read(m.off, m.size)
		if err != nil {
			return err
		}
		switch {
		case m.name == "//":
			a.names = b
		case m.name == "/":
			err = a.svIndex(b, 4)
		case m.name == "/SYM64/":
			err = a.svIndex(b, 8)
		}
		if err != nil {
			return err
		}
		off = m.next
	}
	if a.index == nil {
		return a.makeIndex(off)
	}
	return nil
}

// svIndex decodes a System V armap: a big-endian count, as many big-endian
// header offsets of width bytes, then as many NUL-terminated names.
func (a *Archive) svIndex(b []byte, width int) error {
	number := func(i int) uint64 {
		if width == 8 {
			return binary.BigEndian.Uint64(b[i*8:])
		}
		return uint64(binary.BigEndian.Uint32(b[i*4:]))
	}
	if len(b) < width || number(0) > uint64(len(b)/width-1) {
		return a.errorf("the symbol index is truncated")
	}
	if number(0) > maxSymbols {
		return a.errorf("the symbol index has %d symbols, more than any library", number(0))
	}
	n := int(number(0))
	names := string(b[(n+1)*width:])
	a.index = map[string]int64{} // it grows: nothing says that all names are different
	for i := range n {
		name, rest, ok := strings.Cut(names, "\x00")
		if !ok {
			return a.errorf("the symbol index is truncated")
		}
		names = rest
		a.addSymbol(name, int64(number(i+1)))
	}
	return nil
}

// makeIndex indexes an archive without an armap, or with a BSD one, from the
// symbol tables of its members.
func (a *Archive) makeIndex(off int64) error {
	a.index = map[string]int64{}
	for off < a.size {
		m, err := a.header(off)
		if err != nil {
			return err
		}
		data, err := a.content(&m)
		if err != nil {
			return err
		}
		if !isIndexName(m.name) && !a.forOtherMachine(data) {
			obj, err := Load(a.Name+"("+m.name+")", data, a.mach)
			if err != nil {
				return err
			}
			for i := range obj.Symbols {
				s := &obj.Symbols[i]
				if s.Local() || s.Where == Undefined {
					continue
				}
				a.addSymbol(s.Name, off)
			}
		}
		off = m.next
	}
	return nil
}
