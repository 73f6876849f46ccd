package layout

import (
	"math/rand/v2"
	"slices"
	"testing"

	"mpyld/linkmap"
)

// TestSmallest compares with all orders, of sections of all alignments. An order
// is only changed for one after which what follows lies lower.
func TestSmallest(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	better := 0
	for range 600 {
		l := &Layout{}
		order := make([]int32, 1+r.IntN(6))
		for i := range order {
			order[i] = int32(i)
			l.Sections = append(l.Sections, linkmap.Section{Origin: &linkmap.Origin{Align: 1 << r.IntN(5)}, Size: r.Uint64N(40)})
		}
		start, align := r.Uint64N(64), uint64(1)<<r.IntN(4)
		best := l.endOf(order, start)
		permutations(slices.Clone(order), func(other []int32) { best = min(best, l.endOf(other, start)) })
		got := l.smallest(order, start, align)
		if got != nil {
			better++
			if sorted := slices.Sorted(slices.Values(got)); !slices.Equal(sorted, order) {
				t.Fatalf("%v is no order of %v", got, order)
			}
		}
		if got != nil && l.endOf(got, start) != best || (got == nil) != (alignUp(l.endOf(order, start), align) == alignUp(best, align)) {
			t.Errorf("%v from %d: %v, but the best order ends at %d", l.Sections, start, got, best)
		}
	}
	if better < 200 {
		t.Errorf("only %d orders are better than the first", better)
	}
}

// permutations calls f with every order of list.
func permutations(list []int32, f func([]int32)) {
	if len(list) == 0 {
		f(nil)
	}
	for i := range list {
		list[0], list[i] = list[i], list[0]
		first := list[0]
		permutations(list[1:], func(rest []int32) { f(append([]int32{first}, rest...)) })
		list[0], list[i] = list[i], list[0]
	}
}
