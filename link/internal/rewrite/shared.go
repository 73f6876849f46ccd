package rewrite

import "mpyld/relocs"

// Compilers take code that several functions have out of them. It is called by a link register that
// functions are not called by (relocs.Insn.Shared), has the registers of who called it, and leaves them as it
// likes: parts of one address may lie on both sides of the call. So to a flow it is as if it had stayed where
// it was: each call of it has nodes of its own, from there to where it comes back.
//
//	f: lui s0, %hi(x)       g: lui s0, %hi(y)        shared: lw a0, %lo(x)(s1)
//	   lui s1, %hi(x)          lui s1, %hi(x)                jr t0
//	   jal t0, shared          jal t0, shared
//	   lw  a1, %lo(x)(s0)      lw  a1, %lo(y)(s0)
//
// The lw in shared adds to s1 of f and to that of g. The one behind g's call adds to g's s0, though the
// code that runs in front of it runs in f too, with x in s0.

// sharedCode is such code in a flow.
type sharedCode struct {
	number map[duringCall]int32 // the number of a node plus one
	copies map[insnAt][]int32   // the nodes of an instruction
	calls  map[insnAt]int32     // the number of a call
	behind []insnAt             // by that, from 1 on: where it comes back to
	known  map[insnAt]bool      // by where such code starts: what comesBack said
	found  bool                 // all calls of the module
}

// duringCall is an instruction that runs during a call of shared code.
type duringCall struct {
	insnAt
	call int32
}

// addDuring returns the number of an instruction that runs during a call.
func (f *flow) addDuring(at insnAt, call int32) int32 {
	s := &f.shared
	key := duringCall{at, call}
	i, ok := s.number[key]
	if !ok {
		f.w.steps++
		i = int32(len(f.nodes))
		f.nodes = append(f.nodes, node{insnAt: at, during: call, base: -1})
		s.number[key], s.copies[at] = i, append(s.copies[at], i)
	}
	return i
}

// exploreShared calls goOn with what runs after a call of shared code or its way back, and
// reports whether it knows.
func (f *flow) exploreShared(here insnAt, step *relocs.Insn, during int32, goOn func(at insnAt, during int32)) bool {
	s := &f.shared
	if s.calls == nil {
		*s = sharedCode{number: map[duringCall]int32{}, copies: map[insnAt][]int32{}, calls: map[insnAt]int32{}, behind: make([]insnAt, 1), known: map[insnAt]bool{}}
	}
	if step.Flow == relocs.FlowStop {
		if during == 0 {
			f.findShared()
		} else if back := s.behind[during]; !f.w.endsAt(back.section, back.off) && len(f.w.insn(back)) > 0 {
			goOn(back, 0)
		}
		return true
	}
	to, ok := f.w.called(here, step)
	if !ok || during != 0 || !f.comesBack(to, step.Writes) {
		return false
	}
	call, ok := s.calls[here]
	if !ok {
		call = int32(len(s.behind))
		s.calls[here] = call
		s.behind = append(s.behind, insnAt{here.section, here.off + uint32(step.Size)})
	}
	goOn(to, call)
	return true
}

// comesBack reports whether the code at a place is shared code, called by a link register, that is known up to
// all its ways back: it leaves the register alone and calls nothing, for that might change it, nor
// does it go elsewhere. Parts of addresses in other code that is called so are errors.
func (f *flow) comesBack(start insnAt, link relocs.Registers) bool {
	known, ok := f.shared.known[start]
	if ok {
		return known
	}
	known, back := true, false
	var parts []int32 // of addresses
	work, seen := []insnAt{start}, map[insnAt]bool{}
	for len(work) > 0 && f.w.steps <= f.w.maxSteps {
		here := work[len(work)-1]
		work = work[:len(work)-1]
		if seen[here] {
			continue
		}
		seen[here] = true
		f.w.steps++
		step := f.w.step(here)
		for _, part := range []relocs.Part{relocs.Upper, relocs.Lower} {
			if i := f.w.recordAt(here, part); i >= 0 {
				parts = append(parts, i)
			}
		}
		switch {
		case step.Flow == relocs.FlowStop && step.Shared:
			back = true
		case step.Flow == relocs.FlowStop, step.Flow == relocs.FlowCall, step.Writes&link != 0, !f.w.knowsWhatRuns(here, &step):
			known = false
		}
		f.w.successors(here, &step, func(to insnAt) { work = append(work, to) })
	}
	known = known && back
	f.shared.known[start] = known
	for _, i := range parts {
		if !known {
			f.w.fail(i, "it is in code that is called by another link register than functions are, and does not come straight back").
				Note("the code is not as compilers make it: %s", f.w.howto(i).Rewrites[0].Why)
		}
	}
	return known
}

// findShared adds all calls of shared code, once: what such code leaves may be completed in code that no
// upper part leads to.
func (f *flow) findShared() {
	if f.shared.found {
		return
	}
	f.shared.found = true
	for i := range f.w.prog.Sections {
		p := &f.w.prog.Sections[i]
		for at := (insnAt{section: int32(i)}); p.Instructions && int(at.off) < len(p.Data); {
			if len(f.w.insn(at)) == 0 { // data
				at.off += uint32(f.w.prog.Machine.Unit)
				continue
			}
			step := f.w.step(at)
			if step.Shared && step.Flow == relocs.FlowCall {
				f.roots = append(f.roots, f.add(at, 0))
			}
			at.off += uint32(step.Size)
		}
	}
}
