package layout

import (
	"cmp"
	"slices"

	"mpyld/link/internal/demand"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// A branch reaches as far as its field is wide. What is farther away it gets to by an
// island, a jump between two sections that goes on to the place, or to the next island;
// that changes no register. Where a section is too large for a jump to get over, or the
// branch leads out of the module, a veneer near the branch has the whole address. Branches to
// one place share what they reach.
//
//	CALL0 reaches 512 KiB, J 128    call0 f, f 700 KiB ahead: call0 to an island at 500, j to one at 620, j to f
//	                                with a section of 300 KiB ahead of that: call0 to a veneer: l32r a9, WORD; jx a9

// detours are the ways of branches that do not reach what they are for.
type detours struct {
	made map[way][]int32           // islands and veneers, by address
	of   map[linkmap.RelocID]int32 // by branch: the section that it goes to instead
	next map[int32]int32           // by island: the one that it goes on to; none: it is the last
}

// way is a kind of made sections that lead to one place.
type way struct {
	to   demand.TargetKey
	kind linkmap.Kind
}

// Detour returns the address that a branch goes to instead of what it is for, if it does.
func (l *Layout) Detour(section, k int) (addr int64, ok bool) {
	if len(l.detours.of) == 0 {
		return 0, false
	}
	to, ok := l.detours.of[linkmap.RelocID{Section: int32(section), K: int32(k)}]
	if !ok {
		return 0, false
	}
	return l.entryOf(to), true
}

// BranchA returns what a branch adds to the address of code that it goes to.
func (l *Layout) BranchA(b *linkmap.Reloc) int64 {
	if l.Targets[b.S].Kind == linkmap.InSection {
		return l.Machine.BranchA
	}
	return b.A
}

// AfterIsland returns the address that an island jumps to.
func (l *Layout) AfterIsland(section int32) int64 {
	if next, ok := l.detours.next[section]; ok {
		return l.entryOf(next)
	}
	return l.placeOf(&l.Targets[l.Sections[section].Target])
}

// entryOf returns the address of the first instruction of an island or a veneer.
func (l *Layout) entryOf(section int32) int64 {
	p := &l.Sections[section]
	if p.Kind == linkmap.Veneer {
		return int64(p.Addr) + int64(l.Machine.VeneerTo(l.Targets[p.Target].Kind == linkmap.Supplied).Entry)
	}
	return int64(p.Addr)
}

// placeOf returns the address in text that branches to a target go to.
func (l *Layout) placeOf(t *linkmap.Target) int64 {
	section, off := l.BranchTo(t)
	return int64(l.Sections[section].Addr) + off
}

// BranchTo returns the section that branches to a target go to, a veneer's maybe, and the
// offset in it.
func (l *Layout) BranchTo(t *linkmap.Target) (section int32, off int64) {
	if t.Kind != linkmap.InSection {
		veneer := int32(l.Veneers[demand.KeyOf(t)])
		return veneer, l.entryOf(veneer) - int64(l.Sections[veneer].Addr)
	}
	return t.Section, int64(t.Off)
}

// site is an instruction at an address that jumps: to pc + V, where V must fit the field.
type site struct {
	addr, pc int64
	field    *relocs.Field
}

// reaches reports whether the instruction reaches an address, with some room left.
func (s site) reaches(addr, room int64) bool {
	return s.field.Min+room <= addr-s.pc && addr-s.pc <= s.field.Max-room
}

// islandAt returns the site that an island at an address is.
func (l *Layout) islandAt(addr int64) site {
	j := l.Machine.Island
	return site{addr, addr + int64(j.Off) - j.A, j.Field}
}

// farBranch is a branch that does not reach where it goes.
type farBranch struct {
	site
	id     linkmap.RelocID
	island int32          // of an island: its section; else 0
	target linkmap.Target // the place that it is for
	place  int64          // the address of that
	insn   []byte
}

// moreDetours makes ways for the branches that do not reach where they go, and reports
// whether any of them goes another way now.
func (l *Layout) moreDetours(order []int32) bool {
	list := l.farBranches()
	if len(list) == 0 {
		return false
	}
	for _, made := range l.detours.made {
		slices.SortFunc(made, func(a, b int32) int { return cmp.Compare(l.Sections[a].Addr, l.Sections[b].Addr) })
	}
	// What the first branch of many to one place can only just reach is in reach of the
	// next ones.
	var ahead, back []farBranch
	for _, b := range list {
		if b.place > b.addr {
			ahead = append(ahead, b)
		} else {
			back = append(back, b)
		}
	}
	slices.SortStableFunc(ahead, func(a, b farBranch) int { return cmp.Compare(a.addr, b.addr) })
	slices.SortStableFunc(back, func(a, b farBranch) int { return cmp.Compare(b.addr, a.addr) })
	r := router{Layout: l, gaps: l.gaps(order)}
	changed := false
	for _, b := range append(ahead, back...) {
		changed = r.route(&b) || changed
	}
	return changed
}

// farBranches returns the branches of text, and the islands, that do not reach where they
// go.
func (l *Layout) farBranches() (list []farBranch) {
	text := int64(l.Sizes[mpyfile.Text])
	for i := range l.Sections {
		p := &l.Sections[i]
		if p.Region != mpyfile.Text {
			continue
		}
		for k := range p.Relocs {
			b := &p.Relocs[k]
			if b.Howto.Formula != relocs.PCRel {
				continue
			}
			field := b.Howto.Field
			if field == nil {
				field = b.Howto.At(p.Data[b.Off:])
			}
			if !b.Howto.Branches(field) || field.Min <= -text && text <= field.Max {
				continue
			}
			if far, ok := l.farBranch(linkmap.RelocID{Section: int32(i), K: int32(k)}, field); ok {
				list = append(list, far)
			}
		}
		if p.Kind == linkmap.Island {
			if s := l.islandAt(int64(p.Addr)); !s.reaches(l.AfterIsland(int32(i)), 0) {
				t := l.Targets[p.Target]
				list = append(list, farBranch{site: s, island: int32(i), target: t, place: l.placeOf(&t)})
			}
		}
	}
	return list
}

// farBranch looks at one branch.
func (l *Layout) farBranch(id linkmap.RelocID, field *relocs.Field) (far farBranch, ok bool) {
	p := &l.Sections[id.Section]
	b := &p.Relocs[id.K]
	t, bias := &l.Targets[b.S], l.BranchA(b)
	inside := t.Kind == linkmap.InSection
	if t.Kind == linkmap.Null || !inside && !b.Howto.Calls(field) {
		return far, false
	}
	place := l.placeOf(t)
	if inside {
		place += b.A - bias
	}
	addr := int64(p.Addr) + int64(b.Off)
	from := site{addr, field.PC(addr) - bias, field}
	to, ok := l.Detour(int(id.Section), int(id.K))
	if !ok {
		to = place
	}
	if from.reaches(to, 0) || place < 0 || place > int64(l.Sizes[mpyfile.Text]) {
		return far, false
	}
	far = farBranch{site: from, id: id, target: *t, insn: p.Data[b.Off:], place: place}
	if inside {
		far.target.Off, far.target.Mode = t.Off+uint64(b.A-bias), 0
	}
	return far, true
}
