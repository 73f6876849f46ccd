package debugelf

import (
	"mpyld/diag"
	"mpyld/elfload"
	"mpyld/relocs"
)

// Most of what debug information refers to is debug information, of which each section is an
// address space of its own that starts at 0. The rest is code and variables, at the addresses of the companion.
//
//	R_ARM_ABS32 .debug_str+0x12, and .debug_str of the object is at 0x300 of the output    0x312
//	R_ARM_ABS32 .text.f+0, at text+4                                                       4
//	R_RISCV_ADD32 end, R_RISCV_SUB32 start, of removed code                                end - start, as in the object

// relocate fills in the values of all relocations.
func (m *maker) relocate() error {
	for i := range m.pieces {
		p := &m.pieces[i]
		obj := m.objects[p.object]
		for r := range p.Relocs {
			if err := m.apply(p, obj, &r); err != nil {
				return err
			}
		}
	}
	return nil
}

// apply computes a relocation and writes it.
func (m *maker) apply(p *piece, obj *elfload.Object, r *elfload.Reloc) error {
	where := func() diag.Place { return p.where(obj, r.Off) }
	h := r.Howto
	if h == nil {
		return bad(where(), "relocation of type %d, which the machine does not define", r.Type)
	}
	if h.Formula == relocs.Nothing || threadLocal(h) {
		return nil
	}
	place := p.to.data[p.off+uint64(r.Off):]
	f := h.At(place)
	if f == nil || f.Size > len(p.Data)-int(r.Off) {
		return bad(where(), "%s does not fit there", h.Name)
	}
	S, T, in := m.value(p.object, obj, r.Sym)
	A, P := uint64(r.A), p.to.addr+p.off+uint64(r.Off)
	var v uint64
	switch h.Formula {
	case relocs.Abs:
		v = S + A
		if h.Mode {
			v |= T
		}
		if !in {
			v = nobody(p.Name)
		}
	case relocs.PCRel:
		v = S + A - P
		if !in {
			v = m.forget(p, r, f)
		}
	case relocs.Add:
		v = uint64(f.Read(place)) + S + A
	case relocs.Sub:
		v = uint64(f.Read(place)) - S - A
	case relocs.Set:
		v = S + A
	default:
		return bad(where(), "%s: debug information cannot have it", h.Name)
	}
	f.Write(place, int64(v))
	return nil
}

// threadLocal reports whether a relocation is of a thread-local variable. Debuggers would ask
// the system for the thread's copy, and there is none: the field stays as it is.
func threadLocal(h *relocs.Howto) bool { return h.Formula == relocs.Refused }

// value returns S and T, and whether that is in the companion. Otherwise S is an offset in the
// removed section, so that differences are right.
func (m *maker) value(oi int, obj *elfload.Object, sym uint32) (S, T uint64, in bool) {
	s := &obj.Symbols[sym]
	switch {
	case sym == 0:
		return 0, 0, true
	case s.Where == elfload.Absolute:
		return s.Value, 0, true
	case s.Where == elfload.InSection && m.at[oi][s.Sect] > 0:
		p := &m.pieces[m.at[oi][s.Sect]-1]
		return p.to.addr + p.off + s.Value, 0, true
	}
	at := m.Sources.Symbols[oi][sym]
	if addr, ok := m.address(at.Section); ok {
		return addr + at.Off, uint64(at.Mode), true
	}
	return s.Value, 0, false
}

// nobody is the address that no code has.
func nobody(section string) uint64 {
	if section == ".debug_ranges" || section == ".debug_loc" {
		return ^uint64(1) // the highest one sets the base of what follows (DWARF 4, sections 2.6.2 and 2.17.3)
	}
	return ^uint64(0)
}

// forget makes an entry of an unwind table for no code: the length of what it describes
// is behind its start, in a field of the same size (LSB, "The Frame Description Entry Format").
// It returns what the start gets.
func (m *maker) forget(p *piece, r *elfload.Reloc, f *relocs.Field) uint64 {
	end := int(r.Off) + 2*f.Size
	if p.Name == unwindTable && end <= len(p.Data) {
		clear(p.to.data[p.off+uint64(r.Off)+uint64(f.Size) : p.off+uint64(end)])
	}
	return 0
}
