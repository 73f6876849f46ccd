package link_test

import (
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures"
	"mpyld/link"
	"mpyld/mpyfile"
	"mpyld/mpywriter"
	"mpyld/relocs/machines"
	"mpyld/simload"
)

// FuzzLink: whatever the object, the link fails with an error or gives a
// module that verifies.
func FuzzLink(f *testing.F) {
	for _, set := range fixtures.Sets() {
		cases, err := set.Cases()
		if err != nil {
			f.Fatal(err)
		}
		for _, c := range cases {
			if len(c.Objects) == 1 && len(c.Objects[0].Data) < 8<<10 {
				f.Add(set.Arch, c.Objects[0].Data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, archName string, data []byte) {
		arch, m := machines.For(archName), machines.For(archName)
		if arch == nil || m == nil {
			return
		}
		obj, err := elfload.Load("x.o", data, m)
		if err != nil {
			return
		}
		res, err := link.Checked(link.Input{Objects: []*elfload.Object{obj}, ABI: mpyfile.Latest, Arch: arch, SourceName: "x.mpy"})
		if err != nil {
			return
		}
		out, err := mpywriter.Write(res.File)
		if err != nil {
			t.Fatalf("links, but: %v", err)
		}
		if err := simload.Verify(out, res.Map); err != nil {
			t.Fatalf("links, but: %v", err)
		}
	})
}
