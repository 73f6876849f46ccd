package layout

import (
	"mpyld/link/internal/demand"
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
