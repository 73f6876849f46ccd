package parallel

import (
	"runtime"
	"sync/atomic"
	"testing"
)

// onProcessors runs a test with one processor and with several.
func onProcessors(t *testing.T, f func(t *testing.T)) {
	for _, n := range []int{1, 4} {
		before := runtime.GOMAXPROCS(n)
		f(t)
		runtime.GOMAXPROCS(before)
	}
}

func TestEachIsCalledOnce(t *testing.T) {
	onProcessors(t, func(t *testing.T) {
		for _, n := range []int{0, 1, 2, 3, 1000} {
			calls := make([]atomic.Int32, n)
			Each(n, func(i int) { calls[i].Add(1) })
			for i := range calls {
				if got := calls[i].Load(); got != 1 {
					t.Errorf("of %d: %d was called %d times", n, i, got)
				}
			}
		}
	})
}

// TestPanicGoesOn: whichever call panics, the caller of Each can recover, and
// only after all calls have ended.
func TestPanicGoesOn(t *testing.T) {
	const n = 4
	onProcessors(t, func(t *testing.T) {
		for bad := range n {
			var running atomic.Int32
			got := func() (p any) {
				defer func() { p = recover() }()
				Each(n, func(i int) {
					running.Add(1)
					defer running.Add(-1)
					if i == bad {
						panic(i)
					}
					runtime.Gosched()
				})
				return nil
			}()
			if got != bad || running.Load() != 0 {
				t.Errorf("a panic of %d: recovered %v, %d calls go on", bad, got, running.Load())
			}
		}
	})
}
