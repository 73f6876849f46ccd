package simload

import (
	"bytes"
	"cmp"
	"slices"
	"sort"

	"mpyld/link"
	"mpyld/mpyfile"
)

// layout checks where the pieces are: inside their region, aligned, apart from
// each other, with nothing but zeros between them.
func (v *verifier) layout() {
	for i := range v.m.Pieces {
		if p := &v.m.Pieces[i]; v.place(p) && p.Size > 0 {
			v.order[p.Region] = append(v.order[p.Region], int32(i))
		}
	}
	for region := range v.order {
		order := v.order[region]
		byAddr := func(a, b int32) int { return cmp.Compare(v.m.Pieces[a].Addr, v.m.Pieces[b].Addr) }
		if !slices.IsSortedFunc(order, byAddr) {
			slices.SortFunc(order, byAddr)
		}
		v.gaps(mpyfile.Region(region), order)
	}
}

// place checks one piece, and reports whether it can be used.
func (v *verifier) place(p *link.Piece) bool {
	var size uint64
	switch p.Region {
	case mpyfile.Text:
		size = uint64(len(v.file.Text))
	case mpyfile.Rodata:
		size = uint64(len(v.file.Rodata))
	case mpyfile.BSS:
		size = v.file.BSSSize
	default:
		v.bad(where(p, 0), "the section is in no region")
		return false
	}
	switch {
	case p.Size > size || p.Addr > size-p.Size:
		v.bad(where(p, 0), "%d bytes at %s+0x%x, which has only %d bytes", p.Size, p.Region, p.Addr, size)
	case p.Data != nil && uint64(len(p.Data)) != p.Size:
		v.bad(where(p, 0), "%d bytes in the object, %d in the map", len(p.Data), p.Size)
	case p.Data != nil && p.Region == mpyfile.BSS && p.Size > 0:
		v.bad(where(p, 0), "a section with contents is in bss")
	case p.Align > 1 && p.Addr&(p.Align-1) != 0:
		v.bad(where(p, 0), "at %s+0x%x, but it must be aligned to %d bytes", p.Region, p.Addr, p.Align)
	default:
		return true
	}
	return false
}

// gaps checks what is between the pieces of a region.
func (v *verifier) gaps(region mpyfile.Region, order []int32) {
	var data []byte
	switch region {
	case mpyfile.Text:
		data = v.file.Text
	case mpyfile.Rodata:
		data = v.file.Rodata
	}
	end := uint64(0)
	for i, pi := range order {
		p := &v.m.Pieces[pi]
		if p.Addr < end {
			before := &v.m.Pieces[order[i-1]]
			v.bad(where(p, 0), "overlaps %s", where(before, p.Addr-before.Addr))
		} else if region != mpyfile.BSS {
			v.zero(region, end, data[end:p.Addr])
		}
		end = max(end, p.Addr+p.Size)
	}
	if region != mpyfile.BSS {
		v.zero(region, end, data[end:])
	}
}

// zero checks padding that starts at addr of a region.
func (v *verifier) zero(region mpyfile.Region, addr uint64, padding []byte) {
	if i := bytes.IndexFunc(padding, func(c rune) bool { return c != 0 }); i >= 0 {
		v.bad(region.String(), "the byte at 0x%x is 0x%02x, but belongs to no section", addr+uint64(i), padding[i])
	}
}

// owner returns the piece that has the byte at addr of a region, or nil.
func (v *verifier) owner(region mpyfile.Region, addr uint64) *link.Piece {
	order := v.order[region]
	i := sort.Search(len(order), func(i int) bool { return v.m.Pieces[order[i]].Addr > addr })
	if i == 0 {
		return nil
	}
	if p := &v.m.Pieces[order[i-1]]; addr-p.Addr < p.Size {
		return p
	}
	return nil
}
