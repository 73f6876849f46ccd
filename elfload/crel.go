package elfload

import (
	"debug/elf"
	"encoding/binary"
)

// CREL is LLVM's compact form of relocation tables. A table is a header, the
// ULEB128 number COUNT*8 + 4 if entries have addends + SHIFT, and COUNT entries,
// each of which says only what differs from the one before it. An entry is a
// ULEB128 number, whose two lowest bits (three, if entries have addends) say
// which of symbol, type and addend differ and whose rest is how far the offset
// moves, in units of 1<<SHIFT; then follow, as SLEB128 numbers, by how much each
// of those changes. That first number may be longer than 64 bits. Sums wrap at
// the width of the class; before the first entry all is zero.
//
//	17 23 02 02 3c cf 00   2 entries with addends, offsets in units of 8
//	   23 02 02            offset 32, symbol 2, type 2, addend 0
//	            3c cf 00   offset 32 + 7*8, symbol 2, type 2, addend 79
//
// (llvm/include/llvm/Object/ELF.h@llvmorg-20.1.0, decodeCrel; the proposal is
// "CREL relocation format for ELF" on the list generic-abi)

// shtCREL is the section type, SHT_CREL.
const shtCREL = 0x40000014

const (
	crelShift   = 3 // bits of the header: the shift, ...
	crelAddends = 4 // ... whether entries have addends
	crelCount   = 3 // ... and where the count starts
)

// crelTable makes the table of the content of a section, which t.data is, and reports whether that
// is well formed.
func (l *loader) crelTable(t *relocTable) (whole bool) {
	header, n := binary.Uvarint(t.data)
	// An entry has at least one byte.
	if n <= 0 || header>>crelCount > uint64(len(t.data)-n) {
		return false
	}
	t.data, t.rela = t.data[n:], header&crelAddends != 0
	t.crel, t.shift, t.count = true, uint8(header&crelShift), int(header>>crelCount)
	p, e := 0, relocEntry{}
	for range t.count {
		if p = t.nextCREL(p, &e); p < 0 {
			return false
		}
	}
	return p == len(t.data)
}

// nextCREL decodes the entry at byte offset p, which follows e, into e and
// returns where the next one is; -1 if it is malformed.
func (t *relocTable) nextCREL(p int, e *relocEntry) int {
	flagBits := 2
	if t.rela {
		flagBits = 3
	}
	if p >= len(t.data) {
		return -1
	}
	first := t.data[p]
	p++
	delta := uint64(first&0x7f) >> flagBits
	if first >= 0x80 {
		rest, n := binary.Uvarint(t.data[p:])
		if n <= 0 {
			return -1
		}
		delta |= rest << (7 - flagBits)
		p += n
	}
	e.moved += delta
	e.off = e.moved << t.shift
	for bit := range flagBits {
		if first>>bit&1 == 0 {
			continue
		}
		v, n := sleb128(t.data[p:])
		if n <= 0 {
			return -1
		}
		p += n
		switch bit {
		case 0:
			e.sym += uint32(v)
		case 1:
			e.typ += uint32(v)
		case 2:
			e.a += v
		}
	}
	if t.class == elf.ELFCLASS32 {
		e.off, e.a = uint64(uint32(e.off)), int64(int32(e.a))
	}
	return p
}

// maxLEB128 is how many bytes a number of 64 bits has at most.
const maxLEB128 = 10

// sleb128 decodes a signed number, whose sign is the highest of the seven bits in
// its last byte. n is how many bytes it has; 0 if there is no such number of 64
// bits.
func sleb128(b []byte) (v int64, n int) {
	for _, c := range b[:min(len(b), maxLEB128)] {
		v |= int64(c&0x7f) << (7 * n)
		n++
		switch {
		case c >= 0x80:
			continue
		case n == maxLEB128 && c != 0 && c != 0x7f:
			return 0, 0
		case n < maxLEB128 && c&0x40 != 0:
			v |= -1 << (7 * n)
		}
		return v, n
	}
	return 0, 0
}
