// Package near finds instructions that load an address from a slot of the GOT although it is at
// a fixed distance from them, and what computes it.
//
// It stands apart because what it finds makes other objects (elfload.Object.Shrink), which are
// linked in the place of those they were. It must never write a byte: a row of relocs says what
// takes the place of what.
package near

import (
	"cmp"
	"slices"

	"mpyld/edit"
	"mpyld/elfload"
	"mpyld/link/internal/demand"
	"mpyld/link/internal/layout"
	"mpyld/link/internal/resolve"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// Text is one block, wherever the firmware puts it: the distance from code to what else is in it
// is fixed. Variables are in a block of their own, so that their slots stay. Nothing gets longer or
// shorter, so one look at a layout is enough:
//
//	mov f@GOTPCREL(%rip), %rax     f is in text: lea f(%rip), %rax, and no slot
//	mov x@GOTPCREL(%rip), %rax     x is in bss: as it was
//
// Where two instructions go to a slot together, they are side by side and leave nothing behind in
// a register but the address, so that nobody can see by which way it came.

// finder looks at the sections of one layout.
type finder struct {
	prog *resolve.Program
	lay  *layout.Layout
}

// Find returns the objects with other instructions, by number. The error is elfload's.
func Find(prog *resolve.Program, lay *layout.Layout) (map[int]*elfload.Object, error) {
	f := &finder{prog, lay}
	var made map[int]*elfload.Object
	for oi, obj := range prog.Objects {
		cuts := elfload.Cuts{}
		for si := range obj.Sections {
			if i := prog.SectionOf[oi][si]; i >= 0 {
				if edits := f.edits(i); len(edits) > 0 {
					cuts[si] = edits
				}
			}
		}
		if len(cuts) == 0 {
			continue
		}
		other, err := obj.Shrink(cuts)
		if err != nil {
			return nil, err
		}
		if made == nil {
			made = map[int]*elfload.Object{}
		}
		made[oi] = other
	}
	return made, nil
}

// edits returns those of a section, as offsets in the object.
func (f *finder) edits(i int32) []edit.Edit {
	p := &f.lay.Sections[i]
	if p.Region != mpyfile.Text || !p.Instructions || p.Size == 0 {
		return nil
	}
	var edits []edit.Edit
	var seconds map[uint64]*linkmap.Reloc
	for k := range p.Relocs {
		b := &p.Relocs[k]
		if !b.Howto.Formula.NeedsSlot() || !f.reaches(b) || !applies(p, b) {
			continue
		}
		if !b.Howto.Near.Pair {
			edits = append(edits, f.edit(p, b))
			continue
		}
		if seconds == nil {
			seconds = f.seconds(i)
		}
		if other := seconds[uint64(b.Off)]; f.together(p, b, other) {
			edits = append(edits, f.edit(p, b), f.edit(p, other))
		}
	}
	slices.SortFunc(edits, func(a, b edit.Edit) int { return cmp.Compare(a.Off, b.Off) })
	return edits
}

// reaches reports whether what a slot would hold is in text.
func (f *finder) reaches(b *linkmap.Reloc) bool {
	t := &f.lay.Targets[b.S]
	if t.Kind != linkmap.InSection {
		return false
	}
	to := &f.lay.Sections[t.Section]
	return to.Region == mpyfile.Text && to.Class != linkmap.Literal
}

// applies reports whether the instruction with a relocation is one that has a row.
func applies(p *linkmap.Section, b *linkmap.Reloc) bool {
	n := b.Howto.Near
	return n != nil && b.By == nil && b.A == n.A && n.Matches(p.Data, b.Off)
}

// seconds are the relocations of a section that go by the value of another one, by the place of
// that. Places with several have nil.
func (f *finder) seconds(i int32) map[uint64]*linkmap.Reloc {
	p := &f.lay.Sections[i]
	seconds := map[uint64]*linkmap.Reloc{}
	for k := range p.Relocs {
		b := &p.Relocs[k]
		if t := &f.lay.Targets[b.S]; b.Howto.Formula == relocs.LowOf && t.Kind == linkmap.InSection && t.Section == i {
			if _, again := seconds[t.Off]; again {
				b = nil
			}
			seconds[t.Off] = b
		}
	}
	return seconds
}

// together reports whether the instructions of two relocations are side by side, and leave nothing
// behind in a register but what the second makes of the first.
func (f *finder) together(p *linkmap.Section, first, second *linkmap.Reloc) bool {
	if second == nil || !applies(p, second) {
		return false
	}
	one := f.prog.Machine.Decode(p.Data[first.Off:])
	two := f.prog.Machine.Decode(p.Data[second.Off:])
	return second.Off == first.Off+uint32(one.Size) && one.Writes != 0 && two.Writes == one.Writes && two.Reads == one.Writes
}

// edit is what becomes of the instruction with a relocation.
func (f *finder) edit(p *linkmap.Section, b *linkmap.Reloc) edit.Edit {
	n := b.Howto.Near
	from := b.Off - uint32(n.Before)
	return edit.Edit{
		Off: uint32(p.Edits.In(uint64(from))), Del: uint32(n.Size), Ins: n.Insn(p.Data[from:]), For: b.Howto, To: f.prog.Machine.Howto(n.To),
	}
}

// Saved says which slots are not there any more.
func Saved(was, is *layout.Layout, got int) (list []linkmap.Saved) {
	counted := map[demand.SlotKey]bool{} // that are there, or of which others say that they are not
	for i := range is.Slots {
		counted[keyOf(is, &is.Slots[i])] = true
	}
	for _, target := range is.Demand.Dead {
		counted[demand.SlotKey{TargetKey: demand.KeyOf(&is.Targets[target])}] = true
	}
	less := memory(was) - memory(is) - bytes(is.Saved) + bytes(was.Saved)
	for i := range was.Slots {
		if s := &was.Slots[i]; !s.Literal && !counted[keyOf(was, s)] {
			list = append(list, linkmap.Saved{By: relocs.NearSlots, Section: int32(got), Bytes: int32(is.Word), Why: "code computes the address of " + was.Targets[s.Target].Name})
			less -= int64(is.Word)
		}
	}
	if less != 0 {
		list = append(list, linkmap.Saved{By: relocs.NearSlots, Section: -1, Bytes: int32(less), Why: "padding is other than it was, around a smaller table"})
	}
	return list
}

func keyOf(lay *layout.Layout, s *demand.Slot) demand.SlotKey {
	return demand.SlotKey{A: s.A, TargetKey: demand.KeyOf(&lay.Targets[s.Target])}
}

// memory returns the bytes of memory that a layout takes.
func memory(lay *layout.Layout) (n int64) {
	for _, size := range lay.Sizes {
		n += int64(size)
	}
	return n
}

// bytes returns how many of memory relaxations saved.
func bytes(list []linkmap.Saved) (n int64) {
	for i := range list {
		if !relocs.Relaxations[list[i].By].File {
			n += int64(list[i].Bytes)
		}
	}
	return n
}
