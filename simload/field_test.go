package simload

import (
	"testing"

	"mpyld/relocs/machines"
)

// TestOutOfRange: no field holds a value that is out of its range, though what is written of it can be the same
// bits as for one that is in it.
func TestOutOfRange(t *testing.T) {
	fields := 0
	for _, m := range machines.All() {
		for _, h := range m.Howtos() {
			f := h.Field
			if f == nil || f.Min == -1<<63 || f.Max == 1<<63-1 {
				continue
			}
			fields++
			known := newField(f)
			for _, v := range []int64{f.Min, f.Max &^ (f.Align - 1)} {
				b := make([]byte, f.Size)
				f.Write(b, v)
				if got := f.Read(b); !known.holds(got, v) {
					t.Errorf("%s, %s: 0x%x is in range, and reads as 0x%x, which it does not hold", m.Name, h.Name, v, got)
				}
				for _, out := range []int64{f.Min - f.Align, f.Max&^(f.Align-1) + f.Align} {
					if got := f.Read(b); known.holds(got, out) {
						t.Errorf("%s, %s: 0x%x is out of range, but 0x%x holds it", m.Name, h.Name, out, got)
					}
				}
			}
		}
	}
	if fields < 50 {
		t.Errorf("%d fields are looked at", fields)
	}
}
