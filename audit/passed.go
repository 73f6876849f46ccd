package audit

import (
	"cmp"
	"debug/elf"
	"maps"
	"slices"

	"mpyld/elfload"
	"mpyld/relocs"
)

// Where registers differ between the object's code and the module's, they must not be what code elsewhere looks at.
// The procedure call standard says which those are, but compilers take code out of functions that has their
// registers, and no symbol says which code that is. So all code of the module is gone over, as the files have it: what is
// read in a function, and in those that it calls, before it is set there; what a function sets of the
// registers that are its caller's, and does not get from the stack again; and what is read behind a call before it is set.
//
//	push {r4, lr}         r4 is its caller's: this saves it
//	mov  r0, r5           and so is r5, which it looks at
//	bl   f                looks at what f looks at, but for r0
//	adds r0, r2           somebody looks at what f leaves in r2
//	pop  {r4, pc}
//
// Saving on the stack is no look at a register, if nobody reads what is got from there, and moving to one that nothing looks at is
// saving, too. Of functions that are not in the module, and of calls through registers, it is taken for granted that they
// keep to the standard; calls of the system change no register.

// code is the code of a module's files.
type code struct {
	*audit
	how    *relocs.Direct
	list   []codeStep
	byOff  map[place]map[uint32]int32 // by section and offset: the number of the instruction
	firsts map[place][]int32          // by section: the instructions whose address something has
	inside int32                      // an instruction that is none, which leads to those that are not the start of a function, or none
}

// codeStep is an instruction.
type codeStep struct {
	relocs.Insn
	guarded, moves bool
	after          []int32 // what may run behind it
	to             int32   // where a call or a branch leads, or none
	known          bool    // all that may run behind it is in after
	inTable        bool    // by way of the table behind it

	sets    relocs.Registers // on every way to an end
	reads   relocs.Registers // in the function, before it is set
	fetches relocs.Registers // from the stack, to read it, of those that functions need not give back
	leaves  relocs.Registers // as it is, to who reads it behind the end
	changes relocs.Registers // of those that are the caller's
	results relocs.Registers // that are read behind the ends to which it leads
}

// readCode goes over the code of the module.
func (a *audit) readCode() *code {
	c := &code{audit: a, how: a.in.Machine.Direct, byOff: map[place]map[uint32]int32{}, firsts: map[place][]int32{}, inside: none}
	var all []place
	var inside []int32
	for i := range a.files {
		for s := range a.files[i].Sections {
			if a.files[i].at[s] == none {
				continue
			}
			at := place{int32(i), int32(s)}
			if sec := &a.asWritten(i).Sections[s]; sec.Flags&elf.SHF_EXECINSTR != 0 && len(sec.Data) > 0 {
				c.takeApart(at)
				all = append(all, at)
			}
		}
	}
	for i := range a.files {
		for s := range a.files[i].Sections {
			if a.files[i].at[s] != none {
				inside = append(inside, c.addresses(place{int32(i), int32(s)})...)
			}
		}
	}
	if len(inside) > 0 {
		c.inside = int32(len(c.list))
		c.list = append(c.list, codeStep{after: inside, to: none, known: true})
	}
	for _, at := range all {
		c.lead(at)
	}
	c.settle()
	return c
}

// asWritten returns a file as it is, whatever the module has of it.
func (a *audit) asWritten(file int) *elfload.Object {
	if a.recoded != nil && a.recoded[file] != nil {
		return a.recoded[file]
	}
	return a.files[file].Object
}

func (c *code) section(at place) *elfload.Section {
	return &c.asWritten(int(at.file)).Sections[at.section]
}

// dataIn returns the data in a section of code.
func dataIn(sec *elfload.Section) []elfload.Range {
	if sec.Shape == nil {
		return nil
	}
	return sec.Shape.Data
}

func (c *code) takeApart(at place) {
	sec, m := c.section(at), c.in.Machine
	numbers := map[uint32]int32{}
	c.byOff[at] = numbers
	off := uint32(0)
	for _, r := range append(slices.Clone(dataIn(sec)), elfload.Range{From: uint32(len(sec.Data)), To: uint32(len(sec.Data))}) {
		for guards := 0; off < r.From; guards-- {
			s := codeStep{Insn: m.Decode(sec.Data[off:r.From]), guarded: guards > 0, to: none}
			s.moves = s.Op == relocs.AddImm && s.Imm == 0 && s.Size == c.how.Move.Size && c.how.Move.Matches(sec.Data[off:])
			numbers[off] = int32(len(c.list))
			c.list = append(c.list, s)
			if s.Guards > 0 {
				guards = int(s.Guards) + 1
			}
			off += uint32(s.Size)
		}
		off = (r.To + uint32(m.Unit) - 1) / uint32(m.Unit) * uint32(m.Unit)
	}
}

// find returns the number of the instruction at an offset of a section.
func (c *code) find(at place, off uint64) (int32, bool) {
	n, ok := c.byOff[at][uint32(off)]
	return n, ok && off>>32 == 0
}

// addresses returns what instructions inside of functions the relocations of a section make addresses of, and notes all. A label
// is named by its section, or it is of another type than functions are.
func (c *code) addresses(at place) (inside []int32) {
	sec := c.section(at)
	for r := range sec.Relocs {
		if r.Howto == nil || r.Howto.MarksOnly() || r.Howto.Branch {
			continue
		}
		to, s, off, ok := c.symbolIn(int(at.file), r.Sym)
		if !ok {
			continue
		}
		moved := *s
		moved.Value = off
		value, known := c.leadsInto(&moved, &r, sec.Flags&elf.SHF_EXECINSTR != 0)
		var found []int32
		if n, ok := c.find(to, value); ok && known {
			found = []int32{n}
		}
		if !known {
			found = slices.Collect(maps.Values(c.byOff[to]))
		}
		c.firsts[to] = append(c.firsts[to], found...)
		if s.Type() != elf.STT_FUNC {
			inside = append(inside, found...)
		}
	}
	return inside
}

// symbolIn returns where in the files a symbol is that one refers to, and what defines it.
func (c *code) symbolIn(file int, symbol uint32) (at place, s *elfload.Symbol, off uint64, ok bool) {
	f := &c.files[file]
	def := symbolAt{int32(file), int32(symbol)}
	if n := int(symbol) - f.Locals; n >= 0 && f.names[n] >= 0 {
		number := f.names[n]
		for range len(c.fixed) + 1 {
			s := c.fixed[c.table.Name(number)]
			if s == nil {
				break
			}
			if s.to.Symbol == "" {
				return at, nil, 0, false
			}
			number, off = c.number(s.to.Symbol), off+s.to.Number
		}
		g, name := &c.globals[number], c.table.Name(number)
		e, given := c.in.Externs[name]
		if g.is != strong && g.is != weak || given && !e.Provide && !c.ownBusiness(name) {
			return at, nil, 0, false
		}
		def = g.def
	}
	s = &c.asWritten(int(def.file)).Symbols[def.symbol]
	if s.Where != elfload.InSection {
		return at, nil, 0, false
	}
	at = place{def.file, s.Sect}
	if f := &c.files[def.file]; f.gone != nil && f.gone[s.Sect] {
		if at, ok = c.twin(int32(def.file), s.Sect); !ok {
			return at, nil, 0, false
		}
	}
	return at, s, s.Value + off, true
}

// lead finds what may run behind the instructions of a section.
func (c *code) lead(at place) {
	sec := c.section(at)
	refs := relocsAt(sec)
	ends := map[uint32]bool{}
	if sec.Shape != nil {
		for _, end := range sec.Shape.Ends {
			ends[end] = true
		}
	}
	for off, number := range c.byOff[at] {
		s := &c.list[number]
		behind := off + uint32(s.Size)
		s.known = true
		if next, ok := c.find(at, uint64(behind)); ok && (s.guarded || s.Flow.GoesOn() && !(ends[behind] && c.calls(s))) {
			s.after = append(s.after, next)
		}
		name := ""
		if r := refs[off]; r != nil && r.Howto.Branch {
			name = c.asWritten(int(at.file)).Symbols[r.Sym].Name
			if to, _, value, ok := c.symbolIn(int(at.file), r.Sym); ok {
				if n, ok := c.find(to, value+uint64(r.A-c.in.Machine.BranchA)); ok {
					s.to = n
				}
			}
		} else if n, ok := c.find(at, uint64(int64(off)+s.Target)); ok && r == nil && s.Target != 0 {
			s.to = n
		}
		code := sec.Data[off:min(int(behind), len(sec.Data))]
		switch entry := c.how.Table(code); {
		case s.Flow == relocs.FlowBranch || s.Flow == relocs.FlowGoto:
			if s.to != none {
				s.after = append(s.after, s.to)
			}
		case s.Flow == relocs.FlowCall:
			if kind, ok := c.how.Tables[name]; ok {
				c.byTable(at, s, behind, kind)
			}
		case s.Flow == relocs.FlowJump && entry > 0:
			c.byTable(at, s, behind, relocs.JumpTable{Entry: entry})
		case s.Flow == relocs.FlowJump:
			if s.after = append(s.after, c.firsts[at]...); c.inside != none {
				s.after = append(s.after, c.inside)
			}
			s.known = c.how.Tail.Matches(code)
		}
	}
}

// byTable has an instruction lead where the table behind it does.
func (c *code) byTable(at place, s *codeStep, start uint32, kind relocs.JumpTable) {
	data := dataIn(c.section(at))
	i, ok := slices.BinarySearchFunc(data, start, func(r elfload.Range, off uint32) int { return cmp.Compare(r.From, off) })
	s.inTable, s.known, s.to = ok, ok, none
	if !ok {
		return
	}
	for k := range int(data[i].To-start) / kind.Entry {
		if n, ok := c.find(at, uint64(int64(start)+leadsTo(c.section(at).Data[start:], k, kind))); ok {
			s.after = append(s.after, n)
		}
	}
}

// settle goes over all instructions until there is nothing new.
func (c *code) settle() {
	const all = ^relocs.Registers(0)
	for i := range c.list {
		c.list[i].sets = all
	}
	for again := true; again; {
		again = false
		for i := len(c.list) - 1; i >= 0; i-- {
			again = c.settleSets(&c.list[i]) || again
		}
	}
	for again := true; again; {
		again = false
		for i := len(c.list) - 1; i >= 0; i-- {
			again = c.settleReads(&c.list[i]) || again
		}
		for i := range c.list {
			for _, n := range c.list[i].after {
				again = more(&c.list[n].results, c.list[i].results) || again
			}
		}
	}
}

// more adds registers to a set, and reports whether there are some that were not in it.
func more(set *relocs.Registers, registers relocs.Registers) bool {
	was := *set
	*set |= registers
	return *set != was
}

// calls reports whether an instruction calls a function, and not what jumps by way of a table, nor the system.
func (c *code) calls(s *codeStep) bool {
	return s.Flow == relocs.FlowCall && !s.inTable && s.Writes&c.how.Link != 0
}

// returns reports whether an instruction may lead back to the caller, be it by a register that has the way back.
func (s *codeStep) returns() bool {
	return s.Flow == relocs.FlowStop || s.Flow == relocs.FlowJump && !s.inTable
}

// settleSets finds what is set on every way, which may turn out to be less.
func (c *code) settleSets(s *codeStep) bool {
	sets := ^relocs.Registers(0)
	for _, n := range s.after {
		sets &= c.list[n].sets
	}
	leaves := s.Flow == relocs.FlowStop || s.Flow == relocs.FlowJump && !s.inTable || s.Flow == relocs.FlowGoto && s.to == none
	if leaves || !s.known {
		sets = 0
	}
	switch {
	case s.guarded:
	case c.calls(s) && s.to != none:
		sets |= s.Writes | c.list[s.to].sets
	case c.calls(s):
		sets |= s.Writes | c.in.Machine.CallUses
	default:
		sets |= s.Writes
	}
	changed := s.sets != sets
	s.sets = sets
	return changed
}

// settleReads finds what is read, and what is changed, which may turn out to be more.
func (c *code) settleReads(s *codeStep) bool {
	callers := c.how.Saved &^ c.how.Stack
	var reads, leaves, changes, fetches relocs.Registers
	if s.returns() {
		leaves = s.results
	}
	for _, n := range s.after {
		reads |= c.list[n].reads
		leaves |= c.list[n].leaves
		changes |= c.list[n].changes
		fetches |= c.list[n].fetches
	}
	if !s.known {
		reads, changes = ^relocs.Registers(0), callers
	}
	again := false
	sets, looks, stack := s.Writes, s.Reads, c.how.Stack
	changed, saved := s.Writes&callers, relocs.Registers(0)
	switch {
	case c.calls(s) && s.known && s.to != none:
		f := &c.list[s.to]
		again = more(&f.results, (reads|leaves)&c.in.Machine.CallUses&^c.how.Link)
		looks |= f.reads &^ s.Writes
		sets |= f.sets
		changed |= f.changes
	case c.calls(s) && s.known:
		sets |= c.in.Machine.CallUses
	case s.Flow == relocs.FlowStop: // who goes back does not care where that is
		looks &^= c.how.Link
	case s.moves && !(reads | leaves).Has(int(s.Dst)):
		looks, saved = 0, relocs.One(uint32(s.Src))
	case s.moves:
	case s.Reads&stack != 0 && s.Writes == stack && s.Sources != 0 && s.Sources&stack == 0: // onto the stack
		looks, saved = stack, s.Sources
		if fetches != 0 { // one of them, and nobody knows which
			looks |= s.Sources
		}
		fetches &^= s.Sources
	case s.Reads == stack && s.Writes&stack != 0: // from the stack
		changed = 0
		fetches |= (reads | leaves) & s.Writes & c.in.Machine.CallUses &^ c.how.Link
	}
	if s.guarded {
		sets, saved = 0, 0
	}
	again = more(&s.reads, reads&^sets|looks) || again
	again = more(&s.leaves, leaves&^sets) || again
	again = more(&s.fetches, fetches) || again
	return more(&s.changes, changes&^saved|changed) || again
}

// of returns an instruction of other code, as the file has it.
func (c *recoded) of(s *step) *codeStep {
	if c.all != nil {
		if n, ok := c.all.find(place{int32(c.file), int32(c.number)}, uint64(s.off)); ok {
			return &c.all.list[n]
		}
	}
	return &codeStep{to: none}
}

// changedBy returns what a function that an instruction calls changes of what is its caller's.
func (c *recoded) changedBy(s *step) relocs.Registers {
	if is := c.of(s); c.all.calls(is) && is.to != none {
		return c.all.list[is.to].changes
	}
	return 0
}

// countsFrom reports whether a function that an instruction calls reads the way back as a number.
func (c *recoded) countsFrom(s *step) bool {
	is := c.of(s)
	return is.to != none && c.all.calls(is) && c.all.list[is.to].reads&c.how.Link != 0
}

// lookedAt returns what code elsewhere looks at to which an instruction leads.
func (c *recoded) lookedAt(s *step) relocs.Registers {
	is := c.of(s)
	switch {
	case is.Flow == relocs.FlowJump && !is.inTable && c.all != nil && c.all.inside != none: // maybe into a function that it is a part of
		return is.results | c.all.list[c.all.inside].reads
	case is.returns():
		return is.results
	case is.to == none:
		return 0
	case c.all.calls(is):
		return c.all.list[is.to].reads &^ is.Writes
	case (s.Flow == relocs.FlowBranch || s.Flow == relocs.FlowGoto) && !c.staysHere(s):
		return c.all.list[is.to].reads
	}
	return 0
}
