package rewrite

import (
	"mpyld/link/internal/demand"
	"mpyld/linkmap"
	"mpyld/relocs"
)

// A jump through a register may lead to any place of its section whose address somebody
// has: so what a register holds in front of such a place is what it holds at any jump,
// a merge of as many values as there are jumps. Who goes back through it wants the upper
// parts of one symbol, which few of these lead to. So what each leads to is found
// once, as far as the next such merge.
//
//	f: lui s0, %hi(x)  ...  jr t3       g: lui s0, %hi(y)  ...  jr t3
//	s0 in front of 1, which a table has: from x by way of f's jump, or from y by way of g's
//
// What is found holds for all symbols but those of lower parts in between: their results are
// whole addresses, which nobody goes back through for the same symbol. For these it is
// looked for again.

// anyJumps are such merges.
type anyJumps struct {
	g     *wayBack
	known map[int32]*jumpSources
	from  []int32 // by value: which one the search came from, plus one; 0: the search was not there
}

// jumpSources is where such a merge leads to.
type jumpSources struct {
	uppers map[demand.TargetKey][]int32 // values that are upper parts, by what they refer to
	merges []int32                      // others of that kind
	again  map[demand.TargetKey]bool    // what it has to be looked for again for
}

// isAnyJump reports whether a value is such a merge.
func (v *values) isAnyJump(value int32) bool {
	k := int(value) - len(v.nodes)
	return k >= 0 && v.nodes[v.order[v.blocks[v.merges[k].block].first]].off == anyJump
}

// search calls f with the values that are upper parts, and the merges, that a merge leads to.
// Results of lower parts lead on as far as crosses says.
func (a *anyJumps) search(start int32, crosses func(key demand.TargetKey) bool, f func(value, upper int32)) {
	w := a.g.w
	work := []int32{start}
	var seen []int32
	reach := func(value, from int32) {
		for int(value) >= len(a.from) {
			a.from = append(a.from, 0)
		}
		if a.from[value] == 0 {
			a.from[value] = from + 1
			seen, work = append(seen, value), append(work, value)
		}
	}
	for len(work) > 0 && w.steps <= w.maxSteps {
		value := work[len(work)-1]
		work = work[:len(work)-1]
		w.steps++
		if value != start && a.g.isAnyJump(value) {
			f(value, -1)
			continue
		}
		if int(value) < len(a.g.nodes) {
			if up := w.recordAt(a.g.nodes[value].insnAt, relocs.Upper); up >= 0 {
				f(value, up)
			}
			if key, ok := a.lower(value); ok && !crosses(key) {
				continue
			}
		}
		for _, of := range a.g.madeOf(value) {
			if of != start {
				reach(of, value)
			}
		}
	}
	for _, value := range seen {
		a.from[value] = 0
	}
}

// lower returns what the lower part that a value is the result of refers to.
func (a *anyJumps) lower(value int32) (key demand.TargetKey, ok bool) {
	if int(value) >= len(a.g.nodes) {
		return key, false
	}
	low := a.g.w.recordAt(a.g.nodes[value].insnAt, relocs.Lower)
	if low < 0 {
		return key, false
	}
	return a.g.w.key(a.g.w.reloc(low)), true
}

// of returns where a merge leads to.
func (a *anyJumps) of(start int32) *jumpSources {
	if known := a.known[start]; known != nil {
		return known
	}
	j := &jumpSources{map[demand.TargetKey][]int32{}, nil, map[demand.TargetKey]bool{}}
	a.known[start] = j
	clear := map[int32]bool{} // without lower parts in between
	a.search(start, func(demand.TargetKey) bool { return false }, func(value, upper int32) {
		clear[value] = true
		if upper < 0 {
			j.merges = append(j.merges, value)
			return
		}
		key := a.g.w.key(a.g.w.reloc(upper))
		j.uppers[key] = append(j.uppers[key], value)
	})
	a.search(start, func(demand.TargetKey) bool { return true }, func(value, upper int32) {
		switch {
		case clear[value]:
		case upper >= 0:
			j.again[a.g.w.key(a.g.w.reloc(upper))] = true
		default:
			j.merges = append(j.merges, value)
			for ; value != start; value = a.from[value] - 1 {
				if key, ok := a.lower(value); ok {
					j.again[key] = true
				}
			}
		}
	})
	return j
}

// leadsTo calls f with the upper parts of what a lower part refers to, and the merges, that a
// merge leads to.
func (a *anyJumps) leadsTo(value int32, lower *linkmap.Reloc, f func(to int32)) {
	j, key := a.of(value), a.g.w.key(lower)
	if !j.again[key] {
		for _, to := range j.uppers[key] {
			f(to)
		}
		for _, to := range j.merges {
			f(to)
		}
		return
	}
	a.search(value, func(other demand.TargetKey) bool { return other != key }, func(to, upper int32) {
		if upper < 0 || a.g.w.key(a.g.w.reloc(upper)) == key {
			f(to)
		}
	})
}
