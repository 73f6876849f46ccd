package link

import (
	"mpyld/diag"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// placeWithDetours lays out text with the detours it needs. Upper parts hold
// multiples of a large number, so one whose lower parts want values on both
// sides of where rounding changes is no use to some of them. Which these are
// depends on addresses, and a detour moves what follows it: it is tried again
// with those found so far, until there are no more.
func (l *layout) placeWithDetours(r *resolved, errs *diag.List) {
	order := l.order
	for {
		l.addDetours(order)
		l.insertBehind(order)
		l.placeText(r, errs)
		l.placeEdges()
		if len(*errs) > 0 || !l.moreDetours() {
			return
		}
	}
}

// moreDetours makes detours of the upper parts that need them, and reports
// whether there are any.
func (l *layout) moreDetours() bool {
	n := len(l.detours)
	for _, at := range l.uppers {
		p := &l.Sections[at.Section]
		b := &p.Relocs[at.K]
		if b.Howto.Kind != relocs.UpperRel {
			continue
		}
		v := l.upperBase(&l.Targets[b.S]) - int64(p.Addr) - int64(b.Off)
		u, f := l.users[at], b.Howto.Field
		if f.Part(v+u.least) != f.Part(v+u.most) {
			l.detour(b, at, at)
		}
	}
	return len(l.detours) > n
}

// addDetours makes the code that Thunked relocations go to, as far as it is
// not made yet, behind their sections.
func (l *layout) addDetours(order []int) {
	if len(l.detours) == len(l.detourPiece) {
		return
	}
	if l.detourPiece == nil {
		l.detourPiece = map[linkmap.RelocID]int{}
	}
	orderOf := map[int]int{}
	for i, piece := range order {
		orderOf[piece] = i
	}
	for _, from := range l.detours[len(l.detourPiece):] {
		piece := len(l.Sections)
		l.detourPiece[from] = piece
		l.Sections = append(l.Sections, linkmap.Section{
			Kind: linkmap.Thunk, Class: linkmap.Code, Site: from,
			Name: "detour of " + l.Targets[l.Sections[from.Section].Relocs[from.K].S].Name, Region: mpyfile.Text,
			Size: uint64(len(l.detourCode(from).Code)), Align: uint64(l.word),
		})
		i := orderOf[int(from.Section)]
		l.behind[i] = append(l.behind[i], piece)
	}
}

// detourCode returns which code takes the place of an UpperRel.
func (l *layout) detourCode(from linkmap.RelocID) *relocs.Thunk {
	if k := l.Sections[from.Section].Relocs[from.K].Howto.Kind; k == relocs.Loaded || k == relocs.LoadedAll {
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

// detourValue returns the address that all detours which must agree with one
// put into their registers.
func (l *layout) detourValue(first linkmap.RelocID) int64 {
	s := &l.Targets[l.Sections[first.Section].Relocs[first.K].S]
	return l.upperBase(s) + l.users[first].middle()
}

// upperBase returns S of an upper part: of a function of the firmware, that of
// its veneer.
func (l *layout) upperBase(s *linkmap.Target) int64 {
	if s.Kind == linkmap.Supplied {
		return int64(l.Sections[l.veneers[targetOf(s)]].Addr) + int64(l.Machine.VeneerTo(true).Entry)
	}
	return int64(l.Sections[s.Section].Addr + s.Off)
}

// detour writes the code of a detour.
func (f *filler) detour(p *linkmap.Section, from linkmap.RelocID) {
	code := &f.Sections[from.Section]
	b := &code.Relocs[from.K]
	site, size := int64(code.Addr)+int64(b.Off), b.Howto.Replacement.Size
	reg := f.Machine.Decode(code.Data[b.Off:][:size]).Writes.First()
	d := f.detourCode(from)
	at := int64(p.Addr)
	var value int64
	if slot, ok := f.detourWord[from]; ok {
		value = f.slotAddr(&f.tables[0], slot)
	} else {
		value = f.detourValue(f.detourOf[from])
	}
	copy(f.bytes(p), d.Encode(reg, value-at, site+int64(size)-(at+int64(d.At))))
}
