package mpytree

import (
	"fmt"

	"mpyld/mpyfile"
)

// WireOf returns the destination codes of a version.
func WireOf(version byte) mpyfile.Wire {
	for _, abi := range mpyfile.ABIs {
		if abi.Version == version {
			return abi.Wire
		}
	}
	return mpyfile.Wire{}
}

// destOf is the destination of a code in relocation records. Version 5 has no
// number for bss of its own: it is the region behind rodata, if there is that.
func destOf(w mpyfile.Wire, code int, rodata bool) (mpyfile.Dest, bool) {
	switch {
	case code <= 5:
		region := mpyfile.Region(code >> 1)
		if w.Packed && region > mpyfile.Text && !rodata {
			region++
		}
		return mpyfile.RegionDest(min(region, mpyfile.BSS)), region <= mpyfile.BSS
	case code == mpyfile.RecordsEnd>>1: // with a position it would be the end
		return mpyfile.Dest{}, false
	case code == w.QStrTable:
		return mpyfile.Dest{Kind: mpyfile.ToQStrTable}, true
	case code == w.ObjTable:
		return mpyfile.Dest{Kind: mpyfile.ToObjTable}, true
	case code == w.FunTable:
		return mpyfile.Dest{Kind: mpyfile.ToFunTable}, true
	}
	return mpyfile.Dest{Kind: mpyfile.ToFunEntry, Entry: int32(code - w.FunEntry0)}, true
}

// Counts reports whether a record for a destination can be for several words.
func Counts(d mpyfile.Dest) bool { return d.Kind <= mpyfile.ToBSS }

// relocs reads the relocation records of linked code up to their end mark. A
// record is
//
//	op: bit 0 the position follows, bits 7..1 code
//	    code 0..5: destination code>>1; code&1: the number of words follows
//	    code 6..:  destination code, one word
//	position (vuint): word index << 1 | 1 for rodata, 0 for text
//	number of words (vuint)
//
// Without a position it goes on behind the last word of the record before.
func (r *reader) relocs(f *File, c *Code) {
	if r.err != nil || !f.Linked(c) {
		return
	}
	word := uint64(max(f.Word(), 1))
	words := [...]uint64{mpyfile.Text: uint64(len(c.Body)) / word, mpyfile.Rodata: uint64(len(c.Rodata)) / word}
	taken := [...][]uint64{mpyfile.Text: nil, mpyfile.Rodata: nil} // a bit for each word
	wire, rodata := WireOf(f.Version), c.ScopeFlags&f.Scope().Rodata != 0
	region, placed := mpyfile.Text, false
	var next uint64
	r.push("relocations", 0)
	defer r.pop()
	if n := min(countRecords(r.data[r.off:]), words[mpyfile.Text]+words[mpyfile.Rodata]); n > 0 {
		c.Relocs = make([]Reloc, 0, n) // a record is for a word or more, and none is relocated twice
	}
	for i := 0; ; i++ {
		start := r.off
		r.path[len(r.path)-1].index = i
		const name = ""
		op := r.rawByte(name)
		if r.err != nil {
			return
		}
		if op == mpyfile.RecordsEnd {
			r.note(Relocations, start, name, func() string { return "end" })
			return
		}
		rel := Reloc{Count: 1, Placed: op&1 != 0}
		if rel.Placed {
			pos := r.rawUint(name)
			region, placed, next = mpyfile.Region(pos&1), true, pos>>1
		}
		code := int(op >> 1)
		if code <= 5 && code&1 != 0 {
			rel.Counted = true
			rel.Count = r.rawUint(name)
		}
		rel.Region, rel.Index = region, next
		var ok bool
		rel.Dest, ok = destOf(wire, code, rodata)
		switch {
		case r.err != nil:
		case !placed:
			r.fail(start, name, "record 0x%02x has no position to go on from", op)
		case !ok:
			r.fail(start, name, "record 0x%02x has destination code %d, which means nothing in mpy version %d", op, code, f.Version)
		case rel.Count == 0:
			r.fail(start, name, "record 0x%02x is for no words", op)
		case next > words[region] || rel.Count > words[region]-next:
			r.fail(start, name, "record 0x%02x of %d words at %s word %d: the region ends before", op, rel.Count, region, next)
		}
		if r.err == nil && !take(&taken[region], words[region], next, rel.Count) {
			// No linker does that. It also keeps the words of a hostile file in
			// proportion to its size.
			r.fail(start, name, "record 0x%02x of %d words at %s word %d: a word is relocated twice", op, rel.Count, region, next)
		}
		if r.err != nil {
			return
		}
		next += rel.Count
		c.Relocs = append(c.Relocs, rel)
		if r.each != nil {
			r.note(Relocations, start, name, func() string {
				return fmt.Sprintf("%s+0x%x, %d words: %s", rel.Region, rel.Index*word, rel.Count, rel.Dest)
			})
		}
	}
}

// countRecords returns how many relocation records there are up to the end mark, if
// they are well formed. Big modules have many, and a list that grows leaves copies
// behind.
func countRecords(b []byte) (n uint64) {
	for len(b) > 0 && b[0] != mpyfile.RecordsEnd {
		op := b[0]
		b = b[1:]
		if op&1 != 0 {
			b = skipUint(b)
		}
		if code := op >> 1; code <= 5 && code&1 != 0 {
			b = skipUint(b)
		}
		n++
	}
	return n
}

// skipUint returns what follows a number.
func skipUint(b []byte) []byte {
	for i, c := range b {
		if c < 0x80 {
			return b[i+1:]
		}
	}
	return nil
}

// take sets n bits of a set of words from first on, unless one is set already.
func take(taken *[]uint64, words, first, n uint64) bool {
	if *taken == nil {
		*taken = make([]uint64, (words+63)/64)
	}
	for i := first; i < first+n; i++ {
		if (*taken)[i/64]&(1<<(i%64)) != 0 {
			return false
		}
		(*taken)[i/64] |= 1 << (i % 64)
	}
	return true
}
