package layout

import (
	"cmp"
	"slices"

	"mpyld/link/internal/demand"
	"mpyld/linkmap"
	"mpyld/mpyfile"
)

// A way from a branch to a place that it does not reach goes from gap to gap between sections.
// Each of them is the one in reach that comes nearest to the place, so that there are few; what
// others have made there for the same place is taken.
//
//	j at 0, f at 300000, gaps at 50000, 100000, 200000, 300000, J reaches 131071:
//	islands at 100000 and 200000; a j to f at 90000 takes the second

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
