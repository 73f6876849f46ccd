package elfload

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"strings"

	"mpyld/relocs"
)

// shtAttributes is the section type of build attributes on every machine that
// has them (SHT_ARM_ATTRIBUTES, SHT_RISCV_ATTRIBUTES).
const shtAttributes = elf.SHT_LOPROC + 3

// attributes reads the build attributes of the machine's vendor. They are
// advice: what cannot be read is passed over.
//
// The format is that of the Arm ABI (ADDENDA32 section 3.2): 'A', then per
// vendor a length, its name and subsections; a subsection is a tag (1: the
// whole file), a length, and pairs of tag and value.
func (l *loader) attributes() error {
	abi := &l.mach.ABI
	for i := range l.headers.of(shtAttributes) {
		if abi.Vendor == "" {
			continue
		}
		data, err := l.content(i)
		if err != nil || len(data) == 0 || data[0] != 'A' {
			return err
		}
		for data = data[1:]; len(data) >= 4; {
			n := int(min(uint64(le.Uint32(data)), uint64(len(data))))
			if n < 4 {
				return nil
			}
			vendor, rest, _ := bytes.Cut(data[4:n], []byte{0})
			if string(vendor) == abi.Vendor {
				l.obj.Facts.Attributes = fileAttributes(rest, abi)
			}
			data = data[n:]
		}
	}
	if abi.ISATag != 0 {
		l.obj.ISA = l.obj.Facts.Text(abi.ISATag)
	}
	return nil
}

// maxAttributes caps how many attributes of one file are kept; compilers write
// a dozen or two.
const maxAttributes = 100

// fileAttributes reads the subsection for the whole file.
func fileAttributes(b []byte, abi *relocs.ABI) []relocs.Attribute {
	if len(b) < 5 || b[0] != 1 {
		return nil
	}
	b = b[5:min(uint64(len(b)), max(5, uint64(le.Uint32(b[1:]))))]
	list := make([]relocs.Attribute, 0, 16)
	for len(b) > 0 && len(list) < maxAttributes {
		a := relocs.Attribute{}
		var n int
		if a.Tag, n = binary.Uvarint(b); n <= 0 {
			return list
		}
		b = b[n:]
		number, text := abi.Shape(a.Tag)
		if number {
			if a.Number, n = binary.Uvarint(b); n <= 0 {
				return list
			}
			b = b[n:]
		}
		if text {
			value, rest, ok := bytes.Cut(b, []byte{0})
			if !ok {
				return list
			}
			a.Text, b = string(value), rest
		}
		list = append(list, a)
	}
	return list
}

// note reads the note that says the calling convention, and looks at the code
// if there is none. A note is three words, of which the first two are the sizes
// of a name and of a text, then both (gABI chapter 5, "Note Section").
func (l *loader) note() error {
	abi := &l.mach.ABI
	for i := range l.obj.Sections { // by the names that they have already
		if s := &l.obj.Sections[i]; abi.NoteSection == "" || s.Name != abi.NoteSection || s.Type == elf.SHT_NOBITS {
			continue
		}
		data, err := l.content(i)
		if err != nil {
			return err
		}
		if _, text, ok := splitNote(data); ok {
			l.obj.Facts.Note = strings.TrimRight(string(text), "\x00")
			return nil
		}
	}
	if abi.EntryInsn == nil {
		return nil
	}
	for i := range l.obj.Symbols {
		s := &l.obj.Symbols[i]
		if s.Where != InSection || s.Type() != elf.STT_FUNC {
			continue
		}
		if data := l.obj.Sections[s.Sect].Data; s.Value < uint64(len(data)) && abi.EntryInsn.Matches(data[s.Value:]) {
			l.obj.Facts.HasEntryInsn = true
			break
		}
	}
	return nil
}

// splitNote returns the owner and the content of the first note in data.
func splitNote(data []byte) (owner string, content []byte, ok bool) {
	const header = 12
	if len(data) < header {
		return "", nil, false
	}
	name, size := uint64(le.Uint32(data)), uint64(le.Uint32(data[4:]))
	start := header + (name+3)&^3
	if room := uint64(len(data)); start > room || size > room-start {
		return "", nil, false
	}
	return strings.TrimRight(string(data[header:header+name]), "\x00"), data[start : start+size], true
}
