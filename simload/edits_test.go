package simload

import (
	"slices"
	"strings"
	"testing"

	"mpyld/edit"
	"mpyld/linkmap"
	"mpyld/relocs/machines"
)

// TestEdits: padding that is shorter than the object's, and what the linker may not
// make of one.
func TestEdits(t *testing.T) {
	const align, hi20 = 43, 26 // R_RISCV_ALIGN, R_RISCV_HI20
	mach := machines.For("rv32imc")
	nop := []byte{0x01, 0x00}
	for _, tt := range []struct {
		name  string
		spoil func(p *linkmap.Section, e *edit.Edit)
		want  string
	}{
		{"shorter", func(*linkmap.Section, *edit.Edit) {}, ""},
		{"other bytes", func(p *linkmap.Section, _ *edit.Edit) { p.Edits.From[0] ^= 1 }, "it is not what its edits make of the object"},
		{"no row", func(_ *linkmap.Section, e *edit.Edit) { e.For = nil }, "no relocation asks for an edit of it"},
		{"another row", func(_ *linkmap.Section, e *edit.Edit) { e.For = mach.Howto(hi20) }, "no relocation asks for an edit of it"},
		{"another machine's row", func(_ *linkmap.Section, e *edit.Edit) { e.For = machines.For("rv64imc").Howto(align) }, "no relocation asks for an edit of it"},
		{"an instruction", func(_ *linkmap.Section, e *edit.Edit) { e.Ins = []byte{0x82, 0x80} }, "no relocation asks for an edit of it"},
		{"longer", func(_ *linkmap.Section, e *edit.Edit) { e.Del = 0 }, "no relocation asks for an edit of it"},
		{"outside", func(_ *linkmap.Section, e *edit.Edit) { e.Off = 99 }, "its edits are not apart, or not inside it"},
		{"code turned around", func(p *linkmap.Section, _ *edit.Edit) { p.Edits.Word = 4 }, "its words are in the reverse order, which are no table"},
	} {
		l := rewrittenRISCV(0x13, 0, 0, 0)
		p := &l.m.Sections[0]
		pad := len(p.Data) - len(nop)
		from := slices.Concat(p.Data[:pad], nop, nop, nop)
		list := []edit.Edit{{Off: uint32(pad), Del: 6, Ins: nop, For: mach.Howto(align)}}
		p.Edits = edit.New(from, list, 0)
		tt.spoil(p, &list[0])
		switch err := l.verify(t); {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), "a.o: the section .text: "+tt.want)):
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.want)
		}
	}
}
