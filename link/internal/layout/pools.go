package layout

import (
	"cmp"
	"slices"

	"mpyld/link/internal/demand"
)

// Some instructions load an address from a word that must be near, at most 4 KB
// away. Sections are not taken apart, so such words go between sections, as tables
// that all code within reach shares. Loads are taken in the order of their places,
// and each table serves as many as reach it.
//
//	.text.a   ldr r0, [pc, ...] ─┐   both reach the gap behind .text.a
//	pool      .word x          ◄─┤
//	.text.b   ldr r1, [pc, ...] ─┘

// Where pools go is decided by addresses that the pools in between, their
// paddings and the entry jump then shift, by less than the margin.
const (
	poolMargin = 1600 // bytes
	poolWords  = 128
)

// poolUse is an instruction that loads from a pool, at an estimated address.
type poolUse struct {
	number      int32 // in Plan.Of
	addr, reach int64
}

// addPools makes pools. What reaches none for certain is moved later.
func (l *Layout) addPools(m *mover) {
	if len(l.Plan.Pooled) == 0 {
		return
	}
	uses, gaps := l.poolUses()
	for len(uses) > 0 {
		g := nearest(gaps, uses[0])
		slack, far := int64(0), abs(uses[0].addr-g.addr)-uses[0].reach
		if far > 2*poolMargin {
			if _, ok := m.movable(uses[0].number); ok {
				l.Made[uses[0].number].slot = -1
				uses = uses[1:]
				continue
			}
		}
		if far > 0 {
			slack = poolMargin // in a large section: it may reach all the same, or is moved
		}
		n := 1
		for n < len(uses) && n < poolWords && abs(uses[n].addr-g.addr) <= uses[n].reach+slack {
			n++
		}
		l.addPool(g, uses[:n])
		uses = uses[n:]
	}
}

// poolUses returns the loads and the gaps in the order of their addresses.
func (l *Layout) poolUses() ([]poolUse, []gap) {
	l.placeTextAt(0)
	uses := make([]poolUse, len(l.Plan.Pooled))
	for n, i := range l.Plan.Pooled {
		rec := &l.Plan.Of[i]
		addr := int64(l.Sections[rec.At.Section].Addr) + int64(l.Reloc(i).Off)
		uses[n] = poolUse{i, addr, min(-rec.By.Field.Min, rec.By.Field.Max) - poolMargin}
	}
	slices.SortStableFunc(uses, func(a, b poolUse) int { return cmp.Compare(a.addr, b.addr) })
	return uses, l.gaps(l.Order)
}

// nearest returns the last gap that a load reaches, so that many that follow it
// do too, or the one that it comes nearest to.
func nearest(gaps []gap, use poolUse) gap {
	i, _ := slices.BinarySearchFunc(gaps, use.addr+use.reach+1, func(g gap, addr int64) int { return cmp.Compare(g.addr, addr) })
	best := gaps[max(i-1, 0)]
	if i < len(gaps) && use.addr-best.addr > gaps[i].addr-use.addr {
		best = gaps[i]
	}
	return best
}

// addPool makes a pool in a gap with what some loads want.
func (l *Layout) addPool(g gap, uses []poolUse) {
	t := len(l.Tables)
	seen := map[demand.SlotKey]int{}
	var slots []int
	for _, use := range uses {
		b := l.Reloc(use.number)
		key := demand.SlotKey{TargetKey: demand.KeyOf(&l.Targets[b.S]), A: b.A}
		i, ok := seen[key]
		if !ok {
			i = len(l.Slots)
			l.Slots = append(l.Slots, demand.Slot{Target: b.S, A: b.A})
			slots = append(slots, i)
			seen[key] = i
		}
		l.Made[use.number].table, l.Made[use.number].slot = int32(t), int32(i)
	}
	section := len(l.Sections)
	l.addLiterals(len(slots))
	l.Tables = append(l.Tables, newTable(section, l.sortSlots(slots), false))
	l.behind[g.order] = append(l.behind[g.order], int32(section))
}

// PoolWord returns the address of the word that a load wants.
func (l *Layout) PoolWord(i int32) int64 {
	made := &l.Made[i]
	return l.SlotAddr(&l.Tables[made.table], int(made.slot))
}

func abs(n int64) int64 { return max(n, -n) }
