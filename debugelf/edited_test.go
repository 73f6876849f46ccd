package debugelf

import (
	"bytes"
	"debug/elf"
	"strings"
	"testing"

	"mpyld/diag"
	"mpyld/edit"
	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
	"mpyld/relocs/machines"
)

// edited is a module of Arm code of which two bytes at 4 are gone, with a list that says of 2 to 8 that a variable is
// in r3, and of 8 to 12 in r4.
func edited(t *testing.T) *Input {
	t.Helper()
	unit := []byte{19, 0, 0, 0, 4, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0}
	unit[0] = byte(len(unit) + 1 - 4)
	unit = append(unit, 0)
	object := &elfmake.Object{
		Machine: elf.EM_ARM, Class: elf.ELFCLASS32,
		Sections: []elfmake.Section{
			{Name: ".text", Flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR, Align: 4, Data: bytes.Repeat([]byte{0xc0, 0x46}, 8)},
			{Name: ".debug_info", Align: 1, Data: unit, Relocs: []elfmake.Reloc{{Off: 6, Type: 2, Sym: 1}, {Off: 12, Type: 2, Sym: 0}, {Off: 20, Type: 2, Sym: 2}}},
			{Name: ".debug_abbrev", Align: 1, Data: []byte{1, 0x11, 0, 0x11, 1, 0x12, 6, 2, 0x17, 0, 0, 0}},
			{Name: ".debug_loc", Align: 1, Data: []byte{2, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0x53, 8, 0, 0, 0, 12, 0, 0, 0, 1, 0, 0x54, 0, 0, 0, 0, 0, 0, 0, 0}},
			{Name: ".eh_frame", Flags: elf.SHF_ALLOC, Align: 4, Data: make([]byte, 4)},
		},
		Symbols: []elfmake.Symbol{{Type: elf.STT_SECTION}, {Type: elf.STT_SECTION, Sect: 2}, {Type: elf.STT_SECTION, Sect: 3}, {Name: "f", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: 1, Size: 16}},
	}
	mach := machines.For("armv7m")
	obj, err := elfload.Load("a.o", object.Bytes(), mach)
	if err == nil {
		obj, err = obj.Shrink(elfload.Cuts{1: []edit.Edit{{Off: 4, Del: 2}}})
	}
	if err != nil {
		t.Fatal(err)
	}
	in := linked(obj)
	in.Map = &linkmap.Map{Machine: mach, ABI: &mpyfile.ABI{}, Sections: []linkmap.Section{{Origin: &linkmap.Origin{Class: linkmap.Code, Object: "a.o", Name: ".text", Size: 14}, Size: 14, Addr: 0x40}}}
	for i := range obj.Sections {
		if obj.Sections[i].Name == ".text" {
			in.Sources.Sections[0][i] = 0
		}
	}
	for i := range obj.Symbols {
		if s := &obj.Symbols[i]; s.Where == elfload.InSection && obj.Sections[s.Sect].Name == ".text" {
			in.Sources.Symbols[0][i] = linkmap.Place{Section: 0, Off: s.Value}
		}
	}
	return in
}

// TestEdited: debug information follows edits of code, but for what a register is needed for that holds something else.
func TestEdited(t *testing.T) {
	for name, tt := range map[string]struct {
		held []linkmap.Held
		want []byte // where the second place of the list ends
	}{
		"nothing":         {nil, []byte{6, 0, 0, 0, 10, 0, 0, 0}},
		"r4":              {[]linkmap.Held{{From: 10, To: 12, Registers: relocs.One(4)}}, []byte{6, 0, 0, 0, 6, 0, 0, 0}},
		"r4 before":       {[]linkmap.Held{{From: 0, To: 8, Registers: relocs.One(4)}}, []byte{6, 0, 0, 0, 10, 0, 0, 0}},
		"r4 behind":       {[]linkmap.Held{{From: 12, To: 14, Registers: relocs.One(4)}}, []byte{6, 0, 0, 0, 10, 0, 0, 0}},
		"another":         {[]linkmap.Held{{From: 8, To: 12, Registers: relocs.One(5)}}, []byte{6, 0, 0, 0, 10, 0, 0, 0}},
		"another, and r4": {[]linkmap.Held{{From: 2, To: 8, Registers: relocs.One(5)}, {From: 8, To: 10, Registers: relocs.One(4)}}, []byte{6, 0, 0, 0, 6, 0, 0, 0}},
	} {
		in := edited(t)
		in.Sources.Held = map[linkmap.SourceSection][]linkmap.Held{{Object: 0, Section: 1}: tt.held}
		f := made(t, in)
		if got := content(t, f, ".debug_loc"); !bytes.Equal(got[:8], []byte{2, 0, 0, 0, 6, 0, 0, 0}) || !bytes.Equal(got[11:19], tt.want) {
			t.Errorf("%s: places % x, want the second at % x", name, got, tt.want)
		}
		if got := content(t, f, ".debug_info"); !bytes.Equal(got[12:20], []byte{0x40, 0, 0, 0, 14, 0, 0, 0}) {
			t.Errorf("%s: .debug_info is % x", name, got)
		}
		if f.Section(unwindTable) != nil {
			t.Errorf("%s: what tells exceptions of the code as it was is there", name)
		}
	}
}

// TestLeftOut: debug information that cannot be followed is not in the companion, with a warning. Symbols are.
func TestLeftOut(t *testing.T) {
	in := edited(t)
	with, err := in.Sources.Objects[0].WithDebug()
	if err != nil {
		t.Fatal(err)
	}
	for i := range with.Sections {
		if s := &with.Sections[i]; s.Name == ".debug_abbrev" {
			s.Data[3] = 0x7b // another attribute, of a form that nobody knows
			s.Data[4] = 0x7b
		}
	}
	data, warnings, err := Make(in)
	if err != nil {
		t.Fatal(err)
	}
	if len(warnings) != 1 || !strings.HasPrefix(warnings[0].Error(), "a.o: its debug information is left out of the companion: an entry of .debug_info at 0xb is not understood") {
		t.Errorf("warnings %v", warnings)
	}
	if code := diag.CodeOf("its debug information is left out of the companion: %v"); code == "" {
		t.Error("programs cannot tell the warning")
	}
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if f.Section(".debug_info") != nil || f.Section(".debug_loc") != nil {
		t.Error("some of it is there")
	}
	if syms, err := f.Symbols(); err != nil || len(syms) != 1 || syms[0].Name != "f" {
		t.Errorf("symbols %v, error %v", syms, err)
	}
}
