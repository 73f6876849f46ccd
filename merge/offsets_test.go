package merge

import (
	"math/rand/v2"
	"slices"
	"testing"

	"mpyld/mpytree"
)

// inRounds is chooseOffsets as its definition has it: until all fit, lengthen
// those that do not.
func inRounds(insns []mpytree.Insn) {
	for i := range insns {
		insns[i].OffsetSize = 1
	}
	for again := true; again; {
		again = false
		places := placesOf(insns)
		for i := range insns {
			in := &insns[i]
			if mpytree.FormatOf(in.Op) == mpytree.FormatOffset && in.OffsetSize == 1 && !mpytree.JumpFits(in.Op, places[in.Target]-(places[i]+2), 1) {
				in.OffsetSize, again = 2, true
			}
		}
	}
}

// TestOffsets: the offsets that take two bytes are those that have to.
func TestOffsets(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	ops := []byte{mpytree.OpJump, mpytree.OpPopJumpIfFalse, mpytree.OpJumpIfFalseOrPop, mpytree.OpForIter, mpytree.OpUnwindJump}
	both := 0
	for range 2000 {
		n := 1 + rnd.IntN(400)
		reach := 1 + rnd.IntN(140)
		insns := make([]mpytree.Insn, n)
		for i := range insns {
			switch rnd.IntN(4) {
			case 0:
				insns[i] = mpytree.Insn{Op: mpytree.OpLoadConstObj, Arg: uint64(rnd.IntN(300))}
			case 1:
				insns[i] = mpytree.Insn{Op: mpytree.OpLoadConstNone}
			default:
				to := min(max(i+rnd.IntN(2*reach)-reach, 0), n)
				insns[i] = mpytree.Insn{Op: ops[rnd.IntN(len(ops))], Target: to}
			}
		}
		want := slices.Clone(insns)
		inRounds(want)
		chooseOffsets(insns)
		sizes := [3]int{}
		for i := range want {
			if insns[i].OffsetSize != want[i].OffsetSize {
				t.Fatalf("instruction %d of %d: an offset of %d bytes, %d are needed", i, n, insns[i].OffsetSize, want[i].OffsetSize)
			}
			if mpytree.FormatOf(want[i].Op) == mpytree.FormatOffset {
				sizes[want[i].OffsetSize]++
			}
		}
		if sizes[1] > 0 && sizes[2] > 0 {
			both++
		}
	}
	if both < 500 {
		t.Errorf("only %d have offsets of both sizes", both)
	}
}
