package debugelf

import (
	"debug/elf"
	"encoding/binary"
	"slices"
)

var le = binary.LittleEndian

// image is an ELF file under construction.
type image struct {
	class    elf.Class
	machine  elf.Machine
	flags    uint32
	sections []section // without the null section and the tables of symbols and names
	symbols  []symbol
}

// section is a section of an image.
type section struct {
	name       string
	typ        elf.SectionType
	flags      elf.SectionFlag
	addr       uint64
	align      uint64
	data       []byte
	size       uint64 // of one without data
	link, info uint32
	entry      uint64 // bytes of one entry of a table
}

func (f *image) add(s section) { f.sections = append(f.sections, s) }

// names is a string table.
type names struct {
	data []byte
	at   map[string]uint32
}

func newNames() *names { return &names{[]byte{0}, map[string]uint32{"": 0}} }

func (n *names) add(s string) uint32 {
	off, ok := n.at[s]
	if !ok {
		off = uint32(len(n.data))
		n.data = append(append(n.data, s...), 0)
		n.at[s] = off
	}
	return off
}

// bytes returns the file: the header, the sections' content, their headers.
func (f *image) bytes() []byte {
	f.addSymbols()
	titles := newNames()
	for i := range f.sections {
		titles.add(f.sections[i].name)
	}
	titles.add(".shstrtab")
	f.add(section{name: ".shstrtab", typ: elf.SHT_STRTAB, align: 1, data: titles.data})

	b := make([]byte, f.headerSize())
	headers := f.appendHeader(nil, 0, &section{}, 0)
	for i := range f.sections {
		s := &f.sections[i]
		b = padded(b, int(max(s.align, 1)))
		headers = f.appendHeader(headers, titles.add(s.name), s, uint64(len(b)))
		b = append(b, s.data...)
	}
	b = padded(b, 8)
	f.putHeader(b, uint64(len(b)))
	return append(b, headers...)
}

// addSymbols adds the symbol table, local symbols first, as the gABI wants it.
func (f *image) addSymbols() {
	number := map[string]uint16{}
	for i := range f.sections {
		number[f.sections[i].name] = uint16(i + 1)
	}
	local := func(s *symbol) bool { return s.bind == elf.STB_LOCAL }
	slices.SortStableFunc(f.symbols, func(a, b symbol) int {
		switch {
		case local(&a) == local(&b):
			return 0
		case local(&a):
			return -1
		}
		return 1
	})
	strs := newNames()
	table := f.appendSymbol(nil, strs, &symbol{}, 0)
	entry, locals := uint64(len(table)), uint32(1)
	for i := range f.symbols {
		s := &f.symbols[i]
		if local(s) {
			locals++
		}
		section := number[s.section]
		if s.section == "" {
			section = uint16(elf.SHN_ABS)
		}
		table = f.appendSymbol(table, strs, s, section)
	}
	f.add(section{name: ".symtab", typ: elf.SHT_SYMTAB, align: 8, data: table, link: uint32(len(f.sections) + 2), info: locals, entry: entry})
	f.add(section{name: ".strtab", typ: elf.SHT_STRTAB, align: 1, data: strs.data})
}

func (f *image) appendSymbol(b []byte, strs *names, s *symbol, section uint16) []byte {
	b = le.AppendUint32(b, strs.add(s.name))
	info := byte(s.bind)<<4 | byte(s.typ)
	if f.class == elf.ELFCLASS64 {
		b = append(b, info, 0)
		b = le.AppendUint16(b, section)
		b = le.AppendUint64(b, s.value)
		return le.AppendUint64(b, s.size)
	}
	b = le.AppendUint32(b, uint32(s.value))
	b = le.AppendUint32(b, uint32(s.size))
	b = append(b, info, 0)
	return le.AppendUint16(b, section)
}

// word appends a number that is as wide as an address.
func (f *image) word(b []byte, v uint64) []byte {
	if f.class == elf.ELFCLASS64 {
		return le.AppendUint64(b, v)
	}
	return le.AppendUint32(b, uint32(v))
}

// appendHeader appends the header of a section whose content is at an offset of the file.
func (f *image) appendHeader(b []byte, name uint32, s *section, off uint64) []byte {
	b = le.AppendUint32(b, name)
	b = le.AppendUint32(b, uint32(s.typ))
	size := s.size
	if s.typ != elf.SHT_NOBITS {
		size = uint64(len(s.data))
	}
	for _, v := range []uint64{uint64(s.flags), s.addr, off, size} {
		b = f.word(b, v)
	}
	b = le.AppendUint32(b, s.link)
	b = le.AppendUint32(b, s.info)
	return f.word(f.word(b, s.align), s.entry)
}

func (f *image) headerSize() int {
	if f.class == elf.ELFCLASS64 {
		return 64
	}
	return 52
}

// putHeader writes the header of the file, whose section headers are at an offset.
func (f *image) putHeader(b []byte, headers uint64) {
	h := append([]byte(elf.ELFMAG), byte(f.class), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT))
	h = append(h, make([]byte, elf.EI_NIDENT-len(h))...)
	h = le.AppendUint16(h, uint16(elf.ET_EXEC))
	h = le.AppendUint16(h, uint16(f.machine))
	h = le.AppendUint32(h, uint32(elf.EV_CURRENT))
	for _, v := range []uint64{0, 0, headers} { // entry, program headers, section headers
		h = f.word(h, v)
	}
	h = le.AppendUint32(h, f.flags)
	entry := uint16(40)
	if f.class == elf.ELFCLASS64 {
		entry = 64
	}
	count := uint16(len(f.sections) + 1)
	for _, v := range []uint16{uint16(f.headerSize()), 0, 0, entry, count, count - 1} {
		h = le.AppendUint16(h, v)
	}
	copy(b, h)
}

// padded appends zeros up to a multiple of align.
func padded(b []byte, align int) []byte {
	for len(b)%align != 0 {
		b = append(b, 0)
	}
	return b
}
