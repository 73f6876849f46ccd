package simload

import (
	"fmt"
	"slices"

	"mpyld/linkmap"
	"mpyld/mpyfile"
)

// Instructions may be somewhere else than in their section: a jump leads to them from
// the place of the first, and another one back behind the last. All of what is there must
// be the object's, no instruction one that does something else elsewhere, and
// those that run only together must not be apart. The relocations in them are checked where
// they are.
//
//	object: movw r0, #:lower16:x    memory: b.w t    t: ldr r0, [pc, ...]; b.w back

// findMoved fills in where instructions are that are not in their sections.
func (v *verifier) findMoved() {
	v.moved = map[*linkmap.Section][]*linkmap.Section{}
	for i := range v.m.Sections {
		t := &v.m.Sections[i]
		if t.Moved == nil {
			continue
		}
		if why := v.badMove(t); why != "" {
			v.errorf(fmt.Sprintf("text+0x%x", t.Addr), "moved instructions: %s", why)
			continue
		}
		p := &v.m.Sections[t.Site.Section]
		v.moved[p] = append(v.moved[p], t)
	}
	for p, list := range v.moved {
		slices.SortFunc(list, func(a, b *linkmap.Section) int { return int(int64(a.Moved.From) - int64(b.Moved.From)) })
		for i, t := range list {
			if i > 0 && list[i-1].Moved.To > t.Moved.From {
				v.errorf(p.At(uint64(t.Moved.From)), "moved instructions: moved twice")
			}
		}
		v.wholeBundles(p, list)
	}
}

// badMove says what is wrong with where the map has moved instructions, or "".
func (v *verifier) badMove(t *linkmap.Section) string {
	away := len(v.m.Machine.Away.Code)
	if t.Kind != linkmap.Thunk || t.Region != mpyfile.Text || t.Site.Section < 0 || int(t.Site.Section) >= len(v.m.Sections) || away == 0 {
		return "they are of no section"
	}
	p, r := &v.m.Sections[t.Site.Section], *t.Moved
	switch n := uint64(r.To) - uint64(r.From); {
	case p.Kind.Made() || p.Region != mpyfile.Text || r.From > r.To || uint64(r.To) > uint64(len(p.Data)) || n < uint64(away):
		return "they are not of code of an object"
	case t.Size != n+uint64(away):
		return "they are not as long as in the object"
	}
	for off := r.From; off < r.To; {
		step := v.m.Machine.Decode(p.Data[off:r.To])
		if step.Placed {
			return fmt.Sprintf("the one at %s depends on its place", p.At(uint64(off)))
		}
		off += uint32(step.Size)
	}
	return ""
}

// wholeBundles checks that no instructions are moved away from those that they must
// run with.
func (v *verifier) wholeBundles(p *linkmap.Section, moved []*linkmap.Section) {
	var data []linkmap.Range
	if p.Shape != nil {
		data = p.Shape.Data
	}
	rs := p.Relocs
	for off := uint32(0); int(off) < len(p.Data); {
		for len(rs) > 0 && rs[0].Off < off {
			rs = rs[1:]
		}
		switch {
		case len(data) > 0 && data[0].From <= off:
			off, data = max(off, data[0].To), data[1:]
			continue
		case len(rs) > 0 && rs[0].Off == off && rs[0].Howto != nil && rs[0].Howto.Data():
			off += max(1, uint32(rs[0].Howto.Size(p.Data[off:])))
			continue
		}
		step := v.m.Machine.Decode(p.Data[off:])
		end := off + uint32(step.Size)
		for range step.Guards {
			end += uint32(v.m.Machine.Decode(p.Data[min(int(end), len(p.Data)):]).Size)
		}
		for len(moved) > 0 && moved[0].Moved.From < end {
			if r := moved[0].Moved; r.From != off || r.To != end {
				v.errorf(p.At(uint64(off)), "moved instructions: not all that run together, and only those")
			}
			moved = moved[1:]
		}
		off = end
	}
	if len(moved) > 0 {
		v.errorf(p.At(uint64(moved[0].Moved.From)), "moved instructions: no code is there")
	}
}

// movedTo returns where the instruction at an offset of a section is, if it is moved.
func (v *verifier) movedTo(p *linkmap.Section, off uint32) *linkmap.Section {
	list := v.moved[p]
	i, _ := slices.BinarySearchFunc(list, off, func(t *linkmap.Section, off uint32) int { return int(int64(t.Moved.To) - int64(off) - 1) })
	if i < len(list) && list[i].Moved.From <= off {
		return list[i]
	}
	return nil
}

// placeOf returns the address in text of the instruction at an offset of a section.
func (v *verifier) placeOf(p *linkmap.Section, off uint32) uint32 {
	if t := v.movedTo(p, off); t != nil {
		return uint32(t.Addr) + off - t.Moved.From
	}
	return uint32(p.Addr) + off
}

// moves checks the jumps to and from moved instructions, and puts into want, which holds
// the object's bytes, what must be in their place. It returns what must be where they are,
// by section of Kind Thunk.
func (v *verifier) moves(p *linkmap.Section, want []byte) map[*linkmap.Section][]byte {
	if len(v.moved[p]) == 0 {
		return nil
	}
	there := map[*linkmap.Section][]byte{}
	for _, t := range v.moved[p] {
		from, to, trap := t.Moved.From, t.Moved.To, v.m.Machine.Trap
		there[t] = append(slices.Clone(want[from:to]), v.away(t.Addr+t.Size-uint64(len(v.m.Machine.Away.Code)), p.Addr+uint64(to))...)
		jump := v.away(p.Addr+uint64(from), t.Addr)
		copy(want[from:to], jump)
		for i := len(jump); i < int(to-from); i++ {
			want[int(from)+i] = trap[i%len(trap)]
		}
	}
	return there
}

// away returns the jump from an address to another.
func (v *verifier) away(at, to uint64) []byte {
	jump, ok := v.m.Machine.Away.Encode(int64(at), int64(to))
	if !ok {
		v.errorf(fmt.Sprintf("text+0x%x", at), "moved instructions: no jump reaches text+0x%x", to)
		return v.m.Machine.Away.Code
	}
	return jump
}
