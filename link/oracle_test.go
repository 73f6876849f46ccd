package link_test

import (
	"bytes"
	"slices"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures"
	"mpyld/link"
	"mpyld/mpyfile"
	"mpyld/mpywriter"
	"mpyld/qstrlink"
	"mpyld/relocs"
	"mpyld/simload"
	"mpyld/supportlib"
)

// linkCase links a case of a fixture set as the command does.
func linkCase(t *testing.T, set fixtures.Set, c fixtures.Case) ([]byte, *link.Result, error) {
	t.Helper()
	in := link.Input{ABI: mpyfile.Latest, Arch: mpyfile.ArchByName(set.Arch), SourceName: c.Name + ".mpy", Support: supportlib.Open, KeepUnwind: slices.Contains(c.LDFlags, "--keep-unwind"), GCSections: slices.Contains(c.LDFlags, "--gc-sections")}
	var err error
	if in.QStrs, err = qstrlink.ReadConfig("config.h", c.Config); err != nil {
		return nil, nil, err
	}
	for _, f := range c.Objects {
		obj, err := elfload.Load(f.Name, f.Data, relocs.For(set.Arch))
		if err != nil {
			return nil, nil, err
		}
		in.Objects = append(in.Objects, obj)
	}
	res, err := link.Link(in)
	if err != nil {
		return nil, nil, err
	}
	data, err := mpywriter.Write(res.File)
	return data, res, err
}

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
			data, res, err := linkCase(t, set, c)
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
