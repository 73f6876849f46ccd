package link_test

import (
	"bytes"
	"testing"

	"mpyld/fixtures"
	"mpyld/mpyfile"
	"mpyld/simload"
)

// release returns the row of a release that a fixture names.
func release(t *testing.T, name string) *mpyfile.Release {
	t.Helper()
	r, err := mpyfile.ParseTarget(name)
	if err != nil || r.Name != name {
		t.Fatalf("release %s: %v, %v", name, r, err)
	}
	return r
}

// TestReleases links the objects of each family of releases for each of them,
// verifies the results, and compares them with what that release's mpy_ld.py
// made of the same objects. A difference needs a line in
// fixtures/oracle/releases/waivers, which is for SET:RELEASE.
func TestReleases(t *testing.T) {
	waivers, err := fixtures.ReleaseWaivers()
	if err != nil {
		t.Fatal(err)
	}
	used := make([]bool, len(waivers))
	same, refused, links := 0, 0, 0
	for _, set := range fixtures.ReleaseSets() {
		oracle, err := fixtures.ReleaseOracle(set)
		if err != nil {
			t.Fatal(err)
		}
		cases, err := set.Cases()
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range set.Family.Releases {
			r := release(t, name)
			for _, c := range cases {
				links++
				at := set.Name + "/" + c.Name + " for " + name
				res, data, err := linkCase(set, c, r)
				if err != nil {
					t.Errorf("%s: %v", at, err)
					continue
				}
				if err := simload.Verify(data, res.Map); err != nil {
					t.Errorf("%s: %v", at, err)
				}
				// Architectures that the release's mpy_ld.py made files for,
				// without a loader that takes them, are links all the same.
				if refusal := r.Loader().Refuses(res.File.Header()); refusal != nil && r.Loads(res.File.Arch) {
					t.Errorf("%s: refused: %+v", at, refusal)
				}
				want, ok := oracle[name][c.Name]
				switch {
				case !ok:
					t.Errorf("%s: mpy_ld.py has not been asked; run fixtures/oracle -releases", at)
					continue
				case want.Err != "":
					refused++
					continue
				case bytes.Equal(data, want.Mpy):
					same++
					continue
				}
				waived := false
				for i, w := range waivers {
					if w.Match(set.Name+":"+name, c.Name) {
						used[i], waived = true, true
					}
				}
				if !waived {
					t.Errorf("%s: differs from mpy_ld.py's output (ours %d bytes, theirs %d)", at, len(data), len(want.Mpy))
				}
			}
		}
	}
	for i, w := range waivers {
		if !used[i] {
			t.Errorf("fixtures/oracle/releases/waivers:%d: nothing differs for %s %s", w.Line, w.Set, w.Case)
		}
	}
	t.Logf("%d links: %d byte-identical, %d waived, %d that mpy_ld.py fails on", links, same, links-same-refused, refused)
}
