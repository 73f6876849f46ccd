package link_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"mpyld/audit"
	"mpyld/edit"
	"mpyld/elfload"
	"mpyld/fixtures"
	"mpyld/link"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// directly links a stored case with code that loads addresses directly, and returns what was asked for and the result.
func directly(t *testing.T, set, name string) (link.Input, *link.Result) {
	t.Helper()
	s, c, err := fixtures.Stored(set, name)
	if err != nil {
		t.Fatal(err)
	}
	in, err := caseInput(s, c, mpyfile.Newest)
	if err != nil {
		t.Fatal(err)
	}
	in.Relax = relocs.EveryRelaxation & (1 << relocs.DirectLoads)
	res, err := link.Checked(in)
	if err != nil {
		t.Fatal(err)
	}
	return in, res
}

// secondLook says what the second look finds in a link with these objects in the place of those they were.
func secondLook(in *link.Input, res *link.Result, objects map[*elfload.Object]*elfload.Object) string {
	asked := &audit.Input{Objects: in.Objects, Machine: in.Arch, ABI: in.ABI, SourceName: in.SourceName, KeepUnwind: in.KeepUnwind, GCSections: in.GCSections}
	if err := audit.Check(asked, audit.Output{Map: res.Map, File: res.File, Direct: objects}); err != nil {
		return err.Error()
	}
	return ""
}

// TestDirectFlips: the second look refuses other code with any bit of what was edited flipped, with an edit left
// out, and with two edits that have changed places.
func TestDirectFlips(t *testing.T) {
	for _, c := range []struct {
		set, name string
		flips     int // at least
	}{
		{"armv7m-gcc12.2-Os-fpic", "tables", 500},
		{"armv6m-gcc12.2-Os-fpic", "variables", 300},
		{"armv7m-clang14-Os-fpic", "tables", 300},
		{"armv7emdp-gcc12.2-O2-fpic", "qstrs", 500},
	} {
		t.Run(c.set, func(t *testing.T) {
			t.Parallel()
			in, res := directly(t, c.set, c.name)
			if why := secondLook(&in, &link.Result{Map: res.Map, File: res.File}, res.Direct); strings.Contains(why, "other instructions") {
				t.Fatal(why)
			}
			flips := 0
			for was, is := range res.Direct {
				cuts := elfload.Cuts{}
				for s := range is.Sections {
					if l := is.Sections[s].Edits; l != nil && is.Sections[s].Edits != was.Sections[s].Edits && l.Word == 0 {
						cuts[s] = l.Edits
					}
				}
				for s, edits := range cuts {
					try := func(what string, k int, other []edit.Edit) {
						with := elfload.Cuts{}
						for n := range cuts {
							with[n] = cuts[n]
						}
						with[s] = other
						obj, err := was.Shrink(with)
						if err != nil {
							return
						}
						flips++
						all := map[*elfload.Object]*elfload.Object{}
						for a, b := range res.Direct {
							all[a] = b
						}
						all[was] = obj
						if why := secondLook(&in, res, all); !strings.Contains(why, "other instructions") {
							t.Errorf("%s of the edit at %s+0x%x: %q", what, is.Sections[s].Name, edits[k].Off, why)
						}
					}
					for k := range edits {
						for bit := range 8 * len(edits[k].Ins) {
							other := slices.Clone(edits)
							other[k].Ins = bytes.Clone(edits[k].Ins)
							other[k].Ins[bit/8] ^= 1 << (bit % 8)
							try("a bit", k, other)
						}
						try("nothing", k, slices.Delete(slices.Clone(edits), k, k+1))
						if k > 0 && edits[k].Del == edits[k-1].Del && !bytes.Equal(edits[k].Ins, edits[k-1].Ins) {
							other := slices.Clone(edits)
							other[k].Ins, other[k-1].Ins = edits[k-1].Ins, edits[k].Ins
							try("the neighbour", k, other)
						}
					}
				}
			}
			if flips < c.flips {
				t.Errorf("%d mistakes were made, fewer than %d", flips, c.flips)
			}
		})
	}
}
