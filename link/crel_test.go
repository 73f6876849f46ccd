package link_test

import (
	"bytes"
	"debug/elf"
	"slices"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures"
	"mpyld/fixtures/elfmake"
	"mpyld/mpyfile"
	"mpyld/relocs"
	"mpyld/relocs/machines"
)

// TestCREL: the module is the same whether the relocations of its objects are in
// CREL form, with addends in the table or in the place, or in that of their
// compiler.
func TestCREL(t *testing.T) {
	packedObjects, implicit := 0, 0
	for _, set := range fixtures.Sets() {
		if set.Family != nil {
			continue // the same code, but for numbers of qstrs
		}
		m := machines.For(set.Arch)
		cases, err := set.Cases()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			_, want, err := linkCase(set, c, mpyfile.Newest)
			if err != nil {
				t.Fatal(err)
			}
			ways := []func(fixtures.File) []byte{func(o fixtures.File) []byte { return elfmake.CREL(o.Data, nil) }}
			if !m.ExplicitAddends && m.ELF != elf.EM_X86_64 {
				implicit++
				ways = append(ways, func(o fixtures.File) []byte { return elfmake.CREL(o.Data, addendsOf(t, o, m)) })
			}
			for _, way := range ways {
				packed := c
				packed.Objects = nil
				for _, o := range c.Objects {
					data := way(o)
					if bytes.Contains(data, []byte{0x14, 0, 0, 0x40}) {
						packedObjects++
					}
					packed.Objects = append(packed.Objects, fixtures.File{Name: o.Name, Data: data})
				}
				if _, got, err := linkCase(set, packed, mpyfile.Newest); err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s/%s: differs (%v)", set.Name, c.Name, err)
				}
			}
		}
	}
	if packedObjects < 1000 || implicit < 200 {
		t.Errorf("only %d objects with CREL, of %d cases with addends in the place", packedObjects, implicit)
	}
}

// addendsOf returns the addends of an object's relocations, by section.
func addendsOf(t *testing.T, o fixtures.File, m *relocs.Machine) func(section int) []int64 {
	obj, err := elfload.Load(o.Name, slices.Clone(o.Data), m)
	if err != nil {
		t.Fatal(err)
	}
	return func(section int) []int64 {
		if obj.Sections[section].Data == nil {
			return nil
		}
		list := []int64{}
		for r := range obj.Sections[section].Relocs {
			list = append(list, r.A)
		}
		return list
	}
}
