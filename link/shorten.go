package link

import (
	"mpyld/diag"
	"mpyld/link/internal/layout"
	"mpyld/link/internal/resolve"
	"mpyld/link/internal/shrink"
	"mpyld/linkmap"
	"mpyld/relocs"
)

// maxShrinks is how often a layout is made with shorter instructions.
const maxShrinks = 12

// shorten makes instructions shorter that are nearer to what they are for than compilers could
// know (package shrink), and returns the program and layout that it leads to, and the objects that were shortened with
// what they are now.
func shorten(prog *resolve.Program, lay *layout.Layout) (*resolve.Program, *layout.Layout, replaced) {
	if !prog.In.Relax.Has(relocs.ShortCalls) || !shrink.Any(prog, lay) {
		return prog, lay, nil
	}
	shorter, next, by := shortenIn(prog, lay)
	if !prog.In.Relax.Has(relocs.SectionOrder) {
		return shorter, next, by
	}
	// Sections in the order that leaves the smallest gaps may be farther from each other than in their own.
	own := prog.Allowing(prog.In.Relax.Without(relocs.SectionOrder))
	var errs diag.List
	if first := arrange(own, &errs); len(errs) == 0 {
		first.Saved = append(first.Saved, savedBy(relocs.NearSlots, lay.Saved)...)
		if s, n, b := shortenIn(own, first); n.Memory() < next.Memory() {
			return s, n, b
		}
	}
	return shorter, next, by
}

// shortenIn does that with sections in one order.
func shortenIn(prog *resolve.Program, lay *layout.Layout) (*resolve.Program, *layout.Layout, replaced) {
	refused := shrink.Refused{}
	for range maxShrinks {
		calls, err := shrink.Find(prog, lay, refused)
		if err != nil || len(calls.Objects()) == 0 {
			break
		}
		shorter, next, by := linkedWith(prog, calls.Objects())
		if next == nil {
			break
		}
		if calls.Failed(next, refused) {
			continue
		}
		next.Saved = append(next.Saved, savedBy(relocs.NearSlots, lay.Saved)...)
		next.Saved = append(next.Saved, calls.Saved(next)...)
		return shorter, next, by
	}
	return prog, lay, nil
}

// savedBy are those of what was saved that a relaxation did.
func savedBy(by relocs.Relaxation, list []linkmap.Saved) (of []linkmap.Saved) {
	for i := range list {
		if list[i].By == by {
			of = append(of, list[i])
		}
	}
	return of
}
