package layout

import (
	"mpyld/linkmap"
	"mpyld/mpyfile"
)

// A linker-defined symbol is at an end of something that has no address before layout. It
// must lie in memory that the module has, even when what it is an end of is empty: then it
// is where that would be, and without any RAM at the start of text.
//
//	bss of 12 bytes, no rodata: __bss_start is bss+0, __bss_end bss+12, __data_start bss+12

// placeBoundaries gives linker-defined symbols their place.
func (l *Layout) placeBoundaries() {
	for i := range l.Boundaries {
		e := &l.Boundaries[i]
		p := &l.Sections[e.Section]
		if e.Of != nil {
			l.placeOutputBoundary(e, p)
			continue
		}
		bss, rodata := l.Sizes[mpyfile.BSS], l.Sizes[mpyfile.Rodata]
		p.Region, p.Addr = e.Region, 0
		switch {
		case e.Region == mpyfile.Text:
		case bss == 0 && rodata == 0:
			p.Region = mpyfile.Text
			continue
		case e.Region == mpyfile.BSS && bss == 0:
			p.Region = mpyfile.Rodata
			continue
		case e.Region == mpyfile.Rodata && rodata == 0:
			p.Region, p.Addr = mpyfile.BSS, bss
			continue
		}
		if e.End {
			p.Addr = l.Sizes[p.Region]
		}
	}
}

func (l *Layout) placeOutputBoundary(e *linkmap.Boundary, p *linkmap.Section) {
	p.Region, p.Addr = mpyfile.Text, 0
	for i, m := range e.Of {
		q := &l.Sections[m]
		switch p.Region = q.Region; {
		case e.End:
			p.Addr = max(p.Addr, q.Addr+q.Size)
		case i == 0 || q.Addr < p.Addr:
			p.Addr = q.Addr
		}
	}
}
