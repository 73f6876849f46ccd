package simload_test

import (
	"bytes"
	"context"
	"testing"

	"mpyld"
	"mpyld/fixtures"
	"mpyld/link"
	"mpyld/mpyfile"
	"mpyld/simload"
	"mpyld/target"
)

// realLink links a fixture.
func realLink(t *testing.T, set fixtures.Set, c fixtures.Case) (*link.Result, []byte) {
	t.Helper()
	return linkFor(t, mpyfile.Newest, set, c)
}

// linkFor links a fixture for a release.
func linkFor(t *testing.T, r *mpyfile.Release, set fixtures.Set, c fixtures.Case) (*link.Result, []byte) {
	t.Helper()
	m, err := mpyld.Link(context.Background(), mpyld.Options{
		FS: c.FS(), Files: c.Names(), QStrs: "config.h", SourceName: c.Name + ".mpy", NoVerify: true,
		Target: target.Options{Release: r.Name, Arch: set.Arch}, KeepUnwind: c.Has("--keep-unwind"), GCSections: c.Has("--gc-sections"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return m.Result, m.Bytes
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
		c, err := set.Case("hello")
		if err != nil {
			t.Fatal(err)
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

func flipSections(t *testing.T, res *link.Result, data []byte) {
	start := map[mpyfile.Region]int{mpyfile.Text: bytes.Index(data, res.File.Text)}
	if len(res.File.Rodata) > 0 {
		start[mpyfile.Rodata] = bytes.LastIndex(data, res.File.Rodata)
	}
	flips := 0
	for i := range res.Map.Sections {
		p := &res.Map.Sections[i]
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

// TestEveryBitOfOldFiles flips every bit of files of older ABIs, except in the
// name of the source: nothing in them may change without notice.
func TestEveryBitOfOldFiles(t *testing.T) {
	for _, set := range fixtures.FamilySets() {
		// x86 has slots that nothing loads (relocs.Howto.Slot).
		if set.Arch == "x86" || set.Family.Name != "1.18" && set.Arch != "x64" && set.Arch != "xtensawin" {
			continue
		}
		r, err := mpyfile.ParseTarget(set.Family.Releases[0])
		if err != nil {
			t.Fatal(err)
		}
		names := []string{"qobjs"}
		if set.Family.Name == "1.18" {
			names = append(names, "hello")
		}
		for _, name := range names {
			c, err := set.Case(name)
			if err != nil {
				t.Fatal(err)
			}
			t.Run(set.Name+"/"+name, func(t *testing.T) { flipFile(t, r, set, c) })
		}
	}
}

func flipFile(t *testing.T, r *mpyfile.Release, set fixtures.Set, c fixtures.Case) {
	t.Parallel()
	res, data := linkFor(t, r, set, c)
	if err := simload.Verify(data, res.Map); err != nil {
		t.Fatal(err)
	}
	name := c.Name + ".mpy"
	skip := bytes.Index(data, []byte(name))
	for i := range data {
		if skip >= 0 && i >= skip && i < skip+len(name) {
			continue
		}
		for bit := range 8 {
			bad := bytes.Clone(data)
			bad[i] ^= 1 << bit
			if simload.Verify(bad, res.Map) == nil {
				t.Errorf("bit %d of byte 0x%x does not matter", bit, i)
			}
		}
	}
}
