package link

import (
	"fmt"

	"mpyld/diag"
	"mpyld/relocs"
)

// relocAt is one relocation: Pieces[piece].Relocs[k].
type relocAt struct {
	piece int32
	k     int32
}

// rewrites is what the rewrite pass decides: which relocations got another row
// (their Howto is replaced), and what belongs to what.
type rewrites struct {
	pending []int32             // pieces that scan found such relocations in
	upperOf map[relocAt]relocAt // by LowerRel: the UpperRel whose result it adds to
	middle  map[relocAt]int64   // by UpperRel: the A in the middle of those of its LowerRels
	pooled  []relocAt           // Pooled ones, in link order
}

// rewritten reports whether the relocation is against an address that its
// field cannot hold but another instruction can make.
func (s *scanner) rewritten(b *Bound) bool { return b.Howto.Rewrite != nil && s.moves(b) }

// useRewrite checks that the instruction with b can be rewritten, as far as that
// shows without following registers, and notes that it must be.
func (s *scanner) useRewrite(piece int, b *Bound) bool {
	p := &s.pieces[piece]
	switch to := b.Howto.Rewrite; {
	case s.homes[piece] != code:
		s.fail(p, b, "a relocation of an instruction, but in a section without code").Note("the object is corrupt")
		return false
	case to.Insn != nil && !to.Insn.Matches(p.Data[b.Off:]):
		s.fail(p, b, "does not fit the bytes there").Note("the object is corrupt, or its assembly source uses the relocation on another instruction")
		return false
	case to.Kind == relocs.UpperRel || to.Kind == relocs.LowerRel:
		ref := &s.refs[b.S]
		if ref.Kind == RefDest && ref.Code {
			s.want[ref.target()] = b.S // what code does with the address is to call it
			break
		}
		if ref.Kind != RefPiece || s.pieces[ref.Piece].Region != p.Region {
			s.explainFixed(ref, s.fail(p, b, "its address relative to the code is not known before the module is loaded"))
			return false
		}
	}
	if n := len(s.pending); n == 0 || s.pending[n-1] != int32(piece) {
		s.pending = append(s.pending, int32(piece))
	}
	return true
}

// rewriter carries the state of the pass.
type rewriter struct {
	*scanner
	taken    map[int32][]uint32 // by piece: offsets whose address data has
	steps    int                // instructions looked at
	marked   []relocAt          // relocations to rewrite
	complete map[relocAt]bool   // those that others complete
}

// maxSteps bounds the time that hostile code can take: libraries need a few per
// byte of code.
const maxSteps = 50 << 20

// rewrite gives the relocations that instructions with addresses have the rows
// of the instructions that take their place. It runs when all relocations are
// bound, since data leads to code through jump tables.
func (s *scanner) rewrite() {
	w := &rewriter{scanner: s, complete: map[relocAt]bool{}}
	s.upperOf, s.middle = map[relocAt]relocAt{}, map[relocAt]int64{}
	for _, piece := range s.pending {
		for k := range s.pieces[piece].Relocs {
			if b := &s.pieces[piece].Relocs[k]; s.rewritten(b) {
				w.marked = append(w.marked, relocAt{piece, int32(k)})
			}
		}
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
		if w.steps > maxSteps {
			s.errs.Add(w.where(at), "the code around it is too large to follow the address through")
			return
		}
	}
	for _, at := range w.marked {
		if len(*s.errs) == before { // else these follow from those
			w.check(at)
		}
	}
	for _, at := range w.marked {
		b := w.bound(at)
		b.Howto = b.Howto.Rewrite
	}
}

func (w *rewriter) bound(at relocAt) *Bound { return &w.pieces[at.piece].Relocs[at.k] }

func (w *rewriter) where(a relocAt) string {
	p := &w.pieces[a.piece]
	return at(p.Object, p.Name, uint64(p.Relocs[a.k].Off))
}

func (w *rewriter) fail(at relocAt, format string, args ...any) *diag.Error {
	b := w.bound(at)
	return w.errs.Add(w.where(at), "%s against %s: %s", b.Howto.Name, w.refs[b.S].Name, fmt.Sprintf(format, args...))
}

// check reports a relocation that nothing completes or that completes nothing.
func (w *rewriter) check(at relocAt) {
	switch to := w.bound(at).Howto.Rewrite; {
	case w.complete[at]:
	case to.Kind == relocs.UpperRel:
		w.fail(at, "no instruction adds the lower part of the address").
			Note("the code is not as compilers make it: %s", to.Why)
	case to.Kind == relocs.LowerRel:
		w.fail(at, "the instruction that has the upper part of the address cannot be found").
			Note("the code is not as compilers make it: %s", to.Why)
	case to.Kind == relocs.Fixed:
		w.fail(at, "the instruction that has the other half of the address cannot be found").
			Note("the code is not as compilers make it: %s", to.Why)
	}
}

// followUpper finds the instructions that add the lower part to the result of
// the upper one at.
func (w *rewriter) followUpper(at relocAt) {
	upper := w.bound(at)
	least, most := int64(0), int64(0)
	w.follow(at, func(here insnAt, step *relocs.Step, holds relocs.Registers) (relocs.Registers, bool) {
		k := w.relocAt(here)
		if k >= 0 && holds.Has(step.Base) {
			low := relocAt{here.piece, k}
			if b := w.bound(low); w.rewritten(b) && b.Howto.Rewrite.Kind == relocs.LowerRel && w.near(upper, b) {
				if !w.pair(low, at) {
					return 0, false
				}
				d := int64(w.refs[b.S].Off) + b.A - int64(w.refs[upper.S].Off)
				if !w.complete[at] {
					least, most = d, d
				}
				least, most = min(least, d), max(most, d)
				w.complete[at] = true
				return holds &^ step.Writes, true // the whole address, or what lies there
			}
		}
		after := holds &^ step.Writes
		if holds&step.Carries != 0 {
			after |= step.Writes
		}
		return after, true
	})
	// Each lower part reaches half of its range from the upper one, both ways.
	w.middle[at] = least + (most-least)/2
}

// near reports whether a lower part may belong to an upper one: what they want
// differs by less than lower parts reach.
func (w *rewriter) near(upper, lower *Bound) bool {
	u, l := &w.refs[upper.S], &w.refs[lower.S]
	d := int64(l.Off) + lower.A - int64(u.Off) - upper.A
	half := int64(1) << (lower.Howto.Field.Below - 1)
	return u.Kind == l.Kind && u.Piece == l.Piece && u.Dest == l.Dest && -half < d && d < half
}

// pair notes that a lower part adds to an upper one, or reports that it already
// does to another one.
func (w *rewriter) pair(low, upper relocAt) bool {
	first, ok := w.upperOf[low]
	if ok && first != upper {
		if w.complete[low] {
			w.fail(low, "it adds to two different upper parts, whose distances to the address differ").
				Note("one is at %s, the other at %s", w.where(first), w.where(upper)).
				Note("%s", w.bound(low).Howto.Rewrite.Why)
			w.complete[low] = false
		}
		return true
	}
	w.upperOf[low] = upper
	w.complete[low] = true
	return true
}

// followPooled finds the instructions that complete the half of an address at.
// The load in its place has all of the address: nothing must see the register
// before they have run.
func (w *rewriter) followPooled(at relocAt) {
	first := w.bound(at)
	bad := ""
	w.follow(at, func(here insnAt, step *relocs.Step, holds relocs.Registers) (relocs.Registers, bool) {
		if k := w.relocAt(here); k >= 0 && step.Writes == holds {
			other := relocAt{here.piece, k}
			if b := w.bound(other); w.rewritten(b) && b.Howto.Rewrite.Kind == relocs.Fixed &&
				w.refs[b.S].target() == w.refs[first.S].target() && b.A == first.A {
				w.complete[other], w.complete[at] = true, true
				return 0, true
			}
		}
		switch {
		case step.Uses&holds != 0:
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
