package link_test

import (
	"strings"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures"
	"mpyld/link"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/mpywriter"
	"mpyld/relocs/machines"
	"mpyld/simload"
)

// TestOverrideEverything replaces what fixtures define by fixed addresses, all of
// it and every other definition. What links verifies, has no more than before,
// and refers to nothing that left.
func TestOverrideEverything(t *testing.T) {
	linked, shrunk := 0, 0
	for _, set := range fixtures.Sets() {
		if !strings.HasSuffix(set.Name, "-Os-fpic") && !strings.HasSuffix(set.Name, "-sections") {
			continue
		}
		cases, err := set.Cases()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			arch := machines.For(set.Arch)
			qstrs, err := mpyfile.Newest.Layout(arch).Read("config.h", c.Config)
			if err != nil {
				t.Fatal(err)
			}
			in := link.Input{ABI: mpyfile.Latest, Arch: arch, SourceName: "m", QStrs: qstrs.Values}
			m := machines.For(set.Arch)
			var names []string
			for _, o := range c.Objects {
				obj, err := elfload.Load(o.Name, o.Data, m)
				if err != nil {
					t.Fatal(err)
				}
				in.Objects = append(in.Objects, obj)
				for i := range obj.Symbols {
					if s := &obj.Symbols[i]; !s.Local() && s.Where != elfload.Undefined && s.Name != "mpy_init" {
						names = append(names, s.Name)
					}
				}
			}
			plain, err := link.Checked(in)
			if err != nil || len(names) == 0 {
				continue
			}
			for step := 1; step <= 2; step++ {
				in.Externs = map[string]linkmap.Extern{}
				for i := 0; i < len(names); i += step {
					in.Externs[names[i]] = linkmap.Extern{Value: 0x10000001 + uint64(i)*16}
				}
				res, err := link.Checked(in)
				if err != nil {
					continue // a distance to what is not in the module any more
				}
				linked++
				out, err := mpywriter.Write(res.File)
				if err != nil {
					t.Errorf("%s/%s: %v", set.Name, c.Name, err)
					continue
				}
				if err := simload.Verify(out, res.Map); err != nil {
					t.Errorf("%s/%s: %v", set.Name, c.Name, err)
				}
				before, after := inputBytes(plain.Map), inputBytes(res.Map)
				if after > before {
					t.Errorf("%s/%s: %d bytes of sections, %d before", set.Name, c.Name, after, before)
				}
				if after < before {
					shrunk++
				}
			}
		}
	}
	t.Logf("%d linked, %d with less in them", linked, shrunk)
	if linked < 300 || shrunk < 150 {
		t.Errorf("only %d linked, and %d with less in them", linked, shrunk)
	}
}

// inputBytes is how many bytes of a module are sections of objects.
func inputBytes(m *linkmap.Map) (n uint64) {
	for i := range m.Sections {
		if p := &m.Sections[i]; p.Object != "" && p.Class != linkmap.Literal {
			n += p.Size
		}
	}
	return n
}
