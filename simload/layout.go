package simload

import (
	"cmp"
	"slices"
	"sort"

	"mpyld/linkmap"
	"mpyld/mpyfile"
)

// Later checks take a section's place for granted: that it lies in its region, aligned,
// apart from all others. A map that says otherwise, or a file that is shorter than the
// map, must be found first, so that no later check reads past an end.
//
//	a.o:(.text) 0x20 bytes at text+0, b.o:(.text) at text+0x1e: they overlap

// layout checks where the sections are: inside their region, aligned, and apart
// from each other. Relocations must be in the order of their places.
func (v *verifier) layout() {
	var counts [len(v.order)]int
	for i := range v.m.Sections {
		if r := v.m.Sections[i].Region; int(r) < len(counts) {
			counts[r]++
		}
	}
	for region, n := range counts {
		v.order[region] = make([]int32, 0, n)
	}
	for i := range v.m.Sections {
		p := &v.m.Sections[i]
		if !slices.IsSortedFunc(p.Relocs, func(a, b linkmap.Reloc) int { return cmp.Compare(a.Off, b.Off) }) {
			v.errorf(p.At(0), "its relocations are not in the order of their places")
		}
		if p.Class != linkmap.Literal && v.place(p) && p.Size > 0 {
			v.order[p.Region] = append(v.order[p.Region], int32(i))
		}
	}
	for region := range v.order {
		order := v.order[region]
		// Link order is address order but for the parts the linker made.
		byAddr := func(a, b int32) int { return cmp.Compare(v.m.Sections[a].Addr, v.m.Sections[b].Addr) }
		if !slices.IsSortedFunc(order, byAddr) {
			slices.SortFunc(order, byAddr)
		}
		v.apart(order)
	}
	v.bss()
}

// bss checks that the file claims no memory beyond the sections, except what
// aligns rodata behind it.
func (v *verifier) bss() {
	end, align := uint64(0), uint64(1)
	if order := v.order[mpyfile.BSS]; len(order) > 0 {
		last := &v.m.Sections[order[len(order)-1]]
		end = last.Addr + last.Size
	}
	for _, i := range v.order[mpyfile.Rodata] {
		align = max(align, v.m.Sections[i].Align)
	}
	if size := v.file.BSSSize; size != end && size != (end+align-1)&^(align-1) {
		v.errorf("bss", "%d bytes, but the sections in it have %d", size, end)
	}
}

// place checks one section, and reports whether it can be used.
func (v *verifier) place(p *linkmap.Section) bool {
	if why := v.edited(p); why != "" {
		v.errorf(p.Object, "the section %s: %s", p.Name, why) // without an offset, which the edits would give
		return false
	}
	var size uint64
	switch p.Region {
	case mpyfile.Text:
		size = uint64(len(v.file.Text))
	case mpyfile.Rodata:
		size = uint64(len(v.file.Rodata))
	case mpyfile.BSS:
		size = v.file.BSSSize
	default:
		v.errorf(p.At(0), "the section is in no region")
		return false
	}
	switch {
	case p.Size > size || p.Addr > size-p.Size:
		v.errorf(p.At(0), "%d bytes at %s+0x%x, which has only %d bytes", p.Size, p.Region, p.Addr, size)
	case p.Data != nil && uint64(len(p.Data)) != p.Size:
		v.errorf(p.At(0), "%d bytes in the object, %d in the map", len(p.Data), p.Size)
	case p.Data != nil && p.Region == mpyfile.BSS && p.Size > 0:
		v.errorf(p.At(0), "a section with contents is in bss")
	case p.Align > 1 && p.Addr&(p.Align-1) != 0:
		v.errorf(p.At(0), "at %s+0x%x, but it must be aligned to %d bytes", p.Region, p.Addr, p.Align)
	default:
		return true
	}
	return false
}

// apart checks that the sections of a region do not overlap.
func (v *verifier) apart(order []int32) {
	for i := 1; i < len(order); i++ {
		before, p := &v.m.Sections[order[i-1]], &v.m.Sections[order[i]]
		if p.Addr-before.Addr < before.Size {
			v.errorf(p.At(0), "overlaps %s", before.At(p.Addr-before.Addr))
		}
	}
}

// owner returns the section that has the byte at addr of a region, or nil.
func (v *verifier) owner(region mpyfile.Region, addr uint64) *linkmap.Section {
	order := v.order[region]
	i := sort.Search(len(order), func(i int) bool { return v.m.Sections[order[i]].Addr > addr })
	if i == 0 {
		return nil
	}
	if p := &v.m.Sections[order[i-1]]; addr-p.Addr < p.Size {
		return p
	}
	return nil
}
