package mpyfile

import (
	"bytes"
	"slices"
	"strings"

	"mpyld/diag"
	"mpyld/qstrlink"
)

// Parse reads a native module. It is strict: it accepts what a linker writes,
// accounts for every byte, and refuses what the firmware would load although
// no linker wrote it. The error is a *diag.Error with the byte offset.
//
// The File's Text and Rodata are parts of data, not copies.
func Parse(data []byte) (*File, error) {
	r := &reader{data: data}
	f := r.file()
	if r.err != nil {
		return nil, r.err
	}
	return f, nil
}

func (r *reader) file() *File {
	f := &File{}
	r.header(f)
	if f.ABI != nil && f.ABI.Names == NameLinks {
		r.file5(f)
	} else {
		r.file6(f)
	}
	r.records(f)
	if n := r.left(); r.err == nil && n > 0 {
		r.fail(r.off, "%d bytes after the end of the module", n)
	}
	return f
}

// file6 reads what is between the header and the relocation records of
// version 6.
func (r *reader) file6(f *File) {
	nonASCII := r.tables(f)
	r.code(f)
	if r.err == nil {
		// Only now is it sure that this is not bytecode, whose names may be
		// any UTF-8.
		r.err = nonASCII
	}
}

// notNative refuses a file of another kind.
func (r *reader) notNative(at int, format string, args ...any) *diag.Error {
	return r.fail(at, "not a native module: "+format, args...)
}

// header reads the header, with the architecture flags. It leaves f.ABI and
// f.Arch nil when it names no architecture, as that of bytecode does.
func (r *reader) header(f *File) {
	magic := r.magic()
	version, feature, smallInt := r.byte("the header"), r.byte("the header"), r.byte("the header")
	if r.err != nil {
		return
	}
	if !slices.ContainsFunc(ABIs, func(a *ABI) bool { return a.Magic == magic && a.Version == version }) {
		r.unknownVersion(1, magic, version, 0)
		return
	}
	sub, arch := feature&3, feature>>ArchShift&ArchMask
	if arch == 0 && version == 5 {
		r.notNative(2, "it names no architecture, so it is bytecode")
		return
	}
	if arch != 0 {
		if f.ABI = abiOf(magic, version, sub); f.ABI == nil {
			r.unknownVersion(2, magic, version, sub)
			return
		}
		if f.Arch = ArchByCode(arch); f.Arch == nil {
			r.fail(2, "architecture code %d is unknown", arch)
		}
		if smallInt != f.ABI.SmallIntBits {
			r.fail(3, "small integers of %d bits, want %d", smallInt, f.ABI.SmallIntBits)
		}
	}
	known := byte(3 | ArchMask<<ArchShift)
	if version > 5 {
		known |= ArchFlagsBit
	}
	if feature&^known != 0 {
		r.fail(2, "header byte 0x%02x has unknown bits", feature)
	}
	switch at := r.off; {
	case version == 5:
		if window := r.vuint("the size of the window of recent qstrs"); r.err == nil && window != QStrWindow {
			r.fail(at, "a window of %d recent qstrs, want %d", window, QStrWindow)
		}
	case feature&ArchFlagsBit != 0:
		if f.ArchFlags = r.vuint("the architecture flags"); f.ArchFlags == 0 {
			r.fail(at, "architecture flags are announced, but there are none")
		}
	}
}

func abiOf(magic, version, sub byte) *ABI {
	for _, abi := range ABIs {
		if abi.Magic == magic && abi.Version == version && abi.Sub == sub {
			return abi
		}
	}
	return nil
}

func (r *reader) magic() byte {
	b := r.byte("the header")
	switch {
	case r.err != nil || b == Magic || b == MagicCircuit:
	case bytes.HasPrefix(r.data, []byte("\x7fELF")):
		r.notNative(0, "an ELF file").Note("link it to make a module of it")
	default:
		r.fail(0, "not an .mpy file: it starts with 0x%02x instead of '%c' or '%c'", b, Magic, MagicCircuit)
	}
	return b
}

func (r *reader) unknownVersion(at int, magic, version, sub byte) {
	switch {
	case magic == MagicCircuit && version >= 5:
		r.notNative(at, "CircuitPython's mpy version %d.%d, which mpyld does not know", version, sub)
	case magic == MagicCircuit:
		r.notNative(at, "CircuitPython's mpy version %d", version)
	case version >= 5:
		r.notNative(at, "mpy version %d.%d, which mpyld does not know", version, sub)
	default:
		r.notNative(at, "mpy version %d (%s)", version, tooOld(version))
	}
}

// tooOld names the releases that made a version without native modules
// (docs/reference/mpyfiles.rst).
func tooOld(version byte) string {
	switch version {
	case 0:
		return "MicroPython 1.5.1 to 1.8.7"
	case 2:
		return "MicroPython 1.9 to 1.9.2"
	case 3:
		return "MicroPython 1.9.3 to 1.10"
	case 4:
		return "MicroPython 1.11"
	}
	return "not known to mpyld"
}

// tables reads the qstr table and the object table, which of most ABIs must be
// empty. The result is the first name that is not ASCII.
func (r *reader) tables(f *File) (nonASCII *diag.Error) {
	at := r.off
	n := r.vuint("the number of qstrs")
	objs := r.vuint("the number of constant objects")
	if r.err == nil && n > r.left() {
		r.fail(at, "%d qstrs, but only %d bytes left", n, r.left())
	}
	for range n {
		at := r.off
		s := r.qstr()
		if r.err != nil {
			return nil
		}
		if nonASCII == nil && !isName(s) {
			nonASCII = errorAt(at, "qstr %q is not plain ASCII", s)
		}
		f.QStrs = append(f.QStrs, s)
	}
	switch {
	case r.err != nil:
	case objs > 0 && (f.ABI == nil || !f.ABI.Objects):
		r.notNative(at, "it has %d constant objects, so it is bytecode", objs)
	case n == 0:
		r.fail(at, "no qstrs: the first is the name of the source file")
	case objs > r.left():
		r.fail(at, "%d constant objects, but only %d bytes left", objs, r.left())
	default:
		for range objs {
			r.object(f)
		}
	}
	return nonASCII
}

// object reads an entry of the object table.
func (r *reader) object(f *File) {
	at := r.off
	if kind := r.byte("a constant object"); r.err == nil && kind != ObjStr {
		r.notNative(at, "it has a constant object of type %d; a linker makes type %d", kind, ObjStr)
		return
	}
	s := r.text(r.vuint("a constant object"), "a constant object")
	if r.err == nil && !isName(s) {
		r.fail(at, "constant object %q is not plain ASCII", s)
	}
	f.Objects = append(f.Objects, s)
}

// qstr reads one entry of the qstr table: the number of a static qstr, or the
// text with a NUL behind it for firmware that uses it in place.
func (r *reader) qstr() string {
	at := r.off
	v := r.vuint("a qstr")
	if v&1 != 0 {
		id := v >> 1
		name, ok := "", false
		if id <= 1<<16 {
			name, ok = qstrlink.StaticName(int(id))
		}
		if !ok {
			r.fail(at, "there is no static qstr %d", id)
		}
		return name
	}
	return r.text(v>>1, "a qstr")
}

// text reads n bytes of what and the NUL behind them.
func (r *reader) text(n uint64, what string) string {
	text := r.bytes(n, what)
	end := r.off
	if nul := r.byte("the end of " + what); r.err == nil && nul != 0 {
		_, noun, _ := strings.Cut(what, " ")
		r.fail(end, "%s %q has no NUL at its end", noun, text)
	}
	return string(text)
}

// isName reports whether a linker can write s as a qstr.
func isName(s string) bool {
	for i := range len(s) {
		if s[i] == 0 || s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// code reads the one raw code of a module, without its relocation records.
func (r *reader) code(f *File) {
	at := r.off
	kindLen := r.vuint("the code's kind and length")
	if r.err != nil {
		return
	}
	switch kind, children := kindLen&3, kindLen&4 != 0; {
	case kind == 0 && f.Arch == nil:
		r.notNative(at, "it is bytecode")
	case kind == 0:
		r.notNative(at, "it is bytecode with native functions in it, or several modules merged by mpy-tool.py")
	case f.Arch == nil:
		// The firmware checks the architecture only when there is one.
		r.fail(at, "native code, but the header names no architecture: it would run on any")
	case kind != CodeViper || children:
		r.notNative(at, "its code is of kind %d with children: %t; a linker makes kind %d without", kind, children, CodeViper)
	case kindLen>>3 == 0:
		r.fail(at, "there is no code")
	}
	f.Text = r.bytes(kindLen>>3, "text")

	rodata, bss := r.scope(f)
	var rodataSize uint64
	if rodata {
		rodataSize = r.size("rodata")
	}
	if bss {
		r.bss(f)
	}
	if rodataSize > 0 {
		f.Rodata = r.bytes(rodataSize, "rodata")
	}
}

// scope reads the scope flags, and returns which regions they announce.
func (r *reader) scope(f *File) (rodata, bss bool) {
	at := r.off
	v := r.vuint("the scope flags")
	if r.err != nil {
		return false, false
	}
	s := &f.ABI.Scope
	if v&s.Relocs == 0 || v&^(s.Relocs|s.Rodata|s.BSS) != 0 {
		r.fail(at, "scope flags 0x%x are not those of a linked module", v)
	}
	return v&s.Rodata != 0, v&s.BSS != 0
}

// bss reads the size of bss.
func (r *reader) bss(f *File) {
	at := r.off
	f.BSSSize = r.size("bss")
	// A block of half the address space cannot exist.
	if r.err == nil && f.BSSSize>>(8*f.Arch.Word-1) != 0 {
		r.fail(at, "bss of %d bytes does not fit the address space", f.BSSSize)
	}
}

// size reads the size of a region that the scope flags announced.
func (r *reader) size(region string) uint64 {
	at := r.off
	n := r.vuint("the size of " + region)
	if r.err == nil && n == 0 {
		r.fail(at, "%s is announced, but has no bytes", region)
	}
	return n
}
