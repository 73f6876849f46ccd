package layout

import (
	"cmp"
	"slices"

	"mpyld/link/internal/resolve"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// How much the gaps between sections take depends on their order. The default one is the
// command line's; where another is allowed, sections go where they leave no gap if there are such,
// the strictest alignment first. mpy_init's comes first of all, so that little or no jump leads to it. What the
// program takes for one table stays together and in its order.
//
//	aligned to 8: a of 20 bytes, b of 16, aligned to 4: c of 4    a b c: 44    b a c: 40

// textChoice is a way to order text.
type textChoice struct {
	sorted     bool // sections lie where they leave small gaps
	entryFirst bool // mpy_init's is the first, without a jump if that is its start
}

// textChoices are the ways to order text besides the default one.
func (l *Layout) textChoices(r *resolve.Program) (list []textChoice) {
	relax := r.In.Relax
	if r.In.KeepUnwind && relax != 0 {
		return nil // the unwinder's table is sorted by addresses of code
	}
	first, sorted := relax.Has(relocs.EntryFirst) && r.Machine.Literal == "" && l.entryIsFirst(r), relax.Has(relocs.SectionOrder)
	if first && sorted {
		list = append(list, textChoice{sorted: true, entryFirst: true})
	}
	if first {
		list = append(list, textChoice{entryFirst: true})
	}
	if sorted {
		list = append(list, textChoice{sorted: true})
	}
	return list
}

// entryIsFirst reports whether mpy_init is at the start of a section that may be anywhere.
func (l *Layout) entryIsFirst(r *resolve.Program) bool {
	sym := r.Symbol(r.Entry)
	entry := r.SectionOf[r.Entry.Obj][sym.Sect]
	return sym.Value == 0 && l.Sections[entry].Region == mpyfile.Text && r.OutputNames()[entry] == ""
}

// sortText puts the sections of text into the order of the choice.
func (l *Layout) sortText(r *resolve.Program) {
	if l.choice == (textChoice{}) {
		return
	}
	units := l.unitsOf(r, l.textOrder())
	if len(units) == 0 || len(l.Tables) > 1 {
		l.choice = textChoice{}
		return
	}
	entry := r.SectionOf[r.Entry.Obj][r.Symbol(r.Entry).Sect]
	start := l.entryRoom(r)
	var front []unit
	if l.choice.entryFirst {
		start = 0
		i := slices.IndexFunc(units, func(u unit) bool { return slices.Contains(u.sections, entry) })
		front = []unit{units[i]}
		units = slices.Delete(units, i, i+1)
	}
	if r.Machine.Literal != "" { // the table is in front of all that loads from it
		front, units = units[:1], units[1:]
	}
	if l.choice.sorted {
		units = packUnits(units, endOfUnits(front, start))
	}
	var text []int32
	for _, u := range append(front, units...) {
		text = append(text, u.sections...)
	}
	l.reorderText(text)
}

// unit is what stays together, in its order, with the alignment of its strictest section and the
// size that it has from a place with that.
type unit struct {
	sections    []int32
	align, size uint64
}

// unitsOf makes units of sections, which are in order: output sections, and all others alone, each with
// those of no size that follow it. It returns none where something lies between the parts of an output section.
func (l *Layout) unitsOf(r *resolve.Program, sections []int32) (list []unit) {
	outputs, seen, last := r.OutputNames(), map[string]bool{}, ""
	for _, i := range sections {
		p, output := &l.Sections[i], outputs[i]
		switch n := len(list); {
		case n > 0 && (output != "" && output == last || output == "" && p.Size == 0 && !p.Kind.Made()):
			list[n-1].sections = append(list[n-1].sections, i)
		case seen[output]:
			return nil
		default:
			list = append(list, unit{sections: []int32{i}})
			last = output
			seen[output] = output != ""
		}
	}
	for k := range list {
		u := &list[k]
		u.align = 1
		for _, i := range u.sections {
			u.align = max(u.align, l.Sections[i].Align)
		}
		u.size = l.endOf(u.sections, 0)
	}
	return list
}

// endOfUnits returns where units end that lie one after the other from an address.
func endOfUnits(units []unit, addr uint64) uint64 {
	for i := range units {
		addr = alignUp(addr, units[i].align) + units[i].size
	}
	return addr
}

// packUnits returns the order of units, placed from an address, with the lowest end of those that are
// tried: theirs, and those in which each next one leaves the smallest gap; then neighbours change places
// where that closes gaps.
func packUnits(units []unit, addr uint64) []unit {
	best, tries := units, [][]unit{greedy(units, addr, true), greedy(units, addr, false)}
	if len(units) <= fewUnits {
		tries = append(tries, slices.Clone(units))
	}
	for _, other := range tries {
		if swapUnits(other, addr); endOfUnits(other, addr) < endOfUnits(best, addr) {
			best = other
		}
	}
	return best
}

// fewUnits is up to how many the order that they have is one to begin with: it has gaps all over, and
// closing each takes time.
const fewUnits = 100

// swapUnits brings neighbours, packed of them at a time, into the order with the lowest end.
func swapUnits(units []unit, addr uint64) {
	for from := 0; from == 0 || from+packed/2 < len(units); from += packed / 2 {
		group := units[from:min(from+packed, len(units))]
		if order := smallestOrder(group, addr); order != nil && endOfUnits(order, addr) < endOfUnits(group, addr) {
			copy(group, order)
		}
		addr = endOfUnits(group[:min(packed/2, len(group))], addr)
	}
}

// kindOf are the units of one alignment, and of sizes that leave what follows at one place in it.
type kindOf struct {
	align, size uint64 // the size modulo mostAligned
	units       []unit // in their order
}

// mostAligned is the alignment up to which places are told apart.
const mostAligned = 64

// greedy orders units by the smallest gap in front of each next one. Of several, it is the one with the
// strictest alignment, or if not strict the one behind which there is the strictest place; then the first.
func greedy(units []unit, addr uint64, strict bool) (order []unit) {
	var kinds []*kindOf
	of := map[[2]uint64]*kindOf{}
	for _, u := range units {
		key := [2]uint64{u.align, u.size % mostAligned}
		k := of[key]
		if k == nil {
			k = &kindOf{align: u.align, size: key[1]}
			of[key] = k
			kinds = append(kinds, k)
		}
		k.units = append(k.units, u)
	}
	for range units {
		var best *kindOf
		for _, k := range kinds {
			if len(k.units) > 0 && (best == nil || k.before(best, addr, strict)) {
				best = k
			}
		}
		order = append(order, best.units[0])
		addr = alignUp(addr, best.align) + best.units[0].size
		best.units = best.units[1:]
	}
	return order
}

// before reports whether a unit of one kind goes to an address rather than one of another.
func (k *kindOf) before(other *kindOf, addr uint64, strict bool) bool {
	gap := func(k *kindOf) uint64 { return alignUp(addr, k.align) - addr }
	behind := func(k *kindOf) uint64 { // the strictest alignment that there is behind it
		end := alignUp(addr, k.align) + k.size
		return min(end&-end, mostAligned)
	}
	order := cmp.Or(cmp.Compare(gap(k), gap(other)), cmp.Compare(other.align, k.align), cmp.Compare(behind(other), behind(k)))
	if !strict {
		order = cmp.Or(cmp.Compare(gap(k), gap(other)), cmp.Compare(behind(other), behind(k)), cmp.Compare(other.align, k.align))
	}
	return order < 0
}

// inReach reports whether all instructions of text that neither islands nor other instructions help
// reach what they refer to in other sections.
func (l *Layout) inReach() bool {
	text := int64(l.Sizes[mpyfile.Text])
	for i := range l.Sections {
		p := &l.Sections[i]
		if p.Region != mpyfile.Text {
			continue
		}
		for k := range p.Relocs {
			b := &p.Relocs[k]
			t := &l.Targets[b.S]
			if b.Howto.Formula != relocs.PCRel || t.Kind != linkmap.InSection || int(t.Section) == i || l.Sections[t.Section].Region != mpyfile.Text || l.Plan.Find(i, k) >= 0 {
				continue
			}
			field := b.Howto.At(p.Data[b.Off:])
			if field == nil || field.Min <= -text && text <= field.Max || l.Sections[t.Section].Class == linkmap.Literal {
				continue
			}
			if _, detour := l.Detour(i, k); detour {
				continue
			}
			if S, A, P := int64(l.Sections[t.Section].Addr+t.Off), b.A, field.PC(int64(p.Addr)+int64(b.Off)); field.Check(S+A-P) != nil {
				return false
			}
		}
	}
	return true
}
