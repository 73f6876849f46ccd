package simload

import (
	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// A branch that does not reach what it is for goes to code of the linker's: an island, which
// is a jump, or a veneer, which has the address in a word. What is meant is where that code
// goes on to in the end.
//
//	call0 f is one of text+0x7a134; there is 06 a8 61, j text+0x927d8: f has to be there

// viaVeneer reports whether V, counted from an address, leads to islands or a veneer that
// go on to the symbol. A branch may take them to get further than it reaches, or out of the
// module. So may the address of a function of the firmware: code that has it can only call it.
func (v *verifier) viaVeneer(im *Image, p *linkmap.Section, b *linkmap.Reloc, f *field, V, from uint64) bool {
	ref, mach := &v.m.Targets[b.S], v.m.Machine
	inside := ref.Kind == linkmap.InSection
	switch {
	case inside && !b.Howto.Branches(f.Field), !inside && f.NoVeneer != "",
		!inside && !b.Howto.Calls(f.Field) && !(ref.Kind == linkmap.Supplied && ref.Code):
		return false
	}
	A, T := uint64(b.A), uint64(0)
	switch {
	case inside, b.Howto.Calls(f.Field) && b.Howto.Formula == relocs.PCRel:
		A = uint64(mach.BranchA)
	case b.Howto.Calls(f.Field):
		A = 0
	}
	if b.Howto.Mode {
		T = uint64(mach.ModeBits)
	}
	target := (V + from - A) &^ T
	if im.wrap(((target+A)|T)-from) != im.wrap(V) {
		return false // the instruction-set bit is not there
	}
	off := im.wrap(target - im.Start(mpyfile.Text))
	if !inside {
		return v.veneer(im, off, v.value(im, b.S)+uint64(b.A)-A|uint64(ref.Mode), ref.Kind == linkmap.Supplied)
	}
	to := v.value(im, b.S) + uint64(b.A) - A
	if mach.FarVeneer.MayLead(p.Data[b.Off:]) && v.veneer(im, off, to, false) {
		return true
	}
	return v.islands(im, off, im.wrap(to-im.Start(mpyfile.Text)))
}

// veneer reports whether at an offset in text there is a veneer to a run-time address: a
// function of the firmware's table, or any place.
func (v *verifier) veneer(im *Image, off, dest uint64, table bool) bool {
	veneer := v.m.Machine.VeneerTo(table)
	if !table {
		dest |= uint64(v.m.Machine.ModeBits)
	}
	start := im.wrap(off - uint64(veneer.Entry))
	p := v.owner(mpyfile.Text, start)
	code, word := veneer.Code, veneer.Word
	if p == nil || p.Kind != linkmap.Veneer || p.Addr != start || p.Size < uint64(len(code)) {
		return false
	}
	text := im.Text[start:]
	for i, c := range code {
		if (i < word || i >= word+im.word) && text[i] != c {
			return false
		}
	}
	return len(code) > 0 && im.getWord(text[word:]) == im.wrap(dest)
}

// islands reports whether at an offset in text there is an island from which jumps lead to
// another offset.
func (v *verifier) islands(im *Image, off, dest uint64) bool {
	if v.ends == nil {
		v.ends = map[uint64]uint64{}
	}
	to, ok := v.afterIsland(im, off)
	if !ok {
		return false
	}
	passed := []uint64{off}
	for range v.m.Sections { // else they lead in a circle
		if end, known := v.ends[to]; known {
			to = end
			break
		}
		next, ok := v.afterIsland(im, to)
		if !ok {
			break
		}
		passed = append(passed, to)
		to = next
	}
	for _, off := range passed {
		v.ends[off] = to
	}
	return to == dest
}

// afterIsland returns where the island at an offset in text leads to, if there is one.
func (v *verifier) afterIsland(im *Image, off uint64) (to uint64, ok bool) {
	j := v.m.Machine.Island
	p := v.owner(mpyfile.Text, off)
	if j == nil || p == nil || p.Kind != linkmap.Island || p.Addr != off || p.Size < uint64(len(j.Code)) {
		return 0, false
	}
	to, ok = jumpAt(j, v.known(j.Field), im.Text[off:])
	return im.wrap(off + to), ok
}

// jumpAt returns where a jump with a field leads to, from its own address, if text starts
// with it.
func jumpAt(j *relocs.Jump, f *field, text []byte) (to uint64, ok bool) {
	if len(text) < len(j.Code) {
		return 0, false
	}
	// The code with the field as it is in text must be what is in text.
	code := append([]byte(nil), j.Code...)
	f.copyBits(code[j.Off:], text[j.Off:])
	if string(code) != string(text[:len(code)]) {
		return 0, false
	}
	return uint64(j.Off) + uint64(j.Field.Read(text[j.Off:])-j.A), true
}
