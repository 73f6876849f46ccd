package rewrite

import (
	"slices"

	"mpyld/diag"
	"mpyld/linkmap"
	"mpyld/relocs"
)

// Code may look at a register, or copy it, between the halves of an address. Then each half
// is made by itself, and that of the lower one is just what it was. What has the upper one sets
// all of the register, so the lower half that it keeps must have been that of the same
// address, whichever way code comes there.
//
//	movw r0, #:lower16:x     ldrh r0, [pc, ...]   the lower half
//	mov  r2, r0              mov  r2, r0
//	movt r2, #:upper16:x     ldr  r2, [pc, ...]   all of it: r2 had the lower half of x
//
// All loads of an address are made so where one of them has to be: any of them may lead to
// the same upper half.
//
// Halves that run under a condition belong together if the flags are the same for both: what sets
// flags in between, or a register under another condition, is on the way back from the second one.

// splitHalves are the addresses whose halves are made by themselves.
type splitHalves struct {
	of    map[lowers]bool
	why   map[lowers][]*diag.Error // what is wrong with them if that cannot be
	froms *flow                    // all code; nil until it is needed
	entry []bool                   // by node of it: code may come from elsewhere
}

// split has the halves of an address made by themselves, or says what is wrong with them together.
func (w *rewriter) split(i int32, e *diag.Error) {
	key := w.address(i)
	w.halves.of[key] = true
	w.halves.why[key] = append(w.halves.why[key], e)
}

// address returns which address a relocation is for.
func (w *rewriter) address(i int32) lowers { return lowers{w.key(w.reloc(i)), w.reloc(i).A} }

// finishSplit finds the ways to make split halves, and reports those that cannot be.
func (w *rewriter) finishSplit() {
	if len(w.halves.of) == 0 {
		return
	}
	var pooled []int32
	for _, i := range w.marked {
		key, h := w.address(i), w.howto(i)
		if !w.halves.of[key] {
			continue
		}
		if half := h.RewriteTo(relocs.Half, relocs.NeedPool); half != nil {
			w.Of[i].By = half
		} else if whole := h.RewriteTo(relocs.Whole, relocs.NeedPool); whole != nil && h.Rewrites[0].Part == relocs.Erased {
			w.Of[i].By = whole
			pooled = append(pooled, i)
			if !w.hasLowerHalf(i, key) {
				for _, e := range w.halves.why[key] {
					w.errs.Join(e)
				}
				w.halves.why[key] = nil
			}
		}
		w.complete[i] = true
	}
	w.Pooled = append(w.Pooled, pooled...)
	slices.Sort(w.Pooled)
}

// mayRunAlone reports whether of the halves of an address one may run and the other not.
func (w *rewriter) mayRunAlone(first insnAt, other int32) bool {
	a, b := w.conditionOf(first), w.conditionOf(w.insnOf(other))
	if a == always && b == always {
		return false
	}
	return a != b || a == unknownCondition || !w.hasLowerHalf(other, w.address(other))
}

// halfIn is a register in front of a node, and what is known of the conditions there.
type halfIn struct {
	node int32
	reg  relocs.Registers
	when condition
}

// condition is one that instructions run under: the number of relocs.Conditional.When, or one of those
// behind it.
type condition int16

const (
	always condition = 1 << 8 << iota
	unknownCondition
)

// hasLowerHalf reports whether the register that an instruction sets the upper half of has
// the lower half of the same address in front of it, from wherever code comes there.
func (w *rewriter) hasLowerHalf(i int32, key lowers) bool {
	f := w.allCode()
	at := w.insnOf(i)
	start := f.nodeAt(at)
	if start < 0 {
		return false
	}
	first := halfIn{start, w.step(at).Writes, w.conditionOf(at)}
	if first.when == always {
		first.when = unknownCondition
	}
	seen := map[halfIn]bool{first: true}
	for work := []halfIn{first}; len(work) > 0; {
		here := work[len(work)-1]
		work = work[:len(work)-1]
		if w.steps++; w.steps > w.maxSteps || w.halves.entry[here.node] || len(f.nodes[here.node].before) == 0 {
			return false
		}
		for _, q := range f.nodes[here.node].before {
			from, ok := w.halfBefore(f, q, here, key)
			if !ok {
				return false
			}
			for _, s := range from {
				if !seen[s] {
					seen[s] = true
					work = append(work, s)
				}
			}
		}
	}
	return true
}

// halfBefore returns in front of node q where the register must have the half for it to be there
// behind q; false if it is not there.
func (w *rewriter) halfBefore(f *flow, q int32, here halfIn, key lowers) (from []halfIn, ok bool) {
	at := f.nodes[q].insnAt
	if at.off == anyJump {
		return []halfIn{{q, here.reg, here.when}}, true
	}
	step := w.step(at)
	when := here.when
	runs := w.conditionOf(at)
	if w.mayChangeConditions(at, &step) {
		when = unknownCondition
	}
	past := halfIn{q, here.reg, when}
	if when != unknownCondition && runs == when^1 {
		return []halfIn{past}, true // it did not run
	}
	if runs != always && runs != when {
		from = append(from, past) // it may not have run
	}
	switch k := w.relocAt(at); {
	case step.Flow == relocs.FlowCall && (step.Writes|w.prog.Machine.CallUses)&here.reg != 0:
		if !w.leavesHalf(at, &step, here.reg) {
			return nil, false
		}
		return append(from, past), true
	case step.Writes&here.reg == 0:
		return []halfIn{past}, true
	case k >= 0:
		number := w.Find(int(at.section), int(k))
		return from, number >= 0 && w.address(number) == key && step.Writes == here.reg
	case step.Op == relocs.AddImm && step.Imm == 0 && step.Writes == here.reg && relocs.One(uint32(step.Dst)) == here.reg:
		return append(from, halfIn{q, relocs.One(uint32(step.Src)), when}), true
	}
	return nil, false
}

// leavesHalf reports whether a called function does not set a register.
func (w *rewriter) leavesHalf(call insnAt, step *relocs.Insn, reg relocs.Registers) bool {
	return step.Writes&reg == 0 && w.leavesAlone(call, step, reg)
}

// conditionOf returns under which condition an instruction runs.
func (w *rewriter) conditionOf(at insnAt) condition {
	b, ok := w.blocksOf(at.section)[at.off]
	if !ok {
		return always
	}
	for _, c := range b {
		if c.Off == at.off {
			return condition(c.When)
		}
	}
	return unknownCondition
}

// mayChangeConditions reports whether conditions may be others behind an instruction.
func (w *rewriter) mayChangeConditions(at insnAt, step *relocs.Insn) bool {
	for _, c := range w.blocksOf(at.section)[at.off] {
		if c.Off == at.off {
			return c.SetsFlags
		}
	}
	return step.SetsFlags
}

// allCode returns the code of the module, and where it starts.
func (w *rewriter) allCode() *flow {
	if w.halves.froms != nil {
		return w.halves.froms
	}
	f := &flow{w: w, number: map[int32][]int32{}, jumps: map[int32]int32{}}
	w.halves.froms = f
	var entries []int32
	for i := range w.prog.Sections {
		if w.prog.Sections[i].Class != linkmap.Code || !w.prog.Sections[i].Instructions {
			continue
		}
		enter := func(off uint32) {
			if at := (insnAt{int32(i), off}); len(w.insn(at)) > 0 && int(off)%w.prog.Machine.Unit == 0 {
				entries = append(entries, f.add(at, 0))
			}
		}
		enter(0)
		if s := w.prog.Sections[i].Shape; s != nil {
			for _, end := range s.Ends {
				enter(end)
			}
		}
		for _, r := range w.dataIn(int32(i)) {
			enter(r.To)
		}
		for _, off := range w.addressTaken(int32(i)) {
			if at := (insnAt{int32(i), off}); len(w.insn(at)) > 0 && int(off)%w.prog.Machine.Unit == 0 {
				f.add(at, 0) // jumps of the section lead there
			}
		}
	}
	for i := 0; i < len(f.nodes) && w.steps <= w.maxSteps; i++ {
		w.steps++
		f.explore(int32(i))
	}
	w.halves.entry = make([]bool, len(f.nodes))
	for _, i := range entries {
		w.halves.entry[i] = true
	}
	return f
}
