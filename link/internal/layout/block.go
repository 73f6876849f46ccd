package layout

import (
	"fmt"

	"mpyld/diag"
	"mpyld/linkmap"
	"mpyld/mpyfile"
)

// A module's bss and rodata are one block of RAM, or two (ABI.SeparateRAM). In one block
// the distance between the two is as fixed as any inside a region, so code and data may
// hold it; it counts from the start of the block.
//
//	bss of 5 bytes, words of 4: rodata starts at 8    from bss+1 to rodata+2: 8+2-1 = 9

// Start returns where a region starts in its block: the firmware puts rodata
// behind bss, rounded up to a word (py/persistentcode.c: load_raw_code).
func (l *Layout) Start(r mpyfile.Region) int64 {
	if r == mpyfile.Rodata && !l.ABI.SeparateRAM {
		return int64(alignUp(l.Sizes[mpyfile.BSS], uint64(l.Word)))
	}
	return 0
}

// StartOf is start for what a Target points at.
func (l *Layout) StartOf(r *linkmap.Target) int64 {
	if r.Kind != linkmap.InSection {
		return 0
	}
	return l.Start(l.Sections[r.Section].Region)
}

// AlignmentWarnings are about alignment that the firmware's allocator does not
// give the start of a region. Types ask for up to 8, which no core needs that
// gets less; more is asked for on purpose, or out of a compiler's habit.
func (l *Layout) AlignmentWarnings() (list diag.List) {
	r := l.prog
	for i := range l.Sections {
		p := &l.Sections[i]
		gives, what, habit := r.In.Arch.BlockAlign, "RAM", r.Machine.Advice.HabitAlign
		if p.Region == mpyfile.Text {
			gives, what, habit = r.In.Arch.TextAlign, "code", 0
		}
		if p.Kind.Made() || p.Size == 0 || p.Class == linkmap.Literal || p.Align <= max(gives, habit, 8) {
			continue
		}
		w := list.Add(fmt.Sprintf("%s:(%s)", p.Object, p.Name), "it is aligned to %d bytes, but firmware for %s may put the %s of a module at any multiple of %d", p.Align, r.In.Arch.Name, what, gives)
		if p.Region == mpyfile.Text {
			w.Note("what needs more must align its address at run time")
		} else {
			w.Note("ask for memory at run time and align its address")
		}
	}
	return list
}

// Memory returns how much the module takes, in bytes.
func (l *Layout) Memory() (n uint64) {
	for _, size := range l.Sizes {
		n += size
	}
	return n
}
