package rewrite

import "mpyld/relocs"

// In functions with large frames, an upper part that is kept in memory is at an address
// that code computes, so that nobody can say which one is loaded again. Whichever it is, it is
// of the same symbol, for a lower part adds to no other. So all upper parts of that symbol in
// the section are made to agree: each is a thunk to one address, and the lower part is right
// with any of them.
//
//	lui a0, %hi(x)      lui a1, ...; add a1, a1, s0; sw a0, (a1)
//	...                 lui a1, ...; add a1, a1, s0; lw a0, (a1)      lw a2, %lo(x)(a0)

// uppersOf are the upper parts of a section that lower parts of a symbol and addend may add to.
type uppersOf struct {
	lowers
	section int32
}

// pairReloaded pairs the lower parts that add to what is loaded from memory.
func (w *rewriter) pairReloaded(g *wayBack) {
	var all map[uppersOf][]int32 // of each symbol, whatever is added
	first := map[uppersOf]int32{}
	for _, low := range w.marked {
		if w.complete[low] || w.howto(low).Rewrites[0].Part != relocs.Lower || !g.isReloaded(low) {
			continue
		}
		if all == nil {
			all = w.allUppers()
		}
		lower := w.reloc(low)
		of := uppersOf{lowers{w.key(lower), lower.A}, w.Of[low].At.Section}
		if up, ok := first[of]; ok {
			w.pair(low, up) // which agrees with the others
			continue
		}
		for _, up := range all[uppersOf{lowers{key: of.key}, of.section}] {
			if w.near(w.reloc(up), lower) {
				w.pair(low, up)
				first[of] = up
			}
		}
	}
}

// allUppers returns the upper parts of sections by what they refer to.
func (w *rewriter) allUppers() map[uppersOf][]int32 {
	all := map[uppersOf][]int32{}
	for _, i := range w.marked {
		if w.howto(i).Rewrites[0].Part == relocs.Upper {
			of := uppersOf{lowers{key: w.key(w.reloc(i))}, w.Of[i].At.Section}
			all[of] = append(all[of], i)
		}
	}
	return all
}

// isReloaded reports whether a lower part adds to what comes from memory, and is no word of the
// stack.
func (g *wayBack) isReloaded(low int32) (reloaded bool) {
	g.addsTo(low, func(value int32) { g.meet(value) })
	for k := 0; k < len(g.list) && g.w.steps <= g.w.maxSteps; k++ {
		g.w.steps++
		value := g.list[k]
		if int(value) < len(g.nodes) && g.nodes[value].loads && g.w.recordAt(g.nodes[value].insnAt, relocs.Lower) < 0 { // else it loads a variable
			reloaded = true
		}
		for _, of := range g.madeOf(value) {
			g.meet(of)
		}
	}
	g.forget()
	return reloaded
}
