package audit

import (
	"bytes"
	"debug/elf"
	"math/bits"

	"mpyld/elfload"
	"mpyld/relocs"
)

// What a register holds may differ between the object's code and the module's where the program does not
// see it. What it is in the object's code is followed forward, from where code may start: the offset of a slot, the
// table, a distance. Where ways come together that leave different things, nothing may look at the register.
// Each instruction that is the object's must look at registers alone that are the same; each that is not must do
// what the object's did with what that had.
//
// Two things no code can show. Where a slot is in the table is the linker's business, so what is added to its
// offset is the table, whichever way that came. And no function is passed or returns such an offset: a compiler
// leaves them in registers that are for arguments where there are none.

// holds is what a register does.
type holds struct {
	what holding
	word uint32 // offset of the word that it is from
}

type holding uint8

const (
	unreached holding = iota
	same              // the same in both
	offset            // G + A of a word that has an address now; in the module, anything
	raw               // GOT + A - P, or S + A - P, of a word that is gone or has an address now; in the module, of S the address
	aTable            // GOT; in the module, anything
	aSlot             // the address of the word's slot; in the module, anything
	moved             // GOT + A - P or the like, of a word that is as in the object: it counts from its place
	different         // nobody knows
)

// registers is how many there are, without the program counter.
const coreRegisters = 15

type regs [coreRegisters]holds

// meet adds what registers hold on another way, and reports whether that says something new.
func (c *recoded) meet(r, other *regs) (changed bool) {
	for i := range r {
		switch was := r[i]; {
		case other[i].what == unreached || other[i] == was || was.what == different:
			continue
		case was.what == unreached:
			r[i] = other[i]
		case c.isOther(was) || c.isOther(other[i]):
			r[i] = holds{what: different}
		case was.what == same:
			continue
		default:
			r[i] = holds{what: same}
		}
		changed = true
	}
	return changed
}

// findEntries finds where code may start that is not followed: at symbols, and where relocations and
// calls lead.
func (c *recoded) findEntries() {
	c.entries = map[uint32]bool{}
	functions := map[uint32]bool{}
	for i := range c.wasIn.Symbols {
		s := &c.wasIn.Symbols[i]
		if s.Where == elfload.InSection && int(s.Sect) == c.number && s.Type() != elf.STT_SECTION && s.Name != "" && !s.Mapping() {
			c.entries[uint32(s.Value)] = true
			if s.Type() == elf.STT_FUNC {
				functions[uint32(s.Value)] = true
			}
		}
	}
	for i := range c.wasIn.Sections {
		for r := range c.wasIn.Sections[i].Relocs {
			s := &c.wasIn.Symbols[r.Sym]
			if r.Howto == nil || r.Howto.MarksOnly() || s.Where != elfload.InSection || int(s.Sect) != c.number {
				continue
			}
			to, known := c.leadsInto(s, &r, c.wasIn.Sections[i].Flags&elf.SHF_EXECINSTR != 0)
			if !known {
				c.wrong(0, "code has the address of a place in there, and nobody knows of which")
			}
			c.entries[uint32(to)] = true
			if !r.Howto.Branch && !functions[uint32(to)] {
				c.wrong(uint32(to), "something has the address of a place in a function, and may count others from there")
			}
		}
	}
	for i := range c.steps {
		if s := &c.steps[i]; s.Flow == relocs.FlowCall && s.field != nil {
			c.entries[s.target] = true
		}
	}
}

// leadsInto returns the place in a section of code that a relocation is about. What counts from an instruction has that in the
// addend: then it is known if the symbol is the place.
func (a *audit) leadsInto(s *elfload.Symbol, r *elfload.Reloc, inCode bool) (to uint64, known bool) {
	sum := (s.Value + uint64(r.A)) &^ uint64(a.in.Machine.ModeBits)
	switch f := r.Howto.Formula; {
	case r.Howto.Branch:
		return s.Value + uint64(r.A-a.in.Machine.BranchA), true
	case f == relocs.Abs, f == relocs.FromGOT, f == relocs.PCRel && s.Type() == elf.STT_SECTION && !inCode:
		return sum, true
	case f == relocs.PCRel && s.Type() == elf.STT_SECTION:
		return 0, false
	}
	return s.Value, true
}

// follow finds what registers hold in front of each instruction, and checks each with that.
func (c *recoded) follow() {
	in := make([]regs, len(c.steps))
	var anything regs
	for i := range anything {
		anything[i].what = same
	}
	var work []int
	reach := func(i int, r *regs) {
		if c.meet(&in[i], r) {
			work = append(work, i)
		}
	}
	for off := range c.entries {
		if i, ok := c.at[off]; ok {
			reach(i, &anything)
		}
	}
	for next := 0; ; next++ {
		for len(work) > 0 {
			i := work[len(work)-1]
			work = work[:len(work)-1]
			out := c.behind(&c.steps[i], in[i])
			for _, to := range c.goesOn(&c.steps[i]) {
				reach(to, &out)
			}
		}
		// Whatever else leads to what is left: padding, or what nobody calls.
		for next < len(c.steps) && (in[next][0].what != unreached || c.isNop(&c.steps[next])) {
			next++
		}
		if next == len(c.steps) {
			break
		}
		reach(next, &anything)
	}
	for i := range c.steps {
		if c.checkStep(&c.steps[i], &in[i]); c.failed {
			return
		}
	}
}

func (c *recoded) isNop(s *step) bool {
	for _, nop := range c.how.Nops {
		if bytes.Equal(nop, c.was.Data[s.off:s.off+uint32(s.Size)]) {
			return true
		}
	}
	return false
}

// goesOn returns the instructions of the section that may run after one.
func (c *recoded) goesOn(s *step) (list []int) {
	for _, to := range s.places {
		list = append(list, c.at[to])
	}
	runsOn := s.places == nil && s.Flow.GoesOn()
	if runsOn || s.guarded { // what has a condition need not run
		if next, ok := c.at[s.off+uint32(s.Size)]; ok {
			list = append(list, next)
		} else if s.Flow != relocs.FlowCall && !c.isNop(s) {
			c.wrong(s.off, "it goes on where no code is")
		}
	}
	if s.places != nil {
		return list
	}
	if s.Flow == relocs.FlowBranch || s.Flow == relocs.FlowGoto {
		if to, ok := c.branchesTo(s); ok {
			list = append(list, to)
		}
	}
	return list
}

// branchesTo returns the instruction of the section that a branch leads to.
func (c *recoded) branchesTo(s *step) (int, bool) {
	to := s.target
	if r := c.refs[s.off]; r != nil {
		sym := &c.wasIn.Symbols[r.Sym]
		if sym.Where != elfload.InSection || int(sym.Sect) != c.number {
			return 0, false
		}
		to = uint32(int64(sym.Value) + r.A - c.in.Machine.BranchA)
	}
	i, ok := c.at[to]
	return i, ok
}

// staysHere reports whether a branch leads to the section and nowhere else: what others see may be defined elsewhere, too.
func (c *recoded) staysHere(s *step) bool {
	r := c.refs[s.off]
	_, ok := c.branchesTo(s)
	return ok && (r == nil || c.wasIn.Symbols[r.Sym].Local())
}

// behind returns what registers hold behind an instruction of the object.
func (c *recoded) behind(s *step, r regs) regs {
	out := r
	if s.Flow == relocs.FlowCall {
		// It may have changed these, or left them alone.
		for i := range out {
			if (c.in.Machine.CallUses | s.Writes).Has(i) && out[i].what != same {
				out[i] = holds{what: different}
			}
		}
		for i := range out {
			if c.changedBy(s).Has(i) && out[i].what != same {
				out[i] = holds{what: different}
			}
		}
		return out
	}
	is := holds{what: same}
	switch {
	case c.loadsWord(s):
		is = c.ofWord(s.target)
	case s.Op == relocs.AddPC:
		is = c.added(r[s.Src])
	case c.isMove(s):
		is = r[s.Src]
	}
	for i := range out {
		if !s.Writes.Has(i) {
			continue
		}
		if s.guarded && out[i] != is {
			out[i] = holds{what: different}
		} else {
			out[i] = is
		}
	}
	return out
}

// loadsWord reports whether an instruction loads one word of data.
func (c *recoded) loadsWord(s *step) bool {
	return s.field != nil && (s.Op == relocs.Constant || s.Op == relocs.LoadPC)
}

// isMove reports whether an instruction does nothing but move a register.
func (c *recoded) isMove(s *step) bool {
	return s.Op == relocs.AddImm && s.Imm == 0 && s.Size == c.how.Move.Size && c.how.Move.Matches(c.was.Data[s.off:])
}

// ofWord returns what a word is.
func (c *recoded) ofWord(off uint32) holds {
	r := c.refs[off]
	changed := r != nil && (c.isChanged(off) || c.isGone(off))
	switch {
	case r == nil || r.Howto.Formula == relocs.Abs:
		return holds{what: same}
	case changed && r.Howto.Formula == relocs.GOTSlotOff:
		return holds{offset, off}
	case changed:
		return holds{raw, off}
	case r.Howto.Formula == relocs.GOTSlotOff || r.Howto.Formula == relocs.FromGOT:
		return holds{what: same}
	}
	return holds{moved, off}
}

// added returns what comes of adding the place of an instruction.
func (c *recoded) added(h holds) holds {
	switch h.what {
	case unreached:
		return h
	case moved:
		return holds{what: same}
	case raw:
		switch c.refs[h.word].Howto.Formula {
		case relocs.GOTBaseRel:
			return holds{what: aTable}
		case relocs.GOTSlotRel:
			return holds{aSlot, h.word}
		}
		return holds{what: same}
	}
	return holds{what: different}
}

// checkStep checks what became of an instruction.
func (c *recoded) checkStep(s *step, r *regs) {
	if c.countsFrom(s) {
		c.wrong(s.off, "what it calls may count from there")
	}
	is := c.plain(s)
	switch {
	case len(is) == 0:
		c.checkGone(s, r)
		return
	case len(is) == s.Size && (bytes.Equal(is, c.was.Data[s.off:s.off+uint32(s.Size)]) || s.field != nil && s.field.Matches(is)):
	default:
		c.checkLoad(s, r, is)
		return
	}
	switch {
	case c.isMove(s), r[0].what == unreached:
	case s.Op == relocs.AddPC:
		c.checkMoved(s, r[s.Src])
	case c.loadsWord(s) && (c.isGone(s.target) || c.isChanged(s.target) && c.refs[s.target].Howto.Formula != relocs.PCRel):
		c.wrong(s.off, "it loads what is another word now")
	default:
		for i := range r {
			if s.Reads.Has(i) && c.isOther(r[i]) {
				c.wrong(s.off, "register %d is another one there", i)
			}
		}
	}
	out := c.behind(s, *r)
	leaves := s.Flow == relocs.FlowStop || s.Flow == relocs.FlowJump && s.places == nil || (s.Flow == relocs.FlowBranch || s.Flow == relocs.FlowGoto) && !c.staysHere(s)
	for all := c.how.Saved; leaves && all != 0; all &= all - 1 {
		if i := bits.TrailingZeros64(uint64(all)); i < coreRegisters && c.isOther(out[i]) {
			c.wrong(s.off, "register %d is not given back", i)
		}
	}
	looked := out
	if s.Flow == relocs.FlowCall {
		looked = *r
	}
	for i, h := range looked {
		if c.isOther(h) && c.lookedAt(s).Has(i) {
			c.wrong(s.off, "register %d is another one where it goes on, and code there looks at it", i)
		}
	}
}

// isOther reports whether a register holds something else than it does in the object's code. A distance that has stayed as it
// is is the number that it was.
func (c *recoded) isOther(h holds) bool {
	if h.what != moved {
		return h.what != same && h.what != unreached
	}
	was, is := c.refs[h.word], c.now[uint32(c.is.Edits.Label(uint64(h.word)))]
	sym := &c.wasIn.Symbols[was.Sym]
	return is == nil || is.A != was.A || was.Howto.Formula == relocs.PCRel && sym.Type() == elf.STT_SECTION && c.isIn.Sections[sym.Sect].Edits != c.wasIn.Sections[sym.Sect].Edits
}

// checkGone checks that the program does not miss an instruction.
func (c *recoded) checkGone(s *step, r *regs) {
	switch {
	case c.isNop(s):
	case s.guarded:
		c.wrong(s.off, "a condition in front of it is of another one now")
	case c.loadsWord(s) && (c.isGone(s.target) || c.isChanged(s.target) && c.refs[s.target].Howto.Formula.NeedsSlot()):
	case s.Op == relocs.AddPC && r[s.Src].what == raw:
		c.checkPlace(s, r[s.Src].word)
	case c.isMove(s) && (r[s.Src].what == offset || r[s.Src].what == aTable || r[s.Src].what == aSlot || r[s.Src].what == different ||
		r[s.Src].what == raw && c.refs[r[s.Src].word].Howto.Formula != relocs.PCRel):
	default:
		c.wrong(s.off, "it is missing")
	}
}

// checkPlace checks that what an instruction made of a distance is what the word has now.
func (c *recoded) checkPlace(s *step, word uint32) {
	r := c.refs[word]
	A := r.A + (int64(s.off)+int64(s.PCAdd))&^int64(s.PCMask) - int64(word)
	if r.Howto.Formula != relocs.PCRel {
		if A != 0 {
			c.wrong(s.off, "what it made was no address of the table or of a slot")
		}
		return
	}
	sym, is := &c.wasIn.Symbols[r.Sym], c.now[uint32(c.is.Edits.Label(uint64(word)))]
	if sym.Where == elfload.InSection && c.isIn.Sections[sym.Sect].Edits != c.wasIn.Sections[sym.Sect].Edits {
		if sym.Type() == elf.STT_SECTION {
			A = c.mapped(sym.Sect, A)
		} else if A != 0 {
			c.wrong(s.off, "what it made was the address of some bytes behind %s", sym.Name)
		}
	}
	if is == nil || is.A != int64(int32(A)) {
		c.wrong(s.off, "what it made is not the address that is loaded there")
	}
}

// checkMoved checks that an instruction that adds its place makes the same of a distance.
func (c *recoded) checkMoved(s *step, h holds) {
	if h.what != moved {
		c.wrong(s.off, "it adds its place, and nobody knows to what")
		return
	}
	was, is := c.refs[h.word], c.now[uint32(c.is.Edits.Label(uint64(h.word)))]
	pc := func(off uint32) int64 { return (int64(off) + int64(s.PCAdd)) &^ int64(s.PCMask) }
	before, now := int64(h.word)-pc(s.off), int64(c.is.Edits.Label(uint64(h.word)))-pc(s.to)
	sym := &c.wasIn.Symbols[was.Sym]
	switch {
	case is == nil || is.A-now != was.A-before:
		c.wrong(s.off, "it adds another place, but the word counts from the same")
	case was.Howto.Formula == relocs.PCRel && sym.Where == elfload.InSection && c.isIn.Sections[sym.Sect].Edits != c.wasIn.Sections[sym.Sect].Edits && (sym.Type() == elf.STT_SECTION || was.A-before != 0):
		c.wrong(s.off, "what it makes has moved")
	}
}

// checkLoad checks that an instruction loads the address that the object's got by way of a slot.
func (c *recoded) checkLoad(s *step, r *regs, is []byte) {
	f, insn := c.fieldOf(is), c.in.Machine.Decode(is)
	if f == nil || insn.Op != relocs.Constant && insn.Op != relocs.LoadPC || insn.Size != len(is) {
		c.wrong(s.off, "it is one that does something else")
		return
	}
	word, ok := uint32(0), false
	switch {
	case s.Op == relocs.LoadSum && r[s.Src].what == offset:
		word, ok = r[s.Src].word, true
	case s.Op == relocs.LoadSum && r[s.Index].what == offset:
		word, ok = r[s.Index].word, true
	case s.Op == relocs.Load && s.Imm == 0 && r[s.Src].what == aSlot:
		word, ok = r[s.Src].word, true
	}
	to := c.aim(f, is, s.to)
	if !ok || insn.Dst != s.Dst || insn.Writes != s.Writes || uint64(to) != c.is.Edits.Label(uint64(word)) || to%4 != 0 {
		c.wrong(s.off, "it loads what the object's instruction does not")
	}
}
