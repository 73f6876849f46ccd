package simload

import "mpyld/relocs"

// A register may hold an address across a call whose function leaves it alone. Which
// function that is shows in memory, where the call has been given its distance; all
// that it may run, up to its return, is looked at. (Calls through registers may lead
// anywhere.)
//
//	movw r3, ...     the address
//	bl   one         one: adds r0, #1; bx lr
//	nop              r3 still has it

// leavesAlone reports whether an instruction at an address in text calls a function in
// text that neither reads nor sets some registers, in any way it may go.
func (f *flow) leavesAlone(q uint32, call *relocs.Insn, regs relocs.Registers) bool {
	if call.Flow != relocs.FlowCall || call.Target == 0 || (call.Reads|call.Writes)&regs != 0 {
		return false
	}
	function := functionOf{q + uint32(call.Target), regs}
	alone, ok := f.alone[function]
	if !ok {
		alone = f.functionLeavesAlone(function.at, regs)
		f.alone[function] = alone
	}
	return alone
}

// functionOf is a function at an address, and registers that it may leave alone.
type functionOf struct {
	at   uint32
	regs relocs.Registers
}

func (f *flow) functionLeavesAlone(start uint32, regs relocs.Registers) bool {
	work, seen := []uint32{start}, map[uint32]bool{}
	for len(work) > 0 {
		at := work[len(work)-1]
		work = work[:len(work)-1]
		if seen[at] {
			continue
		}
		seen[at] = true
		step := f.stepAt(at)
		next := at + uint32(step.Size)
		ends := f.noCode(next) || f.bytes[next]&(startsSection|behindFunction) != 0
		runsOn := step.Flow != relocs.FlowGoto && step.Flow != relocs.FlowStop || f.runsUnder(at).some
		switch {
		case f.noCode(at), (step.Reads|step.Writes)&regs != 0,
			step.Flow == relocs.FlowJump,
			step.Flow == relocs.FlowStop && step.Reads == 0, // no return: nobody knows what it does
			step.Flow == relocs.FlowCall && step.Target == 0,
			runsOn && step.Flow != relocs.FlowCall && ends: // a call at the end does not come back
			return false
		case step.Flow == relocs.FlowCall, step.Flow == relocs.FlowBranch, step.Flow == relocs.FlowGoto:
			work = append(work, at+uint32(step.Target))
		}
		if runsOn && !ends {
			work = append(work, next)
		}
	}
	return true
}
