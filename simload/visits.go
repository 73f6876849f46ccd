package simload

import "mpyld/relocs"

// Code that is called by another link register than functions are (relocs.Insn.Shared) was taken out of who calls
// it, whose registers it has and changes. What a register may hold there, and behind the call, depends on which call
// it was. So each call is a visit, during which the instructions have numbers of their own, beyond the
// end of text.
//
//	4: jal t0, 20        20: addi a0, s0, 8, during the visit from 4: s0 is as in front of 4
//	8: lw  a1, 4(s0)     24: jr   t0                                  comes back to 8
//	12: jal t0, 20       20 again, with another number: s0 is as in front of 12

type visits struct {
	copies  map[uint32][]uint32 // by address: the numbers of an instruction
	number  map[onVisit]uint32  // those
	from    map[uint32]int32    // by address: the call's number
	behind  []uint32            // by that, from 1 on: where it comes back to
	known   map[uint32]bool     // by where such code starts: what comesBack said
	found   bool                // all calls in text
	unknown []uint32            // the marks in code that cannot be visited
}

// onVisit is an instruction on a visit.
type onVisit struct {
	at    uint32
	visit int32
}

func newVisits() visits {
	return visits{copies: map[uint32][]uint32{}, number: map[onVisit]uint32{}, from: map[uint32]int32{}, behind: make([]uint32, 1), known: map[uint32]bool{}}
}

// numberOf returns the number of an instruction on a visit, or (0) on none.
func (f *flow) numberOf(at uint32, visit int32) uint32 {
	if visit == 0 {
		return at
	}
	key := onVisit{at, visit}
	q, ok := f.visits.number[key]
	if !ok {
		q = uint32(len(f.im.Text) + len(f.beyond))
		f.beyond = append(f.beyond, beyondText{insn: true, at: at, visit: visit})
		f.visits.number[key], f.visits.copies[at] = q, append(f.visits.copies[at], q)
	}
	return q
}

// visitFrom returns the number of the visit that a call is.
func (f *flow) visitFrom(call, behind uint32) int32 {
	visit, ok := f.visits.from[call]
	if !ok {
		visit = int32(len(f.visits.behind))
		f.visits.from[call], f.visits.behind = visit, append(f.visits.behind, behind)
	}
	return visit
}

// comesBack reports whether all ways through the code that is called lead back, as far as one can
// see: through instructions that are in text, that call nothing, and leave alone the register that says where to.
// Where they do not, it notes the marks.
func (f *flow) comesBack(start uint32, call *relocs.Insn) bool {
	if call.Target == 0 || f.noCode(start) {
		return false
	}
	known, ok := f.visits.known[start]
	if ok {
		return known
	}
	known = true
	back := false
	var marks []uint32
	seen := map[uint32]bool{}
	for work := []uint32{start}; len(work) > 0; {
		at := work[len(work)-1]
		work = work[:len(work)-1]
		if seen[at] {
			continue
		}
		seen[at] = true
		if f.noCode(at) {
			known = false
			continue
		}
		if f.marks[at] != nil {
			marks = append(marks, at)
		}
		step := f.stepAt(at)
		if step.Writes&call.Writes != 0 {
			known = false
		}
		next := at + uint32(step.Size)
		runsOn := !f.noCode(next) && f.bytes[next]&(startsSection|behindFunction) == 0
		switch step.Flow {
		case relocs.FlowStop:
			back, known = back || step.Shared, known && step.Shared
			continue
		case relocs.FlowGoto:
			work = append(work, at+uint32(step.Target))
			continue
		case relocs.FlowBranch:
			work = append(work, at+uint32(step.Target))
		case relocs.FlowNext:
		default:
			known = false
		}
		if known = known && runsOn; runsOn {
			work = append(work, next)
		}
	}
	known = known && back
	f.visits.known[start] = known
	if !known {
		f.visits.unknown = append(f.visits.unknown, marks...)
	}
	return known
}

// findVisits adds all calls of such code in text to a list, once.
func (f *flow) findVisits(list []uint32) []uint32 {
	if f.visits.found {
		return list
	}
	f.visits.found = true
	for q := uint32(0); int(q) < len(f.bytes); {
		if f.noCode(q) {
			q += f.unit
			continue
		}
		step := f.stepAt(q)
		if step.Shared && step.Flow == relocs.FlowCall {
			list = append(list, q)
		}
		q += uint32(step.Size)
	}
	return list
}
