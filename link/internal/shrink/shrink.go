// Package shrink finds instructions that can be shorter, now that it is known how far
// away is what they are for.
//
// It stands apart because what it finds makes other objects (elfload.Object.Shrink), with
// which all passes that go by offsets start again. It must never write a byte: a row of
// relocs says what takes the place of what.
package shrink

import (
	"mpyld/elfload"
	"mpyld/link/internal/layout"
	"mpyld/link/internal/resolve"
	"mpyld/linkmap"
	"mpyld/relocs"
)

// A shorter call brings what is around it nearer, so that more calls can be shorter. Each round
// places all sections with what was found so far, and looks at all calls again, until nothing changes:
//
//	f: call g (8 bytes)   ... 2,044 bytes ...   g      2,052 bytes ahead: c.j reaches 2,046, jal does
//	   with another call between them shortened by 4: 2,048; and by what it gets shorter itself, 2,042: c.j
//
// Padding in front of what is aligned may grow while code shrinks. A call that no longer reaches
// gets longer once more, and is not looked at again.
//
// What later passes put between sections may be elsewhere than it was, so the layout that
// comes out is checked (Failed), and what does not reach there is refused next time.

// Calls are what was found.
type Calls struct {
	prog     *resolve.Program
	lay      *layout.Layout
	sections []section
	of       []int32 // by section of the map: its number in sections plus one, or 0
	sites    []site
	order    []int32 // the sections of text in the order of their addresses
	addr     []int64 // by section of the map, as far as rounds know

	counts map[int32]spans // what counted returns; nil: nobody asked yet
	shrunk map[int]*elfload.Object
}

// Refused says of calls, by section and offset in the object, which of their ways are too
// short.
type Refused map[Place]int

// Place is one of a section of the map, as an offset in the object.
type Place struct {
	section int32
	off     uint32
}

// Find finds the calls of a program that can be shorter than in a layout.
func Find(prog *resolve.Program, lay *layout.Layout, refused Refused) (*Calls, error) {
	c := &Calls{prog: prog, lay: lay, of: make([]int32, len(lay.Sections)), addr: make([]int64, len(lay.Sections))}
	if err := c.gather(refused); err != nil || len(c.sites) == 0 {
		return c, err
	}
	c.aim()
	c.settle()
	return c, c.shrink()
}

// Objects returns the objects that take the place of those with calls that can be shorter, by
// number.
func (c *Calls) Objects() map[int]*elfload.Object { return c.shrunk }

// settle looks for the shortest way of each call.
func (c *Calls) settle() {
	for {
		c.place()
		if !c.lengthen() && !c.shorten(false) && !c.shorten(true) {
			return
		}
	}
}

// shorten takes a shorter way for each call that reaches by it, and reports whether any does.
// Hoping is to count what the call itself gets shorter, which padding may take back.
func (c *Calls) shorten(hoping bool) bool {
	changed := false
	for i := range c.sites {
		s := &c.sites[i]
		v := c.distance(s)
		for w := s.least; w < s.way; w++ {
			less := int64(0)
			if hoping && v > 0 {
				less = int64(s.size() - s.ways[w].Len)
			}
			if s.ways[w].reaches(v - less) {
				s.way, changed = w, true
				break
			}
		}
	}
	return changed
}

// lengthen takes a longer way for each call that does not reach, for good, and reports whether
// any does not.
func (c *Calls) lengthen() bool {
	changed := false
	for i := range c.sites {
		s := &c.sites[i]
		for s.way < len(s.ways) && !s.ways[s.way].reaches(c.distance(s)) {
			s.way++
			s.least, changed = s.way, true
		}
	}
	return changed
}

// distance returns how far a call is from what it is for.
func (c *Calls) distance(s *site) int64 {
	if s.nowhere {
		return 0
	}
	return c.addressOf(s.dest, s.destOff, s.destPoint) - c.addressOf(s.section, int64(s.off), s.point)
}

// addressOf returns the address of a place behind so many points of a section.
func (c *Calls) addressOf(section int32, off int64, point int32) int64 {
	at := c.addr[section] + off
	if n := c.of[section]; n > 0 && point > 0 {
		at -= int64(c.sections[n-1].points[point-1].gone)
	}
	return at
}

// place gives all sections of text addresses, with what has gone from them.
func (c *Calls) place() {
	end := int64(c.lay.Sections[c.prog.Jump].Size)
	for _, i := range c.order {
		p := &c.lay.Sections[i]
		size := int64(p.Size)
		if n := c.of[i]; n > 0 {
			size = c.sections[n-1].measure(c.sites)
		}
		align := int64(p.Align)
		end = (end + align - 1) &^ (align - 1)
		c.addr[i] = end
		end += size
	}
}

// Failed adds to refused the calls that do not reach in the layout that came out, or only by
// an island, and reports whether there are any.
func (c *Calls) Failed(lay *layout.Layout, refused Refused) bool {
	failed := false
	for i := range c.sites {
		s := &c.sites[i]
		if s.way == len(s.ways) {
			continue
		}
		p := &lay.Sections[s.section]
		off := uint32(p.Edits.Out(uint64(s.off)))
		k := relocAt(p.Relocs, off, s.ways[s.way].to)
		if !s.nowhere {
			b := &p.Relocs[k]
			section, to := lay.BranchTo(&lay.Targets[b.S])
			v := int64(lay.Sections[section].Addr) + to + b.A - int64(p.Addr) - int64(off)
			if _, detour := lay.Detour(int(s.section), k); !detour && s.ways[s.way].reaches(v) {
				continue
			}
			refused[Place{s.section, s.off}], failed = s.way+1, true
		}
	}
	return failed
}

// Saved says what got shorter.
func (c *Calls) Saved(lay *layout.Layout) (list []linkmap.Saved) {
	for i := range c.sections {
		s := &c.sections[i]
		if less := c.lay.Sections[s.section].Size - lay.Sections[s.section].Size; less > 0 {
			list = append(list, linkmap.Saved{By: relocs.ShortCalls, Section: s.section, Bytes: int32(less), Why: "what it calls is near"})
		}
	}
	less := memory(c.lay) - memory(lay)
	for i := range list {
		less -= int64(list[i].Bytes)
	}
	if less != 0 {
		list = append(list, linkmap.Saved{By: relocs.ShortCalls, Section: -1, Bytes: int32(less), Why: "padding is other than it was, between sections that are shorter"})
	}
	return list
}

// memory returns the bytes of memory that a layout would take if it saved nothing.
func memory(lay *layout.Layout) int64 {
	n := int64(lay.Memory())
	for i := range lay.Saved {
		if s := &lay.Saved[i]; !relocs.Relaxations[s.By].File {
			n += int64(s.Bytes)
		}
	}
	return n
}
