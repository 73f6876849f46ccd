package direct

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"mpyld/relocs"
)

// What a register holds that matters here is a number which only the code around it
// knows what to do with: a distance or an offset, as a word has it, or the address that an instruction made of
// it. Whichever loads it may come from is a set, the same all around a loop. Anything else is clean.
//
//	    ldr r3, 1f         r3 behind it: {this one}
//	    beq 0f
//	    add r3, pc         {that one, made into an address}
//	0:  ...                {the one, the other}: nobody can use that

// tag is an element of a set.
type tag int32

const (
	clean tag = 0 // the same as without any change
	// 2*n+2: as the instruction n loaded it; 2*n+3: with the place of another one added
)

func loaded(n int) tag      { return tag(2*n + 2) }
func (t tag) load() int     { return int(t-2) / 2 }
func (t tag) isAdded() bool { return t&1 != 0 }

// setNumber is a set of tags. Number 0 is that of code that nothing is known to reach, 1 is
// what is clean.
type setNumber int32

const isClean setNumber = 1

// registers is the number of registers that are followed.
const (
	registers     = 16
	everyRegister = relocs.Registers(1<<registers - 1)
)

// state is what each register holds.
type state [registers]setNumber

// sets are all there are.
type sets struct {
	all    [][]tag // sorted
	number map[string]setNumber
	unions map[[2]setNumber]setNumber
}

func newSets() *sets {
	s := &sets{number: map[string]setNumber{}, unions: map[[2]setNumber]setNumber{}}
	s.of(nil)
	s.of([]tag{clean})
	return s
}

// of returns the number of a set, sorted.
func (s *sets) of(tags []tag) setNumber {
	key := make([]byte, 0, 4*len(tags))
	for _, t := range tags {
		key = binary.LittleEndian.AppendUint32(key, uint32(t))
	}
	n, ok := s.number[string(key)]
	if !ok {
		n = setNumber(len(s.all))
		s.number[string(key)] = n
		s.all = append(s.all, slices.Clone(tags))
	}
	return n
}

// union returns what is in either set.
func (s *sets) union(a, b setNumber) setNumber {
	if a == b || b == 0 {
		return a
	}
	if a == 0 {
		return b
	}
	key := [2]setNumber{min(a, b), max(a, b)}
	n, ok := s.unions[key]
	if !ok {
		tags := append(slices.Clone(s.all[a]), s.all[b]...)
		slices.Sort(tags)
		n = s.of(slices.Compact(tags))
		s.unions[key] = n
	}
	return n
}

// added returns a set after an instruction has added its place: what is clean stays so.
func (s *sets) added(n setNumber) setNumber {
	tags := slices.Clone(s.all[n])
	for i, t := range tags {
		if t != clean {
			tags[i] = t | 1
		}
	}
	slices.Sort(tags)
	return s.of(slices.Compact(tags))
}

// flow is what each register of a section's code holds in front of each instruction.
type flow struct {
	*section
	*sets
	in   []state
	kind map[int]kind // by number of an instruction that loads: of what
}

// kind is what a word is that code does not need if an address takes its place.
type kind uint8

const (
	plain     kind = iota
	slot           // G + A: a slot of the table
	base           // GOT + A - P: the table
	distance       // S + A - P
	slotPlace      // GOT + G + A - P: a slot
)

func kindOf(w *word) kind {
	switch {
	case w == nil || w.reloc == nil || w.reloc.Howto.Field == nil || w.reloc.Howto.Field.Size != 4:
		return plain
	case w.reloc.Howto.Formula == relocs.GOTBaseRel:
		return base
	case w.reloc.Howto.Direct == 0:
		return plain
	case w.reloc.Howto.Formula == relocs.GOTSlotOff:
		return slot
	case w.reloc.Howto.Formula == relocs.GOTSlotRel:
		return slotPlace
	}
	return distance
}

// newFlow follows the registers of a section.
func newFlow(s *section) *flow {
	f := &flow{section: s, sets: newSets(), in: make([]state, len(s.insns)), kind: map[int]kind{}}
	for _, w := range s.words {
		if k := kindOf(w); k != plain {
			for _, i := range w.loads {
				f.kind[int(i)] = k
			}
		}
	}
	var start state
	for i := range start {
		start[i] = isClean
	}
	queued := make([]bool, len(s.insns))
	var work []int32
	reach := func(i int32, with *state) {
		changed := false
		for r := range with {
			if n := f.union(f.in[i][r], with[r]); n != f.in[i][r] {
				f.in[i][r], changed = n, true
			}
		}
		if changed && !queued[i] {
			queued[i] = true
			work = append(work, i)
		}
	}
	run := func() {
		for len(work) > 0 {
			i := work[len(work)-1]
			work, queued[i] = work[:len(work)-1], false
			out := f.behind(int(i))
			for _, next := range s.insns[i].next {
				reach(next, &out)
			}
		}
	}
	for i := range s.insns {
		if s.entries[s.insns[i].off] {
			reach(int32(i), &start)
		}
	}
	run()
	for i := range s.insns {
		// Nothing is known to lead there. Padding does not matter, and all else may run.
		if f.in[i][0] == 0 && !f.isPadding(i) {
			reach(int32(i), &start)
			run()
		}
	}
	return f
}

// behind returns what the registers hold behind an instruction.
func (f *flow) behind(i int) state {
	in, out := &f.insns[i], f.in[i]
	set := func(r int, n setNumber) {
		if in.guarded {
			n = f.union(n, out[r])
		}
		out[r] = n
	}
	if in.Flow == relocs.FlowCall {
		// The function may have left these alone.
		for all := f.mach.CallUses | in.Writes; all != 0; all &= all - 1 {
			r := bits.TrailingZeros64(uint64(all))
			out[r] = f.union(out[r], isClean)
		}
		for all := f.passed.setBy(f.linked, in); all != 0; all &= all - 1 {
			r := bits.TrailingZeros64(uint64(all))
			out[r] = f.union(out[r], isClean)
		}
		return out
	}
	dst := isClean
	switch {
	case f.kind[i] != plain:
		dst = f.of([]tag{loaded(i)})
	case in.Op == relocs.AddPC:
		dst = f.addsPlace(i)
	case f.isMove(i):
		dst = f.in[i][in.Src]
	}
	for all := in.Writes; all != 0; all &= all - 1 {
		r := bits.TrailingZeros64(uint64(all))
		if r < registers {
			set(r, dst)
		}
	}
	return out
}

// isMove reports whether an instruction does nothing but a move.
func (f *flow) isMove(i int) bool {
	in := &f.insns[i]
	return in.Op == relocs.AddImm && in.Imm == 0 && f.how.Move.Matches(f.Data[in.off:]) && in.Size == f.how.Move.Size
}

// addsPlace returns what an instruction makes of a register by adding its place: of a distance
// an address, which is the same as ever.
func (f *flow) addsPlace(i int) setNumber {
	set := f.in[i][f.insns[i].Src]
	tags := f.all[set]
	for _, t := range tags {
		if t == clean || t.isAdded() || f.kind[t.load()] != distance {
			return f.added(set)
		}
	}
	if len(tags) > 0 {
		return isClean
	}
	return set
}
