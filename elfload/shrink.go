package elfload

import (
	"cmp"
	"maps"
	"slices"

	"mpyld/edit"
)

// Code that is shortened after it has a place is an object that is read again with more
// edits: what refers to its bytes (symbols and their sizes, relocations, offsets from a section's
// start, what is code in it) follows as it does for padding that is cut, and whoever sees
// the object sees plain sections. Paddings are cut anew, to what they need then.
//
//	0: auipc ra; jalr ra (R_RISCV_CALL f)   8: 6 bytes of padding to 8   14: g
//	as it is loaded     g at 8, no padding
//	cut {0: 8 bytes, jal ra}    g at 8 too, behind 4 bytes of padding

// Cuts are edits of sections of an object, by section, in the order of their places: as offsets
// of what the file has, before paddings are cut.
type Cuts map[int][]edit.Edit

// Shrink returns the object with sections that are edited further than they already are. The
// error is a *diag.Error.
func (o *Object) Shrink(cuts Cuts) (*Object, error) {
	all := maps.Clone(cuts)
	for section, edits := range o.cuts {
		all[section] = slices.SortedFunc(slices.Values(slices.Concat(edits, cuts[section])), func(a, b edit.Edit) int { return cmp.Compare(a.Off, b.Off) })
	}
	obj, err := (&loader{name: o.Name, data: o.file, mach: o.mach, cuts: all}).load()
	if err == nil {
		obj.cuts = all
	}
	return obj, err
}

// Raw returns the object as its file has it: with all padding, and no table turned around. Offsets
// in it are those that Cuts have. The error is a *diag.Error.
func (o *Object) Raw() (*Object, error) {
	if !o.edited {
		return o, nil
	}
	return (&loader{name: o.Name, data: o.file, mach: o.mach, raw: true}).load()
}
