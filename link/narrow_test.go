package link_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mpyld/edit"
	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/link"
	"mpyld/mpyfile"
	"mpyld/relocs"
	"mpyld/relocs/machines"
)

// Rows of Xtensa's relocations, and flags of .xt.prop, by the names that binutils has for them.
const (
	xtAbs, xtDiff16, xtDiff32, xtSlot0, xtPDiff32, xtNDiff32 = 1, 18, 19, 20, 59, 62

	propLiteral, propCode, propData, propFill, propLoop, propBranch, propNoDensity, propNoTransform = 1, 2, 4, 8, 0x10, 0x20, 0x40, 0x100
	propAlign4, propAlign8                                                                          = 0x2800, 0x3800
)

var (
	xtOr   = []byte{0x30, 0x23, 0x20} // or a2, a3, a3
	xtMov  = []byte{0x2d, 0x03}       // mov.n a2, a3
	xtAnd  = []byte{0x30, 0x22, 0x10} // and a2, a2, a3
	xtRet  = []byte{0x0d, 0xf0}       // ret.n
	xtCall = []byte{0x05, 0, 0, 0}    // call0
	xtJump = []byte{0x06, 0, 0}       // j to what is behind it and one more byte
)

// prop is an entry of .xt.prop.
type prop struct{ from, size, flags uint32 }

// wide is an object of the ESP8266's whose code is longer than it need be.
type wide struct {
	code   []byte
	props  []prop
	relocs []elfmake.Reloc // of the code
	align  uint64
	labels map[string]uint64
	data   []elfmake.Reloc // of a word of constants
	word   uint32
	calls  []elfmake.Reloc // of CALL0 in another section
}

// newWide: three moves that may be shorter, one instruction that may not, and padding in front of another function.
func newWide() *wide {
	return &wide{
		code:   bytes.Join([][]byte{xtOr, xtOr, xtOr, xtAnd, xtRet, {0, 0}, xtRet}, nil),
		props:  []prop{{0, 14, propCode}, {14, 0, propFill | propAlign4}, {16, 2, propCode | propBranch}},
		align:  4,
		labels: map[string]uint64{"mpy_init": 0, "g": 16},
	}
}

// narrowedWide is what becomes of it.
var narrowedWide = bytes.Join([][]byte{xtMov, xtMov, xtMov, xtAnd, xtRet, {0}, xtRet}, nil)

// inText is the number of the symbol of the code's section; the labels follow by their names.
const inText = 0

func (w *wide) load(t *testing.T, m *relocs.Machine) *elfload.Object {
	t.Helper()
	o := elfmake.Object{
		Machine: m.ELF, Class: m.Class, RELA: true,
		Sections: []elfmake.Section{
			{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: w.align, Data: w.code, Relocs: w.relocs},
			{Name: ".data", Flags: elf.SHF_ALLOC | elf.SHF_WRITE, Align: 4, Data: binary.LittleEndian.AppendUint32(nil, w.word), Relocs: w.data},
		},
		Symbols: []elfmake.Symbol{{Type: elf.STT_SECTION}},
	}
	var names []string
	for name := range w.labels {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		o.Symbols = append(o.Symbols, elfmake.Symbol{Name: name, Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: w.labels[name]})
	}
	if w.calls != nil {
		o.Sections = append(o.Sections, elfmake.Section{Name: ".text.calls", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4, Data: xtCall, Relocs: w.calls})
	}
	if w.props != nil {
		table := elfmake.Section{Name: ".xt.prop", Align: 1}
		for _, p := range w.props {
			table.Relocs = append(table.Relocs, elfmake.Reloc{Off: uint64(len(table.Data)), Type: xtAbs, Sym: inText})
			for _, v := range []uint32{p.from, p.size, p.flags} { // GNU as has the offset in the word
				table.Data = binary.LittleEndian.AppendUint32(table.Data, v)
			}
		}
		o.Sections = append(o.Sections, table)
	}
	obj, err := elfload.Load("a.o", o.Bytes(), m)
	if err != nil {
		t.Fatal(err)
	}
	return obj
}

// linkNarrow links an object with what relaxations are asked for.
func linkNarrow(m *relocs.Machine, obj *elfload.Object, relax relocs.RelaxSet) (*link.Result, error) {
	return link.Checked(link.Input{ABI: mpyfile.Latest, Arch: m, SourceName: "m.mpy", Objects: []*elfload.Object{obj}, Relax: relax})
}

// codeIn returns the code of the object in a link.
func codeIn(res *link.Result) []byte {
	for i := range res.Map.Sections {
		if p := &res.Map.Sections[i]; p.Name == ".text" {
			return p.Data
		}
	}
	return nil
}

// TestNarrow: code gets shorter, and what refers to it follows: a branch, a word with an offset, a function that is at a
// multiple of four.
func TestNarrow(t *testing.T) {
	for _, arch := range []string{"xtensa", "xtensawin"} {
		m := machines.For(arch)
		w := newWide()
		copy(w.code[9:], xtJump)
		w.relocs = []elfmake.Reloc{{Off: 9, Type: xtSlot0, Sym: inText, A: 16}}
		w.word, w.data = 16, []elfmake.Reloc{{Type: xtAbs, Sym: inText}}
		obj := w.load(t, m)
		res, err := linkNarrow(m, obj, 1<<relocs.ShortForms)
		if err != nil {
			t.Fatal(err)
		}
		want := bytes.Clone(narrowedWide)
		copy(want[6:], xtJump)
		if got := codeIn(res); !bytes.Equal(got, want) {
			t.Errorf("%s: got % x, want % x", arch, got, want)
		}
		// In memory, the jump at 6 goes over one byte, ...
		text := res.File.Text[len(res.File.Text)-len(want):]
		if !bytes.Equal(text[6:9], []byte{0x86, 0, 0}) { // to 12: 2 bytes behind what would be 10
			t.Errorf("%s: the jump is % x", arch, text[6:9])
		}
		// ... and the word has the place of g, which is at 12 now.
		if got := binary.LittleEndian.Uint32(res.File.Rodata); int(got) != len(res.File.Text)-2 {
			t.Errorf("%s: the word has %d, of %d bytes of text", arch, got, len(res.File.Text))
		}
		less := int32(0)
		for _, s := range res.Map.Saved {
			less += s.Bytes
		}
		if less != 4 {
			t.Errorf("%s: the map says that %d bytes went", arch, less)
		}
		if res, err := linkNarrow(m, obj, 0); err != nil || !bytes.Equal(codeIn(res), w.code) {
			t.Errorf("%s: without being asked for: %v", arch, err)
		}
	}
}

// newTable is wide code with a table of distances behind it, to what is behind that and to the third move.
func newTable() *wide {
	w := newWide()
	w.code = bytes.Join([][]byte{w.code[:16], {8, 0, 0, 0}, {0xf6, 0xff, 0xff, 0xff}, xtRet}, nil)
	w.props[2].from, w.labels["g"] = 24, 24
	w.relocs = []elfmake.Reloc{{Off: 16, Type: xtPDiff32, Sym: inText, A: 16}, {Off: 20, Type: xtNDiff32, Sym: inText, A: 16}}
	return w
}

// TestNarrowTable: distances are those of the same places.
func TestNarrowTable(t *testing.T) {
	m := machines.For("xtensa")
	obj := newTable().load(t, m)
	res, err := linkNarrow(m, obj, 1<<relocs.ShortForms)
	if err != nil {
		t.Fatal(err)
	}
	if err := proved(m, obj, res); err != nil {
		t.Error(err)
	}
	want := bytes.Join([][]byte{narrowedWide[:12], {8, 0, 0, 0}, {0xf8, 0xff, 0xff, 0xff}, xtRet}, nil)
	if got := codeIn(res); !bytes.Equal(got, want) {
		t.Errorf("got % x, want % x", got, want)
	}
	moves := []edit.Edit{{Off: 0, Del: 3, Ins: xtMov}, {Off: 3, Del: 3, Ins: xtMov}, {Off: 6, Del: 3, Ins: xtMov}}
	pad, row := edit.Edit{Off: 14, Del: 2, Ins: []byte{0}}, m.Howto(xtNDiff32)
	for _, tt := range []struct {
		edits []edit.Edit
		want  string
	}{
		{append(moves[:3:3], pad), "the map has another distance here"},
		{append(moves[:3:3], pad, edit.Edit{Off: 20, Del: 4, Ins: []byte{0xf7, 0xff, 0xff, 0xff}, For: row, To: row}), "the map has another distance here"},
		{append(moves[:3:3], pad, edit.Edit{Off: 20, Del: 4, Ins: []byte{0xf8, 0xff, 0xff}, For: row, To: row}), "no relocation asks for an edit of it"},
		{append(moves[:3:3], pad, edit.Edit{Off: 20, Del: 4, Ins: []byte{0xf8, 0xff, 0xff, 0xff}, For: row}), "no relocation asks for an edit of it"},
		{[]edit.Edit{{Off: 9, Del: 4, Ins: make([]byte, 4), For: row, To: row}}, "the object has no distance there"},
		{append(moves[:1:1], edit.Edit{Off: 20, Del: 4, Ins: []byte{0xf8, 0xff, 0xff, 0xff}, For: row, To: row}), "another distance here"},
	} {
		refused(t, m, obj, tt.edits, tt.want)
	}
}

// notNarrow is code that must stay as it is, and what a proof says of a link that has it shorter.
var notNarrow = []struct {
	name  string
	make  func(w *wide)
	edits []edit.Edit // nil: those that make the code as it is without them
	want  string
}{
	{"no table", func(w *wide) { w.props = nil }, nil, "it is not all code and padding"},
	{"a gap in the table", func(w *wide) { w.props[0].size = 12 }, nil, "it is not all code and padding"},
	{"nothing about padding", func(w *wide) { w.props = slices.Delete(w.props, 1, 2) }, nil, "it is not all code and padding"},
	{"said twice", func(w *wide) { w.props = append(w.props, prop{0, 3, propCode}) }, nil, "it is not all code and padding"},
	{"data", func(w *wide) { w.props[2].flags = propData }, nil, "it is not all code and padding"},
	{"literals", func(w *wide) { w.props[2].flags = propLiteral }, nil, "it is not all code and padding"},
	{"a loop", func(w *wide) { w.props[2].flags |= propLoop }, nil, "it is not all code and padding"},
	{"no other code", func(w *wide) { w.props[2].flags |= propNoTransform }, nil, "it is not all code and padding"},
	{"aligned code that runs on", func(w *wide) { w.props[1].flags = propCode | propAlign4 }, nil, "it is not all code and padding"},
	{"no short forms", func(w *wide) { w.props[0].flags |= propNoDensity }, nil, "the object has another instruction there"},
	{"aligned to more than its section", func(w *wide) { w.props[1].flags = propFill | propAlign8 }, nil, "it is not aligned to what its code is"},
	{"padding that is something", func(w *wide) { w.code[15] = 1 }, nil, "no relocation asks for an edit of it"},
	{"no instructions", func(w *wide) { copy(w.code[9:], []byte{0, 0, 0}) }, []edit.Edit{{Off: 9, Del: 3}, {Off: 14, Del: 2, Ins: []byte{0}}}, "the object has another instruction there"},
	{"a jump without a relocation", func(w *wide) { copy(w.code[9:], []byte{0xc6, 0, 0}) }, nil, "what some of its instructions are about has no relocation"},
	{"a load without a relocation", func(w *wide) { copy(w.code[9:], []byte{0x21, 0xff, 0xff}) }, nil, "what some of its instructions are about has no relocation"},
	{"a label in the middle", func(w *wide) { w.labels["middle"] = 1 }, nil, "the symbol middle refers to the middle of them"},
	{"an offset to the middle", func(w *wide) { w.data = []elfmake.Reloc{{Type: xtAbs, Sym: inText, A: 4}} }, nil, "refers to the middle of them"},
	{"bytes behind a symbol", func(w *wide) { w.data = []elfmake.Reloc{{Type: xtAbs, Sym: inText + 2, A: 6}} }, nil, "shortened between mpy_init and 6 bytes behind it"},
	{"a distance", func(w *wide) { w.word, w.data = 16, []elfmake.Reloc{{Type: xtDiff32, Sym: inText}} }, nil, "an object has a distance of two places in it"},
	{"half a word of a distance", func(w *wide) {
		*w = *newTable()
		w.relocs[1].Type = xtDiff16
	}, nil, "it has distances that are no words"},
	{"a table that is at a multiple of four by chance", func(w *wide) {
		*w = *newTable()
		w.code = bytes.Join([][]byte{xtOr, xtOr, xtOr, xtAnd, {8, 0, 0, 0}, {0xfa, 0xff, 0xff, 0xff}, xtRet}, nil)
		w.props = []prop{{0, 12, propCode}, {20, 2, propCode}}
		w.labels["g"] = 20
		for i := range w.relocs {
			w.relocs[i].Off, w.relocs[i].A = w.relocs[i].Off-4, 12
		}
	}, []edit.Edit{{Off: 0, Del: 3, Ins: xtMov}, {Off: 3, Del: 3, Ins: xtMov}, {Off: 6, Del: 3, Ins: xtMov}}, "the map has another distance here"},
	{"a distance to the middle", func(w *wide) {
		*w = *newTable()
		w.code[20]++
	}, nil, "a distance in it does not lead to an instruction"},
	{"a word of a table that is no distance", func(w *wide) {
		*w = *newTable()
		w.relocs = w.relocs[:1]
	}, nil, "it is not all code and padding"},
	{"a distance in code", func(w *wide) {
		*w = *newTable()
		w.props[2] = prop{20, 6, propCode}
		copy(w.code[20:], bytes.Repeat(xtRet, 2))
	}, nil, "it is not all code and padding"},
	{
		"a branch that would not reach", func(w *wide) {
			// The branch at 3 goes over 63 bytes, the most there is, to 70; from 2 it would be one more, since padding grows by one.
			w.code = bytes.Join([][]byte{xtOr, {0x8c, 0x03}, xtRet, {0}, bytes.Repeat(xtAnd, 20), xtRet, xtRet, bytes.Repeat(xtOr, 4), xtRet}, nil)
			w.props = []prop{{0, 7, propCode}, {7, 0, propFill | propAlign4}, {8, 78, propCode}}
			w.relocs = []elfmake.Reloc{{Off: 3, Type: xtSlot0, Sym: inText, A: 70}}
			w.labels["g"] = 8
		}, []edit.Edit{}, "",
	},
	{"a function that is at a multiple of four by chance", func(w *wide) {
		// Shorter moves would have it at 9, and CALL0 counts in words.
		w.code = bytes.Join([][]byte{xtOr, xtOr, xtOr, xtAnd, xtRet}, nil)
		w.props = []prop{{0, 14, propCode}}
		w.labels["g"] = 12
		w.calls = []elfmake.Reloc{{Type: xtSlot0, Sym: inText + 1}} // of g
	}, []edit.Edit{}, ""},
}

// TestNotNarrow: what nobody is sure of stays as it is; and proofs refuse a link in which it is not.
func TestNotNarrow(t *testing.T) {
	m := machines.For("xtensa")
	for _, tt := range notNarrow {
		t.Run(tt.name, func(t *testing.T) {
			w := newWide()
			tt.make(w)
			obj := w.load(t, m)
			res, err := linkNarrow(m, obj, 1<<relocs.ShortForms)
			if err != nil {
				t.Fatal(err)
			}
			if err := proved(m, obj, res); err != nil {
				t.Error(err)
			}
			if res.Shrunk != nil || !bytes.Equal(codeIn(res), w.code) {
				t.Errorf("it is shorter: % x", codeIn(res))
			}
			edits := tt.edits
			if edits == nil {
				for _, off := range []uint32{0, 3, 6} {
					edits = append(edits, edit.Edit{Off: off, Del: 3, Ins: xtMov})
				}
				edits = append(edits, edit.Edit{Off: 14, Del: 2, Ins: []byte{0}})
			}
			if len(edits) > 0 {
				refused(t, m, obj, edits, tt.want)
			}
		})
	}
}

// refused has an object with edits linked, which proofs must refuse.
func refused(t *testing.T, m *relocs.Machine, obj *elfload.Object, edits []edit.Edit, want string) {
	t.Helper()
	short, err := obj.Shrink(elfload.Cuts{1: edits})
	if err != nil {
		t.Fatal(err)
	}
	res, err := link.Link(link.Input{ABI: mpyfile.Latest, Arch: m, SourceName: "m.mpy", Objects: []*elfload.Object{short}})
	if err != nil {
		t.Fatal(err)
	}
	res.Shrunk = map[*elfload.Object]*elfload.Object{obj: short}
	if err := proved(m, obj, res); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestNarrowProved: proofs refuse other edits of code that may be shorter.
func TestNarrowProved(t *testing.T) {
	m := machines.For("xtensa")
	const noEdit = "no relocation asks for an edit of it"
	for _, tt := range []struct {
		name string
		edit []edit.Edit
		want string
	}{
		{"another register", []edit.Edit{{Off: 0, Del: 3, Ins: []byte{0x2d, 0x04}}}, noEdit},
		{"nothing", []edit.Edit{{Off: 0, Del: 3}}, noEdit},
		{"a part", []edit.Edit{{Off: 1, Del: 2, Ins: xtMov}}, noEdit},
		{"two", []edit.Edit{{Off: 0, Del: 6, Ins: xtMov}}, noEdit},
		{"what is not shorter", []edit.Edit{{Off: 9, Del: 3, Ins: []byte{0xf0, 0x20, 0}}}, noEdit},
		{"something in padding", []edit.Edit{{Off: 14, Del: 2, Ins: []byte{1}}}, noEdit},
		{"too much padding", []edit.Edit{{Off: 14, Del: 2, Ins: make([]byte, 4)}}, noEdit},
		{"padding where none is", []edit.Edit{{Off: 3, Ins: []byte{0, 0, 0}}}, "the object has no padding there"},
		{"a function that is out of place", []edit.Edit{{Off: 0, Del: 3, Ins: xtMov}}, "not at a multiple of 4 now"},
		{"no padding", []edit.Edit{{Off: 14, Del: 2}}, "not at a multiple of 4 now"},
		{"a byte of an instruction that is zero", []edit.Edit{{Off: 11, Del: 1}, {Off: 14, Del: 2, Ins: make([]byte, 3)}}, "the object has no padding there"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWide()
			copy(w.code[9:], []byte{0xf0, 0x20, 0}) // nop
			refused(t, m, w.load(t, m), tt.edit, tt.want)
		})
	}
	obj := newWide().load(t, m)
	row := m.Howto(xtSlot0)
	refused(t, m, obj, []edit.Edit{{Off: 0, Del: 3, Ins: xtMov, For: row}}, noEdit)
	if arm := machines.For("rv32imc"); arm.Properties != nil || arm.Narrow != nil {
		t.Error(fmt.Sprint(arm.Name, " has short forms that this test does not know"))
	}
}
