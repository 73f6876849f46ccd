package layout

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestPackUnits compares with all orders, of units of all alignments: what comes out has the same units, ends
// no higher than theirs, and in nearly all cases as low as any order does.
func TestPackUnits(t *testing.T) {
	const rounds = 500
	r := rand.New(rand.NewPCG(3, 4))
	best, lower := 0, 0
	for range rounds {
		units := make([]unit, 1+r.IntN(6))
		order := make([]int32, len(units))
		for i := range units {
			order[i] = int32(i)
			units[i] = unit{sections: order[i : i+1], align: 1 << r.IntN(6), size: r.Uint64N(60)}
		}
		start := r.Uint64N(64)
		given := endOfUnits(units, start)
		least := given
		permutations(slices.Clone(order), func(other []int32) {
			list := make([]unit, len(other))
			for k, i := range other {
				list[k] = units[i]
			}
			least = min(least, endOfUnits(list, start))
		})
		got := packUnits(units, start)
		var is []int32
		for _, u := range got {
			is = append(is, u.sections...)
		}
		if slices.Sort(is); !slices.Equal(is, order) {
			t.Fatalf("%v is no order of %v", got, units)
		}
		end := endOfUnits(got, start)
		if end > given || end < least {
			t.Errorf("%v from %d: ends at %d, not between %d and %d", got, start, end, least, given)
		}
		if end == least {
			best++
		}
		if end < given {
			lower++
		}
	}
	t.Logf("of %d, %d are lower, %d the lowest", rounds, lower, best)
	if best < rounds*8/10 || lower < rounds/3 {
		t.Errorf("of %d, only %d are lower, %d the lowest", rounds, lower, best)
	}
}
