package direct

import (
	"math/bits"
	"slices"

	"mpyld/linkmap"
	"mpyld/relocs"
)

// A word can be another one if each load of it only leads to instructions that are known:
// additions of a place, loads by way of the table. Each of those is a use. All else that looks at
// the register makes the word stay as it is, and what else it needs.
//
//	    ldr r2, 2f       the word 2, the offset of a slot
//	    ldr r3, [r4, r2] a use of it, if r4 is the table: ldr r3, 2f instead
//	    str r2, [sp]     but not if that is there too

// use is an instruction that goes with the words that it uses.
type use struct {
	insn  int
	words []*word // all that its registers may be from
	load  *word   // what it loads, by way of a slot; nil: it adds its place
	table int     // the register with the address of the table, or -1
}

// uses are those of a section.
type uses struct {
	*flow
	list   []use
	keep   map[*word]bool  // stay as they are
	seen   map[*word]bool  // of those, numbers that something looks at which is not known to add its place
	places map[*word][]int // by word: the instructions that add their places to it
	shared bool            // an offset of a slot is used with a table that is not known
}

// findUses finds them, and which words stay.
func findUses(f *flow) *uses {
	u := &uses{flow: f, keep: map[*word]bool{}, seen: map[*word]bool{}, places: map[*word][]int{}}
	for _, w := range f.words {
		if kindOf(w) != plain && (w.other || kindOf(w) == slot && w.reloc.A != 0) {
			u.keep[w], u.seen[w] = true, w.other
		}
	}
	for i := range f.insns {
		if f.in[i][0] != 0 {
			u.find(i)
		}
	}
	u.settle()
	return u
}

// wordOf returns the word that an instruction loads.
func (u *uses) wordOf(load int) *word { return u.words[u.insns[load].to] }

// tagged returns the tags of a register in front of an instruction, without clean.
func (u *uses) tagged(i int, reg int) []tag {
	tags := u.all[u.in[i][reg]]
	if len(tags) > 0 && tags[0] == clean {
		tags = tags[1:]
	}
	return tags
}

// only returns the words that a register is from, if it is from words of a kind alone, each as it is
// loaded or with a place added.
func (u *uses) only(i, reg int, k kind, added bool) []*word {
	tags := u.all[u.in[i][reg]]
	var list []*word
	for _, t := range tags {
		if t == clean || t.isAdded() != added || u.kind[t.load()] != k {
			return nil
		}
		list = append(list, u.wordOf(t.load()))
	}
	return list
}

// one returns the word that a register is from, if it is from loads of one.
func one(list []*word) *word {
	for _, w := range list {
		if w != list[0] {
			return nil
		}
	}
	if len(list) == 0 {
		return nil
	}
	return list[0]
}

// find finds what an instruction uses.
func (u *uses) find(i int) {
	in := &u.insns[i]
	rest := in.Reads
	switch {
	case u.isMove(i):
		return
	case in.Op == relocs.AddPC:
		if u.findPlace(i) {
			return
		}
	case in.Op == relocs.LoadSum && !in.Placed:
		// Where a slot is from the start of the table is known to the linker alone: nothing can be done with
		// that but to add it to the table's address, whatever way that has come.
		for _, r := range [2]int{int(in.Index), int(in.Src)} {
			if offset := one(u.only(i, r, slot, false)); offset != nil {
				other := int(in.Index) + int(in.Src) - r
				u.list = append(u.list, use{insn: i, load: offset, words: []*word{offset}, table: other})
				return
			}
		}
	case in.Op == relocs.Load && in.Imm == 0 && in.Reads == relocs.One(uint32(in.Src)) && in.Writes == relocs.One(uint32(in.Dst)):
		if w := one(u.only(i, int(in.Src), slotPlace, true)); w != nil {
			u.list = append(u.list, use{insn: i, words: []*word{w}, load: w, table: -1})
			return
		}
	}
	for ; rest != 0; rest &= rest - 1 {
		if r := bits.TrailingZeros64(uint64(rest)); r < registers {
			u.blame(i, r)
		}
	}
	u.leaves(i)
}

// findPlace finds what an instruction adds its place to.
func (u *uses) findPlace(i int) bool {
	src := int(u.insns[i].Src)
	for _, k := range [...]kind{base, distance, slotPlace} {
		list := u.only(i, src, k, false)
		w := one(list)
		if w == nil {
			continue
		}
		// What it is counted from is the place of the instruction, which PC is ahead of.
		if at := int64(w.off) - w.reloc.A - u.pc(i); k != distance && at != 0 {
			return false
		}
		if !slices.Contains(u.places[w], i) {
			u.places[w] = append(u.places[w], i)
		}
		if len(u.places[w]) > 1 {
			u.keep[w] = true
		}
		u.list = append(u.list, use{insn: i, words: []*word{w}, table: -1})
		return true
	}
	return false
}

// pc returns what an instruction that adds its place adds.
func (u *uses) pc(i int) int64 {
	in := &u.insns[i]
	return (int64(in.off) + int64(in.PCAdd)) &^ int64(in.PCMask)
}

// blame has the words stay that a register may be from.
func (u *uses) blame(i, reg int) { u.blameAll(u.in[i][reg]) }

func (u *uses) blameAll(set setNumber) {
	for _, t := range u.all[set] {
		if t == clean {
			continue
		}
		w := u.wordOf(t.load())
		u.keep[w] = true
		u.seen[w] = u.seen[w] || !t.isAdded()
	}
}

// leaves has the words stay that code elsewhere may see. Functions give some registers back as they were.
// In others is what is passed and returned, as far as somebody looks at it: the rest is left over.
func (u *uses) leaves(i int) {
	in := &u.insns[i]
	if in.Flow == relocs.FlowCall {
		for all := u.passed.lookedAt(u.linked, in) & everyRegister; all != 0; all &= all - 1 {
			u.blame(i, bits.TrailingZeros64(uint64(all)))
		}
	}
	if in.unknown || in.leaves {
		behind := u.behind(i) // which may have got them back
		for all := u.how.Saved | u.passed.lookedAt(u.linked, in)&everyRegister; all != 0; all &= all - 1 {
			u.blameAll(behind[bits.TrailingZeros64(uint64(all))])
		}
	}
}

// settle has the words stay that belong to others that do: what loads from a slot still needs
// the table.
func (u *uses) settle() {
	for changed := true; changed; {
		changed = false
		for _, use := range u.list {
			if !u.stays(&use) {
				continue
			}
			kept := len(u.keep)
			for _, w := range use.words {
				u.keep[w] = true
			}
			if use.table >= 0 {
				u.shared = u.shared || u.only(use.insn, use.table, base, true) == nil
				u.blame(use.insn, use.table)
			}
			changed = changed || len(u.keep) > kept
		}
	}
}

// held returns where registers hold something else in front of instructions than they do in the object's code: what
// words had that are other ones now.
func (u *uses) held() (list []linkmap.Held) {
	for i := range u.insns {
		in, regs := &u.insns[i], relocs.Registers(0)
		for r := range registers {
			for _, t := range u.tagged(i, r) {
				if !u.keep[u.wordOf(t.load())] {
					regs |= relocs.One(uint32(r))
				}
			}
		}
		if regs == 0 {
			continue
		}
		end := in.off + uint32(in.Size)
		if n := len(list) - 1; n >= 0 && list[n].To == in.off && list[n].Registers == regs {
			list[n].To = end
		} else {
			list = append(list, linkmap.Held{From: in.off, To: end, Registers: regs})
		}
	}
	return list
}

// stays reports whether an instruction stays as it is because of its words. One that loads by way of a slot
// need not, if only what leads to the table is needed otherwise.
func (u *uses) stays(use *use) bool {
	if use.load != nil {
		return u.keep[use.load]
	}
	for _, w := range use.words {
		if u.keep[w] {
			return true
		}
	}
	return false
}
