package direct

import (
	"cmp"
	"slices"

	"mpyld/elfload"
	"mpyld/linkmap"
	"mpyld/relocs"
)

// A function looks at registers that hold arguments, and gives back as they were those that are its caller's. Code
// that a compiler has taken out of functions (LLVM at -Oz) does as it likes: its registers are theirs. Nothing says
// which code that is, but what it does with registers: so what each function looks at, before it has
// set it, and what it sets and does not give back, is found from the end of the code to its start, and what callers look at
// behind calls.
//
//	f: ldr r4, 1f         shared: ldr r0, [r4, r2]     looks at r4 and r2
//	   add r4, pc                 movs r2, #0          r2 is one that callers look at
//	   bl  shared                 bx  lr
//	   str r2, [r0]
//
// so in f, r4 and r2 have to be the same in front of the call as ever, and r2 in front of bx.
//
// To save a register on the stack is not to look at it, if what comes from there is looked at by nobody, nor is to move it to one
// that nobody looks at: then it is saved with that. Where nobody knows what runs, it is as the procedure call standard
// says, but for the system and debuggers (SVC, BKPT), which leave registers alone.

// passed is what registers are passed from code to code, of a module.
type passed struct {
	*linkmap.Map
	how   *relocs.Direct
	nodes []passing
	at    map[int32][]int32 // by section, and by offset in units: the number of the node plus one
	taken map[int32][]int32 // by section: nodes whose address something has
	part  int32             // the node in front of all of them that are no starts of functions, or -1
	saved relocs.Registers  // that functions give back
	free  relocs.Registers  // that calls leave as they like, without the link register
}

// passing is an instruction.
type passing struct {
	relocs.Insn
	guarded bool
	move    bool
	next    []int32
	call    int32 // the start of the function that it calls, or -1
	tabled  bool  // it goes on by way of the table behind it
	unknown bool  // nobody knows where it goes on

	must   relocs.Registers // that all ways from here to an end set
	looked relocs.Registers // whose values anything from here on looks at, up to the end of the function
	popped relocs.Registers // of those that calls leave as they like, that get a value from the stack from here on, which is looked at
	left   relocs.Registers // whose values are left behind the end, where somebody looks at them
	set    relocs.Registers // of those that functions give back, that something from here on sets
	wanted relocs.Registers // behind the ends that code gets to from here, somebody looks at these
}

// newPassed finds what registers are passed in a module.
func newPassed(m *linkmap.Map) *passed {
	p := &passed{Map: m, how: m.Machine.Direct, at: map[int32][]int32{}, taken: map[int32][]int32{}, part: -1}
	p.saved = p.how.Saved &^ p.how.Stack
	p.free = m.Machine.CallUses &^ p.how.Link
	var starts []int32 // by node: where its section's code starts; the last one: the end
	sections := []int32{}
	for i := range m.Sections {
		if s := &m.Sections[i]; s.Kind == linkmap.Input && s.Class == linkmap.Code && s.Instructions && len(s.Data) > 0 {
			starts, sections = append(starts, int32(len(p.nodes))), append(sections, int32(i))
			p.decode(int32(i))
		}
	}
	starts = append(starts, int32(len(p.nodes)))
	p.findTaken()
	for k, section := range sections {
		p.connect(section, p.nodes[starts[k]:starts[k+1]])
	}
	p.solve()
	return p
}

// nodeAt returns the number of the instruction at a place, or -1.
func (p *passed) nodeAt(section int32, off int64) int32 {
	at, unit := p.at[section], int64(p.Machine.Unit)
	if off < 0 || off%unit != 0 || off/unit >= int64(len(at)) {
		return -1
	}
	return at[off/unit] - 1
}

// dataOf returns the bytes of a section that are no code.
func dataOf(s *linkmap.Section) []elfload.Range {
	if s.Shape == nil {
		return nil
	}
	return s.Shape.Data
}

// decode adds the instructions of a section.
func (p *passed) decode(section int32) {
	s, unit := &p.Sections[section], uint32(p.Machine.Unit)
	at := make([]int32, (uint32(len(s.Data))+unit-1)/unit)
	p.at[section] = at
	from, end := uint32(0), uint32(len(s.Data))
	for _, r := range append(slices.Clip(dataOf(s)), elfload.Range{From: end, To: end}) {
		guarded := 0
		for off := (from + unit - 1) / unit * unit; off < r.From; {
			n := passing{Insn: p.Machine.Decode(s.Data[off:r.From]), guarded: guarded > 0, call: -1}
			n.move = n.Op == relocs.AddImm && n.Imm == 0 && n.Size == p.how.Move.Size && p.how.Move.Matches(s.Data[off:])
			p.nodes = append(p.nodes, n)
			at[off/unit] = int32(len(p.nodes))
			guarded = max(guarded-1, int(n.Guards))
			off += uint32(n.Size)
		}
		from = r.To
	}
}

// findTaken finds where jumps through registers may lead. A part of a function may be in another section than the jump, and
// has registers of who jumps there: no symbol of a function is what something has the address of then.
func (p *passed) findTaken() {
	part := passing{call: -1}
	for i := range p.Sections {
		for k := range p.Sections[i].Relocs {
			b := &p.Sections[i].Relocs[k]
			ref := &p.Targets[b.S]
			if ref.Kind != linkmap.InSection || b.Howto.Branch {
				continue
			}
			nodes := p.placesOf(b, ref, p.Sections[i].Instructions)
			p.taken[ref.Section] = append(p.taken[ref.Section], nodes...)
			if ref.Mode == 0 {
				part.next = append(part.next, nodes...)
			}
		}
	}
	for section, list := range p.taken {
		slices.Sort(list)
		p.taken[section] = slices.Compact(list)
	}
	if len(part.next) > 0 {
		p.part = int32(len(p.nodes))
		p.nodes = append(p.nodes, part)
	}
}

// placesOf returns the instruction of which a relocation makes the address, or all that it may be.
func (p *passed) placesOf(b *linkmap.Reloc, ref *linkmap.Target, inCode bool) (nodes []int32) {
	off := int64(ref.Off)
	switch {
	case b.Howto.Formula == relocs.Abs || b.Howto.Formula == relocs.FromGOT:
		off += b.A &^ int64(p.Machine.ModeBits)
	case b.Howto.Formula != relocs.PCRel || !isStart(p.Map, ref): // the addend has what lies between the word and where it counts from
	case inCode:
		for _, n := range p.at[ref.Section] {
			if n > 0 {
				nodes = append(nodes, n-1)
			}
		}
		return nodes
	default:
		off += b.A &^ int64(p.Machine.ModeBits)
	}
	if n := p.nodeAt(ref.Section, off); n >= 0 {
		nodes = append(nodes, n)
	}
	return nodes
}

// relocAt returns the relocation at an offset of a section, or nil.
func relocAt(s *linkmap.Section, off uint32) *linkmap.Reloc {
	i, ok := slices.BinarySearchFunc(s.Relocs, off, func(b linkmap.Reloc, off uint32) int { return cmp.Compare(b.Off, off) })
	if !ok {
		return nil
	}
	return &s.Relocs[i]
}

// target returns where the branch at an offset leads, and what that is called; -1 if that is no code of the
// module.
func (p *passed) target(section int32, off uint32, n *passing) (to int32, name string) {
	s := &p.Sections[section]
	b := relocAt(s, off)
	if b == nil {
		if n.Target == 0 {
			return -1, "" // through a register, or of the system
		}
		return p.nodeAt(section, int64(off)+n.Target), ""
	}
	ref := &p.Targets[b.S]
	if ref.Kind != linkmap.InSection || !b.Howto.Branch {
		return -1, ref.Name
	}
	return p.nodeAt(ref.Section, int64(ref.Off)+b.A-p.Machine.BranchA), ref.Name
}

// connect finds what runs behind the instructions of a section.
func (p *passed) connect(section int32, nodes []passing) {
	s := &p.Sections[section]
	ends := func(off uint32) bool {
		if s.Shape == nil {
			return false
		}
		_, ok := slices.BinarySearch(s.Shape.Ends, off)
		return ok
	}
	for unit, number := range p.at[section] {
		if number == 0 {
			continue
		}
		off, n := uint32(unit*p.Machine.Unit), &p.nodes[number-1]
		code := s.Data[off : off+uint32(min(n.Size, len(s.Data)-int(off)))]
		behind := off + uint32(n.Size)
		if n.Flow.GoesOn() || n.guarded { // what has a condition need not run
			if next := p.nodeAt(section, int64(behind)); next >= 0 && !(p.isCall(n) && !n.guarded && ends(behind)) { // what is called may not come back
				n.next = append(n.next, next)
			}
		}
		switch n.Flow {
		case relocs.FlowBranch, relocs.FlowGoto:
			if to, _ := p.target(section, off, n); to >= 0 {
				n.next = append(n.next, to)
			}
		case relocs.FlowCall:
			to, name := p.target(section, off, n)
			if kind, ok := p.how.Tables[name]; ok {
				p.table(section, behind, kind, n)
				break
			}
			n.call = to
		case relocs.FlowJump:
			if entry := p.how.Table(code); entry > 0 {
				p.table(section, behind, relocs.JumpTable{Entry: entry}, n)
				break
			}
			n.next = append(n.next, p.taken[section]...)
			if p.part >= 0 {
				n.next = append(n.next, p.part)
			}
			n.unknown = !p.how.Tail.Matches(code)
		}
	}
}

// table adds where the table behind a jump leads.
func (p *passed) table(section int32, start uint32, kind relocs.JumpTable, n *passing) {
	s := &p.Sections[section]
	data := dataOf(s)
	k, ok := slices.BinarySearchFunc(data, start, func(r elfload.Range, off uint32) int { return cmp.Compare(r.From, off) })
	if n.tabled, n.unknown = ok, !ok; !ok {
		return
	}
	t := table{from: start, to: data[k].To, JumpTable: kind}
	for i := range int(t.to-t.from) / t.Entry {
		if to := p.nodeAt(section, int64(start)+t.entry(s.Data, i)); to >= 0 {
			n.next = append(n.next, to)
		}
	}
}

// solve goes over the code until nothing changes.
func (p *passed) solve() {
	for i := range p.nodes {
		p.nodes[i].must = ^relocs.Registers(0)
	}
	sweep(len(p.nodes), func(i int) bool { return p.findMust(&p.nodes[len(p.nodes)-1-i]) })
	for again := true; again; {
		again = sweep(len(p.nodes), func(i int) bool { return p.find(&p.nodes[len(p.nodes)-1-i]) })
		if sweep(len(p.nodes), func(i int) bool { return p.findWanted(&p.nodes[i]) }) {
			again = true
		}
	}
}

// isCall reports whether an instruction calls a function, or what is instead of one: it leaves the way back in a register.
func (p *passed) isCall(n *passing) bool {
	return n.Flow == relocs.FlowCall && !n.tabled && n.Writes&p.how.Link != 0
}

// mayReturn reports whether an instruction may go back to the caller: also a jump through a register, which can have the way
// back (`pop {r1}; bx r1`).
func (n *passing) mayReturn() bool {
	return n.Flow == relocs.FlowStop || n.Flow == relocs.FlowJump && !n.tabled
}

// sweep calls f with all numbers until it reports of none that something changed, and reports whether anything did.
func sweep(n int, f func(i int) bool) (any bool) {
	for again := true; again; {
		again = false
		for i := range n {
			again = f(i) || again
		}
		any = any || again
	}
	return any
}

// findMust finds what all ways from an instruction set, and reports whether that is other than it was.
func (p *passed) findMust(n *passing) bool {
	must := ^relocs.Registers(0)
	if n.unknown || n.Flow == relocs.FlowStop || n.Flow == relocs.FlowJump && !n.tabled || n.Flow == relocs.FlowGoto && len(n.next) == 0 {
		must = 0 // others go on
	}
	for _, next := range n.next {
		must &= p.nodes[next].must
	}
	if !n.guarded {
		must |= n.Writes
		switch {
		case n.call >= 0:
			must |= p.nodes[n.call].must
		case p.isCall(n):
			must |= p.Machine.CallUses
		}
	}
	changed := must != n.must
	n.must = must
	return changed
}

// find finds what code from an instruction on looks at and sets, and reports whether that is more than it was.
func (p *passed) find(n *passing) bool {
	var looked, left, set, popped relocs.Registers
	for _, next := range n.next {
		looked |= p.nodes[next].looked
		popped |= p.nodes[next].popped
		left |= p.nodes[next].left
		set |= p.nodes[next].set
	}
	if n.mayReturn() {
		left |= n.wanted
	}
	if n.unknown {
		looked, set = ^relocs.Registers(0), p.saved
	}
	behind := looked
	gone, reads, wanted := n.Writes, n.Reads, relocs.Registers(0)
	sets := n.Writes & p.saved
	switch {
	case n.call >= 0:
		callee := &p.nodes[n.call]
		gone |= callee.must
		reads |= callee.looked &^ n.Writes
		sets |= callee.set
		wanted = (behind | left) & p.free &^ callee.wanted
		callee.wanted |= wanted
	case p.isCall(n) && !n.unknown:
		gone |= p.Machine.CallUses
	case n.Flow == relocs.FlowStop: // to go back is not to look where to
		reads &^= p.how.Link
	case n.move:
		src, dst := relocs.One(uint32(n.Src)), relocs.One(uint32(n.Dst))
		if dst&(behind|left) == 0 { // it is saved there, for a while
			reads = 0
			if !n.guarded {
				set &^= src
			}
		}
	case n.Writes == p.how.Stack && n.Reads.Has(p.how.Stack.First()) && n.Sources != 0 && n.Sources&p.how.Stack == 0: // a push
		reads = p.how.Stack
		if popped != 0 { // into whichever register: it is what one of these has
			reads |= n.Sources
		}
		if popped &^= n.Sources; !n.guarded {
			set &^= n.Sources
		}
	case n.Reads == p.how.Stack && n.Writes&p.how.Stack != 0: // a pop: it is given back
		sets = 0
		popped |= n.Writes & (looked | left) & p.free
	}
	if n.guarded {
		gone = 0
	}
	looked, left = looked&^gone|reads, left&^gone
	set |= sets
	changed := looked|n.looked != n.looked || left|n.left != n.left || set|n.set != n.set || popped|n.popped != n.popped || wanted != 0
	n.looked |= looked
	n.popped |= popped
	n.left |= left
	n.set |= set
	return changed
}

// findWanted passes on what is looked at behind the ends of functions, and reports whether somebody did not know.
func (p *passed) findWanted(n *passing) (changed bool) {
	for _, next := range n.next {
		to := &p.nodes[next]
		changed = changed || to.wanted|n.wanted != to.wanted
		to.wanted |= n.wanted
	}
	return changed
}

// lookedAt returns what a function looks at that an instruction calls, or code elsewhere that it goes on in.
func (p *passed) lookedAt(section int32, in *insn) relocs.Registers {
	i := p.nodeAt(section, int64(in.off))
	if i < 0 {
		return 0
	}
	n := &p.nodes[i]
	switch {
	case n.call >= 0:
		return p.nodes[n.call].looked &^ n.Writes
	case n.Flow == relocs.FlowJump && !n.tabled && p.part >= 0:
		return n.wanted | p.nodes[p.part].looked
	case n.mayReturn():
		return n.wanted
	case n.Flow == relocs.FlowGoto || n.Flow == relocs.FlowBranch:
		if to, _ := p.target(section, in.off, n); to >= 0 && in.leaves {
			return p.nodes[to].looked
		}
	}
	return 0
}

// countsFrom reports whether a function that an instruction calls looks at where that is, and may count from there: to data
// behind the call, or to other code.
func (p *passed) countsFrom(section int32, in *insn) bool {
	i := p.nodeAt(section, int64(in.off))
	return i >= 0 && p.nodes[i].call >= 0 && p.nodes[p.nodes[i].call].looked&p.how.Link != 0
}

// setBy returns what a function sets that an instruction calls, and does not give back.
func (p *passed) setBy(section int32, in *insn) relocs.Registers {
	if i := p.nodeAt(section, int64(in.off)); i >= 0 && p.nodes[i].call >= 0 {
		return p.nodes[p.nodes[i].call].set
	}
	return 0
}
