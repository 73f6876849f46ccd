package rewrite

import (
	"cmp"
	"slices"

	"mpyld/elfload"
	"mpyld/relocs"
)

// To follow a register is to decode instructions, and not all bytes of a section of code
// are any. Data is what its symbols (elfload.Shape) say is data, and what holds a number
// by its relocation: those bytes must not be decoded, and no instruction reaches into them.
//
//	$t: movw r0, ...    bx lr    $d: .word 0x12345678    two instructions; the word is data

// insn returns the bytes from an instruction up to the next data or the end of
// the section; none if there is no code.
func (w *rewriter) insn(at insnAt) []byte {
	bytes := w.prog.Sections[at.section].Data
	if int(at.off) >= len(bytes) || !w.prog.Sections[at.section].Instructions {
		return nil
	}
	data := w.dataIn(at.section)
	i, _ := slices.BinarySearchFunc(data, at.off, func(r elfload.Range, off uint32) int { return cmp.Compare(r.To, off+1) })
	switch {
	case i == len(data):
		return bytes[at.off:]
	case data[i].From <= at.off:
		return nil
	}
	return bytes[at.off:data[i].From]
}

// step decodes an instruction.
func (w *rewriter) step(at insnAt) relocs.Insn { return w.prog.Machine.Decode(w.insn(at)) }

// endsAt reports whether a function ends at an offset of a section.
func (w *rewriter) endsAt(section int32, off uint32) bool {
	s := w.prog.Sections[section].Shape
	if s == nil {
		return false
	}
	_, ok := slices.BinarySearch(s.Ends, off)
	return ok
}

// dataIn returns the data of a section, sorted and apart.
func (w *rewriter) dataIn(section int32) []elfload.Range {
	if data, ok := w.data[section]; ok {
		return data
	}
	p := &w.prog.Sections[section]
	var data, all []elfload.Range
	if p.Shape != nil {
		all = slices.Clone(p.Shape.Data)
	}
	for i := range w.bound.Relocs[section] {
		if b := &w.bound.Relocs[section][i]; b.Howto.Data() {
			all = append(all, elfload.Range{From: b.Off, To: b.Off + uint32(b.Howto.Size(p.Data[b.Off:]))})
		}
	}
	slices.SortFunc(all, func(a, b elfload.Range) int { return cmp.Compare(a.From, b.From) })
	for _, r := range all {
		if n := len(data); n > 0 && data[n-1].To >= r.From {
			data[n-1].To = max(data[n-1].To, r.To)
		} else {
			data = append(data, r)
		}
	}
	w.data[section] = data
	return data
}
