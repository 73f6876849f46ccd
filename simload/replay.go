package simload

import (
	"fmt"

	"mpyld/link"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// formulas are the Kinds of relocs, for messages.
var formulas = [...]string{
	relocs.Abs: "S + A", relocs.PCRel: "S + A - P",
	relocs.GOTSlotRel: "GOT + G + A - P", relocs.GOTSlotOff: "G + A",
	relocs.GOTBaseRel: "GOT + A - P", relocs.FromGOT: "S + A - GOT",
}

// replay compares the field of one relocation with its formula over run-time
// addresses, and returns what is wrong, or "".
func (v *verifier) replay(im *Image, p *link.Piece, b *link.Bound, f *relocs.Field) string {
	h, ref := b.Howto, &v.m.Refs[b.S]
	addr := p.Addr + uint64(b.Off)
	// The letters of the psABIs, as run-time addresses. V is what the field holds.
	S, A, T := v.value(im, ref), uint64(b.A), ref.Mode
	P := uint64(f.PC(int64(im.Start(p.Region) + addr)))
	GOT := im.Start(mpyfile.Text) + v.m.GOT
	V := f.Read(im.region(p.Region)[addr:])
	if !h.Mode {
		T = 0
	}
	var want uint64
	switch h.Kind {
	case relocs.Abs:
		v.ask(p.Region, addr, f)
		want = (S + A) | T
	case relocs.PCRel:
		if ref.Kind == link.RefZero && h.Branch {
			if V != h.Next {
				return fmt.Sprintf("%s against %s, which is undefined and weak: the branch holds %d, but %d goes on behind it", h.Name, ref.Name, V, h.Next)
			}
			return ""
		}
		want = (S + A) | T - P
		if !im.agrees(f, V, want) && v.viaVeneer(im, b, uint64(V)-A+P) {
			return ""
		}
	case relocs.GOTSlotRel:
		return v.slot(im, b, uint64(V)-A+P)
	case relocs.GOTSlotOff:
		return v.slot(im, b, uint64(V)-A+GOT)
	case relocs.GOTBaseRel:
		want = GOT + A - P
	case relocs.FromGOT:
		want = (S + A) | T - GOT
	}
	if im.agrees(f, V, want) {
		return ""
	}
	return fmt.Sprintf("%s against %s: the field holds %#x, but %s is %#x (text loaded at 0x%x, RAM at 0x%x)",
		h.Name, ref.Name, V, formulas[h.Kind], im.signed(want), im.wrap(im.at.Text), im.wrap(im.at.RAM))
}

// ask notes that the input wants an address in a word.
func (v *verifier) ask(region mpyfile.Region, addr uint64, f *relocs.Field) {
	if size := uint64(v.file.Arch.Word); f.Size == int(size) && addr%size == 0 {
		v.asked[region].set(addr / size)
	}
}

// value returns S at run time, without the instruction-set bit.
func (v *verifier) value(im *Image, r *link.Ref) uint64 {
	switch r.Kind {
	case link.RefPiece:
		p := &v.m.Pieces[r.Piece]
		return im.Start(p.Region) + p.Addr + r.Off
	case link.RefDest:
		return im.Dest(r.Dest)
	case link.RefAbs:
		return r.Off
	}
	return 0 // undefined weak: the null address
}

// slot checks the word at a run-time address that the code loads to get S.
func (v *verifier) slot(im *Image, b *link.Bound, addr uint64) string {
	ref := &v.m.Refs[b.S]
	off := im.wrap(addr - im.Start(mpyfile.Text))
	size := uint64(im.word)
	if off%size != 0 || off >= uint64(len(im.Text)) || uint64(len(im.Text))-off < size {
		return fmt.Sprintf("%s against %s: its GOT slot would be at text+%#x", b.Howto.Name, ref.Name, im.signed(off))
	}
	if got, want := im.getWord(im.Text[off:]), im.wrap(v.value(im, ref)|ref.Mode); got != want {
		return fmt.Sprintf("%s against %s: its GOT slot at text+0x%x holds 0x%x, but S is 0x%x", b.Howto.Name, ref.Name, off, got, want)
	}
	return ""
}

// viaVeneer reports whether target, a run-time address, is a veneer that goes
// on to the symbol. A branch may take one to get further than it reaches, or
// out of the module. So may the address of a function of the firmware: code
// that has it can only call it.
func (v *verifier) viaVeneer(im *Image, b *link.Bound, target uint64) bool {
	ref, mach := &v.m.Refs[b.S], v.m.Machine
	if !b.Howto.Branch && !(ref.Kind == link.RefDest && ref.Code) {
		return false
	}
	if b.Howto.Mode {
		if target&mach.ModeBits != mach.ModeBits {
			return false
		}
		target &^= mach.ModeBits
	}
	off := im.wrap(target - im.Start(mpyfile.Text))
	p := v.owner(mpyfile.Text, off)
	code, word := mach.Veneer.Code, mach.Veneer.Word
	if p == nil || p.Object != "" || p.Addr != off || p.Size < uint64(len(code)) {
		return false
	}
	island := im.Text[off:]
	for i, c := range code {
		if (i < word || i >= word+im.word) && island[i] != c {
			return false
		}
	}
	return im.getWord(island[word:]) == im.wrap(v.value(im, ref)|ref.Mode)
}

// agrees reports whether a field that holds got holds want, a number that
// wraps at the machine's word. A field narrower than that must be able to
// hold it.
func (im *Image) agrees(f *relocs.Field, got int64, want uint64) bool {
	return fits(f, got, im.signed(want)) || fits(f, got, int64(im.wrap(want)))
}

// fits reports whether want is in the field's range and reads as got. Fields
// that take a number with or without sign give it back with one.
func fits(f *relocs.Field, got, want int64) bool {
	bits := 8 * min(f.Size, 8)
	return want >= f.Min && want <= f.Max && want&(f.Align-1) == 0 && (got-want)<<(64-bits) == 0
}

// signed reads a word as a two's complement number.
func (im *Image) signed(v uint64) int64 {
	if im.word == 4 {
		return int64(int32(v))
	}
	return int64(v)
}
