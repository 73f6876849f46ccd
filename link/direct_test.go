package link_test

import (
	"debug/elf"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"mpyld/audit"
	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/link"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/mpywriter"
	"mpyld/relocs"
	"mpyld/relocs/machines"
	"mpyld/simload"
)

// Types of Arm relocations, of words.
const (
	armREL32, armBASEPREL, armGOTBREL, armGOTPREL = 3, 25, 26, 96
)

// thumb is a section of Thumb code and what is behind it: words, which have relocations if typ is not 0.
type thumb struct {
	code  []uint16
	words []thumbWord
	marks map[string]uint64 // other symbols than $t in front and $d behind the code; nil: those
}

type thumbWord struct {
	typ uint32
	a   uint32
}

// object returns the code as an object, in which it is mpy_init. Words are of mp_fun_table, those
// with distances of a constant.
func (c *thumb) object(t *testing.T, m *relocs.Machine) *elfload.Object {
	t.Helper()
	text := elfmake.Section{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4}
	for _, h := range c.code {
		text.Data = binary.LittleEndian.AppendUint16(text.Data, h)
	}
	words := len(text.Data)
	if words%4 != 0 {
		t.Fatal("words are not at a multiple of four")
	}
	marks := c.marks
	if marks == nil {
		marks = map[string]uint64{"$t": 0, "$d": uint64(words)}
	}
	o := elfmake.Object{Machine: elf.EM_ARM, Class: elf.ELFCLASS32}
	for name, at := range marks {
		o.Symbols = append(o.Symbols, elfmake.Symbol{Name: name, Value: at})
	}
	first := len(o.Symbols)
	for _, w := range c.words {
		sym := first + map[uint32]int{armREL32: 2, armBASEPREL: 1}[w.typ]
		if w.typ != 0 {
			text.Relocs = append(text.Relocs, elfmake.Reloc{Off: uint64(len(text.Data)), Type: w.typ, Sym: sym})
		}
		text.Data = binary.LittleEndian.AppendUint32(text.Data, w.a)
	}
	o.Sections = []elfmake.Section{text, {Name: ".rodata", Flags: elf.SHF_ALLOC, Align: 4, Data: make([]byte, 8)}}
	o.Symbols = append(o.Symbols,
		elfmake.Symbol{Name: "mp_fun_table", Bind: elf.STB_GLOBAL, Sect: elfmake.Undef},
		elfmake.Symbol{Name: "_GLOBAL_OFFSET_TABLE_", Bind: elf.STB_GLOBAL, Sect: elfmake.Undef},
		elfmake.Symbol{Name: "constant", Bind: elf.STB_GLOBAL, Type: elf.STT_OBJECT, Sect: 1, Size: 8},
		elfmake.Symbol{Name: "mpy_init", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: 1, Size: uint64(len(text.Data))},
	)
	obj, err := elfload.Load("a.o", o.Bytes(), m)
	if err != nil {
		t.Fatal(err)
	}
	return obj
}

// TestDirectShapes: what becomes of code of each shape, as many bytes as are left of it, and that both proofs
// take it. Sizes that are the object's are of code that is left alone.
func TestDirectShapes(t *testing.T) {
	const (
		ldr3, ldr2, add3, get3, ret, nop = 0x4b02, 0x4a03, 0x447b, 0x589b, 0x4770, 0x46c0
	)
	table := []thumbWord{{armBASEPREL, 4}, {armGOTBREL, 0}}
	for name, c := range map[string]struct {
		thumb
		arch string // armv6m, if it is not said
		size int
	}{
		"table and slot":                     {thumb: thumb{code: []uint16{ldr3, ldr2, add3, get3, ret, nop}, words: table}, size: 8},
		"the offset is used again":           {thumb: thumb{code: []uint16{ldr3, ldr2, add3, get3, 0x6002 /* str r2, [r0] */, ret}, words: table}, size: 20},
		"the table is used again":            {thumb: thumb{code: []uint16{ldr3, ldr2, add3, 0x589a /* ldr r2, [r3, r2] */, 0x6003 /* str r3, [r0] */, ret}, words: table}, size: 20 - 2 + 2},
		"the offset may be another number":   {thumb: thumb{code: []uint16{0x4b02, 0xb100 /* cbz r0, next */, 0x4a02, add3, get3, ret}, words: []thumbWord{{armBASEPREL, 2}, {armGOTBREL, 0}}}, arch: "armv7m", size: 20},
		"the table is not at the place":      {thumb: thumb{code: []uint16{ldr3, ldr2, add3, get3, ret, nop}, words: []thumbWord{{armBASEPREL, 8}, {armGOTBREL, 0}}}, size: 20},
		"a number counts from a place":       {thumb: thumb{code: []uint16{ldr3, ldr2, add3, get3, 0x4902 /* ldr r1, 20 */, 0x4479 /* add r1, pc */, ret, nop}, words: []thumbWord{{armBASEPREL, 8}, {armGOTBREL, 0}, {0, 0x20}}}, size: 28},
		"the address of a place":             {thumb: thumb{code: []uint16{ldr3, ldr2, add3, get3, 0xa100 /* adr r1, 12 */, ret}, words: table}, size: 20},
		"data as code":                       {thumb: thumb{code: []uint16{ldr3, ldr2, add3, get3, ret, nop}, words: table, marks: map[string]uint64{"$t": 0}}, size: 20},
		"code as data":                       {thumb: thumb{code: []uint16{ldr3, ldr2, add3, get3, ret, nop}, words: table, marks: map[string]uint64{"$t": 0, "$d": 6}}, size: 20},
		"code that others share":             {thumb: thumb{code: []uint16{ldr3, ldr2, add3, get3, ret, nop}, words: table, marks: map[string]uint64{"$t": 0, "$d": 12, "OUTLINED_FUNCTION_0": 8}}, size: 20},
		"a number that nothing loads":        {thumb: thumb{code: []uint16{ldr3, ldr2, add3, get3, ret, nop}, words: append(table, thumbWord{0, 7})}, size: 24},
		"an offset that is passed":           {thumb: thumb{code: []uint16{0x4801 /* ldr r0, 8 */, 0x4798 /* blx r3 */, ret, nop}, words: []thumbWord{{armGOTBREL, 0}, {armBASEPREL, 0}}}, size: 16},
		"a distance":                         {thumb: thumb{code: []uint16{0x4b01 /* ldr r3, 8 */, add3, ret, nop}, words: []thumbWord{{armREL32, 2}}}, size: 8},
		"a distance that is looked at":       {thumb: thumb{code: []uint16{0x4b01, 0x6003 /* str r3, [r0] */, add3, ret}, words: []thumbWord{{armREL32, 0}}}, size: 12},
		"two places for a distance":          {thumb: thumb{code: []uint16{0x4b02, 0xb108 /* cbz r0, 1f */, add3, ret, add3, ret}, words: []thumbWord{{armREL32, 4}}}, arch: "armv7m", size: 16},
		"the distance of a slot":             {thumb: thumb{code: []uint16{0x4b01, add3, 0x681b /* ldr r3, [r3] */, ret}, words: []thumbWord{{armGOTPREL, 2}}}, size: 8},
		"the distance of a slot, and more":   {thumb: thumb{code: []uint16{0x4b01, add3, 0x685b /* ldr r3, [r3, #4] */, ret}, words: []thumbWord{{armGOTPREL, 2}}}, size: 12},
		"a condition for a load":             {thumb: thumb{code: []uint16{0x4b03, 0x4a04, add3, 0x2800, 0xbf18 /* it ne */, 0x5899 /* ldrne r1, [r3, r2] */, ret, nop}, words: []thumbWord{{armBASEPREL, 8}, {armGOTBREL, 0}}}, arch: "armv7m", size: 12},
		"behind a return with a condition":   {thumb: thumb{code: []uint16{0x4b02, add3, 0xbf08 /* it eq */, ret /* bxeq lr */, 0x6818 /* ldr r0, [r3] */, ret}, words: []thumbWord{{armGOTPREL, 6}}}, arch: "armv7m", size: 12},
		"behind a jump with a condition":     {thumb: thumb{code: []uint16{0x4b02, add3, 0xbf08, 0xe000 /* beq 1f */, 0x6818, ret}, words: []thumbWord{{armGOTPREL, 6}}}, arch: "armv7m", size: 12},
		"behind a jump through a register":   {thumb: thumb{code: []uint16{0x4b02, add3, 0xbf08, 0x4708 /* bxeq r1 */, 0x6818, ret}, words: []thumbWord{{armGOTPREL, 6}}}, arch: "armv7m", size: 12},
		"a register that is not given back":  {thumb: thumb{code: []uint16{ldr3, 0x4c03 /* ldr r4, 16 */, add3, 0x591b /* ldr r3, [r3, r4] */, ret, nop}, words: table}, size: 20},
		"a register that is":                 {thumb: thumb{code: []uint16{0xb510 /* push {r4, lr} */, 0x4b02, 0x4c02, add3, 0x591b, 0xbd10 /* pop {r4, pc} */}, words: []thumbWord{{armBASEPREL, 2}, {armGOTBREL, 0}}}, size: 12},
		"a register that holds it for later": {thumb: thumb{code: []uint16{0x4a04, 0x4b02, add3, 0x4698 /* mov r8, r3 */, 0x4643 /* mov r3, r8 */, get3, ret, nop}, words: []thumbWord{{armBASEPREL, 8}, {armGOTBREL, 0}}}, size: 24},
	} {
		t.Run(name, func(t *testing.T) {
			if c.arch == "" {
				c.arch = "armv6m"
			}
			m := machines.For(c.arch)
			obj := c.object(t, m)
			in := link.Input{ABI: mpyfile.Latest, Arch: m, SourceName: "m.mpy", Objects: []*elfload.Object{obj}, Relax: 1 << relocs.DirectLoads}
			res, err := link.Link(in)
			if err != nil {
				t.Fatal(err)
			}
			data, err := mpywriter.Write(res.File)
			if err == nil {
				err = simload.Verify(data, res.Map)
			}
			if err == nil {
				err = audit.Check(&audit.Input{Objects: in.Objects, Machine: m, ABI: in.ABI, SourceName: in.SourceName}, audit.Output{Map: res.Map, File: res.File, Direct: res.Direct})
			}
			if err != nil {
				t.Error(err)
			}
			if got := int(res.Map.Sections[0].Size); got != c.size {
				t.Errorf("%d bytes, want %d", got, c.size)
			}
		})
	}
}

// TestHeld: where registers hold something else than in the object's code. That is said to those who ask for sources.
func TestHeld(t *testing.T) {
	const r2, r3 = 1 << 2, 1 << 3
	m := machines.For("armv6m")
	for name, c := range map[string]struct {
		thumb
		want []linkmap.Held
	}{
		"table and slot": {thumb{code: []uint16{0x4b02, 0x4a03, 0x447b, 0x589b, 0x4770, 0x46c0}, words: []thumbWord{{armBASEPREL, 4}, {armGOTBREL, 0}}}, []linkmap.Held{{From: 2, To: 4, Registers: r3}, {From: 4, To: 8, Registers: r2 | r3}, {From: 8, To: 10, Registers: r2}}},
		"a distance":     {thumb{code: []uint16{0x4b01, 0x447b, 0x4770, 0x46c0}, words: []thumbWord{{armREL32, 2}}}, []linkmap.Held{{From: 2, To: 4, Registers: r3}}},
	} {
		obj := c.object(t, m)
		in := link.Input{ABI: mpyfile.Latest, Arch: m, SourceName: "m.mpy", Objects: []*elfload.Object{obj}, Relax: 1 << relocs.DirectLoads, Sources: true}
		res, err := link.Link(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := res.Sources.Held[linkmap.SourceSection{Object: 0, Section: 1}]; !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		in.Sources = false
		if res, err = link.Link(in); err != nil || res.Sources != nil {
			t.Errorf("%s: sources for nobody, error %v", name, err)
		}
	}
}

// TestSharedByName: the second look refuses other instructions in an object with code that a compiler has taken out
// of functions, whoever makes them.
func TestSharedByName(t *testing.T) {
	m := *machines.For("armv6m")
	how := *m.Direct
	m.Direct = &how
	how.Outlined = "" // the linker does not know
	c := thumb{
		code: []uint16{0x4b02, 0x4a03, 0x447b, 0x589b, 0x4770, 0x46c0}, words: []thumbWord{{armBASEPREL, 4}, {armGOTBREL, 0}},
		marks: map[string]uint64{"$t": 0, "$d": 12, "OUTLINED_FUNCTION_0": 8},
	}
	in := link.Input{ABI: mpyfile.Latest, Arch: &m, SourceName: "m.mpy", Objects: []*elfload.Object{c.object(t, &m)}, Relax: 1 << relocs.DirectLoads}
	res, err := link.Link(in)
	if err != nil {
		t.Fatal(err)
	}
	if len(res.Direct) == 0 {
		t.Fatal("the code is left alone")
	}
	err = audit.Check(&audit.Input{Objects: in.Objects, Machine: machines.For("armv6m"), ABI: in.ABI, SourceName: in.SourceName}, audit.Output{Map: res.Map, File: res.File, Direct: res.Direct})
	if err == nil || !strings.Contains(err.Error(), "OUTLINED_FUNCTION_0 has registers of those that call it") {
		t.Errorf("the second look says: %v", err)
	}
}
