package rewrite

import (
	"mpyld/link/internal/demand"
	"mpyld/relocs"
)

// Two instructions each put half of an address into a register. The first becomes
// a load of the whole address from a pool, and the second does nothing any more. So
// code must not get to the second, or in between, without passing the first: what it
// had in the register's other half would be lost.
//
//	     movw r0, #:lower16:x   becomes   ldr r0, [pc, ...]    the window opens
//	     cmp  r1, #0                      cmp r1, #0
//	here: movt r0, #:upper16:x            nop                  it closes
//
// A jump to "here" from elsewhere, with another lower half in r0, is a way into the
// window, and an error.

// window is the code between the halves of one address in one register.
type window struct {
	demand.TargetKey
	a   int64
	reg relocs.Registers
}

// windows are the instructions in each window, the second halves among them.
type windows struct {
	of   map[insnAt][]window
	from map[insnAt]window // the first halves
}

func (ws *windows) has(at insnAt, win window) bool {
	for _, w := range ws.of[at] {
		if w == win {
			return true
		}
	}
	return false
}

func (ws *windows) add(at insnAt, win window) {
	if !ws.has(at, win) {
		ws.of[at] = append(ws.of[at], win)
	}
}

// checkWindows follows all code of the sections with such loads, and reports
// ways into a window that do not lead through its load.
func (w *rewriter) checkWindows() {
	if len(w.Pooled) == 0 {
		return
	}
	var work []insnAt
	for _, i := range w.marked {
		at := w.insnOf(i)
		start := insnAt{at.section, 0}
		if wins := w.windows.of[start]; len(wins) > 0 {
			w.wayInto(start, start, wins[0])
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
		if step.Flow == relocs.FlowJump { // from no window: see followPooled
			if jumped[here.section] {
				continue
			}
			jumped[here.section] = true
		}
		w.successors(here, &step, func(to insnAt) {
			for _, win := range w.windows.of[to] {
				if from, ok := w.windows.from[here]; (!ok || from != win) && !w.continues(here, win) {
					w.wayInto(here, to, win)
				}
			}
			work = append(work, to)
		})
	}
}

// continues reports whether an instruction is in a window and goes on in it:
// the last one, the second half, does not.
func (w *rewriter) continues(at insnAt, win window) bool {
	if i := w.recordAt(at, relocs.Erased); i >= 0 {
		if b := w.reloc(i); w.key(b) == win.TargetKey && b.A == win.a && w.step(at).Writes == win.reg {
			return false
		}
	}
	return w.windows.has(at, win)
}

// wayInto reports one such way, once for each load of an address.
func (w *rewriter) wayInto(from, to insnAt, win window) {
	if w.waysIn == nil {
		w.waysIn = map[window][]int32{}
		for _, at := range w.Pooled {
			win := w.windows.from[w.insnOf(at)]
			w.waysIn[win] = append(w.waysIn[win], at)
		}
	}
	if loads := w.waysIn[win]; len(loads) > 0 {
		at := loads[0]
		w.waysIn[win] = loads[1:]
		w.fail(at, "half of the address is there, but code at %s goes on with the other half without it", w.insnWhere(from)).
			Note("at %s", w.insnWhere(to)).
			Note("%s", w.howto(at).Rewrites[0].Why)
	}
}
