package demand

import (
	"encoding/binary"

	"mpyld/linkmap"
	"mpyld/relocs"
)

// Xtensa code loads addresses and large numbers from words in sections of their own, at
// a short distance. A literal section does not go out as it is: each of its words
// becomes a slot of the linker's table, where equal words of all objects share one, and
// the instructions that load them are pointed there.
//
//	a.o: .literal: x, 1000        l32r a2, .literal+4
//	b.o: .literal: 1000           l32r a3, .literal          both load one slot that holds 1000

// literalSection makes slots of the words of a literal section.
func (s *demander) literalSection(section int) {
	p, word := &s.prog.Sections[section], s.prog.In.Arch.Word
	slots := make([]int32, len(p.Data)/word)
	for i := range slots {
		slots[i] = -1
	}
	list, order := s.bound.Relocs[section], s.bound.FileOrder[section]
	for i := range list {
		b := &list[i]
		if order != nil {
			b = &list[order[i]]
		}
		k := int(b.Off) / word
		if b.Howto.Formula != relocs.Abs || int(b.Off)%word != 0 || k >= len(slots) || slots[k] >= 0 {
			s.errs.Add(p.At(uint64(b.Off)), "%s against %s is not a literal", b.Howto.Name, s.bound.Targets[b.S].Name)
			continue
		}
		slots[k] = int32(s.slot(b.S, b.A))
	}
	for i := range slots {
		if slots[i] < 0 {
			slots[i] = int32(s.slotOfNumber(getWord(p.Data[i*word : (i+1)*word])))
		}
	}
	s.Literals[section] = slots
}

// useLiteral checks a reference to a word of a literal section.
func (s *demander) useLiteral(p *linkmap.Origin, b *linkmap.Reloc) bool {
	ref, word := &s.bound.Targets[b.S], uint64(s.prog.In.Arch.Word)
	off := ref.Off + uint64(b.A)
	if off%word != 0 || off/word >= uint64(len(s.Literals[int(ref.Section)])) {
		s.fail(p, b, "there is no literal at %s+0x%x", s.prog.Sections[ref.Section].Name, off)
		return false
	}
	return true
}

func getWord(b []byte) uint64 {
	if len(b) == 8 {
		return binary.LittleEndian.Uint64(b)
	}
	return uint64(binary.LittleEndian.Uint32(b))
}
