package link_test

import (
	"bytes"
	"debug/elf"
	"slices"
	"testing"

	"mpyld/fixtures"
	"mpyld/simload"
)

// TestCorruption corrupts every byte of the headers, symbol tables and
// relocation tables of an object, one at a time: the link must fail with an
// error or give a module that verifies.
func TestCorruption(t *testing.T) {
	seen := map[string]bool{}
	for _, set := range fixtures.Sets() {
		if seen[set.Arch] {
			continue
		}
		seen[set.Arch] = true
		cases, err := set.Cases()
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(cases, func(c fixtures.Case) bool { return c.Name == "tables" })
		if i < 0 {
			t.Fatalf("%s has no case tables", set.Name)
		}
		t.Run(set.Arch, func(t *testing.T) {
			t.Parallel()
			corrupt(t, set, cases[i])
		})
	}
}

func corrupt(t *testing.T, set fixtures.Set, c fixtures.Case) {
	original := c.Objects[0].Data
	linked, failed := 0, 0
	for _, r := range tables(t, original) {
		for off := r[0]; off < r[1]; off++ {
			for _, flip := range []byte{0x01, 0x80, 0xff} {
				data := bytes.Clone(original)
				data[off] ^= flip
				bad := c
				bad.Objects = append([]fixtures.File{{Name: c.Objects[0].Name, Data: data}}, c.Objects[1:]...)
				out, res, err := linkCase(t, set, bad)
				if err != nil {
					failed++
					continue
				}
				linked++
				if err := simload.Verify(out, res.Map); err != nil {
					t.Errorf("byte 0x%x ^ 0x%02x: links, but: %v", off, flip, err)
				}
			}
		}
	}
	t.Logf("%d corruptions: %d errors, %d verified links", linked+failed, failed, linked)
	if linked == 0 || failed == 0 {
		t.Error("the corruptions do not reach what they should")
	}
}

// tables returns the byte ranges of an object that hold structure.
func tables(t *testing.T, data []byte) [][2]int {
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	header, section := 52, 40
	shoff := int(leUint(data[32:36]))
	if f.Class == elf.ELFCLASS64 {
		header, section = 64, 64
		shoff = int(leUint(data[40:48]))
	}
	ranges := [][2]int{{0, header}, {shoff, shoff + section*len(f.Sections)}}
	for _, s := range f.Sections {
		switch s.Type {
		case elf.SHT_SYMTAB, elf.SHT_REL, elf.SHT_RELA:
			ranges = append(ranges, [2]int{int(s.Offset), int(s.Offset + s.FileSize)})
		}
	}
	return ranges
}

func leUint(b []byte) (v uint64) {
	for i := len(b) - 1; i >= 0; i-- {
		v = v<<8 | uint64(b[i])
	}
	return v
}
