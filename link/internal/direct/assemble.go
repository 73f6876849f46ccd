package direct

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"

	"mpyld/edit"
	"mpyld/elfload"
	"mpyld/relocs"
)

// What is known to go goes, and the rest is put together again: each distance is worked out anew, words
// are at multiples of four as before, with padding in front of them where they need it.
//
//	 0: ldr r3, [pc, #8]   12          0: ldr r3, [pc, #0]   4
//	 2: add r3, pc         goes        2: bx lr
//	 ...                               4: .word x
//	12: .word x - ...

// assembly is how a section becomes shorter.
type assembly struct {
	*uses
	drop  []bool        // by instruction: it goes
	by    map[int]*word // by instruction: it loads this word instead
	gone  []uint32      // offsets of words, sorted
	size  []int         // by instruction
	pad   []bool        // by instruction: padding is behind it
	place []uint32      // by instruction
	data  []uint32      // by range of data: where it starts
	end   uint32
}

// assemble returns the edits that make a section shorter, or nil. Words stay that it cannot
// do without.
func assemble(u *uses) []edit.Edit {
	for {
		kept := len(u.keep)
		a := &assembly{uses: u}
		if edits := a.try(); edits != nil || len(u.keep) == kept {
			return edits
		}
		u.settle()
	}
}

func (a *assembly) try() []edit.Edit {
	if !a.choose() || !a.layOut() {
		return nil
	}
	return a.edits()
}

// choose says what becomes of each instruction and word.
func (a *assembly) choose() bool {
	n := len(a.insns)
	a.drop, a.size, a.pad, a.place = make([]bool, n), make([]int, n), make([]bool, n), make([]uint32, n)
	a.by = map[int]*word{}
	added := map[int]bool{} // instructions that add their place to what is known
	for k := range a.list {
		use := &a.list[k]
		stays := a.stays(use)
		switch {
		case use.load == nil:
			added[use.insn], a.drop[use.insn] = true, !stays
		case !stays:
			a.by[use.insn] = use.load
		}
	}
	some := false
	for _, w := range a.words {
		k := kindOf(w)
		if k == plain || a.keep[w] {
			continue
		}
		some = true
		if k == base {
			a.gone = append(a.gone, w.off)
		}
		if k != distance {
			for _, i := range w.loads {
				a.drop[i] = true
			}
		}
	}
	if !some {
		return false
	}
	slices.Sort(a.gone)
	for i := range a.insns {
		in := &a.insns[i]
		if in.Op == relocs.AddPC && in.Placed && !added[i] {
			return false
		}
		a.size[i] = in.Size
		if w := a.by[i]; w != nil {
			a.size[i] = a.sizeOfLoad(int(in.Dst))
			if a.size[i] == 0 {
				a.keep[w] = true
				return false
			}
		}
		if a.isMove(i) && a.isLeftOver(i) {
			a.drop[i] = true
		}
		if a.drop[i] && in.guarded {
			a.keepAll(i)
			return false
		}
	}
	return true
}

// sizeOfLoad returns the size of a load of a register, as far as that alone decides.
func (a *assembly) sizeOfLoad(reg int) int {
	for k := range a.how.Loads {
		if a.how.Loads[k].Regs.Has(reg) {
			return a.how.Loads[k].Field.Size
		}
	}
	return 0
}

// isLeftOver reports whether what an instruction moves is of words alone that are other ones then.
func (a *assembly) isLeftOver(i int) bool {
	tags := a.all[a.in[i][a.insns[i].Src]]
	for _, t := range tags {
		if t == clean || a.keep[a.wordOf(t.load())] || a.kind[t.load()] == distance {
			return false
		}
	}
	return len(tags) > 0
}

// keepAll has the words stay that an instruction has to do with.
func (a *assembly) keepAll(i int) {
	if a.kind[i] != plain {
		a.keep[a.wordOf(i)] = true
	}
	for all := a.insns[i].Reads; all != 0; all &= all - 1 {
		a.blame(i, bits.TrailingZeros64(uint64(all)))
	}
}

// layOut gives everything its place.
func (a *assembly) layOut() bool {
	at, i := uint32(0), 0
	from := uint32(0)
	ranges := append(append([]elfload.Range(nil), a.section.data()...), elfload.Range{From: uint32(len(a.Data)), To: uint32(len(a.Data))})
	for k, r := range ranges {
		first, words := i, a.hasWords(r)
		for ; i < len(a.insns) && a.insns[i].off < r.From; i++ {
			if last := i+1 == len(a.insns) || a.insns[i+1].off >= r.From; last && words && a.in[i][0] == 0 && a.isPadding(i) {
				a.drop[i] = true
			}
			a.place[i] = at
			if !a.drop[i] {
				at += uint32(a.size[i])
			}
		}
		from = r.To
		if k == len(ranges)-1 {
			break
		}
		if words {
			if r.From%4 != 0 {
				return false
			}
			if at%4 != 0 {
				j := i - 1
				for j >= first && a.drop[j] {
					j--
				}
				if j < first || at%4 != uint32(4-len(a.how.Nop)) {
					return false
				}
				a.pad[j] = true
				at += uint32(len(a.how.Nop))
				for j++; j < i; j++ {
					a.place[j] = at // nothing is there, and what is behind follows
				}
			}
		}
		a.data = append(a.data, at)
		at += r.To - r.From
		before, _ := slices.BinarySearch(a.gone, r.To)
		inFront, _ := slices.BinarySearch(a.gone, r.From)
		at -= 4 * uint32(before-inFront)
	}
	a.end = at
	return at < uint32(len(a.Data)) && from == uint32(len(a.Data))
}

// hasWords reports whether words are in data, whose alignment counts.
func (a *assembly) hasWords(r elfload.Range) bool {
	for off := r.From; off < r.To; off++ {
		if a.words[off] != nil || a.relocAt(off) != nil {
			return true
		}
	}
	return false
}

// to returns where something is that was at an offset.
func (a *assembly) to(off uint32) uint32 {
	if i := a.insnAt(off); i >= 0 {
		return a.place[i]
	}
	data := a.section.data()
	k, _ := slices.BinarySearchFunc(data, off, func(r elfload.Range, off uint32) int { return cmp.Compare(r.To, off+1) })
	if k == len(data) || off < data[k].From {
		return a.end
	}
	before, _ := slices.BinarySearch(a.gone, off)
	inFront, _ := slices.BinarySearch(a.gone, data[k].From)
	return a.data[k] + off - data[k].From - 4*uint32(before-inFront)
}

// edits returns the edits.
func (a *assembly) edits() []edit.Edit {
	var list []edit.Edit
	i, far := 0, false // far: some words are out of reach, and stay next time
	code := func(to uint32) bool {
		for ; i < len(a.insns) && a.insns[i].off < to; i++ {
			in := &a.insns[i]
			is, ok := a.insn(i)
			if !ok && a.by[i] == nil {
				return false
			}
			far = far || !ok
			if a.pad[i] {
				is = append(is, a.how.Nop...)
			}
			if was := a.Data[in.off : in.off+uint32(in.Size)]; string(is) != string(was) {
				list = append(list, edit.Edit{Off: in.off, Del: uint32(in.Size), Ins: is})
			}
		}
		return true
	}
	for _, r := range a.section.data() {
		if !code(r.From) {
			return nil
		}
		off := r.From
		if t := a.tables[r.From]; t != nil {
			is, ok := a.newTable(t)
			if !ok {
				return nil
			}
			if string(is) != string(a.Data[t.from:t.to]) {
				list = append(list, edit.Edit{Off: t.from, Del: t.to - t.from, Ins: is})
			}
			off = t.to
		}
		for ; off < r.To; off++ {
			w := a.words[off]
			if kindOf(w) == plain {
				continue
			}
			e, ok := a.word(w)
			if !ok {
				return nil
			}
			if e.For != nil || string(e.Ins) != string(a.Data[off:off+4]) {
				list = append(list, e)
			}
		}
	}
	if !code(uint32(len(a.Data))) || far {
		return nil
	}
	return list
}

// insn returns the bytes that an instruction becomes.
func (a *assembly) insn(i int) ([]byte, bool) {
	in := &a.insns[i]
	was := a.Data[in.off : in.off+uint32(in.Size)]
	switch w := a.by[i]; {
	case a.drop[i]:
		return nil, true
	case w != nil:
		for k := range a.how.Loads {
			l := &a.how.Loads[k]
			if code, ok := l.Encode(int(in.Dst), int64(a.to(w.off))-l.Field.PC(int64(a.place[i]))); ok && len(code) == a.size[i] {
				return code, true
			}
		}
		a.keep[w] = true
		return nil, false
	case in.field == nil:
		return append([]byte(nil), was...), true
	}
	is, f := append([]byte(nil), was...), in.field
	v := f.Read(was) + int64(a.to(in.to)) - f.PC(int64(a.place[i])) - int64(in.to) + f.PC(int64(in.off))
	if f.Check(v) != nil {
		return nil, false
	}
	f.Write(is, v)
	return is, true
}

// newTable returns what a table becomes.
func (a *assembly) newTable(t *table) ([]byte, bool) {
	is := append([]byte(nil), a.Data[t.from:t.to]...)
	start := a.to(t.from)
	for n, at := range t.at {
		if at < 0 {
			continue
		}
		v := (int64(a.place[at]) - int64(start)) / 2
		least, most := int64(0), int64(1)<<(8*t.Entry)-1
		if t.Signed {
			least, most = -1<<(8*t.Entry-1), 1<<(8*t.Entry-1)-1
		}
		if v < least || v > most {
			return nil, false
		}
		is[n*t.Entry] = byte(v)
		if t.Entry == 2 {
			is[n*t.Entry+1] = byte(v >> 8)
		}
	}
	return is, true
}

// word returns the edit that a word with a relocation becomes.
func (a *assembly) word(w *word) (edit.Edit, bool) {
	h := w.reloc.Howto
	e := edit.Edit{Off: w.off, Del: 4}
	switch k := kindOf(w); {
	case k == base && !a.keep[w]:
		e.For = h
	case a.keep[w]:
		A := w.reloc.A
		if k != slot {
			places := a.uses.places[w]
			if len(places) == 0 {
				return e, false
			}
			moved := a.moved(w, places[0])
			if moved != 0 && a.seen[w] || slices.ContainsFunc(places, func(i int) bool { return a.moved(w, i) != moved }) {
				return e, false // the distance would be another one
			}
			A += moved
		}
		e.Ins = binary.LittleEndian.AppendUint32(nil, uint32(A))
	case k == distance:
		e.For, e.To = h, a.mach.Howto(h.Direct)
		e.Ins = binary.LittleEndian.AppendUint32(nil, uint32(a.offset(w)))
	default:
		e.For, e.To, e.Ins = h, a.mach.Howto(h.Direct), make([]byte, 4)
	}
	return e, true
}

// moved returns by how much a word goes away from what an instruction adds to it.
func (a *assembly) moved(w *word, i int) int64 {
	in := &a.insns[i]
	return int64(a.to(w.off)) - int64(w.off) + a.pc(i) - (int64(a.place[i])+int64(in.PCAdd))&^int64(in.PCMask)
}

// offset returns the addend that the address has which a distance leads to.
func (u *uses) offset(w *word) int64 { return w.reloc.A + u.pc(u.places[w][0]) - int64(w.off) }
