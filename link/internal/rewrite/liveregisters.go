package rewrite

import (
	"mpyld/relocs"
)

// A register holds the upper part of an address long after something has added
// the lower part, until it is set to something else. To follow all of them through
// all code takes time in proportion to their product: so where there are many,
// only those are followed that a lower part may yet be added to.
//
// Example: an interpreter of which each handler has its own addresses and jumps to
// any other one. In "lui a0; addi a1, a0; jr t3" a0 is of no use behind the addi:
// every handler sets it before it reads it.

// liveRegisters has the registers behind each instruction from which a lower part
// may be reached.
type liveRegisters struct {
	w      *rewriter
	number map[insnAt]int32
	at     []insnAt
	before [][]int32          // the instructions that each may follow
	live   []relocs.Registers // behind each; stackWords for any word of the stack
}

// manySteps is how many instructions are looked at without knowing these.
var manySteps = 1 << 15 // but for tests

// stackWords stands for all words of the stack (Slots).
const stackWords = relocs.Registers(1) << 32

// anyJump as an offset stands for all jumps through registers of a section, so that
// their number and that of the places do not multiply.
const anyJump = ^uint32(0)

// findLive finds the live registers of all code that is reached from upper parts.
func (w *rewriter) findLive() *liveRegisters {
	l := &liveRegisters{w: w, number: map[insnAt]int32{}}
	for _, i := range w.marked {
		if w.howto(i).Rewrites[0].Part == relocs.Upper {
			l.add(w.insnOf(i))
		}
	}
	for i := 0; i < len(l.at); i++ {
		l.explore(int32(i))
	}
	l.live = make([]relocs.Registers, len(l.at))
	work := make([]int32, len(l.at))
	for i := range work {
		work[i] = int32(i)
	}
	for len(work) > 0 {
		i := work[len(work)-1]
		work = work[:len(work)-1]
		live := l.inFront(i)
		for _, from := range l.before[i] {
			if live&^l.live[from] != 0 {
				l.live[from] |= live
				work = append(work, from)
			}
		}
	}
	return l
}

// add returns the number of an instruction.
func (l *liveRegisters) add(at insnAt) int32 {
	i, ok := l.number[at]
	if !ok {
		i = int32(len(l.at))
		l.number[at], l.at, l.before = i, append(l.at, at), append(l.before, nil)
	}
	return i
}

// explore adds the instructions that may run after one.
func (l *liveRegisters) explore(i int32) {
	here := l.at[i]
	follows := func(at insnAt) {
		next := l.add(at)
		l.before[next] = append(l.before[next], i)
	}
	if here.off == anyJump {
		for _, off := range l.w.addressTaken(here.section) {
			if to := (insnAt{here.section, off}); len(l.w.insn(to)) > 0 {
				follows(to)
			}
		}
		return
	}
	step := l.w.step(here)
	if step.Flow == relocs.FlowJump {
		follows(insnAt{here.section, anyJump})
		return
	}
	l.w.successors(here, &step, follows)
}

// inFront returns the live registers in front of an instruction.
func (l *liveRegisters) inFront(i int32) relocs.Registers {
	here, behind := l.at[i], l.live[i]
	if here.off == anyJump {
		return behind
	}
	step := l.w.step(here)
	live := behind &^ step.Writes
	switch {
	case step.Slot != 0 && step.Store:
		if behind&stackWords != 0 {
			live |= step.Sources
		}
	case behind&step.Writes != 0:
		live |= step.Sources
		if step.Slot != 0 {
			live |= stackWords
		}
	}
	if step.Base >= 0 && l.w.recordAt(here, relocs.Lower) >= 0 {
		live |= 1 << step.Base
	}
	return live
}

// among returns those of some registers that are live behind an instruction.
func (l *liveRegisters) among(holds relocs.Registers, here insnAt) relocs.Registers {
	live := l.live[l.number[here]]
	if live&stackWords != 0 {
		live |= ^(stackWords - 1)
	}
	return holds & live
}
