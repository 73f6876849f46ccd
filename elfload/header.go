package elfload

import (
	"bytes"
	"debug/elf"
	"iter"
	"math/bits"
	"slices"
	"strings"
	"unsafe"

	"mpyld/diag"
)

// debug/elf has the names of ELF, but its File makes three objects for each
// section: a quarter of the memory that a big link takes. So headers are read
// here, from the bytes in memory.

// fileHeader is the part of the ELF header that says what the file is.
type fileHeader struct {
	class   elf.Class
	data    elf.Data
	typ     elf.Type
	machine elf.Machine
	flags   uint32 // e_flags
}

// readHeader reads the fields that all classes have at the same offsets, and the
// flags. Of big-endian files the flags are wrong.
func readHeader(name string, data []byte) (fileHeader, error) {
	const shared = 24 // bytes up to e_entry
	switch {
	case len(data) < shared:
		return fileHeader{}, diag.New(name, "malformed ELF file: the header is cut off")
	case string(data[:4]) != elf.ELFMAG:
		return fileHeader{}, diag.New(name, "malformed ELF file: not ELF at all, it starts with % x", data[:4])
	case data[elf.EI_VERSION] != byte(elf.EV_CURRENT):
		return fileHeader{}, diag.New(name, "malformed ELF file: version %d", data[elf.EI_VERSION])
	}
	h := fileHeader{
		class: elf.Class(data[elf.EI_CLASS]), data: elf.Data(data[elf.EI_DATA]),
		typ: elf.Type(le.Uint16(data[16:])), machine: elf.Machine(le.Uint16(data[18:])),
	}
	if h.data == elf.ELFDATA2MSB {
		h.typ, h.machine = elf.Type(bits.ReverseBytes16(uint16(h.typ))), elf.Machine(bits.ReverseBytes16(uint16(h.machine)))
	}
	flags := 36 // its offset, behind three addresses
	if h.class == elf.ELFCLASS64 {
		flags = 48
	}
	if len(data) >= flags+4 {
		h.flags = le.Uint32(data[flags:])
	}
	return h, nil
}

// sectionHeader is one entry of the section header table.
type sectionHeader struct {
	nameOff          uint32
	typ              elf.SectionType
	flags            elf.SectionFlag
	off, size, align uint64
	link, info       uint32
}

// headerTable is the section header table. An entry is decoded whenever somebody
// asks for it: to keep what it says takes more memory than to ask again takes time.
type headerTable struct {
	data  []byte
	names string // the section names
	count int
	is64  bool
}

// size returns the bytes of one entry.
func (t *headerTable) size() int {
	if t.is64 {
		return 64
	}
	return 40
}

// name returns the name of a section. Every one has an end: readSections has seen
// to it.
func (t *headerTable) name(h *sectionHeader) string {
	if t.names == "" {
		return ""
	}
	name, _, _ := strings.Cut(t.names[h.nameOff:], "\x00")
	return name
}

// all yields the entries by number, each in the place of the one before.
func (t *headerTable) all(yield func(int, *sectionHeader) bool) {
	var h sectionHeader
	for i := range t.count {
		if t.decode(i, &h); !yield(i, &h) {
			return
		}
	}
}

// of yields the entries of some types by number. Big objects have tens of thousands, of which
// most are passed over for their type alone.
func (t *headerTable) of(types ...elf.SectionType) iter.Seq2[int, *sectionHeader] {
	return func(yield func(int, *sectionHeader) bool) {
		var h sectionHeader
		size := t.size()
		for i := range t.count {
			if !slices.Contains(types, elf.SectionType(le.Uint32(t.data[i*size+4:]))) {
				continue
			}
			if t.decode(i, &h); !yield(i, &h) {
				return
			}
		}
	}
}

// readSections reads the section header table.
func (l *loader) readSections() error {
	t := headerTable{is64: l.mach.Class == elf.ELFCLASS64}
	ehSize, shSize := 52, t.size()
	if t.is64 {
		ehSize = 64
	}
	if len(l.data) < ehSize {
		return l.errorf("the header is cut off")
	}
	// e_shentsize, e_shnum and e_shstrndx are the last three fields.
	entry := int(le.Uint16(l.data[ehSize-6:]))
	count, names := uint64(le.Uint16(l.data[ehSize-4:])), uint64(le.Uint16(l.data[ehSize-2:]))
	off := uint64(le.Uint32(l.data[32:]))
	if t.is64 {
		off = le.Uint64(l.data[40:])
	}
	if off == 0 && count == 0 {
		return nil // no sections at all
	}
	if entry != shSize {
		return l.errorf("section headers of %d bytes instead of %d", entry, shSize)
	}
	room := uint64(0)
	if n := uint64(len(l.data)); off < n {
		room = (n - off) / uint64(shSize)
	}
	if room == 0 {
		return l.errorf("the section headers lie outside the file")
	}
	// Numbers too big for the ELF header are in the first section header
	// (gABI chapter 4, "Extended Section Header").
	t.data = l.data[off:]
	first := t.at(0)
	if count == 0 {
		count = first.size
	}
	if names == uint64(elf.SHN_XINDEX) {
		names = uint64(first.link)
	}
	if count > room || names >= count {
		return l.errorf("%d sections, of which %d has their names: there is room for %d headers", count, names, room)
	}
	t.count = int(count)
	l.headers = t
	if names == uint64(elf.SHN_UNDEF) {
		return nil
	}
	strtab, err := l.content(int(names))
	if err != nil {
		return err
	}
	lastEnd := bytes.LastIndexByte(strtab, 0)
	for i, h := range t.all {
		if uint64(h.nameOff) >= uint64(len(strtab)) {
			return l.errorf("the name of section %d lies outside the string table", i)
		}
		if int64(h.nameOff) > int64(lastEnd) {
			return l.errorf("the name of section %d has no end", i)
		}
	}
	l.headers.names = text(strtab) // names are parts of it
	return nil
}

// text returns a part of the file as a string without a copy, which big objects
// would notice: the data of an object does not change (see Load).
func text(data []byte) string { return unsafe.String(unsafe.SliceData(data), len(data)) }

// at returns an entry.
func (t *headerTable) at(i int) (h sectionHeader) {
	t.decode(i, &h)
	return h
}

// decode decodes an entry.
func (t *headerTable) decode(i int, h *sectionHeader) {
	b := t.data[i*t.size():]
	h.nameOff, h.typ = le.Uint32(b), elf.SectionType(le.Uint32(b[4:]))
	if t.is64 {
		h.flags = elf.SectionFlag(le.Uint64(b[8:]))
		h.off, h.size, h.align = le.Uint64(b[24:]), le.Uint64(b[32:]), le.Uint64(b[48:])
		h.link, h.info = le.Uint32(b[40:]), le.Uint32(b[44:])
		return
	}
	h.flags = elf.SectionFlag(le.Uint32(b[8:]))
	h.off, h.size, h.align = uint64(le.Uint32(b[16:])), uint64(le.Uint32(b[20:])), uint64(le.Uint32(b[32:]))
	h.link, h.info = le.Uint32(b[24:]), le.Uint32(b[28:])
}
