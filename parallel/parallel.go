// Package parallel does the independent steps of one job on several
// processors.
//
// It stands apart because reading, filling and verifying all need it, and a
// panic in a goroutine of their own would end the process without a report.
// It must never decide about an order: steps put what they find where their
// number says.
package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Each calls f for 0 to n-1, as many at a time as there are processors, and
// returns when all calls have. A panic of a call goes on in the caller of Each.
func Each(n int, f func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	if workers <= 1 {
		for i := range n {
			f(i)
		}
		return
	}
	var next atomic.Int64
	var done sync.WaitGroup
	panicked := make(chan any, workers)
	work := func() {
		// A panic can only be caught where it happens; it goes on below.
		defer func() {
			if p := recover(); p != nil {
				panicked <- p
			}
		}()
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			f(i)
		}
	}
	for range workers - 1 {
		done.Go(work)
	}
	work() // this goroutine is one of them
	done.Wait()
	select {
	case p := <-panicked:
		panic(p)
	default:
	}
}
