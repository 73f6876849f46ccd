package link

import (
	"encoding/binary"

	"mpyld/diag"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// fill writes text and rodata and lists the words the firmware relocates.
func fill(in Input, l *layout, errs *diag.List) *mpyfile.File {
	f := &filler{layout: l, in: in, errs: errs, file: &mpyfile.File{
		ABI: in.ABI, Arch: in.Arch,
		QStrs:   append([]string{in.SourceName}, in.QStrs...),
		Text:    make([]byte, l.sizes[mpyfile.Text]),
		Rodata:  make([]byte, l.sizes[mpyfile.Rodata]),
		BSSSize: l.sizes[mpyfile.BSS],
	}}
	f.file.Words = make([]mpyfile.Word, 0, len(l.slots)+len(l.words)+len(l.veneers))
	copy(f.file.Text, l.code)
	f.table()
	words := l.words
	dests := l.veneerDests()
	for _, i := range l.order {
		p := &l.Pieces[i]
		if dest, ok := dests[i]; ok {
			f.veneer(p, dest)
			continue
		}
		out := f.bytes(p)
		copy(out, p.Data)
		for k := range p.Relocs {
			f.relocate(p, out, &p.Relocs[k])
		}
		for ; len(words) > 0 && words[0].piece == i; words = words[1:] {
			f.word(p.Region, p.Addr+words[0].off, words[0].ref)
		}
	}
	return f.file
}

type filler struct {
	*layout
	in   Input
	errs *diag.List
	file *mpyfile.File
}

// bytes returns the place of a piece in the output.
func (f *filler) bytes(p *Piece) []byte {
	region := f.file.Text
	if p.Region == mpyfile.Rodata {
		region = f.file.Rodata
	}
	return region[p.Addr : p.Addr+p.Size]
}

// table writes the GOT: each slot holds S | T, to which the firmware adds the
// address of the region or table S lies in.
func (f *filler) table() {
	size := uint64(f.in.Arch.Word)
	for i, ref := range f.slots {
		off := f.GOT + uint64(i)*size
		s, mode := f.value(&f.Refs[ref])
		putWord(f.file.Text[off:off+size], uint64(s)|mode)
		f.word(mpyfile.Text, off, ref)
	}
}

func (f *filler) veneer(p *Piece, dest mpyfile.Dest) {
	v := &f.Machine.Veneer
	copy(f.bytes(p), v.Code)
	f.file.Words = append(f.file.Words, mpyfile.Word{Region: p.Region, Off: p.Addr + uint64(v.Word), Dest: dest})
}

// veneerDests inverts layout.veneers.
func (l *layout) veneerDests() map[int]mpyfile.Dest {
	dests := make(map[int]mpyfile.Dest, len(l.veneers))
	for dest, i := range l.veneers {
		dests[i] = dest
	}
	return dests
}

// word lists a word for the firmware, unless it holds a constant.
func (f *filler) word(region mpyfile.Region, off uint64, ref uint32) {
	r := &f.Refs[ref]
	w := mpyfile.Word{Region: region, Off: off}
	switch r.Kind {
	case RefPiece:
		w.Dest = mpyfile.RegionDest(f.Pieces[r.Piece].Region)
	case RefDest:
		w.Dest = r.Dest
	default:
		return
	}
	f.file.Words = append(f.file.Words, w)
}

// value returns S, relative to what the firmware adds to it, and T.
func (f *filler) value(r *Ref) (s int64, mode uint64) {
	switch r.Kind {
	case RefPiece:
		return int64(f.Pieces[r.Piece].Addr + r.Off), r.Mode
	case RefAbs:
		return int64(r.Off), 0
	}
	return 0, 0
}

// relocate computes the formula of one relocation and writes its field.
func (f *filler) relocate(p *Piece, out []byte, b *Bound) {
	h, ref := b.Howto, &f.Refs[b.S]
	field := h.At(out[b.Off:])
	S, T := f.value(ref)
	A, P := b.A, int64(p.Addr)+int64(b.Off)
	GOT := int64(f.GOT)
	if !h.Mode {
		T = 0
	}
	var v int64
	switch h.Kind {
	case relocs.Abs:
		v = (S + A) | int64(T)
	case relocs.PCRel:
		switch {
		case ref.Kind == RefZero:
			v = h.Next
		case ref.Kind == RefDest:
			S = int64(f.Pieces[f.veneers[ref.Dest]].Addr)
			if h.Mode {
				T = f.Machine.ModeBits
			}
			fallthrough
		default:
			v = (S + A) | int64(T) - P
		}
	case relocs.GOTSlotRel:
		v = GOT + f.slotOffset(ref) + A - field.PC(P)
	case relocs.GOTSlotOff:
		v = f.slotOffset(ref) + A
	case relocs.GOTBaseRel:
		v = GOT + A - field.PC(P)
	case relocs.FromGOT:
		v = (S + A) | int64(T) - GOT
	}
	if field.Size == f.in.Arch.Word && h.Kind == relocs.Abs {
		// An address wraps at the machine's word: every value fits.
	} else if err := field.Check(v); err != nil {
		e := f.errs.Add(at(p.Object, p.Name, uint64(b.Off)), "%s against %s: %v", h.Name, ref.Name, err)
		if h.Branch {
			e.Note("the branch does not reach: compile with -ffunction-sections and order the objects so that callers are near, or split the module")
		}
		return
	}
	field.Write(out[b.Off:], v)
}

// slotOffset returns G.
func (f *filler) slotOffset(r *Ref) int64 {
	return int64(f.slotOf[r.target()] * f.in.Arch.Word)
}

func putWord(b []byte, v uint64) {
	if len(b) == 8 {
		binary.LittleEndian.PutUint64(b, v)
	} else {
		binary.LittleEndian.PutUint32(b, uint32(v))
	}
}
