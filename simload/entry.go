package simload

import (
	"slices"

	"mpyld/linkmap"
	"mpyld/mpyfile"
	"mpyld/relocs"
)

// The firmware calls the first byte of text, wherever mpy_init is. There must be
// mpy_init, or a jump to it that the machine's rows have, with nothing but zeros up to
// the next section.
//
//	06 e0 00 00 ...    b.n to 4 + 2*6 = text+0x10, where the map has mpy_init

// entry checks that execution, which starts at the first byte of text, gets to
// mpy_init. The firmware sets the instruction-set bit when it calls the module
// (MICROPY_MAKE_POINTER_CALLABLE), and the entry jumps keep it.
func (v *verifier) entry(im *Image) {
	want := v.m.Entry
	if p := v.owner(mpyfile.Text, want); p == nil || p.Kind.Made() {
		v.errorf("", "mpy_init is at text+0x%x, where no section is", want)
		return
	}
	if want == 0 {
		return
	}
	switch target, size, ok := jump(v.m.Machine, im.Text); {
	case !ok:
		v.errorf("", "text does not start with a jump to mpy_init at text+0x%x", want)
	case target != want && !v.veneer(im, target, im.Start(mpyfile.Text)+want, false):
		v.errorf("", "text starts with a jump to text+%#x, but mpy_init is at text+0x%x", int64(target), want)
	default:
		if p := v.owner(mpyfile.Text, 0); p == nil || p.Kind != linkmap.EntryJump || p.Size < uint64(size) {
			v.errorf("", "the jump at the start of text is part of a section")
		} else {
			v.zero(mpyfile.Text, uint64(size), im.Text[size:p.Size])
		}
	}
}

// jump decodes the entry jump at the start of text. The target is an offset in
// text, not checked.
func jump(mach *relocs.Machine, text []byte) (target uint64, size int, ok bool) {
	for i := range mach.Entry {
		if target, ok := jumpAt(&mach.Entry[i], newField(mach.Entry[i].Field), text); ok {
			return target, len(mach.Entry[i].Code), true
		}
	}
	return 0, 0, false
}

// anchored reports whether the garbage collector finds each block of the
// module's RAM that the module refers to at all. The collector honours only
// pointers to the head of a block, and most ports keep no other reference than
// the relocated words of text (py/persistentcode.c, TRACK_BSS_RODATA).
func anchored(f *mpyfile.File, im *Image) bool {
	if im.apart {
		return (f.BSSSize == 0 || headed(f, im, im.at.RAM, mpyfile.ToBSS)) &&
			(len(f.Rodata) == 0 || headed(f, im, im.at.Rodata, mpyfile.ToRodata))
	}
	if f.BSSSize == 0 && len(f.Rodata) == 0 {
		return true // there is no block: what points there points to nothing
	}
	return headed(f, im, im.at.RAM, mpyfile.ToBSS, mpyfile.ToRodata)
}

// headed reports whether a relocated word of text points to the head of the
// block that dests are in, if any word points into it.
func headed(f *mpyfile.File, im *Image, head uint64, dests ...mpyfile.DestKind) bool {
	used := false
	for i := range f.Words {
		w := &f.Words[i]
		if !slices.Contains(dests, w.Dest.Kind) {
			continue
		}
		used = true
		if w.Region == mpyfile.Text && im.getWord(im.Text[w.Off:]) == im.wrap(head) {
			return true
		}
	}
	return !used
}
