package audit_test

import (
	"debug/elf"
	"slices"
	"strings"
	"testing"

	"mpyld/audit"
	"mpyld/elfload"
	"mpyld/fixtures/elfmake"
	"mpyld/link"
	"mpyld/mpyfile"
	"mpyld/relocs/machines"
)

// unreached adds a function in a group that nothing refers to, and with it a section without
// bytes, of which nothing shows whether it is there: assemblers make such.
func (u *unit) unreached() {
	f, empty := u.section(".text.unreached", text, 4, 4), u.section(".rodata.empty", elf.SHF_ALLOC, 4, 0)
	sym := u.symbol("unreached", elf.STB_WEAK, elf.STT_FUNC, f, 1, 4)
	g := u.section(".group", 0, 4, 12)
	copy(u.Sections[g].Data, []byte{1, 0, 0, 0, byte(f + 1), 0, 0, 0, byte(empty + 1)})
	u.Sections[g].Type, u.Sections[g].Info = elf.SHT_GROUP, uint32(sym+1)
	u.Sections[f].Flags |= elf.SHF_GROUP
	u.Sections[empty].Flags |= elf.SHF_GROUP
}

// TestEmptyInGroup: a group that is left out may have sections without bytes, which are in the
// map in any case.
func TestEmptyInGroup(t *testing.T) {
	var u unit
	u.symbol("mpy_init", elf.STB_GLOBAL, elf.STT_FUNC, u.section(".text", text, 4, 8), 1, 8)
	u.unreached()
	m := machines.For("armv7m")
	obj, err := elfload.Load("a.o", u.bytes(), m)
	if err != nil {
		t.Fatal(err)
	}
	res, err := link.Link(link.Input{Objects: []*elfload.Object{obj}, ABI: mpyfile.Latest, Arch: m, SourceName: "m.mpy", GCSections: true})
	if err != nil {
		t.Fatal(err)
	}
	in := &audit.Input{SourceName: "m.mpy", Objects: []*elfload.Object{obj}, Machine: m, ABI: mpyfile.Latest, GCSections: true}
	if err := audit.Check(in, audit.Output{Map: res.Map, File: res.File}); err != nil {
		t.Error(err)
	}
}

// TestCopyLeftOut: a local symbol of a group that is left out means a place in the copy that stays to tables for unwinders
// alone (GNU ld: "defined in discarded section").
func TestCopyLeftOut(t *testing.T) {
	var a, b unit
	code := a.section(".text", text, 4, 8)
	a.symbol("mpy_init", elf.STB_GLOBAL, elf.STT_FUNC, code, 1, 8)
	a.inline()
	inside := b.symbol("inside", elf.STB_LOCAL, elf.STT_NOTYPE, 0, 2, 0)
	b.inline()
	frames := b.section(".ARM.extab", elf.SHF_ALLOC, 4, 8)
	b.Sections[frames].Relocs = []elfmake.Reloc{{Type: 3, Sym: inside}, {Off: 4, Type: 3, Sym: inside}} // R_ARM_REL32
	m := machines.For("armv7m")
	in := &audit.Input{SourceName: "m.mpy", Machine: m, ABI: mpyfile.Latest, KeepUnwind: true}
	for name, data := range map[string][]byte{"a.o": a.bytes(), "b.o": b.bytes()} {
		obj, err := elfload.Load(name, data, m)
		if err != nil {
			t.Fatal(err)
		}
		in.Objects = append(in.Objects, obj)
	}
	slices.SortFunc(in.Objects, func(a, b *elfload.Object) int { return strings.Compare(a.Name, b.Name) })
	res, err := link.Link(link.Input{Objects: in.Objects, ABI: mpyfile.Latest, Arch: m, SourceName: "m.mpy", KeepUnwind: true})
	if err != nil {
		t.Fatal(err)
	}
	out := audit.Output{Map: res.Map, File: res.File}
	if err := audit.Check(in, out); err != nil {
		t.Error(err)
	}
	f := &falsifier{in, &out}
	for _, name := range []*string{&f.section("b.o", ".ARM.extab").Name, &f.objectSection("b.o", ".ARM.extab").Name} {
		*name = ".rodata.table"
	}
	const want = "b.o:(.rodata.table+0x0): the map has a.o:(.text.inline+0x2) for inside, which is in a copy of a group that is left out: by the rules of groups, only tables for unwinders may refer to that"
	if err := audit.Check(in, out); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("\n got %v\nwant %s", err, want)
	}
}

// TestVariablesOfOneName: of several zeroed sections with one name and size, some are left out (clang's
// -fno-unique-section-names).
func TestVariablesOfOneName(t *testing.T) {
	var u unit
	code := u.section(".text", text, 4, 8)
	u.symbol("mpy_init", elf.STB_GLOBAL, elf.STT_FUNC, code, 1, 8)
	for _, name := range []string{"lost", "used", "lost_too"} {
		u.symbol(name, elf.STB_GLOBAL, elf.STT_OBJECT, u.section(".bss", data, 4, 4), 0, 4)
	}
	u.Sections[code].Relocs = []elfmake.Reloc{{Type: 2, Sym: 2}} // R_ARM_ABS32
	in, out := u.linkedWithoutGarbage(t)
	if err := audit.Check(in, out); err != nil {
		t.Error(err)
	}
	in.GCSections = false
	want := []string{
		"a.o:(.bss+0x0): the map does not have this section, by the rules of what is reached it stays",
		"a.o:(.bss+0x0): the map does not have this section, by the rules of what is reached it stays",
	}
	if err := audit.Check(in, out); err == nil || !slices.Equal(strings.Split(err.Error(), "\n"), want) {
		t.Errorf("\n got %v\nwant %s", err, want)
	}
}
