package link

import (
	"mpyld/elfload"
	"mpyld/linkmap"
	"mpyld/relocs"
)

// Literal sections do not go out as they are. Each of their words becomes a
// slot of the linker's table, where equal words of all objects share one, and
// the instructions that load them are pointed there.

// literalSection makes slots of the words of a literal section.
func (s *scanner) literalSection(oi int, sec *elfload.Section, piece int) {
	p, word := &s.pieces[piece], s.in.Arch.Word
	slots := make([]int32, len(p.Data)/word)
	for i := range slots {
		slots[i] = -1
	}
	p.Relocs = make([]linkmap.Reloc, 0, sec.NumRelocs())
	for r := range sec.Relocs {
		if marksOnly(r.Howto) {
			continue
		}
		b, ok := s.bound(oi, p, r, false)
		if !ok {
			continue
		}
		if b.Howto.Kind != relocs.Abs || int(r.Off)%word != 0 || int(r.Off)/word >= len(slots) || slots[int(r.Off)/word] >= 0 {
			s.errs.Add(p.At(uint64(r.Off)), "%s against %s is not a literal", b.Howto.Name, s.refs[b.S].Name)
			continue
		}
		p.Relocs = append(p.Relocs, b)
		slots[int(r.Off)/word] = int32(s.slot(b.S, b.A, false))
	}
	for i := range slots {
		if slots[i] < 0 {
			number := s.add(linkmap.Target{Kind: linkmap.Absolute, Name: "(number)", Off: getWord(p.Data[i*word : (i+1)*word])})
			slots[i] = int32(s.slot(uint32(number), 0, true))
		}
	}
	s.literals[piece] = slots
}

// useLiteral checks a reference to a word of a literal section.
func (s *scanner) useLiteral(p *linkmap.Section, b *linkmap.Reloc) bool {
	ref, word := &s.refs[b.S], uint64(s.in.Arch.Word)
	off := ref.Off + uint64(b.A)
	if off%word != 0 || off/word >= uint64(len(s.literals[int(ref.Section)])) {
		s.fail(p, b, "there is no literal at %s+0x%x", s.pieces[ref.Section].Name, off)
		return false
	}
	return true
}
