package link

import (
	"fmt"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/linkmap"
	"mpyld/relocs"
)

// rewrites is what the rewrite pass decides: which relocations got another row
// (their Howto is replaced), and what belongs to what.
type rewrites struct {
	pending    []int32                             // pieces that scan found such relocations in
	upperOf    map[linkmap.RelocID]linkmap.RelocID // by LowerRel: the UpperRel whose result it adds to
	users      map[linkmap.RelocID]users           // by UpperRel: the As of its LowerRels
	detourOf   map[linkmap.RelocID]linkmap.RelocID // by UpperRel with a detour: the one whose middle counts
	detourWord map[linkmap.RelocID]int             // by UpperRel that is loaded: the slot
	detours    []linkmap.RelocID                   // UpperRels that others must agree with, or that are loaded, in link order
	uppers     []linkmap.RelocID                   // UpperRels, in link order
	pooled     []linkmap.RelocID                   // Pooled ones, in link order
}

// rewritten reports whether the relocation is against an address that its
// field cannot hold but another instruction can make.
func (s *scanner) rewritten(b *linkmap.Reloc) bool {
	return b.Howto.Rewrite != nil && b.Howto.Kind != relocs.PCRel && s.moves(b)
}

// loaded reports whether the relocation is of code with a distance to what is at
// no fixed one, a number among them, and can be rewritten to load the address.
func (s *scanner) loaded(piece int32, b *linkmap.Reloc) bool {
	if b.Howto.Kind != relocs.PCRel || b.Howto.Rewrite == nil || s.pieces[piece].Class != linkmap.Code {
		return false
	}
	switch s.refs[b.S].Kind {
	case linkmap.Null:
		return true
	case linkmap.Absolute, linkmap.Supplied: // nor are functions of the firmware, of which code wants the address
		return !b.Howto.Calls(b.Howto.Field)
	}
	return s.apart(piece, b)
}

// useRewrite checks that the instruction with b can be rewritten, as far as that
// shows without following registers, and notes that it must be.
func (s *scanner) useRewrite(piece int, b *linkmap.Reloc) bool {
	p := &s.pieces[piece]
	switch to := b.Howto.Rewrite; {
	case s.pieces[piece].Class != linkmap.Code:
		s.fail(p, b, "a relocation of an instruction, but in a section without code").Note("the object is corrupt")
		return false
	case to.Replacement != nil && !to.Replacement.Matches(p.Data[b.Off:]):
		s.fail(p, b, "does not fit the bytes there").Note("the object is corrupt, or its assembly source uses the relocation on another instruction")
		return false
	case to.Kind == relocs.UpperRel || to.Kind == relocs.LowerRel:
		ref := &s.refs[b.S]
		if ref.Kind == linkmap.Supplied && ref.Code {
			s.want[targetOf(ref)] = b.S // what code does with the address is to call it
		}
	}
	s.pend(piece)
	return true
}

// pend notes that a piece has relocations to rewrite.
func (s *scanner) pend(piece int) {
	if n := len(s.pending); n == 0 || s.pending[n-1] != int32(piece) {
		s.pending = append(s.pending, int32(piece))
	}
}

// users are the least and the largest A of the LowerRels of an UpperRel.
type users struct{ least, most int64 }

// middle is what an UpperRel is made for, so that its LowerRels reach as far one
// way as the other.
func (u users) middle() int64 { return u.least + (u.most-u.least)/2 }

// apart reports whether what b refers to is at no fixed distance from the code
// it is in. (Functions of the firmware are not: they have a veneer.)
func (s *scanner) apart(piece int32, b *linkmap.Reloc) bool {
	ref := &s.refs[b.S]
	return ref.Kind == linkmap.Supplied && !ref.Code || ref.Kind == linkmap.InSection && s.pieces[ref.Section].Region != s.pieces[piece].Region
}

// load makes a detour of an UpperRel that loads the address that first counts
// from.
func (s *scanner) load(b *linkmap.Reloc, at, first linkmap.RelocID) {
	s.detour(b, at, first)
	b.Howto = b.Howto.Rewrite
	s.detourWord[at] = s.slot(b.S, s.users[first].middle(), false)
}

// detour makes a detour of an UpperRel, to the address that first counts from.
func (w *rewrites) detour(b *linkmap.Reloc, at, first linkmap.RelocID) {
	b.Howto = b.Howto.Rewrite
	w.detours = append(w.detours, at)
	w.detourOf[at] = first
}

// rewriter carries the state of the pass.
type rewriter struct {
	*scanner
	taken    map[int32][]uint32        // by piece: offsets whose address data has
	data     map[int32][]elfload.Range // by piece: bytes that are no instructions
	steps    int                       // instructions looked at
	maxSteps int                       // before giving up
	windows  windows
	loads    map[window][]linkmap.RelocID        // the loads of windows for which no way in is reported yet
	marked   []linkmap.RelocID                   // relocations to rewrite
	complete map[linkmap.RelocID]bool            // those that others complete
	live     *liveRegisters                      // once there is much code to follow registers through
	shared   map[linkmap.RelocID]bool            // by UpperRel that stands for several
	agree    map[linkmap.RelocID]linkmap.RelocID // by UpperRel: one that must have the same result, up to one that has none here
}

// The time that hostile code can take is bounded by the instructions looked at:
// libraries need a few per byte of code.
const (
	someSteps    = 4 << 20
	stepsPerByte = 16
)

// rewrite gives the relocations that instructions with addresses have the rows
// of the instructions that take their place. It runs when all relocations are
// bound, since data leads to code through jump tables.
func (s *scanner) rewrite() {
	w := &rewriter{
		scanner: s, complete: map[linkmap.RelocID]bool{},
		windows: windows{map[insnAt][]window{}, map[insnAt]window{}},
		agree:   map[linkmap.RelocID]linkmap.RelocID{}, data: map[int32][]elfload.Range{},
	}
	s.upperOf, s.users, s.detourOf, s.detourWord = map[linkmap.RelocID]linkmap.RelocID{}, map[linkmap.RelocID]users{}, map[linkmap.RelocID]linkmap.RelocID{}, map[linkmap.RelocID]int{}
	for _, piece := range s.pending {
		for k := range s.pieces[piece].Relocs {
			at := linkmap.RelocID{Section: piece, K: int32(k)}
			switch b := &s.pieces[piece].Relocs[k]; {
			case s.rewritten(b):
				w.marked = append(w.marked, at)
			case s.loaded(piece, b):
				s.detour(b, at, at)
				s.detourWord[at] = s.slot(b.S, b.A, false)
			}
		}
	}
	w.maxSteps = someSteps
	for _, piece := range s.pending {
		w.maxSteps += stepsPerByte * len(s.pieces[piece].Data)
	}
	before := len(*s.errs)
	for _, at := range w.marked {
		switch w.bound(at).Howto.Rewrite.Kind {
		case relocs.UpperRel:
			w.followUpper(at)
		case relocs.Pooled:
			w.followPooled(at)
		}
		if s.errs.Full() {
			return
		}
		if w.steps > w.maxSteps {
			w.fail(at, "the code around it is too large to follow the address through").Note("%s", w.bound(at).Howto.Rewrite.Why)
			return
		}
	}
	if len(*s.errs) == before {
		w.checkWindows()
	}
	for _, at := range w.marked {
		if len(*s.errs) == before { // else these follow from those
			w.check(at)
		}
	}
	w.settleUppers()
	for _, at := range w.marked {
		b := w.bound(at)
		b.Howto = b.Howto.Rewrite
		if b.Howto.Kind != relocs.UpperRel {
			continue
		}
		s.uppers = append(s.uppers, at)
		switch first := w.first(at); {
		case s.apart(at.Section, b):
			s.load(b, at, first)
		case w.shared[first]:
			s.detour(b, at, first)
		}
	}
}

func (w *rewriter) bound(at linkmap.RelocID) *linkmap.Reloc {
	return &w.pieces[at.Section].Relocs[at.K]
}

func (w *rewriter) where(a linkmap.RelocID) string {
	p := &w.pieces[a.Section]
	return p.At(uint64(p.Relocs[a.K].Off))
}

func (w *rewriter) fail(at linkmap.RelocID, format string, args ...any) *diag.Error {
	b := w.bound(at)
	return w.errs.Add(w.where(at), "%s against %s: %s", b.Howto.Name, w.refs[b.S].Name, fmt.Sprintf(format, args...))
}

// check reports a relocation that nothing completes or that completes nothing.
func (w *rewriter) check(at linkmap.RelocID) {
	switch to := w.bound(at).Howto.Rewrite; {
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
// the upper one at.
func (w *rewriter) followUpper(at linkmap.RelocID) {
	upper := w.bound(at)
	if w.live == nil && w.steps > manySteps {
		w.live = w.findLive()
	}
	w.follow(at, func(here insnAt, step *relocs.Insn, holds relocs.Registers) (relocs.Registers, bool) {
		k := w.relocAt(here)
		if k >= 0 && holds.Has(step.Base) {
			low := linkmap.RelocID{Section: here.piece, K: k}
			if b := w.bound(low); w.rewritten(b) && b.Howto.Rewrite.Kind == relocs.LowerRel && w.near(upper, b) {
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
	return targetOf(&w.refs[upper.S]) == targetOf(&w.refs[lower.S]) && -half < d && d < half
}

// pair notes that a lower part adds to an upper one.
func (w *rewriter) pair(low, upper linkmap.RelocID) {
	l := w.bound(low)
	all, ok := w.users[upper]
	if !ok {
		all = users{l.A, l.A}
	}
	w.users[upper] = users{min(all.least, l.A), max(all.most, l.A)}
	w.complete[low], w.complete[upper] = true, true
	if other, ok := w.upperOf[low]; !ok {
		w.upperOf[low] = upper
	} else if a, b := w.first(other), w.first(upper); a != b {
		w.agree[b] = a
	}
}

// first returns the upper part that stands for all that must agree with one,
// and makes the way there shorter.
func (w *rewriter) first(upper linkmap.RelocID) linkmap.RelocID {
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
// will be a detour to one address.
func (w *rewriter) settleUppers() {
	w.shared = map[linkmap.RelocID]bool{}
	for upper := range w.agree {
		first := w.first(upper)
		w.shared[first] = true
		a, b := w.users[first], w.users[upper]
		w.users[first] = users{min(a.least, b.least), max(a.most, b.most)}
	}
	for low, upper := range w.upperOf {
		w.upperOf[low] = w.first(upper)
	}
}

// followPooled finds the instructions that complete the half of an address at.
// The load in its place has all of the address: nothing must see the register
// before they have run.
func (w *rewriter) followPooled(at linkmap.RelocID) {
	first := w.bound(at)
	win := window{targetOf(&w.refs[first.S]), first.A, w.step(insnAt{at.Section, first.Off}).Writes}
	w.windows.from[insnAt{at.Section, first.Off}] = win
	bad := ""
	w.follow(at, func(here insnAt, step *relocs.Insn, holds relocs.Registers) (relocs.Registers, bool) {
		w.windows.add(here, win)
		if k := w.relocAt(here); k >= 0 && step.Writes == holds {
			other := linkmap.RelocID{Section: here.piece, K: k}
			if b := w.bound(other); w.rewritten(b) && b.Howto.Rewrite.Kind == relocs.Erased &&
				targetOf(&w.refs[b.S]) == targetOf(&w.refs[first.S]) && b.A == first.A {
				w.complete[other], w.complete[at] = true, true
				return 0, true
			}
		}
		switch {
		case w.mach.Uses(step)&holds != 0:
			bad = "is used"
		case step.Flow == relocs.FlowStop || step.Flow == relocs.FlowJump:
			bad = "leaves the function"
		default:
			return holds, true
		}
		w.fail(at, "half of the address %s before the other half is there", bad).
			Note("at %s", insnWhere(&w.pieces[here.piece], here)).
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
