package elfload_test

import (
	"debug/elf"
	"slices"
	"strings"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/relocs/machines"
)

// TestBackwards: .ctors comes out as the words of .init_array would.
func TestBackwards(t *testing.T) {
	object := func(name string, size int, at ...uint64) elfmake.Object {
		s := elfmake.Section{Name: name, Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: 4, Data: make([]byte, size)}
		for i := range s.Data {
			s.Data[i] = byte(i)
		}
		for i, off := range at {
			s.Relocs = append(s.Relocs, elfmake.Reloc{Off: off, Type: 2, Sym: i})
		}
		return elfmake.Object{
			Machine: elf.EM_ARM, Class: elf.ELFCLASS32, Sections: []elfmake.Section{s},
			Symbols: []elfmake.Symbol{{Name: "a", Sect: elfmake.Undef}, {Name: "b", Sect: elfmake.Undef}, {Name: "c", Sect: elfmake.Undef}},
		}
	}
	type reloc struct {
		off uint32
		sym string
		a   int64
	}
	for _, tt := range []struct {
		name string
		obj  elfmake.Object
		data []byte
		want []reloc
	}{
		{
			"three", object(".ctors.65435", 12, 0, 4, 8),
			[]byte{8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3},
			[]reloc{{8, "a", 0x03020100}, {4, "b", 0x07060504}, {0, "c", 0x0b0a0908}},
		},
		{"one", object(".ctors", 4, 0), []byte{0, 1, 2, 3}, []reloc{{0, "a", 0x03020100}}},
		{
			"not backwards", object(".init_array", 8, 0, 4),
			[]byte{0, 1, 2, 3, 4, 5, 6, 7},
			[]reloc{{0, "a", 0x03020100}, {4, "b", 0x07060504}},
		},
	} {
		obj, err := elfload.Load("a.o", tt.obj.Bytes(), machines.For("armv7m"))
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		i := slices.IndexFunc(obj.Sections, func(s elfload.Section) bool { return s.Flags&elf.SHF_ALLOC != 0 })
		s := &obj.Sections[i]
		var got []reloc
		for r := range s.Relocs {
			got = append(got, reloc{r.Off, obj.Symbols[r.Sym].Name, r.A})
		}
		if !slices.Equal(s.Data, tt.data) || !slices.Equal(got, tt.want) {
			t.Errorf("%s: % x with %v, want % x with %v", tt.name, s.Data, got, tt.data, tt.want)
		}
	}
	for _, tt := range []struct {
		obj  elfmake.Object
		want string
	}{
		{object(".ctors", 10), "does not hold whole words"},
		{object(".dtors", 8, 2), "is not at a word of the table"},
	} {
		if _, err := elfload.Load("a.o", tt.obj.Bytes(), machines.For("armv7m")); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("error %v, want one with %q", err, tt.want)
		}
	}
}
