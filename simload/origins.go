package simload

import (
	"encoding/binary"
	"slices"

	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// The origins of a register are the values that it may have from upper parts of addresses.
// A register in front of an instruction is a state, and comes from the states that
// instructions before leave: so origins are sets that are the same all around a loop, and
// are found once for all code, by loops (Tarjan 1972). Most states have one origin, and
// states with the same origins share the set.
//
//	auipc a0, 1          an upper part, x + 0x1000
//	mv    a1, a0         a0 here: {x + 0x1000}
//	bnez  a2, ...        a1 here: that of a0 in front of the mv
//	addi  a1, a1, 4      a1 here: the same

// origin is what upper parts have in common that leave the same. Number 0 stands for what is
// loaded from memory that is no word of the stack.
type origin struct {
	ref   refersTo
	a     int64
	value uint64
}

const fromMemory = 0

// location is a register, or a word of the stack from minSlot on.
type location int64

const (
	minSlot     = location(1) << 32
	slotNumbers = location(1) << 48 // so that those less than zero are above minSlot too
)

// state is a location in front of an instruction.
type state struct {
	at  uint32
	loc location
}

// origins has those of all states so far.
type origins struct {
	f      *flow
	all    []origin
	number map[origin]int32
	marks  [][]uint32 // by origin: the upper parts
	lowers [][]state  // by origin: the lower parts that add to it

	of    map[state]int32        // the number of the state's set plus one; less than zero: minus its place on the stack
	sets  [][]int32              // origins, ascending
	known map[string]int32       // the number of each set
	by    []map[refersTo][]int32 // by set: its origins by what they are for; nil until somebody asks
}

func newOrigins(f *flow) *origins {
	return &origins{f: f, all: []origin{{}}, number: map[origin]int32{}, marks: make([][]uint32, 1), lowers: make([][]state, 1), of: map[state]int32{}, known: map[string]int32{}}
}

// add notes that the upper part at a mark leaves a value.
func (o *origins) add(mark uint32, from origin) int32 {
	i, ok := o.number[from]
	if !ok {
		i = int32(len(o.all))
		o.number[from] = i
		o.all, o.marks, o.lowers = append(o.all, from), append(o.marks, nil), append(o.lowers, nil)
	}
	o.marks[i] = append(o.marks[i], mark)
	return i
}

// intern returns the number of the union of some sets and the origins in loose, which it
// may sort.
func (o *origins) intern(sets, loose []int32) int32 {
	slices.Sort(sets)
	sets = slices.Compact(sets)
	if len(sets) == 1 && len(loose) == 0 {
		return sets[0]
	}
	for _, i := range sets {
		loose = append(loose, o.sets[i]...)
	}
	slices.Sort(loose)
	loose = slices.Compact(loose)
	key := make([]byte, 0, 4*len(loose))
	for _, i := range loose {
		key = binary.LittleEndian.AppendUint32(key, uint32(i))
	}
	i, ok := o.known[string(key)]
	if !ok {
		i = int32(len(o.sets))
		o.known[string(key)] = i
		o.sets, o.by = append(o.sets, slices.Clone(loose)), append(o.by, nil)
	}
	return i
}

// visit is a state that origins are being looked for of, with the states that it comes from
// and are not looked at yet.
type visit struct {
	state
	low  int32 // the lowest place on the stack that it leads to
	from []state
}

// open is a state on the stack: its loop is not complete.
type open struct {
	state
	loose, sets []int32 // origins, and those of states that it comes from
}

// find returns the number of the set of a state.
func (o *origins) find(s state) int32 {
	if o.of[s] == 0 {
		o.search(s)
	}
	return o.of[s] - 1
}

func (o *origins) search(start state) {
	var path []visit // from the start to where the search is
	var stack []open
	enter := func(s state) {
		from, loose := o.comesFrom(s)
		stack = append(stack, open{state: s, loose: loose})
		o.of[s] = -int32(len(stack))
		path = append(path, visit{state: s, low: int32(len(stack)), from: from})
	}
	enter(start)
	for len(path) > 0 {
		v := &path[len(path)-1]
		if n := len(v.from); n > 0 {
			s := v.from[n-1]
			v.from = v.from[:n-1]
			switch known := o.of[s]; {
			case known == 0:
				enter(s)
			case known < 0:
				v.low = min(v.low, -known)
			default:
				here := &stack[-o.of[v.state]-1]
				here.sets = append(here.sets, known-1)
			}
			continue
		}
		done := *v
		path = path[:len(path)-1]
		place := -o.of[done.state]
		if done.low == place {
			o.close(stack[place-1:])
			stack = stack[:place-1]
		}
		if len(path) > 0 {
			into := &path[len(path)-1]
			if set := o.of[done.state]; set > 0 {
				here := &stack[-o.of[into.state]-1]
				here.sets = append(here.sets, set-1)
			} else {
				into.low = min(into.low, done.low)
			}
		}
	}
}

// close gives the states of a loop their set.
func (o *origins) close(loop []open) {
	var sets, loose []int32
	for i := range loop {
		sets, loose = append(sets, loop[i].sets...), append(loose, loop[i].loose...)
	}
	set := o.intern(sets, loose)
	for i := range loop {
		o.of[loop[i].state] = set + 1
	}
}

// comesFrom returns the states that one comes from, and the origins that it has besides.
func (o *origins) comesFrom(s state) (from []state, loose []int32) {
	for _, q := range o.f.ahead(s.at) {
		q = o.f.before1(q, s)
		e, at := o.f.effectOf(q)
		if e == nil || !e.sets(s.loc) {
			from = append(from, state{q, s.loc})
			continue
		}
		if i := o.f.upper[at]; i > 0 {
			loose = append(loose, i)
			continue
		}
		if mark := o.f.marks[at]; mark != nil && mark.By.Part == relocs.Lower {
			continue // a whole address, or what is there: no part is left in it
		}
		for all := e.sources; all != 0; all &= all - 1 {
			from = append(from, state{q, location(all.First())})
		}
		switch {
		case e.slot != 0 && !e.store:
			from = append(from, state{q, slotNumbers + location(e.slot)})
		case e.load && o.f.marks[at] == nil: // else it loads a variable
			loose = append(loose, fromMemory)
		}
	}
	return from, loose
}

// before1 goes back from an instruction as long as it does not set a location and only one is
// before it, but not too far: those who ask from places nearby share states, and nothing needs to
// lead into a loop.
func (f *flow) before1(q uint32, s state) uint32 {
	const far = 64
	for n := 0; n < far && q != s.at && q/f.unit%far != 0 && len(f.ahead(q)) == 1; n++ {
		if e, _ := f.effectOf(q); e == nil || e.sets(s.loc) {
			break
		}
		q = f.ahead(q)[0]
	}
	return q
}

// sets reports whether an instruction sets a location.
func (e *effect) sets(loc location) bool {
	if loc >= minSlot {
		return e.store && e.slot != 0 && slotNumbers+location(e.slot) == loc
	}
	return e.writes.Has(int(loc))
}

// refersTo is what a relocation refers to, whatever its name.
type refersTo struct {
	kind    linkmap.TargetKind
	section int32
	off     uint64
	dest    mpyfile.Dest
}

func whatIs(t *linkmap.Target) refersTo {
	p := refersTo{kind: t.Kind, off: t.Off}
	switch t.Kind {
	case linkmap.InSection:
		p.section = t.Section
	case linkmap.Supplied:
		p.dest = t.Dest
	}
	return p
}

// ofPlace returns the origins in a set that are for what a relocation refers to.
func (o *origins) ofPlace(set int32, ref refersTo) []int32 {
	if o.by[set] == nil {
		o.by[set] = map[refersTo][]int32{}
		for _, i := range o.sets[set] {
			o.by[set][o.all[i].ref] = append(o.by[set][o.all[i].ref], i)
		}
	}
	return o.by[set][ref]
}

// mayBeFromMemory reports whether what a set is of may be loaded from memory that is no word of the
// stack.
func (o *origins) mayBeFromMemory(set int32) bool {
	return len(o.sets[set]) > 0 && o.sets[set][0] == fromMemory
}

// completed calls f with the upper parts from which code gets to a lower part
// that adds to what they leave.
func (o *origins) completed(f func(mark uint32)) {
	for i := range o.all {
		if len(o.lowers[i]) == 0 {
			continue
		}
		if len(o.marks[i]) == 1 {
			f(o.marks[i][0])
			continue
		}
		o.backFrom(int32(i), f)
	}
}

// backFrom goes back from the lower parts of an origin to all its upper parts.
func (o *origins) backFrom(i int32, f func(mark uint32)) {
	seen, left := map[state]bool{}, map[uint32]bool{}
	for _, q := range o.marks[i] {
		left[q] = true
	}
	for work := slices.Clone(o.lowers[i]); len(work) > 0 && len(left) > 0; {
		s := work[len(work)-1]
		work = work[:len(work)-1]
		if seen[s] {
			continue
		}
		seen[s] = true
		from, loose := o.comesFrom(s)
		work = append(work, from...)
		if !slices.Contains(loose, i) {
			continue
		}
		for _, q := range o.f.ahead(s.at) {
			if e, at := o.f.effectOf(o.f.before1(q, s)); e != nil && o.f.upper[at] == i && left[at] && e.sets(s.loc) {
				delete(left, at)
				f(at)
			}
		}
	}
}
