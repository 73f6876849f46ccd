// Package rewrite finds other instructions for those that hold addresses, and
// which of them belong together: halves of one address may be far apart.
//
// It stands apart because it is the one pass that follows code. It must never know
// a machine's encodings (relocs has them) or an address.
//
// Example:
//
//	lui a0, %hi(x)         auipc a0, 1            x is at text+0x1808, the LUI at text+0x10
//	lw  a1, %lo(x)(a0)     lw    a1, 0x7f8(a0)    0x10 + 0x1000 + 0x7f8 = 0x1808
package rewrite

import (
	"cmp"
	"fmt"
	"slices"

	"mpyld/diag"
	"mpyld/link/internal/bind"
	"mpyld/link/internal/demand"
	"mpyld/link/internal/resolve"
	"mpyld/linkmap"
	"mpyld/relocs"
)

// Plan is the result of the rewrite pass: which relocations have another row than
// the object's, and what belongs to what.
type Plan struct {
	Of    []rewritten // in link order
	start []int32     // by section: the number of its first one in of; nil: there are none

	Thunks []int32 // those that go to a thunk, by number, in the order in which thunks are made
	Uppers []int32 // Uppers, in link order
	Pooled []int32 // those that load from a pool, in link order
	Loads  []load  // words that thunks load
}

// rewritten is what becomes of one relocation.
type rewritten struct {
	At    linkmap.RelocID
	By    *relocs.Rewrite // how
	Users users           // of an Upper: the As of its Lowers
	Upper int32           // of a Lower: the number of the Upper whose result it adds to
	From  int32           // of one with a thunk: the number of the one whose middle counts
	Load  int32           // of one whose thunk loads: what, an index into loads; -1: it does not
}

// load is a word that holds S + A.
type load struct {
	Target uint32
	A      int64
}

// Find returns the number of the record of a relocation, or -1.
func (p *Plan) Find(section, k int) int32 {
	if p.start == nil || p.start[section] == p.start[section+1] {
		return -1
	}
	from := p.start[section]
	i, ok := slices.BinarySearchFunc(p.Of[from:p.start[section+1]], int32(k), func(r rewritten, k int32) int { return cmp.Compare(r.At.K, k) })
	if !ok {
		return -1
	}
	return from + int32(i)
}

// users are the least and the largest A of the Lowers of an Upper.
type users struct{ Least, Most int64 }

// Middle is what an Upper is made for, so that its Lowers reach as far one
// way as the other.
func (u users) Middle() int64 { return u.Least + (u.Most-u.Least)/2 }

// Thunk has a relocation go to a thunk, which makes the address that from counts
// from.
func (p *Plan) Thunk(i, from int32, way *relocs.Rewrite) {
	p.Of[i].By, p.Of[i].From = way, from
	p.Thunks = append(p.Thunks, i)
}

// loadBy has the thunk of a relocation load a word.
func (p *Plan) loadBy(i int32, target uint32, a int64) {
	p.Of[i].Load = int32(len(p.Loads))
	p.Loads = append(p.Loads, load{target, a})
}

// rewriter carries the state of the pass.
type rewriter struct {
	*Code
	demand *demand.Demand
	errs   *diag.List
	Plan

	taken      map[int32][]uint32 // by section: offsets whose address data has
	takenBy    map[int32][]insnAt // by section: places in code whose address it has, but by the name of a function
	labels     map[int32][]insnAt // those by the section that they are in
	beside     map[int32][]int32  // by section: those to which a branch leads from it, or back; nil: nobody asked yet
	jumps      map[int32][]insnAt // by section: what jumpsTo found
	steps      int                // instructions looked at
	maxSteps   int                // before giving up
	halfLoaded halfLoadedRanges
	halves     splitHalves
	waysIn     map[halfLoaded][]int32 // the loads for which no way into the code behind them is reported yet
	marked     []int32                // relocations to rewrite, by number
	complete   []bool                 // by number: others complete it
	shared     []bool                 // by number, of Uppers that stand for several
	alone      map[calledFunction]bool
	blocks     map[int32]map[uint32]block // by section: what blocksOf found
	agree      map[int32]int32            // by number of an Upper: one that must have the same result, up to one that has none here
}

// The time that hostile code can take is bounded by the instructions looked at:
// libraries need a few per byte of code.
const (
	someSteps    = 4 << 20
	stepsPerByte = 16
)

func newRewriter(prog *resolve.Program, bound *bind.Bindings, dem *demand.Demand, errs *diag.List) *rewriter {
	return &rewriter{
		Code: NewCode(prog, bound), demand: dem, errs: errs,
		halfLoaded: halfLoadedRanges{map[insnAt][]halfLoaded{}, map[insnAt]halfLoaded{}},
		halves:     splitHalves{of: map[lowers]bool{}, why: map[lowers][]*diag.Error{}},
		alone:      map[calledFunction]bool{},
		jumps:      map[int32][]insnAt{},
		blocks:     map[int32]map[uint32]block{},
		agree:      map[int32]int32{},
	}
}

// Insns finds the rows of the instructions that take the place of those that have
// addresses in them. It runs when all relocations are bound, since data leads to code
// through jump tables.
func Insns(prog *resolve.Program, bound *bind.Bindings, dem *demand.Demand, errs *diag.List) *Plan {
	w := newRewriter(prog, bound, dem, errs)
	w.mark()
	before := len(*errs)
	w.pairParts()
	for _, i := range w.marked {
		if w.howto(i).Rewrites[0].Needs == relocs.NeedPool {
			w.followPooled(i)
		}
		if errs.Full() {
			return &w.Plan
		}
		if w.steps > w.maxSteps {
			w.fail(i, "the code around it is too large to follow the address through").Note("%s", w.howto(i).Rewrites[0].Why)
			return &w.Plan
		}
	}
	if len(*errs) == before {
		w.checkHalfLoaded()
	}
	for _, i := range w.marked {
		if len(*errs) == before { // else these follow from those
			w.check(i)
		}
	}
	w.finishSplit()
	w.settleUppers()
	for _, i := range w.marked {
		h := w.howto(i)
		if w.Of[i].By == nil {
			w.Of[i].By = h.Rewrites[0]
		}
		if w.Of[i].By.Part != relocs.Upper {
			continue
		}
		w.Uppers = append(w.Uppers, i)
		switch first, b := w.first(i), w.reloc(i); {
		case w.demand.Apart(w.Of[i].At.Section, b):
			w.Thunk(i, first, h.Rewrite(relocs.NeedThunk|relocs.NeedSlot))
			w.loadBy(i, b.S, w.Of[first].Users.Middle())
		case w.shared[first]:
			w.Thunk(i, first, h.Rewrite(relocs.NeedThunk))
		}
	}
	return &w.Plan
}

// mark makes the records, with the object's row at first. What only needs a thunk
// that loads has it at once.
func (w *rewriter) mark() {
	w.maxSteps = someSteps
	if len(w.demand.Pending) == 0 {
		return
	}
	w.start = make([]int32, len(w.prog.Sections)+1)
	next := 0 // the first section whose start is not known
	for _, section := range w.demand.Pending {
		w.maxSteps += stepsPerByte * len(w.prog.Sections[section].Data)
		for ; next <= int(section); next++ {
			w.start[next] = int32(len(w.Of))
		}
		for k := range w.bound.Relocs[section] {
			at := linkmap.RelocID{Section: section, K: int32(k)}
			b := &w.bound.Relocs[section][k]
			i := int32(len(w.Of))
			switch {
			case w.demand.Unusable[at]:
			case w.demand.Rewritten(b):
				w.Of = append(w.Of, rewritten{At: at, Upper: -1, Load: -1})
				w.marked = append(w.marked, i)
			case w.demand.Loaded(section, b):
				w.Of = append(w.Of, rewritten{At: at, Upper: -1, Load: -1})
				w.Thunk(i, i, b.Howto.Rewrite(relocs.NeedThunk|relocs.NeedSlot))
				w.loadBy(i, b.S, b.A)
			}
		}
	}
	for ; next < len(w.start); next++ {
		w.start[next] = int32(len(w.Of))
	}
	w.complete, w.shared = make([]bool, len(w.Of)), make([]bool, len(w.Of))
	for _, i := range w.marked {
		w.complete[i] = w.howto(i).Formula == relocs.Nothing // whatever the others do
	}
}

// reloc returns the relocation with a number.
func (w *rewriter) reloc(i int32) *linkmap.Reloc {
	at := w.Of[i].At
	return &w.bound.Relocs[at.Section][at.K]
}

// howto returns the object's row of the relocation with a number.
func (w *rewriter) howto(i int32) *relocs.Howto { return w.reloc(i).Howto }

func (w *rewriter) where(i int32) diag.Place {
	return w.prog.Sections[w.Of[i].At.Section].At(uint64(w.reloc(i).Off))
}

func (w *rewriter) fail(i int32, format string, args ...any) *diag.Error {
	e := w.failure(i, format, args...)
	w.errs.Join(e)
	return e
}

// failure returns an error about a relocation that is not reported yet.
func (w *rewriter) failure(i int32, format string, args ...any) *diag.Error {
	b := w.reloc(i)
	return diag.New(w.where(i), "%s against %s: %s", b.Howto.Name, w.bound.Targets[b.S].Name, fmt.Sprintf(format, args...)).Of(format)
}

// insnOf returns the instruction that a relocation is of.
func (w *rewriter) insnOf(i int32) insnAt { return insnAt{w.Of[i].At.Section, w.reloc(i).Off} }

// recordAt returns the number of the record of the relocation at an instruction if
// its instruction is to be for a part of the address, or -1.
func (w *rewriter) recordAt(here insnAt, part relocs.Part) int32 {
	k := w.relocAt(here)
	if k < 0 {
		return -1
	}
	if ways := w.bound.Relocs[here.section][k].Howto.Rewrites; len(ways) == 0 || ways[0].Part != part {
		return -1
	}
	i := w.Find(int(here.section), int(k))
	if i < 0 || w.Of[i].Load >= 0 {
		return -1
	}
	return i
}

// check reports a relocation that nothing completes or that completes nothing.
func (w *rewriter) check(at int32) {
	switch to := w.howto(at).Rewrites[0]; {
	case w.complete[at]:
	case to.Part == relocs.Upper:
		w.fail(at, "no instruction adds the lower part of the address").
			Note("the code is not as compilers make it: %s", to.Why)
	case to.Part == relocs.Lower:
		w.fail(at, "the instruction that has the upper part of the address cannot be found").
			Note("the code is not as compilers make it: %s", to.Why)
	case to.Part == relocs.Erased && w.halves.of[w.address(at)]: // the first halves are in error, if anything is
	case to.Part == relocs.Erased:
		w.split(at, w.failure(at, "the instruction that has the other half of the address cannot be found").
			Note("the code is not as compilers make it: %s", to.Why))
	}
}

// near reports whether a lower part may belong to an upper one: they are of
// the same symbol, at a distance that lower parts reach.
func (w *rewriter) near(upper, lower *linkmap.Reloc) bool {
	half := int64(1) << (lower.Howto.Field.LowPart - 1)
	d := lower.A - upper.A
	return w.key(upper) == w.key(lower) && -half < d && d < half
}

// key returns what a relocation refers to.
func (w *rewriter) key(b *linkmap.Reloc) demand.TargetKey { return demand.KeyOf(&w.bound.Targets[b.S]) }

// pair notes that a lower part adds to an upper one.
func (w *rewriter) pair(low, upper int32) {
	a := w.reloc(low).A
	up := &w.Of[upper]
	if !w.complete[upper] {
		up.Users = users{a, a}
	}
	up.Users = users{min(up.Users.Least, a), max(up.Users.Most, a)}
	w.complete[low], w.complete[upper] = true, true
	if other := w.Of[low].Upper; other < 0 {
		w.Of[low].Upper = upper
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
		a, b := w.Of[first].Users, w.Of[upper].Users
		w.Of[first].Users = users{min(a.Least, b.Least), max(a.Most, b.Most)}
	}
	for i := range w.Of {
		if upper := w.Of[i].Upper; upper >= 0 {
			w.Of[i].Upper = w.first(upper)
		}
	}
}

// followPooled finds the instructions that complete the half of an address.
// The load in its place has all of the address: nothing must see the register
// before they have run.
func (w *rewriter) followPooled(at int32) {
	first, start := w.reloc(at), w.insnOf(at)
	half := halfLoaded{w.key(first), first.A, w.step(start).Writes}
	w.halfLoaded.from[start] = half
	if w.completesOnSide(at, half) {
		w.complete[at] = true
		w.Pooled = append(w.Pooled, at)
		return
	}
	bad := ""
	w.follow(at, func(here insnAt, step *relocs.Insn) bool {
		w.halfLoaded.add(here, half)
		if step.Writes == half.reg {
			if other := w.recordAt(here, relocs.Erased); other >= 0 && w.key(w.reloc(other)) == half.TargetKey && w.reloc(other).A == first.A {
				w.complete[other], w.complete[at] = true, true
				if w.mayRunAlone(start, other) {
					w.split(at, w.failure(at, "the other half of the address may be there without it: one of them only runs under a condition").
						Note("at %s", w.insnWhere(here)).Note("%s", first.Howto.Rewrites[0].Why))
				}
				return false
			}
		}
		way, call := first.Howto.Rewrites[0], ""
		switch {
		case bad != "":
			return false
		case (step.Reads|step.Writes)&half.reg != 0:
			bad = "is used"
		case w.prog.Machine.Uses(step)&half.reg != 0 && !w.leavesAlone(here, step, half.reg):
			bad = "is in a register that a called function may change"
			if step.Reads == 0 { // else its address is in a register, and no compiler knows that function
				call = way.WhyCall
			}
		case step.Flow == relocs.FlowStop || step.Flow == relocs.FlowJump:
			bad = "leaves the function"
		default:
			return true
		}
		e := w.failure(at, "half of the address %s before the other half is there", bad).Note("at %s", w.insnWhere(here))
		if call != "" {
			e.Note("%s", call)
		}
		w.split(at, e.Note("%s", way.Why))
		return false
	})
	if bad == "" && !w.complete[at] {
		w.split(at, w.failure(at, "no instruction adds the other half of the address").
			Note("%s", first.Howto.Rewrites[0].Why))
	}
	w.complete[at] = true // or reported
	w.Pooled = append(w.Pooled, at)
}
