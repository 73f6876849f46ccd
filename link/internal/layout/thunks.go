package layout

import (
	"mpyld/link/internal/demand"
	"mpyld/link/internal/resolve"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// An upper part holds a multiple of a large number, and several lower parts may
// count from it. Where they want values on both sides of where rounding changes, no
// upper part does for all: the instruction becomes a jump to a thunk, which makes the
// exact address and jumps back. Which need that depends on addresses.
//
//	lui a0, %hi(x)          x is at 0x17fc from here: 0x1000 + 0x7fc
//	lw  a1, %lo(x)(a0)      reached by 0x1000 + 0x7fc
//	lw  a2, %lo(x+8)(a0)    would need 0x1000 + 0x804, but lower parts end at 0x7ff

// maxRounds is how often text is laid out. After a few there is nothing more to make, but for
// branches that what is made for others moves out of reach again and again.
const maxRounds = 100

// placeBetween lays out text with what it needs between sections: thunks, islands and
// veneers. They move what follows them, so it is tried again with those found so far, until
// there are no more.
func (l *Layout) placeBetween(r *resolve.Program, m *mover) {
	order := l.Order
	for round := 1; ; round++ {
		l.addThunks(m.orderOf)
		l.insertBehind(order)
		if !l.placeText(r) {
			l.addEntryVeneer(r) // no alignment is so large that the jump does not reach that
			continue
		}
		l.placeBoundaries()
		if round >= maxRounds || !l.moreThunks() && !l.moveLoads(m) && !l.moreDetours(order) {
			return
		}
	}
}

// moreThunks makes thunks of the upper parts that need them, and reports
// whether there are any.
func (l *Layout) moreThunks() bool {
	n := len(l.Plan.Thunks)
	for _, i := range l.Plan.Uppers {
		rec := &l.Plan.Of[i]
		if rec.By.Needs != 0 {
			continue
		}
		b := l.Reloc(i)
		v := l.UpperBase(&l.Targets[b.S]) - int64(l.Sections[rec.At.Section].Addr) - int64(b.Off)
		if f := rec.By.Field; f.Part(v+rec.Users.Least) != f.Part(v+rec.Users.Most) {
			l.Plan.Thunk(i, i, b.Howto.Rewrite(relocs.NeedThunk))
		}
	}
	return len(l.Plan.Thunks) > n
}

// Reloc returns the rewritten relocation with a number.
func (l *Layout) Reloc(i int32) *linkmap.Reloc {
	at := l.Plan.Of[i].At
	return &l.Sections[at.Section].Relocs[at.K]
}

// addThunks makes the code that relocations go to, as far as it is not made
// yet, behind their sections, or in front of those whose end they do not reach.
func (l *Layout) addThunks(orderOf []int32) {
	for _, i := range l.Plan.Thunks[l.thunks:] {
		section, at := len(l.Sections), l.Plan.Of[i].At
		l.Made[i].Thunk = int32(section)
		l.Sections = append(l.Sections, linkmap.Section{
			Origin: &linkmap.Origin{Kind: linkmap.Thunk, Class: linkmap.Code, Name: "thunk of " + l.Targets[l.Reloc(i).S].Name, Align: uint64(l.Word)},
			Site:   at, Region: mpyfile.Text, Size: uint64(len(l.ThunkCode(i).Code)),
		})
		k := int(orderOf[at.Section])
		if l.Sections[at.Section].Size-uint64(l.Reloc(i).Off) > uint64(l.Plan.Of[i].By.Field.Max) {
			k--
		}
		l.behind[k] = append(l.behind[k], int32(section))
	}
	l.thunks = len(l.Plan.Thunks)
}

// ThunkCode returns which code takes the place of an Upper.
func (l *Layout) ThunkCode(i int32) *relocs.Thunk {
	if l.Plan.Of[i].By.Needs&relocs.NeedSlot != 0 {
		return &l.Machine.LoadingThunk
	}
	return &l.Machine.Thunk
}

// insertBehind puts what was made for sections into the order of text.
func (l *Layout) insertBehind(order []int32) {
	if len(l.behind) == 0 {
		return
	}
	l.Order = make([]int32, 0, len(order)+len(l.behind))
	for i, section := range order {
		l.Order = append(append(l.Order, section), l.behind[i]...)
	}
}

// ThunkValue returns the address that all thunks which must agree with one put
// into their registers.
func (l *Layout) ThunkValue(first int32) int64 {
	return l.UpperBase(&l.Targets[l.Reloc(first).S]) + l.Plan.Of[first].Users.Middle()
}

// UpperBase returns S of an upper part: of a function of the firmware, that of
// its veneer.
func (l *Layout) UpperBase(s *linkmap.Target) int64 {
	if s.Kind == linkmap.Supplied {
		return int64(l.Sections[l.Veneers[demand.KeyOf(s)]].Addr) + int64(l.Machine.VeneerTo(true).Entry)
	}
	return int64(l.Sections[s.Section].Addr + s.Off)
}
