package simload

import (
	"slices"

	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// To go back over code is to know where instructions may be. Bytes of text are code if
// they lie in a section of code, and are neither data by the symbols of the object nor
// the place of a number; and no instruction runs on into another section.
//
//	.text of 12 bytes, $d at 8, a veneer behind it: 0 to 7 are code, 8 to 11 are not, at 12 a section starts

type byteKind uint8

const (
	isCode         byteKind = 1 << iota // may be part of an instruction
	startsSection                       // nothing of another section runs on into it
	behindFunction                      // nor does the function that ends there
)

// findCode fills in what the bytes of text are.
func (f *flow) findCode(m *linkmap.Map) {
	f.bytes = make([]byteKind, len(f.im.Text))
	for i := range m.Sections {
		p := &m.Sections[i]
		if p.Region != mpyfile.Text || p.Size == 0 {
			continue
		}
		bytes := f.bytes[p.Addr : p.Addr+p.Size]
		if p.Instructions || p.Kind.Made() {
			for i := range bytes {
				bytes[i] |= isCode
			}
		}
		bytes[0] |= startsSection
		if next := p.Addr + p.Size; next < uint64(len(f.bytes)) {
			f.bytes[next] |= startsSection
		}
		if p.Shape != nil {
			for _, r := range p.Shape.Data {
				notCode(bytes, r.From, r.To)
			}
			for _, end := range p.Shape.Ends {
				if uint64(end) < p.Size {
					bytes[end] |= behindFunction
				}
			}
		}
		for k := range p.Relocs {
			if b := &p.Relocs[k]; b.Howto != nil && b.Howto.Data() && uint64(b.Off) < uint64(len(p.Data)) {
				notCode(bytes, b.Off, b.Off+uint32(b.Howto.Size(p.Data[b.Off:])))
			}
		}
	}
}

func notCode(bytes []byteKind, from, to uint32) {
	for i := from; i < to && int(i) < len(bytes); i++ {
		bytes[i] &^= isCode
	}
}

// noCode reports whether no instruction can be at an address.
func (f *flow) noCode(q uint32) bool { return int(q) >= len(f.bytes) || f.bytes[q]&isCode == 0 }

// stepAt decodes the instruction at an address, which does not reach into data
// or another section.
func (f *flow) stepAt(q uint32) relocs.Insn {
	if f.noCode(q) {
		return f.step(nil)
	}
	text := f.im.Text[q:]
	if b := f.marks[q]; b != nil && b.By.Replacement != nil && b.By.Replacement.Size <= len(text) {
		text = text[:b.By.Replacement.Size] // with what follows it might be one instruction (RISC-V's auipc and jalr)
	}
	step := f.step(text)
	end := min(int(q)+step.Size, len(f.bytes))
	if i := slices.IndexFunc(f.bytes[q+1:end], func(k byteKind) bool { return k&isCode == 0 || k&startsSection != 0 }); i >= 0 {
		return f.step(f.im.Text[q : int(q)+1+i])
	}
	return step
}
