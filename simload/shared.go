package simload

import (
	"mpyld/linkmap"
	"mpyld/relocs"
)

// Code that compilers have taken out of several functions goes on with the registers of each, and comes back.

// shared notes that code goes on in what it calls, with the same registers, and comes back behind
// the call from any way back in that section. It reports whether it knows.
//
//	jal t0, shared      shared: lw a1, 4(s7); jr t0
//	...                 comes from the jr
func (f *flow) shared(q uint32, step *relocs.Insn, reach func(to, from uint32)) bool {
	if step.Flow == relocs.FlowStop {
		if p := f.owner(q); p != nil {
			i := int(f.returns(p)) - len(f.im.Text)
			f.jumps[i] = append(f.jumps[i], q)
		}
		return true
	}
	to := q + uint32(step.Target)
	p := f.owner(to)
	for p != nil && p.Kind.Made() { // a jump to where the call does not reach
		jump := f.stepAt(to)
		if jump.Flow != relocs.FlowGoto {
			return false
		}
		to += uint32(jump.Target)
		p = f.owner(to)
	}
	if step.Target == 0 || p == nil || f.noCode(to) {
		return false
	}
	reach(to, q)
	if next := q + uint32(step.Size); int(next) < len(f.bytes) && f.bytes[next]&(startsSection|behindFunction) == 0 {
		reach(next, f.returns(p))
	}
	return true
}

// returns is the number that stands for all ways back from shared code in a section.
func (f *flow) returns(p *linkmap.Section) uint32 {
	all, ok := f.returnsOf[p]
	if !ok {
		all = uint32(len(f.im.Text) + len(f.jumps))
		f.returnsOf[p], f.jumps = all, append(f.jumps, nil)
	}
	return all
}

// sharedCalls adds all calls of shared code to a list.
func (f *flow) sharedCalls(list []uint32) []uint32 {
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
