//go:build linux

package main

import (
	"fmt"
	"runtime"
	"testing"
)

func BenchmarkBig(b *testing.B) {
	for _, r := range recipes {
		for _, split := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/split=%t", r.arch, split), func(b *testing.B) {
				objects := generate(r, 16000, 8, split)
				b.ReportAllocs()
				for b.Loop() {
					if _, err := linkChecked(r.arch, objects); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// allocated returns the bytes that f allocates, dead or alive: no garbage
// collector decides about them, so they are the same in every run, and no
// process that allocates less can need more.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestHostileMemory: what a link takes is in proportion to what the file
// holds, whatever it claims. The factor is that of the most expensive true
// content, a symbol without a definition; a claim that is believed costs
// thousands of times more.
func TestHostileMemory(t *testing.T) {
	for _, h := range hostileFiles() {
		got := allocated(func() { linkChecked(hostileArch, [][]byte{h.data}) })
		if limit := uint64(1<<20 + 24*len(h.data)); got > limit {
			t.Errorf("%s: %d bytes of input take %d bytes, more than %d", h.name, len(h.data), got, limit)
		}
	}
}

// TestGrowth: four times as much takes four times as much memory.
func TestGrowth(t *testing.T) {
	for _, r := range recipes {
		link := func(objects [][]byte) func() {
			return func() {
				if _, err := linkChecked(r.arch, objects); err != nil {
					t.Fatal(err)
				}
			}
		}
		quarter, whole := link(generate(r, 1000, 4, false)), link(generate(r, 4000, 4, false))
		if a, b := allocated(quarter), allocated(whole); float64(b) > maxGrowth*float64(a) {
			t.Errorf("%s: %d bytes for a quarter, %d for the whole", r.arch, a, b)
		}
	}
}
