package simload

import (
	"sort"

	"mpyld/linkmap"
	"mpyld/mpyfile"
)

// Linker-defined symbols are derived here from what was loaded: where a region or the
// sections of an output section start and end in memory. Nothing else may lie between
// the two ends, and a table of words has no gaps, for code goes from one end to the other.
//
//	__init_array_start is text+0x40, and of its sections .init_array.5 at 0x40 and .init_array at 0x44

// boundaries checks where the linker-defined symbols are in memory, and that the
// sections between the two ends of an output section are those of it.
func (v *verifier) boundaries(im *Image) {
	for i := range v.m.Boundaries {
		e := &v.m.Boundaries[i]
		p := &v.m.Sections[e.Section]
		got := im.Start(p.Region) + p.Addr
		switch want, ok := v.boundary(im, e); {
		case !ok:
			v.errorf("", "%s: its sections are in several regions", p.Name)
		case got != want:
			v.errorf("", "%s is at %s+0x%x, %d bytes from where it should be", p.Name, p.Region, p.Addr, int64(got-want))
		case e.Of != nil && !e.End:
			v.output(e)
		}
	}
}

// boundary returns the run-time address of an end, in its own terms: the block of
// RAM has bss at its head and rodata at its tail.
func (v *verifier) boundary(im *Image, e *linkmap.Boundary) (uint64, bool) {
	text := im.Start(mpyfile.Text)
	switch {
	case e.Of != nil && len(e.Of) == 0:
		return text, true
	case e.Of != nil:
		return v.outputBoundary(im, e)
	case e.Region == mpyfile.Text && e.End:
		return text + uint64(len(im.Text)), true
	case e.Region == mpyfile.Text || im.bssSize == 0 && len(im.Rodata) == 0:
		return text, true
	case e.Region == mpyfile.BSS && im.bssSize == 0:
		return im.Start(mpyfile.Rodata), true // the block starts with it
	case e.Region == mpyfile.BSS && !e.End:
		return im.Start(mpyfile.BSS), true
	case e.Region == mpyfile.BSS || len(im.Rodata) == 0:
		return im.Start(mpyfile.BSS) + im.bssSize, true
	case e.End:
		return im.Start(mpyfile.Rodata) + uint64(len(im.Rodata)), true
	}
	return im.Start(mpyfile.Rodata), true
}

func (v *verifier) outputBoundary(im *Image, e *linkmap.Boundary) (addr uint64, ok bool) {
	for i, m := range e.Of {
		p := &v.m.Sections[m]
		first := im.Start(p.Region) + p.Addr
		switch end := first + p.Size; {
		case p.Region != v.m.Sections[e.Of[0]].Region:
			return 0, false
		case e.End && (i == 0 || end > addr):
			addr = end
		case !e.End && (i == 0 || first < addr):
			addr = first
		}
	}
	return addr, true
}

// output checks that no other section of an object lies among those of an output section, and
// that words of a table have no gap between them.
func (v *verifier) output(e *linkmap.Boundary) {
	in := map[*linkmap.Section]bool{}
	var start, end, size uint64
	for i, m := range e.Of {
		p := &v.m.Sections[m]
		in[p] = true
		size += p.Size
		if i == 0 || p.Addr < start {
			start = p.Addr
		}
		end = max(end, p.Addr+p.Size)
	}
	words := true
	for p := range in {
		words = words && p.Align == uint64(v.file.Arch.Word) && p.Size%p.Align == 0
	}
	if words && size != end-start {
		v.errorf("", "%s: a table of %d bytes takes %d", v.m.Sections[e.Section].Name, size, end-start)
	}
	if len(e.Of) == 0 {
		return
	}
	order := v.order[v.m.Sections[e.Of[0]].Region]
	first := sort.Search(len(order), func(i int) bool { return v.m.Sections[order[i]].Addr >= start })
	for _, i := range order[first:] {
		p := &v.m.Sections[i]
		if p.Addr >= end {
			break
		}
		if !p.Kind.Made() && !in[p] {
			v.errorf(p.At(0), "lies among the sections that %s starts", v.m.Sections[e.Section].Name)
		}
	}
}
