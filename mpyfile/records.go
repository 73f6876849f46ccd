package mpyfile

// records reads the relocation records up to their end mark. A record is
//
//	op: bit 0 the position follows, bits 7..1 code
//	    code 0..5: destination code>>1; code&1: the number of words follows
//	    code 6..:  destination code, one word
//	position (vuint): word index << 1 | 1 for rodata, 0 for text
//	number of words (vuint)
//
// Without a position it goes on behind the last word of the record before.
func (r *reader) records(f *File) {
	if r.err != nil {
		return
	}
	size := uint64(f.Arch.Word)
	cursors := [...]cursor{
		Text:   {words: uint64(len(f.Text)) / size},
		Rodata: {words: uint64(len(f.Rodata)) / size},
	}
	region, placed := Text, false
	for {
		at := r.off
		op := r.byte("the end mark of its relocation records")
		if r.err != nil || op == RecordsEnd {
			return
		}
		if op&1 != 0 {
			pos := r.vuint("a relocation's position")
			region, placed = Region(pos&1), true
			cursors[region].next = pos >> 1
		}
		if !placed {
			r.fail(at, "relocation record 0x%02x has no position to go on from", op)
			return
		}
		code := int(op >> 1)
		n := uint64(1)
		if code <= 5 && code&1 != 0 {
			n = r.vuint("a relocation's number of words")
		}
		dest, ok := f.dest(code)
		if !ok {
			r.fail(at, "relocation record 0x%02x has destination code %d, which means nothing in ABI %s", op, code, f.ABI.Name)
		}
		first, why := cursors[region].take(n)
		if why != "" {
			r.fail(at, "relocation record 0x%02x of %d words at %s word %d: %s", op, n, region, cursors[region].next, why)
		}
		if r.err != nil {
			return
		}
		if f.Words == nil {
			// Most records are of three bytes and one word.
			f.Words = make([]Word, 0, min(cursors[Text].words+cursors[Rodata].words, n+r.left()/3))
		}
		for i := range n {
			f.Words = append(f.Words, Word{Region: region, Off: (first + i) * size, Dest: dest})
		}
	}
}

// dest is the destination with a code of the records.
func (f *File) dest(code int) (Dest, bool) {
	w := &f.ABI.Wire
	if code <= 5 {
		region := Region(code >> 1)
		if !w.Packed {
			return RegionDest(region), true
		}
		if region > Text && len(f.Rodata) == 0 {
			region++
		}
		return RegionDest(min(region, BSS)), region <= BSS && (region != BSS || f.BSSSize > 0)
	}
	switch {
	case code == w.QStrTable:
		return Dest{Kind: ToQStrTable}, true
	case code == w.ObjTable:
		return Dest{Kind: ToObjTable}, true
	case code == w.FunTable:
		return Dest{Kind: ToFunTable}, true
	case code >= w.FunEntry0 && code < w.FunEntry0+f.ABI.FunSlots:
		return Dest{Kind: ToFunEntry, Entry: code - w.FunEntry0}, true
	}
	return Dest{}, false
}

// cursor is the place in a region where the next record goes on, and the
// words that records took already. No word is taken twice: that keeps the
// words of a hostile file in proportion to its size.
type cursor struct {
	next  uint64 // word index
	words uint64 // whole words in the region
	taken []uint64
}

// take takes n words and returns the index of the first, or why it cannot.
func (c *cursor) take(n uint64) (first uint64, why string) {
	first = c.next
	switch {
	case n == 0:
		return 0, "there is nothing to do"
	case first > c.words || n > c.words-first:
		return 0, "the region ends before"
	case c.taken == nil:
		c.taken = make([]uint64, (c.words+63)/64)
	}
	for i := first; i < first+n; i++ {
		if c.taken[i/64]&(1<<(i%64)) != 0 {
			return 0, "a word is relocated twice"
		}
		c.taken[i/64] |= 1 << (i % 64)
	}
	c.next = first + n
	return first, ""
}
