package layout

import (
	"slices"

	"mpyld/link/internal/rewrite"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// A load that no pool is near to goes where one is: behind its section, with the
// instructions that it must run with (rewrite.Bundles). A jump takes its place, and
// another one leads back behind it. Some share a pool, which follows them.
//
//	.text.a: ...  b.w t1  ...  b.w t2  ...    t1: ldr r0, [pc, ...]; b.w back    t2: ...    pool: .word x

// bundlesPerPool is how many are moved in front of one pool: all of them reach it.
const bundlesPerPool = 64

// mover moves bundles.
type mover struct {
	*Layout
	code    *rewrite.Code
	bundles map[int32][]linkmap.Range // by section, of those that were asked for
	orderOf []int32                   // by section: its index in the order of text
}

func newMover(l *Layout, code *rewrite.Code) *mover {
	m := &mover{l, code, map[int32][]linkmap.Range{}, make([]int32, len(l.Sections))}
	for i, section := range l.Order {
		m.orderOf[section] = int32(i)
	}
	return m
}

// movable returns the bundle that a load can be moved with, or false.
func (m *mover) movable(i int32) (linkmap.Range, bool) {
	at := m.Plan.Of[i].At
	bundles, ok := m.bundles[at.Section]
	if !ok {
		bundles = m.code.Bundles(at.Section)
		m.bundles[at.Section] = bundles
	}
	r, ok := m.code.BundleOf(at.Section, m.Reloc(i).Off, bundles)
	if ok {
		for k, b := range m.relocsIn(at.Section, r) {
			ok = ok && (m.Plan.Find(int(at.Section), k) >= 0 || b.Howto.MarksOnly())
		}
	}
	return r, ok
}

// relocsIn calls yield with the relocations of some bytes of a section.
func (l *Layout) relocsIn(section int32, r linkmap.Range) func(yield func(int, *linkmap.Reloc) bool) {
	rs := l.Sections[section].Relocs
	k, _ := slices.BinarySearchFunc(rs, r.From, func(b linkmap.Reloc, off uint32) int { return int(int64(b.Off) - int64(off)) })
	return func(yield func(int, *linkmap.Reloc) bool) {
		for ; k < len(rs) && rs[k].Off < r.To; k++ {
			if !yield(k, &rs[k]) {
				return
			}
		}
	}
}

// moveLoads moves the loads that do not reach their words, as far as that is possible,
// and reports whether there are any.
func (l *Layout) moveLoads(m *mover) bool {
	var far []int32
	for _, i := range l.Plan.Pooled {
		if l.Made[i].Thunk == 0 && !l.reaches(i) {
			far = append(far, i)
		}
	}
	return m.move(far)
}

// reaches reports whether a load has its word near.
func (l *Layout) reaches(i int32) bool {
	made, f := &l.Made[i], l.Plan.Of[i].By.Field
	return made.slot >= 0 && f.Check(l.PoolWord(i)-f.PC(l.Place(i))) == nil
}

// move moves loads, which are in the order of their places.
func (m *mover) move(loads []int32) bool {
	moved := false
	for len(loads) > 0 {
		section := m.Plan.Of[loads[0]].At.Section
		var uses []poolUse
		for n := 0; n < bundlesPerPool && len(loads) > 0 && m.Plan.Of[loads[0]].At.Section == section; loads = loads[1:] {
			if m.Made[loads[0]].Thunk > 0 {
				continue // with one before it
			}
			if r, ok := m.movable(loads[0]); ok {
				uses = append(uses, m.moveBundle(section, r)...)
				n++
			}
		}
		if len(uses) > 0 {
			m.addPool(gap{order: int(m.orderOf[section])}, uses)
			moved = true
		}
	}
	return moved
}

// moveBundle makes the code that some bytes of a section are moved to, and returns the
// loads in it.
func (m *mover) moveBundle(section int32, r linkmap.Range) (uses []poolUse) {
	thunk := int32(len(m.Sections))
	site := linkmap.RelocID{}
	for k, b := range m.relocsIn(section, r) {
		i := m.Plan.Find(int(section), k)
		if i < 0 {
			continue
		}
		m.Made[i].Thunk = thunk
		if m.Plan.Of[i].By.Needs == relocs.NeedPool {
			if len(uses) == 0 {
				site = m.Plan.Of[i].At
			}
			m.Plan.Of[i].By = b.Howto.RewriteTo(m.Plan.Of[i].By.Part, relocs.NeedPool|relocs.NeedThunk)
			uses = append(uses, poolUse{number: i})
		}
	}
	m.Sections = append(m.Sections, linkmap.Section{
		Origin: &linkmap.Origin{Kind: linkmap.Thunk, Class: linkmap.Code, Name: "thunk of " + m.Targets[m.Reloc(uses[0].number).S].Name, Align: uint64(m.Word), Moved: &r},
		Site:   site, Region: mpyfile.Text, Size: uint64(r.To-r.From) + uint64(len(m.Machine.Away.Code)),
	})
	k := int(m.orderOf[section])
	m.behind[k] = append(m.behind[k], thunk)
	return uses
}

// Place returns the address of a rewritten instruction, which may be moved.
func (l *Layout) Place(i int32) int64 {
	at, off := l.Plan.Of[i].At, int64(l.Reloc(i).Off)
	if t := l.Made[i].Thunk; t > 0 && l.Sections[t].Moved != nil {
		return int64(l.Sections[t].Addr) + off - int64(l.Sections[t].Moved.From)
	}
	return int64(l.Sections[at.Section].Addr) + off
}
