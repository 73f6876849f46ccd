package mapjson

import (
	"slices"
)

// What is in a module is there because something refers to it, and so on up to a root.
// Of the many ways from the roots to a section the shortest is told, and one from
// the module's entry if there is any: that is the one to cut.
//
//	roots: .text.mpy_init (entry), .text.g (object)    mpy_init -> f -> g, g -> h
//	path of h: .text.mpy_init, .text.f, .text.g, .text.h

// Paths are the ways from the roots to all parts.
type Paths struct {
	m     *Map
	by    map[int]Step  // by ID of a part: how it was reached first
	roots map[int]*Root // by ID of a section

	sections map[int]*Section // by ID
	made     map[int]string   // names, by ID
}

// Step is a part on the way, and the reference that leads there.
type Step struct {
	ID   int
	From int  // ID of the part with the reference
	Ref  *Ref // nil: it is a root
}

// rank orders roots: a way from those first.
var rank = []string{"entry", "undefined", "alias", "kept", "unwind", "object"}

// Paths finds the ways.
func (m *Map) Paths() *Paths {
	p := &Paths{m: m, by: map[int]Step{}, roots: map[int]*Root{}, sections: map[int]*Section{}, made: map[int]string{}}
	for i := range m.Sections {
		p.sections[m.Sections[i].ID] = &m.Sections[i]
	}
	for i := range m.Made {
		p.made[m.Made[i].ID] = m.Made[i].Name
	}
	refs := map[int][]Ref{}
	for part := range m.parts {
		refs[part.id] = part.refs
	}
	roots := make([]*Root, len(m.Roots))
	for i := range m.Roots {
		roots[i] = &m.Roots[i]
	}
	slices.SortStableFunc(roots, func(a, b *Root) int { return slices.Index(rank, a.Why) - slices.Index(rank, b.Why) })
	for i, r := range roots {
		if _, ok := p.by[r.Section]; !ok {
			p.by[r.Section], p.roots[r.Section] = Step{ID: r.Section, From: noID}, r
		}
		if i+1 == len(roots) || roots[i+1].Why != r.Why {
			p.walk(refs)
		}
	}
	return p
}

// walk goes on from what has been reached.
func (p *Paths) walk(refs map[int][]Ref) {
	var queue []int
	for id := range p.by {
		queue = append(queue, id)
	}
	slices.Sort(queue)
	for len(queue) > 0 {
		from := queue[0]
		queue = queue[1:]
		for i := range refs[from] {
			r := &refs[from][i]
			if _, ok := p.by[r.To]; !ok {
				p.by[r.To] = Step{r.To, from, r}
				queue = append(queue, r.To)
			}
		}
	}
}

// To is the way to a part, from its root on; nil if there is none.
func (p *Paths) To(id int) (root *Root, steps []Step) {
	for {
		s, ok := p.by[id]
		if !ok {
			return nil, nil
		}
		steps = append(steps, s)
		if s.Ref == nil {
			slices.Reverse(steps)
			return p.roots[id], steps
		}
		id = s.From
	}
}

// ToSymbol is the way to a section by the name of a symbol in it, if something else that is reached
// refers to it by that, or else To.
func (p *Paths) ToSymbol(id int, name string) (root *Root, steps []Step) {
	root, steps = p.To(id)
	if root != nil && steps[len(steps)-1].refersBy(name) || root != nil && root.Section == id && root.Symbol == name {
		return root, steps
	}
	named := false
	for from := range p.m.parts {
		for i := range from.refs {
			r := &from.refs[i]
			if r.To != id || r.Symbol != name {
				continue
			}
			start, way := p.To(from.id)
			passes := slices.ContainsFunc(way, func(s Step) bool { return s.ID == id })
			if start != nil && !passes && (!named || len(way)+1 < len(steps)) {
				root, steps, named = start, append(way, Step{id, from.id, r}), true
			}
		}
	}
	return root, steps
}

func (s *Step) refersBy(name string) bool { return s.Ref != nil && s.Ref.Symbol == name }
