package simload

import (
	"bytes"

	"mpyld/edit"
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// What a section has instead of its object's bytes must be what the edits make of
// those, and each edit one that may be made:
//
//	R_RISCV_ALIGN at 2, 6 bytes    2 bytes of c.nop in their place, or none
//	.ctors                         its words in the reverse order
//	R_RISCV_CALL at 8              jal in the place of auipc and jalr, with R_RISCV_JAL (shorter.go)
//	or a2, a3, a3 of Xtensa        mov.n a2, a3, with no relocation (narrower.go)
//	R_RISCV_GOT_HI20 at 8          the same auipc, with R_RISCV_PCREL_HI20, and addi for ld (near.go)
//
// Replaced instructions are edits too, which the section's relocations name: see
// rewritten.

// edited returns what is wrong with the edits of a section, or "".
func (v *verifier) edited(p *linkmap.Section) string {
	l := p.Edits
	if l == nil {
		return ""
	}
	if l = edit.New(l.From, l.Edits, l.Word); !l.Valid() { // whatever the map has worked out from them
		return "its edits are not apart, or not inside it"
	}
	for i := range l.Edits {
		if e := &l.Edits[i]; !v.allowed(e) && !v.shorter(p, l, e) && !v.computed(p, l, e) && !v.narrower(p, l, e) && !v.direct(p, l, e) {
			return "no relocation asks for an edit of it"
		}
	}
	switch {
	case l.Word != 0 && (l.Word != v.file.Arch.Word || p.Instructions):
		return "its words are in the reverse order, which are no table"
	case !bytes.Equal(l.Bytes(), p.Data):
		return "it is not what its edits make of the object"
	}
	return ""
}

// allowed reports whether an edit is one of padding: fewer bytes, of instructions
// that do nothing.
func (v *verifier) allowed(e *edit.Edit) bool {
	if e.For == nil || e.For.Formula != relocs.Align || v.m.Machine.Howto(e.For.Type) != e.For || uint32(len(e.Ins)) > e.Del {
		return false
	}
	rest := e.Ins
	for _, nop := range v.m.Machine.Nops {
		for bytes.HasPrefix(rest, nop) {
			rest = rest[len(nop):]
		}
	}
	return len(rest) == 0
}

// direct reports whether an edit may be one of code that loads addresses directly: an instruction, or a
// word that is one with another relocation now, or with none. Whether such code does the same is for the second look,
// which has the object; what relocations of it are for is compared with memory as ever.
func (v *verifier) direct(p *linkmap.Section, l *edit.List, e *edit.Edit) bool {
	if v.m.Machine.Direct == nil || !p.Instructions || p.Region != mpyfile.Text || l.Word != 0 {
		return false
	}
	h := e.For
	switch {
	case h == nil:
		return uint32(len(e.Ins)) <= e.Del+uint32(len(v.m.Machine.Direct.Nop))
	case v.m.Machine.Howto(h.Type) != h || e.Del != uint32(v.m.Machine.Word):
		return false
	case e.To == nil:
		return h.Formula == relocs.GOTBaseRel && len(e.Ins) == 0
	}
	return h.Direct != 0 && e.To == v.m.Machine.Howto(h.Direct) && len(e.Ins) == int(e.Del)
}
