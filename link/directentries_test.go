package link_test

import (
	"debug/elf"
	"encoding/binary"
	"strings"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/link"
	"mpyld/mpyfile"
	"mpyld/relocs"
	"mpyld/relocs/machines"
)

// twoFunctions is code that gets an address by way of the table, at 10, and a second function, at 16, of which some is another one.
type twoFunctions struct {
	second  [2]uint16
	other   uint32 // what a branch in another section adds to the start of this one; 0: there is none
	pointer uint32 // and what a word of data does
	symbol  *elfmake.Symbol
	instead []uint16 // of the second function, to which the first one goes: one in another object; nil: none
}

func (f *twoFunctions) object(t *testing.T, m *relocs.Machine) *elfload.Object {
	t.Helper()
	text := elfmake.Section{
		Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4,
		Relocs: []elfmake.Reloc{{Off: 24, Type: armBASEPREL, Sym: 3}, {Off: 28, Type: armGOTBREL, Sym: 4}},
	}
	code := []uint16{0x46c0, 0x46c0, 0x4b04 /* ldr r3, 24 */, 0x4a05 /* ldr r2, 28 */, 0x447b /* add r3, pc */, 0x589b /* ldr r3, [r3, r2] */, 0x4770, 0x46c0, f.second[0], f.second[1], 0x4770, 0x46c0}
	for _, h := range code {
		text.Data = binary.LittleEndian.AppendUint16(text.Data, h)
	}
	text.Data = binary.LittleEndian.AppendUint32(text.Data, 12)
	text.Data = binary.LittleEndian.AppendUint32(text.Data, 0)
	second := elfmake.Symbol{Name: "second", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: 17, Size: 6}
	if f.instead != nil {
		second.Bind = elf.STB_WEAK
		copy(text.Data[12:], []byte{0xff, 0xf7, 0xfe, 0xbf})
		text.Relocs = append(text.Relocs, elfmake.Reloc{Off: 12, Type: 30, Sym: 6})
	}
	o := elfmake.Object{
		Machine: elf.EM_ARM, Class: elf.ELFCLASS32,
		Sections: []elfmake.Section{text},
		Symbols: []elfmake.Symbol{
			{Name: "$t"},
			{Name: "$d", Value: 24},
			{Type: elf.STT_SECTION},
			{Name: "_GLOBAL_OFFSET_TABLE_", Bind: elf.STB_GLOBAL, Sect: elfmake.Undef},
			{Name: "mp_fun_table", Bind: elf.STB_GLOBAL, Sect: elfmake.Undef},
			{Name: "mpy_init", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: 1, Size: 14},
			second,
		},
	}
	if f.other != 0 {
		b := []byte{0xff, 0xf7, 0xfe, 0xbf} // b.w .text
		if f.other > 4 {
			b = []byte{0x00, 0xf0, byte(f.other-4) / 2, 0xb8}
		}
		o.Sections = append(o.Sections, elfmake.Section{Name: ".text.other", Flags: text.Flags, Align: 4, Data: b, Relocs: []elfmake.Reloc{{Type: 30, Sym: 2}}})
	}
	if f.pointer != 0 {
		o.Sections = append(o.Sections, elfmake.Section{
			Name: ".data.rel.ro", Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: 4, Data: binary.LittleEndian.AppendUint32(nil, f.pointer),
			Relocs: []elfmake.Reloc{{Type: 2, Sym: 2}},
		})
	}
	if f.symbol != nil {
		o.Symbols = append(o.Symbols, *f.symbol)
	}
	obj, err := elfload.Load("a.o", o.Bytes(), m)
	if err != nil {
		t.Fatal(err)
	}
	return obj
}

// objects returns that, and the other one.
func (f *twoFunctions) objects(t *testing.T, m *relocs.Machine) []*elfload.Object {
	t.Helper()
	list := []*elfload.Object{f.object(t, m)}
	if f.instead == nil {
		return list
	}
	text := elfmake.Section{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4}
	for _, h := range f.instead {
		text.Data = binary.LittleEndian.AppendUint16(text.Data, h)
	}
	o := elfmake.Object{
		Machine: elf.EM_ARM, Class: elf.ELFCLASS32, Sections: []elfmake.Section{text},
		Symbols: []elfmake.Symbol{{Name: "$t"}, {Name: "second", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: 1, Size: uint64(len(text.Data))}},
	}
	obj, err := elfload.Load("b.o", o.Bytes(), m)
	if err != nil {
		t.Fatal(err)
	}
	return append(list, obj)
}

// TestDirectWaysIn: code to which something comes in the middle, with other registers, stays as it is, as does that where
// nobody knows how far places in it are from one another; and the second look takes no other code for that.
func TestDirectWaysIn(t *testing.T) {
	nothing := [2]uint16{0x46c0, 0x46c0}
	for name, c := range map[string]struct{ is, without twoFunctions }{
		"a call in the section":                {twoFunctions{second: [2]uint16{0xf7ff, 0xfffb /* bl 10 */}}, twoFunctions{second: nothing}},
		"a branch from another section":        {twoFunctions{second: nothing, other: 10}, twoFunctions{second: nothing, other: 4}},
		"a table of distances that is nowhere": {twoFunctions{second: [2]uint16{0xe8d2, 0xf001 /* tbb [r2, r1] */}}, twoFunctions{second: nothing}},
		"a jump in the section":                {twoFunctions{second: [2]uint16{0x4687 /* mov pc, r0 */, 0x46c0}}, twoFunctions{second: nothing}},
		"the address of a place":               {twoFunctions{second: [2]uint16{0x4700 /* bx r0 */, 0x46c0}, pointer: 2}, twoFunctions{second: [2]uint16{0x4700, 0x46c0}, pointer: 16}},
		"a weak function, and another one":     {twoFunctions{second: nothing, instead: []uint16{0x6002 /* str r2, [r0] */, 0x4770}}, twoFunctions{second: nothing, instead: []uint16{0x6001 /* str r1, [r0] */, 0x4770}}},
		"a function by a name with a dollar":   {twoFunctions{second: nothing, symbol: &elfmake.Symbol{Name: "$f", Type: elf.STT_FUNC, Value: 11}}, twoFunctions{second: nothing, symbol: &elfmake.Symbol{Name: "$t", Value: 10}}},
	} {
		t.Run(name, func(t *testing.T) {
			m := machines.For("armv7m")
			linked := func(f *twoFunctions) (link.Input, *link.Result) {
				in := link.Input{ABI: mpyfile.Latest, Arch: m, SourceName: "m.mpy", Objects: f.objects(t, m), Relax: 1 << relocs.DirectLoads}
				res, err := link.Checked(in)
				if err != nil {
					t.Fatal(err)
				}
				if err := link.Verified(res); err != nil {
					t.Fatal(err)
				}
				if said := secondLook(&in, res, res.Direct); said != "" {
					t.Fatal(said)
				}
				return in, res
			}
			in, res := linked(&c.is)
			if is := res.Direct[in.Objects[0]]; is != nil && len(is.Sections[1].Data) != 32 {
				t.Errorf("%d bytes are left of 32", len(is.Sections[1].Data))
			}
			good, goodRes := linked(&c.without)
			is := goodRes.Direct[good.Objects[0]]
			if is == nil || len(is.Sections[1].Data) != 20 {
				t.Fatal("code without that is left alone")
			}
			if c.is.instead != nil { // linked with the function that it should have been
				copy(good.Objects[1].Sections[1].Data, in.Objects[1].Sections[1].Data)
				if said := secondLook(&good, goodRes, goodRes.Direct); !strings.Contains(said, "code there looks at it") {
					t.Errorf("the second look says of another function: %s", said)
				}
				return
			}
			other, err := in.Objects[0].Shrink(elfload.Cuts{1: is.Sections[1].Edits.Edits})
			if err != nil {
				t.Fatal(err)
			}
			if said := secondLook(&in, res, map[*elfload.Object]*elfload.Object{in.Objects[0]: other}); !strings.Contains(said, "the map has other instructions") {
				t.Errorf("the second look says of other code: %s", said)
			}
		})
	}
}
