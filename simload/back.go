package simload

import "mpyld/relocs"

// Whether rewritten instructions make an address together is a question to what
// runs before: all that a register may hold in front of the last of them must come
// from the right first ones. The graph has which instructions each may follow, over the code as
// it lies in memory.
//
//	auipc a0, 1
//	bnez  a2, 1f         may follow the auipc
//	mv    a1, a0         the bnez
//	1: addi a1, a1, 4    the bnez and the mv

// effect is what an instruction does to registers and words of the stack.
type effect struct {
	writes, sources relocs.Registers
	slot            int64
	store, load     bool // load: from memory that is no word of the stack
}

// explore finds which instructions each one may follow.
func (f *flow) explore(work []uint32) {
	seen := map[uint32]bool{}
	for len(work) > 0 {
		q := work[len(work)-1]
		work = work[:len(work)-1]
		if seen[q] || f.noCode(q) || q%f.unit != 0 {
			continue
		}
		seen[q] = true
		step := f.stepAt(q)
		f.does[q/f.unit] = effect{step.Writes, step.Sources, step.Slot, step.Store, step.Op == relocs.Load && step.Slot == 0}
		reach := func(to, from uint32) {
			if !f.noCode(to) {
				f.before[to/f.unit] = append(f.before[to/f.unit], from)
				work = append(work, to)
			}
		}
		switch step.Flow {
		case relocs.FlowNext, relocs.FlowCall, relocs.FlowBranch:
			if next := q + uint32(step.Size); int(next) < len(f.bytes) && f.bytes[next]&(startsSection|behindFunction) == 0 {
				reach(next, q)
			}
		case relocs.FlowJump:
			f.jump(q, reach)
		}
		if step.Flow == relocs.FlowBranch || step.Flow == relocs.FlowGoto {
			reach(q+uint32(step.Target), q)
		}
	}
}

// jump notes that from q code goes on wherever a table may lead. Tables of jumps
// are for the code of their own section. One number stands for all jumps of a
// section, so that their number and that of the places do not multiply.
func (f *flow) jump(q uint32, reach func(to, from uint32)) {
	p := f.owner(q)
	if p == nil {
		return
	}
	all, ok := f.jumpsOf[p]
	if !ok {
		all = uint32(len(f.im.Text) + len(f.jumps))
		f.jumpsOf[p], f.jumps = all, append(f.jumps, nil)
		for _, to := range f.taken {
			if uint64(to) >= p.Addr && uint64(to) < p.Addr+p.Size {
				reach(to, all)
			}
		}
	}
	i := int(all) - len(f.im.Text)
	f.jumps[i] = append(f.jumps[i], q)
}

// back goes from an instruction to those that run before it. visit says of each whether
// those before that matter too.
func (f *flow) back(at uint32, visit func(q uint32, step *relocs.Insn) bool) {
	seen := map[uint32]bool{at: true}
	for work := []uint32{at}; len(work) > 0; {
		at := work[len(work)-1]
		work = work[:len(work)-1]
		for _, q := range f.ahead(at) {
			if seen[q] {
				continue
			}
			seen[q] = true
			if int(q) < len(f.im.Text) {
				if step := f.stepAt(q); !visit(q, &step) {
					continue
				}
			}
			work = append(work, q)
		}
	}
}

// ahead returns the instructions, or jumps of a section, that one may follow.
func (f *flow) ahead(at uint32) []uint32 {
	if i := int(at) - len(f.im.Text); i >= 0 {
		return f.jumps[i]
	}
	return f.before[at/f.unit]
}
