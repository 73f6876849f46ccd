package mpyfile

import (
	"bytes"

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
	nonASCII := r.tables(f)
	r.code(f)
	if r.err == nil {
		// Only now is it sure that this is not bytecode, whose names may be
		// any UTF-8.
		r.err = nonASCII
	}
	r.records(f)
	if n := r.left(); r.err == nil && n > 0 {
		r.fail(r.off, "%d bytes after the end of the module", n)
	}
	return f
}

// notNative refuses a file of another kind.
func (r *reader) notNative(at int, format string, args ...any) *diag.Error {
	return r.fail(at, "not a native "+Latest.Name+" module: "+format, args...)
}

// header reads the first four bytes and the architecture flags. It leaves
// f.Arch nil when the header names no architecture, as that of bytecode does.
func (r *reader) header(f *File) {
	r.magic()
	version, feature, smallInt := r.byte("the header"), r.byte("the header"), r.byte("the header")
	if r.err != nil {
		return
	}
	if version != Latest.Version {
		r.notNative(1, "mpy version %d (%s)", version, releasesOf(version, 0))
		return
	}
	sub, arch := feature&3, feature>>ArchShift&ArchMask
	if arch != 0 {
		for _, abi := range ABIs {
			if abi.Version == version && abi.Sub == sub {
				f.ABI = abi
			}
		}
		if f.ABI == nil {
			r.notNative(2, "mpy version %d.%d (%s)", version, sub, releasesOf(version, sub))
			return
		}
		if f.Arch = ArchByCode(arch); f.Arch == nil {
			r.fail(2, "architecture code %d is unknown", arch)
		}
		if smallInt != f.ABI.SmallIntBits {
			r.fail(3, "small integers of %d bits, want %d", smallInt, f.ABI.SmallIntBits)
		}
	}
	if feature&^(3|ArchMask<<ArchShift|ArchFlagsBit) != 0 {
		r.fail(2, "header byte 0x%02x has unknown bits", feature)
	}
	if feature&ArchFlagsBit != 0 {
		at := r.off
		if f.ArchFlags = r.vuint("the architecture flags"); f.ArchFlags == 0 {
			r.fail(at, "architecture flags are announced, but there are none")
		}
	}
}

func (r *reader) magic() {
	switch b := r.byte("the header"); {
	case r.err != nil || b == Magic:
	case b == 'C':
		r.notNative(0, "made for CircuitPython")
	case bytes.HasPrefix(r.data, []byte("\x7fELF")):
		r.notNative(0, "an ELF file").Note("link it to make a module of it")
	default:
		r.fail(0, "not an .mpy file: it starts with 0x%02x instead of '%c'", b, Magic)
	}
}

// releasesOf names the releases that made another version
// (docs/reference/mpyfiles.rst).
func releasesOf(version, sub byte) string {
	switch {
	case version == 0:
		return "MicroPython 1.5.1 to 1.8.7"
	case version == 2:
		return "MicroPython 1.9 to 1.9.2"
	case version == 3:
		return "MicroPython 1.9.3 to 1.10"
	case version == 4:
		return "MicroPython 1.11"
	case version == 5:
		return "MicroPython 1.12 to 1.18"
	case version == 6 && sub < 3:
		return "MicroPython " + [...]string{"1.19", "1.20 and 1.21", "1.22"}[sub]
	}
	return "not known to mpyld"
}

// tables reads the qstr table, and the object table, which must be empty. The
// result is the first name that is not ASCII.
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
	case objs > 0:
		r.notNative(at, "it has %d constant objects, so it is bytecode", objs)
	case n == 0:
		r.fail(at, "no qstrs: the first is the name of the source file")
	}
	return nonASCII
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
	text := r.bytes(v>>1, "a qstr")
	end := r.off
	if nul := r.byte("the end of a qstr"); r.err == nil && nul != 0 {
		r.fail(end, "qstr %q has no NUL at its end", text)
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

	at = r.off
	scope := r.vuint("the scope flags")
	if r.err == nil && (scope&ScopeRelocs == 0 || scope&^(ScopeRelocs|ScopeRodata|ScopeBSS) != 0) {
		r.fail(at, "scope flags 0x%x are not those of a linked module", scope)
	}
	var rodataSize uint64
	if scope&ScopeRodata != 0 {
		rodataSize = r.size("rodata")
	}
	if scope&ScopeBSS != 0 {
		at := r.off
		f.BSSSize = r.size("bss")
		// A block of half the address space cannot exist.
		if r.err == nil && f.BSSSize>>(8*f.Arch.Word-1) != 0 {
			r.fail(at, "bss of %d bytes does not fit the address space", f.BSSSize)
		}
	}
	if rodataSize > 0 {
		f.Rodata = r.bytes(rodataSize, "rodata")
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
