package elfload

import (
	"debug/elf"

	"mpyld/relocs"
)

// relocTable is one REL or RELA section, checked: whole entries, symbol
// indexes that exist, offsets inside the section they apply to.
type relocTable struct {
	data  []byte
	class elf.Class
	rela  bool
}

// entrySize returns the bytes of one entry: offset and info, then the addend
// of a RELA, each as wide as the class.
func (t *relocTable) entrySize() int {
	words := 2
	if t.rela {
		words = 3
	}
	return words * t.word()
}

func (t *relocTable) word() int { return wordOf(t.class) }

// wordOf returns the bytes of an address.
func wordOf(c elf.Class) int {
	if c == elf.ELFCLASS64 {
		return 8
	}
	return 4
}

// entry decodes the entry at byte offset p. In ELF32 info is sym<<8|type, in
// ELF64 sym<<32|type.
func (t *relocTable) entry(p int) (off uint64, sym, typ uint32, addend int64) {
	b := t.data[p:]
	if t.class == elf.ELFCLASS64 {
		info := le.Uint64(b[8:])
		off, sym, typ = le.Uint64(b), uint32(info>>32), uint32(info)
		if t.rela {
			addend = int64(le.Uint64(b[16:]))
		}
		return off, sym, typ, addend
	}
	info := le.Uint32(b[4:])
	off, sym, typ = uint64(le.Uint32(b)), info>>8, info&0xff
	if t.rela {
		addend = int64(int32(le.Uint32(b[8:])))
	}
	return off, sym, typ, addend
}

// relocations attaches the relocation tables of allocated sections. Tables of
// debug information and the like are never looked at.
func (l *loader) relocations() error {
	align := l.alignType()
	for i, s := range l.headers {
		if s.typ != elf.SHT_REL && s.typ != elf.SHT_RELA {
			continue
		}
		if int(s.info) >= len(l.obj.Sections) {
			return l.errorf("relocation section %d (%s) applies to section %d, which does not exist", i, s.name, s.info)
		}
		sec := &l.obj.Sections[s.info]
		if sec.Flags&elf.SHF_ALLOC == 0 {
			continue
		}
		data, err := l.content(i)
		if err != nil {
			return err
		}
		t := relocTable{data: data, class: l.mach.Class, rela: s.typ == elf.SHT_RELA}
		if len(data)%t.entrySize() != 0 {
			return l.errorf("relocation section %d (%s) of %d bytes does not hold whole entries of %d", i, s.name, len(data), t.entrySize())
		}
		if int(s.link) != l.symtab {
			return l.errorf("relocation section %d (%s) uses symbol table %d, not %d", i, s.name, s.link, l.symtab)
		}
		for p, n := 0, t.entrySize(); p < len(data); p += n {
			off, sym, typ, _ := t.entry(p)
			l.padded = l.padded || typ == align
			if off >= uint64(len(sec.Data)) && !l.mach.Howto(typ).MarksOnly() {
				return l.errorf("relocation of type %d at 0x%x lies outside section %s of %d bytes", typ, off, sec.Name, len(sec.Data))
			}
			if uint64(sym) >= uint64(len(l.obj.Symbols)) {
				return l.errorf("relocation at %s+0x%x names symbol %d, which does not exist", sec.Name, off, sym)
			}
		}
		sec.tables = append(sec.tables, t)
	}
	return nil
}

// alignType returns the relocation type that marks padding. Where there is
// none it is type 0, which marks nothing on any machine.
func (l *loader) alignType() uint32 {
	for i := range l.mach.Howtos {
		if h := &l.mach.Howtos[i]; h.Kind == relocs.Align {
			return h.Type
		}
	}
	return 0
}

// NumRelocs returns how many relocations the section has at most: those that
// mark places outside it are counted, but Relocs leaves them out.
func (s *Section) NumRelocs() int {
	n := 0
	for i := range s.tables {
		n += len(s.tables[i].data) / s.tables[i].entrySize()
	}
	return n
}

// Relocs yields the section's relocations in file order. Order matters:
// several may apply to one place.
func (s *Section) Relocs(yield func(Reloc) bool) {
	for i := range s.tables {
		t := &s.tables[i]
		for p, n := 0, t.entrySize(); p < len(t.data); p += n {
			off, sym, typ, addend := t.entry(p)
			r := Reloc{Off: uint32(off), Type: typ, Sym: sym, Howto: s.mach.Howto(typ), A: addend}
			if s.obj.cut {
				s.adjust(&r)
			}
			s.turn(&r, t.word())
			if r.Howto.MarksOnly() && uint64(r.Off) >= uint64(len(s.Data)) {
				continue // ld -r leaves these behind Xtensa's literals, where it took some away
			}
			if r.Howto != nil && (!t.rela || r.Howto.InPlace) {
				if f := r.Howto.At(s.Data[r.Off:]); f != nil {
					r.A += f.InPlace(s.Data[r.Off:])
				}
			}
			if !yield(r) {
				return
			}
		}
	}
}

// RelocSymbols yields the rows and symbols of the section's relocations, which
// takes less time than Relocs.
func (s *Section) RelocSymbols(yield func(h *relocs.Howto, sym uint32) bool) {
	for i := range s.tables {
		t := &s.tables[i]
		for p, n := 0, t.entrySize(); p < len(t.data); p += n {
			_, sym, typ, _ := t.entry(p)
			if !yield(s.mach.Howto(typ), sym) {
				return
			}
		}
	}
}
