package elfload

import (
	"bytes"
	"compress/zlib"
	"debug/elf"
	"encoding/binary"
	"io"
	"slices"
	"strings"

	"mpyld/diag"
	"mpyld/edit"
	"mpyld/relocs"
)

// Debug information is most of an object that has it, and a link does not look at it. Whoever
// wants it asks the object again, which is then read a second time.
//
//	.debug_line, 300 bytes of the file                     Data, with relocations
//	.debug_info, 500 bytes that unpack to 900 (zlib)       Data of 900 bytes, to which its relocations apply
//	.zdebug_str, as assemblers before 2016 packed it       .debug_str

// IsDebug reports whether a section is read by debuggers alone (DWARF 5, section 7.5, and its
// predecessors), from its name.
func IsDebug(name string) bool {
	return strings.HasPrefix(name, ".debug_") || strings.HasPrefix(name, packedPrefix)
}

const packedPrefix = ".zdebug_"

// maxRatio is how much smaller zlib makes anything, at most (zlib, "Technical Details").
const maxRatio = 1032

// WithDebug returns the object with the content and relocations of the sections that
// debuggers read, and the content of that which says what its code is compiled for. It shares all else with the object, which stays. The error is a *diag.Error.
func (o *Object) WithDebug() (with *Object, err error) {
	defer func() {
		if p := recover(); p != nil {
			with, err = nil, diag.New(o.Name, "malformed ELF file: %v", p)
		}
	}()
	with = new(Object)
	*with = *o
	with.Sections, with.tables = slices.Clone(o.Sections), slices.Clone(o.tables)
	l := &loader{name: o.Name, data: o.file, mach: o.mach, obj: with}
	if err := l.readSections(); err != nil {
		return nil, err
	}
	if err := l.findSymtab(); err != nil {
		return nil, err
	}
	for i, h := range l.headers.all {
		s := &with.Sections[i]
		s.obj = with
		if s.Name != "" && s.Name == o.mach.About && h.flags&elf.SHF_ALLOC == 0 && h.typ != elf.SHT_NOBITS {
			if s.Data, err = l.content(i); err != nil {
				return nil, err
			}
		}
		if !s.debug() {
			continue
		}
		if h.typ == elf.SHT_NOBITS { // what strip leaves of them
			s.Size = 0
			continue
		}
		if s.Data, err = l.content(i); err != nil {
			return nil, err
		}
		if err := l.unpack(s); err != nil {
			return nil, err
		}
		s.Size = uint64(len(s.Data))
	}
	if err := l.attach((*Section).debug); err != nil {
		return nil, err
	}
	return with, nil
}

// debug reports whether the section is read by debuggers alone.
func (s *Section) debug() bool {
	return s.Flags&elf.SHF_ALLOC == 0 && IsDebug(s.Name) && !isRelocations(s.Type)
}

// unpack unpacks a section that is compressed: as the gABI has it (chapter 4, "Section
// Compression"), or behind "ZLIB" and its size as a big-endian number.
func (l *loader) unpack(s *Section) error {
	const zlibHeader, chdr32, chdr64 = 12, 12, 24
	size, packed := uint64(0), s.Data
	switch {
	case s.Flags&elf.SHF_COMPRESSED != 0:
		header := chdr32
		if l.mach.Class == elf.ELFCLASS64 {
			header = chdr64
		}
		if len(packed) < header {
			return l.errorf("compressed section %s of %d bytes has no whole header", s.Name, len(packed))
		}
		if how := elf.CompressionType(le.Uint32(packed)); how != elf.COMPRESS_ZLIB {
			return diag.New(l.name+":("+s.Name+")", "is compressed in a way that mpyld cannot unpack: %v", how).
				Note("compile with -gz=zlib or -gz=none, or unpack it: objcopy --decompress-debug-sections")
		}
		align := uint64(le.Uint32(packed[8:]))
		size = uint64(le.Uint32(packed[4:]))
		if header == chdr64 {
			size, align = le.Uint64(packed[8:]), le.Uint64(packed[16:])
		}
		s.Align = uint32(min(max(align, 1), maxAlign))
		s.Flags &^= elf.SHF_COMPRESSED
		packed = packed[header:]
	case strings.HasPrefix(s.Name, packedPrefix) && len(packed) >= zlibHeader && string(packed[:4]) == "ZLIB":
		size = binary.BigEndian.Uint64(packed[4:])
		packed = packed[zlibHeader:]
	default:
		return nil
	}
	s.Name = strings.Replace(s.Name, packedPrefix, ".debug_", 1)
	if size > maxRatio*uint64(len(packed)) {
		return l.errorf("compressed section %s: %d bytes cannot be %d", s.Name, len(packed), size)
	}
	data, err := inflate(packed, size)
	if err != nil {
		return l.errorf("compressed section %s: %v", s.Name, err)
	}
	s.Data = data
	return nil
}

// inflate unpacks size bytes.
func inflate(packed []byte, size uint64) ([]byte, error) {
	r, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	data := make([]byte, size)
	_, err = io.ReadFull(r, data)
	return data, err
}

// HasDebug reports whether the object has sections that debuggers read.
func (o *Object) HasDebug() bool {
	for i := range o.Sections {
		if o.Sections[i].debug() {
			return true
		}
	}
	return false
}

// Machine is that of the object.
func (o *Object) Machine() *relocs.Machine { return o.mach }

// EditDebug returns an object that WithDebug returned with edited debug information. What refers to it from
// symbols and relocations follows.
func (o *Object) EditDebug(cuts Cuts) *Object {
	with := new(Object)
	*with = *o
	with.Sections, with.Symbols = slices.Clone(o.Sections), slices.Clone(o.Symbols)
	for i := range with.Sections {
		s := &with.Sections[i]
		s.obj = with
		if edits := cuts[i]; len(edits) > 0 {
			s.Edits = edit.New(s.Data, edits, 0)
			s.Data = s.Edits.Bytes()
			s.Size = uint64(len(s.Data))
			with.edited = true
		}
	}
	for i := range with.Symbols {
		s := &with.Symbols[i]
		if s.Where == InSection && len(cuts[int(s.Sect)]) > 0 {
			end := with.Sections[s.Sect].Edits.Label(s.Value + s.Size)
			s.Value = with.Sections[s.Sect].Edits.Label(s.Value)
			s.Size = end - s.Value
		}
	}
	return with
}
