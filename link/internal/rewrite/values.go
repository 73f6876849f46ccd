package rewrite

// A value is what an instruction leaves in what it sets, or one of several of these
// where code comes together. Each is found once, when somebody asks for it, and from what it
// comes too: so to go back from a register to all upper parts that it may be from
// takes no longer than their number, however much code is in between that does
// nothing to it. (Braun et al., "Simple and Efficient Construction of SSA Form", 2013.)
//
//	    lui  a0, %hi(x)      value 0
//	    beqz a1, 1f
//	    lui  a0, %hi(x)      value 2
//	1:  ...                  value 5: a0 in front of 1, from 0 or 2
//	    lw   a2, %lo(x)(a0)  asks for a0: 5, so 0 and 2

// values are those of a flow. The number of one is that of the node that sets it, or,
// from the number of nodes on, of a merge.
type values struct {
	*flow
	merges []merge
	before map[merge]int32 // the value of a location in front of a block
	from   [][]int32       // by value: those that it is made of; nil until somebody asks
}

// merge is a location in front of a block that several others go on to.
type merge struct {
	block int32
	loc   location
}

// noValue is one that no upper part can be in: it is from code that none reaches.
const noValue = -1

func newValues(f *flow) *values {
	return &values{flow: f, before: map[merge]int32{}, from: make([][]int32, len(f.nodes))}
}

// inFront returns the value of a location in front of a node.
func (v *values) inFront(i int32, loc location) int32 {
	n := &v.nodes[i]
	return v.upTo(n.block, loc, n.place)
}

// upTo returns the value of a location in front of a place of a block.
func (v *values) upTo(b int32, loc location, place int32) int32 {
	var passed []merge // blocks that only one other goes on to
	value := int32(noValue)
	for {
		block := &v.blocks[b]
		if i := v.setter(block, loc, place); i >= 0 {
			value = i
			break
		}
		key := merge{b, loc}
		if known, ok := v.before[key]; ok {
			value = known
			break
		}
		before := v.nodes[v.order[block.first]].before
		if len(before) > 1 {
			value = int32(len(v.nodes) + len(v.merges))
			v.merges, v.from = append(v.merges, key), append(v.from, nil)
			v.before[key] = value
			break
		}
		v.before[key] = noValue // for a loop that nothing else leads into
		if len(before) == 0 {
			break
		}
		passed = append(passed, key)
		last := &v.nodes[before[0]]
		b, place = last.block, last.place+1
	}
	for _, key := range passed {
		v.before[key] = value
	}
	return value
}

// madeOf returns the values that one is made of.
func (v *values) madeOf(value int32) []int32 {
	if v.from[value] == nil {
		v.from[value] = append([]int32{}, v.find(value)...)
	}
	return v.from[value]
}

func (v *values) find(value int32) (from []int32) {
	add := func(value int32) {
		if value != noValue {
			from = append(from, value)
		}
	}
	if k := int(value) - len(v.nodes); k >= 0 {
		m := v.merges[k]
		for _, i := range v.nodes[v.order[v.blocks[m.block].first]].before {
			last := &v.nodes[i]
			add(v.upTo(last.block, m.loc, last.place+1))
		}
		return from
	}
	n := &v.nodes[value]
	for all := n.sources; all != 0; all &= all - 1 {
		add(v.inFront(value, location(all.First())))
	}
	if n.slot != 0 && !n.store {
		add(v.inFront(value, stackWord(n.slot)))
	}
	return from
}
