package link

import (
	"debug/elf"
	"testing"

	"mpyld/diag"
	"mpyld/fixtures/elfmake"
	"mpyld/link/internal/bind"
)

// grouped is an object with a function f in a COMDAT group, and code that refers to it.
func grouped(function string, more ...elfmake.Symbol) elfmake.Object {
	f := elfmake.Symbol{Name: "f", Bind: elf.STB_WEAK, Type: elf.STT_FUNC, Sect: 1, Size: 4}
	group := elfmake.Section{Name: ".group", Type: elf.SHT_GROUP, Align: 4, Data: []byte{1, 0, 0, 0, 2, 0, 0, 0}, Link: 5, Info: 2}
	inGroup := text(4)
	inGroup.Name, inGroup.Flags = ".text.f", inGroup.Flags|elf.SHF_GROUP
	return elfmake.Object{
		Sections: []elfmake.Section{text(16, elfmake.Reloc{Off: 3, Type: x64GOTPCREL, Sym: 1, A: -4}), inGroup, group},
		Symbols:  append([]elfmake.Symbol{fn(function, 0, 0), f}, more...),
	}
}

// besideGroup is grouped with a section that refers to a local symbol in the group.
func besideGroup(function, name string, flags elf.SectionFlag) elfmake.Object {
	o := grouped(function)
	o.Symbols = append([]elfmake.Symbol{{Name: "inside", Bind: elf.STB_LOCAL, Sect: 1, Value: 2}}, o.Symbols...)
	o.Sections[0].Relocs[0].Sym++
	o.Sections = append(o.Sections, section(name, alloc|flags, 8, elfmake.Reloc{Type: x64PC32}))
	o.Sections[2].Info, o.Sections[2].Link = 3, 7
	return o
}

// TestGroupLeftOut: what is outside of a group cannot refer to the middle of a copy that is left out, for the one that stays may
// be other code: GNU ld says "defined in discarded section". Tables for unwinders may, if these
// are kept, and then it is that place of the copy which stays (bfd/elflink.c, _bfd_elf_check_kept_section).
func TestGroupLeftOut(t *testing.T) {
	defer func(many, least int) { bind.ManyRelocations, bind.MinRelocations = many, least }(bind.ManyRelocations, bind.MinRelocations)
	for _, many := range []int{bind.ManyRelocations, 0} { // one after the other, and side by side
		bind.ManyRelocations, bind.MinRelocations = many, min(many, bind.MinRelocations)
		for _, tt := range []struct {
			name  string
			flags elf.SectionFlag
			keep  bool
			ok    bool
		}{
			{".rodata.table", 0, false, false},
			{".rodata.table", 0, true, false},
			{".text.other", exec, true, false},
			{".eh_frame", 0, true, true},
		} {
			in := input(t, "x64", grouped("mpy_init"), besideGroup("other", tt.name, tt.flags))
			in.KeepUnwind = tt.keep
			_, err := Checked(in)
			want := "b.o:(" + tt.name + "+0x0): R_X86_64_PC32 against inside, which is in section .text.f and not part of the module\n" +
				"note: a.o has group f too, the first copy of a group is in a module, and what is outside of it may only refer to its global symbols: pass b.o in front of a.o\n"
			if got := diag.Render("", err); tt.ok != (err == nil) || !tt.ok && got != "error: "+want {
				t.Errorf("%s, keep %v, from %d relocations on side by side: got %q, want it to link: %v, else %q", tt.name, tt.keep, many, got, tt.ok, want)
			}
		}
	}
	in := input(t, "x64", besideGroup("mpy_init", ".rodata.table", 0), grouped("other"))
	if _, err := Checked(in); err != nil {
		t.Errorf("in the order that the note says: %v", err)
	}
}

// TestWrapGroups: --wrap f is about references, and the f of a group that another object has is
// one, as with GNU ld: what refers to it means __wrap_f. What is beside the f that stays means that.
func TestWrapGroups(t *testing.T) {
	in := input(t, "x64", grouped("mpy_init"), grouped("other", fn("__wrap_f", 0, 8)))
	in.Wrap = []string{"f"}
	res, err := Checked(in)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"a.o": "f", "b.o": "__wrap_f"}
	for _, p := range res.Map.Sections {
		for _, r := range p.Relocs {
			if got := res.Map.Targets[r.S].Name; got != want[p.Object] {
				t.Errorf("%s refers to %s, want %q", p.Object, got, want[p.Object])
			}
			delete(want, p.Object)
		}
	}
	if len(want) > 0 {
		t.Errorf("no relocation of %v", want)
	}
}
