package relocs

import (
	"encoding/binary"
	"fmt"
)

// Field is how a number sits in the bytes at a place.
type Field struct {
	Name     string // as the architecture manual calls the encoding
	Size     int    // bytes Read and Write touch
	Min, Max int64  // values that fit, both included
	Align    int64  // values must be multiples of this; at least 1

	// Word: the field is all of Size bytes and nothing else, so where that is
	// the machine's word the firmware can relocate it.
	Word bool

	// Call: the field is the target of a call or jump, which may go through a
	// veneer, though other fields of its relocation type may not.
	Call bool

	// NoVeneer: the field is the target of a call that may go by islands but through
	// no veneer, which has no register there. This is the remedy.
	NoVeneer string

	// PC-relative values count from (P + PCAdd) &^ PCMask: what the processor
	// takes for PC, where the assembler does not fold it into A.
	PCAdd, PCMask int64

	// A value too wide for one instruction is cut in two. A field with HighPart 12
	// holds the value rounded to a multiple of 1<<12: of 0x12345fff, 0x12346000. One
	// with LowPart 12 holds the rest, a signed number of 12 bits: -1. Without Round,
	// the high part is cut off instead (0x12345000), and the low part has no sign.
	HighPart, LowPart int
	Round             bool

	// Addend is what a REL object's field holds of A, where that is not what Read
	// gives.
	Addend func(b []byte) int64

	// Opcode bits that must be present for the field to apply, as a
	// little-endian number of Size bytes. A zero Mask accepts any bytes.
	Mask, Match uint64

	Read  func(b []byte) int64    // the value, sign-extended: Part of what Write got
	Write func(b []byte, v int64) // keeps every bit outside the field
}

// PC returns what values at place p are relative to.
func (f *Field) PC(p int64) int64 { return (p + f.PCAdd) &^ f.PCMask }

// Part returns the part of v that the field holds: all of it, but for the two
// halves of a cut value.
func (f *Field) Part(v int64) int64 {
	switch {
	case f.HighPart > 0 && f.Round:
		return (v + 1<<(f.HighPart-1)) &^ (1<<f.HighPart - 1)
	case f.HighPart > 0:
		return v &^ (1<<f.HighPart - 1)
	case f.LowPart > 0:
		return SignExtend(uint32(v), f.LowPart)
	}
	return v
}

// InPlace returns the part of the addend that the field of a REL object holds.
func (f *Field) InPlace(b []byte) int64 {
	if f.Addend != nil {
		return f.Addend(b)
	}
	return f.Read(b)
}

// Matches reports whether the bytes at a place are long enough for the field
// and have its opcode.
func (f *Field) Matches(b []byte) bool {
	if len(b) < f.Size {
		return false
	}
	if f.Mask == 0 {
		return true
	}
	var v uint64
	switch f.Size {
	case 2:
		v = uint64(le.Uint16(b))
	case 4:
		v = uint64(le.Uint32(b))
	default:
		for i := range f.Size {
			v |= uint64(b[i]) << (8 * i)
		}
	}
	return v&f.Mask == f.Match
}

// Check returns an error when v does not fit the field.
func (f *Field) Check(v int64) error {
	switch {
	case v < f.Min || v > f.Max:
		return fmt.Errorf("%d is outside [%d, %d]", v, f.Min, f.Max)
	case v&(f.Align-1) != 0:
		return fmt.Errorf("%d is not a multiple of %d", v, f.Align)
	}
	return nil
}

// Touches returns the bits Write may change, as a little-endian number of Size
// bytes. One value is not enough to see them all: some encodings derive bits
// from several bits of the value.
func (f *Field) Touches() uint64 {
	var bits uint64
	base := make([]byte, 8)
	f.Write(base, 0)
	b := make([]byte, 8)
	try := func(v int64) {
		clear(b)
		f.Write(b, v)
		bits |= le.Uint64(b) ^ le.Uint64(base)
	}
	try(-1)
	for k := range 64 {
		try(1 << k)
	}
	return bits
}

// Plain little-endian fields. The signed ones hold displacements. The word
// fields hold addresses, which wrap at the machine's word, so a 32-bit word
// takes both readings of its top bit.
var (
	Signed8  = Field{Name: "disp8", Size: 1, Min: -1 << 7, Max: 1<<7 - 1, Align: 1, Read: read8, Write: write8}
	Signed16 = Field{Name: "disp16", Size: 2, Min: -1 << 15, Max: 1<<15 - 1, Align: 1, Read: read16, Write: write16}
	Signed32 = Field{Name: "disp32", Size: 4, Min: -1 << 31, Max: 1<<31 - 1, Align: 1, Read: read32, Write: write32}
	Word8    = Field{Name: "byte", Size: 1, Min: -1 << 7, Max: 1<<8 - 1, Align: 1, Read: read8, Write: write8}
	Word16   = Field{Name: "half", Size: 2, Min: -1 << 15, Max: 1<<16 - 1, Align: 1, Read: read16, Write: write16}
	Word32   = Field{Name: "word32", Word: true, Size: 4, Min: -1 << 31, Max: 1<<32 - 1, Align: 1, Read: read32, Write: write32}
	Word64   = Field{Name: "word64", Word: true, Size: 8, Min: -1 << 63, Max: 1<<63 - 1, Align: 1, Read: read64, Write: write64}

	// Unsigned32 is zero-extended by the processor (x86-64 `mov r32, imm32`).
	Unsigned32 = Field{Name: "imm32", Size: 4, Min: 0, Max: 1<<32 - 1, Align: 1, Read: readU32, Write: write32}
)

var le = binary.LittleEndian

func read8(b []byte) int64      { return int64(int8(b[0])) }
func read16(b []byte) int64     { return int64(int16(le.Uint16(b))) }
func read32(b []byte) int64     { return int64(int32(le.Uint32(b))) }
func readU32(b []byte) int64    { return int64(le.Uint32(b)) }
func read64(b []byte) int64     { return int64(le.Uint64(b)) }
func write8(b []byte, v int64)  { b[0] = byte(v) }
func write16(b []byte, v int64) { le.PutUint16(b, uint16(v)) }
func write32(b []byte, v int64) { le.PutUint32(b, uint32(v)) }
func write64(b []byte, v int64) { le.PutUint64(b, uint64(v)) }

// SignExtend reads the low bits of v as a two's complement number.
func SignExtend(v uint32, bits int) int64 {
	return int64(int32(v<<(32-bits)) >> (32 - bits))
}
