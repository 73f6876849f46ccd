package link

import (
	"mpyld/link/internal/layout"
	"mpyld/link/internal/near"
	"mpyld/link/internal/resolve"
	"mpyld/relocs"
)

// compute has instructions compute addresses that they loaded, where those are at a fixed distance
// (package near), and returns the program and layout that it leads to, and the objects that are others with
// what they are now.
func compute(prog *resolve.Program, lay *layout.Layout) (*resolve.Program, *layout.Layout, replaced) {
	if !prog.In.Relax.Has(relocs.NearSlots) {
		return prog, lay, nil
	}
	objects, err := near.Find(prog, lay)
	if err != nil || len(objects) == 0 {
		return prog, lay, nil
	}
	other, next, by := linkedWith(prog, objects)
	if next == nil {
		return prog, lay, nil
	}
	next.Saved = append(next.Saved, near.Saved(lay, next, prog.Got)...)
	return other, next, by
}
