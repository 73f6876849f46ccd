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
	if t.Kind != linkmap.InSection {
		return l.entryOf(int32(l.Veneers[demand.KeyOf(t)]))
	}
	return int64(l.Sections[t.Section].Addr + t.Off)
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
	slices.SortStableFunc(list, func(a, b farBranch) int {
		ahead, other := a.place > a.addr, b.place > b.addr
		switch {
		case ahead != other:
			return cmp.Compare(b2i(other), b2i(ahead))
		case ahead:
			return cmp.Compare(a.addr, b.addr)
		}
		return cmp.Compare(b.addr, a.addr)
	})
	r := router{Layout: l, gaps: l.gaps(order)}
	changed := false
	for i := range list {
		changed = r.route(&list[i]) || changed
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

// gap is where more may go: behind a section of text.
type gap struct {
	order int // index into Layout.Order, without what the linker put between sections
	addr  int64
}

// gaps returns the places between sections of text where more may go: not those between
// sections that together are a table.
func (l *Layout) gaps(order []int32) []gap {
	list := make([]gap, 0, len(order))
	for k, section := range order {
		p := &l.Sections[section]
		switch {
		case p.Region != mpyfile.Text:
			continue
		case k+1 < len(order) && len(l.prog.Together[int(section)]) > 0 && len(l.prog.Together[int(order[k+1])]) > 0:
			continue
		}
		if made := l.behind[k]; len(made) > 0 {
			p = &l.Sections[made[len(made)-1]]
		}
		list = append(list, gap{k, int64(p.Addr + p.Size)})
	}
	return list
}

// fewIslands is how many take no more room than a veneer.
const fewIslands = 3

// router finds ways for branches.
type router struct {
	*Layout
	gaps []gap

	// Sections will yet move, by what is made between them: ways are looked for that leave
	// room for that, and those that leave less only if there are none.
	less int64 // by how much the room is divided
}

// room is how much nearer than it reaches a site's way should lead.
func (r *router) room(s site) int64 { return min((s.field.Max-s.field.Min)/8, 4096) / r.less }

// route finds a way for a branch, and reports whether there is one.
func (r *router) route(b *farBranch) bool {
	for r.less = 1; r.less <= 1<<12; r.less <<= 4 {
		to, ok := r.hops(b)
		if !ok {
			to, ok = r.veneer(b)
		}
		switch {
		case !ok:
			continue
		case b.island != 0:
			r.detours.next[b.island] = to
		default:
			r.detours.of[b.id] = to
		}
		return true
	}
	return false
}

// veneer returns a veneer that a branch reaches.
func (r *router) veneer(b *farBranch) (section int32, ok bool) {
	if b.island != 0 || b.target.Kind == linkmap.InSection && !r.Machine.FarVeneer.MayLead(b.insn) {
		return 0, false
	}
	if made, ok := r.inReach(b.site, b.place, way{demand.KeyOf(&b.target), linkmap.Veneer}); ok {
		return made, true
	}
	g := r.nearest(b.site, b.place)
	if g < 0 {
		return 0, false
	}
	return r.add(g, linkmap.Veneer, b), true
}

// hops returns the first of the islands by which a branch gets to its place, and makes
// those that are not there yet. Each is nearer to the place than the one before, but for the
// first of a branch that is no island.
func (r *router) hops(b *farBranch) (first int32, ok bool) {
	if b.target.Kind != linkmap.InSection || r.Machine.Island == nil {
		return 0, false
	}
	from, islands, anywhere := b.site, way{demand.KeyOf(&b.target), linkmap.Island}, b.island == 0
	var fresh []int // of r.gaps
	last := int32(-1)
	for {
		if made, ok := r.inReach(from, b.place, islands); ok && (anywhere || r.nearer(int64(r.Sections[made].Addr), from, b.place)) {
			last = made
			break
		}
		g := r.nearest(from, b.place)
		if g < 0 || !anywhere && !r.nearer(r.gaps[g].addr, from, b.place) {
			return 0, false
		}
		if fresh, anywhere = append(fresh, g), false; len(fresh) > fewIslands && r.Machine.FarVeneer.MayLead(b.insn) {
			return 0, false
		}
		if from = r.islandAt(r.gaps[g].addr); from.reaches(b.place, r.room(from)) {
			break
		}
	}
	for _, g := range slices.Backward(fresh) {
		section := r.add(g, linkmap.Island, b)
		if last >= 0 {
			r.detours.next[section] = last
		}
		last = section
	}
	return last, true
}

// nearer reports whether an address is nearer to a place than a site is, by more than what
// will yet move.
func (r *router) nearer(addr int64, from site, place int64) bool {
	return abs(place-addr)+r.room(from) < abs(place-from.addr)
}

// inReach returns what is already made and in reach of a site: of that, what comes
// nearest to a place.
func (r *router) inReach(from site, place int64, w way) (section int32, ok bool) {
	made := r.detours.made[w]
	i := nearestOf(made, r.entryOf, from, place, r.room(from))
	if i < 0 {
		return 0, false
	}
	return made[i], true
}

// nearest returns the gap in reach of a site that comes nearest to a place, by its number,
// or -1.
func (r *router) nearest(from site, place int64) int {
	return nearestOf(r.gaps, func(g gap) int64 { return g.addr }, from, place, r.room(from))
}

// nearestOf returns which one of a list in the order of addresses is in reach of a site, with
// some room left, and comes nearest to a place, or -1.
func nearestOf[T any](list []T, addrOf func(T) int64, from site, place, room int64) int {
	least, most := from.pc+from.field.Min+room, from.pc+from.field.Max-room
	aim := min(max(place, least), most)
	i, exact := slices.BinarySearchFunc(list, aim, func(t T, aim int64) int { return cmp.Compare(addrOf(t), aim) })
	if !exact && (aim == most || i == len(list) || addrOf(list[i]) > most) {
		i--
	}
	if i < 0 || addrOf(list[i]) < least || addrOf(list[i]) > most {
		return -1
	}
	return i
}

// add makes an island or a veneer in a gap.
func (r *router) add(g int, kind linkmap.Kind, b *farBranch) int32 {
	var section int32
	if kind == linkmap.Veneer {
		section = r.addVeneer(&b.target)
	} else {
		section = r.addCode(kind, "island to ", &b.target, len(r.Machine.Island.Code))
	}
	p, at := &r.Sections[section], &r.gaps[g]
	p.Addr = alignUp(uint64(at.addr), p.Align)
	at.addr = int64(p.Addr + p.Size)
	r.behind[at.order] = append(r.behind[at.order], section)
	w := way{demand.KeyOf(&b.target), kind}
	made := r.detours.made[w]
	i, _ := slices.BinarySearchFunc(made, p.Addr, func(s int32, addr uint64) int { return cmp.Compare(r.Sections[s].Addr, addr) })
	r.detours.made[w] = slices.Insert(made, i, section)
	return section
}

// addVeneer makes the section of a veneer.
func (l *Layout) addVeneer(to *linkmap.Target) int32 {
	return l.addCode(linkmap.Veneer, "veneer ", to, len(l.Machine.VeneerTo(to.Kind == linkmap.Supplied).Code))
}

// addCode makes a section of code that leads to a target.
func (l *Layout) addCode(kind linkmap.Kind, name string, to *linkmap.Target, size int) int32 {
	// What is behind the end of the bindings' list is nobody else's.
	l.Targets = append(l.Targets, *to)
	l.Sections = append(l.Sections, linkmap.Section{
		Origin: &linkmap.Origin{Kind: kind, Class: linkmap.Code, Name: name + to.Name, Align: uint64(l.Word)},
		Target: uint32(len(l.Targets) - 1), Region: mpyfile.Text, Size: uint64(size),
	})
	return int32(len(l.Sections) - 1)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
