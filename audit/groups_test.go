package audit_test

import (
	"debug/elf"
	"testing"

	"mpyld/audit"
	"mpyld/elfload"
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
