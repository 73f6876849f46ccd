package link

import (
	"mpyld/diag"
	"mpyld/elfload"
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
	other := prog.With(objects)
	var errs diag.List
	next := arrange(other, &errs)
	if len(errs) > 0 {
		return prog, lay, nil // it is about the code as it was: that links
	}
	next.Saved = append(next.Saved, near.Saved(lay, next, prog.Got)...)
	by := replaced{}
	for i, obj := range objects {
		by[prog.Objects[i]] = obj
	}
	return other, next, by
}

// replaced are objects of which sections have other code, with what they are now.
type replaced map[*elfload.Object]*elfload.Object

// then returns the objects that are replaced by both, one after the other.
func (r replaced) then(next replaced) replaced {
	if len(r) == 0 {
		return next
	}
	all := replaced{}
	behind := map[*elfload.Object]bool{}
	for was, is := range r {
		all[was] = is
		if last := next[is]; last != nil {
			all[was], behind[is] = last, true
		}
	}
	for was, is := range next {
		if !behind[was] {
			all[was] = is
		}
	}
	return all
}
