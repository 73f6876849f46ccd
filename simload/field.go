package simload

import (
	"encoding/binary"

	"mpyld/relocs"
)

// field is what can be seen of a relocs.Field from outside: which bits of the
// bytes it is made of, and which bits of a value get into them.
type field struct {
	*relocs.Field
	mask [8]byte // lowest address first

	// A value's bits below grain do not get into the field, except by
	// rounding: it is the upper part of a value that another field completes.
	grain int64

	// A value's bits from this one on do not get into the field.
	bits int
}

// newField learns about a field from what Write does with the bits of a value.
func newField(f *relocs.Field) *field {
	info := &field{Field: f, grain: 1 << 62}
	binary.LittleEndian.PutUint64(info.mask[:], f.Touches())
	write := func(v int64) uint64 {
		var b [8]byte
		f.Write(b[:f.Size], v)
		return binary.LittleEndian.Uint64(b[:])
	}
	zero := write(0)
	for bit := range 64 {
		if write(1<<bit) != zero {
			info.bits = bit + 1
			info.grain = min(info.grain, 1<<min(bit, 62))
		}
	}
	return info
}

// upper reports whether the field holds only the upper part of a value.
func (f *field) upper() bool { return f.grain > f.Align }

// copyBits copies the bits of the field from one place to another.
func (f *field) copyBits(to, from []byte) {
	for i, mask := range f.mask[:f.Size] {
		to[i] = to[i]&^mask | from[i]&mask
	}
}

// holds reports whether a field that reads as got holds want: it must be in
// range and be got as far as the field's bits go. Fields for numbers with or
// without sign give back one with sign.
func (f *field) holds(got, want int64) bool {
	return want >= f.Min && want <= f.Max && want&(f.Align-1) == 0 && (got-want)<<(64-f.bits) == 0
}

// known returns what is known of a field, learning it on first use.
func (v *verifier) known(f *relocs.Field) *field {
	info, ok := v.fields[f]
	if !ok {
		info = newField(f)
		v.fields[f] = info
	}
	return info
}
