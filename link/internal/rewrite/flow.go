package rewrite

import (
	"slices"

	"mpyld/relocs"
)

// Where a register has its value from is asked for thousands of times, over code of
// any size. So the code that upper parts reach is taken apart once: into blocks, in which
// one instruction follows the other, and lists of who sets what.
//
//	    lui  a0, %hi(x)      block 0 sets a0 at 0
//	    beqz a1, 1f
//	    lui  a0, %hi(y)      block 1 sets a0 at 2
//	1:  lw   a2, %lo(y)(a0)  block 2, which 0 and 1 go on to: a0 is from either

// anyJump as an offset stands for all jumps through registers of a section, so that
// their number and that of the places do not multiply.
const anyJump = ^uint32(0)

// location is a register, or a word of the stack: minus the number that decoding gave it.
type location int64

// node is an instruction, or anyJump.
type node struct {
	insnAt
	during          int32 // the call of shared code during which it runs, or 0: see shared.go
	writes, sources relocs.Registers
	slot            int64 // of the stack, which it loads or stores
	base            int8
	store           bool
	loads           bool  // from memory that is nobody's word of the stack
	block, place    int32 // place is its number in the order of blocks
	before          []int32
	after           int32 // how many may run after it
}

// basicBlock is nodes that follow one another, the first of them and the one behind the
// last by their places.
type basicBlock struct{ first, end int32 }

// flow is the code that is reached from upper parts.
type flow struct {
	w       *rewriter
	number  map[int32][]int32 // by section, and by offset in units: the number of its node plus one
	jumps   map[int32]int32   // by section: the node that is all its jumps
	shared  sharedCode
	nodes   []node
	roots   []int32
	order   []int32 // nodes by their places
	blocks  []basicBlock
	setters map[location][]int32 // the places of the nodes that set it, ascending
}

// newFlow returns the code that may run after upper parts.
func newFlow(w *rewriter) *flow {
	f := &flow{w: w, number: map[int32][]int32{}, jumps: map[int32]int32{}, setters: map[location][]int32{}}
	for _, i := range w.marked {
		if w.howto(i).Rewrites[0].Part == relocs.Upper {
			f.roots = append(f.roots, f.add(w.insnOf(i), 0))
		}
	}
	for i := 0; i < len(f.nodes); i++ {
		f.explore(int32(i))
		if w.steps > w.maxSteps {
			break
		}
	}
	f.findBlocks()
	for place, i := range f.order {
		n := &f.nodes[i]
		for all := n.writes; all != 0; all &= all - 1 {
			loc := location(all.First())
			f.setters[loc] = append(f.setters[loc], int32(place))
		}
		if n.store && n.slot != 0 {
			f.setters[stackWord(n.slot)] = append(f.setters[stackWord(n.slot)], int32(place))
		}
	}
	return f
}

// stackWord is the location of a word of the stack, whose number may be less than zero.
func stackWord(slot int64) location { return location(1<<40 + slot) }

// nodeAt returns the number of the node of an instruction, or -1, leaving out those during calls of shared
// code.
func (f *flow) nodeAt(at insnAt) int32 {
	if list := f.number[at.section]; list != nil {
		return list[int(at.off)/f.w.prog.Machine.Unit] - 1
	}
	return -1
}

// add returns the number of an instruction, during a call of shared code or (0) else.
func (f *flow) add(at insnAt, during int32) int32 {
	if during != 0 {
		return f.addDuring(at, during)
	}
	list := f.number[at.section]
	if list == nil {
		list = make([]int32, len(f.w.prog.Sections[at.section].Data)/f.w.prog.Machine.Unit+1)
		f.number[at.section] = list
	}
	i := &list[int(at.off)/f.w.prog.Machine.Unit]
	if *i == 0 {
		f.nodes = append(f.nodes, node{insnAt: at, base: -1})
		*i = int32(len(f.nodes))
	}
	return *i - 1
}

// anyJumpIn returns the node of all jumps of a section.
func (f *flow) anyJumpIn(section int32) int32 {
	i, ok := f.jumps[section]
	if !ok {
		i = int32(len(f.nodes))
		f.jumps[section] = i
		f.nodes = append(f.nodes, node{insnAt: insnAt{section, anyJump}, base: -1})
	}
	return i
}

// explore fills in a node, and adds those that may run after it.
func (f *flow) explore(i int32) {
	here := f.nodes[i].insnAt
	follows := func(next int32) {
		f.nodes[next].before = append(f.nodes[next].before, i)
		f.nodes[i].after++
	}
	if here.off == anyJump {
		for _, to := range f.w.jumpsTo(here.section) {
			if len(f.w.insn(to)) > 0 && int(to.off)%f.w.prog.Machine.Unit == 0 {
				follows(f.add(to, 0))
			}
		}
		return
	}
	step := f.w.step(here)
	n := &f.nodes[i]
	n.writes, n.sources, n.base = step.Writes, step.Sources, int8(step.Base)
	n.slot, n.store, n.loads = step.Slot, step.Store, step.Op == relocs.Load && step.Slot == 0
	goOn := func(at insnAt, during int32) {
		if int(at.off)%f.w.prog.Machine.Unit == 0 {
			follows(f.add(at, during))
		}
	}
	during := n.during
	if step.Shared && f.exploreShared(here, &step, during, goOn) {
		return
	}
	if step.Flow == relocs.FlowJump {
		follows(f.anyJumpIn(here.section))
		return
	}
	f.w.successors(here, &step, func(at insnAt) { goOn(at, during) })
}

// findBlocks finds the blocks. What is reached from nowhere else than the one before
// it, and that goes nowhere else, is in one; an upper part starts one in any case, so that
// each loop has a start.
func (f *flow) findBlocks() {
	starts := make([]bool, len(f.nodes))
	next := make([]int32, len(f.nodes)) // the only node behind one, plus one
	for i := range f.nodes {
		starts[i] = len(f.nodes[i].before) != 1 || f.nodes[f.nodes[i].before[0]].after != 1
	}
	for _, i := range f.roots {
		starts[i] = true
	}
	for i := range f.nodes {
		if !starts[i] {
			next[f.nodes[i].before[0]] = int32(i + 1)
		}
	}
	for i := range f.nodes {
		if !starts[i] {
			continue
		}
		b := basicBlock{first: int32(len(f.order))}
		for k := int32(i); k >= 0; k = next[k] - 1 {
			f.nodes[k].block, f.nodes[k].place = int32(len(f.blocks)), int32(len(f.order))
			f.order = append(f.order, k)
		}
		b.end = int32(len(f.order))
		f.blocks = append(f.blocks, b)
	}
}

// setter returns the last node in front of a place of a block that sets a location,
// or -1 if none in the block does.
func (f *flow) setter(b *basicBlock, loc location, place int32) int32 {
	list := f.setters[loc]
	i, _ := slices.BinarySearch(list, place)
	if i > 0 && list[i-1] >= b.first {
		return f.order[list[i-1]]
	}
	return -1
}
