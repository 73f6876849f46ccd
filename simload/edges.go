package simload

import (
	"sort"

	"mpyld/link"
	"mpyld/mpyfile"
)

// edges checks where the linker-defined symbols are in memory, and that the
// sections between the two ends of a run are those of the run.
func (v *verifier) edges(im *Image) {
	for i := range v.m.Edges {
		e := &v.m.Edges[i]
		p := &v.m.Pieces[e.Piece]
		got := im.Start(p.Region) + p.Addr
		switch want, ok := v.edge(im, e); {
		case !ok:
			v.bad("", "%s: its sections are in several regions", p.Name)
		case got != want:
			v.bad("", "%s is at %s+0x%x, %d bytes from where it should be", p.Name, p.Region, p.Addr, int64(got-want))
		case e.Run != nil && !e.End:
			v.run(e)
		}
	}
}

// edge returns the run-time address of an end, in its own terms: the block of
// RAM has bss at its head and rodata at its tail.
func (v *verifier) edge(im *Image, e *link.Edge) (uint64, bool) {
	text := im.Start(mpyfile.Text)
	switch {
	case e.Run != nil && len(e.Run) == 0:
		return text, true
	case e.Run != nil:
		return v.runEdge(im, e)
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

func (v *verifier) runEdge(im *Image, e *link.Edge) (addr uint64, ok bool) {
	for i, m := range e.Run {
		p := &v.m.Pieces[m]
		first := im.Start(p.Region) + p.Addr
		switch end := first + p.Size; {
		case p.Region != v.m.Pieces[e.Run[0]].Region:
			return 0, false
		case e.End && (i == 0 || end > addr):
			addr = end
		case !e.End && (i == 0 || first < addr):
			addr = first
		}
	}
	return addr, true
}

// run checks that no other section of an object lies among those of a run, and
// that words of a table have no gap between them.
func (v *verifier) run(e *link.Edge) {
	in := map[*link.Piece]bool{}
	var start, end, size uint64
	for i, m := range e.Run {
		p := &v.m.Pieces[m]
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
		v.bad("", "%s: a table of %d bytes takes %d", v.m.Pieces[e.Piece].Name, size, end-start)
	}
	if len(e.Run) == 0 {
		return
	}
	order := v.order[v.m.Pieces[e.Run[0]].Region]
	first := sort.Search(len(order), func(i int) bool { return v.m.Pieces[order[i]].Addr >= start })
	for _, i := range order[first:] {
		p := &v.m.Pieces[i]
		if p.Addr >= end {
			break
		}
		if p.Object != "" && !in[p] {
			v.bad(where(p, 0), "lies among the sections that %s starts", v.m.Pieces[e.Piece].Name)
		}
	}
}
