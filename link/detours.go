package link

import (
	"mpyld/diag"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// placeWithThunks lays out text with the detours it needs. Upper parts hold
// multiples of a large number, so one whose lower parts want values on both
// sides of where rounding changes is no use to some of them. Which these are
// depends on addresses, and a detour moves what follows it: it is tried again
// with those found so far, until there are no more.
func (l *layout) placeWithThunks(r *program, errs *diag.List) {
	order := l.order
	for {
		l.addThunks(order)
		l.insertBehind(order)
		l.placeText(r, errs)
		l.placeBoundaries()
		if len(*errs) > 0 || !l.moreThunks() {
			return
		}
	}
}

// moreThunks makes thunks of the upper parts that need them, and reports
// whether there are any.
func (l *layout) moreThunks() bool {
	n := len(l.plan.thunks)
	for _, i := range l.plan.uppers {
		rec := &l.plan.of[i]
		if rec.row.Kind != relocs.UpperRel {
			continue
		}
		b := l.reloc(i)
		v := l.upperBase(&l.Targets[b.S]) - int64(l.Sections[rec.at.Section].Addr) - int64(b.Off)
		if f := rec.row.Field; f.Part(v+rec.users.least) != f.Part(v+rec.users.most) {
			l.plan.thunk(i, i)
		}
	}
	return len(l.plan.thunks) > n
}

// reloc returns the rewritten relocation with a number.
func (l *layout) reloc(i int32) *linkmap.Reloc {
	at := l.plan.of[i].at
	return &l.Sections[at.Section].Relocs[at.K]
}

// addThunks makes the code that relocations go to, as far as it is not made
// yet, behind their sections.
func (l *layout) addThunks(order []int) {
	if l.thunks == len(l.plan.thunks) {
		return
	}
	orderOf := map[int]int{}
	for i, section := range order {
		orderOf[section] = i
	}
	for _, i := range l.plan.thunks[l.thunks:] {
		section, at := len(l.Sections), l.plan.of[i].at
		l.made[i].thunk = int32(section)
		l.Sections = append(l.Sections, linkmap.Section{
			Kind: linkmap.Thunk, Class: linkmap.Code, Site: at,
			Name: "detour of " + l.Targets[l.reloc(i).S].Name, Region: mpyfile.Text,
			Size: uint64(len(l.thunkCode(i).Code)), Align: uint64(l.word),
		})
		k := orderOf[int(at.Section)]
		l.behind[k] = append(l.behind[k], section)
	}
	l.thunks = len(l.plan.thunks)
}

// thunkCode returns which code takes the place of an UpperRel.
func (l *layout) thunkCode(i int32) *relocs.Thunk {
	if k := l.plan.of[i].row.Kind; k == relocs.Loaded || k == relocs.LoadedAll {
		return &l.Machine.LoadingThunk
	}
	return &l.Machine.Thunk
}

// insertBehind puts what was made for sections into the order of text.
func (l *layout) insertBehind(order []int) {
	if len(l.behind) == 0 {
		return
	}
	l.order = make([]int, 0, len(order)+len(l.behind))
	for i, piece := range order {
		l.order = append(append(l.order, piece), l.behind[i]...)
	}
}

// thunkValue returns the address that all thunks which must agree with one put
// into their registers.
func (l *layout) thunkValue(first int32) int64 {
	return l.upperBase(&l.Targets[l.reloc(first).S]) + l.plan.of[first].users.middle()
}

// upperBase returns S of an upper part: of a function of the firmware, that of
// its veneer.
func (l *layout) upperBase(s *linkmap.Target) int64 {
	if s.Kind == linkmap.Supplied {
		return int64(l.Sections[l.veneers[keyOf(s)]].Addr) + int64(l.Machine.VeneerTo(true).Entry)
	}
	return int64(l.Sections[s.Section].Addr + s.Off)
}
