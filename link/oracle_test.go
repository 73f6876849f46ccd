package link_test

import (
	"bytes"
	"testing"

	"mpyld/fixtures"
	"mpyld/mpyfile"
	"mpyld/simload"
)

// TestOracle links every stored object, verifies the result, and compares it
// with what mpy_ld.py made of the same object. Each difference needs a line
// with its reason in fixtures/waivers, and each line there needs a difference.
// What mpy_ld.py cannot link has nothing to compare with.
func TestOracle(t *testing.T) {
	waivers, err := fixtures.Waivers()
	if err != nil {
		t.Fatal(err)
	}
	used := make([]bool, len(waivers))
	same, refused, cases := 0, 0, 0
	for _, set := range fixtures.Sets() {
		oracle, err := fixtures.Oracle(set.Name)
		if err != nil {
			t.Fatal(err)
		}
		list, err := set.Cases()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range list {
			cases++
			name := set.Name + "/" + c.Name
			res, data, err := linkCase(set, c, mpyfile.Newest)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if err := simload.Verify(data, res.Map); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			want, ok := oracle[c.Name]
			if !ok {
				t.Errorf("%s: mpy_ld.py has not been asked; run fixtures/oracle", name)
				continue
			}
			if want.Err != "" {
				refused++ // the reason is in the stored outcome
				continue
			}
			if bytes.Equal(data, want.Mpy) {
				same++
				continue
			}
			waived := false
			for i, w := range waivers {
				if w.Match(set.Name, c.Name) {
					used[i], waived = true, true
				}
			}
			if !waived {
				t.Errorf("%s: differs from mpy_ld.py's output (ours %d bytes, theirs %d)", name, len(data), len(want.Mpy))
			}
		}
	}
	for i, w := range waivers {
		if !used[i] {
			t.Errorf("fixtures/waivers:%d: nothing differs for %s %s", w.Line, w.Set, w.Case)
		}
	}
	t.Logf("%d links: %d byte-identical, %d waived, %d that mpy_ld.py fails on", cases, same, cases-same-refused, refused)
}
