package rewrite

import (
	"slices"

	"mpyld/link/internal/demand"
	"mpyld/relocs"
)

// Two instructions each put half of an address into a register. The first becomes
// a load of the whole address from a pool, and the second does nothing any more. So
// code must not get to the second, or in between, without passing the first: what it
// had in the register's other half would be lost.
//
//	     movw r0, #:lower16:x   becomes   ldr r0, [pc, ...]    r0 is half loaded from here
//	     cmp  r1, #0                      cmp r1, #0
//	here: movt r0, #:upper16:x            nop                  to here
//
// A jump to "here" from elsewhere, with another lower half in r0, is a way into that
// code, and an error.

// halfLoaded is the code between the halves of one address in one register.
type halfLoaded struct {
	demand.TargetKey
	a   int64
	reg relocs.Registers
}

// halfLoadedRanges are the instructions of each, the second halves among them.
type halfLoadedRanges struct {
	of   map[insnAt][]halfLoaded
	from map[insnAt]halfLoaded // the first halves
}

func (r *halfLoadedRanges) has(at insnAt, half halfLoaded) bool {
	return slices.Contains(r.of[at], half)
}

func (r *halfLoadedRanges) add(at insnAt, half halfLoaded) {
	if !r.has(at, half) {
		r.of[at] = append(r.of[at], half)
	}
}

// checkHalfLoaded follows all code of the sections with such loads, and reports
// ways into half-loaded code that do not lead through its load.
func (w *rewriter) checkHalfLoaded() {
	if len(w.Pooled) == 0 {
		return
	}
	var work []insnAt
	for _, i := range w.marked {
		at := w.insnOf(i)
		start := insnAt{at.section, 0}
		if halves := w.halfLoaded.of[start]; len(halves) > 0 {
			w.wayInto(start, start, halves[0])
		}
		work = append(work, start, at)
	}
	seen := map[insnAt]bool{}
	jumped := map[int32]bool{} // sections with a jump through a register, all of which go to the same places
	for len(work) > 0 && w.steps <= w.maxSteps {
		w.steps++
		here := work[len(work)-1]
		work = work[:len(work)-1]
		if seen[here] {
			continue
		}
		seen[here] = true
		step := w.step(here)
		if step.Flow == relocs.FlowJump { // not of half-loaded code: see followPooled
			if jumped[here.section] {
				continue
			}
			jumped[here.section] = true
		}
		w.successors(here, &step, func(to insnAt) {
			for _, half := range w.halfLoaded.of[to] {
				if from, ok := w.halfLoaded.from[here]; (!ok || from != half) && !w.continues(here, half) {
					w.wayInto(here, to, half)
				}
			}
			work = append(work, to)
		})
	}
}

// continues reports whether an instruction is of half-loaded code and goes on in it:
// the last one, the second half, does not.
func (w *rewriter) continues(at insnAt, half halfLoaded) bool {
	if i := w.recordAt(at, relocs.Erased); i >= 0 {
		if b := w.reloc(i); w.key(b) == half.TargetKey && b.A == half.a && w.step(at).Writes == half.reg {
			return false
		}
	}
	return w.halfLoaded.has(at, half)
}

// wayInto reports one such way, once for each load of an address.
func (w *rewriter) wayInto(from, to insnAt, half halfLoaded) {
	if w.waysIn == nil {
		w.waysIn = map[halfLoaded][]int32{}
		for _, at := range w.Pooled {
			half := w.halfLoaded.from[w.insnOf(at)]
			w.waysIn[half] = append(w.waysIn[half], at)
		}
	}
	if loads := w.waysIn[half]; len(loads) > 0 {
		at := loads[0]
		w.waysIn[half] = loads[1:]
		w.split(at, w.failure(at, "half of the address is there, but code at %s goes on with the other half without it", w.insnWhere(from)).
			Note("at %s", w.insnWhere(to)).
			Note("%s", w.howto(at).Rewrites[0].Why))
	}
}
