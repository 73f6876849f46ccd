package link

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures/aarch64"
	"mpyld/fixtures/elfmake"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/mpywriter"
	"mpyld/relocs"
	"mpyld/relocs/machines"
	"mpyld/simload"
)

// farCase is a branch and what lies between it and the place that it is for.
type farCase struct {
	name  string
	archs string
	insn  uint32
	size  int    // bytes of it
	typ   uint32 // of its relocation
	gaps  []int  // sizes of the sections in between
	back  bool   // the place is before the branch
	rom   bool   // it is for a fixed address, whose veneer is there
	local bool   // it is for a label behind the start of a section
}

// farCases have each form in which a branch gets further than it reaches.
var farCases = []farCase{
	{"call0 by an island", "xtensa", 0x05, 3, 20, []int{100000, 100000, 100000, 100000, 100000, 100000}, false, false, false},
	{"call0 by an island, back", "xtensa", 0x05, 3, 20, []int{100000, 100000, 100000, 100000, 100000, 100000}, true, false, false},
	{"call0 by a veneer", "xtensa", 0x05, 3, 20, []int{300000, 300000}, false, false, true},
	{"call8 by islands", "xtensawin", 0x25, 3, 20, []int{120000, 120000, 120000, 120000, 120000, 120000, 120000}, true, false, false},
	{"call8 by a veneer", "xtensawin", 0x25, 3, 20, []int{300000, 300000}, true, false, false},
	{"call12 by an island", "xtensawin", 0x35, 3, 20, []int{120000, 120000, 120000, 120000, 120000}, false, false, false},
	{"call0 of a fixed address", "xtensa", 0x05, 3, 20, []int{300000, 300000}, true, true, false},
	{"j by islands", "xtensa xtensawin", 0x06, 3, 20, []int{100000, 100000, 100000, 100000}, false, false, true},
	{"j just over a section", "xtensa", 0x06, 3, 20, []int{131000, 131000}, true, false, false},
	{"beqz by an island", "xtensa", 0x16, 3, 20, []int{3000}, false, false, true},
	{"beqi by an island", "xtensa", 0x26, 3, 20, []int{3000}, true, false, true},
	{"bf by an island", "xtensa", 0x0076, 3, 20, []int{3000}, false, false, true},
	{"bltui by an island", "xtensa", 0xb6, 3, 20, []int{3000}, true, false, true},
	{"beq by an island", "xtensa", 0x1007, 3, 20, []int{3000}, true, false, true},
	{"beqz.n by an island", "xtensa", 0x8c, 2, 20, []int{3000}, false, false, true},

	{"jal by an island", "rv32imc rv64imc", 0xef, 4, 17, []int{700000, 700000}, false, false, false},
	{"j by islands", "rv32imc rv64imc", 0x6f, 4, 17, []int{700000, 700000, 700000, 700000}, true, false, true},
	{"jal by a veneer", "rv32imc rv64imc", 0xef, 4, 17, []int{1100000, 1100000}, true, false, false},
	{"jal of a fixed address", "rv32imc rv64imc", 0xef, 4, 17, []int{1100000, 1100000}, true, true, false},
	{"beq by an island", "rv32imc rv64imc", 0x63, 4, 16, []int{5000}, false, false, true},
	{"c.beqz by an island", "rv32imc rv64imc", 0xc001, 2, 44, []int{5000}, true, false, true},
	{"c.j by an island", "rv32imc rv64imc", 0xa001, 2, 45, []int{5000}, false, false, true},
	{"c.jal by a veneer", "rv32imc", 0x2001, 2, 45, []int{1100000}, true, false, false},

	{"bl by an island", "armv7m", 0xd000f000, 4, 10, []int{9000000, 9000000}, false, false, false},
	{"bl by a veneer", "armv6m armv7emsp", 0xd000f000, 4, 10, []int{17000000}, true, false, false},
	{"b.w by a veneer", "armv7m", 0x9000f000, 4, 30, []int{17000000}, false, false, true},
	{"beq.w by an island", "armv7m armv7emdp", 0x8000f000, 4, 51, []int{700000, 700000}, true, false, true},
	{"beq by a veneer", "armv6m", 0xd000, 2, 103, []int{3000}, true, false, true},
	{"b by a veneer", "armv6m", 0xe000, 2, 102, []int{3000}, false, false, true},
	{"cbz by an island", "aarch64", 0xb4000000, 4, 280, []int{700000, 700000}, false, false, false},
	{"tbz by an island", "aarch64", 0x36000000, 4, 279, []int{40000}, true, false, true},
	{"b by an island", "armv7m", 0xe000, 2, 102, []int{3000}, false, false, true},
}

// farObject makes the object of a case: code, the branch, gaps and the place, or the other
// way round.
func farObject(m *relocs.Machine, c farCase) elfmake.Object {
	h := m.Howto(c.typ)
	insn := binary.LittleEndian.AppendUint32(nil, c.insn)[:c.size]
	r := elfmake.Reloc{Off: 8, Type: c.typ, Sym: 1}
	if c.local {
		r.A, r.Sym = 8, 0
	}
	if m.ELF == elf.EM_ARM { // REL objects have it in the instruction
		h.Field.Write(insn, m.BranchA+r.A)
	}
	const code = elf.SHF_ALLOC | elf.SHF_EXECINSTR
	branch := elfmake.Section{Name: ".text.branch", Flags: code, Align: 4, Data: append(make([]byte, 8), append(insn, make([]byte, 8-c.size)...)...), Relocs: []elfmake.Reloc{r}}
	place := elfmake.Section{Name: ".text.place", Flags: code, Align: 4, Data: make([]byte, 16)}
	between := make([]elfmake.Section, len(c.gaps))
	for i, n := range c.gaps {
		between[i] = elfmake.Section{Name: fmt.Sprintf(".text.gap%d", i), Flags: code, Align: 4, Data: make([]byte, n)}
	}
	sections := append([]elfmake.Section{{Name: ".text.init", Flags: code, Align: 4, Data: make([]byte, 4)}, branch}, append(between, place)...)
	at := len(sections) - 1
	if c.back {
		sections, at = append([]elfmake.Section{sections[0], place}, append(between, branch)...), 1
	}
	to := elfmake.Symbol{Name: "f", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Sect: at, Value: uint64(m.ModeBits)}
	switch {
	case c.rom:
		to = elfmake.Symbol{Name: "rom_function", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Sect: elfmake.Abs, Value: 0x40001234}
	case c.local:
		to = elfmake.Symbol{Name: "label", Bind: elf.STB_LOCAL, Sect: at}
	}
	symbols := []elfmake.Symbol{{Name: "mpy_init", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: uint64(m.ModeBits)}, to}
	if c.local { // local symbols come first
		symbols[0], symbols[1] = to, symbols[0]
	}
	return elfmake.Object{Machine: m.ELF, Class: m.Class, RELA: m.ELF != elf.EM_ARM, Sections: sections, Symbols: symbols}
}

// TestIslands links branches that do not reach. Where they go shows in a golden file for each
// architecture, and in the verification, which must fail when a bit of that is another.
func TestIslands(t *testing.T) {
	for _, m := range append(slices.Clone(machines.All()), aarch64.Machines...) {
		var got strings.Builder
		for _, c := range farCases {
			if !strings.Contains(" "+c.archs+" ", " "+m.Name+" ") {
				continue
			}
			fmt.Fprintf(&got, "%s:\n", c.name)
			res, err := linkFar(t, m, c)
			if err != nil {
				t.Errorf("%s, %s: %v", m.Name, c.name, err)
				continue
			}
			made := detours(res, &got)
			if made == nil {
				t.Errorf("%s, %s: it goes there directly", m.Name, c.name)
			}
			flip(t, m.Name+", "+c.name, res, made)
		}
		if got.Len() > 0 {
			golden(t, filepath.Join("testdata", "islands", m.Name+".txt"), got.String())
		}
	}
}

// detours describes the branch and what the linker made for it, and returns the offsets in text of
// all their bytes.
func detours(res *Result, w *strings.Builder) (at []int) {
	made := false
	for _, s := range res.Map.Sections {
		code := s.Kind == linkmap.Veneer || s.Kind == linkmap.Island
		if s.Size == 0 || !code && s.Name != ".text.branch" && s.Name != ".text.place" {
			continue
		}
		text := res.File.Text[s.Addr : s.Addr+s.Size]
		made = made || code
		fmt.Fprintf(w, "  %08x %-20s %s\n", s.Addr, s.Name, hex.EncodeToString(text))
		if s.Name == ".text.branch" || code && !(s.Name == "veneer rom_function" && s.Addr < 100) { // it takes the other one
			for i := range text {
				at = append(at, int(s.Addr)+i)
			}
		}
	}
	if !made {
		return nil
	}
	return at
}

// linkFar links the object of a case.
func linkFar(t *testing.T, m *relocs.Machine, c farCase) (*Result, error) {
	t.Helper()
	o := farObject(m, c)
	obj, err := elfload.Load("far.o", o.Bytes(), m)
	if err != nil {
		t.Fatal(err)
	}
	return Checked(Input{Objects: []*elfload.Object{obj}, ABI: mpyfile.Latest, Arch: m, SourceName: "far.mpy"})
}

// flip changes bits of text at some offsets, one at a time.
func flip(t *testing.T, name string, res *Result, at []int) {
	t.Helper()
	verify := func() error {
		data, err := mpywriter.Write(res.File)
		if err != nil {
			t.Fatal(err)
		}
		return simload.Verify(data, res.Map)
	}
	if err := verify(); err != nil {
		t.Errorf("%s: a good link does not verify: %v", name, err)
		return
	}
	text := bytes.Clone(res.File.Text)
	res.File.Text = text
	for n, i := range at {
		for bit := range 8 {
			if len(text) > 10000 && (bit != n%8 || n%4 != 0) || len(text) > 5000000 && n > 16 {
				continue // each takes its time
			}
			text[i] ^= 1 << bit
			if verify() == nil {
				t.Errorf("%s: bit %d at text+0x%x is flipped and verification passes", name, bit, i)
			}
			text[i] ^= 1 << bit
		}
	}
}

// TestFarLiterals links code that is far behind the first table of literals: what has none
// lies in between, or islands do.
func TestFarLiterals(t *testing.T) {
	const code = elf.SHF_ALLOC | elf.SHF_EXECINSTR
	const slot0 = 20 // R_XTENSA_SLOT0_OP
	l32r := func(n, jumps, first int) elfmake.Section {
		s := elfmake.Section{Name: ".text.f", Flags: code, Align: 4, Data: make([]byte, n)}
		for i := range jumps { // to as many places at the start
			s.Data[3*i] = 0x06
			s.Relocs = append(s.Relocs, elfmake.Reloc{Off: uint64(3 * i), Type: slot0, Sym: 1, A: int64(4 * (first + i))})
		}
		s.Data[n-3] = 0x21 // l32r
		s.Relocs = append(s.Relocs, elfmake.Reloc{Off: uint64(n - 3), Type: slot0, Sym: 0})
		return s
	}
	plain := func(n int) elfmake.Section {
		return elfmake.Section{Name: ".text.plain", Flags: code, Align: 4, Data: make([]byte, n)}
	}
	words := elfmake.Section{Name: ".literal", Flags: code, Align: 4, Data: []byte{1, 2, 3, 4}}
	many := []elfmake.Section{words}
	for k := range 40 { // but for islands, all reach one table
		many = append(many, l32r(6544, 8, 8*k))
	}
	for _, tt := range []struct {
		name     string
		sections []elfmake.Section
		tables   int
	}{
		{"behind code without literals", []elfmake.Section{words, plain(200000), plain(200000), l32r(8, 0, 0)}, 1},
		{"in front and behind", []elfmake.Section{words, l32r(8, 0, 0), plain(200000), plain(200000), l32r(8, 0, 0)}, 2},
		{"moved by islands", many, 2},
	} {
		m := machines.For("xtensa")
		o := elfmake.Object{Machine: m.ELF, Class: m.Class, RELA: true, Sections: tt.sections, Symbols: []elfmake.Symbol{
			{Name: "number", Bind: elf.STB_LOCAL}, {Name: "mpy_init", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Sect: 1},
		}}
		obj, err := elfload.Load("far.o", o.Bytes(), m)
		if err != nil {
			t.Fatal(err)
		}
		res, err := Checked(Input{Objects: []*elfload.Object{obj}, ABI: mpyfile.Latest, Arch: m, SourceName: "far.mpy"})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if err := Verified(res); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		tables := 0
		for _, s := range res.Map.Sections {
			if (s.Kind == linkmap.GOT || s.Kind == linkmap.Literals) && s.Size > 0 {
				tables++
			}
		}
		if tables != tt.tables {
			t.Errorf("%s: %d tables of literals, want %d", tt.name, tables, tt.tables)
		}
	}
}

// TestFarEntry links modules whose mpy_init is out of reach of the jump at their start.
func TestFarEntry(t *testing.T) {
	for _, arch := range []string{"xtensa", "xtensawin"} {
		m := machines.For(arch)
		o := elfmake.Object{Machine: m.ELF, Class: m.Class, RELA: true, Sections: []elfmake.Section{text(200000)}, Symbols: []elfmake.Symbol{fn("mpy_init", 0, 150000)}}
		o.Sections[0].Align = 4
		obj, err := elfload.Load("far.o", o.Bytes(), m)
		if err != nil {
			t.Fatal(err)
		}
		res, err := Checked(Input{Objects: []*elfload.Object{obj}, ABI: mpyfile.Latest, Arch: m, SourceName: "far.mpy"})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := hex.EncodeToString(res.File.Text[:0x10]), "06010000004a020091ffffa009000000"; got != want {
			t.Errorf("%s: text starts with %s, want %s", arch, got, want)
		}
		var at []int
		for i := range 14 {
			at = append(at, i)
		}
		flip(t, arch, res, at)
	}
}

// TestIslandsApart: nothing comes between the sections of a table whose ends the program asks
// for.
func TestIslandsApart(t *testing.T) {
	const code, slot0, word = elf.SHF_ALLOC | elf.SHF_EXECINSTR, 20, 1 // R_XTENSA_SLOT0_OP, R_XTENSA_32
	m := machines.For("xtensa")
	part := elfmake.Section{Name: "parts", Flags: alloc, Align: 4, Data: make([]byte, 40000)}
	o := elfmake.Object{
		Machine: m.ELF, Class: m.Class, RELA: true,
		Sections: []elfmake.Section{
			{
				Name: ".text.init", Flags: code, Align: 4, Data: []byte{0x06, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
				Relocs: []elfmake.Reloc{{Type: slot0, Sym: 3}, {Off: 4, Type: word, Sym: 1}, {Off: 8, Type: word, Sym: 2}},
			},
			{Name: ".text.gap", Flags: code, Align: 4, Data: make([]byte, 50000)},
			part, part, part,
			{Name: ".text.gap", Flags: code, Align: 4, Data: make([]byte, 50000)},
			{Name: ".text.f", Flags: code, Align: 4, Data: make([]byte, 4)},
		},
		Symbols: []elfmake.Symbol{fn("mpy_init", 0, 0), undef("__start_parts"), undef("__stop_parts"), fn("f", 6, 0)},
	}
	obj, err := elfload.Load("far.o", o.Bytes(), m)
	if err != nil {
		t.Fatal(err)
	}
	res, err := Checked(Input{Objects: []*elfload.Object{obj}, ABI: mpyfile.Latest, Arch: m, SourceName: "far.mpy"})
	if err != nil {
		t.Fatal(err)
	}
	islands, from, to := 0, uint64(1<<63), uint64(0)
	for _, s := range res.Map.Sections {
		if s.Name == "parts" {
			from, to = min(from, s.Addr), max(to, s.Addr+s.Size)
		}
		if s.Kind == linkmap.Island {
			islands++
		}
	}
	if islands != 2 || to-from != 3*40000 {
		t.Errorf("%d islands, and the table has %d bytes; want 2 and %d", islands, to-from, 3*40000)
	}
	flip(t, "xtensa", res, nil)
}

// TestIslandsRandom links programs of sections of many sizes, with branches at both ends of each
// to any other. No section is too large to get over, so all link and verify.
func TestIslandsRandom(t *testing.T) {
	const programs = 4 // for each form of a branch
	for _, m := range append(slices.Clone(machines.All()), aarch64.Machines...) {
		r := rand.New(rand.NewPCG(1, uint64(m.Code)))
		forms, islands := 0, 0
		for _, c := range farCases {
			if c.rom || !strings.Contains(" "+c.archs+" ", " "+m.Name+" ") {
				continue
			}
			field := m.Howto(c.typ).At(binary.LittleEndian.AppendUint32(nil, c.insn))
			if field.Max > 1<<20 {
				continue // it takes its time
			}
			forms++
			for n := range programs {
				obj, err := elfload.Load("far.o", randomBranches(r, m, c, field), m)
				if err != nil {
					t.Fatal(err)
				}
				res, err := Checked(Input{Objects: []*elfload.Object{obj}, ABI: mpyfile.Latest, Arch: m, SourceName: "far.mpy"})
				if err != nil {
					t.Errorf("%s, %s, program %d: %v", m.Name, c.name, n, err)
					continue
				}
				flip(t, fmt.Sprintf("%s, %s, program %d", m.Name, c.name, n), res, nil)
				for _, s := range res.Map.Sections {
					if s.Kind == linkmap.Island || s.Kind == linkmap.Veneer {
						islands++
					}
				}
			}
		}
		if islands < 10*programs*forms {
			t.Errorf("%s: %d forms of branches took %d islands in all", m.Name, forms, islands)
		}
	}
}

// randomBranches makes an object with branches of a form, which has a field.
func randomBranches(r *rand.Rand, m *relocs.Machine, c farCase, field *relocs.Field) []byte {
	limit := int(field.Max) / 2 // so that from either end of a section a gap is in reach
	if m.Island != nil {
		limit = min(limit, int(m.Island.Field.Max)/2)
	}
	o := elfmake.Object{Machine: m.ELF, Class: m.Class, RELA: m.ELF != elf.EM_ARM}
	sections := 4 + r.IntN(30)
	for i := range sections {
		s := elfmake.Section{Name: ".text.f", Flags: alloc | exec, Align: 4, Data: make([]byte, 16+r.IntN(limit)&^3)}
		for _, off := range []int{0, len(s.Data) - 4} {
			to := (i + 1 + r.IntN(sections-1)) % sections
			copy(s.Data[off:], binary.LittleEndian.AppendUint32(nil, c.insn)[:c.size])
			if !o.RELA { // REL objects have the addend in the instruction
				field.Write(s.Data[off:], m.BranchA)
			}
			s.Relocs = append(s.Relocs, elfmake.Reloc{Off: uint64(off), Type: c.typ, Sym: to})
		}
		o.Sections = append(o.Sections, s)
		o.Symbols = append(o.Symbols, fn(fmt.Sprintf("f%d", i), i, uint64(m.ModeBits)))
	}
	o.Symbols = append(o.Symbols, fn("mpy_init", r.IntN(sections), uint64(m.ModeBits)))
	return o.Bytes()
}

// TestVeneerRegisters: a veneer that writes a register is right for the instructions at which
// that is free, and for no others with the same field.
func TestVeneerRegisters(t *testing.T) {
	m := machines.For("xtensawin")
	c := farCases[slices.IndexFunc(farCases, func(c farCase) bool { return c.name == "call8 by a veneer" })]
	res, err := linkFar(t, m, c)
	if err != nil {
		t.Fatal(err)
	}
	flip(t, "call8", res, nil)
	for i := range res.Map.Sections {
		if s := &res.Map.Sections[i]; s.Name == ".text.branch" {
			res.File.Text[s.Addr+8] ^= 0x10 // call12, in the object too
			s.Data[8] ^= 0x10
		}
	}
	data, err := mpywriter.Write(res.File)
	if err != nil {
		t.Fatal(err)
	}
	if simload.Verify(data, res.Map) == nil {
		t.Error("call12 goes by a veneer that writes its caller's a9, and verification passes")
	}
}
