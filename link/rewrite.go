package link

import (
	"cmp"
	"fmt"
	"slices"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/linkmap"
	"mpyld/relocs"
)

// plan is the result of the rewrite pass: which relocations have another row than
// the object's, and what belongs to what.
type plan struct {
	of    []rewritten // in link order
	start []int32     // by section: the number of its first one in of; nil: there are none

	thunks []int32 // those that go to a thunk, by number, in the order in which thunks are made
	uppers []int32 // UpperRels, in link order
	pooled []int32 // Pooled ones, in link order
	loads  []load  // words that thunks load
}

// rewritten is what becomes of one relocation.
type rewritten struct {
	at    linkmap.RelocID
	row   *relocs.Howto // that of the instruction that takes the place of the object's
	users users         // of an UpperRel: the As of its LowerRels
	upper int32         // of a LowerRel: the number of the UpperRel whose result it adds to
	from  int32         // of one with a thunk: the number of the one whose middle counts
	load  int32         // of one whose thunk loads: what, an index into loads; -1: it does not
}

// load is a word that holds S + A.
type load struct {
	target uint32
	a      int64
}

// find returns the number of the record of a relocation, or -1.
func (p *plan) find(section, k int) int32 {
	if p.start == nil || p.start[section] == p.start[section+1] {
		return -1
	}
	from := p.start[section]
	i, ok := slices.BinarySearchFunc(p.of[from:p.start[section+1]], int32(k), func(r rewritten, k int32) int { return cmp.Compare(r.at.K, k) })
	if !ok {
		return -1
	}
	return from + int32(i)
}

// users are the least and the largest A of the LowerRels of an UpperRel.
type users struct{ least, most int64 }

// middle is what an UpperRel is made for, so that its LowerRels reach as far one
// way as the other.
func (u users) middle() int64 { return u.least + (u.most-u.least)/2 }

// thunk has a relocation go to a thunk, which makes the address that from counts
// from.
func (p *plan) thunk(i, from int32) {
	p.of[i].row, p.of[i].from = p.of[i].row.Rewrite, from
	p.thunks = append(p.thunks, i)
}

// loadBy has the thunk of a relocation load a word.
func (p *plan) loadBy(i int32, target uint32, a int64) {
	p.of[i].load = int32(len(p.loads))
	p.loads = append(p.loads, load{target, a})
}

// rewriter carries the state of the pass.
type rewriter struct {
	prog   *program
	bound  *bindings
	demand *demand
	errs   *diag.List
	plan

	taken    map[int32][]uint32        // by section: offsets whose address data has
	data     map[int32][]elfload.Range // by section: bytes that are no instructions
	steps    int                       // instructions looked at
	maxSteps int                       // before giving up
	windows  windows
	waysIn   map[window][]int32 // the loads of windows for which no way in is reported yet
	marked   []int32            // relocations to rewrite, by number
	complete []bool             // by number: others complete it
	live     *liveRegisters     // once there is much code to follow registers through
	shared   []bool             // by number, of UpperRels that stand for several
	agree    map[int32]int32    // by number of an UpperRel: one that must have the same result, up to one that has none here
}

// The time that hostile code can take is bounded by the instructions looked at:
// libraries need a few per byte of code.
const (
	someSteps    = 4 << 20
	stepsPerByte = 16
)

// rewrite finds the rows of the instructions that take the place of those that have
// addresses in them. It runs when all relocations are bound, since data leads to code
// through jump tables.
func rewrite(prog *program, bound *bindings, dem *demand, errs *diag.List) *plan {
	w := &rewriter{
		prog: prog, bound: bound, demand: dem, errs: errs,
		windows: windows{map[insnAt][]window{}, map[insnAt]window{}},
		agree:   map[int32]int32{}, data: map[int32][]elfload.Range{},
	}
	w.mark()
	before := len(*errs)
	for _, i := range w.marked {
		switch w.howto(i).Rewrite.Kind {
		case relocs.UpperRel:
			w.followUpper(i)
		case relocs.Pooled:
			w.followPooled(i)
		}
		if errs.Full() {
			return &w.plan
		}
		if w.steps > w.maxSteps {
			w.fail(i, "the code around it is too large to follow the address through").Note("%s", w.howto(i).Rewrite.Why)
			return &w.plan
		}
	}
	if len(*errs) == before {
		w.checkWindows()
	}
	for _, i := range w.marked {
		if len(*errs) == before { // else these follow from those
			w.check(i)
		}
	}
	w.settleUppers()
	for _, i := range w.marked {
		w.of[i].row = w.of[i].row.Rewrite
		if w.of[i].row.Kind != relocs.UpperRel {
			continue
		}
		w.uppers = append(w.uppers, i)
		switch first, b := w.first(i), w.reloc(i); {
		case w.demand.apart(w.of[i].at.Section, b):
			w.thunk(i, first)
			w.of[i].row = w.of[i].row.Rewrite
			w.loadBy(i, b.S, w.of[first].users.middle())
		case w.shared[first]:
			w.thunk(i, first)
		}
	}
	return &w.plan
}

// mark makes the records, with the object's row at first. What only needs a thunk
// that loads has it at once.
func (w *rewriter) mark() {
	w.maxSteps = someSteps
	if len(w.demand.pending) == 0 {
		return
	}
	w.start = make([]int32, len(w.prog.sections)+1)
	next := 0 // the first section whose start is not known
	for _, section := range w.demand.pending {
		w.maxSteps += stepsPerByte * len(w.prog.sections[section].Data)
		for ; next <= int(section); next++ {
			w.start[next] = int32(len(w.of))
		}
		for k := range w.bound.relocs[section] {
			at := linkmap.RelocID{Section: section, K: int32(k)}
			b := &w.bound.relocs[section][k]
			i := int32(len(w.of))
			switch {
			case w.demand.unusable[at]:
			case w.demand.rewritten(b):
				w.of = append(w.of, rewritten{at: at, row: b.Howto, upper: -1, load: -1})
				w.marked = append(w.marked, i)
			case w.demand.loaded(section, b):
				w.of = append(w.of, rewritten{at: at, row: b.Howto, upper: -1, load: -1})
				w.thunk(i, i)
				w.loadBy(i, b.S, b.A)
			}
		}
	}
	for ; next < len(w.start); next++ {
		w.start[next] = int32(len(w.of))
	}
	w.complete, w.shared = make([]bool, len(w.of)), make([]bool, len(w.of))
}

// reloc returns the relocation with a number.
func (w *rewriter) reloc(i int32) *linkmap.Reloc {
	at := w.of[i].at
	return &w.bound.relocs[at.Section][at.K]
}

// howto returns the object's row of the relocation with a number.
func (w *rewriter) howto(i int32) *relocs.Howto { return w.reloc(i).Howto }

func (w *rewriter) where(i int32) string {
	return w.prog.sections[w.of[i].at.Section].At(uint64(w.reloc(i).Off))
}

func (w *rewriter) fail(i int32, format string, args ...any) *diag.Error {
	b := w.reloc(i)
	return w.errs.Add(w.where(i), "%s against %s: %s", b.Howto.Name, w.bound.targets[b.S].Name, fmt.Sprintf(format, args...))
}

// insnOf returns the instruction that a relocation is of.
func (w *rewriter) insnOf(i int32) insnAt { return insnAt{w.of[i].at.Section, w.reloc(i).Off} }

// recordAt returns the number of the record of the relocation at an instruction if
// it is to get a row of a kind, or -1.
func (w *rewriter) recordAt(here insnAt, kind relocs.Kind) int32 {
	k := w.relocAt(here)
	if k < 0 {
		return -1
	}
	if to := w.bound.relocs[here.section][k].Howto.Rewrite; to == nil || to.Kind != kind {
		return -1
	}
	i := w.find(int(here.section), int(k))
	if i < 0 || w.of[i].load >= 0 {
		return -1
	}
	return i
}

// check reports a relocation that nothing completes or that completes nothing.
func (w *rewriter) check(at int32) {
	switch to := w.howto(at).Rewrite; {
	case w.complete[at]:
	case to.Kind == relocs.UpperRel:
		w.fail(at, "no instruction adds the lower part of the address").
			Note("the code is not as compilers make it: %s", to.Why)
	case to.Kind == relocs.LowerRel:
		w.fail(at, "the instruction that has the upper part of the address cannot be found").
			Note("the code is not as compilers make it: %s", to.Why)
	case to.Kind == relocs.Erased:
		w.fail(at, "the instruction that has the other half of the address cannot be found").
			Note("the code is not as compilers make it: %s", to.Why)
	}
}

// followUpper finds the instructions that add the lower part to the result of
// an upper one.
func (w *rewriter) followUpper(at int32) {
	upper := w.reloc(at)
	if w.live == nil && w.steps > manySteps {
		w.live = w.findLive()
	}
	w.follow(at, func(here insnAt, step *relocs.Insn, holds relocs.Registers) (relocs.Registers, bool) {
		if holds.Has(step.Base) {
			if low := w.recordAt(here, relocs.LowerRel); low >= 0 && w.near(upper, w.reloc(low)) {
				w.pair(low, at)
				return w.stillLive(holds&^step.Writes, here), true // the whole address, or what lies there
			}
		}
		after := holds &^ step.Writes
		if holds&step.Sources != 0 {
			after |= step.Writes
		}
		return w.stillLive(after, here), true
	})
}

// stillLive leaves out the registers that need not be followed behind an
// instruction, if that is known.
func (w *rewriter) stillLive(holds relocs.Registers, here insnAt) relocs.Registers {
	if w.live == nil {
		return holds
	}
	return w.live.among(holds, here)
}

// near reports whether a lower part may belong to an upper one: they are of
// the same symbol, at a distance that lower parts reach.
func (w *rewriter) near(upper, lower *linkmap.Reloc) bool {
	half := int64(1) << (lower.Howto.Field.LowPart - 1)
	d := lower.A - upper.A
	return w.key(upper) == w.key(lower) && -half < d && d < half
}

// key returns what a relocation refers to.
func (w *rewriter) key(b *linkmap.Reloc) targetKey { return keyOf(&w.bound.targets[b.S]) }

// pair notes that a lower part adds to an upper one.
func (w *rewriter) pair(low, upper int32) {
	a := w.reloc(low).A
	up := &w.of[upper]
	if !w.complete[upper] {
		up.users = users{a, a}
	}
	up.users = users{min(up.users.least, a), max(up.users.most, a)}
	w.complete[low], w.complete[upper] = true, true
	if other := w.of[low].upper; other < 0 {
		w.of[low].upper = upper
	} else if a, b := w.first(other), w.first(upper); a != b {
		w.agree[b] = a
	}
}

// first returns the upper part that stands for all that must agree with one,
// and makes the way there shorter.
func (w *rewriter) first(upper int32) int32 {
	first := upper
	for {
		next, ok := w.agree[first]
		if !ok {
			break
		}
		first = next
	}
	for upper != first {
		upper, w.agree[upper] = w.agree[upper], first
	}
	return first
}

// settleUppers makes those that must agree the same to all lower parts: each
// will be a thunk to one address.
func (w *rewriter) settleUppers() {
	for upper := range w.agree {
		first := w.first(upper)
		w.shared[first] = true
		a, b := w.of[first].users, w.of[upper].users
		w.of[first].users = users{min(a.least, b.least), max(a.most, b.most)}
	}
	for i := range w.of {
		if upper := w.of[i].upper; upper >= 0 {
			w.of[i].upper = w.first(upper)
		}
	}
}

// followPooled finds the instructions that complete the half of an address.
// The load in its place has all of the address: nothing must see the register
// before they have run.
func (w *rewriter) followPooled(at int32) {
	first, start := w.reloc(at), w.insnOf(at)
	win := window{w.key(first), first.A, w.step(start).Writes}
	w.windows.from[start] = win
	bad := ""
	w.follow(at, func(here insnAt, step *relocs.Insn, holds relocs.Registers) (relocs.Registers, bool) {
		w.windows.add(here, win)
		if step.Writes == holds {
			if other := w.recordAt(here, relocs.Erased); other >= 0 && w.key(w.reloc(other)) == win.targetKey && w.reloc(other).A == first.A {
				w.complete[other], w.complete[at] = true, true
				return 0, true
			}
		}
		switch {
		case w.prog.machine.Uses(step)&holds != 0:
			bad = "is used"
		case step.Flow == relocs.FlowStop || step.Flow == relocs.FlowJump:
			bad = "leaves the function"
		default:
			return holds, true
		}
		w.fail(at, "half of the address %s before the other half is there", bad).
			Note("at %s", w.insnWhere(here)).
			Note("%s", first.Howto.Rewrite.Why)
		return 0, false
	})
	if bad == "" && !w.complete[at] {
		w.fail(at, "no instruction adds the other half of the address").
			Note("%s", first.Howto.Rewrite.Why)
	}
	w.complete[at] = true // or reported
	w.pooled = append(w.pooled, at)
}
