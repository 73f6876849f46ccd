package simload

import (
	"encoding/binary"

	"mpyld/link"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// contents compares every input section in memory with its object file. The
// bits of relocated fields are compared with the relocation's formula, all
// others with the object.
func (v *verifier) contents(im *Image) {
	for _, region := range []mpyfile.Region{mpyfile.Text, mpyfile.Rodata} {
		for _, i := range v.order[region] {
			if p := &v.m.Pieces[i]; p.Object != "" {
				v.section(im, p)
			}
		}
	}
}

func (v *verifier) section(im *Image, p *link.Piece) {
	loaded := im.region(p.Region)[p.Addr : p.Addr+p.Size]
	// want becomes the object's bytes with the fields as they are in memory.
	v.scratch = append(v.scratch[:0], p.Data...)
	want := v.scratch
	if p.Data == nil {
		v.scratch = append(v.scratch, make([]byte, p.Size)...)
		want = v.scratch
	}
	for i := range p.Relocs {
		b := &p.Relocs[i]
		f, why := v.field(p, b)
		if why == "" && f != nil {
			v.mask(f).copy(want[b.Off:], loaded[b.Off:])
			why = v.replay(im, p, b, f)
		}
		if why != "" {
			v.bad(where(p, uint64(b.Off)), "%s", why)
		}
	}
	for i := range want {
		if want[i] != loaded[i] {
			v.bad(where(p, uint64(i)), "the byte is 0x%02x in the object, but 0x%02x in the loaded module", want[i], loaded[i])
			return
		}
	}
}

// field returns the field of a relocation, or what is wrong with the
// relocation. There is none for relocations that only mark a place.
func (v *verifier) field(p *link.Piece, b *link.Bound) (f *relocs.Field, why string) {
	switch {
	case b.Howto == nil || b.Howto.Kind == relocs.Refused || b.Howto.Kind > relocs.Refused:
		return nil, "a relocation that cannot be in a module"
	case b.Howto.Kind == relocs.Nothing:
		return nil, ""
	case int(b.S) >= len(v.m.Refs):
		return nil, b.Howto.Name + ": the map has no symbol for it"
	case uint64(b.Off) > uint64(len(p.Data)):
		return nil, b.Howto.Name + ": outside the section"
	}
	if f = b.Howto.At(p.Data[b.Off:]); f == nil {
		return nil, b.Howto.Name + ": does not apply to the bytes there"
	}
	return f, ""
}

// mask has the bits of a field, lowest address first.
type mask struct {
	size int
	bits [8]byte
}

func (v *verifier) mask(f *relocs.Field) *mask {
	m, ok := v.masks[f]
	if !ok {
		m = fieldMask(f)
		v.masks[f] = m
	}
	return m
}

func fieldMask(f *relocs.Field) *mask {
	m := &mask{size: f.Size}
	binary.LittleEndian.PutUint64(m.bits[:], f.Touches())
	return m
}

// copy copies the bits of the field from one place to another.
func (m *mask) copy(to, from []byte) {
	for i, bits := range m.bits[:m.size] {
		to[i] = to[i]&^bits | from[i]&bits
	}
}
