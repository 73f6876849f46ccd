package elfload

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
)

// shtAttributes is the section type of build attributes on every machine that
// has them (SHT_ARM_ATTRIBUTES, SHT_RISCV_ATTRIBUTES).
const shtAttributes = elf.SHT_LOPROC + 3

// attributes reads the instruction set's name from the build attributes. They
// are advice: what cannot be read is passed over.
//
// The format is that of the Arm ABI (ADDENDA32 section 3.2): 'A', then per
// vendor a length, its name and subsections; a subsection is a tag (1: the
// whole file), a length, and pairs of tag and value, with strings at odd tags.
func (l *loader) attributes() error {
	for i, s := range l.headers {
		if s.typ != shtAttributes || l.mach.Attributes == "" {
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
			if string(vendor) == l.mach.Attributes {
				l.obj.ISA = isaName(rest, l.mach.ISATag)
			}
			data = data[n:]
		}
	}
	return nil
}

// isaName finds the string with a tag in the subsection for the whole file.
func isaName(b []byte, tag uint64) string {
	if len(b) < 5 || b[0] != 1 {
		return ""
	}
	b = b[5:]
	for len(b) > 0 {
		t, n := binary.Uvarint(b)
		if n <= 0 {
			return ""
		}
		b = b[n:]
		if t%2 == 0 {
			if _, n = binary.Uvarint(b); n <= 0 {
				return ""
			}
			b = b[n:]
			continue
		}
		value, rest, ok := bytes.Cut(b, []byte{0})
		if !ok || t == tag {
			return string(value)
		}
		b = rest
	}
	return ""
}
