package simload

import (
	"bytes"
	"slices"
	"sync"

	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/parallel"
	"mpyld/relocs"
)

// What is in memory must be the objects' bytes, with other bits only where relocations
// have fields, and zeros between sections. Anything else was written by mistake, or
// relocated without cause. Fields are copied from memory into the object's bytes after
// their value is checked, and then all must be equal.
//
//	object: 48 8d 05 00 00 00 00    memory: 48 8d 05 29 00 00 00, and 0x29 is S + A - P

// contents compares every input section in memory with its object file, and
// what lies between sections with zeros, at all places. The bits of relocated
// fields are compared with the relocation's formula, all others with the object.
func (v *verifier) contents(at []*verifier) {
	all := slices.Concat(v.order[mpyfile.Text], v.order[mpyfile.Rodata])
	switch {
	case !v.large():
		v.checkSections(at, newMemory(), all, 0, len(all))
	case v.hasRewritten():
		// What instructions do together is remembered across sections (flow.used).
		parallel.Each(len(at), func(i int) { v.checkSections(at[i:i+1], newMemory(), all, 0, len(all)) })
	default:
		v.shared(at, all)
	}
	for _, place := range at {
		for _, region := range []mpyfile.Region{mpyfile.Text, mpyfile.Rodata} {
			if len(v.order[region]) == 0 {
				place.zero(region, 0, place.im.region(region))
			}
		}
	}
}

// shared shares the sections between goroutines. Every place of a section is for
// the same goroutine, which then looks up only once what its relocations mean.
func (v *verifier) shared(at []*verifier, all []int32) {
	const share = 8_000 // relocations or sections
	ends, n := []int{}, 0
	for k, i := range all {
		if n += 1 + len(v.m.Sections[i].Relocs); n >= share {
			ends, n = append(ends, k+1), 0
		}
	}
	ends = append(ends, len(all))
	parts := make([][]*verifier, len(ends))
	memories := sync.Pool{New: func() any { return newMemory() }} // for as many as run at once
	parallel.Each(len(ends), func(k int) {
		seen := memories.Get().(*memory)
		defer memories.Put(seen)
		for _, place := range at {
			part := place.withImage(place.im)
			part.slots = place.slots
			parts[k] = append(parts[k], part)
		}
		from := 0
		if k > 0 {
			from = ends[k-1]
		}
		v.checkSections(parts[k], seen, all, from, ends[k])
	})
	for i, place := range at {
		for _, part := range parts {
			place.errs = append(place.errs, part[i].errs...)
		}
		place.errs = place.errs[:min(len(place.errs), maxErrors)]
	}
}

// checkSections checks the sections from one number up to another one of all, which has
// the regions one after the other, and the gaps around them.
func (v *verifier) checkSections(at []*verifier, seen *memory, all []int32, from, to int) {
	for _, place := range at {
		place.memory = seen
	}
	for k := from; k < to; k++ {
		p := &v.m.Sections[all[k]]
		gap, last := uint64(0), true // before it; behind it there is nothing
		if k > 0 {
			if before := &v.m.Sections[all[k-1]]; before.Region == p.Region {
				gap = before.Addr + before.Size
			}
		}
		if k+1 < len(all) {
			last = v.m.Sections[all[k+1]].Region != p.Region
		}
		for _, place := range at {
			loaded := place.im.region(p.Region)
			place.zero(p.Region, gap, loaded[gap:p.Addr])
			if end := p.Addr + p.Size; last {
				place.zero(p.Region, end, loaded[end:])
			}
		}
		if !p.Kind.Made() {
			section(at, p)
		}
	}
}

// zero checks padding that starts at addr of a region.
func (v *verifier) zero(region mpyfile.Region, addr uint64, padding []byte) {
	for i, b := range padding {
		if b != 0 {
			v.errorf(region.String(), "the loaded module has 0x%02x at 0x%x, where no section is", b, addr+uint64(i))
			return
		}
	}
}

// section checks a section at all places.
func section(at []*verifier, p *linkmap.Section) {
	wants := &at[0].wants
	for i := range at {
		// want becomes the object's bytes with the fields as they are in memory. A
		// section without bytes of its own, but not in bss, is one of zeros.
		wants[i] = append(wants[i][:0], p.Data...)
		if p.Data == nil {
			wants[i] = append(wants[i], make([]byte, p.Size)...)
		}
	}
	for i := range p.Relocs {
		b := &p.Relocs[i]
		if b.By != nil {
			for n, v := range at {
				if why := v.rewritten(v.im, p, b, wants[n]); why != "" {
					v.errorf(p.At(uint64(b.Off)), "%s", why)
				}
			}
			continue
		}
		if len(at[0].moved) > 0 && b.Howto != nil && !b.Howto.MarksOnly() && at[0].movedTo(p, b.Off) != nil {
			at[0].errorf(p.At(uint64(b.Off)), "%s: the instruction is moved, but still has the relocation", b.Howto.Name)
			continue
		}
		f, wrong := at[0].fieldOf(p, b)
		// The last of the relocations at a place has the result.
		more := f != nil && isSum(b) && i+1 < len(p.Relocs) && p.Relocs[i+1].Off == b.Off && isSum(&p.Relocs[i+1])
		fixed := false // it is right at the first place, and so wherever its field has the same bytes
		for n, v := range at {
			why := wrong
			if f != nil {
				loaded := v.loaded(p)[b.Off:]
				switch {
				case more:
				case fixed && bytes.Equal(loaded[:f.Size], at[0].loaded(p)[b.Off:][:f.Size]):
				case isSum(b):
					why = v.sum(v.im, p, i, f)
				default:
					why, fixed = v.replay(v.im, p, b, f, f.Read(loaded))
				}
				f.copyBits(wants[n][b.Off:], loaded)
			}
			if why != "" {
				v.errorf(p.At(uint64(b.Off)), "%s", why)
			}
		}
	}
	for n, v := range at {
		for t, want := range v.moves(p, wants[n]) {
			v.compare(t, want)
		}
		v.compare(p, wants[n])
	}
}

// loaded returns the bytes of a section in memory.
func (v *verifier) loaded(p *linkmap.Section) []byte {
	return v.im.region(p.Region)[p.Addr : p.Addr+p.Size]
}

// compare compares a section in memory with what it should be.
func (v *verifier) compare(p *linkmap.Section, want []byte) {
	loaded := v.loaded(p)
	if bytes.Equal(want, loaded) {
		return
	}
	// One byte is enough: what is wrong here is usually wrong all over.
	for i := range want {
		if want[i] != loaded[i] {
			v.errorf(p.At(uint64(i)), "the loaded module has 0x%02x where the object and its relocations give 0x%02x", loaded[i], want[i])
			return
		}
	}
}

// fieldOf returns the field of a relocation, or what is wrong with the
// relocation. There is none for relocations that only mark a place.
func (v *verifier) fieldOf(p *linkmap.Section, b *linkmap.Reloc) (f *field, why string) {
	switch {
	case b.Howto == nil || b.Howto.Formula == relocs.Refused:
		return nil, "a relocation that cannot be in a module"
	case b.Howto.MarksOnly():
		return nil, ""
	case b.Howto.Formula == relocs.Nothing:
		return nil, b.Howto.Name + ": the instruction must become another one"
	case int(b.S) >= len(v.m.Targets):
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
