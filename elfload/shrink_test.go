package elfload_test

import (
	"bytes"
	"debug/elf"
	"strings"
	"testing"

	"mpyld/edit"
	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/relocs/machines"
)

const (
	alignType, callType, jalType, relaxType = 43, 19, 17, 51

	textFlags = elf.SHF_ALLOC | elf.SHF_EXECINSTR
)

// shrinkable is a section with two calls and padding between them, of f, which is behind
// the padding and aligned to 8, and where it begins and ends.
func shrinkable() elfmake.Object {
	call := []byte{0x97, 0, 0, 0, 0xe7, 0x80, 0, 0}
	data := bytes.Join([][]byte{call, {0x13, 0, 0, 0, 0x01, 0}, call, {0x82, 0x80}}, nil)
	return elfmake.Object{
		Machine: elf.EM_RISCV, Class: elf.ELFCLASS32, RELA: true,
		Sections: []elfmake.Section{
			{
				Name: ".text", Flags: textFlags, Align: 8, Data: data,
				Relocs: []elfmake.Reloc{
					{Off: 0, Type: callType, Sym: 0},
					{Off: 0, Type: relaxType, Sym: -1},
					{Off: 8, Type: alignType, Sym: -1, A: 6},
					{Off: 14, Type: callType, Sym: 0},
					{Off: 14, Type: relaxType, Sym: -1},
				},
			},
			{Name: ".rodata", Flags: elf.SHF_ALLOC, Align: 4, Data: make([]byte, 4), Relocs: []elfmake.Reloc{{Type: 1, Sym: 2, A: 22}}},
		},
		Symbols: []elfmake.Symbol{
			{Name: "f", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Value: 14, Size: 10},
			{Name: "start", Bind: elf.STB_GLOBAL, Type: elf.STT_FUNC, Size: 8},
			{Type: elf.STT_SECTION},
		},
	}
}

// TestShrink: what is cut out moves symbols, sizes, relocations and offsets from a section's
// start, and padding is made anew.
func TestShrink(t *testing.T) {
	mach := machines.For("rv32imc")
	o := shrinkable()
	obj, err := elfload.Load("a.o", o.Bytes(), mach)
	if err != nil {
		t.Fatal(err)
	}
	jal, cj := []byte{0xef, 0, 0, 0}, []byte{0x01, 0x20}
	edits := []edit.Edit{
		{Off: 0, Del: 8, Ins: jal, For: mach.Howto(callType), To: mach.Howto(jalType)},
		{Off: 14, Del: 8, Ins: cj, For: mach.Howto(callType)},
	}
	short, err := obj.Shrink(elfload.Cuts{1: edits})
	if err != nil {
		t.Fatal(err)
	}
	want := bytes.Join([][]byte{jal, {0x13, 0, 0, 0}, cj, {0x82, 0x80}}, nil)
	if got := short.Sections[1].Data; !bytes.Equal(got, want) {
		t.Errorf("got % x, want % x", got, want)
	}
	if f, start := short.Symbols[1], short.Symbols[2]; f.Value != 8 || f.Size != 4 || start.Value != 0 || start.Size != 4 {
		t.Errorf("f at %d of %d bytes, start of %d; want 8, 4, 4", f.Value, f.Size, start.Size)
	}
	type place struct {
		off uint32
		typ uint32
	}
	var got []place
	for r := range short.Sections[1].Relocs {
		got = append(got, place{r.Off, r.Type})
	}
	if want := []place{{0, jalType}, {0, relaxType}, {4, alignType}, {8, relaxType}}; len(got) != len(want) || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] || got[3] != want[3] {
		t.Errorf("relocations %v, want %v", got, want)
	}
	n := 0
	for range short.Sections[1].RelocSymbols {
		n++
	}
	if n != len(got) {
		t.Errorf("symbols of %d relocations, want %d", n, len(got))
	}
	for r := range short.Sections[2].Relocs {
		if r.A != 10 {
			t.Errorf("the place behind the second call is at %d, want 10", r.A)
		}
	}
	if obj.Sections[1].Size != 18 || obj.Symbols[1].Value != 8 || obj.Symbols[1].Size != 10 {
		t.Error("the object itself has changed")
	}
	raw, err := obj.Raw()
	if err != nil {
		t.Fatal(err)
	}
	if raw.Sections[1].Edits != nil || raw.Sections[1].Size != 24 || raw.Symbols[1].Value != 14 {
		t.Errorf("raw: %d bytes, f at %d; want 24, 14", raw.Sections[1].Size, raw.Symbols[1].Value)
	}
}

// TestShrinkWhatIsNotThere: edits that overlap, or lie outside.
func TestShrinkWhatIsNotThere(t *testing.T) {
	o := shrinkable()
	obj, err := elfload.Load("a.o", o.Bytes(), machines.For("rv32imc"))
	if err != nil {
		t.Fatal(err)
	}
	for _, edits := range [][]edit.Edit{
		{{Off: 22, Del: 4}},
		{{Off: 0, Del: 8}, {Off: 4, Del: 4}},
		{{Off: 4, Del: 6}},
		{{Off: 10, Del: 2}},
	} {
		if _, err := obj.Shrink(elfload.Cuts{1: edits}); err == nil || !strings.HasPrefix(err.Error(), "a.o: malformed ELF file: ") {
			t.Errorf("%v: %v", edits, err)
		}
	}
}
