package simload

import (
	"encoding/binary"
	"strings"
	"testing"

	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
	"mpyld/relocs/machines"
)

// toy is a machine with one relocation of each kind that works together with
// others: values in two parts, differences, and literals out of the linker's
// tables.
var toy = func() *relocs.Machine {
	le := binary.LittleEndian
	upper := &relocs.Field{
		Name: "upper 20", Size: 4, Min: -1 << 31, Max: 1<<31 - 0x801, Align: 1, HighPart: 12, Round: true,
		Read:  func(b []byte) int64 { return int64(int32(le.Uint32(b) &^ 0xfff)) },
		Write: func(b []byte, v int64) { le.PutUint32(b, le.Uint32(b)&0xfff|uint32(v+0x800)&^0xfff) },
	}
	lower := &relocs.Field{
		Name: "lower 12", Size: 4, Min: -1 << 31, Max: 1<<31 - 1, Align: 1, LowPart: 12,
		Read:  func(b []byte) int64 { return int64(int32(le.Uint32(b)) >> 20) },
		Write: func(b []byte, v int64) { le.PutUint32(b, le.Uint32(b)&0xfffff|uint32(v)<<20) },
	}
	six := &relocs.Field{
		Name: "six bits", Size: 1, Min: 0, Max: 63, Align: 1,
		Read:  func(b []byte) int64 { return int64(b[0] & 0x3f) },
		Write: func(b []byte, v int64) { b[0] = b[0]&^0x3f | byte(v)&0x3f },
	}
	load := &relocs.Field{
		Name: "load", Size: 2, Min: -1 << 17, Max: -4, Align: 4, PCAdd: 3, PCMask: 3,
		Read:  func(b []byte) int64 { return (int64(le.Uint16(b)) - 0x10000) * 4 },
		Write: func(b []byte, v int64) { le.PutUint16(b, uint16(v>>2)) },
	}
	word := machines.For("armv7m").Howto(2).Field
	rows := []relocs.Howto{
		{Type: 0, Name: "UPPER", Formula: relocs.PCRel, Field: upper},
		{Type: 1, Name: "GOT_UPPER", Formula: relocs.GOTSlotRel, Field: upper},
		{Type: 2, Name: "LOWER", Formula: relocs.LowOf, Field: lower},
		{Type: 3, Name: "ADD", Formula: relocs.Add, Field: word},
		{Type: 4, Name: "SUB", Formula: relocs.Sub, Field: word},
		{Type: 5, Name: "SET6", Formula: relocs.Set, Field: six},
		{Type: 6, Name: "SUB6", Formula: relocs.Sub, Field: six},
		{Type: 7, Name: "LOAD", Formula: relocs.PCRel, Field: load},
		{Type: 8, Name: "WORD", Formula: relocs.Abs, Field: word},
		{Type: 9, Name: "ABS_UPPER", Formula: relocs.Abs, Field: upper},
		{Type: 10, Name: "ABS_LOWER", Formula: relocs.Abs, Field: lower},
	}
	return &relocs.Machine{Name: "armv7m", Literal: ".literal", Howtos: func() []relocs.Howto { return rows }}
}()

// toyModule starts with mpy_init, so it has no entry jump.
func toyModule() *module {
	rel := func(off uint32, typ, s uint32, a int64) linkmap.Reloc {
		return linkmap.Reloc{Off: off, S: s, Howto: toy.Howto(typ), A: a}
	}
	const data, atUpper, atGOT, counter, literals, end, number = 0, 1, 2, 3, 4, 5, 6
	m := &linkmap.Map{
		Machine: toy, ABI: mpyfile.Latest, GOT: 0x908,
		Sections: []linkmap.Section{
			{
				Origin: &linkmap.Origin{Object: "a.o", Name: ".text", Align: 4, Data: join(0x10, map[int][]byte{0: {0x17}, 8: {0x97}})},
				Region: mpyfile.Text, Size: 0x10,
				Relocs: []linkmap.Reloc{rel(0, 0, data, 4), rel(4, 2, atUpper, 0), rel(8, 1, counter, 0), rel(12, 2, atGOT, 0)},
			},
			{
				Origin: &linkmap.Origin{Object: "a.o", Name: ".data", Align: 4, Data: []byte{1, 0, 0, 0, 0xc0, 0, 0, 0, 9, 9, 9, 9}},
				Region: mpyfile.Text, Addr: 0x8fc, Size: 12,
				Relocs: []linkmap.Reloc{
					rel(0, 3, end, 2), rel(0, 4, data, 0), // 1 + end + 2 - data
					rel(4, 5, end, 0), rel(4, 6, data, 1),
				},
			},
			{
				Origin: &linkmap.Origin{Object: "a.o", Name: ".text.load", Align: 4, Data: make([]byte, 12)},
				Region: mpyfile.Text, Addr: 0x918, Size: 12,
				Relocs: []linkmap.Reloc{rel(0, 7, literals, 0), rel(2, 7, literals, 4), rel(4, 9, number, 0), rel(8, 10, number, 0)},
			},
			{
				Origin: &linkmap.Origin{Object: "a.o", Name: ".literal", Class: linkmap.Literal, Align: 4, Data: []byte{0x78, 0x56, 0x34, 0x12, 0, 0, 0, 0}},
				Region: mpyfile.Text, Size: 8,
				Relocs: []linkmap.Reloc{rel(4, 8, counter, 4)},
			},
			{Origin: &linkmap.Origin{Object: "a.o", Name: ".bss", Align: 4}, Region: mpyfile.BSS, Size: 8},
			{Origin: &linkmap.Origin{Kind: linkmap.GOT, Name: "GOT", Align: 4}, Region: mpyfile.Text, Addr: 0x908, Size: 4},
			{Origin: &linkmap.Origin{Kind: linkmap.Literals, Name: "literals", Align: 4}, Region: mpyfile.Text, Addr: 0x90c, Size: 8},
		},
		Targets: []linkmap.Target{
			data:     {Name: ".data", Kind: linkmap.InSection, Section: 1},
			atUpper:  {Name: ".L0", Kind: linkmap.InSection},
			atGOT:    {Name: ".L1", Kind: linkmap.InSection, Off: 8},
			counter:  {Name: "counter", Kind: linkmap.InSection, Section: 4},
			literals: {Name: ".literal", Kind: linkmap.InSection, Section: 3},
			end:      {Name: "end", Kind: linkmap.InSection, Section: 1, Off: 8},
			number:   {Name: "number", Kind: linkmap.Absolute, Off: 0x1900},
		},
	}
	f := &mpyfile.File{
		ABI: mpyfile.Latest, Arch: machines.For("armv7m"), QStrs: []string{"m"}, BSSSize: 8,
		Text: join(0x924, map[int][]byte{
			// 0x900 = 0x1000 - 0x700: the upper part is one more than its bits.
			0x000: {0x17, 0x10, 0, 0, 0, 0, 0, 0x90},
			0x008: {0x97, 0x10, 0, 0, 0, 0, 0, 0x90}, // slot 0x908 - 8
			0x8fc: {11, 0, 0, 0, 0xc7, 0, 0, 0, 9, 9, 9, 9},
			0x90c: {0x78, 0x56, 0x34, 0x12, 4},
			0x918: {0xfd, 0xff, 0xfd, 0xff, 0, 0x20, 0, 0, 0, 0, 0, 0x90},
		}),
		Words: []mpyfile.Word{inText(0x908, toBSS), inText(0x910, toBSS)},
	}
	return &module{f, m}
}

func TestCompound(t *testing.T) {
	if err := toyModule().verify(t); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		want  string
		spoil func(f *mpyfile.File, m *linkmap.Map)
	}{
		{
			// The slot that is near holds another address, and was right just before.
			"a.o:(.text.load+0x4): GOT_UPPER against end: no GOT slot with its address is within reach of 0x0",
			func(f *mpyfile.File, m *linkmap.Map) {
				const end = 5
				m.Sections[2].Relocs[2].Howto, m.Sections[2].Relocs[2].S = toy.Howto(1), end
				copy(f.Text[0x91c:], []byte{0, 0, 0, 0})
			},
		},
		{
			"a.o:(.text+0x0): UPPER against .data: the field holds 0x0, but S + A - P is 0x900",
			func(f *mpyfile.File, _ *linkmap.Map) { f.Text[1] = 0 },
		},
		{
			"a.o:(.text+0x4): LOWER against .L0: UPPER against .data: the field holds 0x8ff, but S + A - P is 0x900",
			func(f *mpyfile.File, _ *linkmap.Map) { f.Text[6], f.Text[7] = 0xf0, 0x8f },
		},
		{
			"a.o:(.text+0xc): LOWER against .L1: GOT_UPPER against counter: its slot at text+0x90c holds 0x12345678, but it should be 0x90040000",
			func(f *mpyfile.File, _ *linkmap.Map) { f.Text[14] = 0x40 },
		},
		{
			"a.o:(.text+0x4): LOWER against .L0: no relocation there computes the upper part",
			func(_ *mpyfile.File, m *linkmap.Map) { m.Targets[1].Off = 2 },
		},
		{
			"a.o:(.text+0x4): LOWER against .data: no relocation there computes the upper part",
			func(_ *mpyfile.File, m *linkmap.Map) { m.Sections[0].Relocs[1].S = 0 },
		},
		{
			"a.o:(.text+0x4): LOWER against loads: LOAD is not the upper part of a value",
			func(_ *mpyfile.File, m *linkmap.Map) { m.Targets[1].Section = 2; m.Targets[1].Name = "loads" },
		},
		{
			"a.o:(.text+0x4): LOWER against number: not a place in a section",
			func(_ *mpyfile.File, m *linkmap.Map) { m.Sections[0].Relocs[1].S = 6 },
		},
		{
			"a.o:(.text+0x4): LOWER against .literal: no relocation there computes the upper part",
			func(_ *mpyfile.File, m *linkmap.Map) { m.Sections[0].Relocs[1].S = 4 },
		},
		{
			"a.o:(.data+0x0): SUB against end and .data: the field holds 0xc, but the result is 0xb",
			func(f *mpyfile.File, _ *linkmap.Map) { f.Text[0x8fc]++ },
		},
		{
			"a.o:(.data+0x4): SUB6 against end and .data: the field holds 0x6, but the result is 0x7",
			func(f *mpyfile.File, _ *linkmap.Map) { f.Text[0x900]-- },
		},
		{"a.o:(.data+0x0): SUB against end and counter: the field holds", // two blocks of memory
			func(_ *mpyfile.File, m *linkmap.Map) { m.Sections[1].Relocs[1].S = 3 }},
		{
			"a.o:(.text.load+0x0): LOAD against .literal: its slot at text+0x910 holds 0x90040004, but it should be 0x12345678",
			func(f *mpyfile.File, _ *linkmap.Map) { f.Text[0x918]++ },
		},
		{
			"a.o:(.text.load+0x2): LOAD against .literal: its slot at text+0x910 holds 0x90040005, but it should be 0x90040004",
			func(f *mpyfile.File, _ *linkmap.Map) { f.Text[0x910]++ },
		},
		{
			"a.o:(.text.load+0x2): LOAD against .literal: there is no literal at a.o:(.literal+0x8)",
			func(_ *mpyfile.File, m *linkmap.Map) { m.Sections[2].Relocs[1].A = 8 },
		},
		{
			"a.o:(.text.load+0x2): LOAD against .literal: the literal at a.o:(.literal+0x4) is not an address",
			func(_ *mpyfile.File, m *linkmap.Map) { m.Sections[3].Relocs[0].Howto = toy.Howto(0) },
		},
		{
			"a.o:(.text.load+0x8): ABS_LOWER against number: the field holds -0x6ff, but S + A is 0x1900",
			func(f *mpyfile.File, _ *linkmap.Map) { f.Text[0x922] = 0x10 },
		},
	} {
		l := toyModule()
		c.spoil(l.file, l.m)
		if err := l.verify(t); err == nil || !strings.Contains("\n"+err.Error(), "\n"+c.want) {
			t.Errorf("\n got %v\nwant %s", err, c.want)
		}
	}
}
