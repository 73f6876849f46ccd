package link_test

import (
	"bytes"
	"debug/elf"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/link"
	"mpyld/mpyfile"
	"mpyld/mpywriter"
	"mpyld/relocs"
	"mpyld/relocs/machines"
	"mpyld/simload"
)

// TestEveryRow links, for every row of every machine, a small object with one
// such relocation, which must verify; then it flips each bit of the patched
// field in turn, and each must make the verification fail. So no row is
// without proof, and no field bit escapes the checker.
func TestEveryRow(t *testing.T) {
	for _, arch := range machines.All() {
		t.Run(arch.Name, func(t *testing.T) { everyRowOf(t, arch) })
	}
}

func everyRowOf(t *testing.T, m *relocs.Machine) {
	rows := 0
	for i := range m.Howtos() {
		h := &m.Howtos()[i]
		fields := h.Fields
		if h.Field != nil {
			fields = []*relocs.Field{h.Field}
		}
		for _, f := range fields {
			rows++
			everyRow(t, m, m, h, f)
		}
	}
	if rows == 0 {
		t.Error("no rows")
	}
}

// The object: text with an entry, then the place, with targets on both sides.
const (
	rowText  = 256
	rowPlace = 128
)

func everyRow(t *testing.T, arch *relocs.Machine, m *relocs.Machine, h *relocs.Howto, f *relocs.Field) {
	name := h.Name + " " + f.Name
	// Which targets a field reaches, and how they must be aligned, differs:
	// take the first that links.
	for _, target := range []uint64{rowPlace + 32, rowPlace - 32, rowPlace + 36, rowPlace + 4, rowPlace + 6, 0} {
		obj := rowObject(arch, m, h, f, target)
		res, err := linkObject(arch, m, obj)
		if err != nil {
			continue
		}
		data, err := mpywriter.Write(res.File)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		if err := simload.Verify(data, res.Map); err != nil {
			t.Errorf("%s: a good link does not verify: %v", name, err)
			return
		}
		flipBits(t, name, h, f, res)
		return
	}
	_, err := linkObject(arch, m, rowObject(arch, m, h, f, rowPlace+32))
	t.Errorf("%s: no target links: %v", name, err)
}

// flipBits corrupts the patched field one bit at a time.
func flipBits(t *testing.T, name string, h *relocs.Howto, f *relocs.Field, res *link.Result) {
	var at uint64
	for i := range res.Map.Sections {
		p := &res.Map.Sections[i]
		for k := range p.Relocs {
			if p.Relocs[k].Howto == h {
				at = p.Addr + uint64(p.Relocs[k].Off)
			}
		}
	}
	if at == 0 {
		t.Errorf("%s: the relocation is not in the map", name)
		return
	}
	touches := f.Touches()
	for bit := range 8 * f.Size {
		if touches>>bit&1 == 0 {
			continue
		}
		bad := *res.File
		bad.Text = bytes.Clone(res.File.Text)
		bad.Text[at+uint64(bit/8)] ^= 1 << (bit % 8)
		data, err := mpywriter.Write(&bad)
		if err != nil {
			t.Fatal(err)
		}
		if simload.Verify(data, res.Map) == nil {
			t.Errorf("%s: bit %d of the field is flipped and verification passes", name, bit)
		}
	}
}

// rowObject makes an object with a relocation of type h at rowPlace in .text.
func rowObject(arch *relocs.Machine, m *relocs.Machine, h *relocs.Howto, f *relocs.Field, target uint64) elfmake.Object {
	text := elfmake.Section{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 16, Data: make([]byte, rowText)}
	put := func(off int, f *relocs.Field) {
		for i := range f.Size {
			text.Data[off+i] = byte(f.Match >> (8 * i))
		}
	}
	put(rowPlace, f)
	const (
		symInit = iota
		symTarget
		symNumber
		symGOT
		symHigh
	)
	o := elfmake.Object{Machine: m.ELF, Class: m.Class, RELA: true, Symbols: []elfmake.Symbol{
		symInit:   {Name: "mpy_init", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: 16 | uint64(m.ModeBits)},
		symTarget: {Name: "target", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: target | uint64(m.ModeBits)},
		symNumber: {Name: "number", Bind: elf.STB_GLOBAL, Sect: elfmake.Abs, Value: 4},
		symGOT:    {Name: "_GLOBAL_OFFSET_TABLE_", Bind: elf.STB_GLOBAL, Sect: elfmake.Undef},
		symHigh:   {Name: "high", Bind: elf.STB_GLOBAL, Value: rowPlace - 8},
	}}
	r := elfmake.Reloc{Off: rowPlace, Type: h.Type, Sym: symTarget}
	before := []elfmake.Reloc(nil)
	pair := func(kind relocs.Formula) *relocs.Howto {
		for i := range m.Howtos() {
			if p := &m.Howtos()[i]; p.Formula == kind && (p.Field != nil && p.Field == h.Field || p.Field == nil && len(p.Fields) > 0 && h.Field == nil) {
				return p
			}
		}
		return nil
	}
	switch h.Formula {
	case relocs.Abs:
		if !f.Word || f.Size != arch.Word {
			r.Sym = symNumber // an address would not fit
		}
	case relocs.GOTBaseRel:
		r.Sym = symGOT
	case relocs.GOTSlotOff, relocs.FromGOT: // of a table whose address the code has
		for i := range m.Howtos() {
			if base := &m.Howtos()[i]; base.Formula == relocs.GOTBaseRel && base.Field == h.Field {
				before = append(before, elfmake.Reloc{Off: rowPlace - 48, Type: base.Type, Sym: symGOT})
			}
		}
	case relocs.LowOf:
		for i := range m.Howtos() {
			if hi := &m.Howtos()[i]; hi.Formula == relocs.PCRel && hi.Field != nil && !hi.Branch && hi.Field.HighPart > 0 {
				put(rowPlace-8, hi.Field)
				before = append(before, elfmake.Reloc{Off: rowPlace - 8, Type: hi.Type, Sym: symTarget})
			}
		}
		r.Sym = symHigh
	case relocs.Add, relocs.Set:
		before = append(before, r)
		if sub := pair(relocs.Sub); sub != nil {
			r = elfmake.Reloc{Off: rowPlace, Type: sub.Type, Sym: symHigh}
		} else {
			before, r.Sym = nil, symNumber
		}
	case relocs.Sub:
		add := pair(relocs.Add)
		if add == nil {
			add = pair(relocs.Set)
		}
		before = append(before, elfmake.Reloc{Off: rowPlace, Type: add.Type, Sym: symTarget})
		r.Sym = symHigh
	}
	text.Relocs = append(before, r)
	o.Sections = []elfmake.Section{text}
	return o
}

func linkObject(arch *relocs.Machine, m *relocs.Machine, o elfmake.Object) (*link.Result, error) {
	obj, err := elfload.Load("row.o", o.Bytes(), m)
	if err != nil {
		return nil, err
	}
	return link.Checked(link.Input{Objects: []*elfload.Object{obj}, ABI: mpyfile.Latest, Arch: arch, SourceName: "row.mpy"})
}
