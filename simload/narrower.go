package simload

import (
	"bytes"
	"slices"

	"mpyld/edit"
	"mpyld/linkmap"
	"mpyld/mpyfile"
)

// An instruction may become a shorter one that stands for it, byte for byte (relocs.Machine.Widen); of
// zeros, which are no instruction, there may be others; and a distance may be another one. That nothing runs or reads those zeros, which
// distance it is, and that nobody else counts on the old length, the objects say: see package audit.
//
//	or a2, a15, a15    mov.n a2, a15: stands for it
//	00 00 00           00

// narrower reports whether an edit is of an instruction that has a shorter form, or of zeros between them.
func (v *verifier) narrower(p *linkmap.Section, l *edit.List, e *edit.Edit) bool {
	mach := v.m.Machine
	if e.For != e.To || mach.Widen == nil || mach.Properties == nil || !p.Instructions || p.Region != mpyfile.Text || l.Word != 0 {
		return false
	}
	if e.For != nil {
		return mach.Howto(e.For.Type) == e.For && e.For.Difference > 0 && int(e.Del) == e.For.Difference && len(e.Ins) == e.For.Difference
	}
	was := l.From[e.Off : e.Off+e.Del]
	if areZeros(was) && areZeros(e.Ins) {
		return uint64(len(e.Ins)) < p.Align
	}
	at := uint32(l.Out(uint64(e.Off)))
	return bytes.Equal(mach.Widen(e.Ins), was) && !slices.ContainsFunc(p.Relocs, func(b linkmap.Reloc) bool { return b.Off == at && !b.Howto.MarksOnly() })
}

func areZeros(b []byte) bool {
	return !slices.ContainsFunc(b, func(c byte) bool { return c != 0 })
}
