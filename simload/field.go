package simload

import (
	"encoding/binary"

	"mpyld/relocs"
)

// A check of what a field holds needs to know which bits of memory are the field, and
// which bits of a value get into it. That is not asked of the row, which the linker has
// written with: it is found out by writing each bit of a value, and looking.
//
//	R_RISCV_HI20: writing touches 0xfffff000; it reads as 0x12346000 for 0x12345fff, and -1 is left over

// field is what can be seen of a relocs.Field from outside: which bits of the
// bytes it is made of, and which bits of a value get into them.
type field struct {
	*relocs.Field
	mask [8]byte // lowest address first

	// A value's bits from this one on do not get into the field.
	bits int

	// The same for a value that the field holds the upper part of, after
	// another one has made up for the rest. nil for other fields.
	whole *field
}

// newField learns about a field from what Write does with the bits of a value.
func newField(f *relocs.Field) *field {
	info := &field{Field: f}
	binary.LittleEndian.PutUint64(info.mask[:], f.Touches())
	var b [8]byte
	write := func(v int64) uint64 {
		b = [8]byte{}
		f.Write(b[:f.Size], v)
		return binary.LittleEndian.Uint64(b[:])
	}
	zero := write(0)
	for bit := range 64 {
		if write(1<<bit) != zero {
			info.bits = bit + 1
		}
	}
	if f.HighPart > 0 {
		exact := *f
		exact.HighPart = 0
		info.whole = &field{Field: &exact, bits: info.bits}
	}
	return info
}

// copyBits copies the bits of the field from one place to another.
func (f *field) copyBits(to, from []byte) {
	if f.Size == 4 {
		mask := binary.LittleEndian.Uint32(f.mask[:])
		bits := binary.LittleEndian.Uint32(from)&mask | binary.LittleEndian.Uint32(to)&^mask
		binary.LittleEndian.PutUint32(to, bits)
		return
	}
	for i, mask := range f.mask[:f.Size] {
		to[i] = to[i]&^mask | from[i]&mask
	}
}

// holds reports whether a field that reads as got holds want: it must be in
// range and be got as far as the field's bits go. Fields for numbers with or
// without sign give back one with sign. A field for the upper part of a value
// must hold it as nearly as it can, so that another makes up for the rest.
func (f *field) holds(got, want int64) bool {
	if want < f.Min || want > f.Max || want&(f.Align-1) != 0 {
		return false
	}
	left := (want - got) << (64 - f.bits) >> (64 - f.bits)
	switch {
	case f.HighPart > 0 && f.Round:
		return -1<<(f.HighPart-1) <= left && left < 1<<(f.HighPart-1)
	case f.HighPart > 0:
		return 0 <= left && left < 1<<f.HighPart
	}
	return left == 0
}

// known returns what is known of a field, learning it on first use.
func (v *verifier) known(f *relocs.Field) *field {
	// A module has a handful of fields: looking at each is faster than a map.
	for i, known := range v.fields {
		if known.Field == f {
			return v.fields[i]
		}
	}
	info := newField(f)
	v.fields = append(v.fields, info)
	return info
}
