package simload_test

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

// realLink links a fixture.
func realLink(t *testing.T, set fixtures.Set, c fixtures.Case) (*link.Result, []byte) {
	t.Helper()
	in := link.Input{ABI: mpyfile.Latest, Arch: mpyfile.ArchByName(set.Arch), SourceName: c.Name + ".mpy", Support: supportlib.Open, KeepUnwind: slices.Contains(c.LDFlags, "--keep-unwind"), GCSections: slices.Contains(c.LDFlags, "--gc-sections")}
	var err error
	if in.QStrs, err = qstrlink.ReadConfig("config.h", c.Config); err != nil {
		t.Fatal(err)
	}
	for _, f := range c.Objects {
		obj, err := elfload.Load(f.Name, f.Data, relocs.For(set.Arch))
		if err != nil {
			t.Fatal(err)
		}
		in.Objects = append(in.Objects, obj)
	}
	res, err := link.Link(in)
	if err != nil {
		t.Fatal(err)
	}
	data, err := mpywriter.Write(res.File)
	if err != nil {
		t.Fatal(err)
	}
	return res, data
}

// TestEveryBitOfRealLinks flips every bit of the input sections in a real
// module of each architecture: none may change without notice. This is what
// shows that a new architecture is verified and not only accepted.
func TestEveryBitOfRealLinks(t *testing.T) {
	done := map[string]bool{}
	for _, set := range fixtures.Sets() {
		if done[set.Arch] {
			continue
		}
		done[set.Arch] = true
		cases, err := set.Cases()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			if c.Name != "hello" {
				continue
			}
			t.Run(set.Name, func(t *testing.T) {
				res, data := realLink(t, set, c)
				if err := simload.Verify(data, res.Map); err != nil {
					t.Fatal(err)
				}
				flipSections(t, res, data)
			})
		}
	}
}

func flipSections(t *testing.T, res *link.Result, data []byte) {
	start := map[mpyfile.Region]int{mpyfile.Text: bytes.Index(data, res.File.Text)}
	if len(res.File.Rodata) > 0 {
		start[mpyfile.Rodata] = bytes.LastIndex(data, res.File.Rodata)
	}
	flips := 0
	for i := range res.Map.Pieces {
		p := &res.Map.Pieces[i]
		literal := res.Map.Machine.Literal
		if p.Data == nil || literal != "" && len(p.Name) >= len(literal) && p.Name[:len(literal)] == literal {
			continue
		}
		for off := range int(p.Size) {
			for bit := range 8 {
				bad := bytes.Clone(data)
				bad[start[p.Region]+int(p.Addr)+off] ^= 1 << bit
				if flips++; simload.Verify(bad, res.Map) == nil {
					t.Errorf("%s:(%s+0x%x): bit %d does not matter", p.Object, p.Name, off, bit)
				}
			}
		}
	}
	if flips == 0 {
		t.Error("nothing to flip")
	}
}
