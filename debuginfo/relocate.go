package debuginfo

import (
	"slices"

	"mpyld/elfload"
	"mpyld/relocs"
)

// Value computes a relocation of debug information: of a row, into a field at the start of a place. S, T, A and P
// are as the row's formula has them. It is not ok if debug information cannot have such a relocation. The
// row of one that leaves the place as it is has the formula Nothing or Refused (thread-local variables: debuggers would ask
// the system for the thread's copy, and there is none).
func Value(h *relocs.Howto, f *relocs.Field, place []byte, S, T, A, P uint64) (v uint64, ok bool) {
	switch h.Formula {
	case relocs.Abs:
		v = S + A
		if h.Mode {
			v |= T
		}
	case relocs.PCRel:
		v = S + A - P
	case relocs.Add:
		v = uint64(f.Read(place)) + S + A
	case relocs.Sub:
		v = uint64(f.Read(place)) - S - A
	case relocs.Set:
		v = S + A
	default:
		return 0, false
	}
	return v, true
}

// wanted are the sections that are read here.
var wanted = []string{".debug_abbrev", ".debug_addr", ".debug_info", ".debug_line", ".debug_line_str", ".debug_ranges", ".debug_rnglists", ".debug_str", ".debug_str_offsets"}

// relocated returns the debug information of the object at its addresses; nil if it cannot be relocated, is
// too large, or is in pieces. That of types may be in groups (-fdebug-types-section), and says nothing of addresses.
func (i *Info) relocated() Sections {
	out, total := Sections{}, 0
	for n := range i.obj.Sections {
		s := &i.obj.Sections[n]
		if !slices.Contains(wanted, s.Name) || len(s.Data) == 0 || s.Group >= 0 {
			continue
		}
		if out[s.Name] != nil {
			return nil
		}
		if total += len(s.Data); total > most {
			return nil
		}
		data := slices.Clone(s.Data)
		for r := range s.Relocs {
			if !i.apply(data, &r) {
				return nil
			}
		}
		out[s.Name] = data
	}
	return out
}

// apply computes a relocation and writes it.
func (i *Info) apply(data []byte, r *elfload.Reloc) (ok bool) {
	h := r.Howto
	switch {
	case h == nil:
		return false
	case h.Formula == relocs.Nothing || h.Formula == relocs.Refused:
		return true
	}
	place := data[r.Off:]
	f := h.At(place)
	if f == nil {
		return false
	}
	S := uint64(0)
	switch s := &i.obj.Symbols[r.Sym]; s.Where {
	case elfload.Absolute:
		S = s.Value
	case elfload.InSection: // of debug information, each is an address space of its own
		S = i.starts[s.Sect] + s.Value
	}
	v, ok := Value(h, f, place, S, 0, uint64(r.A), uint64(r.Off))
	if ok {
		f.Write(place, int64(v))
	}
	return ok
}
