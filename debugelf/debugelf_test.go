package debugelf

import (
	"bytes"
	"compress/zlib"
	"debug/elf"
	"encoding/binary"
	"strings"
	"testing"

	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs/machines"
)

// lineHeader is that of a line program of DWARF 4 with nothing in its tables; its length is to be filled in.
var lineHeader = []byte{
	0, 0, 0, 0, 4, 0, // unit_length, version
	20, 0, 0, 0, // header_length: from here to the program
	1, 1, 1, 0xfb, 14, 13, // of instructions, default_is_stmt, line_base, line_range, opcode_base
	0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, // operands of the standard opcodes
	0, 0, // no directories, no files
}

// sequence is a line of code at an address that a relocation fills in, and its end.
var sequence = []byte{0, 9, 2, 0, 0, 0, 0, 0, 0, 0, 0, 3, 1, 1, 9, 4, 0, 0x4b, 0, 1, 1}

// x64 has two functions with a line each and what refers to them, the second of which is not in the module.
func x64() *elfmake.Object {
	lines := bytes.Clone(lineHeader)
	first := len(lines) + 3
	lines = append(append(lines, sequence...), sequence...)
	binary.LittleEndian.PutUint32(lines, uint32(len(lines)-4))
	code := elf.SHF_ALLOC | elf.SHF_EXECINSTR
	const f, g, str = 0, 1, 2
	abs := uint32(elf.R_X86_64_64)
	two := func(at uint64) []elfmake.Reloc {
		return []elfmake.Reloc{{Off: at, Type: abs, Sym: f}, {Off: at + uint64(len(sequence)), Type: abs, Sym: g}}
	}
	return &elfmake.Object{
		Machine: elf.EM_X86_64, Class: elf.ELFCLASS64, RELA: true,
		Sections: []elfmake.Section{
			{Name: ".text.f", Flags: code, Align: 1, Data: make([]byte, 8)},
			{Name: ".text.g", Flags: code, Align: 1, Data: make([]byte, 8)},
			{Name: ".debug_line", Align: 1, Data: lines, Relocs: two(uint64(first))},
			{Name: ".debug_ranges", Align: 1, Data: make([]byte, 32), Relocs: []elfmake.Reloc{
				{Off: 0, Type: abs, Sym: f}, {Off: 8, Type: abs, Sym: f, A: 8}, {Off: 16, Type: abs, Sym: g}, {Off: 24, Type: abs, Sym: g, A: 8},
			}},
			{Name: ".debug_info", Align: 1, Data: make([]byte, 4), Relocs: []elfmake.Reloc{{Off: 0, Type: uint32(elf.R_X86_64_32), Sym: str, A: 2}}},
			{Name: ".debug_str", Align: 1, Data: []byte("ab\x00")},
		},
		Symbols: []elfmake.Symbol{
			{Type: elf.STT_SECTION, Sect: 0},
			{Type: elf.STT_SECTION, Sect: 1},
			{Type: elf.STT_SECTION, Sect: 5},
			{Name: "f", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Sect: 0, Size: 8},
			{Name: "g", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Sect: 1, Size: 8},
		},
	}
}

// linked is a module of objects like x64's, which have f at 4, 12, 20... of text, and g nowhere.
func linked(objects ...*elfload.Object) *Input {
	in := &Input{
		Map:     &linkmap.Map{Machine: machines.For("x64"), ABI: &mpyfile.ABI{}},
		File:    &mpyfile.File{Text: make([]byte, 4+8*len(objects))},
		Sources: &linkmap.Sources{Objects: objects},
		Module:  []byte("M"), Name: "m.mpy",
	}
	for i, obj := range objects {
		in.Map.Sections = append(in.Map.Sections, linkmap.Section{
			Origin: &linkmap.Origin{Class: linkmap.Code, Object: obj.Name, Name: ".text.f", Size: 8}, Size: 8, Addr: uint64(4 + 8*i),
		})
		sections := make([]int32, len(obj.Sections))
		for s := range obj.Sections {
			sections[s] = linkmap.Nowhere
			if obj.Sections[s].Name == ".text.f" {
				sections[s] = int32(i)
			}
		}
		places := make([]linkmap.Place, len(obj.Symbols))
		for s := range obj.Symbols {
			places[s].Section = linkmap.Nowhere
			if sym := &obj.Symbols[s]; sym.Where == elfload.InSection {
				places[s] = linkmap.Place{Section: sections[sym.Sect], Off: sym.Value}
			}
		}
		in.Sources.Sections, in.Sources.Symbols = append(in.Sources.Sections, sections), append(in.Sources.Symbols, places)
	}
	return in
}

func load(t *testing.T, o *elfmake.Object) *elfload.Object {
	t.Helper()
	obj, err := elfload.Load("a.o", o.Bytes(), machines.For("x64"))
	if err != nil {
		t.Fatal(err)
	}
	return obj
}

// made returns the companion of a module.
func made(t *testing.T, in *Input) *elf.File {
	t.Helper()
	data, _, err := Make(in)
	if err != nil {
		t.Fatal(err)
	}
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func content(t *testing.T, f *elf.File, name string) []byte {
	t.Helper()
	s := f.Section(name)
	if s == nil {
		t.Fatalf("no section %s", name)
	}
	data, err := s.Data()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestMake: two objects, each with a function that is in the module and one that is not.
func TestMake(t *testing.T) {
	f := made(t, linked(load(t, x64()), load(t, x64())))
	line := content(t, f, ".debug_line")
	size := len(line) / 2
	for i, addr := range []uint64{4, 12} {
		unit := line[i*size+len(lineHeader) : (i+1)*size]
		live, dead := unit[:len(sequence)], unit[len(sequence):]
		if got := binary.LittleEndian.Uint64(live[3:]); got != addr || !bytes.Equal(live[11:], sequence[11:]) {
			t.Errorf("object %d: lines % x of code at %#x, want %#x", i, live, got, addr)
		}
		want := []byte{0, 9, 2, 255, 255, 255, 255, 255, 255, 255, 255, 7, 7, 7, 7, 7, 7, 7, 0, 1, 1}
		if !bytes.Equal(dead, want) {
			t.Errorf("object %d: removed code has lines % x, want % x", i, dead, want)
		}
	}
	ranges := content(t, f, ".debug_ranges")
	for i, want := range []uint64{4, 12, ^uint64(1), ^uint64(1), 12, 20, ^uint64(1), ^uint64(1)} {
		if got := binary.LittleEndian.Uint64(ranges[8*i:]); got != want {
			t.Errorf("word %d of .debug_ranges is %#x, want %#x", i, got, want)
		}
	}
	if info := content(t, f, ".debug_info"); !bytes.Equal(info, []byte{2, 0, 0, 0, 5, 0, 0, 0}) {
		t.Errorf(".debug_info is % x: the second object's string is behind the first's", info)
	}
	syms, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range syms {
		if s.Name == "g" {
			t.Error("a removed function has a symbol")
		}
	}
	if len(syms) != 2 || syms[0].Value != 4 || syms[1].Value != 12 || syms[0].Size != 8 {
		t.Errorf("symbols %v", syms)
	}
	if note := content(t, f, NoteSection); !strings.Contains(string(note), "m.mpy\x00x64\x00") {
		t.Errorf("note % x", note)
	}
}

// packed compresses a section, as the gABI has it or as it was before.
func packed(s *elfmake.Section, old bool) {
	var b bytes.Buffer
	if old {
		s.Name = ".z" + s.Name[1:]
		b.WriteString("ZLIB")
		binary.Write(&b, binary.BigEndian, uint64(len(s.Data)))
	} else {
		s.Flags |= elf.SHF_COMPRESSED
		binary.Write(&b, binary.LittleEndian, elf.Chdr64{Type: uint32(elf.COMPRESS_ZLIB), Size: uint64(len(s.Data)), Addralign: 1})
		s.Align = 8 // of the header
	}
	w := zlib.NewWriter(&b)
	w.Write(s.Data)
	w.Close()
	s.Data = b.Bytes()
}

// TestPacked: compressed sections give the same companion.
func TestPacked(t *testing.T) {
	want, _, err := Make(linked(load(t, x64()), load(t, x64())))
	if err != nil {
		t.Fatal(err)
	}
	for _, old := range []bool{false, true} {
		o := x64()
		for i := range o.Sections {
			if strings.HasPrefix(o.Sections[i].Name, ".debug_") && len(o.Sections[i].Relocs) == 0 {
				packed(&o.Sections[i], old)
			}
		}
		got, _, err := Make(linked(load(t, o), load(t, o)))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("old form %v: another companion, error %v", old, err)
		}
	}
}

// TestBad: debug information that is not what it should be costs an error with its place.
func TestBad(t *testing.T) {
	for want, spoil := range map[string]func(o *elfmake.Object){
		"a.o:(.debug_info+0x0): relocation of type 200":                           func(o *elfmake.Object) { o.Sections[4].Relocs[0].Type = 200 },
		"a.o:(.debug_info+0x2): R_X86_64_32 does not fit":                         func(o *elfmake.Object) { o.Sections[4].Relocs[0].Off = 2 },
		"relocation of type 10 at 0x9 lies outside section .debug_info":           func(o *elfmake.Object) { o.Sections[4].Relocs[0].Off = 9 },
		"a.o:(.debug_str): is compressed in a way that mpyld cannot unpack":       func(o *elfmake.Object) { packed(&o.Sections[5], false); o.Sections[5].Data[0] = 2 },
		"compressed section .debug_str: 15 bytes cannot be 4294967299":            func(o *elfmake.Object) { packed(&o.Sections[5], false); o.Sections[5].Data[12] = 1 },
		"compressed section .debug_str of 5 bytes has no whole header":            func(o *elfmake.Object) { packed(&o.Sections[5], false); o.Sections[5].Data = o.Sections[5].Data[:5] },
		"compressed section .debug_str: zlib: invalid header":                     func(o *elfmake.Object) { packed(&o.Sections[5], false); o.Sections[5].Data[24] = 0 },
		"a.o:(.debug_info+0x0): R_X86_64_GOTPCREL: debug information cannot have": func(o *elfmake.Object) { o.Sections[4].Relocs[0].Type = uint32(elf.R_X86_64_GOTPCREL) },
	} {
		o := x64()
		spoil(o)
		if _, _, err := Make(linked(load(t, o))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
