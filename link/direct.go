package link

import (
	"mpyld/diag"
	"mpyld/link/internal/direct"
	"mpyld/link/internal/layout"
	"mpyld/link/internal/resolve"
	"mpyld/linkmap"
	"mpyld/relocs"
)

// loadDirectly has code load addresses that goes a long way for them (package direct), where that makes
// the module smaller, and returns the program and layout that it leads to, and the objects that are others with what
// they are now.
func loadDirectly(prog *resolve.Program, lay *layout.Layout) (*resolve.Program, *layout.Layout, replaced) {
	if !prog.In.Relax.Has(relocs.DirectLoads) {
		return prog, lay, nil
	}
	found := direct.Find(prog)
	if len(found) == 0 {
		return prog, lay, nil
	}
	with := prog.With(found)
	var errs diag.List
	next := arrange(with, &errs)
	if len(errs) > 0 || next.Memory() > lay.Memory() {
		return prog, lay, nil // it is about the code as it was: that links
	}
	next.Saved = append(next.Saved, savedBetween(relocs.DirectLoads, lay, next, "its code loads addresses directly", "slots of the GOT are not needed, and padding is other than it was")...)
	by := replaced{}
	for i, obj := range found {
		by[prog.Objects[i]] = obj
	}
	return with, next, by
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
	for i := range was.Sections {
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
