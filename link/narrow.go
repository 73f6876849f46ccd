package link

import (
	"mpyld/link/internal/layout"
	"mpyld/link/internal/narrow"
	"mpyld/link/internal/resolve"
	"mpyld/relocs"
)

// narrowed has code without what it does not need of length (package narrow), where that makes the module smaller,
// and returns the program and layout that it leads to, and the objects that are others with what they are
// now.
func narrowed(prog *resolve.Program, lay *layout.Layout) (*resolve.Program, *layout.Layout, replaced) {
	if !prog.In.Relax.Has(relocs.ShortForms) {
		return prog, lay, nil
	}
	objects, err := narrow.Find(prog, lay)
	if err != nil || len(objects) == 0 {
		return prog, lay, nil
	}
	other, next, by := linkedWith(prog, objects)
	if next == nil || next.Memory() >= lay.Memory() {
		return prog, lay, nil
	}
	next.Saved = append(next.Saved, savedBetween(relocs.ShortForms, lay, next, "instructions and padding are shorter", "padding between sections is other than it was")...)
	return other, next, by
}
