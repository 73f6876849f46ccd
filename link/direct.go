package link

import (
	"mpyld/link/internal/direct"
	"mpyld/link/internal/layout"
	"mpyld/link/internal/resolve"
	"mpyld/linkmap"
	"mpyld/relocs"
)

// heldBy says which registers hold something else than in the objects' code.
type heldBy map[linkmap.SourceSection][]linkmap.Held

// loadDirectly has code load addresses that goes a long way for them (package direct), where that makes
// the module smaller, and returns the program and layout that it leads to, and the objects that are others with what
// they are now, and for those who ask for sources which registers hold something else in them.
func loadDirectly(prog *resolve.Program, lay *layout.Layout) (*resolve.Program, *layout.Layout, replaced, heldBy) {
	if !prog.In.Relax.Has(relocs.DirectLoads) {
		return prog, lay, nil, nil
	}
	found := direct.Find(prog, &lay.Map)
	if len(found.Objects) == 0 {
		return prog, lay, nil, nil
	}
	with, next, by := linkedWith(prog, found.Objects)
	if next == nil || next.Memory() > lay.Memory() {
		return prog, lay, nil, nil
	}
	next.Saved = append(next.Saved, savedBetween(relocs.DirectLoads, lay, next, "its code loads addresses directly", "slots of the GOT are not needed, and padding is other than it was")...)
	return with, next, by, found.Held
}

// savedBetween says what a relaxation made shorter from one layout to another one: sections, and all
// else together.
func savedBetween(by relocs.Relaxation, was, is *layout.Layout, why, rest string) (list []linkmap.Saved) {
	left := int64(was.Memory()) - int64(is.Memory())
	for i := range was.Saved {
		left += int64(was.Saved[i].Bytes)
	}
	for i := range is.Saved {
		left -= int64(is.Saved[i].Bytes)
	}
	note := func(section int32, less int64, why string) {
		list = append(list, linkmap.Saved{By: by, Section: section, Bytes: int32(less), Why: why})
		left -= less
	}
	// Sections of objects come first, and are the same in both; what the linker makes need not be.
	for i := range min(len(was.Sections), len(is.Sections)) {
		less := int64(was.Sections[i].Size) - int64(is.Sections[i].Size)
		if was.Sections[i].Kind == linkmap.Input && less > 0 {
			note(int32(i), less, why)
		}
	}
	if left != 0 {
		note(-1, left, rest)
	}
	return list
}
