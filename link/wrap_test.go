package link

import (
	"debug/elf"
	"testing"

	"mpyld/fixtures/elfmake"
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

// TestWrapGroups: --wrap f is about references, and the f of a group that another object has is
// one, as with GNU ld: what refers to it means __wrap_f. What is beside the f that stays means that.
func TestWrapGroups(t *testing.T) {
	in := input(t, "x64", grouped("mpy_init"), grouped("other", fn("__wrap_f", 0, 8)))
	in.Wrap = []string{"f"}
	res, err := Link(in)
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
