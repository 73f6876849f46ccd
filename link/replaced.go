package link

import (
	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/link/internal/layout"
	"mpyld/link/internal/resolve"
)

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

// linkedWith returns a program with other objects in the place of some, by number, its layout, and which are
// replaced. There is no layout if it does not link: an error would be about code that nobody wrote, and what was there
// before links.
func linkedWith(prog *resolve.Program, objects map[int]*elfload.Object) (with *resolve.Program, lay *layout.Layout, by replaced) {
	with = prog.With(objects)
	var errs diag.List
	if lay = arrange(with, &errs); len(errs) > 0 {
		return with, nil, nil
	}
	by = replaced{}
	for i, obj := range objects {
		by[prog.Objects[i]] = obj
	}
	return with, lay, by
}
