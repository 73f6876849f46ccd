package merge

import (
	"sort"

	"mpyld/mpytree"
)

// An offset takes one byte where that is enough, else two. Each offset that gets
// longer makes the jumps over it go farther, so that these may need two as well:
// all start with one byte, and none gets shorter again. As one byte reaches no
// farther than 127 bytes, those over an instruction are near it.
//
// Example: JUMP +63 over LOAD_CONST_NONE and a JUMP +64. The second needs two
// bytes, and so the first, which was just enough, goes to 64 and needs two too.

// jump is one whose offset takes one byte so far.
type jump struct {
	insn     int // its number
	distance int
}

// maxShort is more than the instructions between a jump of one byte and its
// target, which take a byte at least.
const maxShort = 0x80 + 2

// chooseOffsets sets the sizes of the offsets of instructions whose jumps lead to
// numbers of instructions.
func chooseOffsets(insns []mpytree.Insn) {
	var jumps []jump
	for i := range insns {
		insns[i].OffsetSize = 1
		if mpytree.FormatOf(insns[i].Op) == mpytree.FormatOffset {
			jumps = append(jumps, jump{insn: i})
		}
	}
	places := placesOf(insns)
	var longer []int // instructions that those over them do not know of
	check := func(j *jump) {
		if in := &insns[j.insn]; !mpytree.JumpFits(in.Op, j.distance, 1) {
			in.OffsetSize = 2
			longer = append(longer, j.insn)
		}
	}
	for k := range jumps {
		j := &jumps[k]
		// From behind the offset: the byte that may follow is not counted.
		j.distance = places[insns[j.insn].Target] - (places[j.insn] + 2)
		check(j)
	}
	for len(longer) > 0 {
		at := longer[len(longer)-1]
		longer = longer[:len(longer)-1]
		near := sort.Search(len(jumps), func(k int) bool { return jumps[k].insn >= at-maxShort })
		for k := near; k < len(jumps) && jumps[k].insn <= at+maxShort; k++ {
			j := &jumps[k]
			in := &insns[j.insn]
			switch {
			case in.OffsetSize == 2:
				continue
			case j.insn < at && at < in.Target:
				j.distance++
			case in.Target <= at && at < j.insn:
				j.distance--
			default:
				continue
			}
			check(j)
		}
	}
}
