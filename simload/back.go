package simload

import (
	"mpyld/linkmap"
	"mpyld/relocs"
)

// Whether rewritten instructions make an address together is a question to what
// runs before: all that a register may hold in front of the last of them must come
// from the right first ones. That is a walk backwards over the code as it lies in
// memory, from a register that matters to those that it is computed from.
//
//	auipc a0, 1          4. an upper part: the sum is checked here
//	mv    a1, a0         3. a1 comes from a0: now a0 matters
//	bnez  a2, ...        2. nothing happens to a1
//	addi  a1, a1, 4      1. starts with a1
//
// Code of any size may have any number of instructions that want an address from the
// same place: those that want the same share one walk.

// explore finds which instructions each one may follow.
func (f *flow) explore(work []uint32) {
	seen := map[uint32]bool{}
	for len(work) > 0 {
		q := work[len(work)-1]
		work = work[:len(work)-1]
		if seen[q] || f.noCode(q) {
			continue
		}
		seen[q] = true
		step := f.stepAt(q)
		reach := func(to, from uint32) {
			if !f.noCode(to) {
				f.before[to] = append(f.before[to], from)
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

// state is an instruction and a register that matters before it.
type state struct {
	at  uint32
	reg relocs.Registers
}

// walkKey is what instructions want: those with one key want the same of every
// upper part.
type walkKey struct {
	ref  linkmap.Target
	a, v int64
	by   *relocs.Rewrite
}

// walk is the code in front of some instructions, as far as it was looked at:
// states, and which follow which.
type walk struct {
	slots    relocs.Slots
	after    map[state]int32 // number of the first of edges from a state, plus one
	edges    []edge
	complete map[state]bool // from an upper part code gets there
	here     state
}

// edge says that one state follows another, next where the other's next edge is.
type edge struct {
	to   state
	next int32
}

// maxWalks bounds the memory of walks that are kept, in states.
const maxWalks = 4 << 20

func newWalk() *walk { return &walk{after: map[state]int32{}, complete: map[state]bool{}} }

// walkFor returns the walk for those with a key.
func (f *flow) walkFor(key walkKey) *walk {
	w := f.walks[key]
	if w == nil {
		states := 0
		if len(f.walks)%64 == 63 { // now and then
			for _, w := range f.walks {
				states += len(w.after)
			}
		}
		if states > maxWalks {
			clear(f.walks)
		}
		w = newWalk()
		f.walks[key] = w
	}
	return w
}

// lead notes that from an upper part code gets to a state, and to all that follow.
func (w *walk) lead(s state) {
	work := []state{s}
	for len(work) > 0 {
		s := work[len(work)-1]
		work = work[:len(work)-1]
		if w.complete[s] {
			continue
		}
		w.complete[s] = true
		for e := w.after[s]; e > 0; e = w.edges[e-1].next {
			work = append(work, w.edges[e-1].to)
		}
	}
}

// back goes from an instruction to those that run before it, as far as the walk
// has not been there. For each of these, visit maps the registers that matter after it
// to those that matter before it; none ends that way. It reports false if it could not number all words of the stack.
func (f *flow) back(w *walk, start state, visit func(w *walk, q uint32, step *relocs.Insn, reg relocs.Registers) relocs.Registers) bool {
	if _, ok := w.after[start]; ok {
		return true
	}
	w.after[start] = 0
	work := []state{start}
	push := func(s state) {
		first, ok := w.after[s]
		if !ok {
			work = append(work, s)
		}
		w.edges = append(w.edges, edge{w.here, first})
		w.after[s] = int32(len(w.edges))
		if w.complete[s] {
			w.lead(w.here)
		}
	}
	for len(work) > 0 {
		w.here = work[len(work)-1]
		work = work[:len(work)-1]
		before := f.before[w.here.at]
		if i := int(w.here.at) - len(f.im.Text); i >= 0 {
			before = f.jumps[i]
		}
		reg := w.here.reg
		for _, q := range before {
			if int(q) >= len(f.im.Text) {
				push(state{q, reg})
				continue
			}
			step := f.stepAt(q)
			if !w.slots.Number(&step, !step.Store && reg&step.Writes != 0) {
				return false
			}
			for all := visit(w, q, &step, reg); all != 0; all &= all - 1 {
				push(state{q, all & -all})
			}
		}
	}
	return true
}
