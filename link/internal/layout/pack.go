package layout

import (
	"cmp"
	"math/bits"
	"slices"

	"mpyld/link/internal/resolve"
	"mpyld/linkmap"
	"mpyld/mpyfile"
)

// Sections whose sizes are no multiples of their alignments leave gaps between
// them, and how much the gaps take in sum depends on the order. That of objects is
// the command line's, but that of archive members is nobody's choice: they are in
// the order in which names were looked for (mpy_ld.py takes the names from a set,
// so that the size of its modules differs from run to run). Neighbours change
// places where that makes text smaller.
//
//	aligned to 4: _modsi3, 73 bytes, _divsi3, 104: 180    _divsi3, _modsi3: 177

// packed is how many neighbours change places with each other at most. All their
// orders are compared, and nothing gets far from where it was.
const packed = 10

// packMembers brings the sections of archive members in text into an order that
// takes little room.
func (l *Layout) packMembers(r *resolve.Program) {
	movable := l.movable(r)
	if len(movable) < 2 {
		return
	}
	end := l.entryRoom(r)
	text := l.textOrder()
	moved := false
	for rest := text; len(rest) > 0; {
		n := 1
		for movable[rest[0]] && n < min(packed, len(rest)) && movable[rest[n]] {
			n++
		}
		group := rest[:n]
		rest = rest[n:]
		align := uint64(1) // of what follows
		if len(rest) > 0 {
			align = l.Sections[rest[0]].Align
		}
		if order := l.smallest(group, end, align); order != nil {
			copy(group, order)
			moved = true
		}
		end = l.endOf(group, end)
	}
	if moved {
		l.reorderText(text)
	}
}

// movable returns the sections of archive members that may change places: all in
// text but those of output sections whose ends symbols mark, and what the entry jump has to
// reach.
func (l *Layout) movable(r *resolve.Program) map[int32]bool {
	may := map[int32]bool{}
	for _, of := range r.SectionOf[len(r.In.Objects):] {
		for _, section := range of {
			if section >= 0 && l.Sections[section].Region == mpyfile.Text && len(r.Together[int(section)]) == 0 {
				may[section] = true
			}
		}
	}
	delete(may, r.SectionOf[r.Entry.Obj][r.Symbol(r.Entry).Sect])
	return may
}

// entryRoom returns how long the entry jump is, in the order so far.
func (l *Layout) entryRoom(r *resolve.Program) uint64 {
	l.placeText(r)
	room := l.Sections[r.Jump].Size
	l.Sections[r.Jump].Size, l.Code = 0, nil
	return room
}

// textOrder returns the sections behind the entry jump.
func (l *Layout) textOrder() []int32 {
	text := make([]int32, 0, len(l.Order))
	for _, i := range l.Order[1:] {
		if l.Sections[i].Region == mpyfile.Text {
			text = append(text, i)
		}
	}
	return text
}

// endOf returns where sections of text end that are placed one after the other
// from an address.
func (l *Layout) endOf(sections []int32, addr uint64) uint64 {
	for _, i := range sections {
		addr = alignUp(addr, l.Sections[i].Align) + l.Sections[i].Size
	}
	return addr
}

// smallest returns the order of sections, placed from an address, with the lowest
// end, or nil if what follows, which is aligned, would be no lower than with theirs.
func (l *Layout) smallest(sections []int32, addr, align uint64) []int32 {
	units := make([]unit, len(sections))
	for k, i := range sections {
		units[k] = unit{sections[k : k+1], l.Sections[i].Align, l.Sections[i].Size}
	}
	best := smallestOrder(units, addr)
	if best == nil || alignUp(endOfUnits(best, addr), align) == alignUp(endOfUnits(units, addr), align) {
		return nil
	}
	order := make([]int32, 0, len(sections))
	for _, u := range best {
		order = append(order, u.sections...)
	}
	return order
}

// smallestOrder returns the order of units, placed from an address, with the lowest end, or nil if there
// is no gap in theirs. What ends lower never makes what follows end higher. So the best order of a set of units
// is that of the set without its last one, for some last one.
func smallestOrder(units []unit, addr uint64) []unit {
	total := addr
	for i := range units {
		total += units[i].size
	}
	if endOfUnits(units, addr) == total {
		return nil // no gap
	}
	ends := make([]uint64, 1<<len(units)) // by set
	lasts := make([]int32, len(ends))
	ends[0] = addr
	for set := 1; set < len(ends); set++ {
		ends[set] = ^uint64(0)
		for rest := set; rest != 0; rest &= rest - 1 {
			last := bits.TrailingZeros(uint(rest))
			if end := endOfUnits(units[last:last+1], ends[set&^(1<<last)]); end <= ends[set] {
				ends[set], lasts[set] = end, int32(last)
			}
		}
	}
	order := make([]unit, len(units))
	for set, n := len(ends)-1, len(units)-1; n >= 0; n-- {
		order[n] = units[lasts[set]]
		set &^= 1 << lasts[set]
	}
	return order
}

// reorderText puts sections of text into another order, and the words in them.
func (l *Layout) reorderText(text []int32) {
	at := make([]int, len(l.Sections))
	for k, i := range l.Order {
		if k > 0 && l.Sections[i].Region == mpyfile.Text {
			l.Order[k], text = text[0], text[1:]
		}
		at[l.Order[k]] = k
	}
	l.Words = slices.Clone(l.Words)
	slices.SortStableFunc(l.Words, func(a, b linkmap.RelocID) int { return cmp.Compare(at[a.Section], at[b.Section]) })
}
