package layout

import (
	"mpyld/link/internal/resolve"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// bss and rodata are RAM, whose sections lie in the order of the link. With -O they lie in another
// if that is smaller, gaps and the anchor counted: a block that starts with a variable
// that a slot points at needs no other slot.
//
//	one of 1 byte, two of 4, three of 1: 9 bytes    two, one, three: 6

// placeRAM lays out bss and rodata.
func (l *Layout) placeRAM(r *resolve.Program) {
	usual := [3][]int32{mpyfile.BSS: l.inRegion(mpyfile.BSS), mpyfile.Rodata: l.inRegion(mpyfile.Rodata)}
	l.placeRAMAs(usual)
	if !r.In.Relax.Has(relocs.SectionOrder) {
		return
	}
	before := l.sizeOfRAM()
	best, least := usual, before
	for _, headed := range []bool{true, false} {
		order := [3][]int32{mpyfile.BSS: l.packRegion(r, usual[mpyfile.BSS], headed), mpyfile.Rodata: l.packRegion(r, usual[mpyfile.Rodata], headed)}
		l.placeRAMAs(order)
		if size := l.sizeOfRAM(); size < least {
			best, least = order, size
		}
	}
	l.placeRAMAs(best)
	if least < before {
		l.Saved = append(l.Saved, linkmap.Saved{By: relocs.SectionOrder, Section: -1, Bytes: int32(before - least), Why: "variables are in another order, with smaller gaps"})
	}
}

// inRegion returns the sections of a region, in the order of the link.
func (l *Layout) inRegion(region mpyfile.Region) (list []int32) {
	for i := range l.Sections {
		if l.Sections[i].Region == region {
			list = append(list, int32(i))
		}
	}
	return list
}

// packRegion returns an order of the sections of a region that takes little room. Headed, the first
// is one that something in text points at, if there is such.
func (l *Layout) packRegion(r *resolve.Program, sections []int32, headed bool) (order []int32) {
	units := l.unitsOf(r, sections)
	if len(units) == 0 {
		return sections
	}
	var front []unit
	var pointedAt map[int32]bool
	if headed {
		pointedAt = l.startsPointedAt()
	}
	for i := range units {
		if first := units[i].sections[0]; pointedAt[first] && l.Sections[first].Size > 0 {
			front = append(front, units[i])
			units = append(units[:i:i], units[i+1:]...)
			break
		}
	}
	for _, u := range append(front, packUnits(units, endOfUnits(front, 0))...) {
		order = append(order, u.sections...)
	}
	return order
}

// placeRAMAs lays out bss and rodata in an order.
func (l *Layout) placeRAMAs(order [3][]int32) {
	for _, region := range [...]mpyfile.Region{mpyfile.BSS, mpyfile.Rodata} {
		end := uint64(0)
		for _, i := range order[region] {
			p := &l.Sections[i]
			p.Addr = alignUp(end, p.Align)
			end = p.Addr + p.Size
		}
		l.Sizes[region] = end
	}
	if !l.ABI.SeparateRAM {
		l.alignBlock()
	}
	l.placeBoundaries() // of the RAM, one of which may be the anchor
}

// sizeOfRAM returns the bytes that bss and rodata take with the slots that they need.
func (l *Layout) sizeOfRAM() uint64 {
	size := l.Sizes[mpyfile.BSS] + l.Sizes[mpyfile.Rodata]
	for _, head := range l.heads() {
		if l.needsAnchor(head) != resolve.NoSection {
			size += uint64(l.Word)
		}
	}
	return size
}

// heads are the regions at the head of a block of RAM.
func (l *Layout) heads() []mpyfile.Region {
	switch {
	case l.ABI.SeparateRAM:
		return []mpyfile.Region{mpyfile.BSS, mpyfile.Rodata}
	case l.Sizes[mpyfile.BSS] == 0:
		return []mpyfile.Region{mpyfile.Rodata}
	}
	return []mpyfile.Region{mpyfile.BSS}
}
