package layout

import (
	"mpyld/link/internal/demand"
	"mpyld/link/internal/resolve"
	"mpyld/linkmap"
	"mpyld/relocs"
)

// noteDeadSlots notes which slots are not there because no instruction loads them, now that
// it is known which are there for another reason.
func (l *Layout) noteDeadSlots() {
	if len(l.Demand.Dead) == 0 {
		return
	}
	there := map[demand.SlotKey]bool{}
	for i := range l.Slots {
		if s := &l.Slots[i]; !s.Literal {
			there[demand.SlotKey{A: s.A, TargetKey: demand.KeyOf(&l.Targets[s.Target])}] = true
		}
	}
	for _, target := range l.Demand.Dead {
		t := &l.Targets[target]
		key := demand.SlotKey{TargetKey: demand.KeyOf(t)}
		if !there[key] {
			there[key] = true
			l.Saved = append(l.Saved, linkmap.Saved{By: relocs.DeadSlots, Section: int32(l.prog.Got), Bytes: int32(l.Word), Why: "no instruction loads " + t.Name})
		}
	}
}

// noteOrder notes what the order of text saved, of which what was the jump at its start is
// not there any more.
func (l *Layout) noteOrder(r *resolve.Program, saved, jump uint64) {
	note := func(by relocs.Relaxation, section int, bytes uint64, why string) {
		if bytes > 0 {
			l.Saved = append(l.Saved, linkmap.Saved{By: by, Section: int32(section), Bytes: int32(bytes), Why: why})
		}
	}
	if l.choice.entryFirst && l.Sections[r.Jump].Size == 0 {
		jump = min(jump, saved)
		note(relocs.EntryFirst, r.Jump, jump, "mpy_init is first")
		saved -= jump
	}
	note(relocs.SectionOrder, -1, saved, "sections of text are in another order, with smaller gaps")
}
