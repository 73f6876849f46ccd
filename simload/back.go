package simload

import (
	"cmp"
	"slices"

	"mpyld/linkmap"
	"mpyld/relocs"
)

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

// beyondText is what has a number from the end of text on: one that stands for all jumps through registers of
// a section, or an instruction while shared code is visited.
type beyondText struct {
	before []uint32
	insn   bool
	at     uint32 // of the instruction
	visit  int32
}

// explore finds which instructions each one may follow.
func (f *flow) explore(work []uint32) {
	seen := map[uint32]bool{}
	for len(work) > 0 {
		q := work[len(work)-1]
		work = work[:len(work)-1]
		at, visit, ok := f.insnAt(q)
		if !ok || seen[q] || f.noCode(at) || at%f.unit != 0 {
			continue
		}
		seen[q] = true
		step := f.stepAt(at)
		f.does[at/f.unit] = effect{step.Writes, step.Sources, step.Slot, step.Store, step.Op == relocs.Load && step.Slot == 0}
		enter := func(to, from uint32, visit int32) {
			if !f.noCode(to) {
				to = f.numberOf(to, visit)
				before := f.mayFollow(to)
				*before = append(*before, from)
				work = append(work, to)
			}
		}
		reach := func(to, from uint32) { enter(to, from, visit) }
		if step.Shared {
			switch back := at + uint32(step.Size); {
			case step.Flow == relocs.FlowStop && visit != 0:
				if back = f.visits.behind[visit]; int(back) < len(f.bytes) && f.bytes[back]&(startsSection|behindFunction) == 0 {
					enter(back, q, 0)
				}
			case step.Flow == relocs.FlowStop:
				work = f.findVisits(work)
			case visit == 0 && f.comesBack(at+uint32(step.Target), &step):
				enter(at+uint32(step.Target), q, f.visitFrom(at, back))
				continue
			}
		}
		if step.Flow.GoesOn() || f.runsUnder(at).some { // or it does not run
			if next := at + uint32(step.Size); int(next) < len(f.bytes) && f.bytes[next]&(startsSection|behindFunction) == 0 {
				reach(next, q)
			}
		}
		if step.Flow == relocs.FlowJump {
			f.jump(q, reach)
		}
		if step.Flow == relocs.FlowBranch || step.Flow == relocs.FlowGoto {
			reach(at+uint32(step.Target), q)
		}
	}
}

// jump notes that from q code goes on wherever a table may lead. Tables of jumps
// are for the code of their own section, and for what lies in another one, if the section has the
// place, or refers to the table, or if a branch leads from one to the other. One number stands for all jumps of a
// section, so that their number and that of the places do not multiply.
func (f *flow) jump(q uint32, reach func(to, from uint32)) {
	p := f.owner(q)
	if p == nil {
		return
	}
	all, ok := f.jumpsOf[p]
	if !ok {
		all = uint32(len(f.im.Text) + len(f.beyond))
		f.jumpsOf[p], f.beyond = all, append(f.beyond, beyondText{})
		f.takenIn(p, func(to uint32) { reach(to, all) })
		f.jumpFar(p, all, reach)
		for q := range f.branched()[p] {
			before := f.mayFollow(f.jumpsInto(q, reach))
			*before = append(*before, all)
		}
	}
	before := f.mayFollow(all)
	*before = append(*before, q)
}

// branched returns the sections that branches lead to from each, and those that they come from: a function may be in
// several.
func (f *flow) branched() map[*linkmap.Section]map[*linkmap.Section]bool {
	if f.pieces != nil {
		return f.pieces
	}
	f.pieces = map[*linkmap.Section]map[*linkmap.Section]bool{}
	note := func(p, q *linkmap.Section) {
		if f.pieces[p] == nil {
			f.pieces[p] = map[*linkmap.Section]bool{}
		}
		f.pieces[p][q] = true
	}
	for i := range f.m.Sections {
		p := &f.m.Sections[i]
		for k := range p.Relocs {
			b := &p.Relocs[k]
			if b.Howto == nil || !b.Howto.Branch || int(b.S) >= len(f.m.Targets) || f.m.Targets[b.S].Kind != linkmap.InSection || uint64(b.Off) >= uint64(len(p.Data)) {
				continue
			}
			q, flow := &f.m.Sections[f.m.Targets[b.S].Section], f.step(p.Data[b.Off:]).Flow
			if p != q && (flow == relocs.FlowBranch || flow == relocs.FlowGoto) {
				note(p, q)
				note(q, p)
			}
		}
	}
	return f.pieces
}

// jumpsInto returns the number of the jumps from elsewhere to places of a section.
func (f *flow) jumpsInto(q *linkmap.Section, reach func(to, from uint32)) uint32 {
	into, ok := f.jumpsTo[q]
	if !ok {
		into = uint32(len(f.im.Text) + len(f.beyond))
		f.jumpsTo[q], f.beyond = into, append(f.beyond, beyondText{})
		f.takenIn(q, func(to uint32) { reach(to, into) })
	}
	return into
}

// takenIn calls visit with the places of a section whose addresses somebody has.
func (f *flow) takenIn(p *linkmap.Section, visit func(to uint32)) {
	first, _ := slices.BinarySearchFunc(f.taken, p.Addr, func(to uint32, addr uint64) int { return cmp.Compare(uint64(to), addr) })
	for _, to := range f.taken[first:] {
		if uint64(to) >= p.Addr+p.Size {
			return
		}
		visit(to)
	}
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
			if at, _, ok := f.insnAt(q); ok {
				if step := f.stepAt(at); !visit(at, &step) {
					continue
				}
			}
			work = append(work, q)
		}
	}
}

// ahead returns the instructions, or jumps of a section, that one may follow.
func (f *flow) ahead(at uint32) []uint32 { return *f.mayFollow(at) }

// mayFollow is the list of those.
func (f *flow) mayFollow(at uint32) *[]uint32 {
	if i := int(at) - len(f.im.Text); i >= 0 {
		return &f.beyond[i].before
	}
	return &f.before[at/f.unit]
}

// insnAt returns the address of the instruction with a number, and during which visit it
// runs; false if it is none.
func (f *flow) insnAt(q uint32) (at uint32, visit int32, ok bool) {
	if i := int(q) - len(f.im.Text); i >= 0 {
		b := &f.beyond[i]
		return b.at, b.visit, b.insn
	}
	return q, 0, true
}

// effectOf returns what the instruction with a number does, and where it is; nil if it is none.
func (f *flow) effectOf(q uint32) (e *effect, at uint32) {
	at, _, ok := f.insnAt(q)
	if !ok {
		return nil, 0
	}
	return &f.does[at/f.unit], at
}

// jumpFar notes that the jumps of a section lead to places whose address it has, or a table that it refers to, in
// whichever section those are. One number stands for each table.
func (f *flow) jumpFar(p *linkmap.Section, all uint32, reach func(to, from uint32)) {
	seen := map[*linkmap.Section]bool{}
	leads := func(by *linkmap.Section) {
		if seen[by] || len(f.takenBy[by]) == 0 {
			return
		}
		seen[by] = true
		far, ok := f.jumpsBy[by]
		if !ok {
			far = uint32(len(f.im.Text) + len(f.beyond))
			f.jumpsBy[by], f.beyond = far, append(f.beyond, beyondText{})
			for _, to := range f.takenBy[by] {
				reach(to, far)
			}
		}
		before := f.mayFollow(far)
		*before = append(*before, all)
	}
	leads(p)
	for k := range p.Relocs {
		if S := int(p.Relocs[k].S); S < len(f.m.Targets) && f.m.Targets[S].Kind == linkmap.InSection {
			if by := &f.m.Sections[f.m.Targets[S].Section]; !by.Instructions {
				leads(by)
			}
		}
	}
}
