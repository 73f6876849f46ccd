package emit

import (
	"cmp"
	"slices"

	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// The loader keeps a place where the next record goes on: behind the words of the last one. mpy_ld.py says
// the place in each record all the same, of slots first. In the order of places, most need none, and more
// words with one destination are neighbours, which share a record.
//
//	text+0: bss, text+4: entry 5, text+8: entry 6    3 records of 2 bytes    1 of 2 and 2 of 1

// sortWords puts the words into the order of their places, if that is allowed and makes the file
// smaller, and says what it saves.
func (f *emitter) sortWords(relax relocs.RelaxSet) []linkmap.Saved {
	if !relax.Has(relocs.TerseRecords) {
		return nil
	}
	sorted := slices.Clone(f.file.Words)
	slices.SortFunc(sorted, func(a, b mpyfile.Word) int { return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Off, b.Off)) })
	size := uint64(f.lay.Word)
	saved := recordsSize(f.file.Words, size, false) - recordsSize(sorted, size, true)
	if saved <= 0 {
		return nil
	}
	f.file.Words, f.file.Terse = sorted, true
	return []linkmap.Saved{{By: relocs.TerseRecords, Section: -1, Bytes: int32(saved), Why: "relocation records follow each other"}}
}

// recordsSize returns how many bytes the records of words take, which are of size bytes: an
// operation, the place unless it is terse and known, and the number of words if there are several.
func recordsSize(words []mpyfile.Word, size uint64, terse bool) (bytes int) {
	for i := 0; i < len(words); {
		first, n := &words[i], uint64(1)
		if bytes++; !terse || i == 0 || words[i-1].Region != first.Region || words[i-1].Off+size != first.Off {
			bytes += uintSize(first.Off / size << 1)
		}
		for i++; i < len(words) && first.Dest.Kind <= mpyfile.ToBSS && words[i] == (mpyfile.Word{Region: first.Region, Off: first.Off + n*size, Dest: first.Dest}); i++ {
			n++
		}
		if n > 1 {
			bytes += uintSize(n)
		}
	}
	return bytes
}

// uintSize returns how many groups of 7 bits a number has.
func uintSize(v uint64) int {
	n := 1
	for ; v >= 1<<7; v >>= 7 {
		n++
	}
	return n
}
