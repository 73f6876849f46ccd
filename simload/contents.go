package simload

import (
	"bytes"

	"mpyld/link"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// contents compares every input section in memory with its object file, and
// what lies between sections with zeros. The bits of relocated fields are
// compared with the relocation's formula, all others with the object.
func (v *verifier) contents(im *Image) {
	for _, region := range []mpyfile.Region{mpyfile.Text, mpyfile.Rodata} {
		loaded, end := im.region(region), uint64(0)
		for _, i := range v.order[region] {
			p := &v.m.Pieces[i]
			v.zero(region, end, loaded[end:p.Addr])
			if end = p.Addr + p.Size; p.Object != "" {
				v.section(im, p)
			}
		}
		v.zero(region, end, loaded[end:])
	}
}

// zero checks padding that starts at addr of a region.
func (v *verifier) zero(region mpyfile.Region, addr uint64, padding []byte) {
	for i, b := range padding {
		if b != 0 {
			v.bad(region.String(), "the loaded module has 0x%02x at 0x%x, where no section is", b, addr+uint64(i))
			return
		}
	}
}

func (v *verifier) section(im *Image, p *link.Piece) {
	loaded := im.region(p.Region)[p.Addr : p.Addr+p.Size]
	// want becomes the object's bytes with the fields as they are in memory. A
	// section without bytes of its own, but not in bss, is one of zeros.
	v.scratch = append(v.scratch[:0], p.Data...)
	if p.Data == nil {
		v.scratch = append(v.scratch, make([]byte, p.Size)...)
	}
	want := v.scratch
	for i := range p.Relocs {
		b := &p.Relocs[i]
		if isRewritten(b.Howto) {
			if why := v.rewritten(im, p, b, want, loaded); why != "" {
				v.bad(where(p, uint64(b.Off)), "%s", why)
			}
			continue
		}
		f, why := v.fieldOf(p, b)
		switch {
		case f == nil:
		case isSum(b) && i+1 < len(p.Relocs) && p.Relocs[i+1].Off == b.Off && isSum(&p.Relocs[i+1]):
			// The last of the relocations at a place has the result.
		case isSum(b):
			why = v.sum(im, p, i, f)
		default:
			why = v.replay(im, p, b, f, f.Read(loaded[b.Off:]))
		}
		if f != nil {
			f.copyBits(want[b.Off:], loaded[b.Off:])
		}
		if why != "" {
			v.bad(where(p, uint64(b.Off)), "%s", why)
		}
	}
	if bytes.Equal(want, loaded) {
		return
	}
	// One byte is enough: what is wrong here is usually wrong all over.
	for i := range want {
		if want[i] != loaded[i] {
			v.bad(where(p, uint64(i)), "the loaded module has 0x%02x where the object and its relocations give 0x%02x", loaded[i], want[i])
			return
		}
	}
}

// fieldOf returns the field of a relocation, or what is wrong with the
// relocation. There is none for relocations that only mark a place.
func (v *verifier) fieldOf(p *link.Piece, b *link.Bound) (f *field, why string) {
	switch {
	case b.Howto == nil || b.Howto.Kind == relocs.Refused:
		return nil, "a relocation that cannot be in a module"
	case b.Howto.Kind == relocs.Nothing:
		return nil, ""
	case int(b.S) >= len(v.m.Refs):
		return nil, b.Howto.Name + ": the map has no symbol for it"
	case uint64(b.Off) > uint64(len(p.Data)):
		return nil, b.Howto.Name + ": outside the section"
	}
	at := b.Howto.At(p.Data[b.Off:])
	if at == nil {
		return nil, b.Howto.Name + ": does not apply to the bytes there"
	}
	return v.known(at), ""
}
