package rewrite

import (
	"mpyld/link/internal/demand"
	"mpyld/relocs"
)

// Which instructions belong together shows only in the code: compilers put others
// between two parts of an address, share one part among several others, and keep it in
// registers or on the stack. So from each lower part the register that it adds to is
// followed back to all upper parts that it may be from.
//
//	    lui  a0, %hi(x)         a0 holds the upper part of x
//	    beqz a1, 1f             two ways from here
//	    mv   a2, a0             a2 does too
//	1:  addi a0, a0, %lo(x)     completes it: a0 is from the first instruction, either way
//
// Those of one symbol and addend want the same upper parts and share the way back.

// lowers are lower parts of one symbol and addend.
type lowers struct {
	key demand.TargetKey
	a   int64
}

// pairParts finds the upper parts that lower parts add to.
func (w *rewriter) pairParts() {
	var order []lowers
	groups := map[lowers][]int32{}
	uppers := false
	for _, i := range w.marked {
		b := w.reloc(i)
		switch b.Howto.Rewrites[0].Part {
		case relocs.Upper:
			uppers = true
		case relocs.Lower:
			key := lowers{w.key(b), b.A}
			if groups[key] == nil {
				order = append(order, key)
			}
			groups[key] = append(groups[key], i)
		}
	}
	if !uppers {
		return
	}
	v := newValues(newFlow(w))
	walk := &wayBack{w: w, values: v}
	walk.jumps = &anyJumps{g: walk, known: map[int32]*jumpSources{}}
	for _, key := range order {
		walk.pair(groups[key])
	}
	w.pairReloaded(walk)
}

// wayBack goes from lower parts of a group back to upper parts.
type wayBack struct {
	w *rewriter
	*values
	list   []int32 // values in the order in which they are met
	index  []int32 // by value: its index in list plus one
	uppers []int32 // by index: the upper part that the value is, or -1
	edges  []edge
	jumps  *anyJumps
}

// edge says by indices in the list that a value is made of another one.
type edge struct{ value, of int32 }

// meet returns the index of a value.
func (g *wayBack) meet(value int32) int32 {
	for int(value) >= len(g.index) {
		g.index = append(g.index, 0)
	}
	if g.index[value] == 0 {
		g.list = append(g.list, value)
		g.index[value] = int32(len(g.list))
		g.uppers = append(g.uppers, -1)
	}
	return g.index[value] - 1
}

// pair pairs the lower parts of a group, of which all want the same upper parts.
func (g *wayBack) pair(lows []int32) {
	starts := make([][]int32, len(lows)) // indices in the list
	for k, low := range lows {
		g.addsTo(low, func(value int32) { starts[k] = append(starts[k], g.meet(value)) })
	}
	g.goBack(lows[0])
	class := g.classes()
	uppers, lower := map[int32]int32{}, map[int32]int32{} // by class: one of each
	for k, up := range g.uppers {
		if _, ok := uppers[class[k]]; up >= 0 && !ok {
			uppers[class[k]] = up
		}
	}
	for k, low := range lows {
		for _, start := range starts[k] {
			if class[start] >= 0 {
				lower[class[start]] = low
				g.w.pair(low, uppers[class[start]])
			}
		}
	}
	for k, up := range g.uppers {
		if up >= 0 {
			g.w.pair(lower[class[k]], up)
		}
	}
	g.forget()
}

// forget makes the list empty.
func (g *wayBack) forget() {
	for _, value := range g.list {
		g.index[value] = 0
	}
	g.list, g.uppers, g.edges = g.list[:0], g.uppers[:0], g.edges[:0]
}

// addsTo calls f with the values that a lower part adds to: in shared code, there may be one for each call.
func (g *wayBack) addsTo(low int32, f func(value int32)) {
	at := g.w.insnOf(low)
	add := func(i int32) {
		if i < 0 || g.nodes[i].base < 0 {
			return
		}
		if value := g.inFront(i, location(g.nodes[i].base)); value != noValue {
			f(value)
		}
	}
	add(g.nodeAt(at))
	for _, i := range g.shared.copies[at] {
		add(i)
	}
}

// goBack meets all values that those in the list are made of, for a lower part.
func (g *wayBack) goBack(low int32) {
	lower := g.w.reloc(low)
	for k := 0; k < len(g.list) && g.w.steps <= g.w.maxSteps; k++ {
		g.w.steps++
		value := g.list[k]
		if int(value) < len(g.nodes) {
			at := g.nodes[value].insnAt
			if up := g.w.recordAt(at, relocs.Upper); up >= 0 && g.w.near(g.w.reloc(up), lower) {
				g.uppers[k] = up
			}
			if other := g.w.recordAt(at, relocs.Lower); other >= 0 && g.w.key(g.w.reloc(other)) == g.w.key(lower) {
				continue // the whole address
			}
		}
		of := func(value int32) { g.edges = append(g.edges, edge{int32(k), g.meet(value)}) }
		if g.isAnyJump(value) {
			g.jumps.leadsTo(value, lower, of)
			continue
		}
		for _, value := range g.madeOf(value) {
			of(value)
		}
	}
}

// classes returns a number for each value in the list: the same for those that lead to
// upper parts which must agree, because a lower part is in front of all of them; -1 for
// values that lead to none.
func (g *wayBack) classes() []int32 {
	class := make([]int32, len(g.list))
	for k := range class {
		class[k] = -1
	}
	madeInto := make([][]int32, len(g.list))
	for _, e := range g.edges {
		madeInto[e.of] = append(madeInto[e.of], e.value)
	}
	var work []int32
	for k, up := range g.uppers {
		if up >= 0 {
			class[k], work = int32(k), append(work, int32(k))
		}
	}
	for len(work) > 0 {
		k := work[len(work)-1]
		work = work[:len(work)-1]
		for _, to := range madeInto[k] {
			if class[to] < 0 {
				class[to], work = to, append(work, to)
			}
		}
	}
	of := func(k int32) int32 {
		for class[k] != k {
			class[k] = class[class[k]]
			k = class[k]
		}
		return k
	}
	for _, e := range g.edges {
		if class[e.value] >= 0 && class[e.of] >= 0 {
			class[of(e.value)] = of(e.of)
		}
	}
	for k := range class {
		if class[k] >= 0 {
			class[k] = of(int32(k))
		}
	}
	return class
}
