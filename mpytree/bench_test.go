package mpytree_test

import (
	"testing"

	"mpyld/fixtures"
	"mpyld/mpytree"
)

// BenchmarkModule reads the linked module with the most relocated words: it
// is a part of every link.
func BenchmarkModule(b *testing.B) {
	var most []byte
	words := 0
	for name, o := range must(fixtures.Oracle("armv7m-gcc12.2-Os-fpic")) {
		if o.Mpy == nil {
			continue
		}
		f, err := mpytree.Module(o.Mpy, nil)
		if err != nil {
			b.Fatal(name, err)
		}
		if len(f.Words) > words {
			most, words = o.Mpy, len(f.Words)
		}
	}
	b.SetBytes(int64(len(most)))
	b.ReportMetric(float64(words), "words")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := mpytree.Module(most, nil); err != nil {
			b.Fatal(err)
		}
	}
}
