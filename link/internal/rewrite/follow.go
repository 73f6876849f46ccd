package rewrite

import (
	"cmp"
	"debug/elf"
	"slices"

	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/linkmap"
	"mpyld/relocs"
)

// What runs after an instruction is the one behind it, or where it jumps to: through
// registers, to all places in its section whose address the module has, and to those in others
// whose address its section has, or a table that it refers to, or that a branch leads to or comes from: compilers
// put parts of a function that rarely run into another section, and the table's address may be in a register there.
// Where functions start code comes to by calls, with nothing in registers but arguments.
//
//	beqz a1, 1f     the next one, or 1
//	jr   t3         2, which a table has
//	2: ...

func (w *rewriter) insnWhere(here insnAt) diag.Place {
	return w.prog.Sections[here.section].At(uint64(here.off))
}

// follow follows what an instruction with a relocation sets through all code that
// may run after it. It calls visit with each instruction, until visit returns false for
// it.
func (w *rewriter) follow(from int32, visit func(here insnAt, step *relocs.Insn) bool) {
	start := w.insnOf(from)
	step := w.step(start)
	seen := map[insnAt]bool{}
	var work []insnAt
	reach := func(at insnAt) {
		if !seen[at] {
			seen[at] = true
			work = append(work, at)
		}
	}
	w.successors(start, &step, reach)
	for len(work) > 0 && w.steps <= w.maxSteps {
		w.steps++
		here := work[len(work)-1]
		work = work[:len(work)-1]
		step := w.step(here)
		if visit(here, &step) {
			w.successors(here, &step, reach)
		}
	}
}

// successors calls f with the instructions that may run after one. Data does
// not run, and no function runs on into the next: its last call does not come
// back.
func (w *rewriter) successors(here insnAt, step *relocs.Insn, f func(insnAt)) {
	goesTo := func(to insnAt) {
		if len(w.insn(to)) > 0 {
			f(to)
		}
	}
	if step.Flow.GoesOn() || w.conditionOf(here) != always { // or it does not run
		if next := here.off + uint32(step.Size); !w.endsAt(here.section, next) {
			goesTo(insnAt{here.section, next})
		}
	}
	switch step.Flow {
	case relocs.FlowBranch, relocs.FlowGoto:
		if to, ok := w.target(here, step); ok {
			goesTo(to)
		}
	case relocs.FlowJump:
		for _, to := range w.jumpsTo(here.section) {
			goesTo(to)
		}
	}
}

// jumpsTo returns where jumps through registers in a section may go.
func (w *rewriter) jumpsTo(section int32) []insnAt {
	if to, ok := w.jumps[section]; ok {
		return to
	}
	var to []insnAt
	for _, off := range w.addressTaken(section) {
		to = append(to, insnAt{section, off})
	}
	seen := map[int32]bool{}
	elsewhere := func(by int32) {
		if seen[by] {
			return
		}
		seen[by] = true
		w.steps += len(w.takenBy[by]) // of as many sections as refer to a table
		for _, at := range w.takenBy[by] {
			if at.section != section {
				to = append(to, at)
			}
		}
	}
	elsewhere(section)
	for k := range w.bound.Relocs[section] {
		ref := &w.bound.Targets[w.bound.Relocs[section][k].S]
		if ref.Kind == linkmap.InSection && w.prog.Sections[ref.Section].Class != linkmap.Code {
			elsewhere(ref.Section)
		}
	}
	for _, part := range w.partsBeside(section) {
		w.steps += len(w.labels[part])
		to = append(to, w.labels[part]...)
	}
	slices.SortFunc(to, func(a, b insnAt) int { return cmp.Or(cmp.Compare(a.section, b.section), cmp.Compare(a.off, b.off)) })
	to = slices.Compact(to)
	w.jumps[section] = to
	return to
}

// partsBeside returns the other sections to which a branch leads from one, or from which one leads to it: a
// function's code may be in all of these. It looks at the whole module once.
func (w *rewriter) partsBeside(section int32) []int32 {
	if w.beside == nil {
		w.beside = map[int32][]int32{}
		for i := range w.bound.Relocs {
			for k := range w.bound.Relocs[i] {
				b := &w.bound.Relocs[i][k]
				to := w.bound.Targets[b.S].Section
				if !b.Howto.Branch || w.bound.Targets[b.S].Kind != linkmap.InSection || to == int32(i) || !w.prog.Sections[i].Instructions {
					continue
				}
				if step := w.step(insnAt{int32(i), b.Off}); step.Flow == relocs.FlowBranch || step.Flow == relocs.FlowGoto {
					w.beside[int32(i)], w.beside[to] = append(w.beside[int32(i)], to), append(w.beside[to], int32(i))
				}
			}
		}
		for i, parts := range w.beside {
			slices.Sort(parts)
			w.beside[i] = slices.Compact(parts)
		}
	}
	return w.beside[section]
}

// target returns where a branch goes, if that is in code of the module.
func (w *rewriter) target(here insnAt, step *relocs.Insn) (insnAt, bool) {
	p := &w.prog.Sections[here.section]
	if k := w.relocAt(here); k >= 0 && w.bound.Relocs[here.section][k].Howto.Branch {
		// S + A, and what the field holds 0 for.
		b := &w.bound.Relocs[here.section][k]
		field := b.Howto.At(p.Data[here.off:])
		insn := append([]byte(nil), p.Data[here.off:here.off+uint32(max(step.Size, field.Size))]...)
		field.Write(insn, 0)
		ref := &w.bound.Targets[b.S]
		if ref.Kind != linkmap.InSection || w.prog.Sections[ref.Section].Class != linkmap.Code {
			return insnAt{}, false
		}
		return within(&w.prog.Sections[ref.Section], int32(ref.Section), int64(ref.Off)+b.A+w.prog.Machine.Decode(insn).Target)
	}
	return within(p, here.section, int64(here.off)+step.Target)
}

func within(p *linkmap.Origin, section int32, off int64) (insnAt, bool) {
	if off < 0 || off >= int64(len(p.Data)) {
		return insnAt{}, false
	}
	return insnAt{section, uint32(off)}, true
}

// addressTaken returns the offsets in a section that data or code has the address
// of: where jumps through registers may go. It looks at the whole module once.
func (w *rewriter) addressTaken(section int32) []uint32 {
	if w.taken == nil {
		w.taken, w.takenBy, w.labels = map[int32][]uint32{}, map[int32][]insnAt{}, map[int32][]insnAt{}
		starts := w.functionStarts()
		for i := range w.bound.Relocs {
			for k := range w.bound.Relocs[i] {
				b := &w.bound.Relocs[i][k]
				ref := &w.bound.Targets[b.S]
				if ref.Kind != linkmap.InSection || w.prog.Sections[ref.Section].Class != linkmap.Code || b.Howto.Branch {
					continue
				}
				off := int64(ref.Off)
				if !b.Howto.Formula.NeedsSlot() { // whose addend is about the slot
					off += b.A &^ int64(w.prog.Machine.ModeBits)
				}
				if to, ok := within(&w.prog.Sections[ref.Section], int32(ref.Section), off); ok {
					w.taken[to.section] = append(w.taken[to.section], to.off)
					if !starts[function{to, ref.Name}] {
						w.takenBy[int32(i)] = append(w.takenBy[int32(i)], to)
						w.labels[to.section] = append(w.labels[to.section], to)
					}
				}
			}
		}
		for i, offs := range w.taken {
			slices.Sort(offs)
			w.taken[i] = slices.Compact(offs)
		}
	}
	return w.taken[section]
}

// function is where one starts, and its name: another name for the place is that of a label.
type function struct {
	insnAt
	name string
}

// functionStarts returns where functions start, which code comes to by calls.
func (w *rewriter) functionStarts() map[function]bool {
	starts := map[function]bool{}
	for oi, obj := range w.prog.Objects {
		for k := range obj.Symbols {
			sym := &obj.Symbols[k]
			if sym.Type() != elf.STT_FUNC || sym.Where != elfload.InSection {
				continue
			}
			if i := w.prog.SectionOf[oi][sym.Sect]; i >= 0 {
				starts[function{insnAt{i, uint32(sym.Value)}, sym.Name}] = true
			}
		}
	}
	return starts
}
