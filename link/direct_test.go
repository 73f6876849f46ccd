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
	"mpyld/relocs"
	"mpyld/relocs/machines"
)

// Types of Arm relocations, of words.
const (
	armREL32, armBASEPREL, armGOTBREL, armGOTPREL = 3, 25, 26, 96
)

// thumb is a section of Thumb code and what is behind it: words, which have relocations if typ is not 0.
type thumb struct {
	code  []uint16
	words []thumbWord
	marks map[string]uint64 // other mapping symbols than $t in front and $d behind the code; nil: those
	other []uint16          // a function in another section
	calls []thumbCall       // of that by the code, or the other way round
	table bool              // that has a table of two bytes behind four
	short uint64            // the bytes of it that it says it has; 0: all
}

type thumbCall struct {
	back bool // by the other function
	off  uint64
	typ  uint32
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
	if c.other != nil {
		other := elfmake.Section{Name: ".text.other", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4}
		for _, h := range c.other {
			other.Data = binary.LittleEndian.AppendUint16(other.Data, h)
		}
		o.Sections = append(o.Sections, other)
		if c.table {
			var marks []elfmake.Symbol
			for _, mark := range []elfmake.Symbol{{Name: "$t"}, {Name: "$d", Value: 4}, {Name: "$t", Value: 6}} {
				mark.Sect = 2
				marks = append(marks, mark)
			}
			o.Symbols = append(marks, o.Symbols...)
			for i := range o.Sections[0].Relocs {
				o.Sections[0].Relocs[i].Sym += len(marks)
			}
		}
		init, size := len(o.Symbols)-1, uint64(len(other.Data))
		if c.short > 0 {
			size = c.short
		}
		o.Symbols = append(o.Symbols, elfmake.Symbol{Name: "other", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Sect: 2, Value: 1, Size: size})
		for _, call := range c.calls {
			in, to := 0, init+1
			if call.back {
				in, to = 2, init
			}
			o.Sections[in].Relocs = append(o.Sections[in].Relocs, elfmake.Reloc{Off: call.off, Type: call.typ, Sym: to})
		}
	}
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
	jumps := jumpsByTable
	constant := jumps // of bytes that lead to instructions, too, and would be others then
	constant.code = slices.Concat([]uint16{loadsConstant}, jumps.code[1:])
	// ldr.w r4, [pc, #-1732], which is -1728 then, and ends like the padding of Armv6-M: f85f 46c0.
	wide := thumb{
		code:  slices.Concat([]uint16{0xe002 /* b 8 */, nop, 1, 0}, slices.Repeat([]uint16{0x3001}, 859), []uint16{0x4b03, 0x4a03, add3, get3, 0xf85f, 0x46c4, ret}),
		words: []thumbWord{{armBASEPREL, 6}, {armGOTBREL, 0}}, marks: map[string]uint64{"$t": 0, "$d": 4, "$t.1": 8, "$d.1": 1740},
	}
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
		"a number that nothing loads":        {thumb: thumb{code: []uint16{ldr3, ldr2, add3, get3, ret, nop}, words: append(table, thumbWord{0, 7})}, size: 24},
		"an offset that is passed":           {thumb: thumb{code: []uint16{0x4801 /* ldr r0, 8 */, 0x4798 /* blx r3 */, ret, nop}, words: []thumbWord{{armGOTBREL, 0}, {armBASEPREL, 0}}}, size: 16},
		"an offset that nothing looks at":    {thumb: thumb{code: []uint16{0x4b01 /* ldr r3, 8 */, 0x4a02 /* ldr r2, 12 */, add3, ret}, words: []thumbWord{{armBASEPREL, 0}, {armGOTBREL, 0}}}, size: 8},
		"a distance":                         {thumb: thumb{code: []uint16{0x4b01 /* ldr r3, 8 */, add3, ret, nop}, words: []thumbWord{{armREL32, 2}}}, size: 8},
		"a distance that is looked at":       {thumb: thumb{code: []uint16{0x4b01, 0x6003 /* str r3, [r0] */, add3, ret}, words: []thumbWord{{armREL32, 0}}}, size: 12},
		"two places for a distance":          {thumb: thumb{code: []uint16{0x4b02, 0xb108 /* cbz r0, 1f */, add3, ret, add3, ret}, words: []thumbWord{{armREL32, 4}}}, arch: "armv7m", size: 16},
		"two places that move apart":         {thumb: thumb{code: []uint16{0x4b06, 0xb108 /* cbz r0, 1f */, add3, ret, 0x4902, 0x4a03, 0x4479 /* add r1, pc */, 0x5889 /* ldr r1, [r1, r2] */, add3, ret}, words: []thumbWord{{armBASEPREL, 4}, {armGOTBREL, 0}, {armREL32, 20}}}, arch: "armv7m", size: 32},
		"the distance of a slot":             {thumb: thumb{code: []uint16{0x4b01, add3, 0x681b /* ldr r3, [r3] */, ret}, words: []thumbWord{{armGOTPREL, 2}}}, size: 8},
		"the distance of a slot, and more":   {thumb: thumb{code: []uint16{0x4b01, add3, 0x685b /* ldr r3, [r3, #4] */, ret}, words: []thumbWord{{armGOTPREL, 2}}}, size: 12},
		"a float in front of distances":      {thumb: thumb{code: []uint16{0xed9f, 0x0a03 /* vldr s0, 16 */, 0x4b03, add3, 0x4a03, 0x447a, ret, nop}, words: []thumbWord{{0, 0x3f80_0000}, {armREL32, 10}, {armREL32, 10}}}, arch: "armv7emsp", size: 24},
		"a double of which one is half":      {thumb: thumb{code: []uint16{0xed9f, 0x0b03 /* vldr d0, 16 */, 0x4b03, add3, 0x4a03, 0x447a, ret, nop}, words: []thumbWord{{0, 0x3f80_0000}, {armREL32, 10}, {armREL32, 10}}}, arch: "armv7emdp", size: 28},
		"a condition for a load":             {thumb: thumb{code: []uint16{0x4b03, 0x4a04, add3, 0x2800, 0xbf18 /* it ne */, 0x5899 /* ldrne r1, [r3, r2] */, ret, nop}, words: []thumbWord{{armBASEPREL, 8}, {armGOTBREL, 0}}}, arch: "armv7m", size: 12},
		"behind a return with a condition":   {thumb: thumb{code: []uint16{0x4b02, add3, 0xbf08 /* it eq */, ret /* bxeq lr */, 0x6818 /* ldr r0, [r3] */, ret}, words: []thumbWord{{armGOTPREL, 6}}}, arch: "armv7m", size: 12},
		"behind a jump with a condition":     {thumb: thumb{code: []uint16{0x4b02, add3, 0xbf08, 0xe000 /* beq 1f */, 0x6818, ret}, words: []thumbWord{{armGOTPREL, 6}}}, arch: "armv7m", size: 12},
		"behind a jump through a register":   {thumb: thumb{code: []uint16{0x4b02, add3, 0xbf08, 0x4708 /* bxeq r1 */, 0x6818, ret}, words: []thumbWord{{armGOTPREL, 6}}}, arch: "armv7m", size: 12},
		"a register that is not given back":  {thumb: thumb{code: []uint16{ldr3, 0x4c03 /* ldr r4, 16 */, add3, 0x591b /* ldr r3, [r3, r4] */, ret, nop}, words: table}, size: 20},
		"a register that is":                 {thumb: thumb{code: []uint16{0xb510 /* push {r4, lr} */, 0x4b02, 0x4c02, add3, 0x591b, 0xbd10 /* pop {r4, pc} */}, words: []thumbWord{{armBASEPREL, 2}, {armGOTBREL, 0}}}, size: 12},
		"a register that holds it for later": {thumb: thumb{code: []uint16{0x4a04, 0x4b02, add3, 0x4698 /* mov r8, r3 */, 0x4643 /* mov r3, r8 */, get3, ret, nop}, words: []thumbWord{{armBASEPREL, 8}, {armGOTBREL, 0}}}, size: 24},
		"two words for the table":            {thumb: thumb{code: []uint16{0xb108 /* cbz r0, 6 */, 0x4b03, 0xe000 /* b 8 */, 0x4b03, 0x4a03, add3, get3, ret}, words: []thumbWord{{armBASEPREL, 2}, {armBASEPREL, 6}, {armGOTBREL, 0}}}, arch: "armv7m", size: 28},
		"jumps by a table":                   {thumb: jumps, arch: "armv7m", size: 24},
		"a constant behind a table":          {thumb: constant, arch: "armv7m", size: 36},
		"padding in a wide instruction":      {thumb: wide, arch: "armv7m", size: 1740},
		"a number that may be there for a call": {
			thumb: thumb{
				code:  []uint16{0x4b06, 0x447b, 0x681b, nop, 0xb510 /* push {r4, lr} */, 0xb100 /* cbz r0, behind */, 0x4c04 /* ldr r4, 32 */, 0xf7ff, 0xfffe, 0x4c03, 0x447c, 0x4b03, 0x58e0, 0xbd10},
				words: []thumbWord{{armGOTPREL, 22}, {armBASEPREL, 8}, {armGOTBREL, 0}}, calls: []thumbCall{{false, 14, 10}}, other: []uint16{0x6004 /* str r4, [r0] */, ret},
			}, arch: "armv7m", size: 36,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if c.arch == "" {
				c.arch = "armv6m"
			}
			m := machines.For(c.arch)
			obj := c.object(t, m)
			in := link.Input{ABI: mpyfile.Latest, Arch: m, SourceName: "m.mpy", Objects: []*elfload.Object{obj}, Relax: 1 << relocs.DirectLoads}
			res, err := link.Checked(in)
			if err != nil {
				t.Fatal(err)
			}
			if got := int(res.Map.Sections[0].Size); got != c.size {
				t.Errorf("%d bytes, want %d", got, c.size)
			}
		})
	}
}

// jumpsByTable is code that goes on by a table of bytes; what is behind that gets shorter. loadsConstant instead of its first
// instruction loads four of the bytes.
var jumpsByTable = thumb{
	code: []uint16{
		0x46c0, 0x46c0, 0xe8df, 0xf000 /* tbb [pc, r0] */, 0x0804, 0x0804, 0x0804, 0x0408,
		0x4b02, 0x4a03, 0x447b, 0x589b, 0x4770, 0x46c0,
	},
	words: []thumbWord{{armBASEPREL, 4}, {armGOTBREL, 0}}, marks: map[string]uint64{"$t": 0, "$d": 8, "$t.1": 16, "$d.1": 28},
}

const loadsConstant = 0x4902 // ldr r1, 12

// TestConstantInTable: the second look refuses a table of jumps that code loads constants from, whoever makes the link: here
// it loads none until then.
func TestConstantInTable(t *testing.T) {
	m := machines.For("armv7m")
	obj := jumpsByTable.object(t, m)
	in := link.Input{ABI: mpyfile.Latest, Arch: m, SourceName: "m.mpy", Objects: []*elfload.Object{obj}, Relax: 1 << relocs.DirectLoads}
	res, err := link.Checked(in)
	if err != nil {
		t.Fatal(err)
	}
	if said := secondLook(&in, res, res.Direct); said != "" {
		t.Fatal(said)
	}
	binary.LittleEndian.PutUint16(obj.Sections[1].Data, loadsConstant)
	binary.LittleEndian.PutUint16(res.Direct[obj].Sections[1].Data, loadsConstant)
	if said := secondLook(&in, res, res.Direct); !strings.Contains(said, "a part of a table") {
		t.Errorf("the second look says %q", said)
	}
}

// TestTableElsewhere: the second look refuses a table of jumps of which an entry leads to another instruction than it did.
func TestTableElsewhere(t *testing.T) {
	const table = 8
	m := machines.For("armv7m")
	obj := jumpsByTable.object(t, m)
	in := link.Input{ABI: mpyfile.Latest, Arch: m, SourceName: "m.mpy", Objects: []*elfload.Object{obj}, Relax: 1 << relocs.DirectLoads}
	res, err := link.Checked(in)
	if err != nil {
		t.Fatal(err)
	}
	res.Direct[obj].Sections[1].Data[table]++
	if said := secondLook(&in, res, res.Direct); !strings.Contains(said, "entry 0 of its table leads elsewhere") {
		t.Errorf("the second look says %q", said)
	}
}

// TestDistanceLookedAt: it refuses code that looks at a distance which is another number now, as the instructions that add
// their places to it are nearer.
func TestDistanceLookedAt(t *testing.T) {
	const at, looks = 10, 0x6001 // str r1, [r0]
	m := machines.For("armv7m")
	distance := thumb{
		code: []uint16{
			0x4b05, 0x4a06, 0x447b, 0x589b, // ldr r3, 24; ldr r2, 28; add r3, pc; ldr r3, [r3, r2]
			0x4905, 0x46c0, 0xb108, 0x4479, 0x4770, // ldr r1, 32; nop; cbz r0, 18; add r1, pc; bx lr
			0x4479, 0x4770, 0x46c0, // add r1, pc; bx lr; nop
		},
		words: []thumbWord{{armBASEPREL, 16}, {armGOTBREL, 0}, {armREL32, 14}},
	}
	obj := distance.object(t, m)
	in := link.Input{ABI: mpyfile.Latest, Arch: m, SourceName: "m.mpy", Objects: []*elfload.Object{obj}, Relax: 1 << relocs.DirectLoads}
	res, err := link.Checked(in)
	if err != nil {
		t.Fatal(err)
	}
	if said := secondLook(&in, res, res.Direct); said != "" {
		t.Fatal(said)
	}
	is := &res.Direct[obj].Sections[1]
	binary.LittleEndian.PutUint16(obj.Sections[1].Data[at:], looks)
	binary.LittleEndian.PutUint16(is.Data[is.Edits.Out(at):], looks)
	if said := secondLook(&in, res, res.Direct); !strings.Contains(said, "register 1") {
		t.Errorf("the second look says %q", said)
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
		res, err := link.Checked(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := res.Sources.Held[linkmap.SourceSection{Object: 0, Section: 1}]; !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		in.Sources = false
		if res, err = link.Checked(in); err != nil || res.Sources != nil {
			t.Errorf("%s: sources for nobody, error %v", name, err)
		}
	}
}

// TestPassedRegisters: a function may look at registers that hold no arguments, or leave what it likes in them, whatever it is
// called. What it has of other code stays, and the second look refuses a link in which it does not, whoever makes it: there
// the function is another one by then.
func TestPassedRegisters(t *testing.T) {
	const (
		push, pop, ret, nop = 0xb510, 0xbd10, 0x4770, 0x46c0 // of r4 and lr, pc
		bl1, bl2            = 0xf7ff, 0xfffe
		look4, set4         = 0x6004, 0x2400 // str r4, [r0]; movs r4, #0
		look1, look2        = 0x6001, 0x6002 // str r1, [r0]; str r2, [r0]
	)
	call := func(off uint64) []thumbCall { return []thumbCall{{false, off, 10}} }
	// In r4 is the table, or the address of a slot, when the function is called.
	table := thumb{code: []uint16{push, 0x4c03, 0x447c, bl1, bl2, 0x4b02, 0x58e0, pop}, words: []thumbWord{{armBASEPREL, 8}, {armGOTBREL, 0}}, calls: call(6)}
	slot := thumb{code: []uint16{push, 0x4c03, 0x447c, bl1, bl2, 0x6820, pop, nop}, words: []thumbWord{{armGOTPREL, 8}}, calls: call(6)}
	// In r4 is how far the table is from an instruction, with others between that get shorter.
	number := thumb{
		code:  []uint16{push, 0x4c05, bl1, bl2, 0x4b04, 0x447b, 0x447c, 0x4a04, 0x58a0, 0x6018, pop, nop},
		words: []thumbWord{{armBASEPREL, 8}, {armREL32, 14}, {armGOTBREL, 0}}, calls: call(4),
	}
	// The same number, which stays: what gets shorter is in front of it, and behind it as much as is padding then.
	stays := thumb{
		code:  []uint16{0x4b05, 0x447b, 0x681b, nop, push, 0x4c04, bl1, bl2, 0x447c, 0x4b03, 0x58e0, pop},
		words: []thumbWord{{armGOTPREL, 18}, {armBASEPREL, 8}, {armGOTBREL, 0}}, calls: call(12),
	}
	// In r2 is an offset in the end.
	end := thumb{code: []uint16{0x4b02, 0x4a03, 0x447b, 0x589b, ret, nop}, words: []thumbWord{{armBASEPREL, 4}, {armGOTBREL, 0}}, calls: []thumbCall{{true, 2, 10}}}
	tail := thumb{code: []uint16{0x4b02, 0x4a03, 0x447b, 0x589b, bl1, 0xbffe}, words: []thumbWord{{armBASEPREL, 4}, {armGOTBREL, 0}}, calls: []thumbCall{{false, 8, 30}}}
	back := thumb{code: []uint16{0x4671 /* mov r1, lr */, 0x4b02, 0x4a02, 0x447b, 0x589b, 0x4708 /* bx r1 */}, words: []thumbWord{{armBASEPREL, 2}, {armGOTBREL, 0}}, calls: []thumbCall{{true, 2, 10}}}
	tabled := func(c thumb) thumb {
		c.table = true
		return c
	}
	short := func(c thumb, size uint64) thumb {
		c.short = size
		return c
	}
	const push2, pop1, pop2, call0, back0 = 0xb504, 0xbc02, 0xbc04, 0x4780, 0xbd00 // push {r2, lr}; pop {r1}; pop {r2}; blx r0; pop {pc}
	for name, tt := range map[string]struct {
		thumb
		other []uint16
		size  int
	}{
		"a function":                          {table, []uint16{0x2000, ret}, 16},
		"one that saves it":                   {table, []uint16{push, set4, pop, nop}, 16},
		"one that saves it in another":        {table, []uint16{0x46a4 /* mov r12, r4 */, set4, 0x4664, ret}, 16},
		"one that saves it by another":        {table, []uint16{0x4623 /* mov r3, r4 */, 0xb408 /* push {r3} */, set4, 0xbc10 /* pop {r4} */, ret, nop}, 16},
		"one that looks at it":                {table, []uint16{look4, ret}, 24},
		"one that moves it":                   {table, []uint16{0x4623, 0x6003 /* str r3, [r0] */, ret, nop}, 24},
		"one that may look at it":             {table, []uint16{0xb100 /* cbz r0, next */, 0xbf08 /* it eq */, ret, look4, ret, nop}, 24},
		"one that keeps it on the stack":      {table, []uint16{0x9400 /* str r4, [sp] */, ret}, 24},
		"one that may set it":                 {table, []uint16{0xbf08 /* it eq */, set4, look4, ret}, 24},
		"one that calls one that looks at it": {table, []uint16{0xb508 /* push {r3, lr} */, 0xf000, 0xf801 /* bl 1f */, 0xbd08, look4 /* 1: */, ret}, 24},
		"one that looks at it by a table":     {tabled(table), []uint16{0xe8df, 0xf000 /* tbb [pc, r0] */, 0x0201, ret, look4, ret}, 24},
		"one with a table":                    {tabled(table), []uint16{0xe8df, 0xf000, 0x0201, ret, nop, ret}, 16},
		"one that jumps nobody knows where":   {table, []uint16{0x4687 /* mov pc, r0 */, ret}, 24},
		"one that goes on in another":         {table, []uint16{0x4700 /* bx r0 */, nop}, 16},
		"a slot and a function":               {slot, []uint16{0x2000, ret}, 16},
		"a slot and one that sets it":         {slot, []uint16{set4, ret}, 20},
		"a slot and one that may set it":      {slot, []uint16{0xbf08, set4, ret, nop}, 20},
		"a slot and one that saves it":        {slot, []uint16{push, set4, pop, nop}, 16},
		"a slot and one that looks at it":     {slot, []uint16{look4, ret}, 20},
		"a number and one that looks at it":   {number, []uint16{look4, ret}, 36},
		"a number that stays":                 {stays, []uint16{look4, ret}, 32},
		"behind it nobody looks":              {end, []uint16{0xb500, bl1, bl2, look1, 0xbd00, nop}, 8},
		"behind it somebody looks":            {end, []uint16{0xb500, bl1, bl2, look2, 0xbd00, nop}, 20},
		"behind it somebody looks, elsewhere": {end, []uint16{0xb500, bl1, bl2, 0xe000, nop, look2, 0xbd00, nop}, 20},
		"it goes back by another register":    {back, []uint16{0xb500, bl1, bl2, look2, 0xbd00, nop}, 20},
		"it goes back, and nobody looks":      {back, []uint16{0xb500, bl1, bl2, look1, 0xbd00, nop}, 12},
		"it goes on where nobody looks":       {tail, []uint16{look1, ret}, 12},
		"it goes on where somebody looks":     {tail, []uint16{look2, ret}, 20},
		// SVC and BKPT leave registers alone, but for what the system gives back.
		"somebody looks behind the system":   {tail, []uint16{0xdf00 /* svc 0 */, look2, ret, nop}, 20},
		"somebody looks behind the debugger": {tail, []uint16{0xbe00 /* bkpt 0 */, look2, ret, nop}, 20},
		"somebody looks behind a function":   {tail, []uint16{push, call0, look2, pop}, 12},
		// What functions do to registers is no matter to who has them on the stack.
		"it is on the stack, and looked at":            {tail, []uint16{push2, call0, pop2, look2, back0, nop}, 20},
		"it is on the stack, in another's name":        {tail, []uint16{push2, call0, pop1, look1, back0, nop}, 20},
		"it is on the stack, and nobody looks":         {tail, []uint16{push2, call0, pop2, look1, back0, nop}, 12},
		"it is on the stack, and overwritten":          {tail, []uint16{push2, call0, pop2, 0x2200 /* movs r2, #0 */, look2, back0}, 12},
		"it is on the stack, and behind it are others": {tail, []uint16{push2, 0xb402 /* push {r1} */, call0, pop1, look1, pop2, look1, back0}, 12},
		// What no call is at the end of goes on there, whatever the object says.
		"one that goes on behind its end":  {short(tail, 2), []uint16{nop, look2, ret, nop}, 20},
		"one whose last call goes nowhere": {short(tail, 4), []uint16{0xf000, 0xf801 /* bl 1f */, look2, ret /* 1: */}, 12},
		"one whose last call may not run":  {short(tail, 6), []uint16{0xbf08 /* it eq */, 0xf000, 0xf801, look2, ret, nop}, 20},
		// It counts from where it is called, to data or other code there.
		"one that looks at the way back":     {table, []uint16{0x4671 /* mov r1, lr */, look1, ret, nop}, 24},
		"one that keeps the way back":        {table, []uint16{0x4671, 0x468e /* mov lr, r1 */, ret, nop}, 16},
		"one that goes to one that looks":    {table, []uint16{0xe000 /* b 1f */, nop, 0x4671 /* 1: */, look1, ret, nop}, 24},
		"one that has it again from r1":      {table, []uint16{0x4686 /* mov lr, r0 */, 0x4671, look1, ret}, 16},
		"one whose end the system runs past": {short(tail, 2), []uint16{0xdf00, look2, ret, nop}, 20},
	} {
		t.Run(name, func(t *testing.T) {
			c, m := tt.thumb, machines.For("armv7m")
			link1 := func(other []uint16) (link.Input, *link.Result) {
				c.other = other
				in := link.Input{ABI: mpyfile.Latest, Arch: m, SourceName: "m.mpy", Objects: []*elfload.Object{c.object(t, m)}, Relax: 1 << relocs.DirectLoads}
				res, err := link.Checked(in)
				if err != nil {
					t.Fatal(err)
				}
				return in, res
			}
			check := func(in link.Input, res *link.Result) error {
				return audit.Check(&audit.Input{Objects: in.Objects, Machine: m, ABI: in.ABI, SourceName: in.SourceName}, audit.Output{Map: res.Map, File: res.File, Direct: res.Direct})
			}
			in, res := link1(tt.other)
			if got := int(res.Map.Sections[0].Size); got != tt.size {
				t.Errorf("%d bytes, want %d", got, tt.size)
			}
			if tt.size < 20 {
				return
			}
			// Linked with a function that does nothing, which is this one by then.
			nothing := slices.Repeat([]uint16{nop}, len(tt.other))
			for _, call := range tt.calls {
				if call.back {
					copy(nothing[call.off/2:], []uint16{bl1, bl2})
				}
			}
			nothing[len(nothing)-1] = ret
			in, res = link1(nothing)
			if got := int(res.Map.Sections[0].Size); got >= tt.size {
				t.Fatalf("%d bytes with a function that does nothing", got)
			}
			sections := in.Objects[0].Sections
			data := sections[slices.IndexFunc(sections, func(s elfload.Section) bool { return s.Name == ".text.other" })].Data
			for i, h := range tt.other {
				binary.LittleEndian.PutUint16(data[2*i:], h)
			}
			if check(in, res) == nil {
				t.Error("the second look finds nothing wrong")
			}
		})
	}
}
