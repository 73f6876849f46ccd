package rewrite

import "mpyld/relocs"

// A compiler that knows a function keeps values across its call in registers that
// other functions may change: gcc (-fipa-ra) does so with half of an address. That is
// no use of the half if the function, and all that it calls, is code of the module
// that neither reads nor sets the register. So all of that code is looked at.
//
//	    movw r3, #:lower16:x
//	    bl   one                one:  adds r0, #1
//	    movt r3, #:upper16:x          bx   lr          leaves r3 alone

// leavesAlone reports whether the function that an instruction calls is known, and
// neither reads nor sets some registers.
func (w *rewriter) leavesAlone(call insnAt, step *relocs.Insn, regs relocs.Registers) bool {
	start, ok := w.called(call, step)
	if !ok {
		return false
	}
	function := calledFunction{start, regs}
	alone, ok := w.alone[function]
	if !ok {
		alone = w.functionLeavesAlone(start, regs)
		w.alone[function] = alone
	}
	return alone
}

// calledFunction is one, and registers that it may leave alone.
type calledFunction struct {
	insnAt
	regs relocs.Registers
}

func (w *rewriter) functionLeavesAlone(start insnAt, regs relocs.Registers) bool {
	work, seen := []insnAt{start}, map[insnAt]bool{}
	for len(work) > 0 {
		here := work[len(work)-1]
		work = work[:len(work)-1]
		if seen[here] {
			continue
		}
		seen[here] = true
		if w.steps++; w.steps > w.maxSteps {
			return false
		}
		step := w.step(here)
		if !w.knowsWhatRuns(here, &step) || (step.Reads|step.Writes)&regs != 0 {
			return false
		}
		if to, ok := w.called(here, &step); ok {
			work = append(work, to)
		}
		w.successors(here, &step, func(to insnAt) { work = append(work, to) })
	}
	return true
}

// knowsWhatRuns reports whether all that runs after an instruction, up to the return
// of the function, is known code. A call at the end of a function does not come back.
func (w *rewriter) knowsWhatRuns(here insnAt, step *relocs.Insn) bool {
	next := insnAt{here.section, here.off + uint32(step.Size)}
	goesOn := !w.endsAt(next.section, next.off) && len(w.insn(next)) > 0
	switch step.Flow {
	case relocs.FlowCall:
		_, ok := w.called(here, step)
		return ok
	case relocs.FlowBranch, relocs.FlowGoto:
		to, ok := w.target(here, step)
		return ok && len(w.insn(to)) > 0 && (goesOn || step.Flow == relocs.FlowGoto && w.conditionOf(here) == always)
	case relocs.FlowStop:
		return step.Reads != 0 && (goesOn || w.conditionOf(here) == always) // a return reads where to; bytes that are no instruction we know read nothing
	}
	return goesOn && step.Flow == relocs.FlowNext
}

// called returns the function that an instruction calls, if that is code of the module.
func (w *rewriter) called(here insnAt, step *relocs.Insn) (insnAt, bool) {
	if step.Flow != relocs.FlowCall || step.Target == 0 && w.relocAt(here) < 0 {
		return insnAt{}, false // through a register, or of the system
	}
	to, ok := w.target(here, step)
	return to, ok && len(w.insn(to)) > 0
}
