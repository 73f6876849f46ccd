package mpywriter

import (
	"slices"

	"mpyld/mpyfile"
	"mpyld/mpytree"
)

// relocs writes the relocation records of linked code in the form they have.
func (w *treeWriter) relocs(c *mpytree.Code) {
	if !w.f.Linked(c) {
		if len(c.Relocs) > 0 {
			w.fail("relocations without the scope flag that announces them")
		}
		return
	}
	wire, rodata := mpytree.WireOf(w.f.Version), c.ScopeFlags&w.f.Scope().Rodata != 0
	records := w.runs
	if records == nil {
		records = slices.Values(c.Relocs)
	}
	for r := range records {
		code := wireCode(&wire, r.Dest, rodata)
		switch {
		case code < 0:
			w.fail("mpy version %d has no relocation to the %s", w.f.Version, r.Dest)
			return
		case code > maxCode:
			w.fail("destination code %d does not fit a relocation record", code)
			return
		}
		if r.Counted {
			code |= 1
		}
		op := code << 1
		if r.Placed {
			op |= 1
		}
		w.b = append(w.b, byte(op))
		if r.Placed {
			w.uint(r.Index<<1 | uint64(r.Region))
		}
		if r.Counted {
			w.uint(r.Count)
		}
	}
	w.b = append(w.b, mpyfile.RecordsEnd)
}

// maxCode is the largest code in relocation records: with the position bit,
// 127 would be the end mark.
const maxCode = 126

// wireCode is a destination's code in relocation records, the inverse of
// mpytree's destOf: of a region, one that is even. It is negative when they
// cannot have it.
func wireCode(wire *mpyfile.Wire, d mpyfile.Dest, rodata bool) int {
	switch d.Kind {
	case mpyfile.ToText:
		return 0
	case mpyfile.ToRodata:
		if wire.Packed && !rodata {
			return -1
		}
		return 2
	case mpyfile.ToBSS:
		if wire.Packed && !rodata {
			return 2
		}
		return 4
	case mpyfile.ToQStrTable:
		return wire.QStrTable
	case mpyfile.ToObjTable:
		return wire.ObjTable
	case mpyfile.ToFunTable:
		return wire.FunTable
	}
	return wire.FunEntry0 + int(d.Entry)
}
