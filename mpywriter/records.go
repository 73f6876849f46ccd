package mpywriter

import "mpyld/mpyfile"

// maxCode is the largest destination code: with the position bit, 127 would be
// the end mark.
const maxCode = 126

// records writes the relocation records: neighbouring words with one
// destination as a run.
//
// The format allows a record without a position to go on behind the one
// before. mpy_ld.py never writes such records (its write_reloc compares with a
// state it never updates), so neither does this.
func records(b []byte, f *mpyfile.File) []byte {
	size := uint64(f.Arch.Word)
	for i := 0; i < len(f.Words); {
		first := f.Words[i]
		n := uint64(1)
		for i++; i < len(f.Words); i++ {
			w := &f.Words[i]
			if w.Dest != first.Dest || w.Region != first.Region || w.Off != first.Off+n*size {
				break
			}
			n++
		}
		b = appendRun(b, destCode(f, first.Dest), first.Region, first.Off/size, n)
	}
	return b
}

// appendRun writes the records of n neighbouring words, the first of which has
// the given index. Only the codes 0 to 2 have a form for more than one word.
func appendRun(b []byte, code int, region mpyfile.Region, index, n uint64) []byte {
	const positioned = 1
	base := uint64(region) // text 0, rodata 1
	if code > 2 {
		for ; n > 0; n-- {
			b = append(b, byte(code<<1|positioned))
			b = appendUint(b, index<<1|base)
			index++
		}
		return b
	}
	if n == 1 {
		b = append(b, byte(code<<2|positioned))
		return appendUint(b, index<<1|base)
	}
	const counted = 1 << 1
	b = append(b, byte(code<<2|counted|positioned))
	b = appendUint(b, index<<1|base)
	return appendUint(b, n)
}

// destCode is the number of a destination in relocation records, or negative
// when they cannot have it.
func destCode(f *mpyfile.File, d mpyfile.Dest) int {
	wire := &f.ABI.Wire
	switch {
	case wire.Packed && (d.Kind == mpyfile.ToRodata && len(f.Rodata) == 0 || d.Kind == mpyfile.ToBSS && f.BSSSize == 0):
		return -1 // the loader would read behind the end of its table
	case wire.Packed && d.Kind == mpyfile.ToBSS && len(f.Rodata) == 0:
		return 1
	}
	switch d.Kind {
	case mpyfile.ToText:
		return 0
	case mpyfile.ToRodata:
		return 1
	case mpyfile.ToBSS:
		return 2
	case mpyfile.ToQStrTable:
		return wire.QStrTable
	case mpyfile.ToObjTable:
		return wire.ObjTable
	case mpyfile.ToFunTable:
		return wire.FunTable
	}
	return wire.FunEntry0 + d.Entry
}
